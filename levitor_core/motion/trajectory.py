"""Waypoints -> Trajectory3D: one position, depth, size and rotation per frame. Camera keys -> CameraTrack.

Coordinates are interpolated by PCHIP over the waypoints' index, as the released code does
(ant-research/LeviTor@2564ff9); when each point of that curve is passed is a second,
separate question, answered by `_clock`.
"""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float

from levitor_core.errors import InputError
from levitor_core.motion.geometry import nearest_depth
from levitor_core.structures import CameraKey, CameraMove, CameraTrack, Easing, SizeHW, Timing, Trajectory3D, Waypoint

SAMPLES_PER_SEGMENT = 128
STILL_PX = 1e-3  # shorter segments are holds
DEPTH_WEIGHT = 0.25  # of the diagonal: the screen length that a change of log z by 1 counts as

Path = Float[np.ndarray, "waypoints 5"]  # x, y, z, size, rotation in radians


def resample(
    waypoints: Sequence[Waypoint],
    anchor_z: float,
    num_frames: int,
    size_hw: SizeHW,
    softness: float,
    timing: Timing = "even",
    easing: Easing = "none",
) -> Trajectory3D:
    """The path at every frame f / (num_frames - 1); sizes and rotations are relative to the first waypoint.

    `per-click`: every segment lasts equally long. `even`: constant speed, counting screen length plus a weight
    times |change of log z|. Waypoints with a time are passed at that time; before the first and after the last
    the object holds. Coincident waypoints are holds. Raises InputError when times do not increase.
    """
    path = path_values(waypoints, anchor_z, softness)
    curve = _dense(path)
    clock = _clock(curve, [point.time for point in waypoints], timing, size_hw)
    times = _ease(frame_times(num_frames), _pin(waypoints), easing)
    at = np.column_stack([np.interp(times, clock, coordinate) for coordinate in curve.T])
    return Trajectory3D(xy=at[:, :2], z=at[:, 2], size=at[:, 3], rotation=at[:, 4])


def resample_camera(move: CameraMove, num_frames: int, softness: float) -> CameraTrack:
    """The camera at every frame; before its first and after its last key it holds.

    Raises InputError when keys share a time, a zoom is not positive or a push would pass through the scene.
    """
    keys = sorted(move.keys, key=lambda key: key.time) or [CameraKey(0.0)]
    _check_camera(keys)
    key_times = np.array([key.time for key in keys])
    values = np.array([[*key.pan, np.log(key.zoom), key.push * nearest_depth(softness)] for key in keys])
    times = _ease(frame_times(num_frames), [key.time for key in keys], move.easing)
    at = values.repeat(num_frames, 0) if len(keys) == 1 else _pchip(key_times, values, times)
    return CameraTrack(pan=at[:, :2], zoom=np.exp(at[:, 2]), push=at[:, 3])


def frame_times(num_frames: int) -> Float[np.ndarray, " frames"]:
    """Each frame's moment as a fraction 0..1 of the clip."""
    return np.arange(num_frames) / max(num_frames - 1, 1)


def depth_of_nearness(nearness: float, softness: float) -> float:
    """Depth z of a nearness."""
    return 1.0 / (max(255.0 * nearness, 1.0) + softness)


def path_values(waypoints: Sequence[Waypoint], anchor_z: float, softness: float) -> Path:
    """Waypoints as numbers: the first has the object's own depth, "same" repeats the one before."""
    depths = [anchor_z]
    for point in waypoints[1:]:
        depths.append(depths[-1] if point.nearness is None else depth_of_nearness(point.nearness, softness))
    first = waypoints[0]
    rows = [
        (point.x, point.y, z, point.size / first.size, np.radians(point.rotation - first.rotation))
        for point, z in zip(waypoints, depths, strict=True)
    ]
    return np.array(rows, dtype=np.float64)


def _dense(path: Path) -> Float[np.ndarray, "n 5"]:
    """The curve at `SAMPLES_PER_SEGMENT` evenly spaced indices a segment, waypoints included."""
    if len(path) == 1:
        return path
    segments = len(path) - 1
    index = np.linspace(0.0, segments, segments * SAMPLES_PER_SEGMENT + 1)
    return _pchip(np.arange(len(path), dtype=np.float64), path, index)


