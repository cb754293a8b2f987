"""Depth of every frame as 16-bit pictures, with a note that says what their numbers are."""

import json
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt16

from levitor_core.exporting.shot import Format, Shot, write_png, write_text

SCALE = 257  # 255 becomes 65535


def to_16_bits(disparity: Float32[np.ndarray, "h w"]) -> UInt16[np.ndarray, "h w"]:
    """Disparity 0..255 in 16 bits."""
    return np.rint(disparity.clip(0, 255) * SCALE).astype(np.uint16)


def note(shot: Shot) -> str:
    """What the numbers mean, as JSON."""
    meaning = {
        "values": "disparity, larger is nearer; what comes nearer than the photo's front has the front's",
        "divide_by": SCALE,
        "range": [0, 255],
        "softness": shot.project.softness,
        "z": "1 / (max(disparity, 1) + softness), relative, larger is farther",
        "fps": shot.fps,
    }
    return json.dumps(meaning, indent=1) + "\n"


def _write(shot: Shot, folder: Path) -> None:
    for frame, part in enumerate(shot.parts()):
        write_png(to_16_bits(part.disparity), folder / f"{frame:05d}.png")
    write_text(note(shot), folder / "depth.json")


FORMATS = (Format("depth", "Depth", "a 16-bit PNG a frame: disparity times 257, near is white", _write),)
