"""The Wan renderer: a project to a video of Wan2.2's, held to Preview. Loads at the first video, then stays warm."""

import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from levitor_core.anchoring.guide import Guide
from levitor_core.anchoring.windows import AtOnce, Window
from levitor_core.devices import best_device, drawing_device, has_cuda, on_zero_gpu, release_memory, take_turn
from levitor_core.errors import MissingWeightsError, RendererError
from levitor_core.monitor import Monitor, ProgressEvent
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.renderers.attempts import Event, OutOfMemory, attempt, collect
from levitor_core.renderers.levitor.project import shrunk
from levitor_core.renderers.levitor.space import check_lent, on_gpu, told_why
from levitor_core.renderers.preview.guiding import guide_for
from levitor_core.renderers.shared_settings import MemoryMode
from levitor_core.renderers.wan.entry import AT_ONCE, PIXELS, WAN14_ENTRY, WAN_ENTRY, WanSettings, gpu_seconds
from levitor_core.renderers.wan.folder import I2V_A14B, TI2V_5B, WanWeights
from levitor_core.structures import Clip, Image, Project, SizeHW

if TYPE_CHECKING:
    import torch

    from levitor_core.renderers import RendererEntry
    from levitor_core.renderers.wan.codec import Frames
    from levitor_core.renderers.wan.weights import Networks

GIGABYTE = 10**9
LEANER: dict[MemoryMode, MemoryMode] = {"full": "balanced", "balanced": "lean"}
LIGHTNING_STEPS = 4


@dataclass(frozen=True)
class WanModel:
    """One of Wan's releases: sides are multiples of `side`; `needs` is the free memory in bytes from which the networks
    all stay on the GPU, or take turns on it.

    Reckoned from what single evaluations and decodings took at peak on an H100, weights included: TI2V-5B at 704 x 1280
    and 121 frames 12.3 and 22.6 GB, one expert of A14B at 480 x 832 and 81 frames 42 GB. Not from whole videos.
    """

    entry: "RendererEntry"
    weights: WanWeights
    side: int
    needs: dict[str, float]


SMALL = WanModel(
    WAN_ENTRY,
    TI2V_5B,
    32,
    {"full": 24 * GIGABYTE, "balanced": 14 * GIGABYTE},
)
LARGE = WanModel(
    WAN14_ENTRY,
    I2V_A14B,
    16,
    {"full": 76 * GIGABYTE, "balanced": 44 * GIGABYTE},
)


@dataclass(frozen=True, eq=False)
class Job:
    """One request: the photo at the video's size, and the Preview of its frames where it is held to one."""

    image: Image
    num_frames: int
    settings: WanSettings
    guide: Guide | None
    at_once: AtOnce = AT_ONCE

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """What is made at once, one after the other."""
        return self.at_once.windows(self.num_frames)

    @property
    def seeds(self) -> range:
        """Consecutive seeds, one a variant."""
        return range(self.settings.seed, self.settings.seed + self.settings.num_variants)


@dataclass(frozen=True)
class Setup:
    """Where the networks compute and rest: all stay there (full), or take turns (balanced), and what is encoded and
    decoded goes in tiles (lean)."""

    memory: MemoryMode
    device: "torch.device"
    dtype: "torch.dtype"

    @property
    def resting(self) -> "torch.device":
        """Where a network is while it is not at work."""
        import torch

        return self.device if self.memory == "full" else torch.device("cpu")

    def after(self, problem: RendererError) -> "tuple[Setup, str] | None":
        """A leaner mode after memory ran out, and what to say about it."""
        if not isinstance(problem, OutOfMemory) or self.memory not in LEANER:
            return None
        leaner = LEANER[self.memory]
        note = f"GPU memory ran out in the {self.memory} mode, so this was made in the {leaner} mode."
        return replace(self, memory=leaner), note

    def out_of_memory(self) -> OutOfMemory:
        """The sentence for memory that ran out here."""
        return OutOfMemory("GPU memory ran out even in the lean mode; choose 480p or fewer frames.")


