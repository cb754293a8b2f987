"""Control stage: 16 frames of 288 wide x 512 high with 18 instances, from RenderedMasks to the ControlNet's input.

Four picked discs cross a still scene of fourteen instances, hide parts of it and each other, and come nearer.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from levitor_core.control_points import sample
from levitor_core.control_signal import splat
from levitor_core.structures import RenderedMasks

NUM_FRAMES, HEIGHT, WIDTH = 16, 512, 288
NUM_MOVING, NUM_STILL = 4, 14


def scenario() -> list[tuple[str, float]]:
    """Seconds of each step, the best of three."""
    rendered = moving_scene()
    points = sample(rendered)
    steps: dict[str, Callable[[], Any]] = {"sample": lambda: sample(rendered), "splat": lambda: splat(points)}
    seconds = [(name, min(_seconds(step) for _ in range(3))) for name, step in steps.items()]
    total = sum(value for _, value in seconds)
    size = f"{NUM_FRAMES} frames {WIDTH}x{HEIGHT}, {NUM_MOVING + NUM_STILL} instances"
    return [(f"control points to signal: {name}, {size}", value) for name, value in [*seconds, ("both", total)]]


def moving_scene() -> RenderedMasks:
    """Still instances as the nearest of fixed seeds, moving ones as growing discs in front; nearer means larger."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    seeds = np.random.default_rng(0).uniform([0, 0], [HEIGHT, WIDTH], (NUM_STILL, 2))
    distances = [(y - row) ** 2 + (x - column) ** 2 for row, column in seeds]
    still = np.argmin(distances, axis=0).astype(np.int32) + NUM_MOVING + 1
    labels = np.repeat(still[None], NUM_FRAMES, axis=0)
    disparity = np.broadcast_to((40 + 60 * y / HEIGHT).astype(np.float32), labels.shape).copy()
    for frame in range(NUM_FRAMES):
        for label in range(1, NUM_MOVING + 1):
            inside = _disc(label, frame / (NUM_FRAMES - 1), y, x)
            labels[frame][inside], disparity[frame][inside] = label, 120 + 30 * label
    return RenderedMasks(labels, disparity, NUM_MOVING)


def _disc(label: int, time: float, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    direction = 1 if label % 2 else -1
    row = HEIGHT * label / (NUM_MOVING + 1) + 60 * direction * time
    column = WIDTH * (0.5 + direction * (0.35 - 0.7 * time))
    return (y - row) ** 2 + (x - column) ** 2 < (30 + 15 * time) ** 2


def _seconds(step: Callable[[], Any]) -> float:
    start = perf_counter()
    step()
    return perf_counter() - start


if __name__ == "__main__":
    for label, seconds in scenario():
        print(f"{seconds:8.3f} s  {label}")
