"""A box means "most of this is it".

Every pixel of the box is a source of current and all around it is earthed: where little current finds its way out is
the object. That is solved for several strengths of both and averaged, since photos differ in how clear their edges are.
"""

import numpy as np
from jaxtyping import Bool, Float

from levitor_core.segmentation.photo_graph import PhotoGraph
from levitor_core.segmentation.refine import is_new
from levitor_core.structures import BoxXYXY, Mask, SizeHW

CONDUCTIONS = (2.5, 4.0, 6.0)
SOURCES = (3e-4, 1e-3, 3e-3)  # of a pixel
LEVELS = (0.6, 0.5, 0.42, 0.35, 0.28, 0.2)  # of the potential, along which the outline may run
REACHED = 0.8  # of the box, by the bounding box of what was meant
GUESSES = 3


def box_mask(box: BoxXYXY, size_hw: SizeHW) -> Mask:
    """The pixels of a box."""
    left, top, right, bottom = map(round, box)
    mask = np.zeros(size_hw, dtype=bool)
    mask[top : bottom + 1, left : right + 1] = True
    return mask


def box_guesses(graph: PhotoGraph, box: BoxXYXY) -> list[Mask]:
    """What the box may have meant, the likeliest first: each within the box and in one piece."""
    within = box_mask(box, graph.labels.shape)
    potential = _potential(graph, within)[graph.labels]
    found = [_largest(graph.snap((potential > level) & within) & within) for level in LEVELS]
    found = [mask for mask in found if mask.any()] or [within]
    best = next((place for place, mask in enumerate(found) if _spans(mask, within)), 0)
    guesses: list[Mask] = []
    for mask in (found[best], *found[best + 1 :], *found[:best]):
        guesses += [mask] if is_new(mask, guesses) else []
    return guesses[:GUESSES]


def _spans(mask: Mask, within: Mask) -> bool:
    """Whether a bounding box reaches most of the box: people draw boxes around a thing."""
    sides = [np.ptp(np.flatnonzero(mask.any(axis))) + 1 for axis in range(2)]
    return bool(np.prod(sides) >= REACHED * np.count_nonzero(within))


def _potential(graph: PhotoGraph, within: Mask) -> Float[np.ndarray, " n"]:
    """How well each superpixel is kept from what is around the box, from 0 to 1; all are where the box is the photo."""
    nodes = graph.nodes
    covered = np.bincount(graph.labels.ravel(), within.ravel()) > nodes.area / 2
    if covered.all() or not covered.any():
        return np.ones(len(covered))
    return np.mean([_solve(graph, covered, one, source) for one in CONDUCTIONS for source in SOURCES], axis=0)


def _solve(
    graph: PhotoGraph, covered: Bool[np.ndarray, " n"], conduction: float, source: float
) -> Float[np.ndarray, " n"]:
    from scipy.sparse import diags
    from scipy.sparse.linalg import spsolve

    free = np.flatnonzero(covered)
    links = graph.links(conduction)
    given = source * graph.nodes.area
    among = diags((np.asarray(links.sum(1)).ravel() + given)[free]) - links[free][:, free]
    potential = np.zeros(len(covered))
    potential[free] = np.asarray(spsolve(among.tocsc(), given[free], permc_spec="MMD_AT_PLUS_A"))
    return potential


def _largest(mask: Mask) -> Mask:
    """The largest piece, its holes filled."""
    from scipy.ndimage import binary_fill_holes
    from skimage.measure import label

    parts = np.asarray(label(mask, connectivity=1))
    if not mask.any():
        return mask
    return np.asarray(binary_fill_holes(parts == np.bincount(parts.ravel())[1:].argmax() + 1))
