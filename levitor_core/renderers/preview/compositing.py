"""Layers over the still scene, pixel by pixel: the nearer covers the farther, edges antialiased.

The same order as in `rendering.Drawer.draw`, but in shares of a pixel instead of yes or no.
"""

from collections.abc import Sequence
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


def composite(backdrop: Backdrop, drawn: Sequence[tuple[ObjectLayer, Drawn]]) -> Image:
    """The finished frame."""
    frame = _round(backdrop.colours)
    if not drawn:
        return frame
    visible = [_uncover(backdrop, item) for _, item in drawn]
    shares = [cover * _alpha(item) for cover, (_, item) in zip(visible, drawn, strict=True)]
    depths = _ordered_depths(drawn)
    for first, second in combinations(range(len(drawn)), 2):
        _order(drawn, depths, shares, visible, first, second)
    region = _union([item.window for _, item in drawn])
    blended = _blend(backdrop.colours[region.slices].astype(np.float32), region, drawn, shares, visible)
    frame[region.slices] = _round(blended)
    return frame


def held_out(backdrop: Backdrop, item: Drawn) -> Plane:
    """The layer's alpha 0..1 within its window, less where the still scene hides it; other layers hide nothing."""
    return _uncover(backdrop, item) * _alpha(item)


def _uncover(backdrop: Backdrop, item: Drawn) -> Plane:
    """The share of each pixel of the layer's window where the still scene does not hide it."""
    part = item.window.slices
    hidden = ((item.z - FAVOUR * backdrop.z[part]) / (SOFTNESS * item.z)).clip(0, 1)
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
                    there = _alpha(drawn[other][1])[overlap[1]] > 0
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
    a, b = item.window, other.window
    left, top = max(a.left, b.left), max(a.top, b.top)
    right, bottom = min(a.left + a.width, b.left + b.width), min(a.top + a.height, b.top + b.height)
    common = Window(left, top, right - left, bottom - top)
    return None if common.width <= 0 or common.height <= 0 else (common.within(a), common.within(b))


def _blend(
    scene: np.ndarray,
    region: Window,
    drawn: Sequence[tuple[ObjectLayer, Drawn]],
    shares: Sequence[AnyPlane],
    visible: Sequence[AnyPlane],
) -> np.ndarray:
    """The layers over the scene within a region: each by what is visible of it, the scene where no layer covers."""
    total, remaining, colours = np.zeros_like(scene[..., :1]), np.ones_like(scene[..., :1]), np.zeros_like(scene)
    for (_, item), share, seen in zip(drawn, shares, visible, strict=True):
        part = item.window.within(region)
        colours[part] += item.rgba[..., :3] * seen[..., None]
        total[part] += (_alpha(item) * seen)[..., None]
        remaining[part] *= 1 - share[..., None]
    if len(drawn) > 1:
        colours *= (1 - remaining) / np.maximum(total, 1e-6)
    return scene * remaining + colours


def _alpha(item: Drawn) -> Plane:
    return item.rgba[..., 3] * np.float32(1 / 255)


def _union(windows: Sequence[Window]) -> Window:
    left, top = min(w.left for w in windows), min(w.top for w in windows)
    right, bottom = max(w.left + w.width for w in windows), max(w.top + w.height for w in windows)
    return Window(left, top, right - left, bottom - top)


def _round(colours: np.ndarray) -> Image:
    return colours.copy() if colours.dtype == np.uint8 else np.rint(colours).clip(0, 255).astype(np.uint8)
