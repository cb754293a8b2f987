"""Animation -> RenderedMasks: every moved pixel splatted into a z-buffer, frame by frame (paper section 3.3).

A disc a pixel finds the nearest surface (`rasterise`); the pixel's place in the photo, computed back from that
surface's depth, then decides whether it really belongs to the object, so that masks have exact edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from levitor_core.motion.geometry import (
    MAX_DISPARITY,
    Pose,
    View,
    disparity_from_depth,
    displace,
    image_center,
    move_depth,
    nearest_depth,
    project,
    undisplace,
    unproject,
    view_depth,
)
from levitor_core.motion.rasterising import rasterise
from levitor_core.structures import Animation, FixedOrder, ObjectLayer, RenderedMasks, SizeHW

if TYPE_CHECKING:
    import torch
    from torch import Tensor

COVER = 0.75  # of the local scale: discs of this radius on a pixel grid leave no gap at any angle
CROWDED_FROM = 192.0  # disparity from which on things move together where one comes before the photo's front
FAVOUR = 1.004  # a thing that comes this near to the still scene's depth is before it, as whoever dragged it wants
TIE = 1e-4  # how much nearer "always in front of" makes a pixel


@dataclass(frozen=True, eq=False)
class StillScene:
    """What does not move, seen in one frame: depth before the camera's push (infinite outside the photo), the flat
    index of the photo's pixel seen there, its id, and its disparity after the push (both 0 outside); all (h * w,)."""

    z: "Tensor"
    source: "Tensor"
    labels: "Tensor"
    disparity: "Tensor"


@dataclass(frozen=True, eq=False)
class Footprint:
    """Where one object is seen in one frame, before anything hides it: flat pixel indices, depths before the camera's
    push and disparities after it; all (n,). And what depth does not decide there."""

    pixel: "Tensor"
    z: "Tensor"
    disparity: "Tensor"
    order: "OrderPixels"


def render(animation: Animation, device: str = "cpu") -> RenderedMasks:
    """Ids and disparity (0..255) of every frame, at working size; both 0 outside the photo.

    Visibility is per pixel by z', among all moved objects and the still scene, but for the object's support and
    fixed orders. Only pixels that move are splatted.
    """
    import torch

    drawer = Drawer(animation, torch.device(device))
    frames = [drawer.draw(frame) for frame in range(animation.num_frames)]
    disparity = torch.stack([disparity for _, disparity in frames]).cpu().numpy()
    return RenderedMasks(
        labels=torch.stack([labels for labels, _ in frames]).cpu().numpy(),
        disparity=_within_range(disparity),
        num_objects=animation.num_objects,
    )


def _within_range(disparity: Float32[np.ndarray, "frames h w"]) -> Float32[np.ndarray, "frames h w"]:
    """Disparity as it is or, where anything comes before the photo's front, with the near things of the whole clip
    moved together below 255: video models know no more, and what is in front must stay so."""
    nearest = disparity.max(initial=0)
    if nearest <= MAX_DISPARITY:
        return disparity
    share = (MAX_DISPARITY - CROWDED_FROM) / (nearest - CROWDED_FROM)
    return np.minimum(disparity, CROWDED_FROM + (disparity - CROWDED_FROM) * share)


