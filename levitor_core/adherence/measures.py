"""PURE. A video and what was planned -> how well the paths were followed, object by object."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import binary_dilation

from levitor_core.adherence.by_colour import (
    OPAQUE,
    MaskVideo,
    Path,
    RgbaVideo,
    Video,
    find_objects,
    front_votes,
    look_like,
    mask_iou,
    palette,
    path_error,
    trace_path,
)
from levitor_core.adherence.flow import LucasKanade
from levitor_core.motion.tracks import Tracks
from levitor_core.structures import Image, SizeHW

MIN_VOTES = 20  # pixels of an overlap from which an order is told
WHOLE = 0.95  # of an object's pixels to be seen before its size is compared
STILL = 0.5  # grey levels: a change that nobody sees
MARGIN_PX = 3  # about objects, where soft edges are no traces in a hole


@dataclass(frozen=True, eq=False)
class PlannedObject:
    """One object as Preview shows it: alone and whole (`rgba`), and where nothing hides it (`seen`)."""

    name: str
    rgba: RgbaVideo
    seen: MaskVideo
    tracks: Tracks

    @property
    def whole(self) -> MaskVideo:
        """Its pixels before anything hides them."""
        return self.rgba[..., 3] >= OPAQUE


@dataclass(frozen=True, eq=False)
class Planned:
    """What should be seen: Preview's frames, what lies behind its objects, and where that was made up."""

    frames: Video
    backgrounds: Video
    uncovered: MaskVideo
    objects: tuple[PlannedObject, ...]


@dataclass(frozen=True)
class ObjectAdherence:
    """One object; over the frames after the first in which it is to be seen, NaN where there is none.

    `mask_iou`, `box_iou`: overlap with where it should be. `centre_error_px`: distance of its centre. `track_error_px`:
    of points on it that optical flow can follow. `travelled`: how much of its way it went (1: all, 0: none).
    `size_error`: |log| of its size beside the one that its depth asks for.
    """

    name: str
    mask_iou: float
    box_iou: float
    centre_error_px: float
    track_error_px: float
    travelled: float
    size_error: float


@dataclass(frozen=True)
class OrderAdherence:
    """Of the pixels where `front` should cover `back`: the share that look like `front`."""

    front: str
    back: str
    share: float


@dataclass(frozen=True)
class Adherence:
    """A video beside what was planned. `hole_leak`: share of uncovered places that look like an object that should
    have left them. `flicker`: mean change of the change from frame to frame, 0..255."""

    objects: tuple[ObjectAdherence, ...]
    order: tuple[OrderAdherence, ...]
    hole_leak: float
    flicker: float
    size_hw: SizeHW


def measure(video: Video, planned: Planned) -> Adherence:
    """How well a video of the planned frames' number and size followed them."""
    palettes = [palette(item.rgba) for item in planned.objects]
    like = look_like(video, planned.backgrounds, palettes) if palettes else np.zeros((0, *video.shape[:3]), bool)
    found = find_objects(video, planned.backgrounds, palettes) if palettes else like
    return Adherence(
        objects=tuple(_of_object(video, *pair) for pair in zip(planned.objects, found, strict=True)),
        order=tuple(_orders(video, planned)),
        hole_leak=_hole_leak(like, planned),
        flicker=_flicker(video),
        size_hw=(video.shape[1], video.shape[2]),
    )


def measure_change(before: Image, after: Image) -> float:
    """How much of the picture changes from one frame to the next, 0..255."""
    return float(np.abs(after.astype(np.int16) - before).mean())


def jumps_of(changes: Sequence[float]) -> Float[np.ndarray, " frames"]:
    """How much more of the picture changes into each frame than into the frames about it: 1 where the motion goes on
    evenly, more at a cut or a seam; of the first two frames and the last it cannot be told, so 1."""
    jumps = np.ones(len(changes) + 1)
    if len(changes) > 2:
        seen = np.array(changes) + STILL
        jumps[2:-1] = 2 * seen[1:-1] / (seen[:-2] + seen[2:])
    return jumps


def measure_jumps(video: Video | Sequence[Image]) -> Float[np.ndarray, " frames"]:
    """The same of a whole video."""
    return jumps_of([measure_change(*pair) for pair in pairwise(video)])


