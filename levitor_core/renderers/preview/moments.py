"""Which moments of the animation each frame of the clip shows: played once, or as a loop that closes; one moment, or
several while the shutter is open.

The animation is resolved at `FINE` moments from one frame to the next, when more than one is asked for.
"""

import math

import numpy as np
from jaxtyping import Float

from levitor_core.motion.geometry import Pose, View, displace, image_center, nearest_depth, project
from levitor_core.renderers.preview.entry import PreviewSettings
from levitor_core.structures import Animation, Mask

FINE = 16
SMEAR_PX = 1.5  # working pixels between two exposures of one frame
CLOSED_SHARE = 0.005  # of the picture, of a size, of a turn: a motion that misses its beginning by less goes round

Moments = tuple[int, ...]


def moments_needed(settings: PreviewSettings) -> int:
    """How many frames the animation must have."""
    steps = settings.num_frames if settings.loop == "closed" else settings.num_frames - 1
    return steps * _fineness(settings) + 1


def moments_shown(animation: Animation, settings: PreviewSettings) -> list[Moments]:
    """The frames of that animation that each frame of the clip is the mean of."""
    fine, span = _fineness(settings), round(FINE * settings.motion_blur)
    loops, last = settings.loop == "closed", animation.num_frames - 1
    goes_round = loops and _closes(animation)
    places = _places(animation) if span else None
    shown = []
    for frame in range(settings.num_frames):
        moments = range(frame * fine, frame * fine + span + 1)
        opened = [_within(moment, last, loops, goes_round) for moment in moments]
        shown.append(tuple(opened) if places is None else _exposed(opened, places))
    return shown


def _fineness(settings: PreviewSettings) -> int:
    return FINE if settings.motion_blur else 1


def _within(moment: int, last: int, loops: bool, goes_round: bool) -> int:
    """The animation's frame at a moment of the clip, counted on beyond its end."""
    if not loops:
        return min(moment, last)
    if goes_round:
        return moment % max(last, 1)
    there_and_back = 2 * moment % max(2 * last, 1)
    return min(there_and_back, 2 * last - there_and_back)


def _exposed(opened: list[int], places: Float[np.ndarray, "moments points 2"]) -> Moments:
    """Of the moments while the shutter is open as many as what moves most needs, evenly spread."""
    steps = np.linalg.norm(np.diff(places[opened], axis=0), axis=-1)
    count = min(max(1, math.ceil(float(steps.sum(0).max(initial=0)) / SMEAR_PX)), len(opened) - 1)
    return tuple(opened[(len(opened) - 1) * number // count] for number in range(count))


def _closes(animation: Animation) -> bool:
    """Whether everything ends where and as it began."""
    camera, reach = animation.camera, CLOSED_SHARE * max(animation.labels.shape)
    moves = [(layer.trajectory.xy, layer.trajectory.z, layer.trajectory.size) for layer in animation.layers]
    moves.append((camera.pan, camera.push + nearest_depth(animation.softness), camera.zoom))
    turns = [layer.trajectory.rotation[-1] - layer.trajectory.rotation[0] for layer in animation.layers]
    turned = any(abs(np.exp(1j * turn) - 1) > CLOSED_SHARE for turn in turns)
    return not turned and all(
        np.abs(xy[-1] - xy[0]).max() <= reach
        and all(abs(track[-1] - track[0]) <= CLOSED_SHARE * track[0] for track in others)
        for xy, *others in moves
    )


def _places(animation: Animation) -> Float[np.ndarray, "moments points 2"]:
    """Where the corners of the picture and of what moves are on the screen at every moment, in working pixels."""
    height, width = animation.labels.shape
    corners = _corners(0, 0, width - 1, height - 1)
    center, near = image_center((height, width)), nearest_depth(animation.softness)
    typical = np.full(4, np.median(animation.z))
    boxes = [_box(layer.mask) for layer in animation.layers]
    seen = []
    for frame in range(animation.num_frames):
        view = View.of(animation.camera, frame)
        points = [project(*corners, typical, view, center, near)]
        for layer, box in zip(animation.layers, boxes, strict=True):
            moved = displace(*box, np.full(4, layer.anchor_z), Pose.of(layer, frame), center, near)
            points.append(project(*moved, View() if layer.pinned else view, center, near))
        seen.append(np.concatenate([np.stack([x, y], -1) for x, y, _ in points]))
    return np.stack(seen)


def _box(mask: Mask) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(mask)
    return _corners(columns.min(), rows.min(), columns.max(), rows.max())


def _corners(left: float, top: float, right: float, bottom: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([left, right, left, right], float), np.array([top, top, bottom, bottom], float)
