"""Wan2.2's networks at their released sizes with random weights, made where they compute and never written.

Sizes are those of the released config.json files; random weights cost what trained ones cost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from safetensors.torch import save_file

from levitor_core.renderers.wan.folder import PARTS, WanWeights
from levitor_core.renderers.wan.text import KEPT, TOKENS, kept_file
from levitor_core.renderers.wan.weights import SHIFT, Networks

_COMMON: dict[str, Any] = {"attention_head_dim": 128, "cross_attn_norm": True, "freq_dim": 256, "text_dim": 4096}
TEXT: dict[str, Any] = {
    "vocab_size": 256384, "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64,
    "feed_forward_proj": "gated-gelu",
}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """One release's: what its networks are made with, how many denoise, and what hands over between them."""

    transformer: dict[str, Any]
    vae: dict[str, Any] = field(default_factory=dict)
    experts: int = 1
    boundary: float = 0.0
    first_frame_fixed: bool = True


RELEASED = {
    "wan2.2-ti2v-5b": Sizes(
        {"num_attention_heads": 24, "num_layers": 30, "ffn_dim": 14336, "in_channels": 48, "out_channels": 48},
        {
            "base_dim": 160, "decoder_base_dim": 256, "z_dim": 48, "is_residual": True, "in_channels": 12,
            "out_channels": 12, "patch_size": 2, "scale_factor_spatial": 16, "latents_mean": [0.0] * 48,
            "latents_std": [1.0] * 48,
        },
    ),
    "wan2.2-i2v-a14b": Sizes(
        {"num_attention_heads": 40, "num_layers": 40, "ffn_dim": 13824, "in_channels": 36, "out_channels": 16},
        experts=2, boundary=0.9, first_frame_fixed=False,
    ),
}  # fmt: skip


def shrink(sizes: Sizes) -> Sizes:
    """The same classes small enough for any CPU, to try the benchmark itself."""
    small = {"num_attention_heads": 2, "attention_head_dim": 12, "num_layers": 1, "ffn_dim": 32, "freq_dim": 32}
    vae = sizes.vae | {"base_dim": 3, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1}
    vae.pop("decoder_base_dim", None)
    return Sizes(sizes.transformer | small, vae, sizes.experts, sizes.boundary, sizes.first_frame_fixed)


def make_networks(sizes: Sizes, dtype: torch.dtype, at: torch.device, resting: torch.device) -> Networks:
    """Every network but the text encoder, as `load_networks` gives them: made on one device, left on the other."""
    torch.manual_seed(0)
    with _made(at, dtype):
        vae: Any = AutoencoderKLWan(**sizes.vae)
    return Networks(
        experts=tuple(_expert(sizes, dtype, at).to(resting) for _ in range(sizes.experts)),
        vae=vae.eval().requires_grad_(False).to(resting),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=SHIFT),
        boundary=sizes.boundary,
        first_frame_fixed=sizes.first_frame_fixed,
        lightning=False,
    )


def make_text_encoder(dtype: torch.dtype, at: torch.device) -> Any:
    """The text encoder of both releases."""
    from transformers import UMT5Config, UMT5EncoderModel

    with _made(at, dtype):
        return UMT5EncoderModel(UMT5Config(**TEXT)).eval().requires_grad_(False)


def write_folder(weights: WanWeights, checkpoints: Path, width: int) -> None:
    """What a release's folder is recognised by, and random embeddings of the prompts that are kept beside it."""
    folder = checkpoints / weights.place
    for name in (*PARTS, *weights.experts):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "model_index.json").write_text("{}")
    for prompt in KEPT:
        save_file({"embedding": torch.randn(1, TOKENS, width)}, kept_file(folder, prompt))


def _expert(sizes: Sizes, dtype: torch.dtype, at: torch.device) -> Any:
    """One transformer, in the precision that diffusers loads it in: what it keeps in float32 stays so."""
    with _made(at, dtype):
        network = WanTransformer3DModel(**_COMMON | sizes.transformer)
    kept = WanTransformer3DModel._keep_in_fp32_modules or ()
    for name, parameter in network.named_parameters():
        if any(part in name.split(".") for part in kept):
            parameter.data = parameter.data.float()
    return network.eval().requires_grad_(False)


@contextmanager
def _made(at: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """While open, what is made is made there and in that precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with at:
            yield
    finally:
        torch.set_default_dtype(before)