def _of_object(video: Video, item: PlannedObject, found: MaskVideo) -> ObjectAdherence:
    due = _centres(item.seen)
    counted = 2 * item.seen.sum(axis=(1, 2)) >= item.whole.sum(axis=(1, 2)).clip(1)
    path = trace_path(found, due[0], float(item.seen[0].sum()))
    return ObjectAdherence(
        name=item.name,
        mask_iou=mask_iou(found, item.seen),
        box_iou=mask_iou(_boxes(found), _boxes(item.seen)),
        centre_error_px=path_error(path, due, counted),
        track_error_px=_track_error(video, item.tracks),
        travelled=_share_travelled(path - due[0], due - due[0], counted),
        size_error=_size_error(found, item),
    )


def _centres(masks: MaskVideo) -> Path:
    """Centre (x, y) of every frame's pixels; where there are none, that of the frame before."""
    path: list[np.ndarray] = []
    for mask in masks:
        rows, columns = np.nonzero(mask)
        before = path[-1] if path else np.zeros(2)
        path.append(np.array([columns.mean(), rows.mean()]) if len(rows) else before)
    return np.stack(path)


def _boxes(masks: MaskVideo) -> MaskVideo:
    """Every frame's bounding box, filled."""
    rows, columns = np.asarray(masks.any(axis=2)), np.asarray(masks.any(axis=1))
    return _between(rows)[:, :, None] & _between(columns)[:, None, :]


def _between(lines: Bool[np.ndarray, "frames n"]) -> Bool[np.ndarray, "frames n"]:
    forwards = np.maximum.accumulate(lines, axis=1)
    backwards = np.maximum.accumulate(lines[:, ::-1], axis=1)[:, ::-1]
    return forwards & backwards


def _share_travelled(
    went: Float[np.ndarray, "frames 2"], due: Float[np.ndarray, "frames 2"], counted: Bool[np.ndarray, " frames"]
) -> float:
    """Along the way that was due, how much of it was gone; NaN for what should stay."""
    length = float((due[counted] ** 2).sum())
    stays = length < max(counted.sum(), 1)  # less than a pixel a frame, or never seen
    return float("nan") if stays else float((went[counted] * due[counted]).sum()) / length


def _track_error(video: Video, tracks: Tracks) -> float:
    """Mean distance, in the frames after the first, of points that are to be seen and that flow can follow."""
    if not len(tracks.xy):
        return float("nan")
    followed = LucasKanade().track(video, tracks.xy[:, 0])
    seen = tracks.visible & tracks.visible[:, :1] & followed.visible
    apart = np.linalg.norm(followed.xy - tracks.xy, axis=2)[:, 1:][seen[:, 1:]]
    return float(apart.mean()) if apart.size else float("nan")


def _size_error(found: MaskVideo, item: PlannedObject) -> float:
    seen, whole, area = (masks.sum(axis=(1, 2)).astype(float) for masks in (item.seen, item.whole, found))
    compared = (seen >= WHOLE * whole) & (whole > 0)
    if not compared[0] or not area[0] or not compared[1:].any():
        return float("nan")
    at = np.flatnonzero(compared[1:]) + 1
    grown, due = area[at].clip(1) / area[0], whole[at] / whole[0]
    return float(np.abs(np.log(grown / due)).mean() / 2)


def _orders(video: Video, planned: Planned) -> Iterator[OrderAdherence]:
    for front, back in permutations(planned.objects, 2):
        shown = front.rgba.copy()
        shown[..., 3] *= front.seen
        right, total = front_votes(video, shown, back.rgba)
        if total >= MIN_VOTES:
            yield OrderAdherence(front.name, back.name, right / total)


def _hole_leak(like: Bool[np.ndarray, "n frames h w"], planned: Planned) -> float:
    covered = np.zeros_like(planned.uncovered)
    for item in planned.objects:
        covered |= item.whole
    near = binary_dilation(covered, np.ones((1, 2 * MARGIN_PX + 1, 2 * MARGIN_PX + 1), bool))
    holes = (planned.uncovered & np.logical_not(near))[1:]
    return float(np.asarray(like[:, 1:].any(axis=0))[holes].mean()) if holes.any() else float("nan")


def _flicker(video: Video) -> float:
    if len(video) < 3:
        return float("nan")
    frames = video.astype(np.int16)
    return float(np.abs(frames[2:] - 2 * frames[1:-1] + frames[:-2]).mean())
