"""Animation -> RenderedMasks: every moved pixel splatted into a z-buffer, frame by frame (paper section 3.3).

A disc a pixel finds the nearest surface (`rasterise`); the pixel's place in the photo, computed back from that
surface's depth, then decides whether it really belongs to the object, so that masks have exact edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from levitor_core.geometry import (
    Pose,
    View,
    disparity_from_depth,
    displace,
    image_center,
    moved_depth,
    nearest_depth,
    project,
    undisplace,
    unproject,
    viewed_depth,
)
from levitor_core.rasterising import rasterise
from levitor_core.structures import Animation, ObjectLayer, RenderedMasks

if TYPE_CHECKING:
    import torch
    from torch import Tensor

COVER = 0.75  # of the local scale: discs of this radius on a pixel grid leave no gap at any angle
TIE = 1e-4  # how much nearer "always in front of" makes a pixel


@dataclass(frozen=True, eq=False)
class Surface:
    """One thing seen in one frame: depth before the camera's push (infinite where absent), the depth the camera
    sees, and the flat index of the photo's pixel seen there."""

    z: "Tensor"  # (h, w)
    viewed_z: "Tensor"  # (h, w)
    source: "Tensor"  # (h, w) int64


def render(animation: Animation, device: str = "cpu") -> RenderedMasks:
    """Ids and disparity of every frame, at working size; both 0 outside the photo.

    Visibility is per pixel by z', among all moved objects and the still scene, but for the object's support and
    fixed orders. Only pixels that move are splatted.
    """
    import torch

    drawer = Drawer(animation, torch.device(device))
    frames = [drawer.draw(frame) for frame in range(animation.num_frames)]
    return RenderedMasks(
        labels=torch.stack([labels for labels, _ in frames]).cpu().numpy(),
        disparity=torch.stack([disparity for _, disparity in frames]).cpu().numpy(),
        num_objects=animation.num_objects,
    )


class Drawer:
    """An animation's pixels on one device, drawn frame by frame."""

    def __init__(self, animation: Animation, device: "torch.device") -> None:
        import torch

        self.animation = animation
        self.size_hw = animation.labels.shape[0], animation.labels.shape[1]
        self.center, self.near = image_center(self.size_hw), nearest_depth(animation.softness)
        self.z = torch.from_numpy(animation.z).to(device)
        self.labels = torch.from_numpy(animation.labels).to(device)
        self.rows, self.columns = torch.meshgrid(
            *(torch.arange(n, dtype=torch.float32, device=device) for n in self.size_hw), indexing="ij"
        )
        self.layers = [LayerPixels(layer, device) for layer in animation.layers]

    def draw(self, frame: int) -> tuple["Tensor", "Tensor"]:
        """One frame's ids (h, w) int32 and disparity (h, w) float32."""
        import torch

        scene, moved = self.still_scene(frame), [self.moved(pixels, frame) for pixels in self.layers]
        winner = compose(scene, moved, self.layers)
        labels = torch.where(torch.isfinite(scene.z), self.labels.flatten()[scene.source], 0)
        viewed_z = scene.viewed_z
        for position, (surface, pixels) in enumerate(zip(moved, self.layers, strict=True)):
            labels = torch.where(winner == position, pixels.label, labels)
            viewed_z = torch.where(winner == position, surface.viewed_z, viewed_z)
        disparity = torch.where(torch.isfinite(viewed_z), disparity_from_depth(viewed_z, self.animation.softness), 0.0)
        return labels.to(torch.int32), disparity

    def moved(self, pixels: "LayerPixels", frame: int) -> Surface:
        """One object where it stands in that frame, without what may hide it."""
        import torch

        pose = Pose.of(pixels.layer, frame)
        view = View() if pixels.layer.pinned else View.of(self.animation.camera, frame)
        u, v, moved_z = displace(pixels.x, pixels.y, pixels.z, pose, self.center, self.near)
        u, v, viewed_z = project(u, v, moved_z, view, self.center, self.near)
        scale = pose.size * view.zoom * float((pixels.z / viewed_z).max())
        _, index = rasterise(torch.stack([u, v], -1), viewed_z, COVER * scale, self.size_hw)
        return self._seen(pixels, index, pose, view)

    def _seen(self, pixels: "LayerPixels", index: "Tensor", pose: Pose, view: View) -> Surface:
        """The hit pixels whose place in the photo, by the depth that hit them, lies in the object's mask."""
        import torch

        rows, columns = torch.nonzero(index >= 0, as_tuple=True)
        hit = index[rows, columns]
        z = pixels.z[hit]
        moved_z = moved_depth(z, pose, self.near)
        u, v = unproject(columns.float(), rows.float(), moved_z, view, self.center, self.near)
        column, row, inside = self._pixel_at(*undisplace(u, v, z, pose, self.center, self.near))
        seen = inside & pixels.mask[row, column]
        rows, columns, hit, moved_z = rows[seen], columns[seen], hit[seen], moved_z[seen]
        surface = Surface(
            torch.full_like(self.z, torch.inf), torch.full_like(self.z, torch.inf), torch.zeros_like(index)
        )
        surface.z[rows, columns] = moved_z
        surface.viewed_z[rows, columns] = viewed_depth(moved_z, view, self.near)
        surface.source[rows, columns] = pixels.index[hit]
        return surface

    def still_scene(self, frame: int) -> Surface:
        """What does not move, seen by that frame's camera; infinitely far outside the photo."""
        view = View.of(self.animation.camera, frame)
        return self._pushed_scene(view) if view.push else self._flat_scene(view)

    def _flat_scene(self, view: View) -> Surface:
        import torch

        x, y = unproject(self.columns, self.rows, torch.ones_like(self.z), view, self.center, self.near)
        column, row, inside = self._pixel_at(x, y)
        z = torch.where(inside, self.z[row, column], torch.inf)
        return Surface(z, z, row * self.size_hw[1] + column)

    def _pushed_scene(self, view: View) -> Surface:
        import torch

        u, v, viewed_z = project(self.columns, self.rows, self.z, view, self.center, self.near)
        scale = view.zoom * float((self.z / viewed_z).max())
        points = torch.stack([u.flatten(), v.flatten()], -1)
        _, index = rasterise(points, viewed_z.flatten(), max(COVER, COVER * scale), self.size_hw)
        index = _filled_from_farther(index, self.z)
        z = self.z.flatten()[index]
        x, y = unproject(self.columns, self.rows, z, view, self.center, self.near)
        _, _, inside = self._pixel_at(x, y)
        z = torch.where(inside, z, torch.inf)
        return Surface(z, torch.where(inside, viewed_depth(z, view, self.near), torch.inf), index)

    def _pixel_at(self, x: "Tensor", y: "Tensor") -> tuple["Tensor", "Tensor", "Tensor"]:
        """Nearest pixel (column, row), kept within the picture, and whether it lies there."""
        height, width = self.size_hw
        column, row = x.round().long(), y.round().long()
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        return column.clip(0, width - 1), row.clip(0, height - 1), inside


