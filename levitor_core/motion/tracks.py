"""PURE. Animation -> tracks: where points of an object are in every frame, and in which of them they are seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from levitor_core.motion.geometry import Pose, View, displace, image_center, nearest_depth, project
from levitor_core.structures import Animation, Mask, ObjectLayer, RenderedMasks, SizeHW


@dataclass(frozen=True, eq=False)
class Tracks:
    """Where n points are (x, y) in every frame, and whether they are seen there."""

    xy: Float[np.ndarray, "n frames 2"]
    visible: Bool[np.ndarray, "n frames"]

    def scaled(self, from_hw: SizeHW, to_hw: SizeHW) -> "Tracks":
        """The same tracks on a picture of another size."""
        scale = np.divide(to_hw, from_hw)[::-1]
        return Tracks((self.xy + 0.5) * scale - 0.5, self.visible)


def track_points(
    animation: Animation, rendered: RenderedMasks, label: int, count: int, rng: np.random.Generator
) -> Tracks:
    """Tracks of `count` points of one picked object, chosen within its mask in the photo, in working pixels.

    A point is seen where it lies in the picture and the frame shows its object there. Where the mask has fewer pixels
    they are taken again; an object that is hidden has no tracks.
    """
    layer = next((layer for layer in animation.layers if layer.label == label), None)
    mask = animation.labels == label if layer is None else layer.mask
    if not mask.any():
        return Tracks(np.zeros((0, animation.num_frames, 2)), np.zeros((0, animation.num_frames), bool))
    rows, columns = _chosen(mask, count, rng)
    z = (animation.z if layer is None else layer.z)[rows, columns].astype(np.float64)
    places = [_places(animation, layer, columns, rows, z, frame) for frame in range(animation.num_frames)]
    xy = np.stack(places, axis=1)
    return Tracks(xy, seen_at(xy, rendered.labels == label))


@dataclass(frozen=True)
class Placement:
    """Where an object's anchor is in a frame, in working pixels, and how large and turned (radians, clockwise) the
    object is beside the photo."""

    x: float
    y: float
    size: float
    rotation: float


def placements(animation: Animation, label: int) -> list[Placement]:
    """A picked object in every frame, as the camera sees it; one that only the camera moves about its centre, and what
    shows no pixels (a copy without a path of its own) nowhere."""
    layer = next((layer for layer in animation.layers if layer.label == label), None)
    if layer is None:
        rows, columns = np.nonzero(animation.labels == label)
        if not len(rows):
            return []
        anchor = np.array([columns.mean()]), np.array([rows.mean()]), np.array([np.median(animation.z[rows, columns])])
    else:
        anchor = np.array([layer.anchor_xy[0]]), np.array([layer.anchor_xy[1]]), np.array([layer.anchor_z])
    return [_placement(animation, layer, *anchor, frame) for frame in range(animation.num_frames)]


def _placement(
    animation: Animation, layer: ObjectLayer | None, x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: int
) -> Placement:
    """From where the anchor and a point a pixel beside it, at its depth, go. Turns are counted on past half of one."""
    here, beside = (_places(animation, layer, x + step, y, z, frame)[0] for step in (0, 1))
    turned = 0.0 if layer is None else float(layer.trajectory.rotation[frame])
    return Placement(float(here[0]), float(here[1]), float(np.hypot(*(beside - here))), turned)


def joined(tracks: Sequence[Tracks]) -> Tracks:
    """All of them together, in that order; of at least one object."""
    return Tracks(np.concatenate([each.xy for each in tracks]), np.concatenate([each.visible for each in tracks]))


def seen_at(xy: Float[np.ndarray, "n frames 2"], shown: Bool[np.ndarray, "frames h w"]) -> Bool[np.ndarray, "n frames"]:
    """Where `shown` is true at the pixel of a point; false outside the picture."""
    height, width = shown.shape[1:]
    column, row = np.moveaxis(np.rint(xy.clip(-1e6, 1e6)).astype(int), -1, 0)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    frame = np.arange(len(shown))[None]
    return inside & shown[frame, row.clip(0, height - 1), column.clip(0, width - 1)]


def _chosen(mask: Mask, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of pixels within the mask, away from its edge where it is thick enough, spread over it: one from
    each of `count` equal stretches of its pixels in reading order."""
    from scipy.ndimage import binary_erosion

    inner = binary_erosion(mask, border_value=1)
    rows, columns = np.nonzero(inner if inner.sum() >= count else mask)
    at = ((np.arange(count) + rng.random(count)) * len(rows) / count).astype(int)
    return rows[at], columns[at]


def _places(
    animation: Animation, layer: ObjectLayer | None, x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: int
) -> Float[np.ndarray, "n 2"]:
    center, near = image_center(animation.labels.shape), nearest_depth(animation.softness)
    u, v = x.astype(np.float64), y.astype(np.float64)
    if layer is not None:
        u, v, z = displace(u, v, z, Pose.of(layer, frame), center, near)
    if layer is None or not layer.pinned:
        u, v, _ = project(u, v, z, View.of(animation.camera, frame), center, near)
    return np.stack([u, v], axis=-1)
