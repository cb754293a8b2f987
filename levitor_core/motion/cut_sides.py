"""Where the photo's edge cuts an object off, and what that side looks like once it comes into view.

What is cut off ends in a straight line that belongs to no thing. It is rounded and fades, by no more than it has come
into view: at its first place, and wherever it only slides along the picture's edge, an object is whole.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from levitor_core.motion.geometry import Pose, View, displace, image_center, project
from levitor_core.structures import Mask, ObjectLayer, SizeHW

LEAST_CUT = 4  # pixels
HAND, NEAR = 2, 0.015  # pixels, or of the picture's side, from its edge
STRAIGHT = 0.6  # of what the object measures a tenth of itself further in
ROUNDED = 0.4  # of the object's extent from that side
FADED = 0.18

Places = Float32[np.ndarray, "h w"]


@dataclass(frozen=True)
class CutSide:
    """The part of one of the photo's sides (top, bottom, left, right: 0 to 3) on which an object ends, in pixels:
    `half` as long as it is to both sides of its `middle`, rounded and faded that deep where it is in view."""

    side: int
    middle: float
    half: float
    rounded: float
    faded: float

    def points(self, size_hw: SizeHW) -> tuple[np.ndarray, np.ndarray]:
        """Its ends and its middle (x, y), on the pixels of the photo's border."""
        along = self.middle + (self.half - 0.5) * np.array([-1.0, 0.0, 1.0])
        across = np.full(3, (0.0, size_hw[0] - 1.0, 0.0, size_hw[1] - 1.0)[self.side])
        return (along, across) if self.side < 2 else (across, along)

    def opacity(self, x: Places, y: Places, in_view: float, size_hw: SizeHW) -> Places:
        """What is left of the object at places of the photo, where its side is that many pixels inside the picture."""
        share = min(in_view / self.faded, 1.0)
        height, width = size_hw
        depth = (y + 0.5, height - 0.5 - y, x + 0.5, width - 0.5 - x)[self.side]
        beside = np.abs((x if self.side < 2 else y) - self.middle) / self.half
        within = 1 - np.sqrt((1 - beside**2).clip(0))
        bound = np.where(beside < 1, self.rounded * within, (self.rounded - (beside - 1) * self.half).clip(0))
        rise = ((depth - share * bound) / (share * self.faded)).clip(0, 1)
        return (rise * rise * (3 - 2 * rise)).astype(np.float32)


def cut_sides(mask: Mask) -> tuple[CutSide, ...]:
    """The sides of the photo on which an object ends."""
    found = []
    for side, inward in enumerate((mask, mask[::-1], mask.T, mask.T[::-1])):
        at = np.flatnonzero(_cut_line(inward))
        if len(at) < LEAST_CUT:
            continue
        extent = np.count_nonzero(inward.any(1))
        half = float(at[-1] - at[0] + 1) / 2
        found.append(CutSide(side, float(at[0] + at[-1]) / 2, half, min(half, ROUNDED * extent), FADED * extent))
    return tuple(found)


def _cut_line(inward: Mask) -> Bool[np.ndarray, " w"]:
    """Where an object ends at the side on which the mask's rows begin; nowhere if it is not cut off there. A hand's
    breadth away it still is, where it ends straight: few outlines are drawn to the very edge."""
    occupied = np.flatnonzero(inward.any(1))
    if not len(occupied) or occupied[0] > max(HAND, NEAR * len(inward)):
        return np.zeros(inward.shape[1], bool)
    first = int(occupied[0])
    deeper = inward[min(first + max(len(occupied) // 10, 1), len(inward) - 1)]
    straight = first == 0 or np.count_nonzero(inward[first]) >= STRAIGHT * np.count_nonzero(deeper)
    return inward[first] if straight else np.zeros_like(inward[first])


def inside_picture(cut: CutSide, layer: ObjectLayer, pose: Pose, view: View, near: float) -> float:
    """How many pixels a side on which the layer's object ends has come into the picture; 0 where it has not."""
    size_hw = layer.mask.shape[0], layer.mask.shape[1]
    center = image_center(size_hw)
    x, y = cut.points(size_hw)
    z = layer.z[y.astype(int), x.astype(int)].astype(np.float64)
    u, v, _ = project(*displace(x, y, z, pose, center, near), view, center, near)
    inside = np.minimum(np.minimum(u, size_hw[1] - 1 - u), np.minimum(v, size_hw[0] - 1 - v))
    return max(float(inside.max()), 0.0)
