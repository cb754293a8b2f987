"""Control stage: from tracks to the ControlNet's input, 16 frames of 288 wide x 512 high with 18 instances.

Four picked discs cross a still scene of fourteen instances, hide parts of it and each other, and come nearer.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.table import Row, timed
from levitor_core.control.control_points import sample
from levitor_core.control.control_signal import splat
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.structures import Project, Scene, SceneObject, Waypoint

NUM_FRAMES, HEIGHT, WIDTH = 16, 512, 288
NUM_MOVING, NUM_STILL = 4, 14
REPEATS = 5


def scenario() -> list[Row]:
    """Seconds of each stage and of all, libraries already imported."""
    project = crossing_discs()
    animation = animate(project, NUM_FRAMES)
    rendered = render(animation)
    points = sample(rendered)
    stages: dict[str, Callable[[], Any]] = {
        "animate": lambda: animate(project, NUM_FRAMES),
        "render": lambda: render(animation),
        "sample": lambda: sample(rendered),
        "splat": lambda: splat(points),
        "tracks to control signal": lambda: splat(sample(render(animate(project, NUM_FRAMES)))),
    }
    size = f"{NUM_FRAMES} frames {WIDTH}x{HEIGHT}, {NUM_MOVING + NUM_STILL} instances"
    return [timed(f"{name}, {size}", step, REPEATS) for name, step in stages.items()]


def crossing_discs() -> Project:
    """Still instances as the nearest of fixed seeds, four discs in front of them on crossing paths."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    seeds = np.random.default_rng(0).uniform([0, 0], [HEIGHT, WIDTH], (NUM_STILL, 2))
    partition = np.argmin([(rows - y) ** 2 + (columns - x) ** 2 for y, x in seeds], axis=0).astype(np.int32) + 1
    disparity = (40 + 60 * rows / HEIGHT).astype(np.float32)
    objects = []
    for number in range(1, NUM_MOVING + 1):
        direction = 1 if number % 2 else -1
        y, x = HEIGHT * number / (NUM_MOVING + 1), WIDTH * (0.5 + 0.35 * direction)
        mask = (rows - y) ** 2 + (columns - x) ** 2 < 30**2
        disparity[mask] = 120 + 20 * number
        end = Waypoint(WIDTH - x, y + 60 * direction, 0.9)
        objects.append(SceneObject(f"disc {number}", mask, waypoints=(Waypoint(x, y), end)))
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    return Project(photo=image, scene=Scene(image, disparity, partition, "made up", "made up"), objects=tuple(objects))
