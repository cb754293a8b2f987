"""A stage in an open page, driven with the real mouse, fingers, pen and keys, in the photo's own pixels."""

import itertools
import json
import time
from contextlib import contextmanager

import numpy as np

SETTLED = "!stage.app.draft && !stage.app.scheduled && !stage.app.ui.busy && !stage.app.ui.refine?.busy"
REVEALED = "stage.app.world.background || !stage.app.doc.objects.some((o) => o.waypoints.length > 1)"
# The site's project, under a name of its own.
OPEN = """async (name) => {
  const scene = await (await fetch("/scene")).json();
  return stage.setScene({ ...scene, document_id: name });
}"""
PIXEL = """(() => {
  stage.picture.quality = 1;  // whatever the last drag has made of it
  stage.picture.draw();
  const [x, y] = stage.viewport.toScreen([%s, %s]);
  const copy = new OffscreenCanvas(1, 1).getContext("2d");
  copy.drawImage(stage.layout.picture, -Math.floor(x * stage.picture.ratio), -Math.floor(y * stage.picture.ratio));
  return [...copy.getImageData(0, 0, 1, 1).data];
})()"""


PLACE = """async (stage, x, y) => {
  for (let frame = 0; stage.app.scheduled && frame < 2; frame++) await new Promise(requestAnimationFrame);
  const box = stage.overlayCanvas.getBoundingClientRect();
  const at = stage.viewport.toScreen([x, y]);
  return [at[0] + box.left, at[1] + box.top];
}"""


# Until the stage has stood in one place for some frames: what is above it goes when a photo opens.
AT_REST = """async () => {
  const { overlayCanvas, viewport } = window.levitorStage;
  const view = () => JSON.stringify([overlayCanvas.getBoundingClientRect(), viewport]);
  for (let last = "", same = 0; same < 5; same = view() === last ? same + 1 : 0) {
    last = view();
    await new Promise(requestAnimationFrame);
  }
}"""


def as_labels(answers, shape):
    """What stage_masks.js answers, as the engine's label maps (frames, h, w)."""
    return (np.frombuffer("".join(answers).encode(), np.uint8) - ord("0")).reshape(shape)


