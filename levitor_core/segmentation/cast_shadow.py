"""The shadow that a picked thing casts on what it stands on: darker than the ground around it, of the ground's colour,
joined to the thing's lower part, and ending within reach."""

import numpy as np
from jaxtyping import Float

from levitor_core.errors import InputError
from levitor_core.segmentation.photo_graph import PhotoGraph, surround
from levitor_core.structures import Mask

REACH = 1.2, 0.7  # of the thing's width to each side, and of its height below, in which its shadow is looked for
LOWER = 0.6  # of its height, above which no shadow of what stands on ground begins
LEAST_REACH = 12  # pixels
DARKER = 0.86  # of the ground's lightness; what is lighter is lit
DARKEST = 0.12
TINT = 14.0  # Lab units of colour by which a shadow may differ from its ground
LIT = 65  # percentile of the lightness around: that of ground in the light
TOUCH = 3  # pixels between a thing and its shadow
SMALLEST, LARGEST = 0.03, 1.5  # of the thing's area
SPILT = 0.12  # of its pixels, at the end of what was searched: then it is no shadow but dark ground
MOTTLED = 0.4  # of its lightness: what varies by more is a thing of its own
GRAIN = 1.8  # pixels


def with_shadow(mask: Mask, graph: PhotoGraph) -> Mask:
    """The thing with its shadow. Raises InputError where none is found."""
    shadow = cast_shadow(mask, graph)
    if shadow is None:
        raise InputError("No shadow of it was found; draw it with the lasso or the brush instead.")
    return mask | shadow


def cast_shadow(mask: Mask, graph: PhotoGraph) -> Mask | None:
    """The shadow's pixels beside the thing; None where there is none that could be told from dark ground."""
    import cv2

    window = _window(mask)
    if window is None:
        return None
    thing = mask[window]
    lab = cv2.GaussianBlur(graph.lab[window].astype(np.float32), (0, 0), GRAIN)
    dark = _darkened(lab, thing)
    if dark is None:
        return None
    found = _joined(dark, thing)
    if found is None or _mottled(lab[~surround(~found, 1), 0]):
        return None
    shadow = np.zeros_like(mask)
    shadow[window] = found
    return np.asarray(graph.snap(shadow | mask) & surround(shadow, 2) & ~mask)


def _window(mask: Mask) -> tuple[slice, slice] | None:
    """The thing's lower part and what a shadow of it could reach; None for an empty mask or one that fills a side."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    aside, below = (max(int(share * size), LEAST_REACH) for share, size in zip(REACH, (width, height), strict=True))
    top = int(rows[0] + LOWER * height)
    return slice(top, rows[-1] + 1 + below), slice(max(columns[0] - aside, 0), columns[-1] + 1 + aside)


def _darkened(lab: Float[np.ndarray, "h w 3"], thing: Mask) -> Mask | None:
    """What is darker than the ground around, by no more and no less than shade is, and of its colour."""
    around = lab[~surround(thing, TOUCH)]
    if len(around) < thing.size / 20:
        return None
    lit = np.percentile(around[:, 0], LIT)
    ground = np.median(around[around[:, 0] > 0.95 * lit], axis=0)
    share = lab[..., 0] / max(float(ground[0]), 1.0)
    tint = np.linalg.norm(lab[..., 1:] - ground[1:] * share.clip(0, 1)[..., None], axis=-1)
    return (share < DARKER) & (share > DARKEST) & (tint < TINT) & ~thing


def _joined(dark: Mask, thing: Mask) -> Mask | None:
    """The dark parts that touch the thing, if they are of a shadow's size and end before what was searched does."""
    import cv2

    opened = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    parts = np.asarray(cv2.connectedComponents(opened, connectivity=4)[1], dtype=int)
    touching = np.bincount(parts[surround(thing, TOUCH)], minlength=parts.max() + 1) >= TOUCH
    touching[0] = False
    found = touching[parts]
    size, ends = np.count_nonzero(found), np.concatenate([found[-1], found[:, 0], found[:, -1], found[0]])
    if not SMALLEST * np.count_nonzero(thing) < size < LARGEST * np.count_nonzero(thing):
        return None
    return None if np.count_nonzero(ends) > SPILT * np.sqrt(size) * 4 else found


def _mottled(lightness: Float[np.ndarray, " n"]) -> bool:
    return len(lightness) > 0 and bool(lightness.std() > MOTTLED * lightness.mean())
