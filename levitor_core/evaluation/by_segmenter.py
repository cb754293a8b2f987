"""Mask adherence: is the moved object where its rendered mask is?

The generated frame is segmented by the app's own segmenter, prompted at the control points, and compared with the mask
that the control was made from. With SAM's weights that is SAM, else the quick picker: the table says which.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Int

from levitor_core.adherence.by_colour import Video
from levitor_core.errors import InputError
from levitor_core.evaluation.protocol import StartPoints
from levitor_core.motion.tracks import Tracks
from levitor_core.segmentation import Segmenter
from levitor_core.structures import Image, Mask, PointPrompt, RenderedMasks

FRAMES_LOOKED_AT = 4  # evenly spread, the last one among them: encoding a frame is what takes the time


def mask_adherence(
    video: Video, rendered: RenderedMasks, start: StartPoints, tracks: Tracks, segmenter: Segmenter
) -> float:
    """Mean IoU over the objects and the frames looked at, where the object is in the picture and has a point.

    NaN when there is no such frame.
    """
    frames = np.linspace(0, len(video) - 1, FRAMES_LOOKED_AT + 1).round().astype(int)[1:]
    values = [
        value
        for frame in np.unique(frames).tolist()
        for value in _frame_ious(video[frame], rendered.labels[frame], _prompts(start, tracks, frame), segmenter)
    ]
    return float(np.mean(values)) if values else float("nan")


def _prompts(start: StartPoints, tracks: Tracks, frame: int) -> dict[int, list[PointPrompt]]:
    """The visible points of each id in one frame."""
    found: dict[int, list[PointPrompt]] = {}
    for label, (x, y), seen in zip(
        start.ids.tolist(), tracks.xy[:, frame].tolist(), tracks.visible[:, frame], strict=True
    ):
        if seen:
            found.setdefault(label, []).append(PointPrompt(x, y))
    return found


def _frame_ious(
    frame: Image, labels: Int[np.ndarray, "h w"], prompts: dict[int, list[PointPrompt]], segmenter: Segmenter
) -> Iterator[float]:
    embedding = segmenter.embed(frame, (frame.shape[0], frame.shape[1]))
    for label, points in prompts.items():
        truth = labels == label
        if truth.any():
            yield _iou(_segment(segmenter, embedding, points, frame), truth)


def _segment(segmenter: Segmenter, embedding: object, points: Sequence[PointPrompt], frame: Image) -> Mask:
    """The best candidate, or nothing where the prompts lie outside the picture."""
    try:
        return segmenter.segment(embedding, points, None).masks[0]  # pyright: ignore[reportArgumentType]
    except InputError:
        return np.zeros(frame.shape[:2], bool)


def _iou(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / (one | other).sum())
