"""Photo -> what a click grows over: superpixels, how hard their borders are to cross, and the photo's edges."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from levitor_core.segmentation.superpixels import Superpixels, superpixels
from levitor_core.structures import Image, Mask

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

PIXELS = 60  # a superpixel, about
FEWEST = 16  # superpixels
PALETTE = 32  # colours a superpixel's histogram counts
BLUR = 12.0  # Lab units over which two colours of the palette count as alike
STEP = 15.0  # Lab units of colour step that resist as much as one unit of
SURROUNDINGS = 3.0  # difference of the histograms of both sides with their neighbours
EDGE_REACH = 5  # pixels from a rough outline within which the photo's edge is looked for
EDGE_GRAIN = 60.0  # squared Lab units: what varies less is no edge


@dataclass(frozen=True, eq=False)
class PhotoGraph:
    """Superpixels with colour histograms; `resistance` says how hard the border of each edge is to cross."""

    nodes: Superpixels
    histogram: Float[np.ndarray, "n k"]
    resistance: Float[np.ndarray, " m"]
    _filter: "EdgeFilter" = field(repr=False)

    @classmethod
    def of(cls, image: Image) -> "PhotoGraph":
        """Of a photo at working size: a quarter of a second."""
        from skimage.color import rgb2lab

        nodes = superpixels(image, max(image.shape[0] * image.shape[1] // PIXELS, FEWEST))
        lab = rgb2lab(image).astype(np.float32)
        histogram = _histograms(nodes, lab)
        around = _with_neighbours(nodes, histogram * nodes.area[:, None])
        first, second = nodes.edges.T
        resistance = nodes.steps / STEP + SURROUNDINGS * difference(around[first], around[second])
        return cls(nodes, histogram, resistance, EdgeFilter(lab))

    @property
    def labels(self) -> Int[np.ndarray, "h w"]:
        """The superpixel of every pixel."""
        return self.nodes.labels

    @property
    def lab(self) -> Float[np.ndarray, "h w 3"]:
        """The photo's Lab colours."""
        return self._filter.lab

    def links(self, conduction: float, among: Bool[np.ndarray, " n"] | None = None) -> "csr_matrix":
        """How well neighbouring superpixels (those of `among`) conduct: the longer their border and the less it
        resists."""
        from scipy.sparse import coo_matrix

        flow = self.nodes.lengths * np.exp(-conduction * self.resistance)
        if among is not None:
            flow = flow * among[self.nodes.edges].all(1)
        size = len(self.nodes.area)
        half = coo_matrix((flow, tuple(self.nodes.edges.T)), shape=(size, size)).tocsr()
        return (half + half.T).tocsr()

    def snap(self, mask: Mask) -> Mask:
        """The mask with its outline moved to the photo's edge, where there is one within a few pixels."""
        return self._filter(mask)


def difference(first: Float[np.ndarray, "*n k"], second: Float[np.ndarray, "*n k"]) -> Float[np.ndarray, "*n"]:
    """Half the chi-squared distance of histograms that sum to 1: 0 for equal ones, 1 for disjoint ones."""
    return 0.5 * ((first - second) ** 2 / (first + second + 1e-9)).sum(-1)


@dataclass(frozen=True, eq=False)
class EdgeFilter:
    """The guided filter (He et al. 2010) over a photo's Lab colours."""

    lab: Float[np.ndarray, "h w 3"]

    def __call__(self, mask: Mask) -> Mask:
        """Pixels that share their side of the photo's edge with most of the mask around them; those far from the
        mask's outline do as they are."""
        filtered, near = mask.copy(), _near_outline(mask)
        if near is not None:
            filtered[near] = _filtered(self.lab[near], mask[near])
        return filtered


def surround(mask: Mask, pixels: int) -> Mask:
    """Every pixel at most that many rows and columns away from the mask."""
    import cv2

    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)).astype(bool)


