"""Ray marching: things given by signed distances -> colour, depth and which thing is seen, with soft shadows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from examples.studio.shapes import Distances, Points, at, sphere

TILE = 96
NEAR = 0.6  # how far outside the ball around a thing its own distance is still asked for
Colours = np.ndarray  # (3, n), linear light


@dataclass(frozen=True)
class Thing:
    """A solid: its distance, its colour at points with normals, how it shines, and a ball around it."""

    label: int
    distance: Callable[[Points], Distances]
    colour: Callable[[Points, Points], Colours]
    gloss: float = 0.0
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    radius: float = np.inf


@dataclass(frozen=True)
class Light:
    """A sun (towards it, its colour, how sharp its shadows are), the sky's light and what the ground throws back."""

    towards: tuple[float, float, float]
    sun: tuple[float, float, float]
    sky: tuple[float, float, float]
    ground: tuple[float, float, float]
    hardness: float = 10.0


@dataclass(frozen=True)
class Lens:
    """A camera at `eye`: focal length and principal point in picture heights, tilted down by `tilt` radians."""

    eye: tuple[float, float, float]
    focal: float
    horizon: float = 0.5
    tilt: float = 0.0


@dataclass(frozen=True, eq=False)
class Picture:
    """What was seen: linear colours (h, w, 3), depth along the view (infinite where nothing is), labels."""

    colours: np.ndarray
    depth: np.ndarray
    labels: np.ndarray


def rays(lens: Lens, size_hw: tuple[int, int]) -> np.ndarray:
    """A direction (3, h, w) of unit depth along the view for every pixel."""
    h, w = size_hw
    rows, columns = np.indices(size_hw, dtype=np.float32)
    x = (columns + 0.5 - w / 2) / (lens.focal * h)
    y = (lens.horizon * h - rows - 0.5) / (lens.focal * h)
    cos, sin = np.cos(lens.tilt), np.sin(lens.tilt)
    return np.stack([x, y * cos - sin, y * sin + cos]).astype(np.float32)


def march(
    things: Sequence[Thing],
    lens: Lens,
    light: Light,
    size_hw: tuple[int, int],
    reach: float,
    wanted: np.ndarray | None = None,
) -> Picture:
    """The things as the lens sees them up to a depth of `reach`; only the pixels `wanted`, where that is given."""
    h, w = size_hw
    wanted = np.ones(size_hw, bool) if wanted is None else wanted
    directions = rays(lens, size_hw)
    picture = Picture(np.zeros((h, w, 3), np.float32), np.full((h, w), np.inf, np.float32), np.zeros((h, w), np.int32))
    for top in range(0, h, TILE):
        for left in range(0, w, TILE):
            window = np.s_[top : top + TILE, left : left + TILE]
            rows, columns = np.nonzero(wanted[window])
            if rows.size:
                place = rows + top, columns + left
                _march_rays(things, lens, light, directions[:, *place], reach, picture, place)
    return picture


def _march_rays(
    things: Sequence[Thing],
    lens: Lens,
    light: Light,
    d: np.ndarray,
    reach: float,
    picture: Picture,
    place: tuple[np.ndarray, np.ndarray],
) -> None:
    eye = np.array(lens.eye, np.float32)
    seen = [thing for thing in things if _crosses(thing, eye, d)]
    if not seen:
        return
    depth = _first_hit(seen, eye, d, reach)
    hit = np.flatnonzero(np.isfinite(depth))
    if hit.size:
        points = eye[:, None] + d[:, hit] * depth[hit]
        colours, labels = shade(things, seen, points, d[:, hit], light)
        at_hit = place[0][hit], place[1][hit]
        picture.colours[at_hit] = colours.T
        picture.labels[at_hit] = labels
        picture.depth[at_hit] = depth[hit]


def _crosses(thing: Thing, eye: np.ndarray, d: np.ndarray) -> bool:
    if not np.isfinite(thing.radius):
        return True
    to = np.array(thing.centre, np.float32) - eye
    unit = d / np.sqrt((d * d).sum(0))
    along = to @ unit
    return bool(((to @ to) - along.clip(0) ** 2 <= thing.radius**2).any())


def _shades(thing: Thing, points: Points, towards: np.ndarray) -> bool:
    """Whether the thing may stand in the way from some point towards the light, or near it for no direction."""
    if not np.isfinite(thing.radius):
        return True
    to = np.array(thing.centre, np.float32)[:, None] - points
    along = (towards @ to).clip(0)
    return bool((((to - towards[:, None] * along) ** 2).sum(0) <= (thing.radius + 0.6) ** 2).any())


