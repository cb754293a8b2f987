"""PURE. Where things are in a video, by colour alone, and how far that is from where they should be.

Frame 0 is given to the model, so every measure looks at the frames after it. An object is found by colour alone: a
pixel counts where its colour is nearer to the object's palette than to the background behind it, which needs no
network and works wherever the object went.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import binary_fill_holes, label, uniform_filter
from sklearn.cluster import KMeans

PALETTE_COLOURS = 8
CHANGED = 30.0  # RGB distance from the background from which a pixel counts as changed at all
DISTINCT = 60.0  # RGB distance between two objects' colours from which their order can be seen
OPAQUE = 128
FOUND_SHARE = 0.1  # of the object's first area: less than this was not found

Video = UInt8[np.ndarray, "frames h w 3"]
RgbaVideo = UInt8[np.ndarray, "frames h w 4"]
Palette = Float[np.ndarray, "_ 3"]  # so many colours each
Path = Float[np.ndarray, "frames 2"]
MaskVideo = Bool[np.ndarray, "frames h w"]


def psnr(video: Video, truth: Video) -> float:
    """Peak signal-to-noise ratio in dB of all frames after the first together; infinite where they are equal."""
    error = np.mean((video[1:].astype(np.float64) - truth[1:]) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def mask_iou(found: MaskVideo, truth: MaskVideo) -> float:
    """Intersection over union, averaged over the frames after the first in which the object is in view."""
    shared, either = ((a[1:]).sum(axis=(1, 2)) for a in (found & truth, found | truth))
    seen = truth[1:].any(axis=(1, 2))
    return float(np.mean(shared[seen] / either[seen])) if seen.any() else float("nan")


def palette(rgba: RgbaVideo) -> Palette:
    """The colours of an object: centres of k-means over its opaque pixels in its first frame."""
    colours = rgba[0][rgba[0, ..., 3] >= OPAQUE][:, :3].astype(np.float64)
    distinct = min(PALETTE_COLOURS, len(np.unique(colours, axis=0)))
    settings: dict[str, Any] = {"n_init": 1, "random_state": 0}
    return KMeans(distinct, **settings).fit(colours).cluster_centers_.astype(np.float32)


def find_objects(
    video: Video, background: UInt8[np.ndarray, "*behind h w 3"], palettes: Sequence[Palette]
) -> Bool[np.ndarray, "n frames h w"]:
    """Where each object is, by colour: of the pixels that look like it, one connected piece a frame, the largest."""
    return np.stack([[_largest_piece(mask) for mask in like] for like in look_like(video, background, palettes)])


def look_like(
    video: Video, background: UInt8[np.ndarray, "*behind h w 3"], palettes: Sequence[Palette]
) -> Bool[np.ndarray, "n frames h w"]:
    """The pixels that changed from the background (one picture, or one a frame) and are nearest to this object's
    palette among the background and all palettes."""
    frames = _smooth(video)
    behind = _colour_distance(frames, _smooth(background))
    to_palettes = np.stack([_palette_distance(frames, colours) for colours in palettes])
    nearest = to_palettes.argmin(axis=0)
    changed = (behind > CHANGED) & (to_palettes.min(axis=0) < behind)
    return np.stack([changed & (nearest == index) for index in range(len(palettes))])


def _smooth(pictures: UInt8[np.ndarray, "*b h w 3"]) -> Float[np.ndarray, "*b h w 3"]:
    return uniform_filter(pictures.astype(np.float32), size=3, axes=(-3, -2))


def _colour_distance(
    frames: Float[np.ndarray, "frames h w 3"], colours: Float[np.ndarray, "*behind h w 3"]
) -> Float[np.ndarray, "frames h w"]:
    return np.linalg.norm(frames - colours, axis=-1)


def _palette_distance(frames: Float[np.ndarray, "frames h w 3"], colours: Palette) -> Float[np.ndarray, "frames h w"]:
    """Distance to the nearest colour, by |f|^2 - 2 f.c + |c|^2: one product for all of them."""
    to_colours = (colours**2).sum(axis=1) - 2 * frames @ colours.T
    return np.sqrt((to_colours.min(axis=-1) + (frames**2).sum(axis=-1)).clip(0))


def _largest_piece(mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    touching = np.ones((3, 3), int)
    pieces: Any = np.zeros(mask.shape, np.int32)
    if not label(mask, touching, output=pieces):
        return mask
    largest = pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()
    return np.asarray(binary_fill_holes(largest), bool)


def trace_path(found: MaskVideo, start_xy: Float[np.ndarray, " 2"], start_area: float) -> Path:
    """Centre (x, y) of the found pixels of each frame, starting from the known place in the given frame.

    Where less than a tenth of `start_area` is found the object counts as left where it was last: losing it is never
    better than freezing it there.
    """
    path = [np.asarray(start_xy, np.float64)]
    for mask in found[1:]:
        rows, columns = np.nonzero(mask)
        lost = len(rows) < max(1.0, FOUND_SHARE * start_area)
        path.append(path[-1] if lost else np.array([columns.mean(), rows.mean()]))
    return np.stack(path)


def path_error(found: Path, truth: Path, counted: Bool[np.ndarray, " frames"]) -> float:
    """Mean distance in pixels between two paths over the counted frames after the first; NaN when there are none."""
    distances = np.linalg.norm(found - truth, axis=1)[1:][counted[1:]]
    return float(distances.mean()) if len(distances) else float("nan")


def front_votes(video: Video, near: RgbaVideo, far: RgbaVideo) -> tuple[int, int]:
    """Where two whole objects overlap and differ in colour: how many pixels look like the nearer one, and of how
    many. The picture is read at the objects' true places."""
    overlap = (near[..., 3] >= OPAQUE) & (far[..., 3] >= OPAQUE)
    overlap[0] = False
    seen, above, below = (frames[overlap][:, :3].astype(np.float64) for frames in (video, near, far))
    distinct = np.linalg.norm(above - below, axis=1) > DISTINCT
    right = np.linalg.norm(seen - above, axis=1) < np.linalg.norm(seen - below, axis=1)
    return int((right & distinct).sum()), int(distinct.sum())
