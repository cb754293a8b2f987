"""How far a click reaches: nested regions around it, and which of them looks most like what was meant.

A click is a source of current in the photo's graph, whose borders resist; held clicks are earthed. The superpixels in
the order of their potential (a random walker, Grady 2006) are nested regions, and a weighted sum of a few measures of
each says which to take: how clear its outline is, whether the click lies in its middle, whether its colours differ
from what surrounds it and resemble what it joins.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from levitor_core.segmentation.photo_graph import PhotoGraph, difference
from levitor_core.structures import Mask

CONDUCTIONS = (2.5, 6.0)  # how strongly resistance counts: one family of nested regions each
LEAK = 1e-6  # of the current, for every pixel
SIZES = 32  # regions looked at, of each family
COARSER = 2  # pixels of the photo to one where distances are measured
WEAK = 0.3  # of the sides' difference: what is less is no outline
FRAME = 0.3  # a length of the picture's own border counts this much of an outline without any difference
CLEAR_STEP = 25.0  # Lab units


@dataclass(frozen=True, eq=False)
class Click:
    """Where it is, which pixels it may change, and the superpixels of clicks that meant the contrary."""

    row: int
    col: int
    open: Mask
    held: Int[np.ndarray, " c"]


@dataclass(frozen=True, eq=False)
class Reach:
    """One region around a click, as superpixels, and how much it looks like what was meant: higher is better."""

    nodes: Bool[np.ndarray, " n"]
    score: float


@dataclass(frozen=True, eq=False)
class Family:
    """Nested regions: the beginnings of `order`, each superpixel's place in it (its length for the others)."""

    order: Int[np.ndarray, " k"]
    rank: Int[np.ndarray, " n"]
    potential: Float[np.ndarray, " k"]
    open: Bool[np.ndarray, " n"]

    @classmethod
    def of(cls, potential: Float[np.ndarray, " n"], open_: Bool[np.ndarray, " n"]) -> "Family":
        """Highest potential first; superpixels without any are left out."""
        order = np.argsort(-potential, kind="stable")[: np.count_nonzero(potential)]
        rank = np.full(len(potential), len(order))
        rank[order] = np.arange(len(order))
        return cls(order, rank, potential[order], open_)


def reaches(graph: PhotoGraph, click: Click, weights: Float[np.ndarray, " f"]) -> list[Reach]:
    """The regions that were looked at, the best first; each holds the click."""
    found: list[Reach] = []
    for conduction in CONDUCTIONS:
        family = _family(graph, click, conduction)
        cuts, measured = measures(graph, click, family)
        found += [Reach(family.rank <= cut, float(score)) for cut, score in zip(cuts, measured @ weights, strict=True)]
    return sorted(found, key=lambda reach: -reach.score)


def _family(graph: PhotoGraph, click: Click, conduction: float) -> Family:
    start = int(graph.labels[click.row, click.col])
    size = len(graph.nodes.area)
    open_ = np.bincount(graph.labels.ravel(), click.open.ravel(), size) > graph.nodes.area / 2
    open_[click.held] = False
    open_[start] = True
    return Family.of(_potential(graph, start, open_, click.held, conduction), open_)


def _potential(
    graph: PhotoGraph, start: int, open_: Bool[np.ndarray, " n"], held: Int[np.ndarray, " c"], conduction: float
) -> Float[np.ndarray, " n"]:
    """1 at the click, less the more resistance lies between; 0 where no current comes."""
    from scipy.sparse import diags
    from scipy.sparse.linalg import spsolve

    reached = open_.copy()
    reached[held] = True
    links = graph.links(conduction, reached)
    free = np.flatnonzero(open_ & (np.arange(len(open_)) != start))
    drain = np.asarray(links.sum(1)).ravel() + LEAK * graph.nodes.area
    potential = np.zeros(len(open_))
    potential[start] = 1
    if len(free):
        among = (diags(drain[free]) - links[free][:, free]).tocsc()
        solved = np.asarray(spsolve(among, links[free][:, [start]].toarray().ravel(), permc_spec="MMD_AT_PLUS_A"))
        potential[free] = np.clip(solved, 0, 1 - 1e-12)
    return potential


