"""Which models read a photo here: the real ones where their weights are, else a stand-in and the reason for it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from levitor_core.checkpoints import Checkpoints
from levitor_core.depth import DepthEstimator
from levitor_core.errors import MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.segmentation import Segmenter

Model = TypeVar("Model", Segmenter, DepthEstimator)


@dataclass(frozen=True)
class ModelStatus:
    """What does one job here: a real model, or a stand-in and the reason for it."""

    purpose: str
    name: str
    is_stand_in: bool
    reason: str


@dataclass(frozen=True, eq=False)
class _Ready(Generic[Model]):
    model: Model
    status: ModelStatus


class Reader(Generic[Model]):
    """One job that a model does, and that model once it has been loaded. Safe to call from several threads."""

    def __init__(
        self,
        purpose: str,
        title: str,
        weights: str,
        checkpoints: Checkpoints,
        load: Callable[[Monitor], Model],
        stand_in: Callable[[], Model],
    ) -> None:
        self._purpose, self._title, self._weights, self._checkpoints = purpose, title, weights, checkpoints
        self._load, self._stand_in = load, stand_in
        self._lock = threading.Lock()
        self._ready: _Ready[Model] | None = None

    def get(self, monitor: Monitor | None = None) -> Model:
        """The model, loaded (and, under 500 MB, downloaded) the first time; the stand-in where that fails."""
        with self._lock:
            if self._ready is None:
                self._ready = self._made(monitor or Monitor())
            return self._ready.model

    def status(self) -> ModelStatus:
        """What does or will do the job, and why, without loading the model; checks its weights, and asks once in a run
        whether they can be had where they are missing."""
        ready = self._ready
        if ready is not None:
            return ready.status
        if not self._checkpoints.problem(self._weights):
            if self._checkpoints.find(self._weights) is not None:
                return ModelStatus(self._purpose, self._title, False, "")
            if self._checkpoints.is_to_be_had(self._weights):
                return ModelStatus(self._purpose, self._title, False, "It is downloaded when first used.")
        self.get()
        return self.status()

    def stand_in(self) -> ModelStatus | None:
        """What did the job in place of the model, and why; None while nothing did."""
        ready = self._ready
        return ready.status if ready is not None and ready.status.is_stand_in else None

    def _made(self, monitor: Monitor) -> _Ready[Model]:
        try:
            return _Ready(self._load(monitor), ModelStatus(self._purpose, self._title, False, ""))
        except MissingWeightsError as error:
            model = self._stand_in()
            return _Ready(model, ModelStatus(self._purpose, model.name, True, str(error)))


def segmenter_reader(checkpoints: Checkpoints, device: str) -> Reader[Segmenter]:
    """SAM: vit_h on CUDA when its file is here, else vit_b; the quick picker stands in."""
    large = device == "cuda" and checkpoints.find("sam_vit_h") is not None
    weights = "sam_vit_h" if large else "sam_vit_b"

    def load(monitor: Monitor) -> Segmenter:
        from levitor_core.segmentation.sam import load_sam

        return load_sam(checkpoints.require(weights, monitor), device, monitor)

    def stand_in() -> Segmenter:
        from levitor_core.segmentation.quick import QuickSegmenter

        return QuickSegmenter()

    return Reader("masks", "SAM ViT-H" if large else "SAM ViT-B", weights, checkpoints, load, stand_in)


def depth_reader(checkpoints: Checkpoints, device: str, large: bool) -> Reader[DepthEstimator]:
    """Depth Anything V2 Small, or Large on request; the ground plane stands in."""
    size = "large" if large else "small"
    weights = f"depth-anything-v2-{size}"

    def load(monitor: Monitor) -> DepthEstimator:
        from levitor_core.depth.depth_anything import load_depth_anything

        return load_depth_anything(checkpoints.require(weights, monitor), device, monitor)

    def stand_in() -> DepthEstimator:
        from levitor_core.depth.ground_plane import GroundPlane

        return GroundPlane()

    return Reader("depth", f"Depth Anything V2 {size.title()}", weights, checkpoints, load, stand_in)
