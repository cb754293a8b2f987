"""What a run tells about itself: one JSON line a logged step, and the curve as a picture."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from accelerate.tracking import GeneralTracker
from PIL import Image, ImageDraw

CURVE_SIZE = (720, 360)
MARGIN = 40


class Records(GeneralTracker):
    """`losses.jsonl` and `losses.png` in the output folder: a tracker of accelerate's, beside which others may log."""

    name, requires_logging_directory = "losses", False

    def __init__(self, output: Path) -> None:
        super().__init__()
        self.path, self._mode = output / "losses.jsonl", "w"

    @property
    def tracker(self) -> Path:
        """The file."""
        return self.path

    def forget_after(self, step: int) -> None:
        """Drop what an interrupted run logged after the checkpoint it resumes from."""
        self._mode = "a"
        if self.path.exists():
            kept = [json.dumps(line) + "\n" for line in read(self.path) if line["step"] <= step]
            self.path.write_text("".join(kept))

    def log(self, values: dict[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """One line; the first of a fresh run starts the file anew."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open(self._mode) as file:
            file.write(json.dumps({"step": step, **values}) + "\n")
        self._mode = "a"

    def draw_curve(self) -> None:
        """The loss over the steps, raw and smoothed, on a logarithmic axis."""
        if self.path.exists():
            draw_curve(read(self.path), self.path.with_suffix(".png"))


def read(path: Path) -> list[dict[str, float]]:
    """All lines of a run's record."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def draw_curve(lines: list[dict[str, float]], path: Path) -> None:
    """Write the loss curve of a record as a PNG."""
    points = [(line["step"], line["loss"]) for line in lines if 0 < line["loss"] < math.inf]
    if len(points) < 2:
        return
    steps, logs = np.array([step for step, _ in points]), np.log10([loss for _, loss in points])
    smoothed = np.convolve(np.pad(logs, 10, mode="edge"), np.ones(21) / 21, mode="valid")
    image = Image.new("RGB", CURVE_SIZE, "white")
    pen = ImageDraw.Draw(image)
    low, high = logs.min(), max(logs.max(), logs.min() + 1e-6)
    width, height = CURVE_SIZE[0] - 2 * MARGIN, CURVE_SIZE[1] - 2 * MARGIN
    x = MARGIN + (steps - steps[0]) / (steps[-1] - steps[0]) * width
    for values, colour, thickness in ((logs, "#b9c8e8", 1), (smoothed, "#1f4e9c", 2)):
        y = MARGIN + (high - values) / (high - low) * height
        pen.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=colour, width=thickness)
    for value, y in ((high, MARGIN), (low, MARGIN + height)):
        pen.text((2, y - 6), f"{10**value:.3g}", fill="black")
    pen.text((MARGIN, CURVE_SIZE[1] - MARGIN + 8), f"step {steps[0]:.0f}", fill="black")
    pen.text((CURVE_SIZE[0] - 2 * MARGIN - 20, CURVE_SIZE[1] - MARGIN + 8), f"step {steps[-1]:.0f}", fill="black")
    image.save(path)
