"""A project and a video of it -> the video's adherence beside Preview's own, for the page and the command line."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float

from levitor_core.adherence.by_colour import Video
from levitor_core.adherence.measures import Adherence, jumps_of, measure, measure_change
from levitor_core.adherence.plans import plan
from levitor_core.adherence.words import about, sentence
from levitor_core.document import MAX_FRAMES
from levitor_core.errors import InputError
from levitor_core.monitor import Monitor
from levitor_core.structures import AnyImage, Image, Project, SizeHW

MOST_FRAMES = 49  # evenly spread, the first and the last among them
SAME_SHAPE = 0.07  # by how much the sides' ratio may differ: models round sides to multiples of 32
ROUNDED_PX = 4  # or a side, of the smallest model's small pictures


@dataclass(frozen=True, eq=False)
class Comparison:
    """A video's figures and Preview's own, with the frames that they are of; `frames` at working size. `jumps`: how
    suddenly the picture changes into each frame of the whole video (1: as into those about it)."""

    video: Adherence
    preview: Adherence
    frames: Video
    preview_frames: Video
    jumps: Float[np.ndarray, " n"]

    @property
    def largest_jump(self) -> tuple[int, float]:
        """The frame into which the picture changes most suddenly, and how suddenly."""
        frame = int(self.jumps.argmax())
        return frame, float(self.jumps[frame])

    @property
    def sentence(self) -> str:
        """How well the paths were followed, and what to change."""
        return sentence(self.video, self.preview)

    @property
    def about(self) -> str:
        """Preview's own figures, and what all of this is not."""
        return about(self.video, self.preview)


def compare(
    project: Project, video: Iterable[Image], most_frames: int = MOST_FRAMES, monitor: Monitor | None = None
) -> Comparison:
    """Measure a video of the project, of any size and number of frames; longer ones at that many evenly spread ones.

    Raises InputError for a video of another shape, of one frame only, or of more than a project may have.
    """
    monitor = monitor or Monitor()
    frames, jumps = _read(video, project.scene.size_hw, 2 * most_frames, monitor)
    chosen = np.linspace(0, len(frames) - 1, min(most_frames, len(frames))).round().astype(int)
    numbers = np.array(list(frames))[np.unique(chosen)].tolist()
    planned = plan(project, len(jumps), numbers, monitor)
    shown = np.stack([frames[number] for number in numbers])
    figures = measure(shown, planned), measure(planned.frames, planned)
    return Comparison(*figures, shown, planned.frames, jumps)


def _read(
    video: Iterable[AnyImage], size_hw: SizeHW, most: int, monitor: Monitor
) -> tuple[dict[int, Image], Float[np.ndarray, " frames"]]:
    """Frames at working size by their number, all of them or, so that a long video takes no more memory than a short
    one, every second, fourth, ... and the last; and how suddenly the picture changes into each of the video's."""
    kept: dict[int, Image] = {}
    changes: list[float] = []
    last, step, number = None, 1, -1
    for number, whole in enumerate(video):
        monitor.report("Reading the video", number, MAX_FRAMES)
        if number == MAX_FRAMES:
            raise InputError(f"The video has more than {MAX_FRAMES:,} frames; choose a video of the project.")
        frame = _at_size(whole, size_hw)
        changes += [] if last is None else [measure_change(last, frame)]
        last = frame
        if number % step == 0:
            kept[number] = frame
        if len(kept) > most:
            step *= 2
            kept = {at: frame for at, frame in kept.items() if at % step == 0}
    if last is None or not changes:
        raise InputError("The video has fewer than two frames; choose a whole video of the project.")
    kept[number] = last
    return kept, jumps_of(changes)


def _at_size(frame: AnyImage, size_hw: SizeHW) -> Image:
    due = frame.shape[0] * size_hw[1] / size_hw[0]
    if abs(np.log(frame.shape[1] / due)) > SAME_SHAPE and abs(frame.shape[1] - due) > ROUNDED_PX:
        (height, width), (high, wide) = size_hw, frame.shape[:2]
        raise InputError(
            f"The video is {wide} x {high}, the project {width} x {height}; choose a video of the project."
        )
    return frame if frame.shape[:2] == size_hw else cv2.resize(frame, size_hw[::-1], interpolation=cv2.INTER_AREA)
