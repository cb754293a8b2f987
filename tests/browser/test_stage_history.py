"""Undo and redo of every action: undo gives back exactly the document before, redo the one after, in one step each."""

from dataclasses import replace

import pytest

from levitor_core.structures import CameraKey, CameraMove, Scenery, Waypoint
from tests.browser.driving import rename
from tests.browser.stage_scene import BALLOON, TOWER, TREES, picked

pytestmark = pytest.mark.browser

MIDDLE = (270, 110)


@pytest.fixture(scope="module")
def shown(stage_tab):
    """A balloon with three waypoints, trees at rest, the tower as scenery, two camera keys; opened once."""
    bare = stage_tab.site.bare
    way = (Waypoint(372, 68), Waypoint(*MIDDLE), Waypoint(240, 200))
    objects = (picked(bare, BALLOON, "Balloon", *way), picked(bare, TREES, "Trees"))
    tower = Scenery("Tower", bare.scene.partition == TOWER)
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, (10.0, 0.0), 1.1, 0.0)), "both")
    stage_tab.show(replace(bare, objects=objects, scenery=(tower,), camera=camera))
    stage_tab.ask("stage.app.selectWaypoint(1)")
    stage_tab.press("Control+c")
    return stage_tab.document()


@pytest.fixture
def tab(opened, shown):
    """As it was opened, without a history; the balloon's second waypoint is selected."""
    opened.page.evaluate("rewind({ object: 'o1' })")
    opened.ask("(stage.app.selectWaypoint(1), stage.app.set({ time: 0 }))")
    opened.settled()
    assert opened.document() == shown
    return opened


def key(*keys):
    return lambda tab: tab.press(*keys)


def button(name):
    return lambda tab: tab.button(name)


def choose(section, label, value):
    return lambda tab: tab.part(section).get_by_label(label, exact=True).select_option(value)


def check(section, label):
    return lambda tab: tab.part(section).get_by_label(label, exact=True).check()


def slide(section, label, by=30):
    return lambda tab: tab.slide(section, label, by)


def ring(part, dx, dy):
    """Pull one of the handles around the selected waypoint."""

    def pull(tab):
        x, y = tab.ask(
            "import('/js/model/hit.js').then(({ handlesOnScreen }) => {"
            "const box = stage.overlayCanvas.getBoundingClientRect();"
            f"const [x, y] = handlesOnScreen(stage.app, stage.viewport).{part}; return [x + box.left, y + box.top]; }})"
        )
        tab.pull((x, y), (x + dx, y + dy))

    return pull


def at_rest(action):
    """With nothing selected."""

    def act(tab):
        tab.press("Escape", "Escape")
        action(tab)

    return act


def with_tool(tool, action):
    def act(tab):
        tab.press(tool)
        tab.settled()
        action(tab)

    return act


def wheel(tab):
    tab.hover(*MIDDLE)
    for _ in range(3):
        tab.page.mouse.wheel(0, -120)


def colour(tab):
    tab.page.get_by_label("Colour of Balloon").fill("#00ff00")


def of_trees(name):
    def act(tab):
        tab.page.get_by_label("Name of Trees").click()
        tab.button(name)

    return act


def timeline_key(name):
    def act(tab):
        box = tab.page.get_by_role("button", name=name, exact=True).bounding_box()
        tab.pull((box["x"] + 12, box["y"] + 12), (box["x"] - 48, box["y"] + 12))

    return act


def camera_key(action):
    def act(tab):
        tab.page.get_by_role("button", name="Camera: key 2").click()
        action(tab)

    return act


def brush(tab):
    tab.press("b")
    tab.settled()
    tab.drag((330, 120), (310, 140))


