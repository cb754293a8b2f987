"""Points followed through a video: CoTracker, whose tracks define ObjMC; `adherence.flow` has those that do not.

CoTracker's code and weights are Meta's, CC BY-NC 4.0 (no commercial use); neither is part of this repository. They are
fetched by torch.hub from the commit named here.
"""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from levitor_core.adherence.by_colour import Video
from levitor_core.adherence.flow import Points
from levitor_core.errors import MissingWeightsError
from levitor_core.evaluation.fetched_weights import FetchedWeights, check_may_fetch
from levitor_core.motion.tracks import Tracks
from levitor_core.whole_files import is_folder

COTRACKER_SOURCE = "facebookresearch/co-tracker:82e02e8029753ad4ef13cf06be7f4fc5facdda4d"
COTRACKER = FetchedWeights(
    "CoTracker3",
    "https://huggingface.co/facebook/cotracker3/resolve/main/scaled_offline.pth",
    "CC BY-NC 4.0, no commercial use",
)


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
        source = COTRACKER_SOURCE.replace(":", " at commit ")
        where = f"github.com/{source} into {torch.hub.get_dir()} as torch.hub does"
        if not _has_code():
            check_may_fetch("CoTracker's code", f"put {where}")
        settings: dict[str, Any] = {"pretrained": False, "trust_repo": True, "skip_validation": True}
        try:
            predictor: Any = torch.hub.load(COTRACKER_SOURCE, "cotracker3_offline", **settings)
            predictor.model.load_state_dict(tensors)
        except Exception as error:  # a fetch, an import or a shape: the same remedy
            raise MissingWeightsError(f"CoTracker's code cannot be fetched; put {where}.") from error
        self._predictor, self._device = predictor.to(device), device

    @torch.no_grad()
    def track(self, video: Video, start: Points) -> Tracks:
        """Tracks of all points together, hidden stretches bridged."""
        pixels = torch.from_numpy(video).permute(0, 3, 1, 2)[None].float().to(self._device)
        queries = torch.cat([torch.zeros(len(start), 1), torch.from_numpy(start).float()], dim=1)
        xy, visible = self._predictor(pixels, queries=queries[None].to(self._device))
        return Tracks(xy[0].transpose(0, 1).cpu().numpy(), visible[0].transpose(0, 1).cpu().numpy() > 0.5)


def _has_code() -> bool:
    """Whether torch.hub has the commit, so that it asks no one."""
    return is_folder(Path(torch.hub.get_dir(), COTRACKER_SOURCE.replace("/", "_").replace(":", "_")))


def trajectory_error(tracks: Tracks, truth: Tracks) -> float:
    """Mean distance in pixels over all points and the frames after the first, which is given.

    With CoTracker's tracks this is ObjMC (MotionCtrl; DragAnything, arXiv 2403.07420, section 4.1).
    """
    return float(np.linalg.norm(tracks.xy[:, 1:] - truth.xy[:, 1:], axis=2).mean())
