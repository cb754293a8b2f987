"""PURE. Photos -> textured shapes, whose colours are kept apart so that each object can be told from the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from levitor_core.structures import AnyImage, Image, PointXY

SIDE = 64
FARTHEST = 0.46 * SIDE  # of a shape's edge from the middle
PROCEDURAL_SHARE = 0.2
CANDIDATES = 24
MIN_DEVIATION = 14.0  # of a crop's grey values; plainer ones are drawn again
TRIES = 4

Colour = Float[np.ndarray, "3"]


@dataclass(frozen=True, eq=False)
class Sprite:
    """A texture and, as alpha 0 or 255, the shape it is cut to; `diameter` is of the circle of the same area."""

    rgba: UInt8[np.ndarray, "h w 4"]
    centroid_xy: PointXY
    diameter: float


def make_sprite(
    rng: np.random.Generator, pictures: Sequence[AnyImage], used: Sequence[Colour], tint: tuple[float, float]
) -> tuple[Sprite, Colour]:
    """A random shape with a random texture, tinted by a share within `tint` towards a colour far from `used`."""
    shape = _shape(rng)
    colour = distinct_colour(rng, used)
    plain = rng.random() < PROCEDURAL_SHARE
    texture = _procedural(rng) if plain else crop(rng, pictures, (SIDE, SIDE), (0.12, 0.55))
    shaded = recolour(rng, texture, colour, tint) * _shading(rng, shape)[..., None]
    moments = cv2.moments(shape, binaryImage=True)
    area = moments["m00"]
    rgba = np.dstack([shaded.clip(0, 255).astype(np.uint8), shape])
    centroid = moments["m10"] / area, moments["m01"] / area
    return Sprite(rgba, centroid, 2 * float(np.sqrt(area / np.pi))), rgba[shape > 0, :3].mean(axis=0)


def crop(
    rng: np.random.Generator, pictures: Sequence[AnyImage], size_hw: tuple[int, int], share: tuple[float, float]
) -> Image:
    """A random part of a random photo, perhaps mirrored; its sides are a share of the largest that fits."""
    part = pictures[0]
    for _ in range(TRIES):
        photo = pictures[int(rng.integers(len(pictures)))]
        fit = min(photo.shape[0] / size_hw[0], photo.shape[1] / size_hw[1]) * rng.uniform(*share)
        height, width = max(2, int(size_hw[0] * fit)), max(2, int(size_hw[1] * fit))
        top, left = rng.integers(photo.shape[0] - height + 1), rng.integers(photo.shape[1] - width + 1)
        part = photo[top : top + height, left : left + width]
        if part[::4, ::4, 1].std() > MIN_DEVIATION:
            break
    part = part[:, ::-1] if rng.random() < 0.5 else part
    shrinks = part.shape[0] > size_hw[0]
    return cv2.resize(part, size_hw[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def distinct_colour(rng: np.random.Generator, used: Sequence[Colour]) -> Colour:
    """Of some random colours the one whose nearest used colour is farthest away."""
    candidates = rng.uniform(15, 240, (CANDIDATES, 3))
    if not used:
        return candidates[0]
    return candidates[np.linalg.norm(candidates[:, None] - np.array(used), axis=2).min(axis=1).argmax()]


def recolour(
    rng: np.random.Generator, texture: Image, colour: Colour, tint: tuple[float, float]
) -> Float[np.ndarray, "h w 3"]:
    """The texture, its contrast changed and its mean moved towards a colour by a share within `tint`."""
    mean, share = texture.mean(axis=(0, 1)), rng.uniform(*tint)
    return (texture - mean) * rng.uniform(0.6, 1.2) + mean * (1 - share) + colour * share


def _shape(rng: np.random.Generator) -> UInt8[np.ndarray, "h w"]:
    """An ellipse, a rounded polygon or a blob, as a mask of 0 and 255."""
    kind = rng.integers(3)
    if kind == 0:
        angle, radius = np.linspace(0, 2 * np.pi, 48, endpoint=False), np.ones(48)
    elif kind == 1:
        corners = rng.integers(3, 7)
        angle = 2 * np.pi * (np.arange(corners) + rng.uniform(-0.25, 0.25, corners)) / corners
        radius = rng.uniform(0.75, 1, corners)
    else:
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        waves, phases = np.arange(2, 5), rng.uniform(0, 2 * np.pi, 3)
        radius = 1 + (rng.uniform(0, 0.3, 3) / waves * 2 * np.cos(np.outer(angle, waves) + phases)).sum(axis=1)
    edge = np.stack([np.cos(angle), rng.uniform(0.55, 1) * np.sin(angle)], axis=1) * radius[:, None]
    edge = edge @ _turn(rng.uniform(0, 2 * np.pi)).T
    edge = edge / np.linalg.norm(edge, axis=1).max() * FARTHEST + SIDE / 2
    mask = cv2.fillPoly(np.zeros((SIDE, SIDE), np.uint8), [np.rint(edge).astype(np.int32)], (255,))
    return np.where(cv2.GaussianBlur(mask, (0, 0), 2.5) > 127, 255, 0).astype(np.uint8)


def _turn(angle: float) -> Float[np.ndarray, "2 2"]:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _shading(rng: np.random.Generator, shape: UInt8[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """Darker towards the edge and away from a light, as on something round."""
    inner = cv2.GaussianBlur(shape, (0, 0), 4).astype(np.float32) / 255
    direction = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:SIDE, :SIDE] / (SIDE - 1) - 0.5
    light = np.cos(direction) * columns + np.sin(direction) * rows
    return (0.45 + 0.6 * inner.clip(0.4, 1)) * (1 + 0.45 * light)


def _procedural(rng: np.random.Generator) -> Image:
    """Stripes, checks or dots of two greys."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    period, turn = rng.uniform(12, 30), _turn(rng.uniform(0, np.pi))
    across, along = (2 * np.pi / period * (turn[i, 0] * columns + turn[i, 1] * rows) for i in range(2))
    pattern = (np.sin(across), np.sin(across) * np.sin(along), np.cos(across) + np.cos(along) - 0.6)[rng.integers(3)]
    values = np.where(pattern > 0, rng.uniform(150, 230), rng.uniform(30, 110)).astype(np.uint8)
    return np.repeat(values[..., None], 3, axis=-1)
