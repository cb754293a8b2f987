"""Which point of the still scene each canvas pixel sees once the camera has pushed in: a search from a first guess.

Arrays are flat, and `at` says which of the canvas's pixels they are about: most pixels need but a step or two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int

from levitor_core.motion.geometry import View, image_center, unproject
from levitor_core.renderers.preview.canvas import Canvas, Plane

SETTLING_STEPS = 4
MISS = 0.02  # share of its depth by which a ray may miss a surface before another guess is tried

Flat = Float32[np.ndarray, " n"]
Pixels = Int[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Rays:
    """The canvas's rays in one view: `columns` and `rows` are its pixels in working coordinates."""

    canvas: Canvas
    columns: Flat
    rows: Flat
    view: View
    near: float

    def places(self, z: np.ndarray, at: Pixels | slice = slice(None)) -> tuple[Flat, Flat]:
        """Where in the photo (x, y) the rays are at depth z."""
        center = image_center(self.canvas.working_hw)
        x, y = unproject(self.columns[at], self.rows[at], z, self.view, center, self.near)
        return x.astype(np.float32), y.astype(np.float32)

    def find(self, surface: Plane, guesses: Sequence[Flat]) -> tuple[Flat, Flat]:
        """Depth of the surface that each ray meets, and by what share of it the ray misses it: from the first guess
        or, where that misses, from the later ones."""
        depth, residue = self.settle(surface, guesses[0], np.arange(len(self.columns)))
        for guess in guesses[1:]:
            missing = np.flatnonzero(residue > MISS)
            other, other_residue = self.settle(surface, guess[missing], missing)
            better = other_residue < residue[missing]
            depth[missing[better]], residue[missing[better]] = other[better], other_residue[better]
        return depth, residue

    def settle(self, surface: Plane, guess: Flat, at: Pixels) -> tuple[Flat, Flat]:
        """The same near one first guess; the best step counts, as on steep surfaces the search may swing."""
        best, least, moving = guess.copy(), np.full_like(guess, np.inf), np.arange(len(guess))
        for _ in range(SETTLING_STEPS):
            found = self.nearest(surface, *self.places(guess, at[moving]))
            residue = np.abs(found - guess) / guess
            closer = residue < least[moving]
            best[moving[closer]], least[moving[closer]] = guess[closer], residue[closer]
            moving, guess = moving[residue > 0], found[residue > 0]
        return best, least

    def nearest(self, plane: Plane, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """A canvas-sized plane at working coordinates, continued beyond its edges, with nothing between two
        neighbours: no surface joins a near thing to what is behind it."""
        height, width = self.canvas.size_hw
        at_x, at_y = (np.rint(axis) for axis in self.canvas.from_working(x, y))
        return plane[at_y.clip(0, height - 1).astype(np.int32), at_x.clip(0, width - 1).astype(np.int32)]
