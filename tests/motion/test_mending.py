"""Laws of the depth brush: what a stroke changes, how far it goes, and what it leaves alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from levitor_core.document import DepthStroke
from levitor_core.errors import InputError
from levitor_core.files import project_file
from levitor_core.motion.animation import animate
from levitor_core.motion.geometry import disparity_from_depth
from levitor_core.motion.mending import mend
from levitor_core.structures import SceneObject
from tests.scenes import SIZE_HW, disc, project_of
from ui.stage.documents import apply_document, read_standing
from ui.stage.payload import document_of, scene_id

ROWS, COLUMNS = np.indices(SIZE_HW)
THING = disc((40, 36), 16)


def photo(seed: int, *, grain: float = 4.0) -> np.ndarray:
    """A thing of another colour than what is behind it, both with grain."""
    random = np.random.default_rng(seed)
    colours = np.where(THING[..., None], random.uniform(140, 220, 3), random.uniform(20, 90, 3))
    return (colours + random.normal(0, grain, (*SIZE_HW, 3))).clip(0, 255).astype(np.uint8)


def level(value: float = 100.0) -> np.ndarray:
    return np.full(SIZE_HW, value, np.float32)


def stroke(tool: str, *points: tuple[float, float], **values: Any) -> DepthStroke:
    return DepthStroke(tool, points, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_a_stroke_fills_to_the_outline_and_stops_there(seed):
    changed = mend(level(), photo(seed), [stroke("nearer", (36, 30), (44, 40), radius=14, amount=40)]) - 100
    inside, outside = disc((40, 36), 14), ~disc((40, 36), 19)
    assert (changed[inside] > 30).mean() > 0.97
    assert changed[outside].max() < 10 and changed.min() >= 0


def test_on_grain_alone_a_stroke_is_a_soft_brush_of_its_radius():
    plain = np.random.default_rng(0).normal(128, 6, (*SIZE_HW, 3)).clip(0, 255).astype(np.uint8)
    changed = mend(level(), plain, [stroke("nearer", (48, 36), radius=12, amount=40)]) - 100
    assert (changed[disc((48, 36), 8)] > 36).all() and not changed[~disc((48, 36), 20)].any()


@pytest.mark.parametrize("tool", ["nearer", "farther"])
def test_nearer_and_farther_are_each_other_undone_and_stay_within_range(tool):
    image, other = photo(1), {"nearer": "farther", "farther": "nearer"}[tool]
    points = (30, 36), (50, 36)
    there = mend(level(), image, [stroke(tool, *points)])
    assert np.sign(there[36, 40] - 100) == (1 if tool == "nearer" else -1)
    assert np.allclose(mend(there, image, [stroke(other, *points)]), 100, atol=1e-4)
    ends = mend(level(), image, [stroke(tool, *points, amount=255)] * 3)
    assert ends.min() >= 0 and ends.max() <= 255


def test_same_as_here_gives_the_depth_at_which_it_begins():
    disparity = np.where(COLUMNS < 48, 40, 160).astype(np.float32)
    plain = np.full((*SIZE_HW, 3), 128, np.uint8)
    made = mend(disparity, plain, [stroke("level", (20, 36), (70, 36), radius=10)])
    assert np.allclose(made[36, 20:71], 40) and made[5, 70] == 160


def test_smooth_takes_a_step_away_and_nothing_from_beyond_an_outline():
    step = np.where(COLUMNS < 40, 90, 110).astype(np.float32)
    step[~THING] = 250
    image = photo(2)
    made = mend(step, image, [stroke("smooth", (34, 36), (46, 36), radius=14)])
    assert np.abs(np.diff(made[36, 32:48])).max() < 8
    assert made[36, 32] >= 90 and made[36, 48] <= 125 and (made[~disc((40, 36), 20)] == 250).all()


def test_strokes_are_applied_in_their_order_and_change_no_map_that_was_given():
    image, first = photo(3), level()
    strokes = [stroke("nearer", (40, 36)), stroke("level", (5, 5), (40, 36)), stroke("farther", (42, 36))]
    step_by_step = first
    for one in strokes:
        step_by_step = mend(step_by_step, image, [one])
    assert np.array_equal(mend(first, image, strokes), step_by_step)
    assert (first == 100).all() and mend(first, image, []) is first


@pytest.mark.parametrize(
    "points", [[(-900.0, 3.0)], [(48.0, 36.0), (48.0, 36.0)], [(-1e5, -1e5), (1e5, 1e5)], [(95.4, 71.4)]]
)
def test_wherever_a_stroke_goes_it_leaves_a_depth_map(points):
    for tool in ("nearer", "level", "smooth"):
        made = mend(level(), photo(0), [stroke(tool, *points, radius=200)])
        assert made.shape == SIZE_HW and made.dtype == np.float32 and np.isfinite(made).all()


@pytest.mark.parametrize("guessed", [False, True])
def test_the_scene_is_mended_where_someone_brushed_picked_or_not(guessed):
    thing = SceneObject("thing", THING)
    project = project_of((thing,), np.where(THING, 60, 100 + 0 * ROWS).astype(np.float32))
    project = replace(project, scene=replace(project.scene, image=photo(0), depth_is_stand_in=guessed))
    brushed = replace(project, depth_strokes=(stroke("nearer", (40, 36), radius=14, amount=50),))
    before, after = (disparity_from_depth(animate(one, 1).z, 30.0) for one in (project, brushed))
    assert np.median((after - before)[disc((40, 36), 10)]) == pytest.approx(50, abs=2)
    assert np.allclose(after[~disc((40, 36), 24)], before[~disc((40, 36), 24)], atol=1)


def test_strokes_are_kept_in_the_file_and_on_the_page_and_the_map_stays_as_it_was_read():
    project = project_of((SceneObject("thing", THING),), level())
    strokes = (stroke("level", (3, 4), (9.5, 8)), stroke("smooth", (1, 1), radius=9))
    brushed = replace(project, depth_strokes=strokes)
    opened = project_file.open_project(project_file.to_bytes(brushed))
    assert opened.depth_strokes == strokes and np.allclose(opened.scene.disparity, 100, atol=0.01)
    assert apply_document(project, document_of(brushed)).depth_strokes == strokes
    assert scene_id(brushed) == scene_id(project)


POINTS = [[0, 0]]
HOSTILE = {
    "no tool": {"points": POINTS},
    "an unknown tool": {"tool": "erase", "points": POINTS},
    "no point": {"tool": "nearer", "points": []},
    "too many points": {"tool": "nearer", "points": [[0, 0]] * 65},
    "a point of three": {"tool": "nearer", "points": [[0, 0, 0]]},
    "a point nowhere": {"tool": "nearer", "points": [[float("nan"), 0]]},
    "a huge brush": {"tool": "nearer", "points": POINTS, "radius": 1e9},
    "no brush": {"tool": "nearer", "points": POINTS, "radius": 0},
    "words": {"tool": "nearer", "points": POINTS, "amount": "much"},
    "no stroke": 7,
}


@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_stroke_is_refused_in_a_sentence(bad):
    project = project_of((SceneObject("thing", THING),), level())
    for strokes in ([bad], [{"tool": "nearer", "points": POINTS}] * 201):
        with pytest.raises(InputError) as refused:
            apply_document(project, document_of(project) | {"depth_strokes": strokes})
        assert str(refused.value).endswith(".")
        with pytest.raises(InputError):
            read_standing({"objects": [], "masks": {}, "depth_strokes": strokes}, SIZE_HW)
