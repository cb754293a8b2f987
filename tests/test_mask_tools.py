"""Lasso, magnetic lasso, scribbles and what changes a mask: laws on random shapes, and plain cases."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core.errors import InputError
from levitor_core.segmentation.mask_edits import MaskEdit, Tool, edit_mask
from levitor_core.segmentation.mask_tools import (
    feathered,
    filled,
    grown,
    lasso,
    magnetic_lasso,
    magnetic_path,
    scribble,
    smoothed,
    stroke_mask,
)
from levitor_core.segmentation.photo_graph import PhotoGraph
from tests.test_refining import SIZE, _scene

POINT = st.tuples(st.floats(-30, SIZE[1] + 30), st.floats(-30, SIZE[0] + 30))
SIZES = st.floats(-30, 30)


def _disc(radius=40, size=(120, 160)):
    rows, cols = np.mgrid[: size[0], : size[1]]
    return (rows - size[0] / 2) ** 2 + (cols - size[1] / 2) ** 2 < radius**2


def _alike(mask, truth):
    return np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth)


def test_a_lasso_holds_the_pixels_inside_it_wherever_it_begins_and_however_it_turns():
    outline = [(9.5, 4.5), (40.5, 4.5), (40.5, 30.5), (9.5, 30.5)]
    expected = np.zeros(SIZE, dtype=bool)
    expected[5:31, 10:41] = True
    for first in range(4):
        turned = outline[first:] + outline[:first]
        np.testing.assert_array_equal(lasso(turned, SIZE), expected)
        np.testing.assert_array_equal(lasso(turned[::-1], SIZE), expected)


@given(st.lists(POINT, max_size=8))
@settings(max_examples=30)
def test_a_lasso_is_some_of_the_picture_or_one_sentence(outline):
    try:
        assert lasso(outline, SIZE).any()
    except InputError as error:
        assert "draw it around the object" in str(error)


@given(st.integers(0, 2**32 - 1), POINT, POINT)
@settings(max_examples=15, deadline=None)
def test_a_magnetic_path_leads_pixel_by_pixel_from_end_to_end(seed, start, end):
    path = np.array(magnetic_path(_scene(seed)[0], start, end))
    ends = [np.clip(np.round(point), 0, (SIZE[1] - 1, SIZE[0] - 1)) for point in (start, end)]
    np.testing.assert_array_equal(path[[0, -1]], ends)
    assert (np.abs(np.diff(path, axis=0)).max(1, initial=0) <= 1).all()
    assert (path >= 0).all() and (path < (SIZE[1], SIZE[0])).all()


def test_a_magnetic_lasso_of_few_corners_follows_the_edge():
    disc = _disc()
    photo = np.where(disc[..., None], (210, 90, 40), (40, 70, 110)).astype(np.uint8)
    corners = [(80 + 40 * np.cos(angle), 60 + 40 * np.sin(angle)) for angle in np.arange(5) * 2 * np.pi / 5]
    straight = _alike(lasso(corners, disc.shape), disc)
    assert _alike(magnetic_lasso(photo, corners), disc) > 0.95 > straight


@given(st.integers(0, 2**32 - 1), st.lists(POINT, min_size=1, max_size=4), st.booleans())
@settings(max_examples=10, deadline=None)
def test_a_scribble_obeys_along_its_whole_length_and_only_adds_or_only_takes(seed, stroke, inside):
    photo, mask = _scene(seed)
    after = scribble(photo, mask, stroke, inside)
    assert (after[stroke_mask(stroke, SIZE, 1)] == inside).all()
    assert (after[after ^ mask] == inside).all()


@given(st.integers(0, 2**32 - 1), st.floats(0, 12), st.floats(0, 12))
@settings(max_examples=30)
def test_growing_is_steady_and_shrinking_is_growing_the_rest(seed, less, more):
    mask = _scene(seed)[1]
    less, more = sorted((less, more))
    assert (mask <= grown(mask, less)).all() and (grown(mask, less) <= grown(mask, more)).all()
    np.testing.assert_array_equal(grown(mask, -more), ~grown(~mask, more))
    np.testing.assert_array_equal(grown(mask, 0), mask)
    assert (mask <= filled(mask)).all()
    np.testing.assert_array_equal(filled(filled(mask)), filled(mask))


def test_growing_moves_an_outline_by_that_many_pixels():
    for pixels in (-10, 10):
        assert _alike(grown(_disc(40), pixels), _disc(40 + pixels)) > 0.98


@given(st.integers(0, 2**32 - 1), st.floats(0, 10))
@settings(max_examples=30)
def test_a_feathered_mask_is_an_opacity_and_no_sides_are_changed(seed, pixels):
    mask = _scene(seed)[1]
    opacity = feathered(mask, pixels)
    assert opacity.dtype == np.float32 and opacity.min() >= 0 and opacity.max() <= 1
    np.testing.assert_allclose(feathered(~mask, pixels), 1 - opacity, atol=1e-5)
    for whole in (np.ones(SIZE, bool), np.zeros(SIZE, bool)):
        np.testing.assert_allclose(feathered(whole, pixels), whole, atol=1e-5)


def test_smoothing_takes_specks_and_notches_and_keeps_the_shape():
    disc = _disc()
    rough = disc.copy()
    rough[60, 20:60] = True
    rough[5, 5] = True
    rough[60:62, 40:60] = False
    assert _alike(smoothed(rough, 4), disc) > 0.97 and not smoothed(rough, 4)[5, 5]
    np.testing.assert_array_equal(smoothed(disc, 0), disc)


def test_holes_are_filled_and_bays_are_not():
    ring = _disc(40) & ~_disc(20)
    np.testing.assert_array_equal(filled(ring), _disc(40))
    ring[60:, 79:82] = False
    np.testing.assert_array_equal(filled(ring), ring)


@pytest.mark.parametrize("size", [(1, 5), (2, 2)])
def test_a_magnetic_path_in_a_tiny_picture_is_its_ends(size):
    photo = np.zeros((*size, 3), dtype=np.uint8)
    assert magnetic_path(photo, (0, 0), (size[1] - 1, size[0] - 1)) == [(0, 0), (size[1] - 1, size[0] - 1)]


@given(st.integers(0, 2**32 - 1), st.sampled_from(get_args(Tool)), st.lists(POINT, max_size=5), st.booleans(), SIZES)
@settings(max_examples=25, deadline=None)
def test_any_use_of_a_tool_is_a_mask_of_the_picture_or_one_sentence(seed, tool, points, inside, pixels):
    photo, mask = _scene(seed)
    try:
        after = edit_mask(mask, MaskEdit(tool, tuple(points), inside, pixels), photo, lambda: PhotoGraph.of(photo))
    except InputError as error:
        assert str(error).endswith(".")
        return
    assert after.shape == SIZE and after.dtype == bool and after.any()
    if tool in ("lasso", "magnetic", "scribble"):
        assert (after[after ^ mask] == inside).all()  # what is drawn only adds, or only takes


def test_an_edit_of_nonsense_is_one_sentence():
    for wrong in ({"tool": "melt"}, {"tool": "grow", "pixels": 1e9}, {"tool": "lasso", "points": [(0, float("nan"))]}):
        with pytest.raises(InputError):
            MaskEdit(**wrong)
