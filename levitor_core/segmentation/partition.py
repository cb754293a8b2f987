"""Overlapping automatic masks -> one label map by the released code's rule (docs/levitor-renderer.md)."""

import numpy as np
from jaxtyping import Bool

from levitor_core.motion.masks import MIN_AREA
from levitor_core.structures import LabelMap, SizeHW


def partition(masks: Bool[np.ndarray, "n h w"], size_hw: SizeHW) -> LabelMap:
    """Lay the masks over each other in the given order, least certain first; the larger of two overlapping wins.

    A mask larger than the instance it overlaps most takes the whole overlap, else it gives way. What keeps at most
    0.1 % of the picture is dropped; ids are consecutive, in the order of the masks.
    """
    canvas = np.zeros(size_hw, dtype=np.int32)
    smallest = MIN_AREA * canvas.size
    for label, mask in enumerate(masks, start=1):
        owned = canvas[mask]
        owners = np.bincount(owned[owned > 0])
        wins = not owners.size or np.count_nonzero(canvas == owners.argmax()) < mask.sum()
        taken = mask if wins else mask & (canvas == 0)
        if np.count_nonzero(taken) > smallest:
            canvas[taken] = label
    return consecutive(canvas)


def consecutive(labels: LabelMap) -> LabelMap:
    """Ids 1, 2, ... in ascending order of the old ones, without those of at most 0.1 % of the picture."""
    areas = np.bincount(labels.ravel())
    kept = areas > MIN_AREA * labels.size
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0).astype(np.int32)[labels]
