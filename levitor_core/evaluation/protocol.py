"""PURE. The paper's two settings (section 4.1): points on the first frame's masks, and their tracks as control.

    Single-Point   one point a mask
    Multi-Points   k-means on the mask, by the paper's rule, at most 8 points

The points are followed through the true video; each tracked point, with its mask's id and the depth map's disparity
under it, is drawn by the same code as inference. What the paper leaves open is decided here: a point is drawn in the
frames in which the tracker sees it inside the picture, in ascending id.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from levitor_core.control.control_points import sample
from levitor_core.control.control_signal import splat
from levitor_core.errors import InputError
from levitor_core.motion.tracks import Tracks
from levitor_core.structures import ControlPoints, ControlSignal, RenderedMasks

Setting = Literal["Single-Point", "Multi-Points"]
SETTINGS: tuple[Setting, ...] = ("Single-Point", "Multi-Points")


@dataclass(frozen=True, eq=False)
class StartPoints:
    """Points of the first frame (x, y), and the id of the mask that each is on."""

    xy: Float[np.ndarray, "n 2"]
    ids: Int[np.ndarray, " n"]


def start_points(rendered: RenderedMasks, setting: Setting) -> StartPoints:
    """k-means on the first frame's masks. Raises InputError when no mask is large enough for a point."""
    first = RenderedMasks(rendered.labels[:1], rendered.disparity[:1], 0)
    rows = sample(first, rigidity=0.0 if setting == "Single-Point" else 1.0).rows
    if not len(rows):
        raise InputError("The clip's first frame shows no mask large enough for a control point; leave the clip out.")
    return StartPoints(rows[:, [2, 1]].astype(np.float64), rows[:, 3])


def control_of_tracks(start: StartPoints, tracks: Tracks, rendered: RenderedMasks, patch_side: int) -> ControlSignal:
    """The control signal of tracked points."""
    num_frames, height, width = rendered.labels.shape
    rows = [
        (frame, row, column, label, round(float(rendered.disparity[frame, row, column])))
        for frame in range(num_frames)
        for label, (column, row), seen in zip(
            start.ids.tolist(), np.rint(tracks.xy[:, frame]).astype(int).tolist(), tracks.visible[:, frame], strict=True
        )
        if seen and 0 <= row < height and 0 <= column < width
    ]
    points = ControlPoints(np.array(rows, int).reshape(-1, 5), num_frames, (height, width))
    return splat(points, patch_side)
