"""Paths on the stage as an artist makes them: draw, insert, bend, move, size, turn, reverse, repeat, copy."""

from dataclasses import replace

import numpy as np
import pytest

from levitor_core.structures import Waypoint
from tests.browser.stage_scene import BALLOON, TREES, picked

pytestmark = pytest.mark.browser

START = (372, 68)


@pytest.fixture
def tab(opened):
    """The balloon with a path of three waypoints, and the trees at rest."""
    bare = opened.site.bare
    way = (Waypoint(*START), Waypoint(270, 110), Waypoint(150, 90))
    opened.show(replace(bare, objects=(picked(bare, BALLOON, "Balloon", *way), picked(bare, TREES, "Trees"))))
    return opened


def xy(path):
    return [(round(point["x"]), round(point["y"])) for point in path]


def near(point, x, y, reach=2):
    return abs(point["x"] - x) <= reach and abs(point["y"] - y) <= reach


def test_a_waypoint_is_dragged_and_shift_keeps_it_straight(tab):
    tab.drag((270, 110), (250, 170))
    assert near(tab.path()[1], 250, 170)
    tab.page.mouse.move(*tab.at(250, 170))
    tab.page.mouse.down()
    with tab.holding("Shift"):
        tab.page.mouse.move(*tab.at(310, 175), steps=4)
        tab.page.mouse.up()
    assert near(tab.path()[1], 310, 170) and tab.path()[1]["y"] == pytest.approx(170, abs=1.5)


def test_escape_leaves_a_drag_as_if_it_had_not_begun(tab):
    before = tab.document()
    tab.hover(270, 110)
    tab.page.mouse.down()
    tab.page.mouse.move(*tab.at(200, 200), steps=3)
    assert near(tab.path()[1], 200, 200)
    tab.page.keyboard.press("Escape")
    tab.page.mouse.move(*tab.at(220, 220), steps=3)
    tab.page.mouse.up()
    assert tab.document() == before and not tab.ask("stage.app.history.past.length")


def test_a_drag_that_ends_where_it_began_is_no_step(tab):
    tab.hover(270, 110)
    tab.page.mouse.down()
    tab.page.mouse.move(*tab.at(200, 200), steps=3)
    tab.page.mouse.move(*tab.at(270, 110), steps=3)
    tab.page.mouse.up()
    assert tab.ask("stage.app.history.past.length") == 0


def test_the_line_inserts_with_the_path_tool_and_moves_the_path_with_select(tab):
    tab.press("p")
    middle = tab.ask("stage.app.plan(stage.app.selected).trajectory.along(0.5)")
    tab.drag((middle["x"], middle["y"]), (330, 160))
    assert len(tab.path()) == 4 and near(tab.path()[1], 330, 160)
    clicked = tab.ask("stage.app.plan(stage.app.selected).trajectory.along(2.5)")
    tab.click(clicked["x"], clicked["y"])
    assert len(tab.path()) == 5 and near(tab.path()[3], clicked["x"], clicked["y"])
    tab.press("v", "Escape")
    held = tab.ask("stage.app.plan(stage.app.selected).trajectory.along(1.5)")
    before = xy(tab.path())
    tab.drag((held["x"], held["y"]), (held["x"] + 20, held["y"] + 50))
    moved = np.subtract(xy(tab.path()), before)
    assert (moved[0] == 0).all() and (abs(moved[1:] - (20, 50)) <= 2).all()


def test_a_drawn_line_becomes_few_waypoints_that_follow_it(tab):
    tab.button("Remove the path; the object stays")
    tab.press("p")
    line = [(372 - 6 * n, 68 + round(60 * np.sin(n / 6))) for n in range(40)]
    tab.hover(*line[0])
    tab.page.mouse.down()
    for place in line[1:]:
        tab.hover(*place)
    tab.page.mouse.up()
    assert 4 <= len(tab.path()) <= 12 and near(tab.path()[-1], *line[-1], reach=4)
    along = tab.ask("Array.from({length: 81}, (_, i) => stage.app.plan(stage.app.selected).trajectory.at(i / 80))")
    apart = [min(np.hypot(p["x"] - x, p["y"] - y) for p in along) for x, y in line]
    assert max(apart) < 14


def test_arrows_nudge_delete_removes_and_the_start_stays(tab):
    tab.click(270, 110)
    tab.press("ArrowRight", "Shift+ArrowDown")
    assert xy(tab.path()) == [START, (271, 120), (150, 90)]
    tab.press("Delete")
    assert xy(tab.path()) == [START, (150, 90)]
    tab.press("Tab", "Shift+Tab", "Shift+Tab")
    assert tab.ask("stage.app.ui.waypoint") == 0
    tab.press("Delete")
    assert xy(tab.path()) == [START, (150, 90)]
    tab.page.get_by_role("alert").filter(has_text="starts at its object").wait_for()
    tab.press("Escape", "Delete")
    assert tab.path() == []
    tab.press("Delete")
    assert [item["name"] for item in tab.objects()] == ["Trees"]


