"""Photo -> disparity (0..255, larger is nearer): Depth Anything V2, or a weight-free stand-in."""

from typing import Protocol

from levitor_core.monitor import Monitor
from levitor_core.structures import AnyImage, DisparityMap, SizeHW


class DepthEstimator(Protocol):
    """How near every pixel of a photo is, on a relative scale."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    def estimate(self, photo: AnyImage, size_hw: SizeHW, monitor: Monitor | None = None) -> DisparityMap:
        """Disparity of the photo, which has the working image's aspect ratio, at working size."""
        ...
