"""Points -> z-buffer: which point is nearest at each pixel. One interface, two implementations.

In torch on any device; on CUDA PyTorch3D's rasteriser, where it is installed. PyTorch3D on a CPU is a loop over
pixels times points, tens of seconds a frame, and is not used there.
"""

import functools
from typing import TYPE_CHECKING

from levitor_core.structures import SizeHW

if TYPE_CHECKING:
    import torch
    from torch import Tensor

MAX_HITS = 8_000_000  # points times pixels looked at in one go


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
    """`rasterise` by one scatter of (depth, index) keys; the least key at a pixel is the nearest point there."""
    import torch

    height, width = size_hw
    nothing = torch.iinfo(torch.int64).max
    keys = torch.full((height * width,), nothing, dtype=torch.int64, device=z.device)
    depth_bits = z.float().contiguous().view(torch.int32).long()  # positive floats order like their bits
    point_key = (depth_bits << 32) | torch.arange(len(z), device=z.device)
    for offsets in _offsets(radius, z.device).split(max(1, MAX_HITS // max(len(z), 1))):
        pixel, hit = _covered(points_xy, offsets, radius, size_hw)
        keys.scatter_reduce_(0, pixel[hit], point_key[:, None].expand_as(pixel)[hit], "amin")
    index = torch.where(keys == nothing, -1, keys & 0xFFFFFFFF).view(height, width)
    z_buffer = torch.where(index >= 0, z[index.clip(0)] if len(z) else torch.inf, torch.inf)
    return z_buffer, index


def _offsets(radius: float, device: "torch.device") -> "Tensor":
    """Pixels (k, 2) from the one a point falls into to every one its disc may reach."""
    import torch

    reach = int(radius + 0.5)
    side = torch.arange(-reach, reach + 1, dtype=torch.float32, device=device)
    offsets = torch.cartesian_prod(side, side)
    return offsets[offsets.square().sum(1) <= (radius + 0.71) ** 2]


def _covered(points_xy: "Tensor", offsets: "Tensor", radius: float, size_hw: SizeHW) -> tuple["Tensor", "Tensor"]:
    """Flat pixel index (n, k) of each point's neighbours, and whether they lie in its disc and in the picture."""
    height, width = size_hw
    x, y = (points_xy[:, axis].round()[:, None] + offsets[:, axis] for axis in (0, 1))
    away = (x - points_xy[:, 0:1]).square() + (y - points_xy[:, 1:2]).square()
    in_disc = (away <= radius**2) | (offsets == 0).all(1)
    hit = in_disc & (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return (y * width + x).long(), hit


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
