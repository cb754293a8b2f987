"""Points -> z-buffer: which point is nearest at each pixel. One interface, two implementations.

In torch on any device; on CUDA PyTorch3D's rasteriser, where it is installed. PyTorch3D on a CPU is a loop over
pixels times points, tens of seconds a frame, and is not used there.
"""

import functools
from typing import TYPE_CHECKING

from levitor_core.structures import SizeHW

if TYPE_CHECKING:
    from torch import Tensor


def rasterise(points_xy: "Tensor", z: "Tensor", radius: float, size_hw: SizeHW) -> tuple["Tensor", "Tensor"]:
    """Draw each point (n, 2) of depth z (n,) > 0 as a disc of `radius` pixels; the nearest wins.

    Returns the z-buffer (h, w), infinite where nothing is, and the winner's index (h, w) int64, -1 where nothing
    is. The pixel a point falls into is always hit, however small the radius.
    """
    if z.device.type == "cuda" and pytorch3d_available():
        return rasterise_pytorch3d(points_xy, z, radius, size_hw)
    return rasterise_torch(points_xy, z, radius, size_hw)


@functools.cache
def pytorch3d_available() -> bool:
    """Whether PyTorch3D imports and loads here; its wheels fit one version of torch only."""
    try:
        import pytorch3d.renderer.points.rasterize_points  # noqa: F401  # pyright: ignore[reportMissingImports]
    except Exception:  # a wheel of another torch fails in ways of its own
        return False
    return True


def rasterise_torch(points_xy: "Tensor", z: "Tensor", radius: float, size_hw: SizeHW) -> tuple["Tensor", "Tensor"]:
    """`rasterise` by a scatter of (depth, index) keys, one pass for every pixel offset within the disc."""
    import torch

    height, width = size_hw
    nothing = torch.iinfo(torch.int64).max
    keys = torch.full((height * width,), nothing, dtype=torch.int64, device=z.device)
    depth_bits = z.float().contiguous().view(torch.int32).long()  # positive floats order like their bits
    point_key = (depth_bits << 32) | torch.arange(len(z), device=z.device)
    center = points_xy.round()
    reach = int(radius + 0.5)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            x, y = center[:, 0] + dx, center[:, 1] + dy
            hit = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            if dx or dy:
                hit &= (x - points_xy[:, 0]) ** 2 + (y - points_xy[:, 1]) ** 2 <= radius**2
            pixel = (y[hit] * width + x[hit]).long()
            keys.scatter_reduce_(0, pixel, point_key[hit], "amin")
    index = torch.where(keys == nothing, -1, keys & 0xFFFFFFFF).view(height, width)
    z_buffer = torch.where(index >= 0, z[index.clip(0)] if len(z) else torch.inf, torch.inf)
    return z_buffer, index


def rasterise_pytorch3d(points_xy: "Tensor", z: "Tensor", radius: float, size_hw: SizeHW) -> tuple["Tensor", "Tensor"]:
    """`rasterise` by PyTorch3D's point rasteriser; screen axes point left and up there, the shorter side spans 2."""
    import torch
    from pytorch3d.renderer.points.rasterize_points import (  # pyright: ignore[reportMissingImports]
        rasterize_points,
    )
    from pytorch3d.structures import Pointclouds  # pyright: ignore[reportMissingImports]

    height, width = size_hw
    unit = 2.0 / min(height, width)
    ndc = torch.stack([(width / 2 - 0.5 - points_xy[:, 0]) * unit, (height / 2 - 0.5 - points_xy[:, 1]) * unit, z], -1)
    index, z_buffer, _ = rasterize_points(
        Pointclouds([ndc]), size_hw, max(radius, 0.71) * unit, points_per_pixel=1, max_points_per_bin=len(z)
    )
    index = index[0, ..., 0].long()
    return torch.where(index >= 0, z_buffer[0, ..., 0], torch.inf), index