class StageDriver:
    """`name` is what the page's script calls the stage."""

    def __init__(self, page, name="stage"):
        self.page, self.name = page, name

    def ask(self, script):
        """What the page's script says; `stage` in it is the stage."""
        return self.page.evaluate(f"((stage) => ({script}))({self.name})")

    def wait(self, script, timeout=90_000):
        """Until it is so."""
        self.page.wait_for_function(f"((stage) => ({script}))({self.name})", timeout=timeout)

    def at(self, x, y):
        """Where a working pixel is on the screen, once what is about to be drawn has moved it."""
        return self.page.evaluate(f"({PLACE})({self.name}, {x}, {y})")

    def click(self, x, y, **options):
        self.page.mouse.click(*self.at(x, y), **options)

    def hover(self, x, y):
        self.page.mouse.move(*self.at(x, y))

    def drag(self, start, end, button="left"):
        """Press on one working pixel, let go on another."""
        self.pull(self.at(*start), self.at(*end), button)

    def pull(self, start, end, button="left"):
        """The same between places of the screen."""
        self.page.mouse.move(*start)
        self.page.mouse.down(button=button)
        self.page.mouse.move(*end, steps=4)
        self.page.mouse.up(button=button)

    def press(self, *keys):
        """Keys on the canvas."""
        self.page.locator(".lv-overlay").focus()
        for key in keys:
            self.page.keyboard.press(key)

    @contextmanager
    def holding(self, key):
        self.page.keyboard.down(key)
        yield
        self.page.keyboard.up(key)

    def button(self, name):
        self.settled()
        self.page.get_by_role("button", name=name, exact=True).click()

    def part(self, name):
        """A section of the side panel."""
        return self.page.get_by_role("region", name=name, exact=True)

    def choose(self, label, value):
        self.page.get_by_label(label, exact=True).select_option(value)

    def slide(self, section, label, by):
        """Drag a slider's thumb by so many screen pixels."""
        self.settled()
        slider = self.part(section).get_by_role("slider", name=label, exact=True)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        low, high, value = (float(slider.evaluate(f"(input) => input.{name}")) for name in ("min", "max", "value"))
        x = box["x"] + 8 + (box["width"] - 16) * (value - low) / (high - low)
        y = box["y"] + box["height"] / 2
        self.pull((x, y), (x + by, y))

    def touch(self, kind, *places):
        """One step of fingers at working pixels: touchStart, touchMove or touchEnd."""
        self._fingers(kind, [self.at(*place) for place in places])

    def stroke(self, places, then=None):
        """One finger along working pixels, quick however slow this machine is, and soon a tap on what comes `then`."""
        at, clock = [self.at(*place) for place in places], itertools.count(time.time(), 0.002)
        button = then and self.middle(then)
        for n, place in enumerate(at):
            self._fingers("touchMove" if n else "touchStart", [place], timestamp=next(clock))
        self._fingers("touchEnd", [], timestamp=next(clock))
        if then:
            self._fingers("touchStart", [button], timestamp=next(clock) + 0.1)
            self._fingers("touchEnd", [], timestamp=next(clock) + 0.1)

    def middle(self, part):
        """Where a part of the page is on the screen."""
        box = part.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def _fingers(self, kind, places, **when):
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        self._devtools("Input.dispatchTouchEvent", type=kind, touchPoints=points, **when)

    def pen(self, start, end, steps=6, **options):
        """Draw with a pen from one working pixel to another."""
        shared = {"pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1, **options}
        for step in range(-1, steps + 2):
            kind = "mousePressed" if step < 0 else "mouseReleased" if step > steps else "mouseMoved"
            share = min(max(step, 0), steps) / steps
            x, y = self.at(*(a + share * (b - a) for a, b in zip(start, end, strict=True)))
            self._devtools("Input.dispatchMouseEvent", type=kind, x=x, y=y, **shared)

    def _devtools(self, method, **values):
        if not hasattr(self, "_session"):
            self._session = self.page.context.new_cdp_session(self.page)
        self._session.send(method, values)

    def settled(self):
        """Until nothing is under way."""
        self.wait(SETTLED)

    def objects(self):
        return self.ask("stage.app.doc.objects")

    def path(self, index=0):
        """An object's waypoints."""
        return self.objects()[index]["waypoints"]

    def picked(self, count):
        self.wait(f"stage.app.doc.objects.length === {count} && !stage.app.ui.refine?.busy")

    def document(self):
        """What the server would be handed."""
        return self.ask("stage.app.serialize()")

    def pixel(self, x, y):
        """The picture's colour (r, g, b, a) at a working pixel, without what is drawn over it."""
        return self.ask(PIXEL % (x, y))


class StageTab(StageDriver):
    """A page of its own with the stage and nothing else, watched for mistakes."""

    def __init__(self, browser, served, query="noguide", **context):
        address, self.site = served
        self.site.begin(self.site.bare)
        self.mistakes = []
        super().__init__(browser.new_context(**{"viewport": {"width": 1000, "height": 760}, **context}).new_page())
        self.page.set_default_timeout(90_000)
        self.page.on("console", lambda line: self.mistakes.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.mistakes.append(str(error)))
        self.page.on("request", lambda request: self._watch(request, address))
        self.page.goto(f"{address}/?{query}")
        self.page.wait_for_function("window.ready")

    def _watch(self, request, address):
        if not request.url.startswith((address, "data:", "blob:")):
            self.mistakes.append(f"asked {request.url}")

    def show(self, project, **ui):
        """Start anew with this project's objects, scenery and camera, without loading the page again."""
        document = json.dumps(self.site.begin(project))
        self.page.mouse.up()
        self.page.mouse.move(1, 1)
        self.page.evaluate(f"restart({document}, {json.dumps(ui)})")
        self.wait(REVEALED)
        self.settled()

    def check(self):
        """Fails the test when the page made a mistake."""
        mistakes, self.mistakes = self.mistakes, []
        assert mistakes == []

    def close(self):
        self.page.context.close()
        self.check()


def rename(page, name, to):
    """Give what is called `name` another name, as people do."""
    field = page.get_by_label(f"Name of {name}").first
    field.dblclick()
    field.fill(to)
    page.keyboard.press("Enter")


def open_photo(tab, path):
    """The file in the page, in place of what was there, and its stage once it is ready for clicks."""
    if StageDriver(tab, "levitorStage").ask("stage.app.hasScene"):
        return opened_by(tab, lambda: replace_photo(tab, path))
    return opened_by(tab, lambda: tab.set_input_files("#drop input[type=file]", str(path)))


def opened_by(tab, act):
    """The stage with the photo that `act` opens."""
    stage = StageDriver(tab, "levitorStage")
    before, asks = stage.ask("[stage.app.documentId, stage.app.doc.objects.length > 0]")
    act()
    if asks:
        tab.get_by_role("button", name="Replace", exact=True).click()
    stage.wait(f"stage.app.documentId !== {json.dumps(before)}")
    ready(stage)
    return stage


def ready(stage):
    stage.page.locator("#drop").wait_for(state="hidden")
    stage.wait("stage.app.hasScene && !stage.app.ui.busy && stage.layout.view.clientWidth > 0")
    stage.page.evaluate(AT_REST)


def replace_photo(tab, path):
    """Choose another file with the header's button; again where the browser was too busy to take the click for one."""
    from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

    for patience_ms in (20_000, 20_000, 90_000):
        try:
            with tab.expect_file_chooser(timeout=patience_ms) as chooser:
                tab.click("#new")
        except PlaywrightTimeoutError:
            if patience_ms == 90_000:
                raise
        else:
            return chooser.value.set_files(str(path))