class Drawer:
    """An animation's pixels on one device, drawn frame by frame."""

    def __init__(self, animation: Animation, device: "torch.device") -> None:
        import torch

        self.animation = animation
        self.size_hw = animation.labels.shape[0], animation.labels.shape[1]
        self.center, self.near = image_center(self.size_hw), nearest_depth(animation.softness)
        self.z = torch.from_numpy(animation.z).to(device).flatten()
        self.labels = torch.from_numpy(animation.labels).to(device).flatten()
        pixels = torch.arange(len(self.z), device=device)
        self.rows, self.columns = (pixels // self.size_hw[1]).float(), (pixels % self.size_hw[1]).float()
        self._at_rest = self._take_scene(pixels, View())
        self.layers = [LayerPixels(layer, device) for layer in animation.layers]

    def draw(self, frame: int) -> tuple["Tensor", "Tensor"]:
        """One frame's ids (h, w) int32 and disparity (h, w) float32.

        The nearest z' wins, an object before the scene on a near tie.
        """
        scene = self.still_scene(frame)
        labels, disparity, best = scene.labels.clone(), scene.disparity.clone(), scene.z * FAVOUR
        footprints = [self.footprint(pixels, frame) for pixels in self.layers]
        depths = order_depths(scene, footprints, self.layers)
        for pixels, seen, depth in zip(self.layers, footprints, depths, strict=True):
            nearer = depth <= best[seen.pixel] * (1 + TIE / 100)
            at = seen.pixel[nearer]
            labels[at], disparity[at], best[at] = pixels.label, seen.disparity[nearer], depth[nearer]
        return labels.view(self.size_hw), disparity.view(self.size_hw)

    def footprint(self, pixels: "LayerPixels", frame: int) -> Footprint:
        """One object where it stands in that frame, without what may hide it."""
        import torch

        pose = Pose.of(pixels.layer, frame)
        view = View() if pixels.layer.pinned else View.of(self.animation.camera, frame)
        u, v, moved_z = displace(pixels.x, pixels.y, pixels.z, pose, self.center, self.near)
        u, v, viewed_z = project(u, v, moved_z, view, self.center, self.near)
        radius = COVER * pose.size * view.zoom * float((pixels.z / viewed_z).max())
        left, top, size_hw = self._window(u, v, radius)
        _, index = rasterise(torch.stack([u - left, v - top], -1), viewed_z, radius, size_hw)
        rows, columns = torch.nonzero(index >= 0, as_tuple=True)
        z = pixels.z[index[rows, columns]]
        return self._within_mask(pixels, pixels.order(frame), rows + top, columns + left, z, pose, view)

    def _within_mask(
        self,
        pixels: "LayerPixels",
        order: "OrderPixels",
        rows: "Tensor",
        columns: "Tensor",
        z: "Tensor",
        pose: Pose,
        view: View,
    ) -> Footprint:
        """The hit pixels whose place in the photo, by the depth z that hit them, lies in the object's mask."""
        moved_z = move_depth(z, pose, self.near)
        u, v = unproject(columns.float(), rows.float(), moved_z, view, self.center, self.near)
        column, row, inside = self._pixel_at(*undisplace(u, v, z, pose, self.center, self.near))
        seen = inside & pixels.mask[row, column]
        moved_z = moved_z[seen]
        disparity = disparity_from_depth(view_depth(moved_z, view, self.near), self.animation.softness)
        return Footprint(rows[seen] * self.size_hw[1] + columns[seen], moved_z, disparity, order)

    def _window(self, u: "Tensor", v: "Tensor", radius: float) -> tuple[int, int, SizeHW]:
        """Left, top and size (h, w) of the part of the picture that discs at (u, v) can touch."""
        height, width = self.size_hw
        left, top = max(int(u.min() - radius), 0), max(int(v.min() - radius), 0)
        right, bottom = min(int(u.max() + radius) + 2, width), min(int(v.max() + radius) + 2, height)
        return left, top, (max(bottom - top, 0), max(right - left, 0))

    def still_scene(self, frame: int) -> StillScene:
        """What does not move, seen by that frame's camera."""
        view = View.of(self.animation.camera, frame)
        if view == View():
            return self._at_rest
        return self._push_scene(view) if view.push else self._flat_scene(view)

    def _flat_scene(self, view: View) -> StillScene:
        import torch

        x, y = unproject(self.columns, self.rows, torch.ones_like(self.z), view, self.center, self.near)
        column, row, _ = self._pixel_at(x, y)
        return self._take_scene(row * self.size_hw[1] + column, view)

    def _push_scene(self, view: View) -> StillScene:
        import torch

        u, v, viewed_z = project(self.columns, self.rows, self.z, view, self.center, self.near)
        radius = COVER * max(1.0, view.zoom * float((self.z / viewed_z).max()))
        _, index = rasterise(torch.stack([u, v], -1), viewed_z, radius, self.size_hw)
        return self._take_scene(_fill_from_farther(index, self.z).flatten(), view)

    def _take_scene(self, source: "Tensor", view: View) -> StillScene:
        """The scene, given which of the photo's pixels is the nearest at each place."""
        import torch

        z = self.z[source]
        *_, inside = self._pixel_at(*unproject(self.columns, self.rows, z, view, self.center, self.near))
        disparity = disparity_from_depth(view_depth(z, view, self.near), self.animation.softness)
        return StillScene(
            z=torch.where(inside, z, torch.inf),
            source=source,
            labels=torch.where(inside, self.labels[source], 0),
            disparity=torch.where(inside, disparity, 0.0),
        )

    def _pixel_at(self, x: "Tensor", y: "Tensor") -> tuple["Tensor", "Tensor", "Tensor"]:
        """Nearest pixel (column, row), kept within the picture, and whether it lies there."""
        height, width = self.size_hw
        column, row = x.round().long(), y.round().long()
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        return column.clip(0, width - 1), row.clip(0, height - 1), inside


class OrderPixels:
    """A fixed order on the device: still pixels (h * w,) or None, and labels."""

    def __init__(self, order: FixedOrder, device: "torch.device") -> None:
        import torch

        self.in_front_of, self.behind = order.in_front_of, order.behind
        self.never_hidden_by, self.always_hidden_by = (
            torch.from_numpy(still).to(device).flatten() if still.any() else None
            for still in (order.never_hidden_by, order.always_hidden_by)
        )


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
        self._orders = [OrderPixels(order, device) for order in layer.orders]

    def order(self, frame: int) -> OrderPixels:
        """What holds in that frame."""
        return self._orders[self.layer.order_at[frame]]


def order_depths(scene: StillScene, footprints: Sequence[Footprint], layers: Sequence[LayerPixels]) -> list["Tensor"]:
    """Each footprint's z' with the exceptions applied (support, fixed orders).

    They move a pixel's depth to just before or just behind what it is ordered against, where both are present:
    support and still things first, then other objects in list order.
    """
    depths = [_order_against_scene(seen, scene) for seen in footprints]
    position_of = {pixels.label: position for position, pixels in enumerate(layers)}
    for own, seen in enumerate(footprints):
        for labels, order in ((seen.order.in_front_of, _just_before), (seen.order.behind, _just_behind)):
            for other in (position_of[label] for label in labels):
                there = _spread(depths[other], footprints[other].pixel, like=scene.z)
                depths[own] = order(depths[own], there[seen.pixel])
    return depths


def _order_against_scene(seen: Footprint, scene: StillScene) -> "Tensor":
    import torch

    z, still_z, source = seen.z, scene.z[seen.pixel], scene.source[seen.pixel]
    if seen.order.never_hidden_by is not None:
        nearer_first = torch.minimum(z, still_z * (1 - TIE * (still_z / z).clip(max=1)))  # two that stand on one thing
        z = torch.where(seen.order.never_hidden_by[source], nearer_first, z)
    if seen.order.always_hidden_by is not None:
        z = torch.where(seen.order.always_hidden_by[source], _just_behind(z, still_z * FAVOUR), z)
    return z


def _spread(depth: "Tensor", pixel: "Tensor", like: "Tensor") -> "Tensor":
    """Depth at every pixel of the picture, infinite where there is none."""
    import torch

    everywhere = torch.full_like(like, torch.inf)
    everywhere[pixel] = depth
    return everywhere


def _just_before(z: "Tensor", other: "Tensor") -> "Tensor":
    import torch

    return torch.minimum(z, other * (1 - TIE))


def _just_behind(z: "Tensor", other: "Tensor") -> "Tensor":
    import torch

    return torch.where(other < torch.inf, torch.maximum(z, other * (1 + TIE)), z)


def _fill_from_farther(index: "Tensor", z: "Tensor") -> "Tensor":
    """Give pixels that nothing hit (-1) the source of the farther of their neighbours left and right."""
    import torch

    width = index.shape[1]
    column = torch.arange(width, device=index.device).expand_as(index)
    hit = index >= 0
    left = torch.where(hit, column, 0).cummax(1).values
    right = (width - 1 - torch.where(hit, width - 1 - column, 0).flip(1).cummax(1).values.flip(1)).clip(0, width - 1)
    from_left, from_right = index.gather(1, left).clip(0), index.gather(1, right).clip(0)
    return torch.where(hit, index, torch.where(z[from_left] >= z[from_right], from_left, from_right))
