"""Laws of orders that a person chose: they hold in every frame of their stretch, against whatever stands or moves, with
measured and with guessed depth; and the place of what was taken out hides nothing by itself."""

from dataclasses import replace

import numpy as np
import pytest

from levitor_core import editing
from levitor_core.errors import InputError
from levitor_core.motion.animation import animate
from levitor_core.motion.preflight import check
from levitor_core.motion.rendering import render
from levitor_core.renderers.preview.renderer import draw
from levitor_core.structures import OrderOverride, Project, SceneObject, Scenery
from tests.scenes import SIZE_HW, disc, moving, project_of

FRAMES = 9
TURN = 0.5  # where the ball has passed the post and comes back
COLUMNS = np.indices(SIZE_HW)[1]


def crossing_twice(seed: int, guessed: bool, against: str) -> tuple[Project, np.ndarray, list[str]]:
    """A ball that goes past a post and back, its mask, and what was chosen at each of the two crossings."""
    random = np.random.default_rng(seed)
    disparity = random.uniform(5, 60, SIZE_HW).astype(np.float32)
    post = abs(COLUMNS - 50) <= random.integers(3, 7)
    ball = disc((20, 36), int(random.integers(6, 11)))
    disparity[post], disparity[ball] = random.uniform(10, 250, 2)
    sides = [str(side) for side in random.choice(("front", "behind"), 2)]
    orders = tuple(
        OrderOverride("post", side, start, start + TURN)  # type: ignore[arg-type]
        for side, start in zip(sides, (0.0, TURN), strict=True)
    )
    way = (20, 36), (80, 36, float(random.uniform(0.1, 0.9))), (20, 36)
    item = moving("ball", ball, *way, order_overrides=orders)
    things = {
        "scenery": ((item,), (Scenery("post", post),)),
        "a still object": ((item, SceneObject("post", post)), ()),
        "a moving object": ((item, moving("post", post, (50, 36), (50, 40))), ()),
    }
    objects, scenery = things[against]
    project = project_of(objects, disparity, scenery=scenery)
    scene = replace(project.scene, depth_is_stand_in=guessed)
    return replace(project, scene=scene), ball, sides


