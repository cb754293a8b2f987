"""Laws of what may hide what, on random scenes and on real photos."""

from dataclasses import replace

import numpy as np
import pytest

from levitor_core.motion.animation import animate
from levitor_core.motion.neighbourhood import dilate
from levitor_core.motion.rendering import render
from levitor_core.structures import SceneObject, Waypoint
from tests.scenes import disc, project_of

SIZE_HW = (96, 128)
ROWS, COLUMNS = np.indices(SIZE_HW)


def iou(a, b):
    return (a & b).sum() / max((a | b).sum(), 1)


def moved_by(mask, dx, dy):
    out = np.zeros_like(mask)
    out[max(dy, 0) : mask.shape[0] + min(dy, 0), max(dx, 0) : mask.shape[1] + min(dx, 0)] = mask[
        max(-dy, 0) : mask.shape[0] + min(-dy, 0), max(-dx, 0) : mask.shape[1] + min(-dx, 0)
    ]
    return out


def any_ground(seed):
    """A sloping, tilted, slightly rough ground, whole or in instances, a ball on it and a way down."""
    random = np.random.default_rng(seed)
    horizon, slope, tilt = random.uniform(10, 25), random.uniform(1.0, 2.6), random.uniform(-0.15, 0.15)
    ground = 12 + slope * (ROWS - horizon).clip(0) + tilt * (COLUMNS - 64) * (horizon < ROWS)
    disparity = (ground + random.uniform(-1, 1, SIZE_HW)).clip(1, 255).astype(np.float32)
    stripes = 1 + (ROWS // int(random.integers(12, 30))) % 3 + 3 * (COLUMNS // int(random.integers(30, 70)) % 2)
    partition = [np.zeros(SIZE_HW), np.where(horizon < ROWS, 1, 2), stripes][seed % 3]
    x, y = int(random.integers(30, 95)), int(horizon + random.integers(14, 18))
    mask = disc((x, y), 12, SIZE_HW)
    disparity[mask] = ground[min(y + 12, 95), x]
    shift = int(random.integers(-15, 15)), int(random.integers(10, 80 - y))
    return disparity, partition, mask, (x, y), shift


@pytest.mark.parametrize("guessed", [False, True])
@pytest.mark.parametrize("seed", range(9))
def test_nothing_sinks_into_what_carries_it_when_it_is_dragged_down(seed, guessed):
    disparity, partition, mask, (x, y), (dx, dy) = any_ground(seed)
    item = SceneObject("ball", mask, waypoints=(Waypoint(x, y), Waypoint(x + dx, y + dy)))
    project = project_of((item,), disparity, partition)
    project = replace(project, scene=replace(project.scene, depth_is_stand_in=guessed))
    assert iou(render(animate(project, 2)).labels[-1] == 1, moved_by(mask, dx, dy)) >= 0.97


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_where_something_was_hides_no_more_than_its_surroundings(seed):
    random = np.random.default_rng(seed)
    waves = sum(np.sin(random.uniform(-0.2, 0.2) * COLUMNS + random.uniform(-0.2, 0.2) * ROWS) for _ in range(3))
    disparity = (random.uniform(40, 160) + random.uniform(5, 40) * waves).clip(1, 255).astype(np.float32)
    gone = disc(tuple(random.uniform(30, 90, 2) * (1, 0.7)), random.uniform(9, 20), SIZE_HW)
    disparity[gone] += random.uniform(-30, 90)
    hidden = SceneObject("gone", gone, hidden=True)
    resolved = animate(project_of((hidden,), disparity.clip(1, 255)), 1)
    beside = dilate(gone, 7) & ~gone
    filled = 1 / resolved.z - resolved.softness
    assert filled[gone].max() <= filled[beside].max() + 0.5
