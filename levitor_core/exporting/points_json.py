"""Points as the spline editors and track nodes of ComfyUI take them: one list of {x, y} a point."""

import json
from pathlib import Path

from levitor_core.exporting.shot import FIRST_FRAME, Format, Shot, write_png, write_text

DIGITS = 3


def _write(shot: Shot, folder: Path) -> None:
    lists = [[{"x": x, "y": y} for x, y in path] for path in shot.tracks.xy.round(DIGITS).tolist()]
    write_text(json.dumps(lists), folder / "points.json")
    write_png(shot.first_frame, folder / FIRST_FRAME)


FORMATS = (
    Format(
        "points-json",
        "ComfyUI track nodes",
        "points.json, in pixels of the first frame; 121 frames for ATI's nodes, 81 for Wan-Move's",
        _write,
        num_frames=121,
        fps=24,
        needs_objects=True,
    ),
)