@pytest.mark.parametrize("against", ["scenery", "a still object", "a moving object"])
@pytest.mark.parametrize("guessed", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_what_was_chosen_at_a_crossing_holds_there_and_nowhere_else(seed, guessed, against):
    project, _, sides = crossing_twice(seed, guessed, against)
    labels = render(animate(project, FRAMES)).labels
    whole = render(animate(editing.set_order(project, "ball", "post", "front"), FRAMES)).labels
    still = project.scenery[0].mask if project.scenery else project.objects[1].mask
    met = [0, 0]
    for frame in range(FRAMES):
        crossing = int(frame >= FRAMES // 2)
        over = still & (whole[frame] == 1)
        met[crossing] += over.sum()
        if frame != FRAMES // 2:  # there both orders end, and nothing is met
            assert ((labels[frame][over] == 1) == (sides[crossing] == "front")).all(), frame
    assert min(met) > 10


def test_colours_keep_to_the_same_orders_as_ids():
    project, _, sides = crossing_twice(1, guessed=False, against="scenery")
    assert sides[0] != sides[1]
    red = np.full((*SIZE_HW, 3), 128, np.uint8)
    red[project.objects[0].mask] = (220, 20, 20)
    project = replace(project, photo=red, scene=replace(project.scene, image=red))
    animation = animate(project, FRAMES)
    labels = render(animation).labels
    for frame, picture in zip((2, 6), draw(project, animation, SIZE_HW, (2, 6)), strict=True):
        inside = project.scenery[0].mask & (abs(COLUMNS - 50) <= 1)
        seen = picture[..., 0].astype(int) - picture[..., 1] > 100
        assert (seen[inside] == (labels[frame][inside] == 1)).mean() > 0.95


@pytest.mark.parametrize("guessed", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_place_of_what_was_taken_out_hides_nothing_that_its_surroundings_would_not(seed, guessed):
    random = np.random.default_rng(seed)
    disparity = np.full(SIZE_HW, random.uniform(10, 40), np.float32)
    gone, ball = disc((60, 36), 12), disc((20, 36), 9)
    disparity[gone], disparity[ball] = 240, random.uniform(60, 120)
    order = (OrderOverride("gone", "behind"),)
    item = moving("ball", ball, (20, 36), (60, 36), order_overrides=order)
    project = project_of((item, SceneObject("gone", gone, hidden=True)), disparity)
    project = replace(project, scene=replace(project.scene, depth_is_stand_in=guessed))
    labels = render(animate(project, 2)).labels[1]
    assert (labels[disc((60, 36), 8)] == 1).all()


def test_nothing_hides_in_its_own_hole_what_has_not_moved():
    disparity = np.full(SIZE_HW, 30, np.float32)
    ball = disc((40, 36), 9)
    order = (OrderOverride("wall", "behind"),)
    project = project_of((moving("ball", ball, (40, 36), (44, 36), order_overrides=order),), disparity)
    project = replace(project, scenery=(Scenery("wall", disc((40, 36), 30)),))
    assert np.array_equal(render(animate(project, 2)).labels[0] == 1, ball)


def test_an_order_takes_the_place_of_what_it_overlaps_and_of_nothing_else():
    project, *_ = crossing_twice(0, guessed=False, against="scenery")
    project = replace(project, objects=(replace(project.objects[0], order_overrides=()),))
    project = editing.set_order(project, "ball", "post", "behind")
    project = editing.set_order(project, "ball", "post", "front", 0.25, 0.5)
    rules = {(rule.relation, rule.start, rule.end) for rule in project.objects[0].order_overrides}
    assert rules == {("behind", 0, 0.25), ("front", 0.25, 0.5), ("behind", 0.5, 1)}
    assert editing.set_order(project, "ball", "post", "depth").objects[0].order_overrides == ()


def test_orders_go_round_in_a_circle_only_where_they_hold_at_one_time():
    disparity = np.full(SIZE_HW, 30, np.float32)
    for second, found in (((0.6, 1.0), 0), ((0.4, 1.0), 1)):
        first = moving(
            "a", disc((20, 36), 6), (20, 36), (40, 36), order_overrides=(OrderOverride("b", "front", 0, 0.5),)
        )
        other = moving(
            "b", disc((60, 36), 6), (60, 36), (40, 36), order_overrides=(OrderOverride("a", "front", *second),)
        )
        project = project_of((first, other), disparity)
        animation = animate(project, FRAMES)
        said = check(project, animation, render(animation))
        assert sum("circle" in sentence for sentence in said) == found


@pytest.mark.parametrize("start, end", [(-0.1, 1), (0, 1.5), (float("nan"), 1), ("soon", 1)])
def test_a_stretch_lies_within_the_clip(start, end):
    with pytest.raises((InputError, ValueError)):
        OrderOverride("post", "front", start, end)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("guessed", [False, True])
@pytest.mark.parametrize("side", ["front", "behind"])
def test_a_copy_is_before_or_behind_its_standing_original_as_was_chosen_at_its_place_too(seed, guessed, side):
    random = np.random.default_rng(seed)
    ball = disc((30, 36), 10)
    disparity = np.where(ball, random.uniform(60, 200), random.uniform(5, 60, SIZE_HW)).astype(np.float32)
    order = (OrderOverride("ball", side),)
    copy = moving("twin", ball, (30, 36), (46, 36), copy_of="ball", order_overrides=order)
    project = project_of((SceneObject("ball", ball), copy), disparity)
    project = replace(project, scene=replace(project.scene, depth_is_stand_in=guessed))
    labels = render(animate(project, 4)).labels
    assert (labels[0, ball] == (1 if side == "behind" else 2)).mean() > 0.9
    assert side == "front" or (labels[:, ball] == 1).mean() > 0.9
