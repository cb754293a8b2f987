"""Photo -> embedding -> masks from clicks and boxes, or every instance at once: SAM, or a weight-free stand-in.

`embed` once per photo; `segment` per click, from the embedding alone; `find_instances` on request.
"""

import math
from collections.abc import Sequence
from typing import Protocol

from levitor_core.errors import InputError
from levitor_core.monitor import Monitor
from levitor_core.structures import AnyImage, BoxXYXY, ImageEmbedding, LabelMap, MaskCandidates, PointPrompt, SizeHW


class Segmenter(Protocol):
    """Masks and prompts are in working pixels (`size_hw`), whatever size the photo has."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    def embed(self, photo: AnyImage, size_hw: SizeHW, monitor: Monitor | None = None) -> ImageEmbedding:
        """Encode the photo, which has the working image's aspect ratio, for masks of `size_hw`."""
        ...

    def segment(self, embedding: ImageEmbedding, prompts: Sequence[PointPrompt], box: BoxXYXY | None) -> MaskCandidates:
        """Candidate masks of the object that the clicks and the box mean, best score first.

        Raises InputError when there is nothing to go by or a click lies outside the image.
        """
        ...

    def find_instances(self, embedding: ImageEmbedding, monitor: Monitor) -> LabelMap:
        """Automatic masks as one partition: ids 1, 2, ... and 0 where there is no instance."""
        ...


def check_box(prompts: Sequence[PointPrompt], box: BoxXYXY | None, size_hw: SizeHW) -> BoxXYXY | None:
    """The box, its corners in order and clipped to the image.

    Raises InputError when a click or the whole box lies outside the image, or when neither a box nor a click
    says what is inside.
    """
    check_clicks(prompts, size_hw)
    if box is None:
        if not any(prompt.inside for prompt in prompts):
            raise InputError("Click inside the object, or drag a box around it, before marking what lies outside.")
        return None
    return _clip(box, size_hw[1], size_hw[0])


def check_clicks(clicks: Sequence[PointPrompt], size_hw: SizeHW) -> None:
    """Raises InputError for a click that lies outside the image."""
    height, width = size_hw
    for click in clicks:
        if not (-0.5 <= click.x <= width - 0.5 and -0.5 <= click.y <= height - 0.5):
            raise InputError(f"The click at ({click.x:g}, {click.y:g}) lies outside the image; click on the image.")


def _clip(box: BoxXYXY, width: int, height: int) -> BoxXYXY:
    if not all(map(math.isfinite, box)):
        raise InputError("The box is not made of numbers; drag a box around the object.")
    left, right = sorted((box[0], box[2]))
    top, bottom = sorted((box[1], box[3]))
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width - 1), min(bottom, height - 1)
    if right <= left or bottom <= top:
        raise InputError("The box holds no part of the image; drag a box around the object.")
    return left, top, right, bottom
