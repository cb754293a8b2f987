"""PURE. Where everything of a synthetic clip is: smooth 3D paths with true perspective, and what stands still.

Lengths are in pixels of a picture of 64 px on its long side, and scaled for others. Disparity and size follow
the app's own depth, z = 1 / (D + softness): a thing's diameter is proportional to 1 / z.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Float32
from scipy.interpolate import PchipInterpolator

from levitor_core.motion.geometry import depth_from_disparity
from levitor_core.structures import DEFAULT_SOFTNESS, Image, LabelMap, SizeHW

REFERENCE_SIDE = 64
DISPARITY = (80.0, 250.0)  # of what moves; the background stays below it
TRAVEL = (12.0, 40.0)
DIAMETER = (8.0, 26.0)
LEAVING_SHARE = 0.12
STEADY_SHARE = 0.3  # of objects whose depth does not change
TURNING_SHARE = 0.4
CROSSING_GAP = 65.0
CROSSING_DIAMETER = (11.0, 16.0)
TRIES = 20


@dataclass(frozen=True, eq=False)
class Motion:
    """One thing in every frame: its centroid, disparity, diameter in pixels and rotation in radians clockwise."""

    xy: Float[np.ndarray, "frames 2"]
    disparity: Float[np.ndarray, " frames"]
    diameter: Float[np.ndarray, " frames"]
    rotation: Float[np.ndarray, " frames"]


def plan_motions(
    rng: np.random.Generator, size_hw: SizeHW, num_frames: int, num_objects: int, crossing: bool
) -> list[Motion]:
    """Paths of all objects, apart from each other in the first frame where there is room; of a crossing, the first
    two objects meet in the middle of the clip with disparities at least 60 apart and similar sizes."""
    motions = list(_plan_crossing(rng, size_hw, num_frames)) if crossing else []
    while len(motions) < num_objects:
        motion = _plan_free(rng, size_hw, num_frames)
        for _ in range(TRIES):
            if all(_are_apart(motion, other) for other in motions):
                break
            motion = _plan_free(rng, size_hw, num_frames)
        motions.append(motion)
    return motions


def plan_occluders(
    rng: np.random.Generator, size_hw: SizeHW, motions: Sequence[Motion], count: int, behind_all: bool
) -> list[Motion]:
    """Up to `count` still things, often on some object's path, none in front of any object in the first frame."""
    found: list[Motion] = []
    unit, num_frames = max(size_hw) / REFERENCE_SIDE, len(motions[0].xy)
    farthest = min(float(motion.disparity.min()) for motion in motions)
    for _ in range(TRIES):
        if len(found) == count:
            break
        met = motions[int(rng.integers(len(motions)))].xy[num_frames // 2] + rng.normal(0, 4 * unit, 2)
        place = met if not behind_all and rng.random() < 0.6 else rng.uniform(0, 1, 2) * size_hw[::-1]
        disparity = rng.uniform(DISPARITY[0] - 8, farthest - 4) if behind_all else rng.uniform(DISPARITY[0], 230)
        still = _plan_still(place, disparity, rng.uniform(10, 22) * unit, num_frames)
        if all(disparity < motion.disparity[0] or _are_apart(still, motion) for motion in motions):
            found.append(still)
    return found


def background_disparity(rng: np.random.Generator, size_hw: SizeHW) -> Float32[np.ndarray, "h w"]:
    """A tilted plane, farther towards the top, and farther than anything that stands or moves before it."""
    rows, columns = np.mgrid[0 : 1 : size_hw[0] * 1j, -0.5 : 0.5 : size_hw[1] * 1j]
    top, bottom, tilt = rng.uniform(12, 30), rng.uniform(35, 62), rng.uniform(-16, 16)
    return (top + (bottom - top) * rows + tilt * columns).clip(2, 70).astype(np.float32)


def background_regions(rng: np.random.Generator, image: Image, first_id: int) -> LabelMap:
    """The still picture's automatic masks: regions of like place and colour, numbered from `first_id`.

    Some are left unlabelled (0), in a quarter of the clips all of them.
    """
    height, width = image.shape[:2]
    count = rng.integers(1, 6)
    ids = np.where(rng.random(count) < 0.2, 0, first_id + np.arange(count))
    if rng.random() < 0.25:
        return np.zeros((height, width), np.int32)
    rows, columns = np.mgrid[:height, :width]
    blurred = cv2.GaussianBlur(image, (0, 0), max(height, width) / 20)
    grey = blurred.mean(axis=2) * rng.uniform(0.1, 0.7)
    places = np.stack([rows, columns, grey * max(height, width) / REFERENCE_SIDE], axis=-1).reshape(-1, 3)
    seeds = places[rng.integers(len(places), size=count)]
    nearest = ((places[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)
    return ids[nearest].reshape(height, width).astype(np.int32)


def _plan_free(rng: np.random.Generator, size_hw: SizeHW, num_frames: int) -> Motion:
    unit, extent = max(size_hw) / REFERENCE_SIDE, np.array(size_hw[::-1], float)
    time = np.linspace(0, 1, num_frames)
    start = rng.uniform(0.12, 0.88, 2) * extent
    end = _end(rng, start, extent, unit)
    along = end - start
    bow = rng.normal(0, 0.18) * np.array([-along[1], along[0]])
    middle = ((start + end) / 2 + bow).clip(0.06 * extent, 0.94 * extent)
    xy = _interpolate(np.stack([start, middle, end]), time) if rng.random() < 0.7 else start + time[:, None] * along
    first = rng.uniform(*DISPARITY)
    last = first if rng.random() < STEADY_SHARE else rng.uniform(*DISPARITY)
    disparity = first + (last - first) * time
    growth = _growth(disparity)
    diameter = rng.uniform(DIAMETER[0] / growth.min(), DIAMETER[1] / growth.max()) * unit * growth
    return Motion(xy, disparity, diameter, _rotation(rng, time))


def _end(
    rng: np.random.Generator, start: Float[np.ndarray, "2"], extent: Float[np.ndarray, "2"], unit: float
) -> Float[np.ndarray, "2"]:
    leaves = rng.random() < LEAVING_SHARE
    end = start
    for _ in range(TRIES):
        angle, travel = rng.uniform(0, 2 * np.pi), rng.uniform(*TRAVEL) * unit
        end = start + travel * np.array([np.cos(angle), np.sin(angle)])
        inside = bool((end > 0.06 * extent).all() and (end < 0.94 * extent).all())
        if inside != leaves:
            return end
    return end.clip(0.06 * extent, 0.94 * extent)


def _plan_crossing(rng: np.random.Generator, size_hw: SizeHW, num_frames: int) -> tuple[Motion, Motion]:
    """Two motions through one point at half time; either may be the nearer one."""
    unit, time = max(size_hw) / REFERENCE_SIDE, np.linspace(-0.5, 0.5, num_frames)
    meeting = np.array(size_hw[::-1]) * rng.uniform(0.42, 0.58, 2)
    near = rng.uniform(DISPARITY[0] + 10 + CROSSING_GAP, DISPARITY[1] - 10)
    far = rng.uniform(DISPARITY[0] + 10, near - CROSSING_GAP)
    levels = (near, far) if rng.random() < 0.5 else (far, near)
    drift, first = rng.uniform(-18, 18), rng.uniform(0, 2 * np.pi)
    angles = first, first + rng.uniform(1.4, 2 * np.pi - 1.4)
    size = rng.uniform(*CROSSING_DIAMETER)
    motions = []
    for level, angle in zip(levels, angles, strict=True):
        way = rng.uniform(26, 40) * np.array([np.cos(angle), np.sin(angle)])
        bow = rng.normal(0, 0.25) * np.array([-way[1], way[0]])
        xy = meeting + unit * (time[:, None] * way + (time**2)[:, None] * bow)
        disparity = level + drift * time
        diameter = size * rng.uniform(0.92, 1.08) * unit * _growth(disparity)
        motions.append(Motion(xy, disparity, diameter, _rotation(rng, time)))
    return motions[0], motions[1]


def _growth(disparity: Float[np.ndarray, " frames"]) -> Float[np.ndarray, " frames"]:
    """Size beside that in the middle of the clip."""
    z = depth_from_disparity(disparity, DEFAULT_SOFTNESS)
    return z[len(z) // 2] / z


def _rotation(rng: np.random.Generator, time: Float[np.ndarray, " frames"]) -> Float[np.ndarray, " frames"]:
    turn = rng.uniform(-0.9, 0.9) if rng.random() < TURNING_SHARE else 0.0
    return turn * (time - time[0])


def _plan_still(xy: Float[np.ndarray, "2"], disparity: float, diameter: float, num_frames: int) -> Motion:
    ones = np.ones(num_frames)
    return Motion(np.tile(xy, (num_frames, 1)), disparity * ones, diameter * ones, 0 * ones)


def _are_apart(one: Motion, other: Motion) -> bool:
    """Whether circles of both diameters are apart in the first frame."""
    return bool(np.linalg.norm(one.xy[0] - other.xy[0]) > 0.55 * (one.diameter[0] + other.diameter[0]))


def _interpolate(points: Float[np.ndarray, "n 2"], time: Float[np.ndarray, " frames"]) -> Float[np.ndarray, "frames 2"]:
    return PchipInterpolator(np.linspace(0, 1, len(points)), points)(time)
