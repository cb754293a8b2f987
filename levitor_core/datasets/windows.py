"""Annotated videos -> windows of consecutive frames, cropped and resized with their masks and depth -> VideoClip.

The paper's section 4.1: sixteen consecutive frames, centre-cropped to 288:512, then resized. Frames are consecutive
when their numbers are evenly spaced: every frame of DAVIS, every fifth of YouTube-VOS, every fourth of SA-V.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from jaxtyping import Int32, UInt8

from levitor_core.datasets.clips import VideoClip
from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.errors import InputError
from levitor_core.structures import MAX_LABEL, RenderedMasks, SizeHW

NUM_FRAMES = 16
TRIES = 8

log = logging.getLogger(__name__)

Frames = UInt8[np.ndarray, "frames h w 3"]
Labels = Int32[np.ndarray, "frames h w"]


class AnnotatedVideo(Protocol):
    """One video on disk; nothing of it is read before it is asked for."""

    @property
    def name(self) -> str:
        """What the video is called in its data set."""
        ...

    def numbers(self) -> tuple[int, ...]:
        """The numbers of the frames that have masks, ascending. Raises InputError when the video cannot be used."""
        ...

    def frames(self, numbers: Sequence[int]) -> Frames:
        """These frames as stored. Raises InputError when one is missing or broken."""
        ...

    def labels(self, numbers: Sequence[int]) -> Labels:
        """The ids of these frames, 0..255, one size. Raises InputError when one is missing or broken."""
        ...


def stride_of(numbers: Sequence[int]) -> int:
    """How far apart the numbers of neighbouring frames are where none is missing."""
    return min(np.diff(numbers).tolist(), default=1)


def window_starts(numbers: Sequence[int], num_frames: int) -> list[int]:
    """Positions in `numbers` (ascending) at which `num_frames` evenly spaced ones begin."""
    reach = (num_frames - 1) * stride_of(numbers)
    ends = zip(numbers, numbers[num_frames - 1 :], strict=False)
    return [start for start, (first, last) in enumerate(ends) if last - first == reach]


def crop_frames(frames: Frames, size_hw: SizeHW) -> UInt8[np.ndarray, "frames rows columns 3"]:
    """The largest part of `size_hw`'s aspect in the middle, resized: averaged where it shrinks, else linear."""
    cut = frames[(slice(None), *_middle(frames.shape[1:3], size_hw))]
    method = cv2.INTER_AREA if cut.shape[1] > size_hw[0] else cv2.INTER_LINEAR
    return np.stack([cv2.resize(frame, size_hw[::-1], interpolation=method) for frame in cut])


def crop_labels(labels: Labels, size_hw: SizeHW) -> Int32[np.ndarray, "frames rows columns"]:
    """The same part of a label map; ids are never mixed."""
    cut = labels[(slice(None), *_middle(labels.shape[1:3], size_hw))].astype(np.uint8)
    method = cv2.INTER_NEAREST_EXACT
    return np.stack([cv2.resize(ids, size_hw[::-1], interpolation=method) for ids in cut]).astype(np.int32)


def _middle(source_hw: tuple[int, ...], size_hw: SizeHW) -> tuple[slice, slice]:
    scale = min(source_hw[0] / size_hw[0], source_hw[1] / size_hw[1])
    height, width = round(size_hw[0] * scale), round(size_hw[1] * scale)
    top, left = (source_hw[0] - height) // 2, (source_hw[1] - width) // 2
    return slice(top, top + height), slice(left, left + width)


@dataclass(frozen=True, eq=False)
class PreparedVideos:
    """A `ClipSource` over videos whose depth is cached: of video `index` a random window, or the first one.

    A video that turns out broken, or shows no mask within the crop, is named in one logged sentence and the next
    one takes its place. Raises InputError when there is no usable video at all.
    """

    videos: Sequence[AnnotatedVideo]
    cache: DepthCache
    num_frames: int = NUM_FRAMES
    first_window: bool = False

    def __post_init__(self) -> None:
        usable = [video for video in self.videos if window_starts(self.cache.numbers(video.name), self.num_frames)]
        if not usable:
            raise InputError(
                f"None of the {len(self.videos)} videos has {self.num_frames} consecutive frames with depth; "
                "run `python -m levitor_core.datasets` on them first."
            )
        object.__setattr__(self, "videos", usable)

    def __len__(self) -> int:
        return len(self.videos)

    def read(self, index: int, rng: np.random.Generator) -> VideoClip:
        """A clip of video `index`, or of the next one that can be read."""
        for step in range(min(TRIES, len(self.videos))):
            video = self.videos[(index + step) % len(self.videos)]
            try:
                return self._clip(video, rng)
            except InputError as error:
                log.warning("Video %s is skipped: %s", video.name, error)
        raise InputError(f"{TRIES} videos in a row could not be read; check the data set, its depth cache or the disk.")

    def _clip(self, video: AnnotatedVideo, rng: np.random.Generator) -> VideoClip:
        cached = self.cache.numbers(video.name)
        starts = window_starts(cached, self.num_frames)
        start = starts[0 if self.first_window else int(rng.integers(len(starts)))]
        chosen = cached[start : start + self.num_frames]
        stored = video.labels(chosen)
        labels = crop_labels(stored, self.cache.size_hw)
        if not labels.any():
            raise InputError(f"Frames {chosen[0]} to {chosen[-1]} show no mask within the crop; choose another window.")
        frames = video.frames(chosen)
        if frames.shape[1:3] != stored.shape[1:3]:
            raise InputError("Its masks have another size than its frames; get both again.")
        disparity = np.stack([self.cache.read(video.name, number) for number in chosen])
        return VideoClip(video.name, crop_frames(frames, self.cache.size_hw), RenderedMasks(labels, disparity, 0))


def check_ids(labels: np.ndarray, where: str) -> None:
    """Raise InputError for ids that the control signal cannot hold."""
    if labels.min(initial=0) < 0 or labels.max(initial=0) > MAX_LABEL:
        raise InputError(f"{where} has ids above {MAX_LABEL}; renumber its masks.")
