"""Which frames make a clip, and how they are cropped."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.datasets.windows import crop_frames, crop_labels, window_starts

numbers = st.sets(st.integers(0, 60), min_size=1, max_size=40).map(lambda found: tuple(sorted(found)))


@given(numbers, st.integers(1, 6))
def test_windows_are_all_the_evenly_spaced_runs(found, num_frames):
    """Against looking at every run."""
    stride = min((b - a for a, b in itertools.pairwise(found)), default=1)
    expected = [
        start
        for start in range(len(found) - num_frames + 1)
        if all(found[start + i] == found[start] + stride * i for i in range(num_frames))
    ]
    assert window_starts(found, num_frames) == expected


def test_a_missing_frame_parts_the_windows():
    assert window_starts((0, 5, 10, 20, 25, 30, 35), 3) == [0, 3, 4]


@pytest.mark.parametrize("source_hw", [(48, 85), (85, 48), (100, 100), (32, 18)])
@pytest.mark.parametrize("size_hw", [(64, 36), (36, 64), (40, 40)])
def test_frames_and_masks_stay_aligned_in_the_middle(source_hw, size_hw):
    """A disc in the middle stays a disc in the middle, of its own size times the scale."""
    rows, columns = np.indices(source_hw)
    disc = (rows - (source_hw[0] - 1) / 2) ** 2 + (columns - (source_hw[1] - 1) / 2) ** 2 < 4.2**2
    frames = crop_frames(np.repeat(255 * disc[None, ..., None], 3, axis=-1).astype(np.uint8), size_hw)
    labels = crop_labels(7 * disc[None].astype(np.int32), size_hw)
    assert frames.shape == (1, *size_hw, 3) and labels.shape == (1, *size_hw) and set(np.unique(labels)) == {0, 7}
    scale = max(size_hw[0] / source_hw[0], size_hw[1] / source_hw[1])
    for shown in (frames[0, ..., 0] > 127, labels[0] == 7):
        centre = np.argwhere(shown).mean(axis=0)
        np.testing.assert_allclose(centre, (np.array(size_hw) - 1) / 2, atol=max(1, scale))
        assert shown.sum() == pytest.approx(disc.sum() * scale**2, rel=0.25, abs=5)
    agreement = (frames[0, ..., 0] > 127) == (labels[0] == 7)
    assert agreement.mean() > 0.95


def test_a_crop_of_its_own_size_changes_nothing():
    frames = np.random.default_rng(0).integers(0, 256, (2, 24, 40, 3), dtype=np.uint8)
    np.testing.assert_array_equal(crop_frames(frames, (24, 40)), frames)
    np.testing.assert_array_equal(crop_labels(frames[..., 0].astype(np.int32), (24, 40)), frames[..., 0])
