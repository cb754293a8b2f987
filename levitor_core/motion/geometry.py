"""Depth, displacement and camera: where one pixel of the photo lands, and back.

Everything works alike on numpy arrays, torch tensors and floats, element by element. `near` is the depth of the
photo's front, 1 / (255 + softness); what is moved may pass it.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from levitor_core.document import MAX_NEARNESS
from levitor_core.structures import CameraTrack, ObjectLayer, PointXY, SizeHW

if TYPE_CHECKING:
    import torch

Values = TypeVar("Values", "np.ndarray", "torch.Tensor")

MAX_DISPARITY = 255.0
CAMERA_NEAR = 0.25  # the camera may come this much closer than `near` before a surface stops growing


def depth_from_disparity(disparity: np.ndarray, softness: float) -> np.ndarray:
    """Depth z = 1 / (max(D, 1) + softness) of disparity 0..255; larger is farther."""
    return 1.0 / (np.maximum(disparity, 1.0) + softness)


def disparity_from_depth(z: Values, softness: float) -> Values:
    """Disparity of depth z, above 255 before the photo's front; depths beyond either end are clamped."""
    return (1.0 / z - softness).clip(0.0, MAX_NEARNESS * MAX_DISPARITY)


def nearest_depth(softness: float) -> float:
    """Depth of the photo's front, where disparity is 255."""
    return 1.0 / (MAX_DISPARITY + softness)


def closest_depth(near: float) -> float:
    """Depth of the largest nearness, which no moved pixel may come closer than."""
    return near / (1.0 + (MAX_NEARNESS - 1.0) * MAX_DISPARITY * near)


def image_center(size_hw: SizeHW) -> PointXY:
    """Centre (x, y) of an image whose integer coordinates are pixel centres."""
    return (size_hw[1] - 1) / 2, (size_hw[0] - 1) / 2


@dataclass(frozen=True)
class Pose:
    """One object in one frame: its anchor moved from `anchor_xy` at `anchor_z` to `xy` at `z`, grown by the
    factor `size` and turned by `rotation` radians clockwise about the anchor."""

    anchor_xy: PointXY
    anchor_z: float
    xy: PointXY
    z: float
    size: float = 1.0
    rotation: float = 0.0

    @property
    def way(self) -> float:
        """How far, in pixels, the anchor is from its first place."""
        return math.hypot(self.xy[0] - self.anchor_xy[0], self.xy[1] - self.anchor_xy[1])

    @classmethod
    def of(cls, layer: ObjectLayer, frame: int) -> "Pose":
        """The layer's pose in that frame."""
        path = layer.trajectory
        return cls(
            layer.anchor_xy,
            layer.anchor_z,
            (float(path.xy[frame, 0]), float(path.xy[frame, 1])),
            float(path.z[frame]),
            float(path.size[frame]),
            float(path.rotation[frame]),
        )


@dataclass(frozen=True)
class View:
    """One frame of the camera: shift in pixels, scale about the centre, depth taken off everything."""

    pan: PointXY = (0.0, 0.0)
    zoom: float = 1.0
    push: float = 0.0

    @classmethod
    def of(cls, camera: CameraTrack, frame: int) -> "View":
        """The camera's view in that frame."""
        pan = (float(camera.pan[frame, 0]), float(camera.pan[frame, 1]))
        return cls(pan, float(camera.zoom[frame]), float(camera.push[frame]))


def displace(
    x: Values, y: Values, z: Values, pose: Pose, center: PointXY, near: float
) -> tuple[Values, Values, Values]:
    """Move pixels (x, y) of depth z with their object: their new (u, v) and depth z'.

    The paper's Eq. 7 with the translation chosen so that the anchor lands on the path at the path's depth:
    u = c + [(q^ - c) z + (p_t - c) z_t - (p_0 - c) z_0] / z', q^ being q turned and grown about p_0. A pixel of
    the anchor's depth scales by z_0 / z_t; both focal lengths cancel.
    """
    moved_z = move_depth(z, pose, near)
    cos, sin = pose.size * math.cos(pose.rotation), pose.size * math.sin(pose.rotation)
    (ax, ay), (px, py), (cx, cy) = pose.anchor_xy, pose.xy, center
    dx, dy = x - ax, y - ay
    turned_x, turned_y = ax + cos * dx - sin * dy, ay + sin * dx + cos * dy
    shift_x = (px - cx) * pose.z - (ax - cx) * pose.anchor_z
    shift_y = (py - cy) * pose.z - (ay - cy) * pose.anchor_z
    return cx + ((turned_x - cx) * z + shift_x) / moved_z, cy + ((turned_y - cy) * z + shift_y) / moved_z, moved_z


def undisplace(u: Values, v: Values, z: Values, pose: Pose, center: PointXY, near: float) -> tuple[Values, Values]:
    """Where in the photo the moved pixel at (u, v) came from, given the depth z it had there."""
    moved_z = move_depth(z, pose, near)
    (ax, ay), (px, py), (cx, cy) = pose.anchor_xy, pose.xy, center
    shift_x = (px - cx) * pose.z - (ax - cx) * pose.anchor_z
    shift_y = (py - cy) * pose.z - (ay - cy) * pose.anchor_z
    dx = cx + ((u - cx) * moved_z - shift_x) / z - ax
    dy = cy + ((v - cy) * moved_z - shift_y) / z - ay
    cos, sin = math.cos(pose.rotation) / pose.size, math.sin(pose.rotation) / pose.size
    return ax + cos * dx + sin * dy, ay - sin * dx + cos * dy


def move_depth(z: Values, pose: Pose, near: float) -> Values:
    """Depth after movement, z' = z + z_t - z_0, kept at least that of the largest nearness."""
    return (z + (pose.z - pose.anchor_z)).clip(closest_depth(near))


def project(x: Values, y: Values, z: Values, view: View, center: PointXY, near: float) -> tuple[Values, Values, Values]:
    """What the camera makes of points (x, y) of depth z: their place on the screen and depth before it."""
    viewed_z = view_depth(z, view, near)
    (cx, cy), scale = center, view.zoom * z / viewed_z
    return cx + scale * (x - cx) + view.pan[0], cy + scale * (y - cy) + view.pan[1], viewed_z


def unproject(u: Values, v: Values, z: Values, view: View, center: PointXY, near: float) -> tuple[Values, Values]:
    """The point before the camera that is seen at (u, v), given its depth z before the camera."""
    (cx, cy), scale = center, view.zoom * z / view_depth(z, view, near)
    return cx + (u - view.pan[0] - cx) / scale, cy + (v - view.pan[1] - cy) / scale


def view_depth(z: Values, view: View, near: float) -> Values:
    """Depth before a camera that has pushed in; kept positive."""
    return (z - view.push).clip(CAMERA_NEAR * near)
