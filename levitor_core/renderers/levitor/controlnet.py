"""The LeviTor ControlNet: Stable Video Diffusion's encoder half, conditioned on the control signal.

Its tensors are named as in the released checkpoint (671 of them, 682,021,537 parameters at full size); the blocks
are diffusers' own. Paper section 3.2; structure read from the released file's keys and shapes.
"""

from itertools import pairwise
from typing import Any

from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.unets.unet_3d_blocks import UNetMidBlockSpatioTemporal, get_down_block
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from levitor_core.renderers.levitor.residuals import Residuals, encode, shared_by_blocks


class ControlEmbedding(nn.Module):
    """Control signal at full size to features at latent size: 3x3 convolutions, three of them with stride 2."""

    def __init__(self, out_channels: int, in_channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(in_channels, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList()
        for narrow, wide in pairwise(widths):
            self.blocks.append(nn.Conv2d(narrow, narrow, 3, padding=1))
            self.blocks.append(nn.Conv2d(narrow, wide, 3, padding=1, stride=2))
        self.conv_out = _zero(nn.Conv2d(widths[-1], out_channels, 3, padding=1))

    def forward(self, control: Float[Tensor, "n c h w"]) -> Float[Tensor, "n features rows columns"]:
        """Embed each frame by itself."""
        features = functional.silu(self.conv_in(control))
        for block in self.blocks:
            features = functional.silu(block(features))
        return self.conv_out(features)


class LeviTorControlNet(ModelMixin, ConfigMixin):
    """Predicts what to add to the UNet's skip tensors and middle so that objects follow their control points.

    `num_attention_heads` does not change any tensor's shape: a wrong value loads in silence, so it must come from
    the checkpoint's own config.json (5, 10, 20, 20 in the released one).
    """

    _supports_gradient_checkpointing = True

    @register_to_config
    def __init__(  # noqa: PLR0913 (the fields of a released config.json)
        self,
        *,
        num_attention_heads: tuple[int, ...],
        in_channels: int = 8,
        down_block_types: tuple[str, ...] = ("CrossAttnDownBlockSpatioTemporal",) * 3 + ("DownBlockSpatioTemporal",),
        block_out_channels: tuple[int, ...] = (320, 640, 1280, 1280),
        addition_time_embed_dim: int = 256,
        projection_class_embeddings_input_dim: int = 768,
        layers_per_block: int = 2,
        cross_attention_dim: int = 1024,
        transformer_layers_per_block: int = 1,
        conditioning_channels: int = 3,
        conditioning_embedding_out_channels: tuple[int, ...] = (16, 32, 96, 256),
        control_patch_side: int = 20,
    ) -> None:
        super().__init__()
        first, last = block_out_channels[0], block_out_channels[-1]
        time_channels = 4 * first
        self.conv_in = nn.Conv2d(in_channels, first, 3, padding=1)
        self.time_proj = Timesteps(first, True, downscale_freq_shift=0)
        self.time_embedding = TimestepEmbedding(first, time_channels)
        self.add_time_proj = Timesteps(addition_time_embed_dim, True, downscale_freq_shift=0)
        self.add_embedding = TimestepEmbedding(projection_class_embeddings_input_dim, time_channels)
        self.controlnet_cond_embedding = ControlEmbedding(
            first, conditioning_channels, tuple(conditioning_embedding_out_channels)
        )

        attention: dict[str, Any] = {"cross_attention_dim": cross_attention_dim, "temb_channels": time_channels}
        self.down_blocks = nn.ModuleList()
        skip_channels = [first]
        for i, (kind, channels) in enumerate(zip(down_block_types, block_out_channels, strict=True)):
            is_last = i == len(block_out_channels) - 1
            block = get_down_block(
                kind,
                num_layers=layers_per_block,
                in_channels=skip_channels[-1],
                out_channels=channels,
                add_downsample=not is_last,
                resnet_eps=1e-5,
                resnet_act_fn="silu",
                num_attention_heads=num_attention_heads[i],
                transformer_layers_per_block=transformer_layers_per_block,
                **attention,
            )
            self.down_blocks.append(block)
            skip_channels += [channels] * (layers_per_block + (not is_last))
        self.mid_block = UNetMidBlockSpatioTemporal(
            last,
            transformer_layers_per_block=transformer_layers_per_block,
            num_attention_heads=num_attention_heads[-1],
            **attention,
        )
        self.controlnet_down_blocks = nn.ModuleList(_zero(nn.Conv2d(c, c, 1)) for c in skip_channels)
        self.controlnet_mid_block = _zero(nn.Conv2d(last, last, 1))

    def embed_control(self, control: Float[Tensor, "b f 3 h w"]) -> Float[Tensor, "b*f features rows columns"]:
        """Embed a control signal of raw values 0..255: the same at every step, so done once for a video."""
        return self.controlnet_cond_embedding(control.flatten(0, 1).to(self.dtype))

    def forward(
        self,
        sample: Float[Tensor, "b f channels h w"],
        timestep: Tensor,
        encoder_hidden_states: Float[Tensor, "b 1 c"],
        added_time_ids: Float[Tensor, "b 3"],
        control_embedding: Float[Tensor, "b*f features h w"],
        control_scale: float | Tensor = 1.0,
    ) -> Residuals:
        """Residuals for every skip tensor of the UNet, in its own order, and for its middle.

        The first four arguments are what the UNet itself gets; `control_embedding` is `embed_control`'s result;
        `control_scale` multiplies every residual.
        """
        shared = shared_by_blocks(self, sample, timestep, added_time_ids)
        context = encoder_hidden_states.repeat_interleave(sample.shape[1], dim=0)
        hidden, skips = encode(self, self.conv_in(sample.flatten(0, 1)) + control_embedding, context, shared)
        down = tuple(conv(skip) * control_scale for conv, skip in zip(self.controlnet_down_blocks, skips, strict=True))
        return down, self.controlnet_mid_block(hidden) * control_scale


def _zero(layer: nn.Conv2d) -> nn.Conv2d:
    """A layer that adds nothing before it is trained (ControlNet's zero convolution)."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
