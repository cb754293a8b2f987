"""What runs in every step and what makes frames, as functions of tensors alone: what is compiled."""

from collections.abc import Callable

from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from levitor_core.renderers.levitor.controlnet import LeviTorControlNet
from levitor_core.renderers.levitor.residuals import predict

Run = Callable[..., Tensor]  # a `Step` or a `Decoder`, or what gives the same numbers sooner


class Step(nn.Module):
    """One evaluation of the UNet with the ControlNet's residuals, if there is one."""

    def __init__(self, unet: UNetSpatioTemporalConditionModel, controlnet: LeviTorControlNet | None) -> None:
        super().__init__()
        self.unet, self.controlnet = unet, controlnet

    def forward(
        self,
        sample: Float[Tensor, "b f both h w"],
        timestep: Float[Tensor, ""],
        image_embedding: Float[Tensor, "b 1 c"],
        added_time_ids: Float[Tensor, "b 3"],
        control_embedding: Float[Tensor, "b*f features h w"] | None,
        control_scale: Float[Tensor, ""],
    ) -> Float[Tensor, "b f channels h w"]:
        """The prediction, in the networks' precision; both see the same noisy and photo latents."""
        inputs = (sample, timestep, image_embedding, added_time_ids)
        if self.controlnet is None:
            return predict(self.unet, *inputs)
        return predict(self.unet, *inputs, self.controlnet(*inputs, control_embedding, control_scale))


class Decoder(nn.Module):
    """The VAE's way from latents to finished frames."""

    def __init__(self, vae: AutoencoderKLTemporalDecoder) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latents: Float[Tensor, "f channels h w"]) -> UInt8[Tensor, "f rows columns 3"]:
        """Frames of one video, smoothed over time among themselves; latents as the VAE takes them."""
        pixels = self.vae.decode(latents, num_frames=len(latents), return_dict=False)[0]
        pixels = (pixels.float() / 2 + 0.5).clamp(0, 1).mul(255).round().byte()
        return pixels.permute(0, 2, 3, 1)
