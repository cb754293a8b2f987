"""Picking without weights: regions grown from clicks over superpixels, their outline settled by GrabCut.

A stand-in for SAM behind the same interface, and named as one: it knows colours and edges, not objects.

A click orders the superpixels by the colour steps on the way to it; every beginning of that order is a region, and
the three candidates are the regions with the sharpest outline at three different extents. GrabCut (Rother et al.
2004) then moves each outline to the pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from levitor_core.monitor import Monitor
from levitor_core.segmentation import BoxXYXY, checked_box
from levitor_core.segmentation.partition import consecutive
from levitor_core.segmentation.superpixels import Superpixels, join, superpixels
from levitor_core.structures import Image, ImageEmbedding, LabelMap, Mask, MaskCandidates, PointPrompt, SizeHW

CANDIDATES = 3
MIN_EXTENT, MAX_EXTENT = 0.002, 0.7  # of the picture
MIN_BOX_FILL = 0.25  # of a box without clicks
WHOLENESS = 0.08  # of two outlines nearly as sharp, the larger region's wins
EXTENT_RATIO = 1.5  # between candidates
OWN_BORDER = 0.25  # a length of the picture's own border counts this much of a length without any colour step
FRAME_WEIGHT = 0.6  # colour steps away from the picture's border count this much towards the inside
DETOUR = 1.5  # Lab units a superpixel costs by itself, so that regions stay compact
GRABCUT_ROUNDS = 2
BAND = 0.12  # of the region's size: how far GrabCut may move its outline
INSTANCE_DISTANCE = 100.0  # Lab units times the root of a superpixel count (Ward)
MIN_INSTANCES, MAX_INSTANCES = 5, 40
SOLVED_PIXELS = 30_000
CLICK_REACH = 2  # pixels
SAME = 0.05  # masks that differ by less of their area are one candidate
SCORE_REACH, CLEAR_STEP = 2, 30.0  # pixels from the outline, Lab units


@dataclass(frozen=True, eq=False)
class GrabCutFeatures:
    """The photo at working size and its superpixels."""

    image: Image
    graph: Superpixels


@dataclass(frozen=True)
class GrabCutSegmenter:
    """The weight-free `Segmenter`."""

    name: str = "GrabCut stand-in"

    def embed(self, photo: Image, size_hw: SizeHW, monitor: Monitor | None = None) -> ImageEmbedding:
        """Reduce the photo to working size and find its superpixels: a fraction of a second."""
        import cv2

        (monitor or Monitor()).report("Reading the photo's outlines", 0, 1)
        image = cv2.resize(photo, size_hw[::-1], interpolation=cv2.INTER_AREA)
        features = GrabCutFeatures(image, superpixels(image))
        (monitor or Monitor()).report("Reading the photo's outlines", 1, 1)
        return ImageEmbedding(self.name, features)

    def segment(self, embedding: ImageEmbedding, prompts: Sequence[PointPrompt], box: BoxXYXY | None) -> MaskCandidates:
        """Up to three regions of different extent, each in one piece around the clicks, sharpest outline first.

        The score says how clearly its outline stands out, 0..1.
        """
        data: GrabCutFeatures = embedding.data
        box = checked_box(prompts, box, data.graph.labels.shape)
        seeds = _Seeds.of(prompts, box, data.graph)
        regions = _nested_regions(data.graph, seeds)
        masks = _distinct([_settle(data, region, seeds) for region in regions])
        scores = np.array([_outline_score(mask, data.graph) for mask in masks], dtype=np.float32)
        order = np.argsort(-scores, kind="stable")
        return MaskCandidates(masks[order], scores[order])

    def find_instances(self, embedding: ImageEmbedding, monitor: Monitor) -> LabelMap:
        """Superpixels joined while their colours allow it (Ward), 5 to 40 regions that fill the picture."""
        monitor.report("Finding instances", 0, 1)
        regions = join(embedding.data.graph, INSTANCE_DISTANCE, MIN_INSTANCES, MAX_INSTANCES)
        monitor.report("Finding instances", 1, 1)
        return consecutive((regions + 1).astype(np.int32))


@dataclass(frozen=True, eq=False)
class _Seeds:
    """What the prompts say: superpixels clicked inside and outside, pixels the box leaves open, pixels clicked."""

    inside: Int[np.ndarray, " i"]
    outside: Int[np.ndarray, " o"]
    open: Mask
    clicked: Mask
    denied: Mask

    @classmethod
    def of(cls, prompts: Sequence[PointPrompt], box: BoxXYXY | None, graph: Superpixels) -> "_Seeds":
        """A superpixel clicked both inside and outside counts as inside; its pixels are told apart by GrabCut."""
        size_hw = graph.labels.shape
        clicked = _around([prompt for prompt in prompts if prompt.inside], size_hw)
        denied = _around([prompt for prompt in prompts if not prompt.inside], size_hw) & ~clicked
        left, top, right, bottom = map(round, box or (0, 0, size_hw[1] - 1, size_hw[0] - 1))
        open_ = np.zeros(size_hw, dtype=bool)
        open_[top : bottom + 1, left : right + 1] = True
        inside = np.unique(graph.labels[clicked])
        return cls(inside, np.setdiff1d(graph.labels[denied], inside), open_ | clicked, clicked, denied)


def _around(prompts: Sequence[PointPrompt], size_hw: SizeHW) -> Mask:
    mask = np.zeros(size_hw, dtype=bool)
    for prompt in prompts:
        row, col = round(prompt.y), round(prompt.x)
        mask[max(row - CLICK_REACH, 0) : row + CLICK_REACH + 1, max(col - CLICK_REACH, 0) : col + CLICK_REACH + 1] = (
            True
        )
    return mask


def _nested_regions(graph: Superpixels, seeds: _Seeds) -> list[Bool[np.ndarray, " n"]]:
    """The regions with the sharpest outline among all beginnings of the order, at different extents."""
    order, fixed = _growth_order(graph, seeds)
    extent = np.cumsum(graph.area[order]) / graph.area.sum()
    contrast = _outline_contrast(graph, order) * extent**WHOLENESS
    smallest = MIN_EXTENT if len(seeds.inside) else MIN_BOX_FILL * seeds.open.mean()
    allowed = (extent >= smallest) & (extent <= MAX_EXTENT) & (np.arange(len(order)) >= fixed - 1)
    if not allowed.any():
        allowed[min(fixed, len(order)) - 1] = True
    chosen: list[int] = []
    while allowed.any() and len(chosen) < CANDIDATES:
        best = int(np.flatnonzero(allowed)[np.argmax(contrast[allowed])])
        chosen.append(best)
        ratio = extent / extent[best]
        allowed &= (ratio > EXTENT_RATIO) | (ratio < 1 / EXTENT_RATIO)
    return [np.isin(np.arange(len(graph.area)), order[: last + 1]) for last in chosen]


def _growth_order(graph: Superpixels, seeds: _Seeds) -> tuple[Int[np.ndarray, " k"], int]:
    """Superpixels from the surest inside to the least sure, and how many of them a region must hold."""
    covered = np.bincount(graph.labels.ravel(), seeds.open.ravel(), minlength=len(graph.area)) / graph.area
    candidate = covered > 0.5
    away = _distance(graph, np.concatenate([seeds.outside, np.flatnonzero(~candidate)]))
    if not len(seeds.inside):
        order = np.argsort(-away, kind="stable")
        return order[candidate[order]], 1
    near = _distance(graph, seeds.inside)
    candidate &= near <= away
    frame = np.flatnonzero(graph.border)
    frame = frame[near[frame] >= np.median(near[frame])]
    key = near - FRAME_WEIGHT * _distance(graph, frame)
    candidate[seeds.inside] = True
    key[seeds.inside] = -np.inf
    order = np.argsort(key, kind="stable")
    return order[candidate[order]], len(seeds.inside)


def _distance(graph: Superpixels, sources: Int[np.ndarray, " s"]) -> Float[np.ndarray, " n"]:
    """Colour steps on the cheapest way from the nearest source; infinite without a source."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    count = len(graph.area)
    if not len(sources):
        return np.full(count, np.inf)
    links = coo_matrix((graph.steps + DETOUR, tuple(graph.edges.T)), shape=(count, count)).tocsr()
    return dijkstra(links, directed=False, indices=sources, min_only=True)


