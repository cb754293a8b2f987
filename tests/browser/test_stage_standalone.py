"""The stage in a real Chromium with real mouse, wheel, keyboard and touch events, without the page around it."""

from pathlib import Path

import numpy as np
import pytest

from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from tests.browser.driving import StageTab, as_labels

BALLOON, TOWER = (372, 68), (200, 230)
WORK = """stage.app.doc.objects.map(({ mask, ...rest }) =>
  [rest, stage.app.world.masks.get(mask).data.reduce((sum, inside) => sum + inside)])"""

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(opened):
    opened.show(opened.site.bare)
    return opened


def test_a_balloon_drifts_behind_a_tower_then_before_it_in_eight_actions(tab):
    tab.click(*BALLOON)  # 1: pick
    tab.page.keyboard.press("p")  # 2: path
    tab.click(270, 110)  # 3 and 4: behind the tower, out on the other side
    tab.click(110, 130)
    tab.click(150, 210)  # 5: back before it
    tab.page.get_by_role("button", name="Just in front of the area in the middle").click()  # 6
    tab.page.get_by_role("button", name="Play", exact=True).click()  # 7
    tab.page.wait_for_function("stage.app.ui.time > 0.2 && stage.app.ui.playing")
    (balloon,) = tab.page.evaluate("applied.then(() => stage.app.doc.objects)")
    assert len(balloon["waypoints"]) == 4
    (saved,) = tab.site.project.objects
    labels = render(animate(tab.site.project, 12)).labels
    shown = [(frame == 1).sum() for frame in labels]
    assert min(shown[3:9]) < 0.5 * shown[0], "nothing hides it"
    assert shown[-1] > 2 * shown[0], "it comes no nearer"
    assert saved.waypoints[-1].nearness is not None


def test_a_drag_sends_nothing_until_it_ends(tab):
    tab.click(*BALLOON)
    tab.picked(1)
    sent = tab.page.evaluate("events.length")
    tab.page.mouse.move(*tab.at(*BALLOON))
    tab.page.mouse.down()
    tab.page.mouse.move(*tab.at(200, 150), steps=12)
    assert tab.objects()[0]["waypoints"][1]["x"] == pytest.approx(200, abs=2)
    assert tab.page.evaluate("events.length") == sent
    tab.page.mouse.up()
    assert tab.page.evaluate("events.length") == sent + 1


def test_the_wheel_changes_depth_over_the_selected_waypoint_only(tab):
    tab.click(*BALLOON)
    tab.picked(1)
    tab.drag(BALLOON, (250, 200))
    tab.page.mouse.move(*tab.at(400, 280))
    tab.page.mouse.wheel(0, -240)
    assert tab.objects()[0]["waypoints"][1]["nearness"] == "same"
    tab.page.mouse.move(*tab.at(250, 200))
    tab.page.mouse.wheel(0, -240)
    tab.page.wait_for_function("stage.app.history.present.objects[0].waypoints[1].nearness > 0.2")
    scale = tab.page.evaluate("stage.viewport.scale")
    tab.page.keyboard.down("Control")
    tab.page.mouse.wheel(0, -240)
    tab.page.keyboard.up("Control")
    tab.page.wait_for_function(f"stage.viewport.scale > {scale * 1.2}")
    tab.page.keyboard.press("f")
    tab.page.wait_for_function(f"Math.abs(stage.viewport.scale - {scale}) < 1e-6")


@pytest.mark.parametrize("times", [3, pytest.param(18, marks=pytest.mark.slow)])
def test_reloads_lose_nothing_not_even_the_edit_just_before(chromium, served, times):
    tab = StageTab(chromium, served)
    tab.click(*BALLOON)
    tab.picked(1)
    tab.press("p")
    tab.click(300, 150)
    for _ in range(times):
        tab.ask("stage.app.selectWaypoint(1)")
        tab.press("ArrowRight")
        wanted = tab.ask(WORK)
        tab.page.goto(f"{served[0]}/?kept")
        tab.page.wait_for_function("window.ready")
        tab.picked(1)
        assert tab.ask(WORK) == wanted
    (balloon,) = tab.site.project.objects
    assert balloon.waypoints[1].x == pytest.approx(299 + times, abs=2)
    assert (balloon.mask == (tab.site.bare.scene.partition == 5)).all()
    tab.close()


@pytest.mark.parametrize("preset", [None, "Push in"])
def test_the_live_picture_shows_what_the_engine_renders(tab, preset):
    tab.click(*BALLOON)
    tab.page.keyboard.press("p")
    tab.click(252, 88)
    tab.click(132, 128)
    tab.page.keyboard.press("v")
    tab.click(*TOWER)
    tab.page.keyboard.press("p")
    tab.click(280, 190)
    tab.click(400, 210)
    if preset:
        tab.page.get_by_role("button", name=preset).click()
    tab.page.wait_for_function("stage.app.world.reliefs.size === 2")
    tab.page.evaluate("applied")
    expected = render(animate(tab.site.project, 4)).labels
    answers = tab.page.evaluate((Path(__file__).parent / "stage_masks.js").read_text(), 4)
    shown = as_labels(answers, expected.shape)
    overlaps = [
        ((ours == label) & (theirs == label)).sum() / ((ours == label) | (theirs == label)).sum()
        for ours, theirs in zip(shown, expected, strict=True)
        for label in (1, 2)
    ]
    assert np.mean(overlaps) > 0.95, overlaps
    assert min(overlaps) > 0.9, overlaps
