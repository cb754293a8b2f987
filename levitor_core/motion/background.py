"""What a removed object leaves: disparity and id of the hole from the surrounding farther surface.

The same hole is filled with colour by the Preview renderer; both read their sources from `sources_around`.
"""

import numpy as np
from jaxtyping import Bool

from levitor_core.motion.neighbourhood import dilate, distance_to, nearest_in, number_parts
from levitor_core.structures import DisparityMap, LabelMap, Mask

RING_PX = 5
FRINGE_PX = 2  # next to a mask, depth and colour still mix with the object's
NEARER_SHARE = 0.1  # surroundings count as nearer only when nearer by more than this share
MAX_UNKNOWNS = 12_000


def fill_labels_and_disparity(
    labels: LabelMap, disparity: DisparityMap, hole: Mask, hole_disparity: DisparityMap
) -> tuple[LabelMap, DisparityMap]:
    """The scene with the hole filled from the surroundings that are not nearer than what was removed.

    `hole_disparity` is the disparity of what was removed, within the hole. The fill is never nearer than that, so
    an object at rest is seen whole. Depth that leaked out of the mask into its rim is pulled back too.
    """
    if not hole.any():
        return labels, disparity
    sources = sources_around(disparity, hole, hole_disparity)
    nearest = nearest_in(sources)
    filled_labels = np.where(hole, labels[nearest], labels).astype(np.int32)
    rim = dilate(hole, FRINGE_PX) & ~hole & ~sources
    smooth = _harmonic(disparity, hole | rim, sources, disparity[nearest])
    filled = np.where(hole, np.minimum(smooth, hole_disparity), disparity)
    leaked = rim & (disparity > smooth + NEARER_SHARE * disparity)
    return filled_labels, np.where(leaked, smooth, filled).astype(np.float32)


def sources_around(disparity: DisparityMap, hole: Mask, hole_disparity: DisparityMap) -> Mask:
    """The pixels a hole may be filled from: a ring around it, without the mixed fringe, of surfaces that are not
    nearer than the removed object beside them; where every neighbour is nearer, the farthest of them."""
    distance, nearest = distance_to(hole), nearest_in(hole)
    ring = (distance > FRINGE_PX) & (distance <= RING_PX)
    if not ring.any():
        ring = ~hole if not hole.all() else hole
    beside = hole_disparity[nearest]
    allowed = ring & (disparity <= beside + np.maximum(6.0, NEARER_SHARE * beside))
    return allowed | _farthest_where_none(ring, allowed, number_parts(hole)[nearest], disparity)


def _farthest_where_none(
    ring: Mask, allowed: Mask, part_of: LabelMap, disparity: DisparityMap
) -> Bool[np.ndarray, "h w"]:
    rescued = np.zeros_like(ring)
    for part in np.setdiff1d(np.unique(part_of[ring]), np.unique(part_of[allowed])):
        around = ring & (part_of == part)
        rescued |= around & (disparity <= np.quantile(disparity[around], 0.25))
    return rescued


def _harmonic(values: DisparityMap, unknown: Mask, known: Mask, fallback: DisparityMap) -> DisparityMap:
    """`values` with the unknown pixels replaced by the smoothest surface through the known ones beside them.

    Solves Laplace's equation on a grid coarse enough for `MAX_UNKNOWNS`; where no known pixel is adjacent the
    surface ends free. `fallback` serves unknown pixels that reach no known one.
    """
    import cv2

    step = max(1, int(np.ceil(np.sqrt(unknown.sum() / MAX_UNKNOWNS))))
    if step == 1:
        return np.where(unknown, _laplace(values, unknown, known, fallback), values).astype(np.float32)
    size = (-(-values.shape[1] // step), -(-values.shape[0] // step))
    weight = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(np.where(known, values, 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small_known = weight > 0
    small_unknown = (cv2.resize(unknown.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0) & ~small_known
    small_fallback = cv2.resize(fallback, size, interpolation=cv2.INTER_AREA)
    small = np.where(small_known, total / np.maximum(weight, 1e-6), small_fallback)
    solved = np.where(small_unknown, _laplace(small, small_unknown, small_known, small_fallback), small)
    full = cv2.resize(solved.astype(np.float32), values.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(unknown, full, values).astype(np.float32)


def _laplace(values: np.ndarray, unknown: Mask, known: Mask, fallback: np.ndarray) -> np.ndarray:
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.csgraph import laplacian
    from scipy.sparse.linalg import spsolve

    region = unknown | known
    number = np.cumsum(region).reshape(region.shape) - 1
    across, down = region[:, 1:] & region[:, :-1], region[1:] & region[:-1]
    start = np.concatenate([number[:, :-1][across], number[:-1][down]])
    end = np.concatenate([number[:, 1:][across], number[1:][down]])
    count = int(region.sum())
    graph = coo_matrix((np.ones(len(start)), (start, end)), shape=(count, count))
    pull = np.where(known[region], 1e4, 1e-6)
    target = np.where(known, values, fallback)[region]
    solved = values.astype(np.float64)
    solved[region] = np.asarray(spsolve((laplacian(graph + graph.T) + diags(pull)).tocsc(), pull * target))
    return solved
