"""How much a project holds and how far its numbers go: one place for the page, the command line and project files."""

from typing import Any, TypeGuard

import numpy as np

MAX_OBJECTS = 64
MAX_SCENERY = 64
MAX_WAYPOINTS = 200
MAX_CAMERA_KEYS = 200
MAX_NAME = 60
FARTHEST_PIXEL = 100_000.0  # either way from the working image's corner
SIZE = (0.01, 100.0)
ROTATION = (-36_000.0, 36_000.0)  # degrees
SOFTNESS = (0.0, 10_000.0)  # of depth, see structures
SHIFT = (-255.0, 255.0)  # of scenery's disparity
ZOOM = (0.01, 100.0)
PUSH = (-8.0, 0.75)  # in units of the nearest depth; beyond it the camera would pass through the scene


def is_number(value: Any, low: float, high: float) -> TypeGuard[float]:
    """Whether this is one of Python's or numpy's numbers from `low` to `high`; truth values are none."""
    plain = value.item() if isinstance(value, np.generic) else value
    return isinstance(plain, int | float) and not isinstance(plain, bool) and low <= plain <= high


def is_whole(value: Any, low: int, high: int) -> TypeGuard[int]:
    """Whether this is such a number without a fraction, by its type."""
    return isinstance(value, int | np.integer) and is_number(value, low, high)
