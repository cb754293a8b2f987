"""ATI: tracks of 121 moments as it stores them, and the list that its command reads."""

import io
import json
from pathlib import Path

import numpy as np

from levitor_core.exporting.shot import FIRST_FRAME, Format, Shot, write_png, write_text

FRAMES = 121
SCALE = 8  # numbers are stored in eighths


def _write(shot: Shot, folder: Path) -> None:
    """An array (points, 121, 1, 3) of x, y and whether it is seen, compressed, as bytes in a PyTorch file."""
    import torch

    values = np.zeros((len(shot.tracks.xy), FRAMES, 1, 3), np.float32)
    values[:, : shot.num_frames, 0, :2] = shot.tracks.xy * SCALE
    values[:, : shot.num_frames, 0, 2] = shot.tracks.visible * SCALE
    data = io.BytesIO()
    np.savez_compressed(data, array=values)
    torch.save(data.getvalue(), folder / "track.pth")
    write_png(shot.first_frame, folder / FIRST_FRAME)
    names = {"image": FIRST_FRAME, "text": shot.prompt, "track": "track.pth"}
    lines = [
        f"{'-' if not line else ' '} {key}: {json.dumps(value)}" for line, (key, value) in enumerate(names.items())
    ]
    write_text("\n".join(lines) + "\n", folder / "list.yaml")


FORMATS = (
    Format(
        "ati",
        "ATI",
        "track.pth and the list that names it, at 24 frames a second",
        _write,
        num_frames=FRAMES,
        fps=24,
        max_frames=FRAMES,
        needs_objects=True,
    ),
)
