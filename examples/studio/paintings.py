"""Our own pictures, developed: each with and without its moving things, its true disparity and its labels."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from examples.studio import balloon, cars, planets
from examples.studio.developing import covered, developed, disparity_of, reduced_depth
from examples.studio.marching import Picture

SAMPLES = 2  # a pixel each way
SOFTNESS = 30.0
SHADOW = 0.03  # share of light lost where a thing's shadow still counts
PORTRAIT, LANDSCAPE, WIDE = (896, 504), (504, 896), (576, 1024)

Paint = Callable[[str, Callable[[], Picture]], Picture]  # a name and how to paint it; may answer from what was kept


@dataclass(frozen=True, eq=False)
class Painting:
    """A finished picture (h, w, 3), masks by name and disparity 0..255, all (h, w); the plate is the picture without
    what moves."""

    photo: np.ndarray
    masks: dict[str, np.ndarray]
    disparity: np.ndarray
    plate: np.ndarray | None = None


def balloon_and_tower(paint: Paint) -> Painting:
    """The balloon, left of the tower and far behind it."""
    size = _fine(PORTRAIT)
    full = paint("balloon_full", lambda: balloon.painted(size))
    around = _grown(full.labels == balloon.BALLOON, 6)
    plate = paint("balloon_plate", lambda: balloon.painted(size, with_balloon=False, wanted=around))
    empty = np.where(around[..., None], plate.colours, full.colours)
    labels = {"balloon": balloon.BALLOON, "tower": balloon.TOWER, "trees": balloon.TREES, "ground": balloon.GROUND}
    masks = {name: covered(full.labels == label, SAMPLES) for name, label in labels.items()}
    disparity = disparity_of(full.depth, balloon.NEAREST, SOFTNESS)
    return _painting(full.colours, empty, disparity, masks, exposure=0.78)


def two_cars(paint: Paint) -> Painting:
    """The red car near at the left, the blue one farther at the right; their masks include their shadows."""
    size = _fine(LANDSCAPE)
    full = paint("cars_full", lambda: cars.painted(size))
    empty, masks = full.colours, {}
    for name, label in (("red", cars.RED), ("blue", cars.BLUE)):
        around = _grown(full.labels == label, size[0] // 12)
        others = [car for car in (cars.RED, cars.BLUE) if car != label]
        without = paint(f"cars_no{name}", lambda o=others, a=around: cars.painted(size, o, a))
        empty = np.where(around[..., None], without.colours, empty)
        masks[f"{name} car"] = covered((full.labels == label) | _shadow(full, without, around), SAMPLES)
    masks |= {
        name: covered(full.labels == label, SAMPLES)
        for name, label in (("blocks", cars.BLOCKS), ("table", cars.TABLE), ("wall", cars.WALL))
    }
    disparity = disparity_of(full.depth, cars.NEAREST, SOFTNESS)
    painting = _painting(full.colours, empty, disparity, masks, exposure=0.78)
    for name, label in (("red car", cars.RED), ("blue car", cars.BLUE)):  # flat, or they would turn as they pass
        painting.disparity[masks[name]] = np.median(disparity[full.labels == label])
    return painting


def planets_and_moon(paint: Paint) -> Painting:
    """The giant in the middle, the moon at the lower left, as near as the giant's centre."""
    size = _fine(WIDE)
    full, empty = (
        paint(f"planets_{name}", lambda b=balls: _flat(planets.painted(size, b))).colours
        for name, balls in (("full", (planets.GIANT, planets.MOON)), ("plate", ()))
    )
    disparity = np.zeros(size, np.float32)
    for ball, rim, bulge in ((planets.GIANT, 113.0, 4.0), (planets.MOON, 124.0, 2.0)):
        on = planets.inside(ball, size)
        disparity[on] = (rim + bulge * planets.bulge(ball, size))[on]
    masks = {
        name: covered(planets.inside(ball, size), SAMPLES)
        for name, ball in (("moon", planets.MOON), ("planet", planets.GIANT))
    }
    return _painting(full, empty, disparity, masks, exposure=1.0)


def _fine(size_hw: tuple[int, int]) -> tuple[int, int]:
    return size_hw[0] * SAMPLES, size_hw[1] * SAMPLES


def _flat(colours: np.ndarray) -> Picture:
    nothing = np.zeros(colours.shape[:2], np.int32)
    return Picture(colours, nothing.astype(np.float32), nothing)


def _shadow(full: Picture, without: Picture, around: np.ndarray) -> np.ndarray:
    """Where the thing takes light from the table; reflections and grain are too faint to count."""
    before, after = without.colours.mean(-1), full.colours.mean(-1)
    darker = around & (full.labels == cars.TABLE) & (after < (1 - SHADOW) * before)
    return cv2.morphologyEx(darker.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0


def _grown(mask: np.ndarray, by: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0


def _painting(
    full: np.ndarray, empty: np.ndarray, disparity: np.ndarray, masks: dict[str, np.ndarray], exposure: float
) -> Painting:
    photo, plate = (developed(colours, SAMPLES, exposure) for colours in (full, empty))
    return Painting(photo, masks, reduced_depth(disparity, SAMPLES).astype(np.float32), plate)
