"""Depth without weights: the ground comes nearer towards the lower edge, and things stand upright on it.

A stand-in, labelled so everywhere: it measures nothing, it assumes a level camera over a ground plane, or what a person
says of the photo instead.
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from levitor_core.errors import InputError
from levitor_core.fields import is_number
from levitor_core.monitor import Monitor
from levitor_core.segmentation.superpixels import Superpixels, join, smooth_lab, superpixels
from levitor_core.structures import AnyImage, DisparityMap, SizeHW

REGION_DISTANCE = 60.0  # Lab units: smaller differences of colour are one thing
HORIZONS = (0.25, 0.7)  # of the height: where a horizon is looked for
USUAL_HORIZON = 0.35
HORIZON_STEP, HORIZON_SHARE = 3.0, 0.5  # Lab units over this share of the width make a horizon
SAME_STEP = 6.0  # Lab units: regions with a smaller step along their border are one thing
FAR, NEAR = 10.0, 255.0
BACKDROP = 0.6  # of the ground's disparity: what reaches the upper edge stands behind the rest
FOOT = 90  # percentile of a thing's rows
WIDE = 0.5  # of the lower edge: what holds this much of it is ground
SOFTENING = 1.0  # pixels
HORIZON_ENDS = -3.0, 1.0  # of the height, from the upper edge down
TABLE_HORIZON = -0.5  # of the height: a camera that looks down at a table has its horizon above the picture
LEVEL = 128.0  # of a wall, or of what lies flat under the camera
NAME = "ground-plane stand-in"
_NAMED = re.compile(rf"{NAME}(?:, (\w+))?(?:, horizon (-?\d+) %)?")

Lie = Literal["outdoors", "table", "flat"]


@dataclass(frozen=True)
class GroundPlane:
    """The weight-free `DepthEstimator`: ground outdoors, a table that is looked down at, or, flat, a wall or what lies
    under the camera. Outdoors without a `horizon` (a share of the height) one is looked for."""

    lie: Lie = "outdoors"
    horizon: float | None = None

    def __post_init__(self) -> None:
        if self.horizon is not None and not is_number(self.horizon, *HORIZON_ENDS):
            raise InputError(
                "The horizon is a share of the height, from -3, far above the picture, to 1, its lower edge."
            )

    @property
    def name(self) -> str:
        """What a person calls it, by which `named` finds it again."""
        horizon = [] if self.horizon is None else [f"horizon {round(100 * self.horizon)} %"]
        return ", ".join([NAME, *([] if self.lie == "outdoors" else [self.lie]), *horizon])

    @classmethod
    def named(cls, name: str) -> "GroundPlane":
        """The one that is called so; the usual one where there is none."""
        found = _NAMED.fullmatch(name)
        lie: Lie = next((lie for lie in get_args(Lie) if found and lie == found[1]), "outdoors")
        return cls(lie, int(found[2]) / 100 if found and found[2] else None)

    def estimate(self, photo: AnyImage, size_hw: SizeHW, monitor: Monitor | None = None) -> DisparityMap:
        """Disparity of a ground plane below a horizon; every region has the disparity of its foot."""
        import cv2

        (monitor or Monitor()).report("Guessing depth from the ground plane", 0, 1)
        image = cv2.resize(photo, size_hw[::-1], interpolation=cv2.INTER_AREA)
        if self.lie == "flat":
            disparity = np.full(size_hw, LEVEL, np.float32)
        else:
            disparity = _disparity(superpixels(image), self.horizon_in(image))
        (monitor or Monitor()).report("Guessing depth from the ground plane", 1, 1)
        return disparity

    def horizon_in(self, image: AnyImage) -> float:
        """The horizon's row, which may lie above the picture."""
        if self.horizon is None and self.lie == "outdoors":
            return _find_horizon(smooth_lab(image))
        share = TABLE_HORIZON if self.horizon is None else self.horizon
        return share * (len(image) - 1)


def _disparity(graph: Superpixels, horizon: float) -> DisparityMap:
    """Ground and backdrop slope with the rows; any other thing is upright: flat, as near as the ground at its foot."""
    from scipy.ndimage import gaussian_filter

    labels = np.unique(_things(graph, join(graph, REGION_DISTANCE, 6, 60)), return_inverse=True)[1]
    count, width = int(labels.max()) + 1, labels.shape[1]
    ground = _ground(len(labels), horizon)
    foot = np.array([np.percentile(np.nonzero(labels == label)[0], FOOT) for label in range(count)]).astype(int)
    backdrop = np.bincount(labels[0], minlength=count) > 0
    sloping = backdrop | (np.bincount(labels[-1], minlength=count) > WIDE * width)
    share = np.where(backdrop, BACKDROP, 1.0)[labels]
    disparity = np.where(sloping[labels], ground[:, None], ground[foot][labels]) * share
    return gaussian_filter(disparity.clip(FAR, NEAR), SOFTENING).astype(np.float32)


def _things(graph: Superpixels, regions: Int[np.ndarray, "h w"]) -> Int[np.ndarray, "h w"]:
    """Regions that belong together: no colour step between them (sky); then touching and whole (a flower's petals)."""
    of_superpixel = np.zeros(len(graph.area), dtype=int)
    of_superpixel[graph.labels] = regions
    count = len(np.unique(of_superpixel))
    across = np.linalg.norm(graph.colour[graph.edges[:, 0]] - graph.colour[graph.edges[:, 1]], axis=1)
    length = _between(of_superpixel[graph.edges], graph.lengths, count)
    step = _between(of_superpixel[graph.edges], graph.lengths * across, count)
    smooth = _components(step < SAME_STEP * length)
    of_superpixel = smooth[of_superpixel]
    cut = np.unique(of_superpixel[graph.border > 0])
    whole = ~np.isin(np.arange(count), cut)
    touching = _between(of_superpixel[graph.edges], graph.lengths, count) > 0
    return _components(touching & whole & whole[:, None])[of_superpixel][graph.labels]


def _between(pairs: Int[np.ndarray, "m 2"], weight: Num[np.ndarray, " m"], count: int) -> Float[np.ndarray, "n n"]:
    total = np.zeros((count, count))
    np.add.at(total, tuple(pairs.T), weight)
    return total + total.T


def _components(linked: Bool[np.ndarray, "n n"]) -> Int[np.ndarray, " n"]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    return connected_components(coo_matrix(linked), directed=False)[1]


def _ground(height: int, horizon: float) -> Float[np.ndarray, " h"]:
    """Disparity of the ground in every row: proportional to the distance below the horizon (pinhole camera)."""
    rows = np.arange(height)
    return FAR + (NEAR - FAR) * ((rows - horizon) / max(height - 1 - horizon, 1)).clip(0)


def _find_horizon(lab: Float[np.ndarray, "h w 3"]) -> int:
    """The row with a colour step downwards across most of the picture's width, else the usual place."""
    height = len(lab)
    low, high = (int(share * (height - 1)) for share in HORIZONS)
    steps = np.linalg.norm(lab[low + 1 : high + 1] - lab[low:high], axis=-1)
    across = (steps > HORIZON_STEP).mean(1)
    if not len(across) or across.max() < HORIZON_SHARE:
        return int(USUAL_HORIZON * (height - 1))
    return low + int(across.argmax())