def _near_outline(mask: Mask) -> tuple[slice, slice] | None:
    """Where the filter may change the mask, with all that it looks at there; None for a mask without an outline."""
    outline = np.zeros(mask.shape, dtype=bool)
    outline[1:] = mask[1:] != mask[:-1]
    outline[:, 1:] |= mask[:, 1:] != mask[:, :-1]
    rows, cols = np.flatnonzero(outline.any(1)), np.flatnonzero(outline.any(0))
    if not len(rows):
        return None
    around = 4 * EDGE_REACH  # means of means: so far pixels change, by what lies so far from them
    top, left = max(rows[0] - around, 0), max(cols[0] - around, 0)
    return slice(top, rows[-1] + around + 1), slice(left, cols[-1] + around + 1)


def _filtered(lab: Float[np.ndarray, "h w 3"], mask: Mask) -> Mask:
    values, colours = mask.astype(np.float32), [np.ascontiguousarray(lab[..., channel]) for channel in range(3)]
    mean, means = _blur(values), [_blur(colour) for colour in colours]

    def spread(first: int, second: int) -> Float[np.ndarray, "h w"]:
        return _blur(colours[first] * colours[second]) - means[first] * means[second]

    a, b, c = spread(0, 0) + EDGE_GRAIN, spread(0, 1), spread(0, 2)
    d, e, f = spread(1, 1) + EDGE_GRAIN, spread(1, 2), spread(2, 2) + EDGE_GRAIN
    x, y, z = (_blur(colour * values) - average * mean for colour, average in zip(colours, means, strict=True))
    # [[a, b, c], [b, d, e], [c, e, f]] slopes = (x, y, z), solved by the adjugate
    aa, bb, cc, dd, ee, ff = d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b
    whole = a * aa + b * bb + c * cc
    slopes = [(p * x + q * y + r * z) / whole for p, q, r in ((aa, bb, cc), (bb, dd, ee), (cc, ee, ff))]
    offset = mean - sum(slope * average for slope, average in zip(slopes, means, strict=True))
    return _blur(offset) + sum(_blur(slope) * colour for slope, colour in zip(slopes, colours, strict=True)) > 0.5


def _blur(values: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    import cv2

    size = (2 * EDGE_REACH + 1, 2 * EDGE_REACH + 1)
    return cv2.boxFilter(np.asarray(values, dtype=np.float32), -1, size, borderType=cv2.BORDER_REFLECT)


def _histograms(nodes: Superpixels, lab: Float[np.ndarray, "h w 3"]) -> Float[np.ndarray, "n k"]:
    """How often a superpixel shows each colour of the photo's own palette, alike colours sharing their counts."""
    palette = _palette(nodes)
    count = len(palette)
    nearest = (lab.reshape(-1, 3) @ (-2 * palette.T) + (palette**2).sum(1)).argmin(1)
    counts = np.bincount(nodes.labels.ravel() * count + nearest, minlength=len(nodes.area) * count)
    apart = np.linalg.norm(palette[:, None] - palette[None], axis=-1)
    alike = counts.reshape(-1, count) @ np.exp(-((apart / BLUR) ** 2))
    return alike / alike.sum(1, keepdims=True)


def _palette(nodes: Superpixels) -> Float[np.ndarray, "k 3"]:
    import cv2

    colours = nodes.colour.astype(np.float32)
    if len(colours) <= PALETTE:
        return colours
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 0.1)
    _, _, palette = cv2.kmeans(colours, PALETTE, None, stop, 1, cv2.KMEANS_PP_CENTERS)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return np.asarray(palette)


def _with_neighbours(nodes: Superpixels, counts: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n k"]:
    from scipy.sparse import coo_matrix

    size = len(nodes.area)
    links = coo_matrix((np.ones(len(nodes.edges)), tuple(nodes.edges.T)), shape=(size, size)).tocsr()
    total = counts + (links + links.T) @ counts
    return total / total.sum(1, keepdims=True)
