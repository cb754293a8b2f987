"""A stage in an open page, driven with the real mouse in the photo's own pixels."""


class StageDriver:
    """`name` is what the page's script calls the stage."""

    def __init__(self, page, name="stage"):
        self.page, self.name = page, name

    def ask(self, script):
        """What the page's script says; `stage` in it is the stage."""
        return self.page.evaluate(f"((stage) => ({script}))({self.name})")

    def wait(self, script, timeout=40_000):
        """Until it is so."""
        self.page.wait_for_function(f"((stage) => ({script}))({self.name})", timeout=timeout)

    def at(self, x, y):
        """Where a working pixel is on the screen."""
        return self.ask(
            "(() => { const box = stage.overlayCanvas.getBoundingClientRect();"
            f"const at = stage.viewport.toScreen([{x}, {y}]); return [at[0] + box.left, at[1] + box.top]; }})()"
        )

    def click(self, x, y, **options):
        self.page.mouse.click(*self.at(x, y), **options)

    def drag(self, start, end):
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=6)
        self.page.mouse.up()

    def objects(self):
        return self.ask("stage.app.doc.objects")

    def picked(self, count):
        self.wait(f"stage.app.doc.objects.length === {count} && !stage.app.ui.refine?.busy")
