"""Two wooden toy cars and building blocks on a table, by a window's light."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from examples.studio import noise
from examples.studio.marching import Lens, Light, Picture, Thing, march
from examples.studio.shapes import Distances, Points, at, blended, box, capsule, cone, cylinder, sphere

TABLE, WALL, BLOCKS, RED, BLUE = 1, 2, 3, 4, 5
LENS = Lens(eye=(0.0, 2.15, -7.4), focal=1.18, horizon=0.5, tilt=0.155)
LIGHT = Light(
    towards=(-0.34, 0.90, 0.28), sun=(2.15, 1.95, 1.65), sky=(0.66, 0.70, 0.78), ground=(0.40, 0.29, 0.19), hardness=7
)
RED_PLACE, BLUE_PLACE = (-2.55, 0.0, -0.75), (2.75, 0.0, 1.15)
NEAREST, FARTHEST = 3.4, 30.0


def painted(size_hw: tuple[int, int], cars: Sequence[int] = (RED, BLUE), wanted: np.ndarray | None = None) -> Picture:
    """The scene with those cars, linear light. Only the pixels `wanted` need be right."""
    things = [_table(), _wall(), *_blocks()]
    for car in (Car(RED, RED_PLACE, 1.0, (0.60, 0.035, 0.030)), Car(BLUE, BLUE_PLACE, -1.0, (0.030, 0.16, 0.42))):
        things += car.things() if car.label in cars else ()
    return march(things, LENS, LIGHT, size_hw, FARTHEST, wanted)


def _table() -> Thing:
    return Thing(TABLE, lambda p: np.maximum(p[1], p[2] - 6.5), _planks, 0.16)


def _planks(p: Points, n: Points) -> Points:
    """Boards along x with grain, joints and a warm varnish."""
    board = np.floor(p[2] / 1.15 + 0.3)
    shift = 40 * noise.cell(board, 0 * board, 3)
    grain = noise.fractal(0.30 * p[0] + shift, 5.2 * p[2], octaves=6, seed=2)
    rings = 0.5 + 0.5 * np.sin(
        26 * (noise.fractal(0.11 * p[0] + shift, 0.85 * p[2] + shift, octaves=3, seed=4) + 0.06 * p[2])
    )
    pores = noise.fractal(1.6 * p[0] + shift, 46 * p[2], octaves=2, seed=9)
    light, dark = np.array([0.52, 0.325, 0.165])[:, None], np.array([0.285, 0.150, 0.066])[:, None]
    tone = (0.50 * grain + 0.22 * rings + 0.22 * pores).clip(0, 1)
    colour = dark + (light - dark) * (1.7 * tone - 0.32).clip(0, 1)
    joint = np.abs((p[2] / 1.15 + 0.3) % 1 - 0.0)
    seam = np.minimum(joint, 1 - joint) * 1.15
    return colour * (0.86 + 0.28 * noise.cell(board, board, 5)) * (0.35 + 0.65 * (seam / 0.018).clip(0, 1))


def _wall() -> Thing:
    def colour(p: Points, n: Points) -> Points:
        plaster = noise.fractal(0.5 * p[0], 0.5 * p[1], octaves=5, seed=31) - 0.5
        glow = np.exp(-((p[0] + 3.5) ** 2 / 60 + (p[1] - 4.5) ** 2 / 22))
        return np.array([0.30, 0.40, 0.40])[:, None] * (0.62 + 0.55 * glow + 0.10 * plaster)

    return Thing(WALL, lambda p: 11.0 - p[2], colour)


def _painted_wood(colour: Sequence[float], seed: int) -> Callable[[Points, Points], Points]:
    base = np.array(colour)[:, None]

    def paint(p: Points, n: Points) -> Points:
        worn = noise.fractal(1.5 * p[0], 6 * p[1], 1.5 * p[2], octaves=4, seed=seed) - 0.5
        return base * (1 + 0.22 * worn)

    return paint


def _blocks() -> list[Thing]:
    """Building blocks at the far side: an arch, a tower with a roof, cubes and a ball."""
    yellow, green, cream = (0.62, 0.40, 0.075), (0.12, 0.29, 0.13), (0.60, 0.49, 0.34)
    rust, blue = (0.46, 0.13, 0.06), (0.11, 0.22, 0.38)
    parts = (
        (_arch, yellow, (0.55, 0.9, 4.6), 1.7),
        (_roof_on_arch, rust, (0.55, 2.2, 4.6), 0.9),
        (_column, cream, (-2.55, 1.2, 4.7), 1.4),
        (_large_cubes, green, (0.4, 0.6, 4.8), 5.3),
        (_cube_and_ball, blue, (-0.5, 0.9, 4.3), 4.4),
        (_roof_and_brick, rust, (1.5, 1.6, 4.5), 5.2),
    )
    return [
        Thing(BLOCKS, shape, _painted_wood(colour, 40 + i), 0.22, centre, radius)
        for i, (shape, colour, centre, radius) in enumerate(parts)
    ]


def _arch(p: Points) -> Distances:
    q = at(p, (0.55, 0.0, 4.6))
    whole = box(at(q, (0, 0.85, 0)), (1.25, 0.85, 0.42), 0.05)
    gap = np.minimum(cylinder(at(q, (0, 0.55, 0)), 0.66, 0.6, axis=2), box(at(q, (0, 0.0, 0)), (0.66, 0.55, 0.6)))
    return np.maximum(whole, -gap)


def _roof_on_arch(p: Points) -> Distances:
    return cone(at(p, (0.55, 2.15, 4.6)), 0.58, 0.02, 0.45) - 0.02


def _column(p: Points) -> Distances:
    return cylinder(at(p, (-2.55, 1.2, 4.7)), 0.46, 1.2, rounding=0.05)


def _large_cubes(p: Points) -> Distances:
    left = box(at(p, (-3.75, 0.5, 4.5)), (0.52, 0.5, 0.5), 0.05)
    return np.minimum(left, box(at(p, (4.35, 0.55, 5.0)), (0.55, 0.55, 0.55), 0.05))


def _cube_and_ball(p: Points) -> Distances:
    q = at(p, (-3.70, 1.42, 4.5))
    turned = np.stack([0.94 * q[0] + 0.34 * q[2], q[1], 0.94 * q[2] - 0.34 * q[0]])
    return np.minimum(box(turned, (0.42, 0.42, 0.42), 0.05), sphere(at(p, (2.75, 0.42, 4.1)), 0.42))


def _roof_and_brick(p: Points) -> Distances:
    roof = cone(at(p, (-2.55, 2.85, 4.7)), 0.64, 0.02, 0.45) - 0.02
    return np.minimum(roof, box(at(p, (5.6, 0.36, 4.3)), (0.5, 0.36, 0.5), 0.05))


@dataclass(frozen=True, eq=False)
class Car:
    """A toy car about 2.6 long at `place`, facing right (1) or left (-1)."""

    label: int
    place: tuple[float, float, float]
    faces: float
    paint: tuple[float, float, float]

    def things(self) -> list[Thing]:
        """Its parts: body, wheels, and lamps with bumpers."""
        middle = (self.place[0], self.place[1] + 0.7, self.place[2])
        return [
            Thing(self.label, self._body, self._enamel, 0.75, middle, 1.65),
            Thing(self.label, self._wheels, self._tyre, 0.15, middle, 1.65),
            Thing(self.label, self._trim, self._metal, 0.7, middle, 1.65),
        ]

    def _local(self, p: Points) -> Points:
        q = at(p, self.place)
        return np.stack([self.faces * q[0], q[1], q[2]])

    def _body(self, p: Points) -> Distances:
        q = self._local(p)
        hull = box(at(q, (0, 0.52, 0)), (1.30, 0.25, 0.56), 0.17)
        bonnet = box(at(q, (0.05, 0.62, 0)), (1.05, 0.22, 0.53), 0.18)
        side = np.abs(q[0] + 0.16) - 0.62 + 0.42 * (q[1] - 0.98)
        cabin = np.maximum(box(at(q, (-0.16, 0.98, 0)), (0.80, 0.34, 0.47), 0.15), 0.9 * side)
        front, rear = (cylinder(at(q, (x, 0.34, 0)), 0.40, 0.8, axis=2) for x in (0.78, -0.78))
        return 0.9 * np.maximum(blended(blended(hull, bonnet, 0.08), cabin, 0.07), -np.minimum(front, rear))

    def _wheels(self, p: Points) -> Distances:
        q = self._local(p)
        q = np.stack([np.abs(q[0]) - 0.78, q[1] - 0.32, np.abs(q[2]) - 0.48])
        return np.minimum(
            cylinder(q, 0.32, 0.13, axis=2, rounding=0.06), cylinder(q, 0.07, 0.19, axis=2, rounding=0.03)
        )

    def _trim(self, p: Points) -> Distances:
        q = self._local(p)
        both = np.stack([q[0], q[1], np.abs(q[2])])
        lamps = np.minimum(sphere(at(both, (1.22, 0.60, 0.34)), 0.125), sphere(at(both, (-1.25, 0.60, 0.36)), 0.085))
        front, rear = (capsule(q, (x, 0.36, -0.45), (x, 0.36, 0.45), 0.075) for x in (1.27, -1.27))
        return np.minimum(lamps, np.minimum(front, rear))

    def _enamel(self, p: Points, n: Points) -> Points:
        q = self._local(p)
        colour = np.broadcast_to(np.array(self.paint)[:, None], q.shape).copy()
        stripe = (np.abs(q[2]) < 0.13) & (n[1] > 0.55)
        line = (np.abs(q[1] - 0.50) < 0.035) & (np.abs(n[2]) > 0.6)
        colour[:, stripe | line] = np.array([0.78, 0.68, 0.50])[:, None]
        colour[:, _windows(q, self.faces * n[0], n)] = np.array([0.045, 0.060, 0.075])[:, None]
        doors = (np.abs(np.abs(q[0] + 0.14) - 0.50) < 0.012) & (q[1] > 0.40) & (q[1] < 0.80) & (np.abs(n[2]) > 0.5)
        return np.where(doors, 0.45 * colour, colour)

    def _tyre(self, p: Points, n: Points) -> Points:
        q = self._local(p)
        away = np.sqrt((np.abs(q[0]) - 0.78) ** 2 + (q[1] - 0.32) ** 2)
        grain = noise.fractal(9 * q[0], 2 * q[1], octaves=4, seed=77)
        wood = np.array([0.60, 0.40, 0.21])[:, None] * (0.75 + 0.5 * grain)
        return np.where(away < 0.205, wood, np.array([0.035, 0.032, 0.030])[:, None])

    def _metal(self, p: Points, n: Points) -> Points:
        q = self._local(p)
        colour = np.broadcast_to(np.array([0.66, 0.62, 0.52])[:, None], q.shape).copy()
        colour[:, (q[0] > 1.1) & (q[1] > 0.46)] = np.array([0.95, 0.80, 0.42])[:, None]
        colour[:, (q[0] < -1.1) & (q[1] > 0.46)] = np.array([0.70, 0.06, 0.03])[:, None]
        return colour


def _windows(q: Points, forward: np.ndarray, n: Points) -> np.ndarray:
    """Where the cabin is glass: two panes a side, a windscreen and a rear window."""
    high = (q[1] > 0.90) & (q[1] < 1.21)
    lean = 0.42 * (q[1] - 0.98)
    pane = (np.abs(q[0] + 0.16) < 0.53 - lean) & (np.abs(q[0] + 0.16) > 0.045)
    side = high & pane & (np.abs(n[2]) > 0.65)
    front = high & (np.abs(forward) > 0.62) & (np.abs(q[2]) < 0.37) & (np.abs(q[0] + 0.16) > 0.45)
    return side | front
