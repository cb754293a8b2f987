"""How fast the stage draws in headless Chromium with software GL: a drag, and one frame read back to its last pixel.

`python benchmarks/stage_frames.py` needs the tests' packages and Chromium.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

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
BEST_MS = """() => {
  const { gl } = stage.picture.renderer, pixel = new Uint8Array(4), times = [];
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


def main() -> None:
    """One row for three objects, one for twelve."""
    with sync_playwright() as playwright, launched(playwright, GL) as browser, harness() as served:
        tab = StageTab(browser, served, viewport={"width": WIDTH + 350, "height": 760})
        for count in (3, 12):
            tab.show(discs(tab.site.bare, count))
            tab.ask("stage.app.selectWaypoint(1)")
            tab.wait("stage.app.doc.objects.every((object) => stage.app.world.reliefs.has(object.mask))")
            tab.settled()
            width = tab.ask("stage.layout.view.clientWidth")
            rate, best = tab.page.evaluate(FRAMES, SECONDS), tab.page.evaluate(BEST_MS)
            print(f"{count:2} objects, {width} px wide: a drag at {rate:.1f} frames a second; best frame {best:.0f} ms")


if __name__ == "__main__":
    main()
