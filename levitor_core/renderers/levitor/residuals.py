"""The forward pass of SVD's UNet with a ControlNet's residuals added: diffusers' own has no argument for them.

What both networks have in common, the time embedding and the encoder half, stands here once. Everything is a plain
function of tensors, so that a step can be exported and compiled whole.
"""

from typing import Any

import torch
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from jaxtyping import Float
from torch import Tensor

Residuals = tuple[tuple[Tensor, ...], Tensor]
Shared = dict[str, Tensor]


def predict(
    unet: UNetSpatioTemporalConditionModel,
    sample: Float[Tensor, "b f both h w"],
    timestep: Tensor,
    image_embedding: Float[Tensor, "b 1 c"],
    added_time_ids: Float[Tensor, "b 3"],
    residuals: Residuals | None = None,
) -> Float[Tensor, "b f channels h w"]:
    """What `unet` itself predicts, with `residuals` (one for each skip tensor in order, one for its middle) added."""
    network: Any = unet
    shared = shared_by_blocks(network, sample, timestep, added_time_ids)
    context = image_embedding.repeat_interleave(sample.shape[1], dim=0)
    hidden, skips = encode(network, network.conv_in(sample.flatten(0, 1)), context, shared)
    if residuals is not None:
        down, mid = residuals
        hidden = hidden + mid
        skips = [skip + residual for skip, residual in zip(skips, down, strict=True)]
    for block in network.up_blocks:
        skips, share = skips[: -len(block.resnets)], tuple(skips[-len(block.resnets) :])
        size = skips[-1].shape[2:] if skips else None
        told = _told(block, context)
        hidden = block(hidden, res_hidden_states_tuple=share, upsample_size=size, **told, **shared)
    hidden = network.conv_out(network.conv_act(network.conv_norm_out(hidden)))
    return hidden.unflatten(0, sample.shape[:2])


def encode(
    network: Any, hidden: Float[Tensor, "n c h w"], context: Float[Tensor, "n 1 d"], shared: Shared
) -> tuple[Tensor, list[Tensor]]:
    """The encoder half of a UNet or ControlNet: its middle's output, and every skip tensor."""
    skips = [hidden]
    for block in network.down_blocks:
        hidden, outputs = block(hidden, **_told(block, context), **shared)
        skips += outputs
    return network.mid_block(hidden, encoder_hidden_states=context, **shared), skips


def shared_by_blocks(
    network: Any, sample: Float[Tensor, "b f both h w"], timestep: Tensor, added_time_ids: Float[Tensor, "b 3"]
) -> Shared:
    """What every block is told: the embedding of noise level and the three numbers, and that these are all videos."""
    embedding = _embed_time(network, sample, timestep, added_time_ids)
    return {
        "temb": embedding.repeat_interleave(sample.shape[1], dim=0),
        "image_only_indicator": torch.zeros(sample.shape[:2], dtype=sample.dtype, device=sample.device),
    }


def _embed_time(network: Any, sample: Tensor, timestep: Tensor, added_time_ids: Tensor) -> Float[Tensor, "b c"]:
    batch = sample.shape[0]
    time = network.time_proj(timestep.reshape(-1).to(sample.device).expand(batch)).to(sample.dtype)
    ids = network.add_time_proj(added_time_ids.flatten()).reshape(batch, -1).to(sample.dtype)
    return network.time_embedding(time) + network.add_embedding(ids)


def _told(block: Any, context: Tensor) -> dict[str, Tensor]:
    return {"encoder_hidden_states": context} if getattr(block, "has_cross_attention", False) else {}
