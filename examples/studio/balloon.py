"""A hot-air balloon, a stone tower on a hill, cypresses and misty hills, in the evening."""

import numpy as np

from examples.studio import noise
from examples.studio.marching import Lens, Light, Picture, Thing, march, rays
from examples.studio.shapes import Points, at, blended, box, capsule, cone, cylinder, ellipsoid, sphere

SKY, GROUND, TOWER, BALLOON, TREES = 0, 1, 2, 3, 4
LENS = Lens(eye=(0.0, 0.0, 0.0), focal=1.05, horizon=0.66)
LIGHT = Light(
    towards=(-0.78, 0.42, -0.46), sun=(3.1, 2.25, 1.45), sky=(0.42, 0.52, 0.74), ground=(0.26, 0.21, 0.13), hardness=9
)
TOWER_PLACE = (0.55, -2.75, 22.0)
BALLOON_PLACE, BALLOON_RADIUS = (8.1, 11.3, 44.0), 1.95
NEAREST, FARTHEST = 9.0, 84.0
HAZE = np.array([0.92, 0.70, 0.50])


def painted(size_hw: tuple[int, int], with_balloon: bool = True, wanted: np.ndarray | None = None) -> Picture:
    """The scene, linear light; the sky's depth is infinite. Only the pixels `wanted` need be right."""
    things = [*_tower(), _ground(), *_trees(), *(_balloon() if with_balloon else ())]
    solid = march(things, LENS, LIGHT, size_hw, FARTHEST, wanted)
    share = (1 - np.exp(-((solid.depth / 75) ** 1.6)))[..., None]
    share = np.where(np.isfinite(solid.depth)[..., None], share, 1.0)
    share = np.where((solid.labels == BALLOON)[..., None], 0.25 * share, share)
    colours, depth = _backdrop(size_hw)
    seen = np.isfinite(solid.depth)
    hazed = solid.colours * (1 - share) + share * HAZE * 0.75
    return Picture(
        np.where(seen[..., None], hazed, colours), np.where(seen, solid.depth, depth), np.where(seen, solid.labels, SKY)
    )


