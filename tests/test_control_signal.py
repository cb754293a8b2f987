from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core.control.control_signal import splat
from levitor_core.structures import ControlPoints
from tests.reference import control_signal as oracle

GOLDEN = Path(__file__).parents[2] / "shared" / "golden"
SCENES = ["lateral", "nearer", "behind_static", "two_objects_cross"]
PATCH_ROW_9 = [15, 25, 42, 66, 96, 132, 170, 206, 234, 250, 251, 236, 209, 174, 136, 99, 69, 44, 27, 15]


def draw(*rows, size_hw=(64, 64), num_frames=1):
    return splat(ControlPoints(np.array(rows, int).reshape(-1, 5), num_frames, size_hw)).values


@st.composite
def control_points(draw_value):
    size_hw = draw_value(st.sampled_from([(40, 30), (24, 56), (16, 16), (3, 9), (2, 2), (1, 1)]))
    numbers = st.tuples(
        st.integers(-3, size_hw[0] + 2), st.integers(-3, size_hw[1] + 2), st.integers(0, 300), st.integers(-9, 300)
    )
    frames = draw_value(st.lists(st.lists(numbers, max_size=6), min_size=1, max_size=3))
    rows = [(frame, *row) for frame, listed in enumerate(frames) for row in listed]
    return ControlPoints(np.array(rows, int).reshape(-1, 5), len(frames), size_hw)


@settings(max_examples=60, deadline=None)
@given(control_points())
def test_equals_the_oracle(points):
    signal = splat(points).values
    assert signal.dtype == np.float32
    np.testing.assert_array_equal(signal, oracle.splat(points.rows.tolist(), points.num_frames, points.size_hw))


@settings(max_examples=60, deadline=None)
@given(control_points())
def test_values_are_bytes_and_the_outermost_pixels_stay_empty(points):
    signal = splat(points).values
    assert ((signal >= 0) & (signal <= 255) & (signal == np.rint(signal))).all()
    for edge in (signal[..., 0, :], signal[..., -1, :], signal[..., 0], signal[..., -1]):
        assert not edge.any()
    assert not signal[:, 1:].any(axis=1)[signal[:, 0] == 0].any()


def test_an_inner_patch_covers_ten_pixels_before_and_nine_after_its_point():
    signal = draw([0, 30, 32, 5, 77])[0]
    rows, columns = np.nonzero(signal[0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 39, 22, 41)
    assert len(rows) == 320
    assert signal[0, 29, 22:42].tolist() == PATCH_ROW_9
    np.testing.assert_array_equal(signal[1], 5 * (signal[0] > 0))
    np.testing.assert_array_equal(signal[2], 77 * (signal[0] > 0))


def test_a_later_patch_replaces_the_whole_rectangle_under_it():
    first, later = [0, 30, 30, 1, 200], [0, 38, 36, 2, 10]
    both, alone = draw(first, later), draw(later)
    window = np.s_[:, :, 28:48, 26:46]
    np.testing.assert_array_equal(both[window], alone[window])
    assert (draw(first)[window][:, 0] > 0)[alone[window][:, 0] == 0].any()  # the empty corners erase as well
    outside = both.copy()
    outside[window] = 0
    assert outside.any()
    assert not np.array_equal(draw(later, first), both)


@pytest.mark.parametrize(
    ("row", "column", "box"),
    [(0, 30, (1, 9, 20, 39)), (63, 30, (53, 62, 20, 39)), (30, 4, (20, 39, 1, 13)), (62, 63, (52, 62, 53, 62))],
)
def test_a_patch_is_squeezed_not_cropped_at_the_border(row, column, box):
    heat = draw([0, row, column, 1, 1])[0, 0]
    rows, columns = np.nonzero(heat)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == box
    assert heat.max() > 230
    peak = np.unravel_index(heat.argmax(), heat.shape)
    assert np.abs(np.array(peak) - [(box[0] + box[1]) / 2, (box[2] + box[3]) / 2]).max() <= 1


def test_points_outside_the_picture_are_left_out():
    assert not draw([0, -1, 5, 1, 1], [0, 5, 64, 1, 1], [0, 64, 5, 1, 1]).any()


def test_frames_do_not_mix():
    both = draw([0, 20, 20, 1, 9], [2, 40, 40, 2, 8], num_frames=3)
    np.testing.assert_array_equal(both[0], draw([0, 20, 20, 1, 9])[0])
    np.testing.assert_array_equal(both[2], draw([0, 40, 40, 2, 8])[0])
    assert not both[1].any()


@pytest.mark.parametrize("scene", SCENES)
def test_golden_signal(scene):
    path = GOLDEN / f"control_{scene}.npz"
    if not path.exists():
        pytest.skip("the golden data is not beside this checkout")
    with np.load(path, allow_pickle=False) as golden:
        rows, expected = golden["out_keypoints_frame_row_col_id_disp"], golden["out_control"]
    signal = splat(ControlPoints(rows, len(expected), expected.shape[2:]))
    np.testing.assert_array_equal(signal.values, expected)
