"""PURE. Points followed through a video by optical flow: a stand-in for trackers that are networks."""

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float

from levitor_core.adherence.by_colour import Video
from levitor_core.motion.tracks import Tracks

BACK_AND_FORTH = 1.0  # px that a point may end from where it started, tracked forwards and backwards again

Points = Float[np.ndarray, "n 2"]


class LucasKanade:
    """OpenCV's pyramidal Lucas-Kanade with a forward-backward check: a stand-in, never called ObjMC.

    A point that fails the check stays where it was last seen.
    """

    name, metric = "pyramidal Lucas-Kanade", "LK trajectory error"

    def track(self, video: Video, start: Points) -> Tracks:
        """Tracks frame by frame."""
        grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in video]
        xy, visible = [start.astype(np.float32)], [np.ones(len(start), bool)]
        for before, after in pairwise(grey):
            ahead, back = _follow(before, after, xy[-1])
            kept = visible[-1] & (np.linalg.norm(back - xy[-1], axis=1) < BACK_AND_FORTH)
            xy.append(np.where(kept[:, None], ahead, xy[-1]))
            visible.append(kept)
        return Tracks(np.stack(xy, axis=1).astype(np.float64), np.stack(visible, axis=1))


def _follow(before: np.ndarray, after: np.ndarray, points: Points) -> tuple[Points, Points]:
    """Where the points go, and where they come back to from there."""
    settings: dict[str, Any] = {"winSize": (15, 15), "maxLevel": 3}
    there: Any = cv2.calcOpticalFlowPyrLK(before, after, points[:, None], None, **settings)[0]  # type: ignore[call-overload]
    back: Any = cv2.calcOpticalFlowPyrLK(after, before, there, None, **settings)[0]  # type: ignore[call-overload]
    return there[:, 0], back[:, 0]
