"""PURE: what clicks, sliders and presets of the Move panel mean as waypoints and camera keys."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from levitor_core.geometry import disparity_from_depth
from levitor_core.structures import CameraKey, CameraMove, Easing, SizeHW, Waypoint
from levitor_core.trajectory import depth_of_nearness

PRESETS: dict[str, Callable[[float, SizeHW], CameraKey]] = {
    "Push in": lambda amount, hw: CameraKey(1.0, push=0.7 * amount),
    "Pull back": lambda amount, hw: CameraKey(1.0, push=-3.0 * amount),
    "Zoom in": lambda amount, hw: CameraKey(1.0, zoom=1 + 0.8 * amount),
    "Zoom out": lambda amount, hw: CameraKey(1.0, zoom=1 / (1 + 0.8 * amount)),
    "Pan left": lambda amount, hw: CameraKey(1.0, pan=(0.3 * amount * hw[1], 0.0)),
    "Pan right": lambda amount, hw: CameraKey(1.0, pan=(-0.3 * amount * hw[1], 0.0)),
    "Pan up": lambda amount, hw: CameraKey(1.0, pan=(0.0, 0.3 * amount * hw[0])),
    "Pan down": lambda amount, hw: CameraKey(1.0, pan=(0.0, -0.3 * amount * hw[0])),
}
STILL, CUSTOM = "Still", "As in the project"
AMOUNT_STEP = 0.05


def camera_preset(name: str, amount: float, easing: Easing, size_hw: SizeHW) -> CameraMove:
    """A camera move by its name; `amount` 0..1 is how far it goes."""
    if name not in PRESETS:
        return CameraMove()
    return CameraMove((CameraKey(0.0), PRESETS[name](amount, size_hw)), easing)


def preset_of(camera: CameraMove, size_hw: SizeHW) -> tuple[str, float | None]:
    """Which preset, and how much of it, a camera move is; None for the amount of any other move."""
    if not camera.keys:
        return STILL, None
    for amount in np.arange(1, round(1 / AMOUNT_STEP) + 1) * AMOUNT_STEP:
        for name in PRESETS:
            if camera_preset(name, round(float(amount), 4), camera.easing, size_hw) == camera:
                return name, round(float(amount), 4)
    return CUSTOM, None


def slider_of_depth(z: float, softness: float) -> float:
    """Where a depth stands on a slider from 0 (far) to 1 (near) that moves evenly in size."""
    far, near = depth_of_nearness(0.0, softness), depth_of_nearness(1.0, softness)
    return min(max(math.log(far / z) / math.log(far / near), 0.0), 1.0)


def nearness_of_slider(position: float, softness: float) -> float:
    """Nearness 0..1 at a position of that slider."""
    far, near = depth_of_nearness(0.0, softness), depth_of_nearness(1.0, softness)
    z = np.array(far * (near / far) ** position)
    return min(max(float(disparity_from_depth(z, softness)) / 255, 0.0), 1.0)


def nearest_waypoint(waypoints: Sequence[Waypoint], x: float, y: float) -> int:
    """Index of the waypoint closest to a point."""
    return min(range(len(waypoints)), key=lambda index: math.hypot(waypoints[index].x - x, waypoints[index].y - y))


def place_in_path(waypoints: Sequence[Waypoint], x: float, y: float) -> int:
    """Index before which a point belongs: within the straight segment closest to it, or at the end of a short path."""
    if len(waypoints) < 2:
        return len(waypoints)
    corners = np.array([(point.x, point.y) for point in waypoints])
    start, step = corners[:-1], np.diff(corners, axis=0)
    along = ((np.array([x, y]) - start) * step).sum(1) / np.maximum((step**2).sum(1), 1e-9)
    distance = np.linalg.norm(start + along.clip(0, 1)[:, None] * step - (x, y), axis=1)
    return int(np.argmin(distance)) + 1