def _pchip(knots: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    from scipy.interpolate import PchipInterpolator

    with np.errstate(over="ignore"):  # one over a slope near 0 may be infinite, which is the flat curve it should be
        return PchipInterpolator(knots, values)(at.clip(knots[0], knots[-1]))


def _clock(
    curve: Float[np.ndarray, "n 5"], times: list[float | None], timing: Timing, size_hw: SizeHW
) -> Float[np.ndarray, " n"]:
    """The moment 0..1 at which each dense sample of the curve is passed."""
    if len(curve) == 1:
        return np.zeros(1)
    pieces = _durations(curve, timing, size_hw)
    clock = np.empty(len(curve))
    for (start, start_time), (end, end_time) in _sections(times):
        part = slice(start * SAMPLES_PER_SEGMENT, end * SAMPLES_PER_SEGMENT)
        passed = np.concatenate([[0.0], _with_holds(pieces[part], end - start).cumsum()])
        clock[part.start : part.stop + 1] = start_time + (end_time - start_time) * passed / max(passed[-1], 1e-12)
    return clock


def _sections(times: list[float | None]) -> list[tuple[tuple[int, float], tuple[int, float]]]:
    """Pairs of neighbouring waypoints whose time is fixed, as (index, time)."""
    fixed = [(i, time) for i, time in enumerate(_with_ends(times)) if time is not None]
    for (_, before), (_, after) in itertools.pairwise(fixed):
        if after < before:
            raise InputError(f"Waypoint times must not go back; {after:g} comes after {before:g}.")
    return list(itertools.pairwise(fixed))


def _with_ends(times: list[float | None]) -> list[float | None]:
    first, last = times[0], times[-1]
    return [0.0 if first is None else first, *times[1:-1], 1.0 if last is None else last]


def _durations(curve: Float[np.ndarray, "n 5"], timing: Timing, size_hw: SizeHW) -> Float[np.ndarray, " n-1"]:
    """How long each piece between dense samples lasts, before scaling; 0 where nothing moves."""
    step = np.abs(np.diff(np.column_stack([curve[:, :2], np.log(curve[:, 2:4]), curve[:, 4]]), axis=0))
    weight = DEPTH_WEIGHT * np.hypot(*size_hw)
    length = np.hypot(step[:, 0], step[:, 1]) + weight * step[:, 2]
    length = np.maximum(length, weight * np.maximum(step[:, 3], step[:, 4] / np.pi))
    if timing == "even":
        return length
    moving = _moves(length, len(length) // SAMPLES_PER_SEGMENT)
    return moving.repeat(SAMPLES_PER_SEGMENT).astype(np.float64)


def _with_holds(pieces: Float[np.ndarray, " n"], segments: int) -> Float[np.ndarray, " n"]:
    """Give every segment that stands still its 1 / segments share of the section."""
    still = ~_moves(pieces, segments)
    if still.all():
        return np.ones_like(pieces)
    moving_share = 1.0 - still.mean()
    hold = 1.0 / (segments * SAMPLES_PER_SEGMENT)
    return np.where(still.repeat(SAMPLES_PER_SEGMENT), hold, pieces / pieces.sum() * moving_share)


def _moves(pieces: Float[np.ndarray, " n"], segments: int) -> Bool[np.ndarray, " segments"]:
    """Whether each segment is more than a rounding error long."""
    return pieces.reshape(segments, -1).sum(1) > STILL_PX


def _pin(waypoints: Sequence[Waypoint]) -> list[float]:
    return [time for time in _with_ends([point.time for point in waypoints]) if time is not None]


def _ease(times: Float[np.ndarray, " frames"], pinned: list[float], easing: Easing) -> Float[np.ndarray, " frames"]:
    """Bend time so that a path starts gently (in), ends gently (out) or both; pinned moments stay.

    With moments pinned in between, only the first and the last section are bent.
    """
    if easing == "none" or len(pinned) < 2:
        return times
    if len(pinned) == 2 and easing == "both":
        return _bend(times, pinned[0], pinned[1], lambda t: t * t * (3.0 - 2.0 * t))
    if easing in ("in", "both"):
        times = _bend(times, pinned[0], pinned[1], lambda t: t * t)
    if easing in ("out", "both"):
        times = _bend(times, pinned[-2], pinned[-1], lambda t: t * (2.0 - t))
    return times


def _bend(times: np.ndarray, start: float, end: float, curve: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    inside = (times > start) & (times < end)
    bent = times.copy()
    bent[inside] = start + (end - start) * curve((times[inside] - start) / (end - start))
    return bent


def _check_camera(keys: Sequence[CameraKey]) -> None:
    for key, following in itertools.pairwise(keys):
        if following.time <= key.time:
            raise InputError(f"Two camera keys stand at time {key.time:g}; move one of them.")
