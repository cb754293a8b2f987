from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core.control.control_points import sample
from levitor_core.errors import InputError
from levitor_core.structures import RenderedMasks
from tests.reference import control_points as oracle

GOLDEN = Path(__file__).parents[2] / "shared" / "golden"
SCENES = ["lateral", "nearer", "behind_static", "two_objects_cross"]


def moving_blocks(seed, size_hw=(64, 40), num_frames=4, num_ids=5, num_objects=2):
    """Still bands with a gap of nothing, and objects: rectangles that move, hide each other and leave the frame."""
    rng = np.random.default_rng(seed)
    (height, width), labels = size_hw, np.zeros((num_frames, *size_hw), np.int32)
    edges = np.sort(rng.integers(0, height, num_ids - num_objects))
    for label, top in enumerate(edges, start=num_objects + 1):
        labels[:, top:, : rng.integers(width // 2, width)] = label
    for label in range(1, num_objects + 1):
        top, left = rng.integers(0, height - 20), rng.integers(0, width - 20)
        tall, wide = rng.integers(8, 20, 2)
        down, right = rng.integers(-12, 13, 2)
        for frame in range(num_frames):
            y, x = top + frame * down, left + frame * right
            labels[frame, max(y, 0) : max(y + tall, 0), max(x, 0) : max(x + wide, 0)] = label
    for label in range(1, num_objects + 1):
        if max((labels == label).sum(axis=(1, 2))) <= 20:  # hidden up to a sliver, which is refused
            labels[labels == label] = 0
    disparity = rng.uniform(-20, 280, labels.shape).astype(np.float32)
    return RenderedMasks(labels, disparity, num_objects)


def counts(points):
    """How many points each (frame, id) has."""
    pairs, number = np.unique(points.rows[:, [0, 3]], axis=0, return_counts=True)
    return {tuple(pair): n for pair, n in zip(pairs.tolist(), number.tolist(), strict=True)}


def still(mask, num_objects=0, num_frames=2):
    labels = np.repeat(mask.astype(np.int32)[None], num_frames, axis=0)
    return RenderedMasks(labels, np.full(labels.shape, 100, np.float32), num_objects)


def square(side, size_hw=(200, 200), label=1):
    mask = np.zeros(size_hw, np.int32)
    mask[5 : 5 + side, 7 : 7 + side] = label
    return mask


scenes = st.builds(moving_blocks, st.integers(0, 2**32 - 1), num_objects=st.integers(0, 3))
rigidities = st.sampled_from([0.1, 0.5, 1.0, 1.7, 3.0, 8.0])


@settings(max_examples=30, deadline=None)
@given(scenes, rigidities)
def test_equals_the_oracle(rendered, rigidity):
    expected = oracle.sample(rendered.labels, rendered.disparity, rendered.num_objects, rigidity)
    np.testing.assert_array_equal(sample(rendered, rigidity).rows, expected)


@settings(max_examples=30, deadline=None)
@given(scenes, rigidities)
def test_rows_are_ordered_and_lie_in_the_picture(rendered, rigidity):
    points = sample(rendered, rigidity)
    frame, row, column, label, disparity = points.rows.T
    assert (points.num_frames, *points.size_hw) == rendered.labels.shape
    assert (np.diff(frame * 256 + label) >= 0).all()
    assert ((row >= 0) & (row < points.size_hw[0]) & (column >= 0) & (column < points.size_hw[1])).all()
    assert (label > 0).all()
    own = np.rint(rendered.disparity[frame, row, column].clip(0, 255))
    np.testing.assert_array_equal(disparity, np.where(own == 1, 0, own))


@settings(max_examples=30, deadline=None)
@given(scenes, rigidities)
def test_number_of_points_is_bounded(rendered, rigidity):
    for (frame, label), number in counts(sample(rendered, rigidity)).items():
        samples = -(-(rendered.labels[frame] == label).sum() // 10)
        assert 1 <= number <= min(samples, 64)


@settings(max_examples=20, deadline=None)
@given(scenes, rigidities, rigidities)
def test_more_rigidity_never_means_fewer_points(rendered, one, other):
    fewer, more = (counts(sample(rendered, rigidity)) for rigidity in sorted([one, other]))
    assert fewer.keys() == more.keys()
    assert all(fewer[key] <= more[key] for key in fewer)


@settings(max_examples=20, deadline=None)
@given(scenes)
def test_points_stay_in_the_bounding_box_of_their_id(rendered):
    for frame, row, column, label, _ in sample(rendered).rows:
        rows, columns = np.nonzero(rendered.labels[frame] == label)
        assert rows.min() <= row <= rows.max()
        assert columns.min() <= column <= columns.max()


def test_result_depends_on_no_global_state():
    rendered = moving_blocks(3)
    first = sample(rendered, 2.0).rows
    np.random.seed(99)
    np.testing.assert_array_equal(sample(rendered, 2.0).rows, first)
    np.random.seed(217)
    state = np.random.get_state()[1].copy()
    sample(rendered)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


@pytest.mark.parametrize(("side", "expected"), [(12, 1), (31, 1), (41, 2), (100, 8)])
def test_still_ids_get_points_by_their_share_of_the_picture(side, expected):
    assert counts(sample(still(square(side)))) == {(0, 1): expected, (1, 1): expected}


def test_no_id_has_more_than_64_points():
    assert counts(sample(still(square(100)), rigidity=100)) == {(0, 1): 64, (1, 1): 64}


def test_half_a_point_rounds_to_the_even_number():
    mask = np.zeros((100, 100), np.int32)
    mask[:50, :10] = 1  # 2.5 points
    assert counts(sample(still(mask)))[0, 1] == 2


@pytest.mark.parametrize("change", ["picked", "vanishes", "shrinks"])
def test_picked_and_changing_ids_get_at_least_three_points(change):
    rendered = still(square(18), num_objects=int(change == "picked"))
    assert counts(sample(still(square(18))))[0, 1] == 1
    if change == "vanishes":
        rendered.labels[1] = 0
    if change == "shrinks":
        rendered.labels[1] = square(5)
    assert counts(sample(rendered))[0, 1] == 3


def test_area_ratio_of_exactly_ten_is_not_a_change():
    rendered = still(np.zeros((200, 200), np.int32))
    rendered.labels[0, 10:20, 10:30] = 1
    rendered.labels[1, 10:20, 10:12] = 1
    assert counts(sample(rendered)) == {(0, 1): 1, (1, 1): 1}


def test_an_id_hidden_in_a_frame_has_no_points_there_and_nothing_never_has():
    rendered = still(square(30), num_objects=1, num_frames=3)
    rendered.labels[1] = 0
    assert counts(sample(rendered)).keys() == {(0, 1), (2, 1)}
    empty = sample(still(np.zeros((20, 20), np.int32)))
    assert empty.rows.shape == (0, 5)


def test_a_centre_outside_its_concave_mask_takes_the_disparity_of_its_own_pixel():
    ring = np.zeros((60, 60), np.int32)
    ring[10:50, 10:50] = 1
    ring[14:46, 14:46] = 0
    rendered = still(ring)
    rendered.disparity[:, ring == 0] = 7
    points = sample(rendered, 0.1)
    assert points.rows[:, 4].tolist() == [7, 7]


@pytest.mark.parametrize(("value", "drawn"), [(-3, 0), (0, 0), (0.6, 0), (1.4, 0), (1.6, 2), (254.7, 255), (900, 255)])
def test_disparity_is_clamped_rounded_and_one_is_drawn_as_nothing(value, drawn):
    rendered = still(square(30))
    rendered.disparity[:] = value
    assert set(sample(rendered).rows[:, 4].tolist()) == {drawn}


def test_an_object_too_small_for_any_point_is_refused_by_name():
    labels = square(40, label=2)
    labels[180:184, 180:185] = 1
    with pytest.raises(InputError, match=r"^Balloon covers at most 20 pixels, .*; give it a larger mask"):
        sample(still(labels, num_objects=2), names=["Balloon", "Tower"])
    with pytest.raises(InputError, match=r"^object 1 covers"):
        sample(still(labels, num_objects=2))
    labels[184, 180] = 1
    assert counts(sample(still(labels, num_objects=2)))[0, 1] == 3


def test_an_object_that_is_small_in_one_frame_or_never_seen_is_not_refused():
    rendered = still(square(30), num_objects=2)
    rendered.labels[0] = square(3)
    assert counts(sample(rendered)).keys() == {(1, 1)}


def test_a_still_thing_too_small_for_a_point_is_left_out():
    rendered = still(square(3))
    rendered.labels[1] = 0
    assert len(sample(rendered).rows) == 0


@pytest.mark.parametrize("scene", SCENES)
def test_golden_points(scene):
    path = GOLDEN / f"control_{scene}.npz"
    if not path.exists():
        pytest.skip("the golden data is not beside this checkout")
    with np.load(path, allow_pickle=False) as golden:
        labels, depth = golden["out_masks"].astype(np.int32), golden["out_depth"]
        num_objects, expected = len(golden["user_masks"]), golden["out_keypoints_frame_row_col_id_disp"]
    rows = sample(RenderedMasks(labels, 1 / depth, num_objects)).rows
    np.testing.assert_array_equal(rows[:, [0, 3]], expected[:, [0, 3]])
    assert np.abs(rows[:, 1:3] - expected[:, 1:3]).max() <= 1
    own = np.rint(1 / depth[rows[:, 0], rows[:, 1], rows[:, 2]])
    np.testing.assert_array_equal(rows[:, 4], np.where(own == 1, 0, own))
