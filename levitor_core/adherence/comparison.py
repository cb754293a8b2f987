"""A project and a video of it -> the video's adherence beside Preview's own, for the page and the command line."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float

from levitor_core.adherence.by_colour import Video
from levitor_core.adherence.measures import Adherence, measure, measure_jumps
from levitor_core.adherence.plans import plan
from levitor_core.adherence.words import about, sentence
from levitor_core.document import MAX_FRAMES
from levitor_core.errors import InputError
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


def compare(project: Project, video: Iterable[Image], most_frames: int = MOST_FRAMES) -> Comparison:
    """Measure a video of the project, of any size and number of frames; longer ones at that many evenly spread ones.

    Raises InputError for a video of another shape, or of one frame only.
    """
    frames = [_at_size(frame, project.scene.size_hw) for frame, _ in zip(video, range(MAX_FRAMES), strict=False)]
    if len(frames) < 2:
        raise InputError("The video has fewer than two frames; choose a whole video of the project.")
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(most_frames, len(frames))).round().astype(int)).tolist()
    planned = plan(project, len(frames), chosen)
    shown = np.stack([frames[at] for at in chosen])
    figures = measure(shown, planned), measure(planned.frames, planned)
    return Comparison(*figures, shown, planned.frames, measure_jumps(frames))


def _at_size(frame: AnyImage, size_hw: SizeHW) -> Image:
    due = frame.shape[0] * size_hw[1] / size_hw[0]
    if abs(np.log(frame.shape[1] / due)) > SAME_SHAPE and abs(frame.shape[1] - due) > ROUNDED_PX:
        (height, width), (high, wide) = size_hw, frame.shape[:2]
        raise InputError(
            f"The video is {wide} x {high}, the project {width} x {height}; choose a video of the project."
        )
    return frame if frame.shape[:2] == size_hw else cv2.resize(frame, size_hw[::-1], interpolation=cv2.INTER_AREA)
