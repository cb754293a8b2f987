"""PURE. Points followed through a video -> the few waypoints of a path that follows them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Complex, Float

from levitor_core.document import MAX_WAYPOINTS, Waypoint
from levitor_core.motion.trajectory import resample
from levitor_core.structures import SizeHW, Trajectory3D

TOLERANCE_PX = 1.0
SIZES = (0.01, 100.0)

Points = Float[np.ndarray, "n frames 2"]
Turns = Complex[np.ndarray, " frames"]


def are_shares(points: Points) -> bool:
    """Whether places are counted in shares of the picture, 0 to 1: in pixels, all would be about its corner."""
    return bool((np.abs(points - 0.5) <= 1.5).all())


def in_pixels(points: Points, size_hw: SizeHW, counted_in: SizeHW | None = None) -> Points:
    """Places in a picture of another size, or else in shares of one, as pixels of a picture of that size."""
    if are_shares(points) and counted_in in (None, (1, 1)):
        return points * size_hw[::-1] - 0.5
    return (points + 0.5) * np.divide(size_hw, counted_in or size_hw)[::-1] - 0.5


def fit_path(points: Points, size_hw: SizeHW, tolerance: float = TOLERANCE_PX) -> tuple[Waypoint, ...]:
    """Waypoints, each at its time, whose path is nowhere farther than the tolerance from the points' centre, and turns
    and grows as they do, to the same tolerance at the points; fewer where as many as a path holds do not suffice.

    The path stays at the object's depth: what a depth would do to its size is its size.
    """
    center = points.mean(axis=0)
    turns = _turns(points - center)
    reach = float(np.abs(points[:, 0] - center[0]).max()) if len(points) > 1 else 0.0
    kept = [0, len(center) - 1]
    while True:
        waypoints = _waypoints(center, turns, kept)
        apart = _apart(resample(waypoints, 1.0, len(center), size_hw, 0.0), center, turns, reach)
        worst = _worst_between(apart, kept, tolerance)[: MAX_WAYPOINTS - len(kept)]
        if not worst:
            return waypoints
        kept = sorted([*kept, *worst])


def _turns(arms: Points) -> Turns:
    """How the points turn (angle, clockwise) and grow (modulus) about their centre, beside the first frame."""
    arms_ = arms[..., 0] + 1j * arms[..., 1]
    start = arms_[:, :1]
    weight = float((np.abs(start) ** 2).sum())
    if len(arms) < 2 or weight < 1:
        return np.ones(arms.shape[1], complex)
    return (arms_ * start.conj()).sum(axis=0) / weight


def _waypoints(center: Float[np.ndarray, "frames 2"], turns: Turns, kept: Sequence[int]) -> tuple[Waypoint, ...]:
    sizes, angles = np.abs(turns).clip(*SIZES), np.degrees(np.unwrap(np.angle(turns)))
    last = len(center) - 1
    return tuple(
        Waypoint(*center[at].tolist(), time=at / last, size=float(sizes[at]), rotation=float(angles[at])) for at in kept
    )


def _apart(
    path: Trajectory3D, center: Float[np.ndarray, "frames 2"], turns: Turns, reach: float
) -> Float[np.ndarray, " frames"]:
    """How far the farthest point is from where the path has it."""
    turned = path.size * np.exp(1j * path.rotation)
    return np.linalg.norm(path.xy - center, axis=1) + reach * np.abs(turned - turns)


def _worst_between(apart: Float[np.ndarray, " frames"], kept: Sequence[int], tolerance: float) -> list[int]:
    """Between every two neighbouring waypoints, the frame that is farthest off, the farthest of all first."""
    worst = [start + int(apart[start : end + 1].argmax()) for start, end in pairwise(kept)]
    off = [at for at in worst if apart[at] > tolerance and at not in kept]
    return sorted(off, key=lambda at: -apart[at])
