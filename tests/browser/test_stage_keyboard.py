"""The stage without a mouse and for a screen reader: names, roles, focus order, what is announced, reduced motion."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from levitor_core.structures import Scenery, Waypoint
from tests.browser.driving import StageTab
from tests.browser.stage_scene import BALLOON, TOWER, picked

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(opened):
    opened.show(opened.site.bare)
    return opened


@pytest.fixture
def busy(tab):
    """Everything the page can show at once: a path, scenery, a selected waypoint, camera keys."""
    bare = tab.site.bare
    balloon = picked(bare, BALLOON, "Balloon", Waypoint(372, 68), Waypoint(270, 110), Waypoint(150, 90))
    tower = Scenery("Tower", bare.scene.partition == TOWER)
    tab.show(replace(bare, objects=(balloon,), scenery=(tower,)))
    tab.button("Push in")
    tab.ask("stage.app.selectWaypoint(1)")
    tab.settled()
    return tab


def said(tab):
    """The line of the live region, once everything has settled."""
    tab.settled()
    return tab.page.locator(".lv-spoken").inner_text()


def test_pick_path_depth_and_delete_with_the_keyboard_alone(tab):
    tab.press("ArrowRight")
    for _ in range(3):
        tab.page.keyboard.press("Shift+ArrowRight")
    for _ in range(2):
        tab.page.keyboard.press("Shift+ArrowUp")
    tab.page.keyboard.press("ArrowUp")
    assert said(tab).startswith("the area at the top right, at 36")
    tab.page.keyboard.press("Enter")
    tab.picked(1)
    assert said(tab).startswith("Object 1, at 36")
    tab.page.keyboard.press("p")
    for _ in range(3):
        tab.page.keyboard.press("Shift+ArrowLeft")
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Shift+ArrowDown")
    tab.page.keyboard.press("Enter")
    assert len(tab.path()) == 3
    tab.page.keyboard.press("Escape")
    assert "Object 1, waypoint 3 of 3" in said(tab)
    for _ in range(5):
        tab.page.keyboard.press("PageUp")
    tab.settled()
    assert tab.path()[2]["nearness"] > 0.2
    size = re.search(r"size ×([\d.]+)", said(tab))
    assert float(size.group(1)) > 1
    tab.page.keyboard.press("ArrowLeft")
    assert tab.path()[2]["x"] == pytest.approx(tab.path()[1]["x"] - 1, abs=0.01)
    tab.page.keyboard.press("Delete")
    assert len(tab.path()) == 2
    tab.page.keyboard.press("Control+z")
    assert said(tab).startswith("Undone: deleted a waypoint of Object 1; ")
    tab.page.keyboard.press("Shift+Delete")
    assert tab.objects() == []


def test_every_control_has_a_name_of_its_own(busy):
    names = busy.page.evaluate(
        """[...document.querySelectorAll('.lv-stage :is(button, input, select, canvas, [role=slider])')]
        .filter((control) => control.offsetParent && !control.closest('[aria-hidden=true]'))
        .map((control) => [control.tagName, control.ariaLabel ?? control.closest('label')?.textContent
          ?? control.textContent, control.closest('section')?.ariaLabel ?? ''])"""
    )
    assert all(name.strip() for _, name, _ in names), names
    named = [tuple(entry) for entry in names]
    assert len(named) == len(set(named)), sorted(entry for entry in named if named.count(entry) > 1)


def test_the_accessibility_tree_is_in_the_order_of_the_work(busy):
    tree = busy.page.locator(".lv-stage").aria_snapshot()
    wanted = [
        'toolbar "Stage tools"',
        'application "Stage',
        'slider "Depth of the selected waypoint"',
        'group "Objects and motion"',
        'region "Objects"',
        'textbox "Name of Balloon"',
        'region "Waypoint"',
        'slider "Depth"',
        'region "Path"',
        'region "Camera"',
        'group "Timeline"',
        'slider "Playhead"',
        'button "Balloon: waypoint 2" [pressed]',
        'button "Camera: key 1"',
        'img "Nearness of Balloon over time',
    ]
    places = [tree.find(line) for line in wanted]
    assert min(places) >= 0, [line for line, place in zip(wanted, places, strict=True) if place < 0]
    assert places == sorted(places)


def test_tab_walks_the_waypoints_and_then_leaves_the_canvas(busy):
    busy.press("Escape")
    canvas = busy.page.locator(".lv-overlay")
    for index in range(3):
        busy.page.keyboard.press("Tab")
        assert busy.ask("stage.app.ui.waypoint") == index
        expect(canvas).to_be_focused()
    busy.page.keyboard.press("Tab")
    expect(canvas).not_to_be_focused()
    assert busy.page.evaluate("document.activeElement.closest('.lv-stage') !== null")


CONTROLS = """() => {
  const parts = ":is(button, input, select, canvas, [role=slider], [role=status], [role=alert])";
  return [...document.querySelectorAll(`.lv-stage ${parts}`)].map((node) => {
    const name = node.ariaLabel ?? node.closest("label")?.textContent;
    node.mark ??= window.marks = (window.marks ?? 0) + 1;
    const place = [node.closest("section")?.ariaLabel, node.tagName, node.className.split(" ")[0]];
    return [[...place, name].join("/"), node.mark];
  });
}"""
OBJECTS = "{ ...stage.app.doc, objects: stage.app.doc.objects.map((object) => ({ ...object, %s })) }"
TIMED = OBJECTS % "timing: 'per-click'"
MOVED = OBJECTS % "waypoints: object.waypoints.map((point) => ({ ...point, x: point.x + 5 }))"
EDITS = {
    "reverse": "document.querySelector('[aria-label=\"The same way backwards\"]').click()",
    "another waypoint": "stage.app.selectWaypoint(2)",
    "timing": f"stage.app.commit({TIMED})",
    "drag": f"stage.app.preview({MOVED})",
    "end of the drag": "stage.app.commit(stage.app.draft)",
    "instances": "(stage.app.world.instances = null, stage.app.invalidate())",
    "ground": "document.querySelector('[aria-label^=\"Its depth follows\"]').click()",
    "undo": "stage.app.undo()",
    "easing": "stage.app.commit({ ...stage.app.doc, camera: { ...stage.app.doc.camera, easing: 'in' } })",
    "mistake": "stage.app.set({ error: 'That did not work.' })",
    "another tool": "stage.useTool('path')",
    "playing": "stage.app.set({ playing: true })",
    "stopped": "stage.app.set({ playing: false, time: 0.5 })",
}


def test_a_control_stays_itself_whatever_happens_to_the_document(busy):
    """What is pressed, focused, typed into or spoken by a screen reader is never another element of the same name."""
    before = dict(busy.page.evaluate(CONTROLS))
    assert len(before) > 50
    for name, edit in EDITS.items():
        busy.ask(f"({edit}, null)")
        busy.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        after = dict(busy.page.evaluate(CONTROLS))
        changed = [control for control, mark in before.items() if after.get(control, mark) != mark]
        assert not changed, f"{name} made anew: {changed}"
        before = after


def test_the_focus_stays_where_it_is_when_the_document_changes(busy):
    chip = busy.page.get_by_role("button", name="The same way backwards", exact=True)
    chip.focus()
    busy.page.keyboard.press("Enter")
    busy.settled()
    assert len(busy.path()) == 3
    expect(chip).to_be_focused()
    easing = busy.part("Path").get_by_label("Easing")
    easing.focus()
    easing.select_option("in")
    busy.settled()
    expect(easing).to_be_focused()


def test_names_are_typed_without_setting_off_shortcuts_which_need_the_stages_focus(busy):
    field = busy.page.get_by_label("Name of Balloon")
    field.click()
    expect(field).not_to_be_editable()  # a click selects
    field.press("F2")
    busy.page.keyboard.type("Bp vol?")
    busy.page.keyboard.press("Enter")
    assert busy.objects()[0]["name"] == "Bp vol?" and busy.ask("stage.app.ui.tool") == "select"
    field = busy.page.get_by_label("Name of Bp vol?")
    field.dblclick()
    field.fill("")
    busy.page.keyboard.press("Enter")
    assert busy.objects()[0]["name"] == "Bp vol?"
    expect(field).to_have_value("Bp vol?")
    busy.page.evaluate("document.activeElement.blur()")
    busy.page.keyboard.press("p")
    assert busy.ask("stage.app.ui.tool") == "select"


def test_with_reduced_motion_nothing_plays_by_itself(chromium, served):
    tab = StageTab(chromium, served, reduced_motion="reduce")
    tab.page.evaluate(
        "fetch('/scene').then((r) => r.json()).then((s) => stage.setScene({...s, document_id: 'x', play: true}))"
    )
    tab.settled()
    assert not tab.ask("stage.app.ui.playing")
    tab.close()
