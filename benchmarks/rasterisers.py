"""Both rasterisers on a CUDA card, from a plain motion to the farthest camera: how long, and how many pixels differ.

Torch on the CPU is what torch and PyTorch3D on the card are compared with; 0 differing pixels are expected.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.table import Row, timed
from levitor_core.devices import has_cuda
from levitor_core.motion import rendering
from levitor_core.motion.geometry import nearest_depth
from levitor_core.motion.rasterising import pytorch3d_available, rasterise_pytorch3d, rasterise_torch
from levitor_core.structures import (
    Animation,
    CameraTrack,
    FixedOrder,
    ObjectLayer,
    RenderedMasks,
    SizeHW,
    Trajectory3D,
)

SOFTNESS = 30.0
SIZE_HW, FRAMES = (288, 512), 16


@dataclass(frozen=True)
class Motion:
    """Where objects and camera are at the clip's end; at its start nothing has moved."""

    nearness: float = 0.6
    size: float = 1.0
    rotation: float = 0.0
    shift: float = 0.2  # of the width
    pan: float = 0.0  # of the width
    zoom: float = 1.0
    push: float = 0.0


MOTIONS = {
    "plain": Motion(),
    "receding": Motion(nearness=0.05),
    "approaching": Motion(nearness=1.0),
    "rotated, shrunk": Motion(rotation=2.0, size=0.3),
    "rotated, grown": Motion(rotation=-1.0, size=3.0),
    "mild push": Motion(push=0.1),
    "push": Motion(push=0.75),
    "pull": Motion(push=-8.0),
    "zoom and push": Motion(zoom=12.0, push=0.6, pan=0.1),
    "extreme": Motion(zoom=100.0, push=0.75),
    "pan far out": Motion(pan=200.0, push=0.5),
}


def scenario() -> Iterator[Row]:
    """Sixteen frames of 288 high x 512 wide, two discs, every motion by every way of drawing it."""
    for name, motion in MOTIONS.items():
        animation, plain = moved(motion, SIZE_HW, FRAMES), f"{name}: torch, CPU"
        expected = rendering.render(animation)
        yield timed(plain, lambda: rendering.render(animation), repeats=3)  # noqa: B023 - called at once
        for way, draw in ways().items():
            with drawn_by(draw):
                made = rendering.render(animation, "cuda")
                yield timed(f"{name}: {way}", lambda: rendering.render(animation, "cuda"), 3, baseline=plain)  # noqa: B023
            yield Row(f"{name}: {way}, pixels that differ", (differing(expected, made),), "px")


def ways() -> dict[str, Callable[..., Any]]:
    """What draws on the card, by name; nothing where there is none."""
    if not has_cuda():
        return {}
    return {"torch, CUDA": rasterise_torch} | ({"PyTorch3D": rasterise_pytorch3d} if pytorch3d_available() else {})


def moved(motion: Motion, size_hw: SizeHW, num_frames: int) -> Animation:
    """Two discs of relief that cross before a waved floor with four still things."""
    height, width = size_hw
    rows, columns = np.indices(size_hw, dtype=np.float32)
    disparity = 40 + 60 * rows / height + 5 * np.sin(columns / 9)
    labels = (3 + (rows > height / 3) + 2 * (columns > width / 2)).astype(np.int32)
    layers = tuple(_layer(label, motion, size_hw, num_frames) for label in (1, 2))
    along = np.linspace(0, 1, num_frames)
    camera = CameraTrack(
        pan=np.outer(along, (motion.pan * width, 0.0)),
        zoom=np.exp(along * np.log(motion.zoom)),
        push=along * motion.push * nearest_depth(SOFTNESS),
    )
    removed = layers[0].mask | layers[1].mask
    z = (1 / (disparity + SOFTNESS)).astype(np.float32)
    return Animation(labels, z, removed, layers, camera, SOFTNESS, num_objects=2)


def _layer(label: int, motion: Motion, size_hw: SizeHW, num_frames: int) -> ObjectLayer:
    height, width = size_hw
    rows, columns = np.indices(size_hw, dtype=np.float32)
    side = 1 if label == 1 else -1
    x, y = round(width * (0.5 - 0.15 * side)), round(height * 0.5)
    relief = 130 + 20 * label + 15 * np.sin(columns / 7) + 10 * np.cos(rows / 5)
    z, along = (1 / (relief + SOFTNESS)).astype(np.float32), np.linspace(0, 1, num_frames)
    anchor_z, end_z = float(z[y, x]), 1 / (255 * motion.nearness + SOFTNESS)
    nothing = np.zeros(size_hw, bool)
    return ObjectLayer(
        label=label,
        name=f"disc {label}",
        mask=(columns - x) ** 2 + (rows - y) ** 2 < (min(size_hw) / 6) ** 2,
        z=z,
        anchor_xy=(float(x), float(y)),
        anchor_z=anchor_z,
        trajectory=Trajectory3D(
            xy=np.column_stack([x + side * motion.shift * width * along, np.full(num_frames, float(y))]),
            z=anchor_z + along * (end_z - anchor_z),
            size=np.exp(along * np.log(motion.size)),
            rotation=along * motion.rotation,
        ),
        orders=(FixedOrder(nothing, nothing),),
        order_at=(0,) * num_frames,
    )


@contextmanager
def drawn_by(draw: Callable[..., Any]) -> Iterator[None]:
    """Rendering by that rasteriser alone."""
    usual, rendering.rasterise = rendering.rasterise, draw
    try:
        yield
    finally:
        rendering.rasterise = usual


def differing(expected: RenderedMasks, made: RenderedMasks) -> int:
    """Pixels of all frames with another id or another disparity."""
    return int(((expected.labels != made.labels) | (expected.disparity != made.disparity)).sum())
