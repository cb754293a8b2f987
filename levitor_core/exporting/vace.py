"""VACE: Preview with what it had to make up in grey, to be generated, and that as a mask."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from levitor_core.exporting.shot import Format, Shot, white, write_png
from levitor_core.files.video_io import write_mp4
from levitor_core.structures import Image

GREY = 127


def _write(shot: Shot, folder: Path) -> None:
    masks: list[Image] = []

    def source() -> Iterator[Image]:
        for part, made_up in zip(shot.parts(), shot.uncovered, strict=True):
            hole = made_up & (part.matte <= GREY)
            masks.append(white(hole))
            yield np.where(hole[..., None], np.uint8(GREY), part.composed)

    write_mp4(source(), folder / "src_video.mp4", shot.fps, shot.about)
    write_mp4(iter(masks), folder / "src_mask.mp4", shot.fps, shot.about)
    write_png(shot.first_frame, folder / "src_ref.png")


FORMATS = (
    Format(
        "vace",
        "VACE",
        "source video, mask (white is to be generated) and reference picture; 4k + 1 frames, as 77 or 81",
        _write,
        num_frames=81,
        fps=16,
        frames_a_latent=4,
    ),
)
