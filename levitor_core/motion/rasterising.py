"""Points -> z-buffer: which point is nearest at each pixel. One rule, two implementations.

In torch on any device; on CUDA PyTorch3D's rasteriser, where it is installed. PyTorch3D on a CPU is a loop over
pixels times points, tens of seconds a frame, and is not used there.

Both get the same points, nearest first, as places in that order: equal depths then have an order too. Both compare
the same float32 numbers, so that it makes no difference which of them draws.
"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from levitor_core.structures import SizeHW

if TYPE_CHECKING:
    import torch
    from torch import Tensor

MAX_CANDIDATES = 1_000_000  # points times pixels looked at in one go
HALF_DIAGONAL = 0.71  # of a pixel: a disc this large always holds the pixel that its middle falls into

# Points (n, 2) in order, radius, size (h, w) -> the first of them at each pixel (h, w), -1 where there is none.
First = Callable[["Tensor", float, SizeHW], "Tensor"]


def rasterise(points_xy: "Tensor", z: "Tensor", radius: float, size_hw: SizeHW) -> tuple["Tensor", "Tensor"]:
    """Draw each point (n, 2) of depth z (n,) as a disc of `radius` pixels; the nearest wins, on a tie the first.

    Returns the z-buffer (h, w), infinite where nothing is, and the winner's index (h, w) int64, -1 where nothing
    is. The pixel a point falls into is always hit, however small the radius. Points that are not before the camera
    (z <= 0) are left out, and what cannot touch the picture costs next to nothing.
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
    """`rasterise` by scattering each point's place in the order over the pixels of its disc."""
    return _rasterise_with(_first_by_scatter, points_xy, z, radius, size_hw)


def rasterise_pytorch3d(points_xy: "Tensor", z: "Tensor", radius: float, size_hw: SizeHW) -> tuple["Tensor", "Tensor"]:
    """`rasterise` by PyTorch3D's point rasteriser."""
    return _rasterise_with(_first_by_pytorch3d, points_xy, z, radius, size_hw)


def _rasterise_with(
    first: First, points_xy: "Tensor", z: "Tensor", radius: float, size_hw: SizeHW
) -> tuple["Tensor", "Tensor"]:
    import torch

    radius = float(np.nextafter(np.float32(radius), np.float32(np.inf)))  # the disc's edge belongs to it
    order = _in_reach(points_xy, z, radius, size_hw)
    if not len(order) or 0 in size_hw:
        nothing = torch.full(size_hw, -1, device=z.device)
        return torch.full(size_hw, torch.inf, device=z.device), nothing
    middle = _middle(_pad(size_hw), z.device)
    place = first(middle - (middle - points_xy[order]), radius, size_hw)
    hit, index = place >= 0, order[place.clip(0)]
    return torch.where(hit, z[index], torch.inf), torch.where(hit, index, -1)


def _in_reach(points_xy: "Tensor", z: "Tensor", radius: float, size_hw: SizeHW) -> "Tensor":
    """Indices of the points before the camera that can touch the picture, nearest first."""
    import torch

    (height, width), (x, y), reach = size_hw, points_xy.unbind(1), max(radius, HALF_DIAGONAL)
    touching = (x > -reach) & (x < width - 1 + reach) & (y > -reach) & (y < height - 1 + reach)
    indices = torch.nonzero(touching & (z > 0))[:, 0]
    return indices[z[indices].argsort(stable=True)]


def _first_by_scatter(points_xy: "Tensor", radius: float, size_hw: SizeHW) -> "Tensor":
    import torch

    number, device = len(points_xy), points_xy.device
    first = torch.full((size_hw[0] * size_hw[1],), number, device=device)
    offsets = _offsets(radius, size_hw, device)
    for places in torch.arange(number, device=device).split(max(1, MAX_CANDIDATES // len(offsets))):
        if (first < places[0]).all():  # nothing farther can be seen
            break
        pixel, hit = _cover(points_xy[places], offsets, radius, size_hw)
        first.scatter_reduce_(0, pixel[hit], places[:, None].expand_as(pixel)[hit], "amin")
    return torch.where(first == number, -1, first).view(size_hw)


def _offsets(radius: float, size_hw: SizeHW, device: "torch.device") -> "Tensor":
    """Steps (k, 2) from the picture's pixel nearest to a point to every one there that its disc may reach."""
    import torch

    sides = [min(int(radius + 0.5), side - 1) for side in reversed(size_hw)]
    axes = [torch.arange(-side, side + 1, dtype=torch.float32, device=device) for side in sides]
    offsets = torch.cartesian_prod(*axes)
    return offsets[offsets.square().sum(1) <= (radius + HALF_DIAGONAL) ** 2]


def _cover(points_xy: "Tensor", offsets: "Tensor", radius: float, size_hw: SizeHW) -> tuple["Tensor", "Tensor"]:
    """Flat pixel index (n, k) of each point's neighbours, and whether the point hits them in the picture."""
    height, width = size_hw
    (at_x, at_y), (step_x, step_y) = points_xy.T[..., None], offsets.T
    own_x, own_y = at_x.round(), at_y.round()
    x, y = own_x.clip(0, width - 1) + step_x, own_y.clip(0, height - 1) + step_y
    in_disc = (x - at_x).square() + (y - at_y).square() < float(np.float32(radius) * np.float32(radius))
    hit = (in_disc | ((x == own_x) & (y == own_y))) & (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return (y * width + x).long(), hit


def _first_by_pytorch3d(points_xy: "Tensor", radius: float, size_hw: SizeHW) -> "Tensor":
    """Screen axes point left and up there, and the shorter side spans 2."""
    import torch
    from pytorch3d.renderer.points.rasterize_points import (  # pyright: ignore[reportMissingImports]
        rasterize_points,
    )
    from pytorch3d.structures import Pointclouds  # pyright: ignore[reportMissingImports]

    padded, number, device = _pad(size_hw), len(points_xy), points_xy.device
    unit, place = 2.0 / min(padded), torch.arange(number, device=device)
    radii = torch.full((number,), radius, device=device)
    if radius < HALF_DIAGONAL:  # each point a second time, as the pixel it falls into
        points_xy, place = torch.cat([points_xy, points_xy.round()]), torch.cat([place, place])
        radii = torch.cat([radii, torch.full_like(radii, 0.5)])
    screen = torch.cat([(_middle(padded, device) - points_xy) * unit, place[:, None].float()], 1)
    hit, _, _ = rasterize_points(Pointclouds([screen]), padded, radii * unit, 1, max_points_per_bin=len(screen))
    hit = hit[0, : size_hw[0], : size_hw[1], 0].long()
    return torch.where(hit >= 0, place[hit.clip(0)], -1)


def _pad(size_hw: SizeHW) -> SizeHW:
    """A size whose shorter side is a power of two: PyTorch3D's screen coordinates are exact there."""
    side = 1 << (min(size_hw) - 1).bit_length()
    return max(size_hw[0], side), max(size_hw[1], side)


def _middle(size_hw: SizeHW, device: "torch.device") -> "Tensor":
    import torch

    return torch.tensor([size_hw[1] / 2 - 0.5, size_hw[0] / 2 - 0.5], device=device)
