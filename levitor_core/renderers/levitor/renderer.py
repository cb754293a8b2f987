"""The LeviTor renderer: a project to the paper's diffusion video. Loads at the first video, then stays warm.

Against videos that the authors published, the largest difference in numbers is the guidance halves' temporal context:
the released pipeline mixes it, by a fault of the diffusers it was built on; its training never did, nor do we unless
`settings.time_context` is "mixed" (`time_context` has the rule, docs/levitor-renderer.md the other differences).
"""

import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from levitor_core.anchoring.guide import Guide
from levitor_core.control.control_signal import splat
from levitor_core.control.steering import Steering, steer
from levitor_core.devices import best_device, has_cuda, on_zero_gpu, release_memory, take_turn
from levitor_core.errors import MissingWeightsError, RendererError
from levitor_core.monitor import Monitor
from levitor_core.renderers.attempts import Event, attempt, collect
from levitor_core.renderers.levitor.entry import (
    LEVITOR_ENTRY,
    SVD_ENTRY,
    TOY_ENTRY,
    LeviTorSettings,
    UNetChoice,
    gpu_seconds,
)
from levitor_core.renderers.levitor.folder import CONTROLNET, FINE_TUNED_UNET, VIDEO_MODEL
from levitor_core.renderers.levitor.project import shrunk, working_size
from levitor_core.renderers.levitor.space import check_lent, on_gpu, told_why
from levitor_core.renderers.preview.guiding import guide_for
from levitor_core.structures import Clip, ControlSignal, Project, SizeHW

if TYPE_CHECKING:
    from levitor_core.renderers import RendererEntry
    from levitor_core.renderers.levitor.folder import CheckpointsLike
    from levitor_core.renderers.levitor.memory import Setup
    from levitor_core.renderers.levitor.pipeline import Job, Pipeline

COMPILING_S = 1500  # of a lent GPU, once
_WEIGHTS = {VIDEO_MODEL: "Stable Video Diffusion XT", CONTROLNET: "LeviTor's ControlNet"}


@dataclass(frozen=True)
class VideoModel:
    """What to know of weights in LeviTor's layout; with a `long_side` every project is made small for it. Without
    `control` it is the video model alone, which only Preview tells where things go."""

    entry: "RendererEntry"
    trained_size_hw: SizeHW
    long_side: int | None = None
    control: bool = True

    @property
    def weights(self) -> tuple[str, ...]:
        """The names of the weights that it needs."""
        return tuple(name for name in _WEIGHTS if name != CONTROLNET or self.control)


LEVITOR = VideoModel(LEVITOR_ENTRY, (512, 288))
SVD = VideoModel(SVD_ENTRY, (576, 1024), control=False)
TOY = VideoModel(TOY_ENTRY, (64, 64), long_side=64)


