"""The timeline and the camera's row: keys, snapping, holds, easing, even speed, scrubbing, presets."""

import itertools
import math
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from levitor_core.structures import Waypoint
from tests.browser.stage_scene import BALLOON, TREES, picked

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(opened):
    """The balloon passes its middle waypoint early, the trees theirs at 0.62 of the clip."""
    bare = opened.site.bare
    balloon = picked(bare, BALLOON, "Balloon", Waypoint(372, 68), Waypoint(342, 68), Waypoint(250, 68))
    trees = picked(bare, TREES, "Trees", Waypoint(60, 290), Waypoint(80, 290, time=0.62), Waypoint(90, 290))
    opened.show(replace(bare, objects=(balloon, trees)))
    return opened


def key(tab, name):
    """Where a key stands on the screen."""
    box = tab.page.get_by_role("button", name=name, exact=True).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def at_time(tab, time):
    ruler = tab.page.locator(".lv-ruler").bounding_box()
    return ruler["x"] + time * ruler["width"]


def times(tab):
    return tab.ask("stage.app.plan(stage.app.doc.objects[0]).trajectory.times")


def steps(tab):
    """How far the balloon goes from each output frame to the next."""
    xs = tab.ask("Array.from({ length: 16 }, (_, i) => stage.picture.frame(i / 15).layers[0].pose.x)")
    return [before - after for before, after in itertools.pairwise(xs)]


def drag_key(tab, name, time):
    tab.settled()
    x, y = key(tab, name)
    tab.pull((x, y), (at_time(tab, time), y))


def test_a_key_snaps_to_the_playhead_and_to_other_objects_keys_but_not_with_alt(tab):
    tab.ask("stage.app.set({ time: 0.4 })")
    drag_key(tab, "Balloon: waypoint 2", 0.404)
    assert tab.path()[1]["time"] == 0.4
    drag_key(tab, "Balloon: waypoint 2", 0.617)
    assert tab.path()[1]["time"] == 0.62
    with tab.holding("Alt"):
        drag_key(tab, "Balloon: waypoint 2", 0.614)
    assert tab.path()[1]["time"] == pytest.approx(0.614, abs=0.002) and tab.path()[1]["time"] != 0.62
    drag_key(tab, "Balloon: waypoint 2", 0.8)
    assert tab.path()[1]["time"] == pytest.approx(0.8, abs=0.002)


def test_a_key_keeps_its_distance_from_the_pointer_and_escape_puts_it_back(tab):
    x, y = key(tab, "Balloon: waypoint 2")
    before = times(tab)[1]
    tab.page.mouse.move(x + 7, y)
    tab.page.mouse.down()
    tab.page.mouse.move(at_time(tab, before + 0.2) + 7, y, steps=4)
    assert times(tab)[1] == pytest.approx(before + 0.2, abs=0.003)
    tab.page.keyboard.press("Escape")
    tab.page.mouse.move(at_time(tab, 0.9), y)
    tab.page.mouse.up()
    assert times(tab)[1] == before and tab.path()[1]["time"] is None


def test_keys_may_not_pass_each_other_and_arrows_move_a_focused_one(tab):
    drag_key(tab, "Balloon: waypoint 2", 0.5)
    drag_key(tab, "Balloon: waypoint 3", 0.3)
    assert tab.path()[2]["time"] == 0.5
    tab.page.get_by_role("button", name="Balloon: waypoint 3", exact=True).focus()
    tab.page.keyboard.press("ArrowRight")
    assert tab.path()[2]["time"] == pytest.approx(0.5 + tab.ask("1 / (stage.app.clip.num_frames - 1)"), abs=0.001)
    tab.page.keyboard.press("Delete")
    assert len(tab.path()) == 2


def test_before_its_first_and_after_its_last_key_an_object_rests(tab):
    drag_key(tab, "Balloon: waypoint 1", 0.2)
    drag_key(tab, "Balloon: waypoint 3", 0.7)
    xs = tab.ask("[0, 0.1, 0.2, 0.7, 0.9, 1].map((t) => stage.picture.frame(t).layers[0].pose.x)")
    assert xs == pytest.approx([372, 372, 372, 250, 250, 250], abs=0.5)


