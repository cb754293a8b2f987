"""One moving object in colour: its cut-out, drawn where the engine's geometry puts it."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import UInt8

from levitor_core.motion.cut_sides import cut_sides, inside_picture
from levitor_core.motion.geometry import (
    Pose,
    View,
    displace,
    image_center,
    move_depth,
    nearest_depth,
    project,
    undisplace,
    unproject,
)
from levitor_core.motion.relief import contact_point, foot_width
from levitor_core.renderers.preview.canvas import Canvas, Plane, Texture, Window, interpolate
from levitor_core.renderers.preview.matte import Cutout, distance_inside
from levitor_core.renderers.preview.relief_search import first_hit
from levitor_core.structures import CameraTrack, FixedOrder, ObjectLayer

MARGIN_PX = 3  # working pixels beyond the mask that soft edges may reach
NODE_PX = 2  # working pixels between the places where a ray is followed
FLATNESS = 0.3  # of a shadow's width, its depth on the ground
SHADOW_REACH = 2.2  # of its radius, beyond which nothing of a shadow is seen
FULL_WAY, FULL_TURN = 12.0, 0.1  # pixels, radians or share of its size, from which on a feathered edge is all feathered

Rgba = UInt8[np.ndarray, "h w 4"]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A layer in one frame: premultiplied colour and alpha 0..255, and depth z', within a window; and what depth does
    not decide there."""

    window: Window
    rgba: np.ndarray
    z: Plane
    order: FixedOrder

    @cached_property
    def alpha(self) -> Plane:
        """From 0 to 1."""
        return self.rgba[..., 3] * np.float32(1 / 255)


