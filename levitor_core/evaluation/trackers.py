"""Points followed through a video: CoTracker, whose tracks define ObjMC, and Lucas-Kanade, whose tracks do not.

CoTracker's code and weights are Meta's, CC BY-NC 4.0 (no commercial use); neither is part of this repository. They are
fetched by torch.hub from the commit named here.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float

from levitor_core.errors import MissingWeightsError
from levitor_core.evaluation.fetched_weights import FetchedWeights
from levitor_core.evaluation.measures import Video

COTRACKER_SOURCE = "facebookresearch/co-tracker:82e02e8029753ad4ef13cf06be7f4fc5facdda4d"
COTRACKER = FetchedWeights(
    "CoTracker3",
    "https://huggingface.co/facebook/cotracker3/resolve/main/scaled_offline.pth",
    "CC BY-NC 4.0, no commercial use",
)
BACK_AND_FORTH = 1.0  # px that a point may end from where it started, tracked forwards and backwards again

Points = Float[np.ndarray, "n 2"]


@dataclass(frozen=True, eq=False)
class Tracks:
    """Where n points are (x, y) in every frame, and whether they are seen there."""

    xy: Float[np.ndarray, "n frames 2"]
    visible: Bool[np.ndarray, "n frames"]


class Tracker(Protocol):
    """Follows points from a video's first frame; `metric` names the error of such tracks."""

    name: str
    metric: str

    def track(self, video: Video, start: Points) -> Tracks:
        """Tracks of the points `start` of frame 0."""
        ...


class CoTracker:
    """Meta's point tracker. Raises MissingWeightsError."""

    name, metric = "CoTracker3 (offline)", "ObjMC"

    def __init__(self, device: torch.device) -> None:
        tensors = COTRACKER.tensors()
        settings: dict[str, Any] = {"pretrained": False, "trust_repo": True, "skip_validation": True}
        try:
            predictor: Any = torch.hub.load(COTRACKER_SOURCE, "cotracker3_offline", **settings)
            predictor.model.load_state_dict(tensors)
        except Exception as error:  # a fetch, an import or a shape: the same remedy
            raise MissingWeightsError(
                f"CoTracker's code cannot be fetched; put github.com/{COTRACKER_SOURCE.replace(':', ' at commit ')} "
                f"into {torch.hub.get_dir()} as torch.hub does."
            ) from error
        self._predictor, self._device = predictor.to(device), device

    @torch.no_grad()
    def track(self, video: Video, start: Points) -> Tracks:
        """Tracks of all points together, hidden stretches bridged."""
        pixels = torch.from_numpy(video).permute(0, 3, 1, 2)[None].float().to(self._device)
        queries = torch.cat([torch.zeros(len(start), 1), torch.from_numpy(start).float()], dim=1)
        xy, visible = self._predictor(pixels, queries=queries[None].to(self._device))
        return Tracks(xy[0].transpose(0, 1).cpu().numpy(), visible[0].transpose(0, 1).cpu().numpy() > 0.5)


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


def trajectory_error(tracks: Tracks, truth: Tracks) -> float:
    """Mean distance in pixels over all points and the frames after the first, which is given.

    With CoTracker's tracks this is ObjMC (MotionCtrl; DragAnything, arXiv 2403.07420, section 4.1).
    """
    return float(np.linalg.norm(tracks.xy[:, 1:] - truth.xy[:, 1:], axis=2).mean())