def test_the_ring_sizes_and_turns_and_the_cut_out_follows(tab):
    tab.click(270, 110)
    handles = tab.ask(
        "import('/js/model/hit.js').then(({ handlesOnScreen }) => {"
        "const box = stage.overlayCanvas.getBoundingClientRect();"
        "const at = ([x, y]) => [x + box.left, y + box.top];"
        "const { center, size, rotation } = handlesOnScreen(stage.app, stage.viewport);"
        "return [at(center), at(size), at(rotation)]; })"
    )
    center, size, rotation = (np.array(place) for place in handles)
    assert not red(tab.pixel(270, 150))
    tab.pull(size, center + 2 * (size - center))
    assert tab.path()[1]["size"] == pytest.approx(2, rel=0.05)
    assert red(tab.pixel(270, 150)), "the balloon has not grown"
    x, y = rotation - center
    turned = center + np.array([-y, x])
    tab.pull(rotation, turned)
    assert tab.path()[1]["rotation"] == pytest.approx(90, abs=3)
    with tab.holding("Shift"):
        tab.pull(turned, turned + np.array([0, 9]))
    assert tab.path()[1]["rotation"] % 15 == 0


def red(pixel):
    """The balloon's own colours, red and yellow; the sky and the lake have more blue."""
    return pixel[0] > 150 and pixel[0] > pixel[2] + 60


def test_sliders_of_a_waypoint_are_dragged_in_one_go(tab):
    tab.click(270, 110)
    for label in ("Depth", "Size", "Turn", "Time"):
        steps = tab.ask("stage.app.history.past.length")
        tab.slide("Waypoint", label, 40)
        assert tab.ask("stage.app.history.past.length") == steps + 1, label
    point = tab.path()[1]
    assert point["nearness"] != "same" and point["size"] > 1.5 and point["rotation"] > 90 and point["time"] > 0.4
    tab.button("Let even speed decide when this waypoint is passed")
    assert tab.path()[1]["time"] is None


def test_reverse_turn_along_repeat_and_clear(tab):
    tab.button("The same way backwards")
    assert xy(tab.path()) == [START, (492, 88), (594, 46)]
    tab.button("The same way backwards")
    assert xy(tab.path()) == [START, (270, 110), (150, 90)]
    tab.button("Turn the object so that it points along its path")
    turned = [point["rotation"] for point in tab.path()]
    assert turned[0] == 0 and abs(turned[2] - turned[1]) < 60
    tab.button("Go the same way again from where the path ends")
    assert xy(tab.path()) == [START, (270, 110), (150, 90), (48, 132), (-72, 112)]
    tab.button("Remove the path; the object stays")
    assert tab.path() == [] and len(tab.objects()) == 2


def test_a_path_is_copied_to_another_object_by_key_and_by_button(tab):
    tab.press("Control+c")
    tab.page.get_by_label("Name of Trees").click()
    tab.press("Control+v")
    trees = tab.path(1)
    assert [(point["x"] - trees[0]["x"], point["y"] - trees[0]["y"]) for point in trees] == [
        (point["x"] - START[0], point["y"] - START[1]) for point in tab.path(0)
    ]
    tab.press("Control+z")
    assert tab.path(1) == []
    tab.button("Give this object the copied path")
    assert len(tab.path(1)) == 3


def test_a_waypoint_in_the_same_place_is_a_hold(tab):
    tab.click(270, 110)
    tab.press("Control+d")
    assert xy(tab.path()) == [START, (270, 110), (270, 110), (150, 90)]
    times = tab.ask("stage.app.plan(stage.app.selected).trajectory.times")
    assert times[2] - times[1] == pytest.approx(1 / 3, abs=0.01)
    held = tab.ask(f"[{times[1]} + 0.01, {times[2]} - 0.01].map((t) => stage.picture.frame(t).layers[0].pose.x)")
    assert held == pytest.approx([270, 270], abs=0.5)


def test_pulling_the_object_itself_makes_a_waypoint_at_that_moment(tab):
    half = tab.ask("stage.app.plan(stage.app.selected).trajectory.at(0.25)")
    tab.ask("stage.app.set({ time: 0.25, waypoint: null })")
    tab.drag((half["x"] + 12, half["y"] + 15), (half["x"] + 12, half["y"] + 75))
    assert len(tab.path()) == 4 and near(tab.path()[1], half["x"], half["y"] + 60, reach=3)


def test_a_moving_thing_is_grabbed_where_the_camera_shows_it(tab):
    tab.part("Camera").get_by_role("button", name="Pan left").click()
    tab.ask("stage.app.set({ time: 1 })")
    x, y = tab.ask(
        "import('/js/model/hit.js').then(({ lens }) => stage.viewport.toImage("
        "lens(stage.app, stage.viewport).toScreen(stage.app.plan(stage.app.selected).trajectory.at(1))))"
    )
    assert x > 190, "the camera moves it"
    tab.drag((x, y), (x, y + 40))
    assert tab.path()[2]["y"] > 110 and tab.path()[2]["x"] == pytest.approx(150, abs=2)
    tab.part("Path").get_by_label("Pinned to the screen").check()
    point = tab.path()[2]
    tab.drag((point["x"], point["y"]), (60, 50))
    tab.ask("stage.app.selectObject(null)")
    tab.click(60, 55)
    assert tab.ask("stage.app.ui.object") == "o1"


def test_what_the_scene_hides_is_not_grabbed_through_it(tab):
    tab.ask("stage.app.set({ time: 1, object: null, waypoint: null })")
    tab.click(150, 90)
    tab.picked(3)
    assert tab.ask("stage.app.selected.name") == "Object 3"
