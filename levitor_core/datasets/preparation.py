"""Fills a depth cache from a folder of videos: decoding in parallel, depth in batches, resumable at any frame."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.datasets.sav import open_sav
from levitor_core.datasets.vos import open_vos
from levitor_core.datasets.windows import AnnotatedVideo, Frames, crop_frames, stride_of, window_starts
from levitor_core.depth import DepthEstimator
from levitor_core.depth.depth_anything import DepthAnything
from levitor_core.errors import InputError
from levitor_core.structures import DisparityMap, SizeHW

KINDS: dict[str, Callable[[Path], list[AnnotatedVideo]]] = {"davis": open_vos, "youtube-vos": open_vos, "sav": open_sav}
CHUNK = 16


@dataclass(frozen=True)
class Progress:
    """How far a preparation is."""

    video: int
    num_videos: int
    frames: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"video {self.video} of {self.num_videos}, {self.frames} frames, {self.frames / self.seconds:.1f} a second"
        )


@dataclass(frozen=True)
class Chunk:
    """Frames of one video to estimate together; `frames` runs in a worker."""

    video: int
    name: str
    numbers: tuple[int, ...]
    frames: "Future[Frames]"


@dataclass
class Summary:
    """What a preparation did: frames written now, videos that are whole, and why the others are not."""

    frames: int = 0
    whole: int = 0
    skipped: dict[str, str] = field(default_factory=dict)


def open_videos(root: Path, kind: str) -> list[AnnotatedVideo]:
    """The videos of a data set. Raises InputError for an unknown kind or a folder of another layout."""
    if kind not in KINDS:
        raise InputError(f"The kind of data set {kind!r} is unknown; use {', '.join(KINDS)}.")
    return KINDS[kind](root)


def prepare(
    videos: Sequence[AnnotatedVideo],
    cache: DepthCache,
    estimator: DepthEstimator,
    num_frames: int = CHUNK,
    max_windows: int | None = None,
    workers: int = 2,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Summary:
    """Depth of every annotated frame that some window of `num_frames` can use and that has none yet.

    `max_windows` a video, evenly spaced, bounds time and disk. Broken videos are left out, with the reason in the
    summary; what was written of them before the break stays usable.
    """
    summary, start = Summary(), perf_counter()
    with ThreadPoolExecutor(workers) as decoders, ThreadPoolExecutor(workers) as writers:
        chunks = _prefetch(_chunks(videos, cache, decoders, (num_frames, max_windows), summary), 2 * workers)
        for chunk in chunks:
            if chunk.name in summary.skipped:
                continue
            try:
                frames = chunk.frames.result()
            except InputError as error:
                summary.skipped[chunk.name] = str(error)
                continue
            maps = _estimate(estimator, frames, cache.size_hw, writers)
            for written in [
                writers.submit(cache.write, chunk.name, *pair) for pair in zip(chunk.numbers, maps, strict=True)
            ]:
                written.result()
            summary.frames += len(maps)
            on_progress(Progress(chunk.video + 1, len(videos), summary.frames, perf_counter() - start))
    summary.whole = len(videos) - len(summary.skipped)
    return summary


def wanted_numbers(numbers: Sequence[int], num_frames: int, max_windows: int | None) -> list[int]:
    """The frames that lie in some window, or in `max_windows` of them, evenly spaced."""
    starts = window_starts(numbers, num_frames)
    if max_windows is not None and len(starts) > max_windows:
        starts = [starts[i] for i in np.linspace(0, len(starts) - 1, max_windows).astype(int).tolist()]
    return [numbers[i] for i in sorted({at for start in starts for at in range(start, start + num_frames)})]


def _chunks(
    videos: Sequence[AnnotatedVideo],
    cache: DepthCache,
    decoders: ThreadPoolExecutor,
    window: tuple[int, int | None],
    summary: Summary,
) -> Iterator[Chunk]:
    for index, video in enumerate(videos):
        try:
            numbers = video.numbers()
            missing = cache.find_missing(video.name, _find_wanted(numbers, *window))
        except InputError as error:
            summary.skipped[video.name] = str(error)
            continue
        for run in _runs(missing, stride_of(numbers)):
            yield Chunk(index, video.name, run, decoders.submit(_decode, video, run, cache.size_hw))


def _find_wanted(numbers: Sequence[int], num_frames: int, max_windows: int | None) -> list[int]:
    wanted = wanted_numbers(numbers, num_frames, max_windows)
    if not wanted:
        raise InputError(f"It has {len(numbers)} annotated frames and no {num_frames} in a row; ask for shorter clips.")
    return wanted


def _runs(numbers: Sequence[int], stride: int) -> Iterator[tuple[int, ...]]:
    """Pieces of at most `CHUNK` numbers, `stride` apart, as videos are decoded."""
    run: list[int] = []
    for number in numbers:
        if run and (number - run[-1] != stride or len(run) == CHUNK):
            yield tuple(run)
            run = []
        run.append(number)
    if run:
        yield tuple(run)


def _decode(video: AnnotatedVideo, numbers: Sequence[int], size_hw: SizeHW) -> Frames:
    return crop_frames(video.frames(numbers), size_hw)


def _prefetch(chunks: Iterator[Chunk], count: int) -> Iterator[Chunk]:
    """The same chunks, `count` of them begun before they are asked for."""
    begun: deque[Chunk] = deque()
    for chunk in chunks:
        begun.append(chunk)
        if len(begun) > count:
            yield begun.popleft()
    yield from begun


def _estimate(
    estimator: DepthEstimator, frames: Frames, size_hw: SizeHW, pool: ThreadPoolExecutor
) -> list[DisparityMap]:
    if isinstance(estimator, DepthAnything):
        return estimator.estimate_all(list(frames), size_hw)
    return list(pool.map(lambda frame: estimator.estimate(frame, size_hw), frames))