def _first_hit(things: Sequence[Thing], eye: np.ndarray, d: np.ndarray, reach: float, steps: int = 110) -> np.ndarray:
    depth = np.full(d.shape[1], np.inf, np.float32)
    active, t = np.arange(d.shape[1]), np.full(d.shape[1], 0.05, np.float32)
    stretch = 1 / np.sqrt((d * d).sum(0))
    for _ in range(steps):
        distance = nearest(things, eye[:, None] + d[:, active] * t)
        landed = distance < 4e-4 * t
        depth[active[landed]] = t[landed]
        t = t + 0.92 * distance * stretch[active]
        going = ~landed & (t < reach)
        active, t = active[going], t[going]
        if not active.size:
            break
    return depth


def nearest(things: Sequence[Thing], points: Points) -> Distances:
    """Distance to the nearest of the things."""
    best = np.full(points.shape[1], 1e6, np.float32)
    for thing in things:
        best = np.minimum(best, _to(thing, points))
    return best


def _to(thing: Thing, points: Points) -> Distances:
    """Distance to a thing; well outside the ball around it, the distance to that ball serves."""
    if not np.isfinite(thing.radius):
        return thing.distance(points)
    bound = sphere(at(points, thing.centre), thing.radius)
    close = np.flatnonzero(bound < NEAR)
    if close.size:
        bound[close] = thing.distance(points[:, close])
    return bound


def shade(
    things: Sequence[Thing], seen: Sequence[Thing], points: Points, rays_in: np.ndarray, light: Light
) -> tuple[Colours, np.ndarray]:
    """Colour and label at points on surfaces: sun with soft shadow, sky, ground light, a highlight on gloss."""
    distances = np.stack([thing.distance(points) for thing in seen])
    which = distances.argmin(0)
    normals = _normals(seen, points)
    albedo, gloss = np.zeros_like(points), np.zeros(points.shape[1], np.float32)
    for index, thing in enumerate(seen):
        mine = which == index
        if mine.any():
            albedo[:, mine], gloss[mine] = thing.colour(points[:, mine], normals[:, mine]), thing.gloss
    towards = _unit(np.array(light.towards, np.float32))
    sun = (towards @ normals).clip(0)
    if shading := [thing for thing in things if _shades(thing, points, towards)]:
        sun = sun * _shadow(shading, points + 0.01 * normals, towards, light.hardness)
    open_sky = _openness([thing for thing in things if _shades(thing, points, 0 * towards)], points, normals)
    up = 0.5 + 0.5 * normals[1]
    sky, ground, sunlight = (np.array(c, np.float32)[:, None] for c in (light.sky, light.ground, light.sun))
    lit = sunlight * sun + open_sky * (sky * up + ground * (1 - up))
    view = -rays_in / np.sqrt((rays_in * rays_in).sum(0))
    half = _unit(towards[:, None] + view)
    shine = (half * normals).sum(0).clip(0) ** 60 * sun * 2.2
    rim = 0.04 + 0.96 * (1 - (view * normals).sum(0).clip(0, 1)) ** 5
    mirrored = 2 * (view * normals).sum(0) * normals - view
    reflected = sky * (0.4 + 0.6 * mirrored[1]).clip(0.15) * rim * open_sky
    labels = np.array([thing.label for thing in seen], np.int32)[which]
    return albedo * lit + gloss * (sunlight * shine + 1.2 * reflected), labels


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.sqrt((v * v).sum(0))


def _normals(things: Sequence[Thing], points: Points) -> Points:
    total = np.zeros_like(points)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        offset = np.array(corner, np.float32)[:, None]
        total += offset * nearest(things, points + 0.002 * offset)
    return total / np.maximum(np.sqrt((total * total).sum(0)), 1e-9)


def _shadow(things: Sequence[Thing], points: Points, towards: np.ndarray, hardness: float) -> np.ndarray:
    light, t = np.ones(points.shape[1], np.float32), np.full(points.shape[1], 0.02, np.float32)
    active = np.arange(points.shape[1])
    for _ in range(40):
        distance = nearest(things, points[:, active] + towards[:, None] * t[active])
        light[active] = np.minimum(light[active], hardness * distance / t[active])
        t[active] += distance.clip(0.02, 0.8)
        active = active[(light[active] > 0.005) & (t[active] < 14)]
        if not active.size:
            break
    light = light.clip(0, 1)
    return light * light * (3 - 2 * light)


def _openness(things: Sequence[Thing], points: Points, normals: Points) -> np.ndarray:
    closed = np.zeros(points.shape[1], np.float32)
    for weight, step in ((1.0, 0.03), (0.7, 0.1), (0.45, 0.25), (0.3, 0.55)):
        closed += weight * (step - nearest(things, points + step * normals)).clip(0) / step
    return (1 - 0.42 * closed).clip(0.08, 1)
