"""The editor's tools on the stage: outlines, several keys, bent curves, layers, copies, riders, tracks from files."""

import json
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from levitor_core.structures import Waypoint
from tests.browser.stage_scene import BALLOON, TREES, picked

pytestmark = pytest.mark.browser

START, MIDDLE, END = (372, 68), (300, 120), (240, 185)
COUNT = "stage.app.world.masks.get(stage.app.doc.objects[0].mask).data.reduce((sum, inside) => sum + inside, 0)"
STEPS = "stage.app.history.past.length"


@pytest.fixture
def tab(opened):
    """A balloon on its way and the trees at rest."""
    bare = opened.site.bare
    path = (Waypoint(*START), Waypoint(*MIDDLE), Waypoint(*END))
    trees = picked(bare, TREES, "Trees")
    opened.show(replace(bare, objects=(picked(bare, BALLOON, "Balloon", *path), trees)), shape="brush", erase=False)
    opened.ask("stage.app.selectObject('o1')")
    opened.settled()
    return opened


def changed(tab, act, steps=1):
    """By how many pixels the balloon's outline is larger after an act that is so many steps."""
    before, taken = tab.ask(COUNT), tab.ask(STEPS)
    act()
    tab.wait(f"!stage.app.ui.outline && !stage.app.ui.refine?.busy && {STEPS} === {taken + steps}")
    return tab.ask(COUNT) - before


def tool(tab, name):
    tab.page.get_by_role("group", name="Mask tools").get_by_role("button", name=name).click()


def test_outlines_are_drawn_grown_and_refined_each_use_one_step(tab):
    whole = tab.ask(COUNT)
    tab.press("b")
    tool(tab, "Draw around what belongs to it")

    def around(*places):
        tab.page.mouse.move(*tab.at(*places[0]))
        tab.page.mouse.down()
        for place in places[1:]:
            tab.page.mouse.move(*tab.at(*place), steps=3)
        tab.page.mouse.up()

    square = ((420, 30), (450, 30), (450, 60), (420, 60), (420, 31))
    assert changed(tab, lambda: around(*square)) == pytest.approx(900, abs=120)
    with tab.holding("Alt"):
        assert changed(tab, lambda: around(*square)) == pytest.approx(-900, abs=120)
    tool(tab, "Click corners around it")
    for corner in ((420, 30), (450, 30), (450, 60)):
        tab.click(*corner)
        tab.wait("stage.app.ui.outline && !stage.app.ui.outline.busy")
    assert changed(tab, lambda: tab.press("Enter")) > 200
    section = tab.part("Mask")
    assert changed(tab, section.get_by_role("button", name="Grow the outline").click) > 300
    assert changed(tab, section.get_by_role("button", name="Shrink the outline").click) < -300
    tab.press("r")
    assert tab.ask("stage.app.ui.refine.base") == tab.objects()[0]["mask"] and tab.ask("stage.app.ui.tool") == "select"
    with tab.holding("Shift"):
        assert changed(tab, lambda: tab.click(435, 45)) < 0
    tab.press(*["Control+z"] * 6)
    assert tab.ask(COUNT) == whole


def test_keys_are_chosen_together_pulled_and_deleted(tab):
    second, third = (tab.page.get_by_role("button", name=f"Balloon: waypoint {n}") for n in (2, 3))
    second.click()
    third.click(modifiers=["Shift"])
    expect(third).to_have_attribute("aria-pressed", "true")
    x, y = tab.middle(third)
    tab.pull((x, y), (x - 0.2 * tab.ask("stage.timeline.length"), y))
    times = [point["time"] for point in tab.path()]
    assert times[2] == pytest.approx(0.8, abs=0.03) and times[2] - times[1] == pytest.approx(0.5, abs=0.12)
    assert tab.ask("stage.app.lastStep") == "timed Balloon"
    tab.press("Delete")
    assert tab.path() == []


def test_a_curve_is_bent_by_its_waypoints_in_depth_and_in_size(tab):
    handle = tab.page.get_by_role("button", name="Nearness at waypoint 2")
    x, y = tab.middle(handle)
    tab.pull((x, y), (x, y - 18))
    near = tab.path()[1]["nearness"]
    assert near > 0.2 and tab.ask(STEPS) == 1
    tab.page.get_by_role("button", name="Depth ⇅").click()
    tab.page.get_by_role("button", name="Size at waypoint 2").press("ArrowUp")
    assert tab.path()[1]["size"] > 1 and tab.path()[1]["nearness"] == near
    tab.page.get_by_role("button", name="Size ⇅").click()


def test_rows_are_layers_copies_have_their_own_path_and_riders_that_of_another(tab):
    grip = tab.page.get_by_role("button", name="Order of Trees")
    grip.scroll_into_view_if_needed()
    x, y = tab.middle(grip)
    tab.pull((x, y), (x, y - 75))
    assert [item["name"] for item in tab.objects()] == ["Trees", "Balloon"]
    assert tab.objects()[0]["order_overrides"][0]["relation"] == "front"
    tab.press("Control+z")
    tab.ask("stage.app.selectObject('o1')")
    tab.press("Control+d")
    copy = tab.objects()[2]
    assert copy["copy_of"] == "Balloon" and copy["waypoints"] == tab.path() and tab.ask("stage.app.ui.object") == "o3"
    tab.ask("stage.app.selectObject('o2')")
    tab.settled()
    tab.choose("Goes", "Balloon")
    rider = tab.ask("[0, 1].map((time) => stage.app.plan(stage.app.doc.objects[1]).trajectory.at(time))")
    assert tab.objects()[1]["follows"] == "Balloon" and tab.ask("stage.app.lastStep") == "tied or freed Trees"
    assert rider[1]["x"] == pytest.approx(rider[0]["x"] + END[0] - START[0], abs=1)


def test_a_path_comes_from_a_file_of_tracked_points(tab, tmp_path):
    points = [{"x": 372 - 5 * n, "y": 68 + n * n / 4} for n in range(20)]
    (tmp_path / "ball.json").write_text(json.dumps(points))
    with tab.page.expect_file_chooser() as chooser:
        tab.page.get_by_role("button", name="A path from tracked points").click()
    chooser.value.set_files(str(tmp_path / "ball.json"))
    tab.wait(f"{STEPS} === 1")
    assert (tab.path()[-1]["x"], tab.path()[-1]["y"]) == pytest.approx((277, 158), abs=1)


def test_space_plays_and_a_question_is_asked_once_and_closed_by_escape(tab):
    tab.press("Space")
    assert tab.ask("stage.app.ui.playing") is True
    tab.press("Space")
    assert tab.ask("stage.app.ui.playing") is False
    tab.ask(
        "(window.answers = [], [1, 2].map(() => stage.layout.ask('Replace?', 'Yes').then((a) => answers.push(a))), 0)"
    )
    expect(tab.page.get_by_role("alertdialog")).to_have_count(1)
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_role("alertdialog")).to_have_count(0)
    assert tab.page.evaluate("answers") == [False, False] and tab.ask("stage.app.ui.object") == "o1"
