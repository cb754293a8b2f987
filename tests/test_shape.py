"""Laws of shape: a picked thing that is moved across the picture stays the thing that was picked."""

from dataclasses import replace

import numpy as np
import pytest

from levitor_core import project_file
from levitor_core.animation import animate
from levitor_core.rendering import render
from levitor_core.structures import OrderOverride, SceneObject, Scenery, Waypoint
from tests.scenes import project_of

SIZE_HW = (96, 128)
ROWS, COLUMNS = np.indices(SIZE_HW)


def any_scene(seed):
    """A rough depth map, and a blob of it moved by whole pixels in front of everything at its own nearness."""
    random = np.random.default_rng(seed)
    waves = sum(np.sin(random.uniform(-0.3, 0.3) * COLUMNS + random.uniform(-0.3, 0.3) * ROWS) for _ in range(4))
    disparity = (random.uniform(40, 200) + random.uniform(5, 50) * waves).clip(0, 255).astype(np.float32)
    x, y = (int(value) for value in random.uniform(22, 44, 2))
    angle = np.arctan2(ROWS - y, COLUMNS - x)
    mask = np.hypot(ROWS - y, COLUMNS - x) <= 15 + random.uniform(1, 5) * np.sin(3 * angle + random.uniform(0, 6))
    dx, dy = int(random.integers(5, 60)), int(random.integers(0, 30))
    order = (OrderOverride("everything", "front"),)
    item = SceneObject("it", mask, waypoints=(Waypoint(x, y), Waypoint(x + dx, y + dy)), order_overrides=order)
    everything = Scenery("everything", np.ones(SIZE_HW, bool))
    return project_of((item,), disparity, softness=float(random.choice((0, 30)))), everything, (dx, dy)


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


@pytest.mark.parametrize("seed", range(12))
def test_a_card_moved_by_whole_pixels_is_the_translated_mask(seed):
    project, everything, (dx, dy) = any_scene(seed)
    labels = render(animate(replace(project, scenery=(everything,)), 2)).labels
    moved = np.zeros(SIZE_HW, bool)
    mask = project.objects[0].mask
    moved[dy:, dx:] = mask[: SIZE_HW[0] - dy, : SIZE_HW[1] - dx]
    assert mask.sum() > 400 and iou(labels[1] == 1, moved) >= 0.97
    assert np.array_equal(labels[0] == 1, mask)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_relief_is_the_share_that_is_left_of_the_depths_of_an_object(share):
    project, _, _ = any_scene(3)
    whole, part = (
        animate(replace(project, objects=(replace(project.objects[0], order_overrides=(), relief=r),)), 2).layers[0]
        for r in (1.0, share)
    )
    assert part.anchor_z == whole.anchor_z
    assert np.allclose(part.z - part.anchor_z, share * (whole.z - whole.anchor_z), atol=1e-6)


def test_a_file_without_relief_has_all_of_it(monkeypatch):
    project, _, _ = any_scene(1)
    project = replace(project, objects=(replace(project.objects[0], order_overrides=(), relief=0.25),))
    assert project_file.open_project(project_file.to_bytes(project)).objects[0].relief == 0.25
    written = project_file._values

    def older(*given):
        values = written(*given)
        for item in values["objects"]:
            del item["relief"]
        return values

    monkeypatch.setattr(project_file, "_values", older)
    assert project_file.open_project(project_file.to_bytes(project)).objects[0].relief == 1.0
