"""Layers over the still scene, pixel by pixel: the nearer covers the farther, edges antialiased.

The same order as in `rendering.Drawer.draw`, but in shares of a pixel instead of yes or no.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from levitor_core.motion.rendering import FAVOUR
from levitor_core.renderers.preview.backdrop import Backdrop
from levitor_core.renderers.preview.canvas import AnyPlane, Plane, Slices, Window, interpolate
from levitor_core.renderers.preview.layers import Drawn
from levitor_core.structures import Image, ObjectLayer

SOFTNESS = 0.001  # share of depth over which one surface gives way to another
APART = 2 * SOFTNESS  # how far fixed orders move a surface before or behind another


@dataclass(frozen=True, eq=False)
class _Layer:
    """A layer with the share of each pixel of its window that it would cover alone, and what is seen of it."""

    item: Drawn
    share: AnyPlane
    seen: AnyPlane


def composite(backdrop: Backdrop, drawn: Sequence[tuple[ObjectLayer, Drawn]]) -> Image:
    """The finished frame."""
    frame = _round(backdrop.colours)
    if not drawn:
        return frame
    visible = [_uncover(backdrop, item) for _, item in drawn]
    shares = [cover * item.alpha for cover, (_, item) in zip(visible, drawn, strict=True)]
    depths = _ordered_depths(drawn)
    for first, second in combinations(range(len(drawn)), 2):
        _order(drawn, depths, shares, visible, first, second)
    layers = [_Layer(item, share, seen) for (_, item), share, seen in zip(drawn, shares, visible, strict=True)]
    for region, group in _apart(layers):
        frame[region.slices] = _blend(backdrop.colours[region.slices], region, group, len(layers) > 1)
    return frame


def held_out(backdrop: Backdrop, item: Drawn) -> Plane:
    """The layer's alpha 0..1 within its window, less where the still scene hides it; other layers hide nothing."""
    return _uncover(backdrop, item) * item.alpha


def _uncover(backdrop: Backdrop, item: Drawn) -> Plane:
    """The share of each pixel of the layer's window where the still scene does not hide it."""
    part = item.window.slices
    hidden = item.z - FAVOUR * backdrop.z[part]
    if not item.order.always_hidden_by.any() and hidden.max() <= 0:
        return np.ones_like(item.z)
    hidden = (hidden / (SOFTNESS * item.z)).clip(0, 1)
    x, y = backdrop.x[part], backdrop.y[part]
    if item.order.never_hidden_by.any():
        hidden = hidden * (1 - interpolate(item.order.never_hidden_by.astype(np.float32), x, y))
    if item.order.always_hidden_by.any():
        hidden = np.maximum(hidden, interpolate(item.order.always_hidden_by.astype(np.float32), x, y))
    return 1 - cv2.blur(hidden.astype(np.float32), (3, 3))


def _ordered_depths(drawn: Sequence[tuple[ObjectLayer, Drawn]]) -> list[AnyPlane]:
    """Each layer's depth with the fixed orders applied as in `rendering.order_depths`, where both layers are: as
    depths, orders that go round in a circle still give one of nearest and farthest, the last word to the last layer."""
    depths: list[AnyPlane] = [item.z for _, item in drawn]
    position_of = {layer.label: position for position, (layer, _) in enumerate(drawn)}
    for own, (_, item) in enumerate(drawn):
        for labels, nearer in ((item.order.in_front_of, True), (item.order.behind, False)):
            for other in (position_of[label] for label in labels if label in position_of):
                if (overlap := _overlap(item, drawn[other][1])) is not None:
                    there = drawn[other][1].alpha[overlap[1]] > 0
                    depths[own] = _moved(depths[own], overlap[0], depths[other][overlap[1]], there, nearer)
    return depths