class WanRenderer:
    """Wan2.2 behind the renderers' interface. `device` "auto" is CUDA where there is one; elsewhere it renders only
    when told to. One video is made at a time; others wait."""

    def __init__(self, checkpoints: Path, device: str = "auto", model: WanModel = SMALL) -> None:
        self.entry = model.entry
        self._checkpoints, self._device_name, self._model = checkpoints, device, model
        self._loaded: tuple[Setup, Networks] | None = None
        self._busy = threading.Lock()
        self._generate_on_gpu = on_gpu(self._generate, seconds=_seconds)

    def unavailable_reason(self) -> str | None:
        """Why it would not be chosen here, as one sentence; None when it can run. Looks at files, loads nothing."""
        if self._device_name == "auto" and not has_cuda():
            return f"There is no CUDA GPU here; choose {self.entry.name} by name to run it slowly on the CPU."
        try:
            self._model.weights.require(self._checkpoints)
        except MissingWeightsError as error:
            return str(error)
        return None

    def render(self, project: Project, monitor: Monitor) -> tuple[Clip, ...]:
        """One clip for each variant, with consecutive seeds; more than 121 frames are made in parts.

        Raises MissingWeightsError, RendererError (out of memory, numbers that blew up), InputError and Cancelled.
        """
        with take_turn(self._busy, monitor):
            return self._render(project, monitor)

    def load(self) -> None:
        """Load the networks. Raises MissingWeightsError."""
        self._model.weights.require(self._checkpoints)
        with self._busy:
            self._networks(self._setup("auto"))

    def free(self) -> None:
        """Forget the networks and give their memory back; the next video loads them again."""
        with self._busy:
            self._forget()

    def _render(self, project: Project, monitor: Monitor) -> tuple[Clip, ...]:
        settings: WanSettings = self.entry.settings_of(project)
        self._model.weights.require(self._checkpoints)
        job = self._job(project, settings, monitor)
        notes = self.entry.notes_on(settings)
        check_lent(_seconds(job))
        with told_why():
            videos = collect(self._generate_on_gpu(job), monitor)
        size_hw = job.image.shape[0], job.image.shape[1]
        return tuple(
            Clip(
                tuple(video.frames),
                job.num_frames,
                settings.fps,
                size_hw,
                seed,
                self.entry.name,
                (*notes, *video.notes),
            )
            for seed, video in zip(job.seeds, videos, strict=True)
        )

    def _job(self, project: Project, settings: WanSettings, monitor: Monitor) -> Job:
        size_hw = size_for(project.scene.size_hw, PIXELS[settings.resolution], self._model.side)
        num_frames, guide = settings.num_frames, None
        if settings.anchor:
            monitor.report("Drawing Preview", 0, 1)
            animation = animate(project, num_frames)
            rendered = render(animation, drawing_device(self._device_name))
            guide = guide_for(project, animation, rendered, size_hw, settings.anchor, settings.hold_background)
            monitor.check()
        return Job(shrunk(project.photo, size_hw), num_frames, settings, guide, self.entry.at_once)

    def _generate(self, job: Job) -> Iterator[Event]:
        """Progress, then the videos or a person's problem."""
        setup = self._setup(job.settings.memory)
        yield from attempt(setup, partial(self._make, job), self._forget, self._notes_on)

    def _make(self, job: Job, setup: Setup) -> "Iterator[ProgressEvent | Frames]":
        from levitor_core.renderers.wan.making import make

        folder = self._model.weights.require(self._checkpoints)
        yield from make(job, self._networks(setup), folder, setup)

    def _notes_on(self, setup: Setup) -> tuple[str, ...]:
        if not self._networks(setup).lightning:
            return ()
        return (f"Made with Lightning's weights, in {LIGHTNING_STEPS} steps without guidance.",)

    def _setup(self, memory: MemoryMode) -> Setup:
        """How to compute: as asked; memory `auto`, and a lent GPU, keep what is loaded, else look at what is free."""
        import torch

        device = torch.device(best_device(self._device_name))
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        if self._loaded and (memory == "auto" or on_zero_gpu()):
            return self._loaded[0]
        return Setup(self._fitting(device) if memory == "auto" else memory, device, dtype)

    def _fitting(self, device: "torch.device") -> MemoryMode:
        import torch

        if device.type != "cuda":
            return "full"
        free, _ = torch.cuda.mem_get_info(device)
        modes: tuple[MemoryMode, ...] = ("full", "balanced", "lean")
        return next(mode for mode in modes if self._model.needs.get(mode, 0) <= free)

    def _networks(self, setup: Setup) -> "Networks":
        from levitor_core.renderers.wan.weights import load_networks

        if self._loaded is None or self._loaded[0] != setup:
            self._forget()
            networks = load_networks(self._model.weights, self._checkpoints, setup.dtype, setup.resting)
            if setup.memory == "lean":
                networks.vae.enable_tiling()
            self._loaded = setup, networks
        return self._loaded[1]

    def _forget(self) -> None:
        self._loaded = None
        gc.collect()
        release_memory()


def size_for(working_hw: SizeHW, pixels: int, side: int) -> SizeHW:
    """The photo's shape in about that many pixels, both sides multiples of `side`."""
    ratio = working_hw[1] / working_hw[0]
    height, width = np.sqrt(pixels / ratio), np.sqrt(pixels * ratio)
    return max(side, round(height / side) * side), max(side, round(width / side) * side)


def _seconds(job: Job) -> int:
    """Seconds of GPU time to promise."""
    size_hw = job.image.shape[0], job.image.shape[1]
    return gpu_seconds(job.settings, size_hw, sum(window.num_frames for window in job.windows))