ACTIONS = {
    "pick by a click": at_rest(lambda tab: tab.click(20, 200)),
    "pick by a box": at_rest(lambda tab: tab.drag((335, 30), (412, 125))),
    "paint": brush,
    "pull a still object": at_rest(lambda tab: tab.drag((60, 290), (90, 250))),
    "pull a waypoint": lambda tab: tab.drag(MIDDLE, (290, 150)),
    "pull the start": lambda tab: tab.drag((372, 68), (375, 60)),
    "move the path": at_rest(lambda tab: (tab.click(372, 68), tab.drag((322, 84), (322, 120)))),
    "nudge": key("Shift+ArrowLeft"),
    "nudge depth": key("PageUp"),
    "turn the wheel": wheel,
    "add a waypoint": with_tool("p", lambda tab: tab.click(60, 60)),
    "draw": with_tool("p", lambda tab: tab.drag((60, 60), (120, 30))),
    "insert": with_tool("p", lambda tab: tab.drag((322, 84), (330, 110))),
    "rest here": key("Control+d"),
    "delete a waypoint": key("Delete"),
    "size handle": ring("size", -20, 20),
    "turn handle": ring("rotation", 30, 20),
    "depth": slide("Waypoint", "Depth"),
    "size": slide("Waypoint", "Size"),
    "turn": slide("Waypoint", "Turn"),
    "time": slide("Waypoint", "Time", 15),
    "just behind": button("Just behind Trees"),
    "in front": button("Just in front of Trees"),
    "match": button("The depth of what is under this waypoint"),
    "on ground": check("Path", "On ground"),
    "pinned": check("Path", "Pinned to the screen"),
    "speed": choose("Path", "Speed", "per-click"),
    "easing": choose("Path", "Easing", "out"),
    "always in front": choose("Path", "And Tower", "front"),
    "reverse": button("The same way backwards"),
    "turn along": button("Turn the object so that it points along its path"),
    "once more": button("Go the same way again from where the path ends"),
    "paste": lambda tab: (tab.page.get_by_label("Name of Trees").click(), tab.press("Control+v")),
    "clear": button("Remove the path; the object stays"),
    "orbit": with_tool("o", lambda tab: tab.click(150, 150)),
    "orbit tilt": with_tool("o", lambda tab: (tab.click(150, 150), tab.slide("Orbit", "Tilt", -30))),
    "rename": lambda tab: rename(tab.page, "Trees", "Bushes"),
    "colour": colour,
    "hide": button("Hide Balloon"),
    "scenery": of_trees("Keep Trees still, as scenery"),
    "delete an object": of_trees("Delete Trees"),
    "delete by key": key("Shift+Delete"),
    "shift scenery": lambda tab: tab.page.get_by_label("Depth of Tower").fill("20"),
    "flatten scenery": check("Objects", "Tower flat"),
    "delete scenery": button("Delete Tower"),
    "key of a waypoint": timeline_key("Balloon: waypoint 2"),
    "key of the camera": timeline_key("Camera: key 2"),
    "camera preset": button("Push in"),
    "camera easing": choose("Camera", "Easing", "in"),
    "camera key": lambda tab: (tab.ask("stage.app.set({ time: 0.5 })"), tab.button("Add a camera key at the playhead")),
    "camera zoom": camera_key(slide("Camera", "Zoom")),
    "camera pan": camera_key(slide("Camera", "Pan down")),
    "delete a camera key": camera_key(key("Delete")),
    "camera still": button("Camera stands still"),
}
STEPS = {"orbit tilt": 2}  # the others are one


@pytest.mark.parametrize("name", ACTIONS)
def test_undo_and_redo(tab, name):
    before = tab.document()
    ACTIONS[name](tab)
    tab.wait("!stage.app.draft && !stage.app.ui.refine?.busy && stage.app.history.past.length > 0")
    steps = STEPS.get(name, 1)
    assert tab.ask("stage.app.history.past.length") == steps
    after = tab.document()
    assert after != before
    tab.press("v", *["Control+z"] * steps)
    assert tab.document() == before
    tab.press(*["Control+Shift+z"] * steps)
    assert tab.document() == after
