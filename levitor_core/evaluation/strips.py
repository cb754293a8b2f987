"""Picture strips: input, control, generated and true video beneath each other, frames side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int
from PIL import Image as Pillow

from levitor_core.adherence.by_colour import Video
from levitor_core.structures import AnyImage, Image

LARGEST_BYTES = 200_000
KMEANS_ROUNDS = 10
GAP = 4
_PAPER = 255


@dataclass(frozen=True, eq=False)
class StripScene:
    """One scene's rows: frames of equal size and number, and the control signal drawn into the true first frame."""

    control: Float32[np.ndarray, "frames 3 h w"]
    generated: Video
    truth: Video

    def rows(self) -> tuple[Video, Video, Video]:
        """Control over the input, generated, truth."""
        return draw_control(self.control, self.truth[0]), self.generated, self.truth


def draw_control(control: Float32[np.ndarray, "frames 3 h w"], picture: Image) -> Video:
    """The control's heat over a dimmed picture: each id its own hue, brighter where the disparity is higher."""
    heat = control[:, 0, ..., None] / 255
    colours = _hues(control[:, 1].astype(int)) * (0.4 + 0.6 * control[:, 2, ..., None] / 255)
    dim = 0.5 * picture.astype(np.float32)
    return (dim * (1 - heat) + 255 * colours * heat).clip(0, 255).astype(np.uint8)


def _hues(ids: Int[np.ndarray, "frames h w"]) -> Float32[np.ndarray, "frames h w 3"]:
    """Well-separated colours: each next id a golden-ratio step around the circle."""
    angles = 2 * np.pi * (ids[..., None] * 0.618 + np.array([0, 1 / 3, 2 / 3]))
    return (0.6 + 0.4 * np.cos(angles)).astype(np.float32)


def strip(scenes: Sequence[StripScene], columns: int) -> Image:
    """Every scene's three rows at `columns` evenly spaced frames, the first and the last among them."""
    blocks = [_block(scene, columns) for scene in scenes]
    gap = np.full((2 * GAP, blocks[0].shape[1], 3), _PAPER, np.uint8)
    parts = [part for block in blocks for part in (block, gap)]
    return np.concatenate(parts[:-1])


def _block(scene: StripScene, columns: int) -> Image:
    chosen = np.linspace(0, len(scene.truth) - 1, columns).round().astype(int)
    rows = [np.concatenate([_pad(frame) for frame in video[chosen]], axis=1) for video in scene.rows()]
    return np.concatenate(rows)


def _pad(frame: Image) -> AnyImage:
    return np.pad(frame, ((0, GAP), (0, GAP), (0, 0)), constant_values=_PAPER)


def write_strip(scenes: Sequence[StripScene], path: Path, columns: int = 8, scale: int = 1) -> None:
    """Write the strip as PNG, `scale` times as large; in 256 colours where it would exceed 200 kB."""
    pixels = strip(scenes, columns).repeat(scale, axis=0).repeat(scale, axis=1)
    picture = Pillow.fromarray(pixels)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, optimize=True)
    if path.stat().st_size > LARGEST_BYTES:
        # rare colours too: objects are small beside the backgrounds
        picture.quantize(256, Pillow.Quantize.MAXCOVERAGE, kmeans=KMEANS_ROUNDS).save(path, optimize=True)
