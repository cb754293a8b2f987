"""Laws of the measures: perfect video, shifted video, lost object, swapped order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.adherence import by_colour as measures
from tests.evaluation.scenes import BLUE, RED, background, centres, composed, square_rgba

CORNERS = [(4 + 4 * t, 20) for t in range(6)]
BEHIND = background()


def found_error(video, truth_corners=CORNERS):
    layer = square_rgba(RED, truth_corners)
    (found,) = measures.find_objects(video, BEHIND, [measures.palette(layer)])
    path = centres(truth_corners)
    return measures.path_error(measures.trace_path(found, path[0], 100.0), path, np.ones(len(path), bool)), found


def test_the_true_video_has_no_error_and_full_overlap():
    error, found = found_error(composed(BEHIND, square_rgba(RED, CORNERS)))
    truth = square_rgba(RED, CORNERS)[..., 3] > 0
    assert error < 0.1
    assert measures.mask_iou(found, truth) > 0.85  # the 3 x 3 mean costs the corners
    assert measures.mask_iou(truth, truth) == 1


@given(st.integers(-4, 8), st.integers(-12, 12))
def test_a_shift_by_d_is_an_error_of_d(dx, dy):
    moved = [CORNERS[0]] + [(x + dx, y + dy) for x, y in CORNERS[1:]]
    error, _ = found_error(composed(BEHIND, square_rgba(RED, moved)))
    assert error == pytest.approx(np.hypot(dx, dy), abs=0.15)


def test_an_object_that_vanishes_counts_as_left_where_it_was():
    video = composed(BEHIND, square_rgba(RED, CORNERS))
    video[3:] = BEHIND
    error, _ = found_error(video)
    lag = [0, 0, 4, 8, 12]  # px behind the true path in frames 1..5
    assert error == pytest.approx(np.mean(lag), abs=0.2)


def test_two_objects_are_told_apart_by_their_colours():
    red, blue = square_rgba(RED, CORNERS), square_rgba(BLUE, [(x, 34) for x, _ in CORNERS])
    found = measures.find_objects(composed(BEHIND, red, blue), BEHIND, [measures.palette(red), measures.palette(blue)])
    for mask, layer in zip(found, (red, blue), strict=True):
        assert measures.mask_iou(mask, layer[..., 3] > 0) > 0.85


@pytest.mark.parametrize(("front", "share"), [("near", 1), ("far", 0)])
def test_front_order_is_read_from_the_overlap(front, share):
    near, far = square_rgba(RED, [(10, 10)] * 4), square_rgba(BLUE, [(14, 12)] * 4)
    order = (far, near) if front == "near" else (near, far)
    right, total = measures.front_votes(composed(BEHIND, *order), near, far)
    assert total == 3 * 6 * 8  # frame 0 is given
    assert right == share * total


def test_overlaps_of_one_colour_tell_no_order():
    near, far = square_rgba(RED, [(10, 10)] * 4), square_rgba(RED, [(14, 12)] * 4)
    assert measures.front_votes(composed(BEHIND, far, near), near, far) == (0, 0)


def test_psnr_of_a_known_error_leaves_the_given_frame_out():
    truth = np.full((3, 4, 4, 3), 100, np.uint8)
    video = truth.copy()
    video[0] = 0
    assert measures.psnr(video, truth) == float("inf")
    video[1:] = 110
    assert measures.psnr(video, truth) == pytest.approx(20 * np.log10(255 / 10))


def test_iou_is_of_the_frames_in_which_the_object_is_seen():
    truth = np.zeros((3, 8, 8), bool)
    truth[:2, :4] = True
    found = np.zeros_like(truth)
    found[1, :2] = True
    found[2] = True
    assert measures.mask_iou(found, truth) == 0.5
