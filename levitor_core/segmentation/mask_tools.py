"""Tools that draw or change a mask: lasso, magnetic lasso, scribbles; grow, shrink, smooth, fill, feather.

Points are (x, y) in pixels of the mask, integers are pixel centres. Whatever lies outside the picture is cut off.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float32

from levitor_core.errors import InputError
from levitor_core.segmentation.photo_graph import PhotoGraph
from levitor_core.segmentation.refine import refine
from levitor_core.structures import Image, Mask, PointPrompt, SizeHW

SCRIBBLE_STEP = 24.0  # pixels of a stroke between the clicks that it stands for
LEAST_FEATHER = 0.1  # pixels; less is none, and OpenCV refuses the least of all
MAGNET_REACH = 12  # pixels around the straight line in which the edge is looked for
ZERO_CROSSING, GRADIENT, DIRECTION = 0.43, 0.43, 0.14  # weights of Mortensen and Barrett 1995
NO_EDGE, LOW, HIGH = 200.0, 32, 100  # gradients: no edge is stronger, what an edge has to have

Points = Sequence[tuple[float, float]]


def lasso(outline: Points, size_hw: SizeHW) -> Mask:
    """The pixels whose centre a closed outline holds. Raises InputError below three points, or when it holds none."""
    from skimage.draw import polygon2mask

    points = np.array(outline, dtype=float).reshape(-1, 2)
    if len(points) < 3 or not np.isfinite(points).all():
        raise InputError("The lasso has no inside; draw it around the object.")
    mask = np.asarray(polygon2mask(size_hw, points[:, ::-1]), dtype=bool)
    if not mask.any():
        raise InputError("The lasso holds no part of the image; draw it around the object.")
    return mask


def magnetic_path(photo: Image, start: tuple[float, float], end: tuple[float, float]) -> list[tuple[int, int]]:
    """From one point to another along the photo's edges, near the straight line between them, pixel by pixel.

    Both ends are on the path; an end outside the picture counts as the nearest pixel.
    """
    import cv2

    height, width = photo.shape[:2]
    first, last = (_nearest_pixel(point, width, height) for point in (start, end))
    reach = max(MAGNET_REACH, int(np.hypot(last[0] - first[0], last[1] - first[1]) / 3))
    left, top = max(min(first[0], last[0]) - reach, 0), max(min(first[1], last[1]) - reach, 0)
    right, bottom = max(first[0], last[0]) + reach + 1, max(first[1], last[1]) + reach + 1
    part = np.ascontiguousarray(photo[top:bottom, left:right])
    if min(part.shape[:2]) < 3:
        return list(dict.fromkeys([first, last]))
    scissors = cv2.segmentation.IntelligentScissorsMB()
    scissors.setWeights(ZERO_CROSSING, DIRECTION, GRADIENT)
    scissors.setGradientMagnitudeMaxLimit(NO_EDGE)
    scissors.setEdgeFeatureCannyParameters(LOW, HIGH)
    scissors.applyImage(part)
    scissors.buildMap((first[0] - left, first[1] - top))
    found = np.asarray(scissors.getContour((last[0] - left, last[1] - top))).reshape(-1, 2)
    path = [(int(x) + left, int(y) + top) for x, y in found]
    return list(dict.fromkeys([first, *path, last]))


def magnetic_lasso(photo: Image, corners: Points) -> Mask:
    """The inside of a closed outline that follows the photo's edges from corner to corner."""
    closed = [*corners, *corners[:1]]
    paths = [magnetic_path(photo, one, other) for one, other in pairwise(closed)]
    return lasso([point for path in paths for point in path], (photo.shape[0], photo.shape[1]))


def scribble(
    photo: Image,
    mask: Mask,
    stroke: Points,
    inside: bool,
    before: Sequence[PointPrompt] = (),
    graph: PhotoGraph | None = None,
) -> Mask:
    """The mask after a stroke across what belongs to the object, or across what does not.

    Every pixel of the stroke obeys; the mask moves towards it as `refine` lets it towards clicks along the stroke.
    """
    graph = graph or PhotoGraph.of(photo)
    drawn = stroke_mask(stroke, mask.shape, 1)
    clicks = [PointPrompt(x, y, inside) for x, y in _spaced(stroke, mask.shape)]
    refined = refine(photo, mask, clicks, before, graph)
    return refined | drawn if inside else refined & ~drawn


def stroke_mask(stroke: Points, size_hw: tuple[int, ...], width: int) -> Mask:
    """The pixels of a stroke."""
    import cv2

    canvas = np.zeros(size_hw, dtype=np.uint8)
    points = np.round(np.array(stroke, dtype=float).reshape(-1, 1, 2).clip(-1e4, 1e4)).astype(np.int32)
    cv2.polylines(canvas, [points], False, 1, width)
    return canvas.astype(bool)


def grown(mask: Mask, pixels: float) -> Mask:
    """Every pixel within a distance of the mask; a negative one shrinks it, the picture's border does not."""
    from scipy.ndimage import distance_transform_edt

    if pixels < 0:
        return ~grown(~mask, -pixels)
    return np.asarray(distance_transform_edt(~mask)) <= pixels if mask.any() else mask.copy()


def filled(mask: Mask) -> Mask:
    """Without holes: what is surrounded by the mask belongs to it."""
    from scipy.ndimage import binary_fill_holes

    return np.asarray(binary_fill_holes(mask))


def smoothed(mask: Mask, pixels: float) -> Mask:
    """Without corners, notches and specks of that size: each pixel as most around it are."""
    return feathered(mask, pixels) > 0.5 if pixels > 0 else mask.copy()


def feathered(mask: Mask, pixels: float) -> Float32[np.ndarray, "h w"]:
    """Opacity from 0 to 1 that rises over about that many pixels on each side of the outline, where it is half."""
    import cv2

    if pixels < LEAST_FEATHER:
        return mask.astype(np.float32)
    values = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), pixels / 2, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(values, dtype=np.float32).clip(0, 1)


def _nearest_pixel(point: tuple[float, float], width: int, height: int) -> tuple[int, int]:
    return min(max(round(point[0]), 0), width - 1), min(max(round(point[1]), 0), height - 1)


def _spaced(stroke: Points, size_hw: tuple[int, ...]) -> list[tuple[float, float]]:
    """Points along a stroke, evenly spread, both ends among them, those within the picture."""
    points = np.array(stroke, dtype=float).reshape(-1, 2)
    along = np.append(0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    places = np.linspace(0, along[-1], int(along[-1] // SCRIBBLE_STEP) + 2 if along[-1] else 1)
    spread = zip(*(np.interp(places, along, points[:, axis]) for axis in range(2)), strict=True)
    return [(float(x), float(y)) for x, y in spread if 0 <= x <= size_hw[1] - 1 and 0 <= y <= size_hw[0] - 1]
