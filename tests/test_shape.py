"""Laws of shape: a picked thing that is moved across the picture stays the thing that was picked."""

from dataclasses import replace

import numpy as np
import pytest

from levitor_core.files import project_file
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.structures import OrderOverride, SceneObject, Scenery, Waypoint
from tests.scenes import disc, project_of

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


def guessed(project):
    return replace(project, scene=replace(project.scene, depth_is_stand_in=True))


@pytest.mark.parametrize("seed", range(4))
def test_guessed_depth_hides_nothing_that_no_one_picked(seed):
    project, _, (dx, dy) = any_scene(seed)
    free = replace(project.objects[0], order_overrides=())
    project = guessed(replace(project, objects=(free,)))
    seen = render(animate(project, 2)).labels[1] == 1
    moved = np.zeros(SIZE_HW, bool)
    moved[dy:, dx:] = free.mask[: SIZE_HW[0] - dy, : SIZE_HW[1] - dx]
    assert iou(seen, moved) >= 0.97


@pytest.mark.parametrize("how", ["scenery", "object", "behind"])
def test_what_a_person_picked_hides_by_the_depth_of_its_foot_or_by_their_word(how):
    floor = (20 + 2.0 * ROWS).astype(np.float32)
    ball, post = disc((25, 40), 12, SIZE_HW), (abs(COLUMNS - 90) <= 4) & (ROWS >= 10) & (ROWS < 80)
    floor[post] = 180.0 if how == "scenery" else 5.0  # the guess within a picked object does not matter
    order = (OrderOverride("post", "behind"),) if how == "behind" else ()
    item = SceneObject("ball", ball, waypoints=(Waypoint(25, 40), Waypoint(90, 40)), order_overrides=order)
    picked = (item,) if how != "object" else (item, SceneObject("post", post))
    scenery = () if how == "object" else (Scenery("post", post),)
    labels = render(animate(guessed(project_of(picked, floor, scenery=scenery)), 2)).labels[1]
    assert not (labels[post] == 1).any() and labels[40, 80] == 1 and labels[40, 100] == 1


def test_neighbours_on_one_table_agree_and_what_stands_on_them_stands_there_too():
    random = np.random.default_rng(0)
    guess = random.uniform(0, 255, SIZE_HW).astype(np.float32)
    guess[80:] = 150.0
    jar, box = (abs(COLUMNS - 30) <= 8) & (abs(ROWS - 60) < 20), (abs(COLUMNS - 80) <= 9) & (abs(ROWS - 70) < 10)
    lid = (abs(COLUMNS - 30) <= 8) & (abs(ROWS - 35) < 6)
    objects = tuple(
        SceneObject(name, mask, waypoints=(Waypoint(x, 50), Waypoint(x + 5, 50)))
        for name, mask, x in (("lid", lid, 30), ("jar", jar, 30), ("box", box, 80))
    )
    depths = {layer.anchor_z for layer in animate(guessed(project_of(objects, guess)), 2).layers}
    assert max(depths) == pytest.approx(min(depths)) == pytest.approx(1 / 180)