def test_even_speed_same_time_per_stretch_and_easing(tab):
    even = steps(tab)
    assert max(even) < 1.1 * min(even)
    tab.choose("Speed", "per-click")
    assert times(tab)[1] == 0.5
    tab.choose("Speed", "even")
    easing = tab.part("Path").get_by_label("Easing")
    easing.select_option("both")
    eased = steps(tab)
    assert eased[0] < 0.4 * eased[7] and eased[-1] < 0.4 * eased[7]
    easing.select_option("out")
    eased = steps(tab)
    assert eased[0] > 3 * eased[-1]


def test_the_ruler_scrubs_smoothly_or_at_output_frames(tab):
    ruler = tab.page.locator(".lv-ruler").bounding_box()
    y, last = ruler["y"] + 8, tab.ask("stage.app.clip.num_frames - 1")
    tab.pull((at_time(tab, 0.1), y), (at_time(tab, 0.525), y))
    assert tab.ask("stage.app.ui.time") == pytest.approx(0.525, abs=0.003)
    tab.button("Only output frames")
    assert tab.ask("stage.app.shownTime") * last == pytest.approx(math.floor(0.525 * last))
    tab.page.get_by_role("slider", name="Playhead").focus()
    tab.page.keyboard.press("ArrowRight")
    assert tab.ask("stage.app.ui.time") * last == pytest.approx(round(0.525 * last) + 1)
    tab.press("Home", ".")
    assert tab.ask("stage.app.ui.time") * last == pytest.approx(1)
    expect(tab.page.locator(".lv-clock")).to_contain_text(f"frame 2 / {last + 1}")


def test_playing_loops_or_stops_at_the_end(tab):
    tab.press("Enter")
    tab.wait("stage.app.ui.playing && stage.app.ui.time > 0.05")
    tab.ask("stage.app.set({ time: 0.98 })")
    tab.wait("stage.app.ui.playing && stage.app.ui.time < 0.5")
    tab.press("l")
    tab.ask("stage.app.set({ time: 0.98 })")
    tab.wait("!stage.app.ui.playing && stage.app.ui.time === 1")
    tab.press("Enter")
    tab.wait("stage.app.ui.playing && stage.app.ui.time < 0.9")
    tab.press("Enter")


def test_camera_presets_have_an_amount_and_ease_that_survive_undo(tab):
    camera = tab.part("Camera")
    pressed = camera.locator("[aria-pressed=true]")
    camera.get_by_role("button", name="Push in").click()
    camera.get_by_role("button", name="Pull out").click()
    expect(pressed).to_have_text("Pull out")
    tab.press("Control+z")
    expect(pressed).to_have_text("Push in")
    tab.slide("Camera", "Amount", 50)
    keys = tab.ask("stage.app.doc.camera.keys")
    assert keys[1]["push"] > 0.5 and keys[0]["push"] == 0
    assert tab.ask("stage.app.history.past.length") == 2
    camera.get_by_label("Easing").select_option("in")
    assert tab.ask("stage.app.doc.camera.easing") == "in"
    assert tab.ask("stage.picture.frame(0.5).view.push < 0.4 * stage.picture.frame(1).view.push")
    tab.button("Camera stands still")
    assert tab.ask("stage.app.doc.camera.keys") == []
    expect(pressed).to_have_count(0)


def test_camera_keys_are_added_set_moved_and_deleted_without_touching_the_object(tab):
    tab.ask("stage.app.set({ time: 0.25 })")
    tab.button("Add a camera key at the playhead")
    tab.ask("stage.app.set({ time: 0.75 })")
    tab.button("Add a camera key at the playhead")
    tab.slide("Camera", "Zoom", 30)
    keys = tab.ask("stage.app.doc.camera.keys")
    assert [key["time"] for key in keys] == [0.25, 0.75] and keys[0]["zoom"] == 1 and keys[1]["zoom"] > 1.5
    drag_key(tab, "Camera: key 2", 0.9)
    assert tab.ask("stage.app.doc.camera.keys[1].time") == pytest.approx(0.9, abs=0.003)
    tab.press("Delete")
    assert [key["time"] for key in tab.ask("stage.app.doc.camera.keys")] == [0.25] and len(tab.path()) == 3


def test_the_depth_lane_names_what_the_path_crosses(tab):
    tab.drag((250, 68), (150, 100))
    tab.settled()
    lane = tab.page.get_by_role("img", name="Nearness of Balloon over time")
    assert "area at the top" in lane.get_attribute("aria-label") and "area in the middle" in lane.get_attribute(
        "aria-label"
    )
    assert "area in the middle" in tab.page.locator(".lv-bands").inner_text()
