"""Scenes whose every number is known without measuring: coloured squares that slide over noise."""

import numpy as np

RED, BLUE = (220, 40, 30), (30, 60, 220)


def background(size=48, seed=0):
    return np.random.default_rng(seed).integers(90, 150, (size, size, 3)).astype(np.uint8)


def square_rgba(colour, corners, side=10, size=48):
    """A whole square with its top left corner at each of `corners` (x, y)."""
    rgba = np.zeros((len(corners), size, size, 4), np.uint8)
    for frame, (x, y) in zip(rgba, corners, strict=True):
        frame[y : y + side, x : x + side] = (*colour, 255)
    return rgba


def composed(behind, *layers):
    """Layers over the background, the last one in front."""
    frames = np.repeat(behind[None], len(layers[0]), axis=0)
    for layer in layers:
        opaque = layer[..., 3] > 0
        frames[opaque] = layer[opaque][:, :3]
    return frames


def centres(corners, side=10):
    return np.array(corners, float) + (side - 1) / 2
