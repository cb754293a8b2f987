"""Prompt -> embedding, by the released text encoder, which is loaded for that and gone again.

The embeddings of the prompts that come with the app are kept beside the weights: with them nothing of the encoder,
the largest of the files, is read.
"""

import hashlib
import html
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors.torch import load_file, save_file
from torch import Tensor

from levitor_core.devices import release_memory
from levitor_core.errors import InputError, RendererError
from levitor_core.renderers.wan.entry import NEGATIVE
from levitor_core.renderers.wan.weights import readable
from levitor_core.whole_files import is_file, replacing

TOKENS = 512
KEPT = ("", NEGATIVE)

Embedding = Float[Tensor, "1 tokens c"]


def embed(folder: Path, prompts: tuple[str, ...], device: torch.device, dtype: torch.dtype) -> dict[str, Embedding]:
    """The embedding of every prompt, float32 on the CPU. Raises MissingWeightsError."""
    found = {prompt: kept for prompt in prompts if prompt in KEPT and (kept := _kept(folder, prompt)) is not None}
    missing = [prompt for prompt in dict.fromkeys(prompts) if prompt not in found]
    if missing:
        found |= _encoded(folder, missing, device, dtype)
        for prompt in set(missing) & set(KEPT):
            with suppress(InputError, RendererError), replacing(kept_file(folder, prompt)) as partial:
                save_file({"embedding": found[prompt]}, partial)
    return found


def kept_file(folder: Path, prompt: str) -> Path:
    """Where a prompt's embedding is kept."""
    return folder / f"prompt_{hashlib.sha256(prompt.encode()).hexdigest()[:12]}.safetensors"


def _kept(folder: Path, prompt: str) -> Embedding | None:
    file = kept_file(folder, prompt)
    with suppress(Exception):  # what cannot be read is made again
        return load_file(file)["embedding"].clone() if is_file(file) else None
    return None


@torch.no_grad()
def _encoded(folder: Path, prompts: list[str], device: torch.device, dtype: torch.dtype) -> dict[str, Embedding]:
    from transformers import AutoTokenizer, UMT5EncoderModel

    with readable(folder / "text_encoder"):
        tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        encoder = UMT5EncoderModel.from_pretrained(
            folder / "text_encoder", dtype=dtype, use_safetensors=True, local_files_only=True
        )
    network: Any = encoder.eval()
    network.to(device)
    found = {prompt: _one(tokenizer, network, prompt) for prompt in prompts}
    del encoder, network
    release_memory()
    return found


def _one(tokenizer: Any, encoder: Any, prompt: str) -> Embedding:
    """What the prompt's tokens become, and zeros after them."""
    words = " ".join(html.unescape(html.unescape(prompt)).split())
    told = tokenizer([words], padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt")
    device = next(encoder.parameters()).device
    ids, mask = told.input_ids.to(device), told.attention_mask.to(device)
    states = encoder(ids, mask).last_hidden_state.float()
    return (states * mask[..., None]).cpu()