def _backdrop(size_hw: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Evening sky with clouds and three rows of hills that fade into mist; the hills' depth is a guess."""
    d = rays(LENS, size_hw)
    x, up = d[0], d[1]
    height = (up / 0.62).clip(0, 1)[..., None]
    low, middle, top = np.array([1.05, 0.72, 0.44]), np.array([0.62, 0.62, 0.66]), np.array([0.13, 0.26, 0.52])
    colours = low + (middle - low) * (height * 2.3).clip(0, 1) ** 0.8
    colours = colours + (top - colours) * ((height - 0.18) / 0.82).clip(0, 1) ** 0.9
    glow = np.exp(-((x + 0.42) ** 2 + (up - 0.03) ** 2) / 0.08)[..., None]
    colours = colours + 0.55 * glow * np.array([1.0, 0.62, 0.30])
    colours = _clouded(colours, x, up)
    depth = np.full(size_hw, np.inf, np.float32)
    for row, (base, swing, scale, tone) in enumerate(
        ((0.068, 0.050, 5.0, 0.82), (0.034, 0.036, 8.0, 0.62), (0.008, 0.026, 12.0, 0.44))
    ):
        crest = base + swing * (noise.fractal(scale * x[0] + 40 * row, 0.5, octaves=6, seed=row) - 0.4)
        on = up < crest[None]
        shade = 0.85 + 0.5 * (noise.fractal(30 * x, 60 * up, octaves=4, seed=50 + row) - 0.5)
        mist = ((crest[None] - up) / 0.055).clip(0, 1)[..., None]
        hill = tone * HAZE * 0.75 + (1 - tone) * np.array([0.10, 0.13, 0.12]) * shade[..., None] * 1.6
        colours = np.where(on[..., None], hill + (HAZE * 0.78 - hill) * 0.55 * mist, colours)
        depth = np.where(on, np.float32(200 - 50 * row), depth)
    return colours.astype(np.float32), depth


def _clouded(colours: np.ndarray, x: np.ndarray, up: np.ndarray) -> np.ndarray:
    reach = 1 / (up.clip(0.02) + 0.12)
    drift = noise.fractal(1.1 * x * reach + 3, 1.6 * reach, octaves=6, seed=90)
    cover = ((drift - 0.50) / 0.22).clip(0, 1) * ((up - 0.06) / 0.15).clip(0, 1)
    above = noise.fractal(1.1 * x * reach + 3.05, 1.6 * reach + 0.06, octaves=6, seed=90)
    lit = (0.75 + 2.2 * (drift - above)).clip(0.45, 1.25)[..., None]
    return colours + 0.62 * cover[..., None] * (lit * np.array([1.0, 0.76, 0.60]) - colours)


def _hill(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    knoll = 1.9 * np.exp(-((x - TOWER_PLACE[0]) ** 2 / 30 + (z - TOWER_PLACE[2]) ** 2 / 46))
    return -4.3 + knoll + 0.35 * np.sin(0.35 * x + 0.9) * np.sin(0.23 * z) + 0.03 * z * np.sin(0.05 * x - 0.6)


def _ground() -> Thing:
    def distance(p: Points) -> np.ndarray:
        return 0.75 * (p[1] - _hill(p[0], p[2]))

    def colour(p: Points, n: Points) -> Points:
        patch = noise.fractal(0.5 * p[0], 0.5 * p[2], octaves=5, seed=11)
        blades = noise.fractal(9 * p[0], 4 * p[2], octaves=3, seed=12)
        grass, dry = np.array([0.105, 0.150, 0.040])[:, None], np.array([0.30, 0.23, 0.085])[:, None]
        path = np.exp(-(((p[0] - 0.2 - 0.055 * (p[2] - 8) - 0.5 * np.sin(0.34 * p[2])) / 0.55) ** 2))
        path = path * (p[2] < 20.8)
        mixed = (grass + (dry - grass) * ((patch - 0.32) * 2.4).clip(0, 1)) * (0.55 + 0.9 * blades)
        return mixed + (np.array([0.42, 0.32, 0.20])[:, None] * (0.7 + 0.6 * blades) - mixed) * 0.75 * path

    return Thing(GROUND, distance, colour)


def _stone(p: Points, n: Points) -> Points:
    """Courses of stones of different tones around the tower's axis."""
    q = at(p, TOWER_PLACE)
    row = q[1] / 0.27
    around = np.arctan2(q[0], -q[2]) * 1.5 / 0.46 + 0.5 * (np.floor(row) % 2) + 0.3 * noise.cell(0, row, 2)
    tone = noise.cell(around, row, seed=5)
    joint = np.minimum(np.minimum(row % 1, 1 - row % 1) * 0.27, np.minimum(around % 1, 1 - around % 1) * 0.46)
    rough = noise.fractal(7 * q[0], 7 * q[1], 7 * q[2], octaves=4, seed=6)
    base = np.array([0.50, 0.42, 0.32])[:, None] * (0.62 + 0.42 * tone + 0.5 * (rough - 0.5))
    damp = (1 - 0.35 * np.exp(-q[1] / 1.2)) * (0.62 + 0.38 * (joint / 0.022).clip(0, 1))
    return base * damp


def _tower() -> list[Thing]:
    def walls(p: Points) -> np.ndarray:
        q = at(p, TOWER_PLACE)
        body = cone(at(q, (0, 3.9, 0)), 1.62, 1.40, 3.9)
        rings = np.minimum(
            cylinder(at(q, (0, 4.3, 0)), 1.58, 0.10, rounding=0.05),
            cylinder(at(q, (0, 0.2, 0)), 1.85, 0.35, rounding=0.1),
        )
        head = np.minimum(
            cone(at(q, (0, 8.0, 0)), 1.40, 1.82, 0.32), cylinder(at(q, (0, 8.75, 0)), 1.82, 0.46, rounding=0.04)
        )
        solid = np.minimum(np.minimum(body, rings), head)
        skin = np.flatnonzero(np.abs(solid) < 0.6)
        if skin.size:
            solid[skin] = np.maximum(solid[skin], -_openings(q[:, skin]))
        return solid

    def roof(p: Points) -> np.ndarray:
        q = at(p, TOWER_PLACE)
        tiles = 0.03 * np.abs(np.sin(np.pi * q[1] / 0.30))
        return 0.8 * (cone(at(q, (0, 10.75, 0)), 2.12, 0.03, 1.6) - tiles)

    def pole(p: Points) -> np.ndarray:
        q = at(p, TOWER_PLACE)
        wave = 0.07 * np.sin(6 * q[0])
        flag = box(at(q, (0.55, 13.15, 0)) - np.stack([0 * wave, 0 * wave, wave]), (0.5, 0.24, 0.012))
        return np.minimum(
            np.minimum(capsule(q, (0, 12.2, 0), (0, 13.5, 0), 0.035), 0.7 * flag), sphere(at(q, (0, 12.3, 0)), 0.1)
        )

    place, reach = (TOWER_PLACE[0], TOWER_PLACE[1] + 6.2, TOWER_PLACE[2]), 7.8
    return [
        Thing(TOWER, walls, _stone, 0.0, place, reach),
        Thing(TOWER, roof, _tiles, 0.15, place, reach),
        Thing(TOWER, pole, _flag, 0.0, place, reach),
    ]


def _openings(q: Points) -> np.ndarray:
    """Windows and a door, cut into the wall on our side."""
    best = np.full(q.shape[1], 1e3, np.float32)
    for x, y, half, tall in ((-0.35, 6.2, 0.17, 0.34), (0.5, 3.1, 0.15, 0.32), (-0.45, 0.75, 0.36, 0.6)):
        arch = np.minimum(
            box(at(q, (x, y, -1.5)), (half, tall, 0.55)), cylinder(at(q, (x, y + tall, -1.5)), half, 0.55, axis=2)
        )
        best = np.minimum(best, arch)
    for angle in np.linspace(-1.2, 1.2, 6):
        slot = at(q, (1.8 * np.sin(angle), 8.8, -1.8 * np.cos(angle)))
        best = np.minimum(best, box(slot, (0.16, 0.24, 0.30), 0.02))
    return best


def _tiles(p: Points, n: Points) -> Points:
    q = at(p, TOWER_PLACE)
    row = q[1] / 0.30
    around = np.arctan2(q[0], -q[2]) * 12 + 0.5 * (np.floor(row) % 2)
    tone = noise.cell(around, row, seed=8)
    return np.array([0.46, 0.145, 0.075])[:, None] * (0.6 + 0.55 * tone) * (0.72 + 0.28 * (row % 1))


def _flag(p: Points, n: Points) -> Points:
    red = (p[1] > TOWER_PLACE[1] + 12.85) & (p[0] > TOWER_PLACE[0] + 0.06)
    return np.where(red, np.array([0.62, 0.09, 0.07])[:, None], np.array([0.20, 0.15, 0.10])[:, None])


def _trees() -> list[Thing]:
    places = (
        (-2.6, 19.5, 3.1),
        (-3.5, 21.5, 3.7),
        (5.0, 24.5, 4.2),
        (5.9, 22.5, 3.3),
        (-7.4, 33.0, 4.4),
        (-9.2, 37.0, 4.0),
    )
    return [_cypress(x, z, tall, seed) for seed, (x, z, tall) in enumerate(places)]


def _cypress(x: float, z: float, tall: float, seed: int) -> Thing:
    foot = float(_hill(np.array(x), np.array(z)))
    middle = (x, foot + tall / 2, z)

    def distance(p: Points) -> np.ndarray:
        q = at(p, middle)
        lean = 1 - 0.45 * (q[1] / tall)
        crown = ellipsoid(np.stack([q[0] / lean, q[1], q[2] / lean]), (0.15 * tall, 0.54 * tall, 0.15 * tall))
        bent = 4.1 * q + 0.9 * np.sin(2.3 * q[[1, 2, 0]] + seed)
        leaves = np.sin(2.1 * bent[0] + 1.3 * bent[1]) * np.sin(2.4 * bent[2] - 0.7 * bent[1])
        twigs = np.sin(7.3 * bent[0] - 4.1 * bent[1]) * np.sin(6.7 * bent[2] + 2.9 * bent[1])
        return 0.6 * (crown + 0.05 * leaves + 0.03 * twigs)

    def colour(p: Points, n: Points) -> Points:
        tone = noise.fractal(6 * p[0], 6 * p[1], 6 * p[2], octaves=4, seed=seed)
        return np.array([0.050, 0.088, 0.034])[:, None] * (0.1 + 1.8 * tone**1.3)

    return Thing(TREES, distance, colour, 0.0, middle, 0.62 * tall)


def _balloon() -> list[Thing]:
    r = BALLOON_RADIUS

    def envelope(p: Points) -> np.ndarray:
        q = at(p, BALLOON_PLACE)
        around = np.arctan2(q[0], q[2])
        pleats = 0.018 * r * np.abs(np.sin(10 * around)) * ((r * r - q[1] ** 2).clip(0) ** 0.5 / r)
        skirt = cone(at(q, (0, -1.02 * r, 0)), 0.20 * r, 0.80 * r, 0.46 * r)
        return 0.85 * (blended(sphere(q, r), skirt, 0.35 * r) - pleats)

    def basket(p: Points) -> np.ndarray:
        q = at(p, BALLOON_PLACE)
        hull = box(at(q, (0, -2.05 * r, 0)), (0.17 * r, 0.15 * r, 0.17 * r), 0.03 * r)
        for sx in (-1, 1):
            for sz in (-1, 1):
                rope = capsule(
                    q, (0.15 * sx * r, -1.92 * r, 0.15 * sz * r), (0.16 * sx * r, -1.46 * r, 0.16 * sz * r), 0.016 * r
                )
                hull = np.minimum(hull, rope)
        return hull

    middle = (BALLOON_PLACE[0], BALLOON_PLACE[1] - 0.6 * r, BALLOON_PLACE[2])
    return [
        Thing(BALLOON, envelope, _gores, 0.25, middle, 1.75 * r),
        Thing(BALLOON, basket, _wicker, 0.0, middle, 1.75 * r),
    ]


def _gores(p: Points, n: Points) -> Points:
    q = at(p, BALLOON_PLACE) / BALLOON_RADIUS
    around = np.arctan2(q[0], q[2]) / (2 * np.pi) * 20
    red, cream, blue = (np.array(c)[:, None] for c in ((0.66, 0.075, 0.055), (0.86, 0.74, 0.50), (0.045, 0.13, 0.33)))
    stripes = np.where(np.floor(around + 0.5) % 2 == 0, red, cream)
    zigzag = np.abs((around + 0.5) % 1 - 0.5) * 0.16
    band = np.abs(q[1] - 0.02 + zigzag) < 0.15
    edge = np.abs(np.abs(q[1] - 0.02 + zigzag) - 0.15) < 0.018
    colour = np.where(edge, np.array([0.90, 0.66, 0.16])[:, None], np.where(band, blue, stripes))
    colour = np.where((q[1] > 0.90) | (q[1] < -1.28), blue, colour)
    return colour * (0.93 + 0.07 * np.sin(60 * q[1]))


def _wicker(p: Points, n: Points) -> Points:
    q = at(p, BALLOON_PLACE) / BALLOON_RADIUS
    weave = 0.75 + 0.25 * np.sin(150 * q[1]) * np.sin(150 * (q[0] + q[2]))
    return np.array([0.34, 0.19, 0.085])[:, None] * weave
