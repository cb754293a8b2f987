"""The stage in a real Chromium with real mouse, wheel, keyboard and touch events, without the page around it."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from levitor_core.animation import animate
from levitor_core.rendering import render
from tests.browser.conftest import launched
from tests.browser.driving import StageTab
from tests.browser.stage_harness import harness

BALLOON, TOWER = (372, 68), (200, 230)

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(chromium):
    with harness() as (address, site):
        opened = StageTab(chromium, address, site)
        yield opened
        opened.close()


def test_a_balloon_drifts_behind_a_tower_then_before_it_in_eight_actions(tab):
    tab.click(*BALLOON)  # 1: pick
    tab.page.keyboard.press("p")  # 2: path
    tab.click(270, 110)  # 3 and 4: behind the tower, out on the other side
    tab.click(110, 130)
    tab.click(150, 210)  # 5: back before it
    tab.page.get_by_role("button", name="Just in front of area 3").click()  # 6
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


def test_undo_and_redo_take_back_everything(tab):
    states = [tab.objects()]
    tab.click(*BALLOON)
    tab.picked(1)
    states.append(tab.objects())
    tab.page.keyboard.press("p")
    tab.click(300, 150)
    states.append(tab.objects())
    tab.page.keyboard.press("v")
    tab.drag((300, 150), (310, 200))
    states.append(tab.objects())
    tab.page.keyboard.press("ArrowRight")
    states.append(tab.objects())
    tab.page.keyboard.press("Shift+Delete")
    states.append(tab.objects())
    assert all(before != after for before, after in itertools.pairwise(states))
    for state in reversed(states[:-1]):
        tab.page.keyboard.press("Control+z")
        assert tab.objects() == state
    for state in states[1:]:
        tab.page.keyboard.press("Control+Shift+z")
        assert tab.objects() == state


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


def test_clicks_refine_one_object_and_candidates_are_cycled(tab):
    tab.click(*TOWER)
    tab.picked(1)
    one = tab.objects()[0]["mask"]
    tab.click(430, 250)
    tab.page.wait_for_function("stage.app.ui.refine.candidates.length === 3")
    both = tab.objects()[0]["mask"]
    tab.page.keyboard.press("c")
    grown = tab.objects()[0]["mask"]
    assert len({one, both, grown}) == 3
    tab.page.keyboard.down("Shift")
    tab.click(432, 254)
    tab.page.keyboard.up("Shift")
    tab.page.wait_for_function(f"stage.app.doc.objects[0].mask === '{one}'")
    assert len(tab.objects()) == 1


def test_a_box_picks_what_is_in_it(tab):
    tab.drag((335, 30), (412, 125))
    tab.picked(1)
    mask = tab.page.evaluate(
        "(() => { const m = stage.app.world.masks.get(stage.app.doc.objects[0].mask); "
        "return m.data.reduce((a, b) => a + b); })()"
    )
    assert mask == (tab.site.project.scene.partition == 5).sum()


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


def test_a_key_is_dragged_in_time_and_snaps(tab):
    tab.click(*BALLOON)
    tab.page.keyboard.press("p")
    tab.click(300, 150)
    tab.click(200, 150)
    tab.settled()
    key = tab.page.get_by_role("button", name="Object 1: waypoint 2", exact=True)
    box, ruler = key.bounding_box(), tab.page.locator(".lv-ruler").bounding_box()
    tab.page.evaluate("stage.app.set({ time: 0.75 })")
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.page.mouse.down()
    tab.page.mouse.move(ruler["x"] + 0.3 * ruler["width"], box["y"] + 8, steps=5)
    tab.page.mouse.up()
    assert tab.objects()[0]["waypoints"][1]["time"] == pytest.approx(0.3, abs=0.01)


def test_the_mask_brush_adds_and_takes_away(tab):
    tab.click(*BALLOON)
    tab.picked(1)
    count = "(() => stage.app.world.masks.get(stage.app.doc.objects[0].mask).data.reduce((a, b) => a + b))()"
    before = tab.page.evaluate(count)
    tab.page.keyboard.press("b")
    tab.drag((330, 120), (300, 140))
    grown = tab.page.evaluate(count)
    tab.page.keyboard.down("Alt")
    tab.drag((330, 120), (300, 140))
    tab.page.keyboard.up("Alt")
    assert grown > before + 400
    assert tab.page.evaluate(count) < grown - 400


def test_keys_act_only_while_the_stage_has_focus(tab):
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press("p")
    assert tab.page.evaluate("stage.app.ui.tool") == "select"
    tab.click(*BALLOON)
    tab.page.keyboard.press("p")
    assert tab.page.evaluate("stage.app.ui.tool") == "path"
    name = tab.page.get_by_label("Name of Object 1")
    name.fill("bop")
    name.press("Enter")
    assert tab.page.evaluate("[stage.app.ui.tool, stage.app.doc.objects[0].name]") == ["path", "bop"]


def test_the_work_survives_a_reload(tab):
    tab.page.wait_for_function(
        "(async () => (await import('/js/storage.js')).load())().then(k => k && k.project.size > 0)"
    )
    tab.click(*BALLOON)
    tab.page.keyboard.press("p")
    tab.click(300, 150)
    wanted = tab.objects()
    tab.page.wait_for_timeout(900)
    tab.page.goto(tab.page.url + "&empty")
    tab.page.wait_for_function("window.ready")
    tab.page.evaluate("stage.restore()")
    name, data = tab.page.evaluate("events[events.length - 1]")
    assert name == "restored"
    assert len(data["project"]) > 10_000
    assert data["document"]["objects"] == wanted


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
    shown = np.array(answers, np.uint8).reshape(expected.shape)
    overlaps = [
        ((ours == label) & (theirs == label)).sum() / ((ours == label) | (theirs == label)).sum()
        for ours, theirs in zip(shown, expected, strict=True)
        for label in (1, 2)
    ]
    assert np.mean(overlaps) > 0.95, overlaps
    assert min(overlaps) > 0.9, overlaps


def test_without_webgl_it_draws_flat(playwright):
    with launched(playwright, ["--no-sandbox", "--disable-3d-apis"]) as plain, harness() as (address, site):
        tab = StageTab(plain, address, site)
        tab.click(*BALLOON)
        tab.page.keyboard.press("p")
        tab.click(250, 200)
        assert tab.page.evaluate("stage.renderer.kind") == "2d"
        red = """() => { stage.drawPicture(); const c = stage.layout.picture; const s = stage.viewport;
            const [x, y] = s.toScreen([250, 195]); return [...c.getContext('2d').getImageData(x, y, 1, 1).data]; }"""
        r, g, b, a = tab.page.evaluate(red)
        assert a == 255
        assert r > g + 40 and r > b + 100  # the balloon's red or yellow, no sky and no lake
        assert tab.mistakes == []


def test_touch_picks_and_pulls(chromium):
    with harness() as (address, site):
        tab = StageTab(chromium, address, site, has_touch=True, viewport={"width": 390, "height": 780})
        tab.page.touchscreen.tap(*tab.at(*BALLOON))
        tab.picked(1)
        client = tab.page.context.new_cdp_session(tab.page)
        steps = [tab.at(372 - 20 * i, 68 + 10 * i) for i in range(8)]
        for kind, places in [
            ("touchStart", steps[:1]),
            *[("touchMove", [step]) for step in steps[1:]],
            ("touchEnd", []),
        ]:
            client.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]}
            )
        assert tab.objects()[0]["waypoints"][1]["x"] == pytest.approx(232, abs=3)
        tab.page.context.close()
        assert tab.mistakes == []
