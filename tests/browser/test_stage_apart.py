"""Nothing of one document is drawn over another, and nothing of what was undone, deleted or hidden over the rest."""

from dataclasses import replace

import pytest

from levitor_core.structures import Waypoint
from tests.browser.driving import OPEN, REVEALED
from tests.browser.stage_scene import BALLOON, TREES, picked

pytestmark = pytest.mark.browser

START, END, LAKE = (372, 68), (300, 185), (330, 215)
DRAWN = """(() => {
  stage.overlay.draw(stage.app, stage.viewport, stage.picture.ratio);
  const { busy, brush, erase, loop, atFrames, onion, depthView, ...ui } = stage.app.ui;
  const texts = [".lv-hint", ".lv-readout", "[role=alert]", ".lv-chipbar"].flatMap((name) =>
    [...document.querySelectorAll(name)].map((part) => (part.checkVisibility() ? part.textContent.trim() : "")));
  return { lines: stage.overlayCanvas.toDataURL(), texts, ui, painting: stage.app.painting };
})()"""
LINES = """(() => {
  stage.overlay.draw(stage.app, stage.viewport, stage.picture.ratio);
  const { width, height } = stage.overlayCanvas;
  return stage.overlay.context.getImageData(0, 0, width, height).data.filter((value) => value).length;
})()"""


@pytest.fixture
def tab(opened):
    """A balloon on its way, its end selected, and the trees at rest."""
    bare = opened.site.bare
    balloon = picked(bare, BALLOON, "Balloon", Waypoint(*START), Waypoint(*END, 0.3))
    opened.show(replace(bare, objects=(balloon, picked(bare, TREES, "Trees"))), tool="select", refine=None, onion=False)
    opened.ask("stage.app.selectWaypoint(1)")
    opened.settled()
    yield opened
    opened.page.mouse.up()


def another(tab, name, *objects):
    """Open another document on the page as it stands; what is drawn of it, once all that it asked for is there."""
    tab.page.evaluate("window.applied")  # the site takes the last edit for its project
    tab.site.begin(replace(tab.site.bare, objects=objects))
    tab.page.evaluate(OPEN, name)
    tab.wait(REVEALED)
    tab.settled()
    tab.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return tab.ask(DRAWN)


def half_a_drag(tab):
    tab.hover(*END)
    tab.page.mouse.down()
    tab.page.mouse.move(*tab.at(280, 150), steps=3)


def half_a_stroke(tab):
    tab.press("b")
    tab.hover(330, 120)
    tab.page.mouse.down()
    tab.page.mouse.move(*tab.at(310, 140), steps=3)


def orbit(tab):
    tab.press("o")
    tab.click(150, 150)


def picking(tab):
    tab.press("Escape", "Escape")
    tab.click(*LAKE)
    tab.picked(3)


UNDER_WAY = {
    "a selected waypoint": lambda tab: None,
    "a drag": half_a_drag,
    "a stroke of the brush": half_a_stroke,
    "an orbit": orbit,
    "picking": picking,
    "the keyboard's cursor": lambda tab: tab.press("Escape", "ArrowLeft", "ArrowLeft"),
    "a hovered instance": lambda tab: tab.hover(150, 150),
    "a thing that a button points at": lambda tab: tab.page.get_by_role("button", name="Just behind Trees").hover(),
    "a depth being turned": lambda tab: (tab.hover(*END), tab.page.mouse.wheel(0, -240)),
    "playing": lambda tab: tab.button("Play"),
}


@pytest.fixture(scope="module")
def opened_first(stage_tab):
    """How the other document looks where nothing was open before."""
    stage_tab.show(stage_tab.site.bare, tool="select", refine=None, onion=False)
    return another(stage_tab, "opened first", trees_on_their_way(stage_tab))


def trees_on_their_way(tab):
    return picked(tab.site.bare, TREES, "Trees", Waypoint(60, 290), Waypoint(120, 200))


@pytest.mark.parametrize("name", UNDER_WAY)
def test_another_document_looks_as_if_it_had_been_opened_first(opened_first, tab, name):
    UNDER_WAY[name](tab)
    assert another(tab, f"after {name}", trees_on_their_way(tab)) == opened_first
    before = tab.document()
    tab.page.mouse.move(*tab.at(200, 100))
    tab.page.mouse.up()
    tab.settled()
    assert tab.document() == before and tab.ask("stage.app.history.past.length") == 0


def test_what_is_undone_deleted_or_hidden_leaves_no_line(tab):
    another(tab, "nothing picked")
    for undone in (("Control+z",), ("Shift+Delete",)):
        tab.click(150, 150)
        tab.picked(1)
        assert tab.ask(LINES) > 0
        tab.press(*undone)
        tab.wait("stage.app.doc.objects.length === 0")
        assert tab.ask(LINES) == 0
    tab.click(150, 150)
    tab.picked(1)
    tab.button("Hide Object 1")
    assert tab.ask(LINES) == 0


def test_an_answer_to_what_was_undone_is_none(tab):
    another(tab, "nothing to undo")
    tab.ask("(stage.app.world.pickable = false, window.ask = stage.host.segment, 0)")
    tab.page.evaluate("(stage.host.segment = () => new Promise((done) => (window.answer = done)), 0)")
    tab.click(150, 150)
    tab.wait("stage.app.ui.refine?.busy")
    another(tab, "asked of another")
    tab.page.evaluate("(answer({ error: 'too late' }), stage.host.segment = ask, 0)")
    assert tab.ask(LINES) == 0 and tab.ask("[stage.app.ui.error, stage.app.doc.objects.length]") == ["", 0]
