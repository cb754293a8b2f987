"""Holds the models and composes the stages; nothing else.

photo -> new_project -> segment, find_instances -> (editing) -> control | render
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from levitor_core.checkpoints import Checkpoints
from levitor_core.control.control_signal import splat
from levitor_core.control.steering import Steering, steer
from levitor_core.depth import DepthEstimator
from levitor_core.devices import best_device
from levitor_core.document import Document, RendererSettings
from levitor_core.errors import InputError
from levitor_core.exporting import ExportSettings, Shot, export
from levitor_core.files.map_values import as_disparity, as_labels, as_photo
from levitor_core.files.photo import Crop, frame_photo
from levitor_core.inspection import Check, Inspection
from levitor_core.monitor import Monitor
from levitor_core.motion import preflight
from levitor_core.provenance import is_free_commercially
from levitor_core.readers import ModelStatus, Reader, depth_reader, segmenter_reader
from levitor_core.renderers import Renderer, entries, with_settings
from levitor_core.segmentation import BoxXYXY, Segmenter
from levitor_core.segmentation.encodings import Encodings
from levitor_core.structures import (
    DEFAULT_SOFTNESS,
    IMPORTED,
    Clip,
    ControlPoints,
    ControlSignal,
    DisparityMap,
    Given,
    Image,
    ImageEmbedding,
    LabelMap,
    MaskCandidates,
    PointPrompt,
    Project,
    RenderedMasks,
    Scene,
)
from levitor_core.timing import Speeds


@dataclass(frozen=True, eq=False)
class ControlResult:
    """What the video model is steered by, and what it was made from."""

    rendered: RenderedMasks
    points: ControlPoints
    signal: ControlSignal


@dataclass(frozen=True, eq=False)
class CheckResult:
    """What is likely to disappoint, one sentence each, in the frames to be made, and what steers the video model."""

    sentences: tuple[str, ...]
    num_frames: int
    steering: Steering


class Engine:
    """The models on one device, loaded when first used and shared by everyone; holds no one's work.

    `device` is "auto", "cpu", "cuda" or "mps". With `commercial` it offers only what everyone may use in paid work.
    `inspect` is shown every photo that is worked on and every frame that is made; what it raises refuses them. A click
    waits for `patience_s` seconds for a segmenter that is still reading the photo (None: until it has), then the quick
    picker answers. Safe to call from several threads.
    """

    def __init__(
        self,
        checkpoints: Checkpoints | None = None,
        device: str = "auto",
        large_depth: bool = False,
        commercial: bool = False,
        inspect: Check | None = None,
        patience_s: float | None = None,
    ) -> None:
        self.checkpoints = checkpoints or Checkpoints()
        self._wanted_device = device
        self._large_depth, self._inspection = large_depth, Inspection(inspect)
        self._patience_s = patience_s
        self.entries = tuple(entry for entry in entries() if not commercial or is_free_commercially(entry))
        self._speeds = Speeds()
        self._encodings = Encodings(self._inspection.look_at)

    @functools.cached_property
    def device(self) -> str:
        """The device that models run on."""
        return best_device(self._wanted_device)

    @functools.cached_property
    def _depth(self) -> Reader[DepthEstimator]:
        return depth_reader(self.checkpoints, self.device, self._large_depth)

    @functools.cached_property
    def _masks(self) -> Reader[Segmenter]:
        return segmenter_reader(self.checkpoints, self.device)

    @functools.cached_property
    def renderers(self) -> tuple[Renderer, ...]:
        """Every renderer that is offered, the best first."""
        return tuple(entry.make(self.checkpoints, self._wanted_device) for entry in self.entries)

    def renderer(self, name: str) -> Renderer:
        """The renderer of that name; "auto" is the best that can run here. Raises InputError for other names."""
        for renderer in self.renderers:
            entry = renderer.entry
            if entry.name == name or (name == "auto" and entry.automatic and renderer.unavailable_reason() is None):
                return renderer
        known = ", ".join(entry.name for entry in self.entries)
        raise InputError(f"There is no renderer called {name!r}; use auto, {known}.")

    def settings_of(self, project: Project) -> RendererSettings:
        """The settings with which `render` makes the project's video."""
        return self.renderer(project.settings.renderer).entry.settings_of(project)

    def new_project(
        self,
        photo: Image | Given,
        *,
        crop: Crop | Given = None,
        disparity: DisparityMap | Given = None,
        partition: LabelMap | Given = None,
        clean_plate: Image | Given = None,
        softness: float = DEFAULT_SOFTNESS,
        monitor: Monitor | None = None,
    ) -> Project:
        """A project from a photo: cropped, sized, its depth estimated unless a `disparity` map (0..255) is given.

        Maps and clean plate cover the whole photo, at any resolution, and get the same crop. Without a `partition`
        the project has no still instances until `find_instances`. Raises InputError for what does not fit.
        """
        monitor = monitor or Monitor()
        softness = Document(softness=softness).softness
        picture = as_photo(photo)
        framing = frame_photo(picture, crop)
        kept = framing.photo(picture)
        plate = None if clean_plate is None else framing.photo(as_photo(clean_plate, "clean plate"), "clean plate")
        self._inspection.look_at(picture, kept, plate)
        if disparity is None:
            depth = self._depth.get(monitor)
            framed = depth.model.estimate(kept, framing.size_hw, monitor)
            source, guessed = depth.status.name, depth.status.is_stand_in
        else:
            framed, source, guessed = framing.map(as_disparity(disparity)), IMPORTED, False
        no_partition = np.zeros(framing.size_hw, np.int32)
        scene = Scene(
            image=framing.image(picture),
            disparity=framed,
            partition=no_partition if partition is None else framing.labels(as_labels(partition)),
            depth_source=source,
            segmentation_source="none" if partition is None else IMPORTED,
            depth_is_stand_in=guessed,
        )
        return Project(photo=kept, scene=scene, softness=softness, clean_plate=plate, photo_box=framing.photo_box)

    def embed(self, project: Project, monitor: Monitor | None = None, by: Segmenter | None = None) -> ImageEmbedding:
        """The segmenter's, or another's, encoding of the project's photo, computed once a photo and kept for a few of
        them; who asks for it meanwhile waits, others do not."""
        return self._encodings.of(project, by or self._masks.get(monitor).model, monitor)

    def segment(self, project: Project, prompts: Sequence[PointPrompt], box: BoxXYXY | None = None) -> MaskCandidates:
        """Candidate masks for clicks and a box (x0, y0, x1, y1) in working pixels, best first."""
        if self._patience_s is None:
            segmenter = self._masks.get().model
        else:
            segmenter = self._encodings.reader_within(self._patience_s, project, lambda: self._masks.get().model)
        return segmenter.segment(self._encodings.of(project, segmenter), prompts, box)

    def find_instances(self, project: Project, monitor: Monitor | None = None) -> Project:
        """The project with automatic masks as its partition."""
        monitor = monitor or Monitor()
        masks = self._masks.get(monitor)
        scene = replace(
            project.scene,
            partition=masks.model.find_instances(self._encodings.of(project, masks.model, monitor), monitor),
            segmentation_source=masks.status.name,
            segmentation_is_stand_in=masks.status.is_stand_in,
        )
        return replace(project, scene=scene)

    def control(self, project: Project, num_frames: int | None = None, monitor: Monitor | None = None) -> ControlResult:
        """Masks, control points and control signal (paper section 3.3) for the project's frames, or that many.

        Raises InputError for a number of frames that no setting may have, and as `animate` does.
        """
        monitor = monitor or Monitor()
        if num_frames is not None:
            project = with_settings(project, num_frames=num_frames)
        monitor.report("Moving objects", 0, 3)
        steering = self.steer(project, self.settings_of(project).num_frames)
        monitor.report("Placing control points", 1, 3)
        points = steering.points
        monitor.report("Drawing the control signal", 2, 3)
        signal = splat(points)
        monitor.report("Drawing the control signal", 3, 3)
        return ControlResult(steering.rendered, points, signal)

    def steer(self, project: Project, num_frames: int | None = None) -> Steering:
        """Masks and control points, the very ones that the project's renderer is steered by (for one that reads none:
        the best that does), or those of another number of frames."""
        chosen = self.renderer(project.settings.renderer).entry
        entry = chosen if chosen.steered else next(entry for entry in entries() if entry.steered)
        settings = entry.settings_of(project)
        return steer(project, num_frames or entry.frames_made(settings), settings.told, self._wanted_device)

    def check(self, project: Project) -> CheckResult:
        """What a person should know before an expensive run."""
        steering = self.steer(project)
        made = self.renderer(project.settings.renderer).entry.frames_made(self.settings_of(project))
        whole = steering if made == steering.num_frames else self.steer(project, made)
        return CheckResult(preflight.check(project, whole.animation, whole.rendered), made, steering)

    def pictures(self, project: Project, steering: Steering, frames: Sequence[int]) -> Iterator[Image]:
        """The Preview of some frames of that motion, at working size."""
        from levitor_core.renderers.preview import draw

        self._inspection.look_at_photos(project)
        return self._inspection.passing(draw(project, steering.animation, project.scene.size_hw, frames))

    def render(self, project: Project, monitor: Monitor | None = None) -> tuple[Clip, ...]:
        """The project's clips by the renderer its settings name; a clip's frames may be drawn as they are read."""
        renderer = self.renderer(project.settings.renderer)
        self._inspection.look_at_photos(project)
        watched = self._speeds.watch(renderer.entry, project, monitor or Monitor())
        return self._inspection.of_clips(renderer.render(project, watched))

    def export(
        self,
        project: Project,
        format: str,
        folder: Path,
        settings: ExportSettings | None = None,
        monitor: Monitor | None = None,
    ) -> Shot:
        """The project in a new folder as another tool reads it; see `exporting.export`."""
        self._inspection.look_at_photos(project)
        return export(project, format, folder, settings, monitor, self._inspection.look_at)

    def gpu_seconds(self, project: Project) -> int | None:
        """For how long `render` will ask for a lent GPU; None where it asks for none."""
        return self.renderer(project.settings.renderer).entry.gpu_seconds_of(project)

    def estimate_seconds(self, project: Project) -> float | None:
        """How long `render` will take with the model loaded, from this process's last video; None before the first."""
        return self._speeds.estimate(self.renderer(project.settings.renderer).entry, project)

    def models(self) -> tuple[ModelStatus, ...]:
        """What reads depth and masks and what renders here, and why; looks at files and, once, for the hub."""
        best = self.renderer("auto")
        others = sorted((r for r in self.renderers if r is not best), key=lambda r: not r.entry.steered)
        reason = next((r.unavailable_reason() or "" for r in others), "")
        return self._depth.status(), self._masks.status(), ModelStatus("video", best.entry.title, False, reason)

    def stand_ins(self) -> tuple[ModelStatus, ...]:
        """What did a model's job here so far, and why; a reader that nobody needed yet is not made for this."""
        made: list[Reader[Any]] = [self.__dict__[name] for name in ("_depth", "_masks") if name in self.__dict__]
        return tuple(filter(None, (reader.stand_in() for reader in made)))

    def free(self) -> None:
        """Give back the memory that renderers and encodings hold; the next use loads them again."""
        self._encodings.clear()
        for renderer in self.renderers:
            renderer.free()