def _moved(depth: AnyPlane, part: Slices, other: AnyPlane, there: np.ndarray, nearer: bool) -> AnyPlane:
    """The depth with a part of it before or behind another, where that is there."""
    limit = np.minimum(depth[part], other * (1 - APART)) if nearer else np.maximum(depth[part], other * (1 + APART))
    moved = depth.copy()
    moved[part] = np.where(there, limit, depth[part])
    return moved


def _order(
    drawn: Sequence[tuple[ObjectLayer, Drawn]],
    depths: Sequence[AnyPlane],
    shares: Sequence[AnyPlane],
    visible: Sequence[AnyPlane],
    first: int,
    second: int,
) -> None:
    """Take from each of two layers what the other covers; on a tie the second is in front."""
    overlap = _overlap(drawn[first][1], drawn[second][1])
    if overlap is None:
        return
    own, others = overlap
    z = depths[first][own]
    second_in_front = ((z - depths[second][others]) / (SOFTNESS * z) + 1).clip(0, 1)
    visible[first][own] *= 1 - shares[second][others] * second_in_front
    visible[second][others] *= 1 - shares[first][own] * (1 - second_in_front)


def _overlap(item: Drawn, other: Drawn) -> tuple[Slices, Slices] | None:
    """The common part of two windows, as slices of each."""
    common = _common(item.window, other.window)
    return None if common is None else (common.within(item.window), common.within(other.window))


def _apart(layers: Sequence[_Layer]) -> list[tuple[Window, list[_Layer]]]:
    """The layers, in their order, in groups whose regions have nothing in common."""
    groups: list[tuple[Window, list[int]]] = []
    for number, layer in enumerate(layers):
        region, members = layer.item.window, [number]
        while met := next((group for group in groups if _common(region, group[0])), None):
            groups.remove(met)
            region, members = _union([region, met[0]]), sorted([*met[1], *members])
        groups.append((region, members))
    return [(region, [layers[number] for number in members]) for region, members in groups]


def _blend(scene: np.ndarray, region: Window, layers: Sequence[_Layer], share_out: bool) -> Image:
    """The layers over the scene within a region: each by what is visible of it, the scene where no layer covers. What
    several show together is what they cover, if it is to be shared out. Colour by colour: OpenCV is several times as
    quick on planes as NumPy on pixels of three."""
    nothing = np.zeros(scene.shape[:2], np.float32)
    total, remaining, colours = nothing.copy(), nothing + 1, [nothing.copy() for _ in range(3)]
    for layer in layers:
        part = layer.item.window.within(region)
        for plane, colour in zip(colours, cv2.split(layer.item.rgba)[:3], strict=True):
            plane[part] += cv2.multiply(colour, layer.seen, dtype=cv2.CV_32F)
        total[part] += layer.item.alpha * layer.seen
        remaining[part] *= 1 - layer.share
    if share_out:
        scale = (1 - remaining) / np.maximum(total, 1e-6)
        colours = [plane * scale for plane in colours]
    left = (cv2.multiply(plane, remaining, dtype=cv2.CV_32F) for plane in cv2.split(scene))
    return np.asarray(cv2.merge([cv2.add(*both, dtype=cv2.CV_8U) for both in zip(left, colours, strict=True)]))


def _common(one: Window, other: Window) -> Window | None:
    left, top = max(one.left, other.left), max(one.top, other.top)
    right, bottom = (
        min(one.left + one.width, other.left + other.width),
        min(one.top + one.height, other.top + other.height),
    )
    return Window(left, top, right - left, bottom - top) if left < right and top < bottom else None


def _union(windows: Sequence[Window]) -> Window:
    left, top = min(w.left for w in windows), min(w.top for w in windows)
    right, bottom = max(w.left + w.width for w in windows), max(w.top + w.height for w in windows)
    return Window(left, top, right - left, bottom - top)


def _round(colours: np.ndarray) -> Image:
    return colours.copy() if colours.dtype == np.uint8 else np.rint(colours).clip(0, 255).astype(np.uint8)
