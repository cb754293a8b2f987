"""From a release's folder to networks: safetensors only, every key and shape checked, through diffusers.

Every failure is one MissingWeightsError that names the folder.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from diffusers.utils import logging as diffusers_logging

from levitor_core.devices import settled
from levitor_core.errors import MissingWeightsError
from levitor_core.renderers.wan.folder import WanWeights
from levitor_core.renderers.wan.lora import merge
from levitor_core.whole_files import is_file

SHIFT = 5.0  # where the scheduler's file is silent


@dataclass(frozen=True, eq=False)
class Networks:
    """What denoises and what encodes; `boundary` is the noise level below which the second expert takes over."""

    experts: tuple[WanTransformer3DModel, ...]
    vae: AutoencoderKLWan
    scheduler: FlowMatchEulerDiscreteScheduler
    boundary: float
    first_frame_fixed: bool
    lightning: bool

    def expert(self, sigma: float) -> WanTransformer3DModel:
        """Which transformer denoises at that noise level."""
        return self.experts[0] if sigma >= self.boundary else self.experts[-1]


def load_networks(weights: WanWeights, checkpoints: Path, dtype: torch.dtype, device: torch.device) -> Networks:
    """Every network but the text encoder, in `dtype` on one device; Lightning's updates
    added to the experts where they are here. Raises MissingWeightsError."""
    folder = weights.require(checkpoints)
    index = _read_json(folder / "model_index.json")
    adapters = weights.lightning(checkpoints)
    experts = [_load(WanTransformer3DModel, folder / name, dtype) for name in weights.experts]
    for expert, adapter in zip(experts, adapters, strict=False):
        merge(expert, adapter)
    return Networks(
        experts=tuple(settled(expert, device) for expert in experts),
        vae=settled(_load(AutoencoderKLWan, folder / "vae", dtype), device),
        scheduler=_scheduler(folder / "scheduler" / "scheduler_config.json"),
        boundary=float(index.get("boundary_ratio") or 0.0),
        first_frame_fixed=bool(index.get("expand_timesteps")),
        lightning=bool(adapters),
    )


def _scheduler(path: Path) -> FlowMatchEulerDiscreteScheduler:
    """Euler with the released shift: the solver that is released with it remembers earlier steps."""
    config = _read_json(path) if is_file(path) else {}
    return FlowMatchEulerDiscreteScheduler(shift=float(config.get("flow_shift") or config.get("shift") or SHIFT))


def _load(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    with readable(folder), _silent():
        network, told = kind.from_pretrained(
            folder, torch_dtype=dtype, use_safetensors=True, local_files_only=True, output_loading_info=True
        )
        wrong = sorted({*told["missing_keys"], *told["unexpected_keys"], *map(str, told["mismatched_keys"])})
        if wrong:
            raise ValueError(f"{wrong[0]} does not fit, {len(wrong)} tensors in all")
    return network.eval().requires_grad_(False)


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """What libraries make of a folder that is damaged or of another model, as one sentence."""
    try:
        yield
    except Exception as error:  # a config.json can hold anything, and libraries answer it with anything
        reason = str(error).strip().splitlines()[0][:120].rstrip(".") if str(error).strip() else type(error).__name__
        raise MissingWeightsError(f"{folder} cannot be loaded ({reason}); get the released folder again.") from error


@contextmanager
def _silent() -> Iterator[None]:
    """What does not fit is said once, by us."""
    before = diffusers_logging.get_verbosity()
    diffusers_logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        diffusers_logging.set_verbosity(before)


def _read_json(path: Path) -> dict[str, Any]:
    with readable(path):
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError("not an object")
        return values
