"""PURE. RenderedMasks -> ControlPoints: a few cluster centres of every visible id in every frame, each frame by itself.

Counts and starting centres are the released demo's to the letter (paper section 3.2; docs/levitor-renderer.md has
its numbers): the network was trained on them, and plain even starting centres give points up to 71 pixels away.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from levitor_core.errors import InputError
from levitor_core.structures import ControlPoints, LabelMap, RenderedMasks

POINTS_PER_PICTURE = 50  # the paper's alpha
MAX_POINTS = 8  # of one id at rigidity 1
MIN_FREE_POINTS = 3  # of an id that is picked or whose area changes much
FREE_AREA_RATIO = 10
MAX_RIGID_POINTS = 64  # of one id at any rigidity
PIXELS_PER_SAMPLE = 10
REMEMBERED_FITS = 1024

Samples = Float32[np.ndarray, "n 2"]
Centers = Float32[np.ndarray, "k 2"]
Areas = Int[np.ndarray, "frames ids"]
Fit = Callable[[bytes, bytes], Centers]


def sample(rendered: RenderedMasks, rigidity: float = 1.0, names: Sequence[str] = ()) -> ControlPoints:
    """Cluster every visible id of every frame (k-means) and read the disparity at each centre's own pixel.

    Rows come in drawing order: frame, ascending id, cluster. `rigidity` multiplies the number of points of an id,
    which stays from 1 to the id's samples and at most 64; an id with fewer samples than its number at rigidity 1
    gets no point in that frame. The result depends on nothing but the arguments.
    Raises InputError, naming the object by `names[label - 1]`, when a visible object is too small for any point.
    """
    areas = _areas(rendered)
    counts = _counts(areas, rendered)
    _refuse_tiny_objects(areas, counts, rendered.num_objects, names)
    with _one_thread():
        found = list(_centers(rendered.labels, areas, counts, rigidity))
    rows = np.concatenate(found) if found else np.zeros((0, 4), int)
    disparity = _round_disparity(rendered.disparity[rows[:, 0], rows[:, 1], rows[:, 2]])
    num_frames, height, width = rendered.labels.shape
    return ControlPoints(np.column_stack([rows, disparity]), num_frames, (height, width))


def _areas(rendered: RenderedMasks) -> Areas:
    num_ids = 1 + max(rendered.num_objects, int(rendered.labels.max(initial=0)))
    areas = [np.bincount(labels.ravel(), minlength=num_ids) for labels in rendered.labels]
    return np.array(areas, int).reshape(-1, num_ids)


def _counts(areas: Areas, rendered: RenderedMasks) -> Int[np.ndarray, " ids"]:
    """Number of points of each id at rigidity 1, the same in every frame."""
    largest, smallest = areas.max(axis=0, initial=0), areas.min(axis=0, initial=rendered.labels[0].size)
    counts = np.rint(POINTS_PER_PICTURE * largest / rendered.labels[0].size).astype(int).clip(1, MAX_POINTS)
    picked = np.arange(len(counts)) <= rendered.num_objects
    free = picked | (smallest == 0) | (largest > FREE_AREA_RATIO * smallest)
    return np.where(free, np.maximum(counts, MIN_FREE_POINTS), counts)


def _find_clustered(areas: Areas, counts: Int[np.ndarray, " ids"]) -> Bool[np.ndarray, "frames ids"]:
    """Where an id has at least as many samples as points."""
    return np.ceil(areas / PIXELS_PER_SAMPLE) >= counts


def _refuse_tiny_objects(areas: Areas, counts: Int[np.ndarray, " ids"], num_objects: int, names: Sequence[str]) -> None:
    dropped = np.any(areas, axis=0) & ~np.any(_find_clustered(areas, counts), axis=0)
    for label in (np.flatnonzero(dropped[1 : num_objects + 1]) + 1).tolist():
        name = names[label - 1] if label <= len(names) else f"object {label}"
        raise InputError(
            f"{name} covers at most {areas[:, label].max()} pixels, too few for a control point; "
            "give it a larger mask or bring it nearer."
        )


def _centers(
    labels: Int[np.ndarray, "frames h w"], areas: Areas, counts: Int[np.ndarray, " ids"], rigidity: float
) -> Iterator[Int[np.ndarray, "k 4"]]:
    """Frame, row, column and id of the centres of one id in one frame at a time."""
    fit = lru_cache(REMEMBERED_FITS)(_fit)  # still instances ask for the same fit in frame after frame
    remembered: dict[int, Centers] = {}
    clustered = _find_clustered(areas, counts)
    for frame, frame_labels in enumerate(labels):
        for label, samples in _samples(frame_labels, areas[frame]):
            if not clustered[frame, label]:
                continue
            k = min(max(1, int(counts[label] * rigidity)), len(samples), MAX_RIGID_POINTS)
            remembered[label] = start = _start(samples, k, remembered.get(label), fit)
            pixels = fit(samples.tobytes(), start.tobytes()).astype(int)
            yield np.column_stack([np.full(k, frame), pixels, np.full(k, label)])


def _samples(labels: LabelMap, areas: Int[np.ndarray, " ids"]) -> Iterator[tuple[int, Samples]]:
    """Every tenth pixel, row-major, of each id in the frame, ascending; sorting once serves all ids."""
    by_label = np.argsort(labels.ravel().astype(np.uint16), kind="stable")
    ends = areas.cumsum()
    for label in (np.flatnonzero(areas[1:]) + 1).tolist():
        flat = by_label[ends[label - 1] : ends[label] : PIXELS_PER_SAMPLE]
        yield label, np.stack(np.divmod(flat, labels.shape[1]), axis=1).astype(np.float32)


def _start(samples: Samples, k: int, remembered: Float32[np.ndarray, "before 2"] | None, fit: Fit) -> Centers:
    """Where k-means starts: refined even samples at first, then what is remembered while it still touches the id."""
    if remembered is None:
        return fit(samples.tobytes(), _even(samples, k).tobytes())
    return remembered if len(remembered) == k and _touches(remembered, samples) else _even(samples, k)


def _even(samples: Samples, k: int) -> Float32[np.ndarray, "k 2"]:
    step = len(samples) // k
    return samples[step // 2 :: step][:k]


def _touches(centers: Centers, samples: Samples) -> bool:
    """The demo's loose test: every centre shares its row or its column with some sample."""
    return bool((centers[:, None] == samples).any(axis=(1, 2)).all())


def _fit(samples: bytes, start: bytes) -> Float[np.ndarray, "k 2"]:
    """Centres that Lloyd's algorithm reaches from `start`; both are float32 (row, column) pairs.

    The numbers of scikit-learn's `KMeans(init=start, n_init=1)` without what it does around them, which takes longer.
    """
    from sklearn.cluster import _kmeans

    points, centers = (np.frombuffer(data, np.float32).reshape(-1, 2).copy() for data in (samples, start))
    tolerance, middle = np.mean(np.var(points, axis=0)) * 1e-4, points.mean(axis=0)
    points -= middle
    centers -= middle
    lloyd: Any = inspect.unwrap(_kmeans._kmeans_single_lloyd)  # its wrapper counts BLAS's threads each time
    _, _, found, _ = lloyd(points, np.ones(len(points), np.float32), centers, tol=tolerance)
    return found + middle


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in one order on any machine."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def _round_disparity(disparity: Float32[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Rounded into 0..255; the demo stores 0 as depth 1, so that 0 and 1 are drawn alike."""
    rounded = np.rint(disparity.clip(0, 255)).astype(int)
    return np.where(rounded == 1, 0, rounded)
