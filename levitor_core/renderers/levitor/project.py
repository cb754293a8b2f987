"""A project in the video model's terms: its size, its picture, and the Preview that it is held to."""

import numpy as np

from levitor_core.anchoring.clocks import Holds
from levitor_core.anchoring.guide import Guide, guide_of
from levitor_core.control.steering import Steering
from levitor_core.errors import InputError
from levitor_core.renderers.levitor.entry import SvdSettings
from levitor_core.renderers.preview import draw
from levitor_core.structures import AnyImage, Image, Project, SizeHW


def working_size(project: Project, long_side: int | None) -> SizeHW:
    """The project's own size, or for a small model that aspect in multiples of 8. Raises InputError."""
    height, width = project.scene.size_hw
    if long_side is not None:
        scale = long_side / max(height, width)
        return max(8, round(height * scale / 8) * 8), max(8, round(width * scale / 8) * 8)
    if height % 8 or width % 8:
        raise InputError(
            f"The video model needs sides that are multiples of 8, not {width} x {height}; crop the photo."
        )
    return height, width


def guide_for(project: Project, steering: Steering, size_hw: SizeHW, settings: SvdSettings) -> Guide:
    """Preview of the project at that size, and how firmly each of its objects is held to it."""
    frames = np.stack(list(draw(project, steering.animation, size_hw, range(steering.num_frames))))
    holds = Holds(tuple(item.hold for item in project.objects), settings.hold_background)
    return guide_of(frames, steering.animation, steering.rendered, settings.anchor, holds)


def shrunk(image: AnyImage, size_hw: SizeHW) -> Image:
    """The picture at that size."""
    import cv2

    return image if image.shape[:2] == size_hw else cv2.resize(image, size_hw[::-1], interpolation=cv2.INTER_AREA)