class LeviTorRenderer:
    """Stable Video Diffusion steered by the LeviTor ControlNet, behind the renderers' interface.

    `device` "auto" is CUDA where there is one; on anything else it says that it is unavailable, but still renders
    when told to (slowly: on the CPU in float32). One video is made at a time; others wait.
    """

    def __init__(self, checkpoints: "CheckpointsLike", device: str = "auto", model: VideoModel = LEVITOR) -> None:
        self.entry = model.entry
        self._checkpoints, self._device_name, self._model = checkpoints, device, model
        self._pipeline: Pipeline | None = None
        self._busy, self._making = threading.Lock(), False
        self._generate_on_gpu = on_gpu(self._generate, seconds=self._seconds)

    def unavailable_reason(self) -> str | None:
        """Why it would not be chosen here, as one sentence; None when it can run. Looks at files, loads nothing."""
        try:
            missing = [_WEIGHTS[name] for name in self._model.weights if self._checkpoints.find(name) is None]
            if missing and self._model is TOY:
                return "The toy model's weights are missing; get checkpoints/toy from the repository."
            if missing:
                advice = "`python -m levitor_core checkpoints` says how to get them"
                return f"The weights of {' and '.join(missing)} are missing; {advice}."
            if self._model is not TOY and self._device_name == "auto" and not has_cuda():
                return f"There is no CUDA GPU here; choose {self.entry.name} by name to run it slowly on the CPU."
            for name in self._model.weights:
                self._checkpoints.require(name)
        except MissingWeightsError as error:
            return str(error)
        return None

    def render(self, project: Project, monitor: Monitor) -> tuple[Clip, ...]:
        """One clip for each variant, with consecutive seeds; more than 25 frames are made in parts.

        Raises MissingWeightsError, RendererError (out of memory, numbers that blew up), InputError and Cancelled.
        """
        with take_turn(self._busy, monitor):
            return self._render(project, monitor)

    def load(self) -> None:
        """Load the networks as the settings' defaults want them. Raises MissingWeightsError."""
        settings = LeviTorSettings()
        self._check_weights(settings, Monitor())
        with self._busy:
            self._load(self._setup(settings))

    def warm(self, project: Project, monitor: Monitor) -> None:
        """Make the project's video once to compile, in minutes, what later processes load in seconds for videos of its
        size and length. Raises as `render` does, and RendererError where nothing is compiled."""
        with take_turn(self._busy, monitor):
            if not self._setup(self._settings(project)).ways.packages:
                raise RendererError("Only videos made on a CUDA GPU, in full or balanced memory, can be prepared.")
            self._forget()
            self._making = True
            try:
                self._render(project, monitor)
            finally:
                self._making = False
                self._forget()

    def free(self) -> None:
        """Forget the networks and give their memory back; the next video loads them again."""
        with self._busy:
            self._forget()

    def _render(self, project: Project, monitor: Monitor) -> tuple[Clip, ...]:
        if self._pipeline is None:
            self._check_weights(self._settings(project), monitor)
        job, notes = self._job(project, monitor)
        if not self._making:
            check_lent(self._seconds(job))
        with told_why():
            videos = collect(self._generate_on_gpu(job), monitor)
        return tuple(
            Clip(
                frames=tuple(video.frames),
                num_frames=job.num_frames,
                fps=job.fps,
                size_hw=job.size_hw,
                seed=seed,
                renderer=self.entry.name,
                notes=(*notes, *video.notes),
            )
            for seed, video in zip(job.seeds, videos, strict=True)
        )

    def _job(self, project: Project, monitor: Monitor) -> "tuple[Job, tuple[str, ...]]":
        """The request in the model's terms, and what a person should know about how it differs from theirs."""
        from levitor_core.renderers.levitor.pipeline import Job

        model, entry = self._model, self.entry
        settings = self._settings(project)
        size_hw = height, width = working_size(project, model.long_side)
        notes = [*entry.notes_on(settings)]
        if size_hw != model.trained_size_hw:
            wide, high = model.trained_size_hw[::-1]
            notes.append(
                f"The {entry.title} was trained on {wide} wide x {high} high only; this is {width} x {height}."
            )
        monitor.report("Placing control points", 0, 1)
        steering = steer(project, settings.num_frames, settings.told, self._device_name)
        monitor.check()
        control = self._control(steering, size_hw)
        guide = self._guide(project, steering, size_hw, settings) if settings.anchor else None
        image = shrunk(project.scene.image, size_hw)
        return Job(image, control, settings.fps, settings, guide, entry.at_once), tuple(notes)

    def _settings(self, project: Project) -> LeviTorSettings:
        """The settings in full; what the model has no setting for stays as it is."""
        own = self.entry.settings_of(project)
        return own if isinstance(own, LeviTorSettings) else LeviTorSettings(**vars(own))

    def _guide(self, project: Project, steering: Steering, size_hw: SizeHW, settings: LeviTorSettings) -> Guide:
        motion = steering.animation, steering.rendered
        return guide_for(project, *motion, size_hw, settings.anchor, settings.hold_background)

    def _control(self, steering: Steering, size_hw: SizeHW) -> ControlSignal:
        from levitor_core.renderers.levitor.loading import control_patch_side

        if not self._model.control:
            return ControlSignal(np.zeros((steering.num_frames, 3, *size_hw), np.float32))
        return splat(steering.points.scale_to(size_hw), control_patch_side(self._checkpoints))

    def _check_weights(self, settings: LeviTorSettings, monitor: Monitor) -> None:
        needed = self._model.weights
        names = (*needed, FINE_TUNED_UNET) if self._unet(settings) == "levitor" else needed
        for index, name in enumerate(names):
            monitor.report("Checking the weights", index, len(names))
            self._checkpoints.require(name)

    def _unet(self, settings: LeviTorSettings) -> UNetChoice:
        """The UNet asked for; the toy has only its own."""
        return "base" if self._model is TOY else settings.unet

    def _generate(self, job: "Job") -> Iterator[Event]:
        """Progress, then the videos or a person's problem."""
        yield from attempt(
            self._setup(job.settings),
            lambda setup: self._load(setup).generate(job),
            self._forget,
            lambda setup: _notes_on(setup, job.settings),
        )

    def _seconds(self, job: "Job") -> int:
        """Seconds of GPU time to promise."""
        made = sum(window.num_frames for window in job.windows)
        return COMPILING_S if self._making else gpu_seconds(job.settings, job.size_hw, made)

    def _setup(self, settings: LeviTorSettings) -> "Setup":
        """How to compute: as asked; memory `auto`, and a lent GPU, keep the plan of what is loaded."""
        import torch

        from levitor_core.renderers.levitor.memory import Setup, best_dtype, choose_plan

        device = torch.device(best_device(self._device_name))
        loaded = self._pipeline if settings.memory == "auto" or on_zero_gpu() else None
        plan = loaded.setup.plan if loaded else choose_plan(settings.memory, device)
        return Setup(
            plan, device, best_dtype(device), self._unet(settings), self._model.control, settings.speed != "plain"
        )

    def _load(self, setup: "Setup") -> "Pipeline":
        from levitor_core.renderers.levitor.pipeline import Pipeline

        if self._pipeline is None or self._pipeline.setup != setup:
            self._forget()
            self._pipeline = Pipeline.load(self._checkpoints, setup, self._making)
        return self._pipeline

    def _forget(self) -> None:
        self._pipeline = None
        gc.collect()  # networks and tracebacks hold themselves in cycles
        release_memory()


def _notes_on(setup: "Setup", settings: LeviTorSettings) -> tuple[str, ...]:
    notes = {
        "Made on the CPU in float32, which is slow.": setup.device.type == "cpu",
        "Made with the UNet of LeviTor/unet instead of the video model's own.": setup.unet == "levitor",
        "Made with the guidance halves' temporal context mixed, as in published videos.": (
            settings.time_context == "mixed"
        ),
    }
    return tuple(note for note, applies in notes.items() if applies)
