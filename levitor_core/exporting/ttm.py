"""Time-to-Move (arXiv 2511.08633): the first frame, Preview as its crude video, and what moves in it."""

from collections.abc import Iterator
from pathlib import Path

from levitor_core.exporting.shot import FIRST_FRAME, Format, Shot, white, write_png, write_text
from levitor_core.files.video_io import write_mp4
from levitor_core.structures import Image

MOVED = 127  # of the matte


def _write(shot: Shot, folder: Path) -> None:
    masks: list[Image] = []

    def signal() -> Iterator[Image]:
        for part in shot.parts():
            masks.append(white(part.matte > MOVED))
            yield part.composed

    write_mp4(signal(), folder / "motion_signal.mp4", shot.fps, shot.about)
    write_mp4(iter(masks), folder / "mask.mp4", shot.fps, shot.about)
    write_png(shot.first_frame, folder / FIRST_FRAME)
    write_text(shot.prompt, folder / "prompt.txt")


FORMATS = (
    Format(
        "ttm",
        "Time-to-Move",
        "first frame, motion signal and mask; 81 frames for Wan, 49 for CogVideoX, 21 for SVD",
        _write,
        num_frames=81,
        fps=16,
        needs_objects=True,
    ),
)
