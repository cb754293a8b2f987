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
class Ready(Generic[Model]):
    """A model that can be asked, and what it is; `stamp` is how its weights were then, or what lay in their place."""

    model: Model
    status: ModelStatus
    stamp: object


class Reader(Generic[Model]):
    """One job that a model does, and that model once it has been loaded: anew when its weights have come, gone or
    changed. Safe to call from several threads.

    `wanted` has the title and the weights of the model that is to be loaded.
    """

    def __init__(
        self,
        purpose: str,
        wanted: Callable[[], tuple[str, str]],
        checkpoints: Checkpoints,
        load: Callable[[str, Monitor], Model],
        stand_in: Callable[[], Model],
    ) -> None:
        self._purpose, self._wanted, self._checkpoints = purpose, wanted, checkpoints
        self._load, self._stand_in = load, stand_in
        self._lock = threading.Lock()
        self._ready: Ready[Model] | None = None

    def get(self, monitor: Monitor | None = None) -> Ready[Model]:
        """The model, loaded (and, under 500 MB, downloaded) the first time; the stand-in where that fails."""
        with self._lock:
            if (ready := self._still_ready()) is None:
                self._ready = None  # its memory first
                ready = self._ready = self._make(monitor or Monitor())
            return ready

    def status(self) -> ModelStatus:
        """What does or will do the job, and why, without loading the model; checks its weights, and asks once in a run
        whether they can be had where they are missing."""
        if (ready := self._still_ready()) is not None:
            return ready.status
        title, weights = self._wanted()
        if not self._checkpoints.problem(weights):
            if self._checkpoints.find(weights) is not None:
                return ModelStatus(self._purpose, title, False, "")
            if self._checkpoints.is_to_be_had(weights):
                return ModelStatus(self._purpose, title, False, "It is downloaded when first used.")
        return self.get().status

    def stand_in(self) -> ModelStatus | None:
        """What did the job in place of the model, and why; None while nothing did."""
        ready = self._ready
        return ready.status if ready is not None and ready.status.is_stand_in else None

    def _still_ready(self) -> Ready[Model] | None:
        ready = self._ready
        if ready is None or ready.stamp != self._checkpoints.stamp(self._wanted()[1]):
            return None
        return ready

    def _make(self, monitor: Monitor) -> Ready[Model]:
        title, weights = self._wanted()
        before = self._checkpoints.stamp(weights)
        try:
            model = self._load(weights, monitor)
        except MissingWeightsError as error:
            model = self._stand_in()
            return Ready(model, ModelStatus(self._purpose, model.name, True, str(error)), before)
        return Ready(model, ModelStatus(self._purpose, title, False, ""), self._checkpoints.stamp(weights))


def segmenter_reader(checkpoints: Checkpoints, device: str) -> Reader[Segmenter]:
    """SAM: vit_h on CUDA when its file is here, else vit_b; the quick picker stands in."""

    def wanted() -> tuple[str, str]:
        large = device == "cuda" and checkpoints.find("sam_vit_h") is not None
        return ("SAM ViT-H", "sam_vit_h") if large else ("SAM ViT-B", "sam_vit_b")

    def load(weights: str, monitor: Monitor) -> Segmenter:
        from levitor_core.segmentation.sam import load_sam

        return load_sam(checkpoints.require(weights, monitor), device, monitor)

    def stand_in() -> Segmenter:
        from levitor_core.segmentation.quick import QuickSegmenter

        return QuickSegmenter()

    return Reader("masks", wanted, checkpoints, load, stand_in)


def depth_reader(checkpoints: Checkpoints, device: str, large: bool) -> Reader[DepthEstimator]:
    """Depth Anything V2 Small, or Large on request; the ground plane stands in."""
    size = "large" if large else "small"

    def load(weights: str, monitor: Monitor) -> DepthEstimator:
        from levitor_core.depth.depth_anything import load_depth_anything

        return load_depth_anything(checkpoints.require(weights, monitor), device, monitor)

    def stand_in() -> DepthEstimator:
        from levitor_core.depth.ground_plane import GroundPlane

        return GroundPlane()

    wanted = f"Depth Anything V2 {size.title()}", f"depth-anything-v2-{size}"
    return Reader("depth", lambda: wanted, checkpoints, load, stand_in)
