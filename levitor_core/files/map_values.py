"""PURE: numbers that somebody gives as a photo, depth map, mask or label map -> the arrays that stages pass on.

One set of rules for files and for Python: what can be meant in one way only is converted, anything else is refused in
one sentence that names what was found.
"""

from typing import Any

import numpy as np

from levitor_core.errors import InputError
from levitor_core.structures import MAX_LABEL, DisparityMap, Image, LabelMap, Mask

WHITES = (1, 255, 65535)  # of fractions and flags, of 8 bits, of 16
MAX_NAMED = 6  # values that a sentence names


def as_photo(values: Any, what: str = "photo") -> Image:
    """A picture as it stands; raises InputError for anything but bytes (h, w, 3)."""
    if not isinstance(values, np.ndarray) or values.dtype != np.uint8 or values.shape[2:] != (3,):
        raise InputError(f"The {what} must be an array (h, w, 3) of uint8, not {_kind(values)}; read_photo makes one.")
    return values


def as_disparity(values: Any) -> DisparityMap:
    """Disparity 0..255, larger is nearer; raises InputError for other numbers and for what ends at 1."""
    numbers = _numbers(values, "depth map", "uif")
    low, high = float(numbers.min()), float(numbers.max())
    if not (low >= 0 and high <= 255):
        raise InputError(
            f"The depth map's values must be numbers from 0, far, to 255, near, but run from {low:g} to {high:g};"
            " let them be normalised."
        )
    if 0 < high <= 1:
        raise _hardly_used(high, 255)
    return numbers.astype(np.float32)


def of_file(values: np.ndarray) -> DisparityMap:
    """The numbers of somebody's depth map file as disparity.

    Raises InputError as `as_disparity` does, and where the highest four of 16 bits are empty: 8, 10 or 12 in 16.
    """
    if _has_16_bits(values) and 0 < values.max() < 2**12:
        raise _hardly_used(float(values.max()), 65535)
    return as_disparity(of_bits(values))


def of_bits(values: np.ndarray) -> np.ndarray:
    """Numbers of a file on the scale of disparity: 8 bits and fractions as they stand, 16 bits divided by 257."""
    return values / 257.0 if _has_16_bits(values) else values


def stretch(values: np.ndarray) -> DisparityMap:
    """Any numbers, the lowest at 0 and the highest at 255."""
    values = values.astype(np.float64)
    low, high = values.min(), values.max()
    if not np.isfinite(high - low) or low == high:
        raise InputError("The depth map cannot be normalised, as its values are equal or not numbers; give another.")
    return ((values - low) * (255 / (high - low))).astype(np.float32)


def as_mask(*planes: Any) -> Mask:
    """What stands out in the first of the pictures that divides: by half of its white, else the larger of two values.

    One that is light all over is a mask of everything, one of truth values is the mask itself, even when empty.
    Raises InputError when nothing stands out.
    """
    pictures = [_numbers(plane, "mask", "buif") for plane in planes]
    if pictures[0].dtype == bool:
        return pictures[0]
    for picture, read in ((picture, read) for read in (_lighter_than_half, _larger_of_two) for picture in pictures):
        mask = read(picture)
        if mask.any() and not mask.all():
            return mask
    whole = next((mask for picture in pictures if (mask := _lighter_than_half(picture)).all()), None)
    if whole is None:
        raise InputError(_nothing_marked(next((picture for picture in pictures if picture.any()), pictures[0])))
    return whole


def as_labels(values: Any) -> LabelMap:
    """Ids 0..65535, of at most 255 instances; raises InputError for others."""
    labels = _numbers(values, "label map", "buif")
    if labels.dtype.kind == "f" or labels.min() < 0 or labels.max() > 65535:
        raise InputError("The label map must hold whole numbers from 0 to 65535; save it as a PNG with 8 or 16 bits.")
    if np.count_nonzero(np.unique(labels)) > MAX_LABEL:
        raise InputError(f"The label map has more than {MAX_LABEL} instances; merge or remove the smallest.")
    return labels.astype(np.int32)


def _numbers(values: Any, what: str, kinds: str) -> np.ndarray:
    if not isinstance(values, np.ndarray) or values.dtype.kind not in kinds or values.ndim != 2 or not values.size:
        raise InputError(f"The {what} must be one array (h, w) of numbers, not {_kind(values)}.")
    return values


def _has_16_bits(values: np.ndarray) -> bool:
    return bool(values.dtype == np.uint16 or (values.dtype.kind != "f" and values.max() > 255))


def _kind(values: Any) -> str:
    if isinstance(values, np.ndarray):
        return f"{values.dtype} ({', '.join(map(str, values.shape))})"
    return f"a {type(values).__name__}"


def _hardly_used(peak: float, white: int) -> InputError:
    return InputError(
        f"The depth map's values end at {peak:g} of {white}, which would put everything far away;"
        " multiply them or let them be normalised."
    )


def _lighter_than_half(picture: np.ndarray) -> Mask:
    peak = picture.max()
    return picture > next((white for white in WHITES if peak <= white), peak) / 2


def _larger_of_two(picture: np.ndarray) -> Mask:
    low, high = picture.min(), picture.max()
    return (picture == high) & ((picture == low) | (picture == high)).all()


def _nothing_marked(picture: np.ndarray) -> str:
    found = np.unique(picture)
    if not found.any():
        return "The mask is empty; paint the object white on black, or leave only it opaque."
    named = ", ".join(f"{value:g}" for value in found[:MAX_NAMED].tolist())
    more = "" if len(found) <= MAX_NAMED else f" up to {found[-1]:g}"
    return f"The mask's values are {named}{more}, none of them lighter than half; paint the object white on black."
