"""Animation -> where frames show what the photo does not: holes that moved things leave, what a camera reveals."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool

from levitor_core.motion.geometry import View, project
from levitor_core.motion.rendering import Drawer, StillScene
from levitor_core.structures import Animation

if TYPE_CHECKING:
    from torch import Tensor

REACH_PX = 1.5  # how far from its own landing place a pixel of the photo may stand for what is seen


def find_uncovered(animation: Animation, has_clean_plate: bool = False) -> Bool[np.ndarray, "frames h w"]:
    """Pixels of the still scene that Preview had to make up: under what moved away, unless a clean plate shows that,
    behind an edge that a push has passed, beyond the photo. What an object covers again is no part of it; the caller
    knows the objects' pixels."""
    import torch

    drawer = Drawer(animation, torch.device("cpu"))
    removed = torch.from_numpy(animation.removed & (not has_clean_plate)).flatten()
    return np.stack([_of_frame(drawer, frame, removed) for frame in range(animation.num_frames)])


def _of_frame(drawer: Drawer, frame: int, removed: "Tensor") -> Bool[np.ndarray, "h w"]:
    seen = drawer.still_scene(frame)
    made_up = (
        removed[seen.source] | ~seen.z.isfinite() | _find_slipped(drawer, seen, View.of(drawer.animation.camera, frame))
    )
    return made_up.view(drawer.size_hw).numpy()


def _find_slipped(drawer: Drawer, seen: StillScene, view: View) -> "Tensor":
    """Where the photo's pixel that stands for what is seen lands elsewhere: nothing landed there."""
    source = seen.source
    u, v, _ = project(drawer.columns[source], drawer.rows[source], drawer.z[source], view, drawer.center, drawer.near)
    allowed = REACH_PX * max(1.0, view.zoom) if view.push else float("inf")
    return ((u - drawer.columns).abs() > allowed) | ((v - drawer.rows).abs() > allowed)
