"""What a drag costs with twelve objects, and what two hundred edits leave behind. Times are the best of many frames,
which another process on the machine disturbs least."""

from dataclasses import replace

import numpy as np
import pytest

from levitor_core.structures import SceneObject, Waypoint
from tests.browser.driving import StageTab
from tests.browser.stage_harness import harness

pytestmark = pytest.mark.browser

COUNT_UPLOADS = """() => {
  window.uploads = 0;
  const { gl } = stage.renderer;
  for (const name of ["texImage2D", "bufferData"]) {
    const upload = gl[name].bind(gl);
    gl[name] = (...values) => { uploads += 1; upload(...values); };
  }
}"""
BEST_FRAME = """() => {
  const { gl } = stage.renderer, pixel = new Uint8Array(4), times = [];
  for (let i = 0; i < 30; i++) {
    const began = performance.now();
    stage.app.preview({ ...stage.app.doc });
    stage.render();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    times.push(performance.now() - began);
  }
  stage.app.cancel();
  return Math.min(...times);
}"""


@pytest.fixture(scope="module")
def tab(chromium):
    with harness() as (address, site):
        opened = StageTab(chromium, address, site)
        yield opened
        opened.close()


def fly(tab, count):
    """So many discs on paths of three waypoints; the first one's second waypoint is selected."""
    rows, columns = np.indices(tab.site.bare.scene.size_hw)
    objects = []
    for n in range(count):
        x, y = 40 + n % 6 * 70, 50 + n // 6 * 120
        mask = (columns - x) ** 2 + (rows - y) ** 2 < 28**2
        way = (Waypoint(x, y), Waypoint(x + 60, y + 30), Waypoint(x + 10, y + 70, 0.4))
        objects.append(SceneObject(f"Disc {n}", mask, waypoints=way))
    tab.show(replace(tab.site.bare, objects=tuple(objects)))
    tab.ask("stage.app.selectWaypoint(1)")
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


@pytest.mark.parametrize(("count", "limit_ms"), [(3, 66), (12, 150)])
def test_a_frame_of_a_drag_is_drawn_in_time(tab, count, limit_ms):
    fly(tab, count)
    assert tab.page.evaluate(BEST_FRAME) < limit_ms


def test_two_hundred_edits_leave_no_memory_behind(tab):
    fly(tab, 3)
    devtools = tab.page.context.new_cdp_session(tab.page)

    def heap():
        devtools.send("HeapProfiler.collectGarbage")
        return devtools.send("Runtime.getHeapUsage")["usedSize"] / 1e6

    edit = """async (count) => {
      const { duplicateWaypoint, updateWaypoint, removeWaypoint } = await import("/js/document.js");
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