def measures(graph: PhotoGraph, click: Click, family: Family) -> tuple[Int[np.ndarray, " s"], Float[np.ndarray, "s f"]]:
    """The last places of the regions looked at, sizes evenly spread, and what was measured of each."""
    outline = _Outline.of(graph, family)
    cuts = _sizes(outline)
    area = np.cumsum(graph.nodes.area[family.order])[cuts]
    columns = [
        *outline.measures(cuts, area),
        *_middle(graph, click, family, cuts, area),
        *_colours(graph, click, family, cuts),
        _drop(family.potential, cuts),
    ]
    return cuts, np.stack(columns, 1)


@dataclass(frozen=True, eq=False)
class _Outline:
    """Along the outline of every beginning of the order: its length and how clear it is; what it adjoins."""

    length: Float[np.ndarray, " k"]
    clear: Float[np.ndarray, " k"]
    stepped: Float[np.ndarray, " k"]
    weak: Float[np.ndarray, " k"]
    joined: Float[np.ndarray, " k"]
    frame: Float[np.ndarray, " k"]

    @classmethod
    def of(cls, graph: PhotoGraph, family: Family) -> "_Outline":
        """An edge belongs to the outline from when its first end has joined until its second has; an edge to what
        was picked before is none: the region joins it there."""
        nodes, count = graph.nodes, len(family.order)
        within = family.open[nodes.edges].all(1)
        first, second = np.sort(family.rank[nodes.edges[within]], axis=1).T
        met = family.rank[nodes.edges[~within]].min(1)
        lengths, difference_ = nodes.lengths[within].astype(float), 1 - np.exp(-graph.resistance[within])

        def along(weight: Float[np.ndarray, " m"]) -> Float[np.ndarray, " k"]:
            change = np.bincount(first, weight, count + 1) - np.bincount(second, weight, count + 1)
            return np.cumsum(change, dtype=float)[:count].clip(0)

        return cls(
            along(lengths),
            along(lengths * difference_),
            along(lengths * np.minimum(nodes.steps[within] / CLEAR_STEP, 1)),
            along(lengths * (difference_ < WEAK)),
            np.cumsum(np.bincount(met, nodes.lengths[~within].astype(float), count + 1), dtype=float)[:count],
            np.cumsum(nodes.border[family.order]).astype(float),
        )

    def measures(self, cuts: Int[np.ndarray, " s"], area: Int[np.ndarray, " s"]) -> list[Float[np.ndarray, " s"]]:
        """How clear the outline is in four ways, how long for its area, how much of it is the picture's border."""
        length, joined, frame = self.length[cuts], self.joined[cuts], self.frame[cuts]
        own = length + FRAME * frame
        return [
            np.log((self.clear[cuts] + joined) / (own + joined + 1e-6) + 0.02),
            np.log((self.clear[cuts] + 1) / (own + 1) + 0.05),
            np.log((self.stepped[cuts] + 1) / (own + 1) + 0.05),
            self.weak[cuts] / (length + 1),
            np.log((length + frame + 1) ** 2 / area),
            frame / (length + frame + joined + 1),
        ]


def _sizes(outline: _Outline) -> Int[np.ndarray, " s"]:
    """About SIZES regions, each the clearest among those of nearly its size."""
    count = len(outline.length)
    bounds = np.unique(np.append(np.geomspace(1, count, SIZES).astype(int) - 1, count))
    clear = (outline.clear + 1e-9) / (outline.length + 1e-9)
    return np.unique([start + clear[start:end].argmax() for start, end in pairwise(bounds)])


