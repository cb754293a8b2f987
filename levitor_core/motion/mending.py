"""Depth mended by hand: brush strokes over the scene's map, which itself stays as it was read.

A stroke fills up to the outlines of what it is drawn on: from its line it spreads over the photo's working image, where
every pixel costs a step and an edge many, and an edge is what is stronger than the texture around it.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32, UInt8

from levitor_core.document import DepthStroke
from levitor_core.structures import DisparityMap, Image, Mask, SizeHW

SPREAD = 1.5  # of the radius, where a stroke ends that meets no edge
EDGE_STEP = 8.0  # Lab units across an edge that cost as much as the radius
NOISE = 1.0  # Lab units a pixel that are no edge
TEXTURE = 1.6  # times the surroundings' own gradient, which is no edge either
TEXTURE_PX = 17
SPECK_PX = 5
MAX_KEPT = 256

Weight = UInt8[np.ndarray, "h w"]
_Window = tuple[slice, slice]


def mend(disparity: DisparityMap, image: Image, strokes: Sequence[DepthStroke]) -> DisparityMap:
    """The map with the strokes applied one after the other; 0..255. `image` is the working image, whose outlines they
    keep to."""
    if not strokes:
        return disparity
    mended, photo = disparity.copy(), _Photo(image)
    for stroke in strokes:
        window, weight = _spread(photo, _shape(stroke))
        share = weight.astype(np.float32) / 255
        mended[window] = _applied(stroke, mended, window, share).clip(0, 255)
    return mended


def mend_objects(disparity: DisparityMap, objects: Mask, image: Image, strokes: Sequence[DepthStroke]) -> DisparityMap:
    """A map that has the strokes already, but for what was picked, whose depth was made anew: there they count, too."""
    return np.where(objects, mend(disparity, image, strokes), disparity) if strokes else disparity


def _applied(stroke: DepthStroke, disparity: DisparityMap, window: _Window, share: np.ndarray) -> np.ndarray:
    values = disparity[window]
    match stroke.tool:
        case "nearer":
            return values + stroke.amount * share
        case "farther":
            return values - stroke.amount * share
        case "level":
            return values + (_at(disparity, stroke.points[0]) - values) * share
        case _:
            return values + (_smooth(values, share, stroke.radius) - values) * share


def _at(disparity: DisparityMap, point: tuple[float, float]) -> float:
    """The value at the pixel nearest to a point."""
    height, width = disparity.shape
    return float(disparity[min(max(round(point[1]), 0), height - 1), min(max(round(point[0]), 0), width - 1)])


def _smooth(values: np.ndarray, share: np.ndarray, radius: float) -> np.ndarray:
    """The mean around each pixel of what the stroke reaches, which takes nothing from beyond an outline."""
    import cv2

    kernel = {"ksize": (0, 0), "sigmaX": max(radius / 2, 1.0), "borderType": cv2.BORDER_REPLICATE}
    total, weight = cv2.GaussianBlur(values * share, **kernel), cv2.GaussianBlur(share, **kernel)
    return np.where(weight > 1e-3, total / np.maximum(weight, 1e-3), values)


class _Photo:
    """A working image that is known by its content, as what is kept of it is."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self._digest = hashlib.sha256(repr(image.shape).encode() + image.tobytes()).digest()

    def __hash__(self) -> int:
        return hash(self._digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Photo) and self._digest == other._digest


_Shape = tuple[tuple[tuple[float, float], ...], float]


def _shape(stroke: DepthStroke) -> _Shape:
    """Where a stroke goes, whatever it does there."""
    return stroke.points, stroke.radius


@lru_cache(MAX_KEPT)
def _spread(photo: _Photo, shape: _Shape) -> tuple[_Window, Weight]:
    """The part of the picture that a stroke reaches, and how much (0..255) it counts at every pixel there."""
    import cv2
    from skimage.graph import MCP_Geometric

    points, radius = shape
    window = _window(points, SPREAD * radius + SPECK_PX, photo.image.shape[:2])
    line = _line(points, window)
    if not line.any():  # beside the picture
        return window, np.zeros(line.shape, np.uint8)
    costs = 1 + radius * _edges(photo)[window] / EDGE_STEP
    reached, _ = MCP_Geometric(costs).find_costs(np.argwhere(line))
    fading = np.minimum((SPREAD * radius - reached) / ((SPREAD - 1) * radius), 1)
    weight = np.rint(255 * fading.clip(0)).astype(np.uint8)
    return window, np.asarray(cv2.medianBlur(weight, SPECK_PX), np.uint8)


def _window(points: Sequence[tuple[float, float]], reach: float, size_hw: tuple[int, ...]) -> _Window:
    """Rows and columns of the picture within reach of the points; at least one of each."""
    (left, top), (right, bottom) = np.min(points, axis=0) - reach, np.max(points, axis=0) + reach

    def within(low: float, high: float, size: int) -> slice:
        start = int(np.clip(np.floor(low), 0, size - 1))
        return slice(start, int(np.clip(np.ceil(high) + 1, start + 1, size)))

    return within(top, bottom, size_hw[0]), within(left, right, size_hw[1])


def _line(points: Sequence[tuple[float, float]], window: _Window) -> Mask:
    """The pixels of the window that the stroke's line goes through."""
    import cv2

    size: SizeHW = window[0].stop - window[0].start, window[1].stop - window[1].start
    corner = np.array([window[1].start, window[0].start])
    there_and_back = [*points, points[-1]]  # a line of one point is a dot
    placed = np.rint(np.array(there_and_back, float) - corner).clip(-(2**15), 2**15).astype(np.int32)
    drawn = cv2.polylines(np.zeros(size, np.uint8), [placed[:, None]], isClosed=False, color=1)
    return drawn.astype(bool)


@lru_cache(8)
def _edges(photo: _Photo) -> Float32[np.ndarray, "h w"]:
    """How much stronger (Lab units a pixel) the photo changes at each pixel than around it."""
    import cv2
    from skimage.color import rgb2lab

    lab = cv2.GaussianBlur(rgb2lab(photo.image).astype(np.float32), (0, 0), 1.0)
    change: Float[np.ndarray, "h w"] = np.sqrt(
        sum((cv2.Sobel(lab, cv2.CV_32F, *axis, ksize=3) / 8) ** 2 for axis in ((1, 0), (0, 1))).sum(-1)  # type: ignore[union-attr]
    )
    usual = cv2.blur(np.asarray(change, np.float32), (TEXTURE_PX, TEXTURE_PX))
    return (change - TEXTURE * usual - NOISE).clip(0).astype(np.float32)
