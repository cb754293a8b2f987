"""A project in the video model's terms: its size and its picture."""

from levitor_core.errors import InputError
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


def shrunk(image: AnyImage, size_hw: SizeHW) -> Image:
    """The picture at that size."""
    import cv2

    return image if image.shape[:2] == size_hw else cv2.resize(image, size_hw[::-1], interpolation=cv2.INTER_AREA)