class LayerPixels:
    """One object on the device: its pixels as points (n,), and what it is ordered against."""

    def __init__(self, layer: ObjectLayer, device: "torch.device") -> None:
        import torch

        rows, columns = np.nonzero(layer.mask)
        self.layer, self.label = layer, layer.label
        self.mask = torch.from_numpy(layer.mask).to(device)
        self.x = torch.from_numpy(columns.astype(np.float32)).to(device)
        self.y = torch.from_numpy(rows.astype(np.float32)).to(device)
        self.z = torch.from_numpy(layer.z[layer.mask]).to(device)
        self.never_hidden_by, self.always_hidden_by = (
            torch.from_numpy(still).to(device).flatten() if still.any() else None
            for still in (layer.never_hidden_by, layer.always_hidden_by)
        )
        self.index = torch.from_numpy(rows * layer.mask.shape[1] + columns).to(device)


def compose(scene: Surface, moved: Sequence[Surface], layers: Sequence[LayerPixels]) -> "Tensor":
    """Position of the layer seen at each pixel (h, w), -1 where the still scene is.

    The nearest z' wins, an object before the scene on a tie. Exceptions move a pixel's depth to just before or
    just behind what it is ordered against, where both are present: support and still things first, then
    other objects in list order.
    """
    import torch

    depths = [_ordered_against_scene(surface.z, scene, pixels) for surface, pixels in zip(moved, layers, strict=True)]
    position_of = {pixels.label: position for position, pixels in enumerate(layers)}
    for own, pixels in enumerate(layers):
        for other in pixels.layer.in_front_of:
            depths[own] = _just_before(depths[own], depths[position_of[other]])
        for other in pixels.layer.behind:
            depths[own] = _just_behind(depths[own], depths[position_of[other]])
    winner = torch.full(scene.z.shape, -1, dtype=torch.int64, device=scene.z.device)
    best = scene.z * (1 + 0.01 * TIE)
    for position, depth in enumerate(depths):
        nearer = (depth <= best) & (depth < torch.inf)
        winner = torch.where(nearer, position, winner)
        best = torch.where(nearer, depth, best)
    return winner


def _ordered_against_scene(z: "Tensor", scene: Surface, pixels: LayerPixels) -> "Tensor":
    import torch

    if pixels.never_hidden_by is not None:
        z = torch.where(pixels.never_hidden_by[scene.source], _just_before(z, scene.z), z)
    if pixels.always_hidden_by is not None:
        z = torch.where(pixels.always_hidden_by[scene.source], _just_behind(z, scene.z), z)
    return z


def _just_before(z: "Tensor", other: "Tensor") -> "Tensor":
    import torch

    return torch.where(z < torch.inf, torch.minimum(z, other * (1 - TIE)), z)


def _just_behind(z: "Tensor", other: "Tensor") -> "Tensor":
    import torch

    return torch.where(other < torch.inf, torch.maximum(z, other * (1 + TIE)), z)


def _filled_from_farther(index: "Tensor", z: "Tensor") -> "Tensor":
    """Give pixels that nothing hit (-1) the source of the farther of their neighbours left and right."""
    import torch

    width = index.shape[1]
    column = torch.arange(width, device=index.device).expand_as(index)
    hit = index >= 0
    left = torch.where(hit, column, 0).cummax(1).values
    right = (width - 1 - torch.where(hit, width - 1 - column, 0).flip(1).cummax(1).values.flip(1)).clip(0, width - 1)
    from_left, from_right = index.gather(1, left).clip(0), index.gather(1, right).clip(0)
    depth = z.flatten()
    return torch.where(hit, index, torch.where(depth[from_left] >= depth[from_right], from_left, from_right))
