"""A click on a mask, whoever made the mask: "+" keeps what was there and grows from the click, "-" cuts locally.

    refine(photo, mask, [PointPrompt(x, y, inside)])

Laws, for any photo and any mask: the click's own pixel obeys; "+" never removes a pixel and "-" never adds one, without
exception; all that a click changes is one piece that holds it, holes that "+" closes and crumbs that "-" leaves
included; pixels clicked before keep their side. A click on what is on its side already changes nothing.
"""

from collections.abc import Sequence

import numpy as np

from levitor_core.segmentation.photo_graph import EDGE_REACH, PhotoGraph, surround
from levitor_core.segmentation.reach import Click, reaches
from levitor_core.segmentation.reach_weights import ADD, CUT, FIRST
from levitor_core.structures import Image, Mask, PointPrompt

CLICK_REACH = 1.5  # pixels around a click that obey with it
MAX_EXTENT = 0.75  # of the picture: a first click that means more is the last guess
SPECK = 0.0005  # of the picture: a hole or a crumb
GUESSES = 3
SAME = 0.05  # masks that differ by less of their area are one guess


def refine(
    photo: Image,
    mask: Mask,
    clicks: Sequence[PointPrompt],
    before: Sequence[PointPrompt] = (),
    graph: PhotoGraph | None = None,
) -> Mask:
    """The mask after the clicks, one by one; `before` are clicks that led to it.

    `photo` has the mask's size; its `graph` may be handed in, made once.
    """
    graph = graph or PhotoGraph.of(photo)
    done = list(before)
    for click in clicks:
        mask = guesses(graph, mask, click, done)[0][0]
        done.append(click)
    return mask


def guesses(
    graph: PhotoGraph, mask: Mask, click: PointPrompt, before: Sequence[PointPrompt] = ()
) -> list[tuple[Mask, float]]:
    """What one click may have meant, up to three masks that differ, the likeliest first, with scores."""
    row, col = pixel_of(click, mask.shape)
    if mask[row, col] == click.inside:
        return [(mask, 0.0)]
    contrary = [pixel_of(other, mask.shape) for other in before if other.inside != click.inside]
    contrary = [at for at in contrary if at != (row, col)]
    own = graph.labels[row, col]
    held = np.array([graph.labels[at] for at in contrary if graph.labels[at] != own], dtype=int)
    open_ = mask != click.inside
    weights = (ADD if mask.any() else FIRST) if click.inside else CUT
    found: list[tuple[Mask, float]] = []
    seen: list[Mask] = []
    ranked = reaches(graph, Click(row, col, open_, held), weights)
    if not mask.any():
        ranked.sort(key=lambda reach: graph.nodes.area[reach.nodes].sum() > MAX_EXTENT * mask.size)
    for reach in ranked:
        region = reach.nodes[graph.labels] & open_
        if len(found) == GUESSES or not is_new(mask ^ region, seen):
            continue
        seen.append(mask ^ region)
        result = mask ^ _change(graph, mask, region, (row, col), contrary)
        if result.any() and is_new(result, [other for other, _ in found]):
            found.append((result, reach.score))
    return found or [(_only(mask, (row, col), click.inside), 0.0)]


def pixel_of(click: PointPrompt, size_hw: tuple[int, ...]) -> tuple[int, int]:
    """The pixel whose area holds the click."""
    return min(max(round(click.y), 0), size_hw[0] - 1), min(max(round(click.x), 0), size_hw[1] - 1)


def _only(mask: Mask, at: tuple[int, int], inside: bool) -> Mask:
    changed = mask.copy()
    changed[at] = inside
    return changed


def is_new(mask: Mask, others: Sequence[Mask]) -> bool:
    """Whether a guess differs from the others enough to be shown beside them."""
    size = max(np.count_nonzero(mask), 1)
    return all(np.count_nonzero(mask ^ other) > SAME * size for other in others)


def _change(
    graph: PhotoGraph, mask: Mask, region: Mask, at: tuple[int, int], contrary: Sequence[tuple[int, int]]
) -> Mask:
    """The pixels of the region, its outline moved to the photo's edge, in one piece with the click, specks too."""
    adds = not mask[at]
    open_ = mask != adds
    snapped = graph.snap(mask ^ region) == adds
    change = snapped & open_ & surround(region, EDGE_REACH)
    change |= _around(at, mask.shape) & open_
    for other in contrary:
        change[_around(other, mask.shape)] = False
    change[at] = True
    change = _piece(change, at)
    return change | _specks(open_ & ~change, change, contrary)


def _around(at: tuple[int, int], size_hw: tuple[int, ...]) -> Mask:
    rows, cols = np.ogrid[: size_hw[0], : size_hw[1]]
    return (rows - at[0]) ** 2 + (cols - at[1]) ** 2 <= CLICK_REACH**2


def _piece(mask: Mask, at: tuple[int, int]) -> Mask:
    import cv2

    parts = np.asarray(cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[1])
    return parts == parts[at]


def _specks(left: Mask, change: Mask, contrary: Sequence[tuple[int, int]]) -> Mask:
    """Parts of what was left that are too small to be meant and touch the change; none with a contrary click."""
    import cv2

    parts = np.asarray(cv2.connectedComponents(left.astype(np.uint8), connectivity=4)[1], dtype=int)
    small = np.bincount(parts.ravel()) < max(SPECK * left.size, 1)
    touched = np.zeros(len(small), dtype=bool)
    touched[np.unique(parts[surround(change, 1)])] = True
    wanted = small & touched
    wanted[0] = False
    wanted[[int(parts[at]) for at in contrary]] = False
    return wanted[parts]
