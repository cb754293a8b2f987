"""A frame in parts, for whoever composes it elsewhere: the still scene, every object alone, and who is in front."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key

import numpy as np
from jaxtyping import Float32, UInt8

from levitor_core.monitor import Monitor, Stage
from levitor_core.motion.geometry import disparity_from_depth
from levitor_core.renderers.preview.backdrop import Backdrop
from levitor_core.renderers.preview.canvas import Plane
from levitor_core.renderers.preview.compositing import composite, held_out
from levitor_core.renderers.preview.layers import Drawn
from levitor_core.renderers.preview.painting import ScenePainter
from levitor_core.structures import Animation, Image, ObjectLayer, Project, SizeHW

Rgba = UInt8[np.ndarray, "h w 4"]
OPAQUE = 0.5


@dataclass(frozen=True, eq=False)
class Parts:
    """One frame: composed, and in parts.

    `objects` has every moving object by its label, straight alpha, with what the still scene hides of it cut out and
    what other objects hide of it left in; `order` their labels from front to back. `matte` is what all of them cover.
    `disparity` (0..255, larger is nearer) is of the composed frame.
    """

    composed: Image
    background: Image
    objects: Mapping[int, Rgba]
    order: tuple[int, ...]
    matte: UInt8[np.ndarray, "h w"]
    disparity: Float32[np.ndarray, "h w"]


def draw_parts(
    project: Project, animation: Animation, size_hw: SizeHW, frames: Sequence[int], monitor: Monitor | None = None
) -> Iterator[Parts]:
    """Some frames of the animation in parts, each drawn when it is asked for."""
    monitor = monitor or Monitor()
    painter = ScenePainter(project, animation, size_hw, monitor)
    for number, frame in enumerate(frames):
        monitor.report("Drawing frames", number, len(frames), Stage.RENDER)
        yield _parts(*painter.parts(frame), animation)
    monitor.report("Drawing frames", len(frames), len(frames), Stage.DONE)


def _parts(backdrop: Backdrop, drawn: Sequence[tuple[ObjectLayer, Drawn]], animation: Animation) -> Parts:
    size_hw = backdrop.z.shape
    objects = {layer.label: np.zeros((*size_hw, 4), np.uint8) for layer in animation.layers}
    left, z = np.ones(size_hw, np.float32), backdrop.z.copy()
    for layer, item in drawn:
        alpha, part = held_out(backdrop, item), item.window.slices
        objects[layer.label][part] = _straight(item.rgba, alpha)
        left[part] *= 1 - alpha
        z[part] = np.where(alpha > OPAQUE, np.minimum(z[part], item.z), z[part])
    return Parts(
        composed=composite(backdrop, drawn),
        background=np.rint(backdrop.colours).clip(0, 255).astype(np.uint8),
        objects=objects,
        order=_front_to_back(drawn),
        matte=np.rint(255 * (1 - left)).astype(np.uint8),
        disparity=disparity_from_depth(z, animation.softness).clip(0, 255).astype(np.float32),
    )


def _straight(premultiplied: np.ndarray, alpha: Plane) -> Rgba:
    """Colours that are not multiplied by their alpha."""
    whole = np.maximum(premultiplied[..., 3:].astype(np.float32) / 255, 1 / 255)
    colours = premultiplied[..., :3] / whole
    return np.rint(np.dstack([colours, 255 * alpha])).clip(0, 255).astype(np.uint8)


def _front_to_back(drawn: Sequence[tuple[ObjectLayer, Drawn]]) -> tuple[int, ...]:
    """By depth where they are opaque, unless a person fixed the order; on a tie the later one is in front."""
    depth = {layer.label: _typical_depth(item) for layer, item in drawn}
    order = {layer.label: item.order for layer, item in drawn}

    def compare(one: ObjectLayer, other: ObjectLayer) -> int:
        own, others = order[one.label], order[other.label]
        if other.label in own.in_front_of or one.label in others.behind:
            return -1
        if other.label in own.behind or one.label in others.in_front_of:
            return 1
        farther = depth[one.label] - depth[other.label] or other.label - one.label
        return 1 if farther > 0 else -1

    return tuple(layer.label for layer in sorted((layer for layer, _ in drawn), key=cmp_to_key(compare)))


def _typical_depth(item: Drawn) -> float:
    opaque = item.z[item.rgba[..., 3] > 255 * OPAQUE]
    return float(np.median(opaque if opaque.size else item.z))