class LayerPainter:
    """Draws one layer, frame by frame."""

    def __init__(
        self, layer: ObjectLayer, cutout: Cutout, camera: CameraTrack, canvas: Canvas, softness: float
    ) -> None:
        self.layer, self._camera, self._canvas = layer, camera, canvas
        self._texture = Texture(cutout, canvas)
        self._center, self._near = image_center(canvas.working_hw), nearest_depth(softness)
        self._shadow = _Shadow.of(layer) if layer.shadow else None
        self._cuts = cut_sides(layer.mask)
        self._depth = distance_inside(layer.mask) if layer.feather else None
        self._points = _outline(layer, self._shadow)
        depths = self._points[2]
        self._z_range = float(depths.min()), float(depths.max())

    def draw(self, frame: int) -> Drawn | None:
        """The layer in that frame; None where it is out of the picture."""
        pose, view = Pose.of(self.layer, frame), self._view(frame)
        step = max(1, round(NODE_PX * min(self._canvas.scale_xy)))
        window = self._window(pose, view, step)
        if window is None:
            return None
        columns = window.left + step * np.arange(window.width // step) + (step - 1) / 2
        rows = window.top + step * np.arange(window.height // step) + (step - 1) / 2
        u, v = self._canvas.to_working(*np.meshgrid(columns, rows))
        hit = first_hit(lambda z: self._ray(u, v, z, pose, view), self._depth_at, *self._z_range)
        size = window.width, window.height
        x, y, z = (cv2.resize(values, size, interpolation=cv2.INTER_LINEAR) for values in (hit.x, hit.y, hit.z))
        rgba = self._texture.sample(x, y, _magnification(hit.x, hit.y, step, self._canvas))
        rgba = self._faded(rgba, x, y, pose, view)
        if self._shadow is not None:
            rgba = self._shadow.under(rgba, x, y, pose)
        return _crop(Drawn(window, rgba, move_depth(z, pose, self._near), self.layer.order(frame)), self._canvas)

    def _faded(self, rgba: Rgba, x: Plane, y: Plane, pose: Pose, view: View) -> Rgba:
        """The premultiplied picture with its edges as they are away from its first place: feathered, and soft where the
        photo's edge cut it off. At its first place it covers the hole that it leaves."""
        turned = abs(pose.size * pose.anchor_z / pose.z - 1) + abs(pose.rotation)
        size_hw, feather = (
            self._canvas.working_hw,
            self.layer.feather * min(pose.way / FULL_WAY + turned / FULL_TURN, 1.0),
        )
        shown = [(cut, inside_picture(cut, self.layer, pose, view, self._near)) for cut in self._cuts]
        parts = [cut.opacity(x, y, pixels, size_hw) for cut, pixels in shown if pixels > 0]
        if self._depth is not None and feather > 0:
            parts.append((interpolate(self._depth, x, y) / feather).clip(0, 1))
        if not parts:
            return rgba
        return np.rint(rgba * np.prod(parts, axis=0)[..., None]).astype(np.uint8)

    def _depth_at(self, x: Plane, y: Plane) -> Plane:
        return interpolate(self.layer.z, x, y)

    def _view(self, frame: int) -> View:
        return View() if self.layer.pinned else View.of(self._camera, frame)

    def _ray(self, u: Plane, v: Plane, z: np.ndarray, pose: Pose, view: View) -> tuple[Plane, Plane]:
        before_camera = unproject(u, v, move_depth(z, pose, self._near), view, self._center, self._near)
        x, y = undisplace(*before_camera, z, pose, self._center, self._near)
        return x.astype(np.float32), y.astype(np.float32)

    def _window(self, pose: Pose, view: View, step: int) -> Window | None:
        """Where the layer can be seen: whole nodes of `step` pixels, one more than needed on every side."""
        u, v, moved_z = displace(*self._points, pose, self._center, self._near)
        u, v, _ = project(u, v, moved_z, view, self._center, self._near)
        x, y = self._canvas.from_working(u, v)
        height, width = self._canvas.size_hw
        left, right = max(int(x.min()) // step - 1, -1), min(int(x.max()) // step + 2, width // step + 2)
        top, bottom = max(int(y.min()) // step - 1, -1), min(int(y.max()) // step + 2, height // step + 2)
        if right <= left or bottom <= top:
            return None
        return Window(left * step, top * step, (right - left) * step, (bottom - top) * step)


@dataclass(frozen=True)
class _Shadow:
    """The soft dark ellipse under what an object stands on, about (x, y) in working pixels of the photo."""

    x: float
    y: float
    radius: float
    strength: float

    @classmethod
    def of(cls, layer: ObjectLayer) -> "_Shadow":
        """That of the layer's foot."""
        return cls(*contact_point(layer.mask), 0.6 * foot_width(layer.mask), layer.shadow)

    def under(self, rgba: Rgba, x: Plane, y: Plane, pose: Pose) -> Rgba:
        """The premultiplied picture with the shadow behind it. At its first place the object has the photo's own."""
        left = pose.way / (2 * self.radius)
        away = ((x - self.x) / self.radius) ** 2 + ((y - self.y) / (FLATNESS * self.radius)) ** 2
        dark = np.float32(self.strength * min(left, 1.0)) * np.exp(-away)
        shaded = rgba.copy()
        shaded[..., 3] = np.rint(rgba[..., 3] + (255.0 - rgba[..., 3]) * dark).astype(np.uint8)
        return shaded

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Places (x, y) around all that is visible of it."""
        across, down = SHADOW_REACH * self.radius, SHADOW_REACH * FLATNESS * self.radius
        return self.x + across * np.array([-1.0, 1.0, 0.0, 0.0]), self.y + down * np.array([0.0, 0.0, -1.0, 1.0])


def _outline(layer: ObjectLayer, shadow: _Shadow | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (x, y, z) whose landing places bound the layer with its soft edge and its shadow."""
    rows, columns = np.nonzero(_grow(layer.mask))
    x, y, z = columns.astype(np.float64), rows.astype(np.float64), layer.z[rows, columns].astype(np.float64)
    if shadow is None:
        return x, y, z
    around_x, around_y = shadow.bounds()
    foot_z = np.full(len(around_x), z[y.argmax()])
    return np.concatenate([x, around_x]), np.concatenate([y, around_y]), np.concatenate([z, foot_z])


def _grow(mask: np.ndarray) -> np.ndarray:
    window = np.ones((2 * MARGIN_PX + 1,) * 2, np.uint8)
    return cv2.dilate(mask.astype(np.uint8), window) > 0


def _magnification(x: Plane, y: Plane, step: int, canvas: Canvas) -> float:
    """How much larger than at rest the middle of the layer is seen, from the spacing of places in the photo."""
    if min(x.shape) < 2:
        return 1.0
    along_x, along_y = np.diff(x, axis=1)[:-1], np.diff(y, axis=1)[:-1]
    down_x, down_y = np.diff(x, axis=0)[:, :-1], np.diff(y, axis=0)[:, :-1]
    area = np.median(np.abs(along_x * down_y - along_y * down_x)) * canvas.scale_xy[0] * canvas.scale_xy[1]
    return float(step / np.sqrt(max(area, 1e-9)))


def _crop(drawn: Drawn, canvas: Canvas) -> Drawn | None:
    window = drawn.window
    left, top = max(window.left, 0), max(window.top, 0)
    width = min(window.left + window.width, canvas.size_hw[1]) - left
    height = min(window.top + window.height, canvas.size_hw[0]) - top
    if width <= 0 or height <= 0:
        return None
    rows = slice(top - window.top, top - window.top + height)
    columns = slice(left - window.left, left - window.left + width)
    return Drawn(Window(left, top, width, height), drawn.rgba[rows, columns], drawn.z[rows, columns], drawn.order)