def _middle(
    graph: PhotoGraph, click: Click, family: Family, cuts: Int[np.ndarray, " s"], area: Int[np.ndarray, " s"]
) -> list[Float[np.ndarray, " s"]]:
    """How much the click lies in the region's middle, how far it is from the outlines old and new, how round and how
    large the region is."""
    place = family.rank[graph.labels[::COARSER, ::COARSER]]
    row, col = click.row // COARSER, click.col // COARSER
    measured = [_depths(place <= cut, row, col) for cut in cuts]
    own, deepest = np.array(measured, dtype=float).T
    central = (own + 2) / (deepest + 2)
    extent = np.log(area / graph.labels.size)
    if click.open.all():
        height, width = graph.labels.shape
        margin = min(click.row, click.col, height - 1 - click.row, width - 1 - click.col) / COARSER + 1
        old = [np.zeros(len(cuts)), np.zeros(len(cuts))]
    else:
        margin = _depths(click.open[::COARSER, ::COARSER], row, col)[0]
        old = [np.log(np.minimum(1, (own + 1) / (margin / 2 + 1))), np.log(np.maximum(1, deepest / max(margin, 2)))]
    return [
        np.log(central),
        np.log(np.minimum(1, 2 * central)),
        extent,
        (extent + 2.5) ** 2,
        *old,
        np.log((own + 1) / (margin + 1)),
        np.log((deepest + 1) / np.sqrt(area / COARSER**2)),
    ]


def _depths(region: Mask, row: int, col: int) -> tuple[float, float]:
    """The distance of a point, and of the innermost one, to the region's outline."""
    import cv2

    depth = cv2.distanceTransform(np.pad(region.astype(np.uint8), 1), cv2.DIST_L2, 3)
    return float(depth[row + 1, col + 1]), float(depth.max())


def _colours(
    graph: PhotoGraph, click: Click, family: Family, cuts: Int[np.ndarray, " s"]
) -> list[Float[np.ndarray, " s"]]:
    """How the region's colours differ from what surrounds it closely and widely, from what it joins, from what it
    leaves; how varied they are."""
    nodes, order = graph.nodes, family.order
    area = np.cumsum(nodes.area[order])
    shown = np.cumsum(graph.histogram[order] * nodes.area[order][:, None], axis=0)
    inside = shown[cuts]

    def beyond(factor: float) -> Float[np.ndarray, " s"]:
        last = np.minimum(np.searchsorted(area, area[cuts] * factor), len(area) - 1)
        return _apart(inside, shown[last] - inside)

    joined = ~family.open
    target = (graph.histogram[joined] * nodes.area[joined][:, None]).sum(0)
    mean = np.cumsum(nodes.colour[order] * nodes.area[order][:, None], axis=0)[cuts] / area[cuts][:, None]
    square = np.cumsum((nodes.colour[order] ** 2).sum(1) * nodes.area[order])[cuts] / area[cuts]
    first = bool(click.open.all())
    return [
        beyond(1.4),
        beyond(3.0),
        np.zeros(len(cuts)) if first else _apart(inside, np.broadcast_to(target, inside.shape)),
        np.zeros(len(cuts)) if first else _apart(inside, shown[-1] - inside),
        np.sqrt((square - (mean**2).sum(1)).clip(0)) / 20,
    ]


def _apart(inside: Float[np.ndarray, "s k"], other: Float[np.ndarray, "s k"]) -> Float[np.ndarray, " s"]:
    total = other.sum(1, keepdims=True)
    apart = difference(inside / inside.sum(1, keepdims=True), other / (total + 1e-9))
    return np.where(total[:, 0] < 1, 0, apart)


def _drop(potential: Float[np.ndarray, " k"], cuts: Int[np.ndarray, " s"]) -> Float[np.ndarray, " s"]:
    """How much the potential falls behind the region."""
    after = potential[np.minimum(cuts + 1, len(potential) - 1)]
    return np.log(potential[cuts].clip(1e-12) / after.clip(1e-12)).clip(0, 2)
