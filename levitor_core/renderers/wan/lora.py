"""Low-rank updates added to a transformer's weights once, so that nothing of them is computed at every step."""

from pathlib import Path
from typing import Any

from diffusers.loaders.lora_conversion_utils import _convert_non_diffusers_wan_lora_to_diffusers
from safetensors.torch import load_file
from torch import Tensor, nn

from levitor_core.errors import MissingWeightsError


def merge(network: nn.Module, file: Path) -> None:
    """Add the file's updates, in Wan's own names or diffusers', to the network. Raises MissingWeightsError."""
    try:
        pairs = _pairs(load_file(file))
        for name, (down, up, scale) in pairs.items():
            weight: Any = network.get_parameter(f"{name}.weight")
            update = (up.float() @ down.float()) * scale
            weight.data += update.reshape(weight.shape).to(weight)
    except Exception as error:  # a file can hold anything
        raise MissingWeightsError(
            f"{file} does not fit this model; get the released file again, or take it away."
        ) from error


def _pairs(tensors: dict[str, Tensor]) -> dict[str, tuple[Tensor, Tensor, float]]:
    """Down, up and scale by the name of the layer that they change."""
    alphas = {name.removesuffix(".alpha"): tensors.pop(name) for name in list(tensors) if name.endswith(".alpha")}
    if any(name.startswith("diffusion_model.") for name in tensors):
        scales = {_diffusers_name(name): alpha for name, alpha in alphas.items()}
        tensors = _convert_non_diffusers_wan_lora_to_diffusers(tensors)
    else:
        scales = alphas
    tensors = {name.removeprefix("transformer."): value for name, value in tensors.items()}
    found = {}
    for name, down in tensors.items():
        if name.endswith(".lora_A.weight"):
            layer = name.removesuffix(".lora_A.weight")
            alpha = scales.get(layer)
            found[layer] = down, tensors[f"{layer}.lora_B.weight"], 1.0 if alpha is None else float(alpha) / len(down)
    if not found:
        raise ValueError("no updates")
    return found


_NAMES = {
    "self_attn.q": "attn1.to_q", "self_attn.k": "attn1.to_k", "self_attn.v": "attn1.to_v",
    "self_attn.o": "attn1.to_out.0", "cross_attn.q": "attn2.to_q", "cross_attn.k": "attn2.to_k",
    "cross_attn.v": "attn2.to_v", "cross_attn.o": "attn2.to_out.0", "ffn.0": "ffn.net.0.proj", "ffn.2": "ffn.net.2",
}  # fmt: skip


def _diffusers_name(name: str) -> str:
    """A layer of Wan's own naming in diffusers'."""
    block, _, layer = name.removeprefix("diffusion_model.blocks.").partition(".")
    return f"blocks.{block}.{_NAMES.get(layer, layer)}"
