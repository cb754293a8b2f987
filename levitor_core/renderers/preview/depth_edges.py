"""The still scene's depth at output size, its edges where the picture's own edges are."""

import cv2
import numpy as np
from jaxtyping import Float, Float32

from levitor_core.structures import AnyImage, DisparityMap, Image

EDGE_RATIO = 1.1  # neighbouring depths that differ by more than this are two surfaces
REACH = 3  # working pixels from which a pixel at an edge may take its surface
COLOUR_SPREAD = 20.0  # grey levels


def sharp_depth(z: DisparityMap, image: Image, large_image: AnyImage) -> Float32[np.ndarray, "rows columns"]:
    """Depth at the size of `large_image`: smooth on surfaces, and at depth edges that of the surface whose colours
    (in `image`, at the depth's own size) the pixel has. Joint bilateral upsampling (Kopf et al. 2007), near and
    far kept apart, with nothing between them."""
    size = large_image.shape[1::-1]
    large = cv2.resize(z, size, interpolation=cv2.INTER_LINEAR)
    rows, columns = np.nonzero(cv2.resize(_edges(z), size, interpolation=cv2.INTER_NEAREST))
    if not len(rows):
        return large
    large[rows, columns] = _surface_at(z, image, large_image, rows, columns)
    return large


def _edges(z: DisparityMap) -> np.ndarray:
    window = np.ones((3, 3), np.uint8)
    jump = cv2.dilate(z, window) > EDGE_RATIO * cv2.erode(z, window)
    return cv2.dilate(jump.astype(np.uint8), window, iterations=REACH - 1)


def _surface_at(
    z: DisparityMap, image: Image, large_image: AnyImage, rows: np.ndarray, columns: np.ndarray
) -> Float32[np.ndarray, " n"]:
    height, width = z.shape
    y = (rows + 0.5) * height / large_image.shape[0] - 0.5
    x = (columns + 0.5) * width / large_image.shape[1] - 0.5
    colour = large_image[rows, columns].astype(np.float32)
    depths, weights = [], []
    for down in range(-REACH, REACH + 1):
        for right in range(-REACH, REACH + 1):
            row = (np.rint(y).astype(np.int64) + down).clip(0, height - 1)
            column = (np.rint(x).astype(np.int64) + right).clip(0, width - 1)
            difference = ((image[row, column] - colour) ** 2).sum(1) / (2 * COLOUR_SPREAD**2)
            distance = ((row - y) ** 2 + (column - x) ** 2) / 2
            depths.append(z[row, column])
            weights.append(np.exp(-difference - distance) + 1e-12)
    return _winning_surface(np.stack(depths), np.stack(weights)).astype(np.float32)


def _winning_surface(depths: Float32[np.ndarray, "k n"], weights: Float[np.ndarray, "k n"]) -> np.ndarray:
    """The nearest or the farthest neighbouring depth, whichever side resembles the pixel more; none between."""
    nearest, farthest = depths.min(0), depths.max(0)
    near = depths < np.sqrt(nearest * farthest)
    return np.where((weights * near).sum(0) > (weights * ~near).sum(0), nearest, farthest)
