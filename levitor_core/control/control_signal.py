"""PURE. ControlPoints -> ControlSignal: heat map, id and disparity as the ControlNet reads them.

Paper section 3.2; the released drawing routine's numbers stand in docs/levitor-renderer.md. The values stay raw,
0..255.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float32, UInt8

from levitor_core.structures import ControlPoints, ControlSignal, SizeHW

PATCH_SIDE = 20  # of the released model, at every working size
PATCH_SIDES = range(2, 65, 2)
TEMPLATE_SIDE = 200
TEMPLATE_SIGMA = 40


def splat(points: ControlPoints, patch_side: int = PATCH_SIDE) -> ControlSignal:
    """Draw every point as a patch of an even `patch_side`: a Gaussian disc, and on the disc the id and the disparity.

    Rows are drawn in order. A patch replaces all that was under its rectangle, its empty corners included; at the
    picture's border it is squeezed, not cropped. Points outside the picture are left out, values clamped to 0..255.
    """
    height, width = points.size_hw
    values = np.zeros((points.num_frames, 3, height, width), np.float32)
    inside = (points.rows[:, 1:3] >= 0).all(axis=1) & (points.rows[:, 1:3] < points.size_hw).all(axis=1)
    rows = points.rows[inside]
    corners = np.concatenate([rows[:, 1:3] - patch_side // 2, rows[:, 1:3] + patch_side // 2], axis=1)
    corners = corners.clip(1, [height, width, height - 1, width - 1]).tolist()
    tags = rows[:, 3:].clip(0, 255).tolist()
    for frame, (top, left, bottom, right), tag in zip(rows[:, 0].tolist(), corners, tags, strict=True):
        if top < bottom and left < right:
            heat, disc = _patch((bottom - top, right - left))
            window = values[frame, :, top:bottom, left:right]
            window[0] = heat
            window[1:] = disc * np.array(tag, np.float32)[:, None, None]
    return ControlSignal(values)


@lru_cache(maxsize=1024)
def _patch(size_hw: SizeHW) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """The template squeezed to `size_hw`, and where it is not zero."""
    import cv2

    height, width = size_hw
    patch = cv2.resize(_template(), (width, height), interpolation=cv2.INTER_LINEAR)
    return patch.astype(np.float32), (patch != 0).astype(np.float32)


@lru_cache(maxsize=1)
def _template() -> UInt8[np.ndarray, "200 200"]:
    """A Gaussian cut to a circle, peak 255, truncated to whole numbers."""
    import cv2

    center = TEMPLATE_SIDE // 2
    row, column = np.mgrid[:TEMPLATE_SIDE, :TEMPLATE_SIDE] - center
    gaussian = np.exp(-(row**2 + column**2) / (2 * TEMPLATE_SIGMA**2))
    circle = cv2.circle(np.zeros_like(gaussian), (center, center), center, (1.0,), thickness=-1)
    return (255 * gaussian * circle / gaussian.max()).astype(np.uint8)
