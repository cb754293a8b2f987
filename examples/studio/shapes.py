"""Signed distances: how far points p (3, n) are from a shape; negative inside."""

from collections.abc import Sequence

import numpy as np

Points = np.ndarray  # (3, n) float32: right, up, away from the camera
Distances = np.ndarray  # (n,)


def at(p: Points, place: Sequence[float]) -> Points:
    """The points as seen from `place`."""
    return p - np.array(place, np.float32)[:, None]


def sphere(p: Points, radius: float) -> Distances:
    """A ball."""
    return np.sqrt(p[0] ** 2 + p[1] ** 2 + p[2] ** 2) - radius


def ellipsoid(p: Points, radii: Sequence[float]) -> Distances:
    """An ellipsoid, by a bound that is exact at its surface."""
    r = np.array(radii, np.float32)[:, None]
    inner = np.sqrt(((p / r) ** 2).sum(0))
    slope = np.sqrt(((p / (r * r)) ** 2).sum(0))
    return inner * (inner - 1) / np.maximum(slope, 1e-6)


def box(p: Points, half: Sequence[float], rounding: float = 0.0) -> Distances:
    """A box of those half sides, its edges rounded."""
    q = np.abs(p) - (np.array(half, np.float32)[:, None] - rounding)
    outside = np.sqrt((np.maximum(q, 0) ** 2).sum(0))
    return outside + np.minimum(q.max(0), 0) - rounding


def cylinder(p: Points, radius: float, half: float, axis: int = 1, rounding: float = 0.0) -> Distances:
    """A cylinder along an axis."""
    a, b = (p[i] for i in range(3) if i != axis)
    return _turned(np.sqrt(a * a + b * b) - radius + rounding, np.abs(p[axis]) - half + rounding) - rounding


def cone(p: Points, bottom: float, top: float, half: float) -> Distances:
    """An upright cone, cut off at both ends, of those radii; a bound."""
    slope = (bottom - top) / (2 * half)
    radius = bottom - slope * (p[1] + half)
    side = (np.sqrt(p[0] ** 2 + p[2] ** 2) - radius) / np.sqrt(1 + slope * slope)
    return _turned(side, np.abs(p[1]) - half)


def capsule(p: Points, start: Sequence[float], end: Sequence[float], radius: float) -> Distances:
    """A rod with round ends."""
    q, line = at(p, start), (np.array(end) - np.array(start)).astype(np.float32)
    along = ((line @ q) / float(line @ line)).clip(0, 1)
    return sphere(q - line[:, None] * along, radius)


def blended(first: Distances, second: Distances, width: float) -> Distances:
    """The union of two shapes with the edge between them smoothed."""
    share = (0.5 + 0.5 * (second - first) / width).clip(0, 1)
    return second + (first - second) * share - width * share * (1 - share)


def _turned(side: Distances, ends: Distances) -> Distances:
    outside = np.sqrt(np.maximum(side, 0) ** 2 + np.maximum(ends, 0) ** 2)
    return np.minimum(np.maximum(side, ends), 0) + outside
