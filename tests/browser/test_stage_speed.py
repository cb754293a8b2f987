"""What a drag does not do over again with twelve objects, and what two hundred edits leave behind."""

import pytest

from tests.browser.stage_scene import discs

pytestmark = pytest.mark.browser

COUNT_UPLOADS = """() => {
  window.uploads = 0;
  const { gl } = stage.picture.renderer;
  for (const name of ["texImage2D", "bufferData"]) {
    const upload = gl[name].bind(gl);
    gl[name] = (...values) => { uploads += 1; upload(...values); };
  }
}"""


@pytest.fixture
def tab(opened):
    return opened


def fly(tab, count):
    """So many discs on paths of three waypoints; the first one's second waypoint is selected."""
    tab.show(discs(tab.site.bare, count))
    tab.ask("stage.app.selectWaypoint(1)")
    tab.wait("stage.app.doc.objects.every((object) => stage.app.world.reliefs.has(object.mask))")
    tab.settled()


def test_a_drag_among_twelve_objects_uploads_nothing_and_plans_only_what_is_dragged(tab):
    fly(tab, 12)
    tab.page.evaluate(COUNT_UPLOADS)
    tab.page.evaluate("window.plans = stage.app.doc.objects.map((object) => stage.app.plan(object))")
    tab.hover(100, 80)
    tab.page.mouse.down()
    for step in range(8):
        tab.page.mouse.move(*tab.at(105 + 4 * step, 80 + 3 * step))
    tab.wait("!stage.app.scheduled")
    kept = tab.ask("stage.app.doc.objects.map((object, i) => stage.app.plan(object) === plans[i])")
    assert kept == [False] + [True] * 11
    assert tab.ask("stage.app.doc.objects[0].waypoints[1].x") > 125
    assert tab.page.evaluate("uploads") == 0
    tab.page.mouse.up()


@pytest.mark.slow
def test_two_hundred_edits_leave_no_memory_behind(tab):
    fly(tab, 3)
    devtools = tab.page.context.new_cdp_session(tab.page)

    def heap():
        devtools.send("HeapProfiler.collectGarbage")
        return devtools.send("Runtime.getHeapUsage")["usedSize"] / 1e6

    edit = """async (count) => {
      const { duplicateWaypoint, updateWaypoint, removeWaypoint } = await import("/js/model/document.js");
      for (let i = 0; i < count; i++) {
        const { app } = stage;
        const change = [updateWaypoint, duplicateWaypoint, removeWaypoint][i % 3];
        app.commit(change(app.doc, "o1", 1, { x: 100 + (i % 50), y: 80 }));
        if (i % 5 === 0) await new Promise(requestAnimationFrame);
        if (i % 10 === 9) for (let k = 0; k < 3; k++) app.undo();
        window.events.length = 0;
      }
    }"""
    tab.page.evaluate(edit, 40)
    before, elements = heap(), tab.page.evaluate("document.querySelectorAll('*').length")
    tab.page.evaluate(edit, 200)
    tab.settled()
    assert heap() - before < 4
    assert tab.page.evaluate("document.querySelectorAll('*').length") < elements + 60
