"""How fast the stage draws in headless Chromium with software GL: a drag, and one frame read back to its last pixel.

Needs the tests' packages and Chromium.
"""

from collections.abc import Iterator

from playwright.sync_api import sync_playwright

from benchmarks.table import Row
from tests.browser.conftest import launched
from tests.browser.driving import StageTab
from tests.browser.stage_harness import harness
from tests.browser.stage_scene import discs

GL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # pages too
SECONDS = 5
WIDTH = 512
FRAMES = """async (seconds) => {
  let frames = 0;
  const began = performance.now();
  const { app } = stage;
  while (performance.now() - began < 1000 * seconds) {
    const x = 100 + (frames % 50);
    const [first, ...rest] = app.history.present.objects;
    const waypoints = first.waypoints.map((point, i) => (i === 1 ? { ...point, x } : point));
    app.preview({ ...app.history.present, objects: [{ ...first, waypoints }, ...rest] });
    await new Promise(requestAnimationFrame);
    frames += 1;
  }
  app.cancel();
  return frames / seconds;
}"""
FRAME_MS = """() => {
  const { gl } = stage.picture.renderer, pixel = new Uint8Array(4), times = [];
  for (let i = 0; i < 30; i++) {
    const began = performance.now();
    stage.app.preview({ ...stage.app.doc });
    stage.render();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    times.push(performance.now() - began);
  }
  stage.app.cancel();
  return times;
}"""


def scenario() -> Iterator[Row]:
    """With three objects, and with twelve."""
    with sync_playwright() as playwright, launched(playwright, GL) as browser, harness() as served:
        tab = StageTab(browser, served, viewport={"width": WIDTH + 350, "height": 760})
        for count in (3, 12):
            tab.show(discs(tab.site.bare, count))
            tab.ask("stage.app.selectWaypoint(1)")
            tab.wait("stage.app.doc.objects.every((object) => stage.app.world.reliefs.has(object.mask))")
            tab.settled()
            what = f"{count} objects, {tab.ask('stage.layout.view.clientWidth')} px wide"
            rates = tuple(tab.page.evaluate(FRAMES, SECONDS) for _ in range(3))
            yield Row(f"a drag, {what}", rates, "frames a second")
            yield Row(f"one frame to its last pixel, {what}", tuple(tab.page.evaluate(FRAME_MS)), "ms")
