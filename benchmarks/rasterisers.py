"""Both rasterisers on a CUDA card: how many pixels they draw differently, and how long they take.

    python benchmarks/rasterisers.py [--device cuda] [--size 288x512] [--frames 16] [--output rasterisers.json]

Compares ids and disparity of torch on the CPU, torch on the card and PyTorch3D on the card (0 differing pixels are
expected), and seconds a frame, best of three. Imports numpy, torch and, where they are there, jaxtyping and PyTorch3D;
the scene is made up here, so that nothing else is needed.
"""

import argparse
import importlib.util
import json
import sys
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))


class _AnyShape:
    """An array's shape in an annotation, where nothing reads it."""

    def __class_getitem__(cls, item: tuple[Any, str]) -> Any:
        return item[0]


def _any_shape(name: str) -> type[_AnyShape]:
    if name.startswith("__"):
        raise AttributeError(name)
    return _AnyShape


if importlib.util.find_spec("jaxtyping") is None:  # a bare machine with a card: shapes are only annotations
    bare = types.ModuleType("jaxtyping")
    vars(bare)["__getattr__"] = _any_shape
    sys.modules["jaxtyping"] = bare


import numpy as np  # noqa: E402
import torch  # noqa: E402

from levitor_core.motion import rendering  # noqa: E402
from levitor_core.motion.geometry import nearest_depth  # noqa: E402
from levitor_core.motion.rasterising import pytorch3d_available, rasterise_pytorch3d, rasterise_torch  # noqa: E402
from levitor_core.structures import (  # noqa: E402
    Animation,
    CameraTrack,
    FixedOrder,
    ObjectLayer,
    RenderedMasks,
    SizeHW,
    Trajectory3D,
)

SOFTNESS = 30.0
REPEATS = 3


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


def main() -> None:
    """Every motion by every way of drawing it, as a table and as JSON."""
    arguments = _arguments()
    results: dict[str, Any] = {"machine": _machine(arguments.device), "motions": {}}
    print(results["machine"], flush=True)
    for name, motion in MOTIONS.items():
        animation = moved(motion, arguments.size, arguments.frames)
        expected, seconds = timed(lambda: rendering.render(animation), "cpu")  # noqa: B023 - called at once
        row: dict[str, Any] = {"torch, cpu": {"seconds a frame": seconds / arguments.frames}}
        for way, draw in ways(arguments.device).items():
            with drawn_by(draw):
                made, seconds = timed(lambda: rendering.render(animation, arguments.device), arguments.device)  # noqa: B023
            row[way] = {"seconds a frame": seconds / arguments.frames, **differences(expected, made)}
        results["motions"][name] = row
        print(name, *(f"\n    {way}: {_told(figures)}" for way, figures in row.items()), flush=True)
    arguments.output.write_text(json.dumps(results, indent=1))


def ways(device: str) -> dict[str, Callable[..., Any]]:
    """What draws on the device, by name."""
    found: dict[str, Callable[..., Any]] = {f"torch, {device}": rasterise_torch}
    return found | ({f"PyTorch3D, {device}": rasterise_pytorch3d} if pytorch3d_available() else {})


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


def timed(step: Callable[[], RenderedMasks], device: str) -> tuple[RenderedMasks, float]:
    """What a step makes, and its seconds, the best of three."""
    made, seconds = step(), []  # the first time also loads kernels
    for _ in range(REPEATS):
        start = time.perf_counter()
        made = step()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return made, min(seconds)


def differences(expected: RenderedMasks, made: RenderedMasks) -> dict[str, Any]:
    """Pixels of all frames with another id, with another disparity, and by how much at most."""
    away = np.abs(expected.disparity - made.disparity)
    return {
        "ids that differ": int((expected.labels != made.labels).sum()),
        "disparities that differ": int((away > 0).sum()),
        "at most": float(away.max()),
    }


def _told(figures: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in figures.items())


def _machine(device: str) -> str:
    card = torch.cuda.get_device_name() if device.startswith("cuda") else "no card"
    return f"torch {torch.__version__}, {card}, PyTorch3D {'loads' if pytorch3d_available() else 'does not load'}"


def _size(text: str) -> SizeHW:
    height, width = text.split("x")
    return int(height), int(width)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="what is compared with torch on the CPU")
    parser.add_argument("--size", type=_size, default=(288, 512), help="height x width in pixels, as 288x512")
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--output", type=Path, default=Path("rasterisers.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
