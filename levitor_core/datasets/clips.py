"""PURE. VideoClip -> ControlSignal: a true video's masks and depth, seen by the network as a user's paths would be.

The same code as inference (paper section 3.2), and the switches of the paper's ablations (Tables 2 and S1).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import UInt8

from levitor_core.control.control_points import sample
from levitor_core.control.control_signal import splat
from levitor_core.structures import ControlSignal, RenderedMasks


@dataclass(frozen=True, eq=False)
class VideoClip:
    """Consecutive frames of one video, cropped and resized, with the ids and the disparity of every pixel.

    `rendered.num_objects` is 0: nothing in a true video was picked, so the paper's counts alone hold.
    """

    name: str
    frames: UInt8[np.ndarray, "frames h w 3"]
    rendered: RenderedMasks


@dataclass(frozen=True)
class Ablation:
    """What is taken out of the control: all but one point of a mask, the depth, or the instances."""

    single_point: bool = False
    without_depth: bool = False
    without_instance: bool = False

    @property
    def channels(self) -> list[int]:
        """The channels of the control signal that are left empty."""
        return [channel for channel, cut in ((1, self.without_instance), (2, self.without_depth)) if cut]


class ClipSource(Protocol):
    """A set of videos to read clips from."""

    def __len__(self) -> int: ...

    def read(self, index: int, rng: np.random.Generator) -> VideoClip:
        """A window of consecutive frames of video `index`, which `rng` chooses."""
        ...


def control_of(rendered: RenderedMasks, patch_side: int, ablation: Ablation = Ablation()) -> ControlSignal:
    """The ControlNet's input for true masks: k-means of every mask in every frame, drawn in `patch_side` pixels."""
    points = sample(rendered, rigidity=0.0 if ablation.single_point else 1.0)
    values = splat(points, patch_side).values
    values[:, ablation.channels] = 0
    return ControlSignal(values)
