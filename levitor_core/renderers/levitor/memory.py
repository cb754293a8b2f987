"""How much of a GPU one video may take: three plans, the choice between them, and moving networks in and out.

In half precision the UNet takes 3.05 GB, the ControlNet 1.36, CLIP 1.26 and the VAE 0.2. For 16 frames of 288 x 512,
denoising takes about 0.9 GB more for each guidance half, and decoding 0.3 GB for each frame decoded at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import nn

from levitor_core.devices import on_zero_gpu, release_memory
from levitor_core.errors import RendererError
from levitor_core.renderers.attempts import OutOfMemory
from levitor_core.renderers.levitor.entry import UNetChoice
from levitor_core.renderers.levitor.sampler import NotFiniteError
from levitor_core.renderers.levitor.speed import ALL, NONE, Ways
from levitor_core.renderers.shared_settings import MemoryMode

GIGABYTE = 10**9
NETWORKS = ("unet", "controlnet", "vae", "image_encoder")
_TRAINED_PIXELS = 288 * 512


@dataclass(frozen=True)
class Plan:
    """What is resident and how much is done at once.

    `parked` networks wait in main memory while they are not at work; `split_guidance` runs the two guidance halves
    one after the other; `decoded_pixels` bounds what the VAE decodes at once; `needs` is the free memory in bytes
    from which `auto` takes the plan.
    """

    name: str
    parked: frozenset[str]
    split_guidance: bool
    decoded_pixels: int
    needs: float
    batches_variants: bool = False

    def frames_decoded_at_once(self, num_frames: int, pixels: int) -> int:
        """Even chunks, none longer than the plan allows (a lone last frame would flicker)."""
        most = max(1, self.decoded_pixels // pixels)
        chunks = -(-num_frames // most)
        return -(-num_frames // chunks)


PLANS = {
    "full": Plan(
        "full", frozenset({"image_encoder"}), False, 8 * _TRAINED_PIXELS, 11 * GIGABYTE, batches_variants=True
    ),
    "balanced": Plan("balanced", frozenset({"vae", "image_encoder"}), False, 8 * _TRAINED_PIXELS, 9 * GIGABYTE),
    "lean": Plan("lean", frozenset(NETWORKS), True, 8 * _TRAINED_PIXELS, 0),
}
LEANER = {"full": "balanced", "balanced": "lean"}


def choose_plan(mode: MemoryMode, device: torch.device) -> Plan:
    """The plan a person named, or for `auto` the fastest that fits the GPU's free memory now."""
    if mode != "auto":
        return PLANS[mode]
    if device.type != "cuda":
        return PLANS["full"]
    free, _ = torch.cuda.mem_get_info(device)
    return next(plan for plan in PLANS.values() if plan.needs <= free)


def variants_at_once(plan: Plan, device: torch.device, pixels: int, wanted: int) -> int:
    """How many videos of `pixels` in all (frames times height times width) are denoised as one batch."""
    if not plan.batches_variants or device.type != "cuda":
        return 1
    free, _ = torch.cuda.mem_get_info(device)
    a_video = 3 * GIGABYTE * pixels / (16 * _TRAINED_PIXELS)
    return max(1, min(wanted, int(free / a_video)))


@contextmanager
def at_work(device: torch.device, *networks: nn.Module) -> Iterator[None]:
    """While open, `networks` are on `device`; afterwards they are where they were, without copying back.

    Weights do not change at work, so what was in main memory is simply put in place again.
    """
    tensors = [tensor for network in networks for tensor in (*network.parameters(), *network.buffers())]
    resting = [tensor.data for tensor in tensors]
    try:
        for tensor in tensors:
            tensor.data = tensor.data.to(device, non_blocking=True)
        yield
    finally:
        for tensor, data in zip(tensors, resting, strict=True):
            tensor.data = data
        if any(data.device != device for data in resting):
            release_memory()


def pin(*networks: nn.Module) -> None:
    """Let parked networks wait where a GPU fetches them several times as fast."""
    for network in networks:
        for tensor in (*network.parameters(), *network.buffers()):
            tensor.data = tensor.data.pin_memory()


@dataclass(frozen=True)
class Setup:
    """Where and how which networks compute; `control`: the ControlNet among them; `quick`: the same numbers sooner."""

    plan: Plan
    device: torch.device
    dtype: torch.dtype
    unet: UNetChoice = "base"
    control: bool = True
    quick: bool = False

    @property
    def ways(self) -> Ways:
        """All, on CUDA, for networks that stay in one place: a graph remembers where its weights are. On ZeroGPU each
        call has a process of its own, for which recording one does not pay."""
        if not self.quick or self.device.type != "cuda" or "unet" in self.plan.parked:
            return NONE
        return replace(ALL, graphs=not on_zero_gpu())

    @property
    def ways_to_frames(self) -> Ways:
        """Those of the decoder, whose attention is diffusers' own."""
        stays, ways = "vae" not in self.plan.parked, self.ways
        packages = ways.packages and (stays or not on_zero_gpu())  # whose packages remember where the weights are, too
        return replace(ways, kernels=False, packages=packages, graphs=ways.graphs and stays)

    def after(self, problem: RendererError) -> tuple["Setup", str] | None:
        """What to try instead, and what to say about it: a leaner plan after memory ran out, bfloat16's wider
        range after float16 overflowed; None when there is nothing better."""
        if isinstance(problem, OutOfMemory) and self.plan.name in LEANER:
            leaner = PLANS[LEANER[self.plan.name]]
            note = f"GPU memory ran out in the {self.plan.name} mode, so this was made in the {leaner.name} mode."
            return replace(self, plan=leaner), note
        overflowed = isinstance(problem, NotFiniteError) and self.dtype == torch.float16
        if overflowed and torch.cuda.is_bf16_supported(including_emulation=False):
            return replace(self, dtype=torch.bfloat16), "float16 overflowed, so this was made in bfloat16."
        return None

    def out_of_memory(self) -> OutOfMemory:
        """The sentence for memory that ran out here."""
        return OutOfMemory(
            "GPU memory ran out even in the lean mode; lower the number of frames, "
            "or close other programs that use the GPU."
        )


def best_dtype(device: torch.device) -> torch.dtype:
    """float16 on CUDA, in which the weights are released and the demo computes; float32 on cards too old for it and
    elsewhere."""
    if device.type == "cuda" and torch.cuda.get_device_capability(device) >= (5, 3):
        return torch.float16
    return torch.float32
