"""Which point of a surface an output pixel sees: a search along its ray, from near to far.

For a surface given as depth over the photo, every depth z proposes the place in the photo that would land on the
pixel; the first z at which the surface there is no farther is what is seen. (Policarpo, Oliveira, Comba,
"Real-Time Relief Mapping on Arbitrary Polygonal Surfaces", 2005, with this project's geometry as the ray.)
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from levitor_core.renderers.preview.canvas import Plane

MAX_STEPS = 24
STEP_PX = 1.5  # working pixels that a ray may pass over the photo in one step

Ray = Callable[[np.ndarray], tuple[Plane, Plane]]
Surface = Callable[[Plane, Plane], Plane]


@dataclass(frozen=True, eq=False)
class Hit:
    """What each pixel sees: its place in the photo (working pixels), the depth there, and by how much of it the
    surface jumped past the ray (0 on a smooth surface, large where the ray slipped behind an edge)."""

    x: Plane
    y: Plane
    z: Plane
    jump: Plane


def first_hit(ray: Ray, surface: Surface, nearest: float, farthest: float) -> Hit:
    """Search between two depths that bound the surface; `ray` gives places in the photo for depths z, `surface` the
    depths at places."""
    x, y = ray(np.array(nearest, np.float32))
    far_x, far_y = ray(np.array(farthest, np.float32))
    length = float(np.hypot(far_x - x, far_y - y).max(initial=0.0))
    steps = int(np.ceil(length / STEP_PX).clip(1, MAX_STEPS))
    depths = np.linspace(nearest, farthest, steps + 1, dtype=np.float32)
    above = surface(x, y) - depths[0]
    z = np.full_like(x, farthest)
    found = np.zeros(x.shape, bool)
    for before, depth in itertools.pairwise(depths):
        below = surface(*ray(np.asarray(depth))) - depth
        crossed = ~found & (below <= 0)
        share = above / np.maximum(above - below, 1e-9)
        z = np.where(crossed, before + (depth - before) * share.clip(0, 1), z)
        found |= crossed
        above = below
    x, y = ray(z)
    at_hit = surface(x, y)
    return Hit(x, y, z, np.abs(at_hit - z) / z)
