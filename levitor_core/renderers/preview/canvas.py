"""Output pixels and what lies under them: coordinates, textures at the right size, one sampler."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from levitor_core.renderers.preview.pyramid import resize
from levitor_core.structures import SizeHW

Plane = Float32[np.ndarray, "h w"]
AnyPlane = Float32[np.ndarray, "_ _"]  # of another size than what stands beside it
Slices = tuple[slice, slice]

LIST_WIDTH = 1024


@dataclass(frozen=True)
class Canvas:
    """The output's size and its relation to working pixels."""

    size_hw: SizeHW
    working_hw: SizeHW

    @property
    def scale_xy(self) -> tuple[float, float]:
        """Output pixels to a working pixel."""
        return self.size_hw[1] / self.working_hw[1], self.size_hw[0] / self.working_hw[0]

    def to_working(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Working coordinates of output coordinates."""
        sx, sy = self.scale_xy
        return ((x + 0.5) / sx - 0.5).astype(np.float32), ((y + 0.5) / sy - 0.5).astype(np.float32)

    def from_working(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Output coordinates of working coordinates."""
        sx, sy = self.scale_xy
        return (x + 0.5) * sx - 0.5, (y + 0.5) * sy - 0.5


@dataclass(frozen=True)
class Window:
    """A part of the canvas in output pixels: from `left`, `top`, `width` by `height`."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> Slices:
        """For indexing a frame."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def within(self, outer: "Window") -> Slices:
        """For indexing what covers another window that holds this one."""
        top, left = self.top - outer.top, self.left - outer.left
        return slice(top, top + self.height), slice(left, left + self.width)


class Texture:
    """A photo-sized picture kept at sizes half an octave apart, one of which is the canvas's own.

    A sample is taken from the smallest size that is still as fine as the canvas at the wanted magnification, so
    that shrunk things do not alias; at rest it is the picture resized to the canvas, exactly.
    """

    def __init__(self, picture: np.ndarray, canvas: Canvas) -> None:
        self._picture, self._canvas = picture, canvas
        self._levels: dict[int, np.ndarray] = {}

    def sample(
        self, x: np.ndarray, y: np.ndarray, magnification: float, border: int = cv2.BORDER_CONSTANT
    ) -> np.ndarray:
        """Colours at working coordinates, seen `magnification` times as large as at rest (bicubic)."""
        picture = self.level(magnification)
        sx, sy = picture.shape[1] / self._canvas.working_hw[1], picture.shape[0] / self._canvas.working_hw[0]
        at_x, at_y = (x + 0.5) * np.float32(sx) - np.float32(0.5), (y + 0.5) * np.float32(sy) - np.float32(0.5)
        return _remap(picture, at_x, at_y, border)

    def level(self, magnification: float) -> np.ndarray:
        """The picture at the size for that magnification; never larger than it is, unless the canvas is."""
        step = int(np.ceil(2 * np.log2(max(magnification, 1e-3)) - 0.1))
        height, width = self._canvas.size_hw
        finest = max(0, int(np.floor(2 * np.log2(self._picture.shape[0] / height))))
        coarsest = -int(2 * np.log2(max(min(height, width) / 8, 1)))
        step = max(min(step, finest), coarsest)
        if step not in self._levels:
            factor = 2 ** (step / 2)
            self._levels[step] = resize(self._picture, (max(1, round(height * factor)), max(1, round(width * factor))))
        return self._levels[step]


def _remap(picture: np.ndarray, x: np.ndarray, y: np.ndarray, border: int) -> np.ndarray:
    """Bicubic samples of a picture at a plane of places, or at a flat list of any length, which OpenCV has none of."""
    if x.ndim > 1:
        return cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=border)
    plane = -(-len(x) // LIST_WIDTH), LIST_WIDTH
    sampled = cv2.remap(picture, np.resize(x, plane), np.resize(y, plane), cv2.INTER_CUBIC, borderMode=border)
    return sampled.reshape(-1, *picture.shape[2:])[: len(x)]


def interpolate(values: Float32[np.ndarray, "rows columns"], x: Plane, y: Plane) -> Plane:
    """Bilinear samples of a working-size plane, continued beyond its edges."""
    return cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
