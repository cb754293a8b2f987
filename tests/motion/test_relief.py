"""Laws of taming, snapping, scenery and support."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.motion import relief
from levitor_core.motion.background import fill_labels_and_disparity
from levitor_core.structures import Scenery
from tests.scenes import SIZE_HW, disc

MASK = disc((48, 36), 15)


@given(st.integers(0, 2**32 - 1))
def test_tamed_disparity_stays_near_the_median_and_has_no_stray_values(seed):
    rng = np.random.default_rng(seed)
    disparity = np.where(MASK, 120.0, 20.0).astype(np.float32)
    disparity[MASK] += rng.normal(0, 5, MASK.sum())
    disparity[rng.random(SIZE_HW) < 0.02] = 255.0
    tamed = relief.tame(disparity, MASK)
    median = np.median(disparity[MASK])
    assert (np.abs(tamed[MASK] - median) <= 0.21 * median).all()
    assert tamed[MASK].std() < disparity[MASK].std()


def test_flat_depth_stays_flat_even_when_the_background_leaks_in():
    disparity = np.where(disc((48, 36), 13), 120.0, 20.0).astype(np.float32)
    assert np.allclose(relief.tame(disparity, MASK)[MASK], 120.0, atol=1e-3)


@pytest.mark.parametrize("radius", [0, 1, 2, 4])
def test_tiny_objects_can_be_tamed(radius):
    mask = disc((48, 36), radius)
    assert np.isfinite(relief.tame(np.full(SIZE_HW, 77.0, np.float32), mask)).all()


def test_scenery_is_shifted_or_flattened_within_its_mask_only():
    disparity = np.tile(np.linspace(0, 255, SIZE_HW[1], dtype=np.float32), (SIZE_HW[0], 1))
    edited = relief.edit_scenery(disparity, [Scenery("it", MASK, shift=30.0, flatten=True)])
    assert np.array_equal(edited[~MASK], disparity[~MASK])
    assert np.allclose(edited[MASK], np.median(disparity[MASK]) + 30)


def test_depth_edges_move_onto_mask_edges():
    labels = np.where(MASK, 1, 2).astype(np.int32)
    halo = np.where(disc((48, 36), 17), 150.0, 20.0).astype(np.float32)
    snapped = relief.snap_to_masks(halo, labels)
    assert np.array_equal(snapped > 100, MASK)
    ramp = np.tile(np.linspace(0, 100, SIZE_HW[1], dtype=np.float32), (SIZE_HW[0], 1))
    assert np.array_equal(relief.snap_to_masks(ramp, labels), ramp)  # relief is not a halo


def test_what_touches_the_lowest_edge_at_another_depth_is_no_support():
    disparity = np.where(MASK, 150.0, 20.0).astype(np.float32)
    nothing = relief.support_of(MASK, disparity, disparity, np.ones(SIZE_HW, np.int32), MASK)
    assert not nothing.any()


@given(st.integers(0, 2**32 - 1))
def test_a_hole_in_a_plane_is_filled_with_the_plane(seed):
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(SIZE_HW)
    plane = (60 + rng.uniform(-0.4, 0.4) * columns + rng.uniform(-0.4, 0.4) * rows).astype(np.float32)
    labels = np.ones(SIZE_HW, np.int32)
    seen = np.where(MASK, 200.0, plane).astype(np.float32)
    filled_labels, filled = fill_labels_and_disparity(labels, seen, MASK, np.full(SIZE_HW, 200.0, np.float32))
    assert np.abs(filled - plane).max() < 1.0 and (filled_labels == 1).all()


def test_a_hole_takes_nothing_from_nearer_surroundings():
    disparity = np.where(np.indices(SIZE_HW)[1] < 48, 250.0, 30.0).astype(np.float32)
    labels = np.where(disparity > 100, 7, 5).astype(np.int32)
    hole_disparity = np.full(SIZE_HW, 100.0, np.float32)
    filled_labels, filled = fill_labels_and_disparity(
        labels, np.where(MASK, 100.0, disparity).astype(np.float32), MASK, hole_disparity
    )
    assert (filled_labels[MASK] == 5).all() and np.abs(filled[MASK] - 30).max() < 1


def test_a_hole_that_fills_the_whole_picture_keeps_its_own_depth():
    everything = np.ones(SIZE_HW, bool)
    disparity = np.full(SIZE_HW, 90.0, np.float32)
    labels, filled = fill_labels_and_disparity(np.ones(SIZE_HW, np.int32), disparity, everything, disparity)
    assert np.allclose(filled, 90) and labels.shape == SIZE_HW