def _outline_contrast(graph: Superpixels, order: Int[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """Mean colour step along the outline of every beginning of `order`.

    An edge belongs to the outline from when its first end has joined until its second has.
    """
    rank = np.full(len(graph.area), len(order))
    rank[order] = np.arange(len(order))
    first, second = np.sort(rank[graph.edges], axis=1).T

    def along(weight: Float[np.ndarray, " m"]) -> Float[np.ndarray, " k"]:
        joins = np.bincount(first, weight, len(order) + 1)
        leaves = np.bincount(second, weight, len(order) + 1)
        return np.cumsum(joins - leaves)[: len(order)]

    own = np.cumsum(graph.border[order]) * OWN_BORDER
    return along(graph.lengths * graph.steps) / np.maximum(along(graph.lengths.astype(float)) + own, 1)


def _settle(data: GrabCutFeatures, region: Bool[np.ndarray, " n"], seeds: _Seeds) -> Mask:
    """The region's outline moved to the pixel by GrabCut, in one piece with the clicks, holes filled."""
    import cv2
    from scipy.ndimage import binary_fill_holes

    rough = region[data.graph.labels] & seeds.open
    reach = max(int(BAND * np.sqrt(rough.sum())), 3)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    wide = cv2.dilate(rough.astype(np.uint8), kernel).astype(bool) & seeds.open
    core = cv2.erode(rough.astype(np.uint8), kernel, borderValue=1).astype(bool)
    state = np.where(rough, cv2.GC_PR_FGD, np.where(wide, cv2.GC_PR_BGD, cv2.GC_BGD)).astype(np.uint8)
    state[core | seeds.clicked] = cv2.GC_FGD
    state[seeds.denied] = cv2.GC_BGD
    cut = _cut(data.image, state, wide, reach) & seeds.open
    return binary_fill_holes(_one_piece(cut, seeds)) & ~seeds.denied


def _cut(image: Image, state: UInt8[np.ndarray, "h w"], around: Mask, margin: int) -> Mask:
    """GrabCut on the part of the image around the region, reduced to a size that is solved at once."""
    import cv2

    rows, cols = np.flatnonzero(around.any(1)), np.flatnonzero(around.any(0))
    top, bottom = max(rows[0] - margin, 0), rows[-1] + margin + 1
    left, right = max(cols[0] - margin, 0), cols[-1] + margin + 1
    part, known = image[top:bottom, left:right], state[top:bottom, left:right]
    height, width = known.shape
    scale = min(np.sqrt(SOLVED_PIXELS / known.size), 1.0)
    small = max(round(width * scale), 1), max(round(height * scale), 1)
    solved = cv2.resize(known, small, interpolation=cv2.INTER_NEAREST)
    if len(np.unique(np.asarray(solved) % 2)) == 2:
        cv2.setRNGSeed(0)
        pixels = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
        inner, outer = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(pixels, solved, (0, 0, 0, 0), outer, inner, GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(solved, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    mask = np.zeros(state.shape, dtype=bool)
    mask[top:bottom, left:right] = cv2.resize(inside, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    return mask | (state == cv2.GC_FGD)


def _one_piece(mask: Mask, seeds: _Seeds) -> Mask:
    """The connected parts that hold a click, else the largest part; thin bridges and specks go first."""
    import cv2
    from skimage.measure import label

    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)
    mask = opened | (mask & seeds.clicked)
    parts = np.asarray(label(mask, connectivity=1))
    wanted = np.unique(parts[seeds.clicked & mask])
    if not len(wanted) and mask.any():
        wanted = np.bincount(parts.ravel())[1:].argmax() + 1
    return np.isin(parts, wanted)


def _distinct(masks: list[Mask]) -> Bool[np.ndarray, "n h w"]:
    kept: list[Mask] = []
    for mask in masks:
        if not any(np.count_nonzero(mask ^ other) < SAME * max(np.count_nonzero(mask), 1) for other in kept):
            kept.append(mask)
    return np.stack(kept)


def _outline_score(mask: Mask, graph: Superpixels) -> float:
    """How clearly the colours on both sides of the outline differ: the mean of min(Lab step / 30, 1), 0 where it
    runs along the picture's own border."""
    own = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    total, count = 0.0, OWN_BORDER * np.count_nonzero(own)
    for image, inside in ((graph.lab, mask), (graph.lab.swapaxes(0, 1), mask.T)):
        rows, cols = np.nonzero(inside[:-1] != inside[1:])
        before, after = np.maximum(rows - SCORE_REACH, 0), np.minimum(rows + 1 + SCORE_REACH, len(inside) - 1)
        steps = np.linalg.norm(image[before, cols] - image[after, cols], axis=-1)
        total += float(np.minimum(steps / CLEAR_STEP, 1).sum())
        count += len(rows)
    return total / max(count, 1)
