"""Picked objects over automatic masks -> one label map (ids as in the released code: docs/levitor-renderer.md)."""

from collections.abc import Sequence

import numpy as np

from levitor_core.errors import InputError
from levitor_core.structures import MAX_LABEL, LabelMap, SceneObject

MIN_AREA = 0.001  # of the picture; smaller still instances are not worth a control point


def merge(objects: Sequence[SceneObject], partition: LabelMap) -> LabelMap:
    """Ids 1..n for the objects in list order, then the still instances, ascending, at most 255 in all.

    Where objects overlap the smaller one wins, so that a part stays pickable before its whole; a copy has the pixels of
    its original and none of its own. Still instances keep what no object took; those of at most 0.1 % of the picture
    are dropped (0: nothing). Raises InputError when two objects are the same pixels or one is covered by others.
    """
    labels = _still(
        partition, covered=np.any([item.mask for item in objects], axis=0) if objects else None, used=len(objects)
    )
    own = [position for position in range(len(objects)) if original(objects, position) == position]
    for position in sorted(own, key=lambda i: -int(objects[i].mask.sum())):
        labels[objects[position].mask] = position + 1
    _check_visible(objects, own, labels)
    return labels


def original(objects: Sequence[SceneObject], position: int) -> int:
    """The position of the object whose pixels the one at `position` shows: its own, or what it is a copy of."""
    name = objects[position].copy_of
    found = (i for i, item in enumerate(objects) if item.name == name and item.copy_of is None)
    return position if name is None else next(found, position)


def _still(partition: LabelMap, covered: np.ndarray | None, used: int) -> LabelMap:
    free = partition if covered is None else np.where(covered, 0, partition)
    ids, areas = np.unique(free, return_counts=True)
    kept = (ids > 0) & (areas > MIN_AREA * partition.size)
    ids, areas = ids[kept], areas[kept]
    largest = np.sort(np.argsort(-areas, kind="stable")[: MAX_LABEL - used])
    table = np.zeros(int(partition.max(initial=0)) + 1, dtype=np.int32)
    table[ids[largest]] = np.arange(used + 1, used + 1 + len(largest))
    return table[free.clip(0)]


def _check_visible(objects: Sequence[SceneObject], own: Sequence[int], labels: LabelMap) -> None:
    present = np.bincount(labels.ravel(), minlength=len(objects) + 1)[1 : len(objects) + 1]
    originals = [objects[position] for position in own]
    for item in (objects[position] for position in own if not present[position]):
        twin = next((other for other in originals if other is not item and np.array_equal(other.mask, item.mask)), None)
        if not item.mask.any():
            raise InputError(f"{item.name} has no pixels; pick it again or delete it.")
        if twin is not None:
            raise InputError(f"{item.name} and {twin.name} are the same pixels; delete one of them.")
        raise InputError(f"{item.name} is covered by other objects; pick it again or delete one of them.")
