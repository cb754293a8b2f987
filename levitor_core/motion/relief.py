"""Depth made fit for movement: tamed inside objects, snapped to masks, edited by scenery, and what carries what."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from levitor_core.motion.neighbourhood import depth_inside, dilate, distance_to, nearest_in, number_parts, window_around
from levitor_core.structures import DisparityMap, LabelMap, Mask, Scenery

DepthMap = Float32[np.ndarray, "h w"]

TAMED_RANGE = 0.2  # disparity may differ from the object's median by this share
ERODED_PX = 3
SMOOTHING_PX = 3.0
HALO_PX = 4
HALO_STEP = 8.0  # disparity; a smaller step at a mask's edge is relief, not a halo


def tame(disparity: DisparityMap, mask: Mask) -> DisparityMap:
    """The object's disparity without stray values: eroded, within 20 % of its median, smoothed within the mask.

    Outside the mask the nearest tamed value continues, so that soft edges have a depth too.
    """
    from scipy.ndimage import gaussian_filter

    window = window_around(mask, margin=ERODED_PX + round(4 * SMOOTHING_PX))
    inside = _erode(mask[window])
    values = disparity[window]
    median = float(np.median(values[inside]))
    clipped = values.clip(median * (1 - TAMED_RANGE), median * (1 + TAMED_RANGE))
    tamed = np.full_like(disparity, median)
    tamed[window] = gaussian_filter(clipped[nearest_in(inside)], SMOOTHING_PX, mode="nearest").clip(0, 255)
    return tamed


def with_relief(z: DepthMap, anchor_z: float, share: float) -> DepthMap:
    """Depth z of an object, of whose differences from its anchor's depth only a share is left; 0 makes it a card."""
    return (anchor_z + share * (z - anchor_z)).astype(np.float32)


def edit_scenery(disparity: DisparityMap, scenery: Sequence[Scenery]) -> DisparityMap:
    """The scene's disparity with every picked still thing flattened to its median or shifted, in list order."""
    edited = disparity.copy()
    for item in scenery:
        inside = edited[item.mask]
        if inside.size:
            base = np.full_like(inside, np.median(inside)) if item.flatten else inside
            edited[item.mask] = (base + item.shift).clip(0, 255)
    return edited


def snap_to_masks(disparity: DisparityMap, labels: LabelMap) -> DisparityMap:
    """Move depth edges onto mask edges: near an instance's edge, a value that is a whole step away from the
    instance's own inner value is a neighbour's halo and takes the inner value."""
    snapped = disparity.copy()
    for label in np.unique(labels[labels > 0]):
        window = window_around(labels == label, margin=1)
        snapped[window] = _snap(snapped[window], labels[window] == label)
    return snapped


def support_of(mask: Mask, tamed: DisparityMap, disparity: DisparityMap, partition: LabelMap, objects: Mask) -> Mask:
    """The still pixels that carry the object and never hide it: the plane in depth that continues from the lowest
    edge of its mask at similar disparity, and the instance there, if the partition has one.

    `objects` are all picked pixels, which are never a support.
    """
    contact = _below(mask) & ~objects
    foot = float(np.median(tamed[mask & _lowest_part(mask)]))
    contact &= np.abs(disparity - foot) <= np.maximum(12.0, TAMED_RANGE * foot)
    if not contact.any():
        return np.zeros_like(mask)
    plane, ids = _plane_from(contact, disparity, objects), partition[contact]
    if (ids > 0).any():
        counts = np.bincount(ids[ids > 0])
        plane |= (partition == counts.argmax()) & ~objects
    return plane


def set_on_feet(disparity: DisparityMap, labels: LabelMap, num_objects: int) -> DisparityMap:
    """A guessed map in which every picked object has one depth, that of what its lowest part stands on.

    The lowest stand first, so that what is stacked on them stands where they do.
    """
    standing = disparity.copy()
    owned = {label: labels == label for label in range(1, num_objects + 1)}
    for mask in sorted(filter(np.any, owned.values()), key=lambda mask: -np.flatnonzero(mask.any(1))[-1]):
        beneath = _below(mask)
        standing[mask] = np.median(standing[beneath if beneath.any() else mask & _lowest_part(mask)])
    return standing


def contact_point(mask: Mask) -> tuple[float, float]:
    """Where the object stands, (x, y): the middle of its mask's lowest part, on its lowest row."""
    rows, columns = np.nonzero(mask & _lowest_part(mask))
    return float(columns.mean()), float(rows.max())


def foot_width(mask: Mask) -> float:
    """How wide the object stands, in pixels."""
    columns = np.nonzero(mask & _lowest_part(mask))[1]
    return float(np.ptp(columns) + 1)


def _snap(values: np.ndarray, mask: Mask) -> np.ndarray:
    inner = distance_to(np.pad(~mask, 1, mode="edge"))[1:-1, 1:-1] > HALO_PX
    if not inner.any():
        return values
    own = values[nearest_in(inner)]
    return np.where(mask & (np.abs(values - own) > HALO_STEP), own, values)


def _erode(mask: Mask) -> Mask:
    """The mask without its rim, or as much of the rim removed as leaves something."""
    depth = depth_inside(mask)
    return depth > min(ERODED_PX, 0.5 * depth.max())


def _lowest_part(mask: Mask) -> Mask:
    """Rows of the lowest eighth of the mask, as a mask of the whole width."""
    rows = np.flatnonzero(mask.any(1))
    lowest = np.zeros_like(mask)
    lowest[rows[-1] - (rows[-1] - rows[0]) // 8 : rows[-1] + 1] = True
    return lowest


def _below(mask: Mask) -> Mask:
    """Pixels up to three rows under the lowest part of the mask's edge."""
    foot = mask & _lowest_part(mask)
    below = np.zeros_like(mask)
    for step in (1, 2, 3):
        below[step:] |= foot[:-step]
    return below & ~mask


def _plane_from(seeds: Mask, disparity: DisparityMap, objects: Mask) -> Mask:
    """The connected pixels whose disparity lies on the plane through the seeds and their surroundings.

    A flat floor's disparity is linear in x and y (perspective), a thing that stands on it leaves that plane.
    """
    free = ~objects
    plane_part = dilate(seeds, 12) & free
    rows, columns = np.indices(disparity.shape, dtype=np.float32)
    basis = np.stack([np.ones_like(rows), columns, rows], -1)
    for _ in range(4):
        coefficients = np.linalg.lstsq(basis[plane_part], disparity[plane_part], rcond=None)[0]
        error = np.abs(basis @ coefficients - disparity)
        regions = number_parts(free & (error <= np.maximum(4.0, 0.05 * disparity)))
        touched = np.unique(regions[seeds & (regions > 0)])
        if len(touched) == 0:
            break
        plane_part = np.isin(regions, touched)
    return plane_part
