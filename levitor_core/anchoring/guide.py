"""What a video model is held to, as one value: Preview's frames, and what tells how long each place is held to them."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from jaxtyping import Bool, Int, UInt8

from levitor_core.anchoring.clocks import Grid, Holds, Strengths, clocks
from levitor_core.anchoring.uncovered import find_uncovered
from levitor_core.structures import Animation, RenderedMasks


@dataclass(frozen=True, eq=False)
class Guide:
    """Preview of the very frames to be made, at their size; masks and holes may have another."""

    frames: UInt8[np.ndarray, "frames H W 3"]
    rendered: RenderedMasks
    uncovered: Bool[np.ndarray, "frames h w"]
    anchor: float
    holds: Holds

    def of_frames(self, frames: Int[np.ndarray, " n"]) -> Self:
        """The guide of some frames."""
        masks = self.rendered
        rendered = RenderedMasks(masks.labels[frames], masks.disparity[frames], masks.num_objects)
        return replace(self, frames=self.frames[frames], rendered=rendered, uncovered=self.uncovered[frames])

    def strengths(self, grid: Grid) -> Strengths:
        """How long each latent is held."""
        return clocks(self.rendered, self.uncovered, self.anchor, self.holds, grid)


def guide_of(
    frames: UInt8[np.ndarray, "frames H W 3"],
    animation: Animation,
    rendered: RenderedMasks,
    anchor: float,
    holds: Holds,
    has_clean_plate: bool = False,
) -> Guide:
    """Preview's frames of that animation, and what they show where."""
    return Guide(frames, rendered, find_uncovered(animation, has_clean_plate), anchor, holds)
