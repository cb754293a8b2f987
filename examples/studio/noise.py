"""Smooth pseudo-random patterns, the same on every machine."""

import numpy as np
from numpy.typing import ArrayLike

Field = np.ndarray


def _hash(x: Field, y: Field, z: Field, seed: int) -> Field:
    """A number 0..1 for every lattice point."""
    mixed = x.astype(np.uint32) * np.uint32(374761393) + y.astype(np.uint32) * np.uint32(668265263)
    mixed += z.astype(np.uint32) * np.uint32(2246822519) + np.uint32(seed * 3266489917 % 2**32)
    mixed = (mixed ^ (mixed >> np.uint32(13))) * np.uint32(1274126177)
    mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(2654435769)
    return ((mixed ^ (mixed >> np.uint32(15))) >> np.uint32(8)).astype(np.float32) / np.float32(2**24)


def cell(x: ArrayLike, y: ArrayLike, seed: int = 0) -> Field:
    """One random number 0..1 for each whole-numbered cell (x, y)."""
    x, y = np.broadcast_arrays(np.floor(np.asarray(x)), np.floor(np.asarray(y)))
    zero = np.zeros(x.shape, np.int64)
    return _hash(x.astype(np.int64), y.astype(np.int64), zero, seed)


def smooth(x: ArrayLike, y: ArrayLike, z: ArrayLike = 0.0, seed: int = 0) -> Field:
    """Value noise 0..1 that varies over a distance of 1."""
    places = np.broadcast_arrays(*(np.asarray(v, np.float32) for v in (x, y, z)))
    corner = [np.floor(v).astype(np.int64) for v in places]
    share = [v - c for v, c in zip(places, corner, strict=True)]
    sx, sy, sz = ((s * s * (3 - 2 * s)).astype(np.float32) for s in share)
    total = np.zeros(places[0].shape, np.float32)
    for dz, wz in ((0, 1 - sz), (1, sz)):
        for dy, wy in ((0, 1 - sy), (1, sy)):
            for dx, wx in ((0, 1 - sx), (1, sx)):
                total += wx * wy * wz * _hash(corner[0] + dx, corner[1] + dy, corner[2] + dz, seed)
    return total


def fractal(x: ArrayLike, y: ArrayLike, z: ArrayLike = 0.0, octaves: int = 4, seed: int = 0) -> Field:
    """Noise of several sizes added up, about 0..1 around 0.5."""
    x, y, z = (np.asarray(v, np.float32) for v in (x, y, z))
    total, weight, scale = np.float32(0), 0.0, 1.0
    for octave in range(octaves):
        total = total + smooth(x * scale, y * scale, z * scale, seed + 17 * octave) / np.float32(scale)
        weight += 1 / scale
        scale *= 2.0
    return np.asarray(total / np.float32(weight))
