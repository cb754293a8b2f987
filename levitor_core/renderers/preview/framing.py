"""How large the video is, and which part of the picture it shows."""

import math

import numpy as np

from levitor_core.motion.geometry import View, image_center, nearest_depth, project
from levitor_core.renderers.preview.entry import MAX_SIDE, PreviewSettings
from levitor_core.structures import Animation, SizeHW

Slices = tuple[slice, slice]

SHORT_SIDES = {"photo": 1080, "1080p": 1080, "720p": 720}
LONGEST = 16 / 9  # of the shorter side
RATIOS = {"9:16": 9 / 16, "4:5": 4 / 5, "1:1": 1.0}
ENLARGED = 1.1  # beyond a pixel of the photo to a pixel of the video, before it is worth a word


def canvas_size(photo_hw: SizeHW, working_hw: SizeHW, settings: PreviewSettings) -> tuple[SizeHW, tuple[str, ...]]:
    """The size (h, w) at which the whole picture is drawn, and what is to be said about it."""
    if settings.height is None:
        return _scaled(working_hw, _factor(photo_hw, working_hw, settings)), ()
    return output_size(working_hw, settings.height)


def output_size(working_hw: SizeHW, wanted: int | None) -> tuple[SizeHW, tuple[str, ...]]:
    """The size (h, w) of the `wanted` height, within 1920 pixels a side, and what is to be said about it."""
    height, width = working_hw
    if wanted is None:
        return working_hw, ()
    size_hw = _scaled(working_hw, min(wanted / height, MAX_SIDE / width))
    if size_hw[0] == wanted:
        return size_hw, ()
    return size_hw, (f"The video is {size_hw[0]} pixels high, as its width would otherwise pass {MAX_SIDE}.",)


def _scaled(size_hw: SizeHW, factor: float) -> SizeHW:
    return max(1, round(size_hw[0] * factor)), max(1, round(size_hw[1] * factor))


def _factor(photo_hw: SizeHW, working_hw: SizeHW, settings: PreviewSettings) -> float:
    """How much larger than at working size the picture is drawn."""
    if settings.size == "draft":
        return 1.0
    shown = _cropped_hw(working_hw, settings.crop)
    short = SHORT_SIDES[settings.size]
    wanted = min(short / min(shown), LONGEST * short / max(shown))
    return min(photo_hw[0] / working_hw[0], wanted) if settings.size == "photo" else wanted


def _cropped_hw(size_hw: tuple[float, float], crop: str) -> tuple[float, float]:
    """The largest size of the crop's shape within another."""
    if crop == "none":
        return size_hw
    height, width = size_hw
    ratio = RATIOS[crop]
    return min(height, width / ratio), min(width, height * ratio)


def crop_window(animation: Animation, size_hw: SizeHW, crop: str) -> Slices:
    """The part (rows, columns) of a canvas that is shown: of the crop's shape, as large as can be, about what moves."""
    height, width = (math.floor(side + 1e-6) for side in _cropped_hw(size_hw, crop))
    x, y = _middle_of_motion(animation)
    scale_y, scale_x = (side / working for side, working in zip(size_hw, animation.labels.shape, strict=True))
    top = int(np.clip(y * scale_y - height / 2, 0, size_hw[0] - height))
    left = int(np.clip(x * scale_x - width / 2, 0, size_hw[1] - width))
    return slice(top, top + height), slice(left, left + width)


def _middle_of_motion(animation: Animation) -> tuple[float, float]:
    """The middle (x, y) of all places, in working pixels, at which moving objects are held, within the picture."""
    height, width = animation.labels.shape
    center, near = image_center((height, width)), nearest_depth(animation.softness)
    places = [np.array(center)[None]] if not animation.layers else []
    for layer in animation.layers:
        path, pinned = layer.trajectory, layer.pinned
        for frame in range(animation.num_frames):
            view = View() if pinned else View.of(animation.camera, frame)
            x, y, _ = project(path.xy[frame, 0], path.xy[frame, 1], path.z[frame], view, center, near)
            places.append(np.array([[x, y]]))
    every = np.concatenate(places).clip(0, (width - 1, height - 1))
    x, y = (every.min(0) + every.max(0)) / 2
    return float(x), float(y)


def enlargement_notes(animation: Animation, photo_hw: SizeHW, size_hw: SizeHW) -> tuple[str, ...]:
    """A sentence for what is shown so large that the photo has too few pixels for it."""
    scale = size_hw[0] / photo_hw[0]
    if scale > ENLARGED:
        return (f"The video is {scale:.1f} times as large as the photo and will look soft; a smaller size would not.",)
    zoom = animation.camera.zoom.max()
    tracks = [(layer, layer.trajectory) for layer in animation.layers]
    grown = [(float((path.size * layer.anchor_z / path.z).max()), layer) for layer, path in tracks]
    return tuple(
        f"{layer.name} is shown at up to {growth * zoom * scale:.1f} times its own pixels and will look soft there;"
        " a smaller size or a larger photo helps."
        for growth, layer in grown
        if growth * zoom * scale > ENLARGED
    )
