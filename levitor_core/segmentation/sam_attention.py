"""Attention in SAM's encoder on a CPU, a few rows of its grid at a time: the same numbers in half the time.

SAM's own code holds a number for every pair of its 4,096 places in every head, 800 MB, and goes over all of them five
times; a part of that stays in the processor's cache.
"""

from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

ROWS = 4  # of the grid at once


def attend_by_rows(attention: Any, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
    """What SAM's `attention` makes of `x`, with its relative positions; head by head."""
    from segment_anything.modeling.image_encoder import get_rel_pos

    batch, height, width, _ = x.shape
    qkv = attention.qkv(x).view(batch, height * width, 3, attention.num_heads, -1)
    query, key, value = qkv.permute(2, 0, 3, 1, 4).flatten(1, 2).contiguous()
    places = query.unflatten(1, (height, width))
    down = torch.einsum("nhwc,hkc->nhwk", places, get_rel_pos(height, height, attention.rel_pos_h))
    along = torch.einsum("nhwc,wkc->nhwk", places, get_rel_pos(width, width, attention.rel_pos_w))
    scaled, seen = places * attention.scale, torch.empty_like(places)
    for head in range(len(query)):
        for start in range(0, height, ROWS):
            rows = slice(start, start + ROWS)
            pairs = (scaled[head, rows].flatten(0, 1) @ key[head].T).unflatten(1, (height, width))
            by_row = pairs.unflatten(0, (-1, width))
            by_row += down[head, rows, :, :, None]
            by_row += along[head, rows, :, None, :]
            share = pairs.flatten(1).softmax(-1)
            seen[head, rows] = (share @ value[head]).unflatten(0, (-1, width))
    return attention.proj(seen.unflatten(0, (batch, -1)).permute(0, 2, 3, 1, 4).reshape(x.shape))


def hasten(encoder: Any) -> None:
    """Let the long attentions of an encoder, those of the whole grid, run that way."""
    for block in encoder.blocks:
        if block.window_size == 0 and block.attn.use_rel_pos:
            block.attn.forward = partial(attend_by_rows, block.attn)
