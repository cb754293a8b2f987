"""Wan-Move: tracks and where they are seen, as NumPy files."""

from pathlib import Path

import numpy as np

from levitor_core.exporting.shot import FIRST_FRAME, Format, Shot, write_png


def _write(shot: Shot, folder: Path) -> None:
    """(1, frames, points, 2) and (1, frames, points); it has no depth, so what is behind something is not visible."""
    np.save(folder / "tracks.npy", shot.tracks.xy.swapaxes(0, 1)[None].astype(np.float32))
    np.save(folder / "visibility.npy", shot.tracks.visible.T[None])
    write_png(shot.first_frame, folder / FIRST_FRAME)


FORMATS = (
    Format(
        "wan-move",
        "Wan-Move",
        "tracks.npy and visibility.npy, in pixels of the first frame; 4k + 1 frames, as 77 or 81",
        _write,
        num_frames=81,
        fps=16,
        frames_a_latent=4,
        needs_objects=True,
    ),
)
