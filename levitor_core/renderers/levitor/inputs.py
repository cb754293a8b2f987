"""What the networks are given: noise from seeds, and the photo, the control and three numbers as conditions."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from levitor_core.renderers.levitor import codec
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.renderers.levitor.loading import Networks
from levitor_core.renderers.levitor.sampler import Conditions
from levitor_core.structures import SizeHW


def draw_noises(
    networks: Networks, seeds: Sequence[int], num_frames: int, size_hw: SizeHW
) -> tuple[Float[Tensor, "b 3 h w"], Float[Tensor, "b f c rows columns"]]:
    """Noise for the photo, then for the latents, from one generator a seed: the same on every device."""
    shape = codec.latent_shape(networks.vae, num_frames, size_hw)
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    photo = torch.stack([torch.randn(3, *size_hw, generator=generator) for generator in generators])
    return photo, torch.stack([torch.randn(shape, generator=generator) for generator in generators])


def added_time_ids(fps: Tensor, motion_bucket_id: Tensor, noise_aug_strength: Tensor) -> Float[Tensor, "*n 3"]:
    """The three numbers beside the noise level; SVD was trained on one less than the frames a second."""
    return torch.stack([(fps - 1).clamp(min=0), motion_bucket_id, noise_aug_strength], dim=-1).float()


@torch.no_grad()
def make_conditions(
    networks: Networks,
    embeddings: Float[Tensor, "p 1 c"],
    image_latents: Float[Tensor, "b channels h w"],
    controls: Float[Tensor, "p f 3 H W"],
    fps: float,
    settings: LeviTorSettings,
) -> Conditions:
    """Of b videos, on the latents' device and in the networks' precision; p is b, or 1 for what all have in common."""
    batch = len(image_latents)
    numbers = torch.tensor((fps, settings.motion_bucket_id, settings.noise_aug_strength), dtype=torch.float64)
    return Conditions(
        image_latents=image_latents.to(networks.unet.dtype)[:, None].repeat(1, controls.shape[1], 1, 1, 1),
        image_embedding=embeddings.repeat(batch // len(embeddings), 1, 1),
        added_time_ids=added_time_ids(*numbers).to(image_latents.device).repeat(batch, 1),
        control_embedding=_embed_controls(networks, controls, batch, image_latents.device),
        control_scale=settings.control_scale,
    )


def _embed_controls(
    networks: Networks, controls: Float[Tensor, "p f 3 H W"], batch: int, device: torch.device
) -> Float[Tensor, "{batch}*f features h w"] | None:
    """The control of every video; None without a ControlNet."""
    if networks.controlnet is None:
        return None
    return networks.controlnet.embed_control(controls.to(device)).repeat(batch // len(controls), 1, 1, 1)
