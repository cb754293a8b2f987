"""Questions about the surroundings of a mask's pixels, answered by scipy.ndimage."""

import numpy as np
from jaxtyping import Float, Int32

from levitor_core.structures import Mask

PixelIndex = tuple[np.ndarray, np.ndarray]


def nearest_in(mask: Mask) -> PixelIndex:
    """For every pixel, (rows, columns) of the nearest pixel of a mask that is not empty."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = np.asarray(distance_transform_edt(~mask, return_distances=False, return_indices=True))
    return rows, columns


def distance_to(mask: Mask) -> Float[np.ndarray, "h w"]:
    """Distance of every pixel to the nearest pixel of the mask, in pixels."""
    from scipy.ndimage import distance_transform_edt

    return np.asarray(distance_transform_edt(~mask))


def depth_inside(mask: Mask) -> Float[np.ndarray, "h w"]:
    """Distance of every pixel of the mask to the nearest pixel outside it; beyond the picture is outside."""
    return distance_to(np.pad(~mask, 1, constant_values=True))[1:-1, 1:-1]


def dilate(mask: Mask, radius: float) -> Mask:
    """The mask grown by that many pixels."""
    return distance_to(mask) <= radius if mask.any() else mask


def number_parts(mask: Mask) -> Int32[np.ndarray, "h w"]:
    """Number, from 1, of the connected part each pixel of the mask belongs to; 0 outside it."""
    from scipy.ndimage import label

    parts = np.zeros(mask.shape, dtype=np.int32)
    label(mask, output=parts)
    return parts


def window_around(mask: Mask, margin: int) -> tuple[slice, slice]:
    """Slices (rows, columns) of the mask's bounding box, grown by `margin` within the picture."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (
        slice(max(rows[0] - margin, 0), rows[-1] + 1 + margin),
        slice(max(columns[0] - margin, 0), columns[-1] + 1 + margin),
    )
