"""Laws of paths."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from levitor_core.errors import InputError
from levitor_core.motion.trajectory import DEPTH_WEIGHT, depth_of_nearness, resample, resample_camera
from levitor_core.structures import CameraKey, CameraMove, Waypoint

pytestmark = pytest.mark.filterwarnings("error")  # not even of waypoints that all but coincide

SIZE_HW = (512, 288)
SOFTNESS = 30.0
Z0 = depth_of_nearness(0.5, SOFTNESS)
waypoint = st.builds(Waypoint, st.floats(0, 288), st.floats(0, 512), st.none() | st.floats(0, 1))
path = st.lists(waypoint, min_size=2, max_size=6)


def path_of(waypoints, num_frames=16, **options):
    return resample(waypoints, Z0, num_frames, SIZE_HW, SOFTNESS, **options)


@given(path, st.sampled_from(["even", "per-click"]), st.sampled_from(["none", "in", "out", "both"]))
def test_a_path_begins_at_its_anchor_and_ends_at_its_last_waypoint(waypoints, timing, easing):
    track = path_of(waypoints, timing=timing, easing=easing)
    assert np.allclose(track.xy[0], (waypoints[0].x, waypoints[0].y), atol=1e-6)
    assert np.allclose(track.xy[-1], (waypoints[-1].x, waypoints[-1].y), atol=1e-6)
    assert np.isclose(track.z[0], Z0) and track.size[0] == 1 and track.rotation[0] == 0


@settings(max_examples=60)
@given(path)
def test_even_steps_differ_by_at_most_a_tenth(waypoints):
    assume(all(np.hypot(a.x - b.x, a.y - b.y) > 5 for a, b in pairwise(waypoints)))  # holds have a law of their own
    track = path_of(waypoints, num_frames=400)
    weight = DEPTH_WEIGHT * np.hypot(*SIZE_HW)
    steps = np.linalg.norm(np.diff(track.xy, axis=0), axis=1) + weight * np.abs(np.diff(np.log(track.z)))
    turns = _turning_frames(track)
    assert steps[~turns].max(initial=0) <= 1.1 * steps[~turns].min(initial=np.inf) + 0.02


def _turning_frames(track):
    """Steps in which a coordinate turns back or stands still: a chord there is shorter than its path."""
    weight = DEPTH_WEIGHT * np.hypot(*SIZE_HW)
    step = np.diff(np.column_stack([track.xy, weight * np.log(track.z)]), axis=0)
    bend = np.linalg.norm(np.diff(step / (np.linalg.norm(step, axis=1, keepdims=True) + 1e-9), axis=0), axis=1) > 0.1
    turning = np.zeros(len(step), bool)
    turning[:-1] |= bend
    turning[1:] |= bend
    return turning


@pytest.mark.parametrize("step", [5e-324, 1e-310, 1e-300, -1e-309])
def test_steps_too_small_for_a_slope_hold(step):
    track = path_of([Waypoint(index * step, 50, time=index / 3) for index in range(4)])
    assert np.allclose(track.xy, (0, 50))


def test_a_straight_approach_has_length_and_moves_evenly_in_size():
    track = path_of([Waypoint(50, 50), Waypoint(50, 50, 1.0)])
    ratios = track.z[:-1] / track.z[1:]
    assert np.allclose(track.xy, 50) and ratios.max() / ratios.min() < 1.01


def test_per_click_gives_every_segment_the_same_time():
    track = path_of([Waypoint(0, 0), Waypoint(10, 0), Waypoint(200, 0)], num_frames=3, timing="per-click")
    assert np.allclose(track.xy[1], (10, 0))


def test_timed_waypoints_are_passed_on_time_and_the_ends_hold():
    waypoints = [Waypoint(0, 0, time=0.25), Waypoint(100, 0, time=0.5), Waypoint(100, 80), Waypoint(200, 80, time=0.75)]
    track = path_of(waypoints, num_frames=9)
    assert np.allclose(track.xy[:3], (0, 0)) and np.allclose(track.xy[4], (100, 0))
    assert np.allclose(track.xy[6:], (200, 80))


@pytest.mark.parametrize("timing", ["even", "per-click"])
def test_coincident_waypoints_are_holds(timing):
    waypoints = [Waypoint(0, 0), Waypoint(90, 0), Waypoint(90, 0), Waypoint(180, 0)]
    track = path_of(waypoints, num_frames=31, timing=timing)
    assert (np.linalg.norm(track.xy - (90, 0), axis=1) < 1e-6).sum() in (10, 11)


def test_one_waypoint_stays():
    track = path_of([Waypoint(7, 9, time=0.5)])
    assert np.allclose(track.xy, (7, 9)) and np.allclose(track.z, Z0)


def test_same_nearness_repeats_the_waypoint_before():
    track = path_of([Waypoint(0, 0), Waypoint(50, 0, 0.9), Waypoint(100, 0)])
    assert np.isclose(track.z[-1], depth_of_nearness(0.9, SOFTNESS))


def test_easing_changes_when_not_where():
    waypoints = [Waypoint(0, 0), Waypoint(160, 0)]
    plain, gentle = path_of(waypoints), path_of(waypoints, easing="in")
    assert gentle.xy[1, 0] < plain.xy[1, 0] and np.allclose(gentle.xy[:, 1], 0)
    both = path_of(waypoints, easing="both")
    assert np.allclose(both.xy[:, 0] + both.xy[::-1, 0], 160)


def test_size_and_rotation_are_counted_from_the_first_waypoint():
    track = path_of([Waypoint(0, 0, size=2, rotation=90), Waypoint(10, 0, size=4, rotation=180)])
    assert np.isclose(track.size[-1], 2) and np.isclose(track.rotation[-1], np.pi / 2)


def test_times_that_go_back_are_refused():
    with pytest.raises(InputError, match="must not go back"):
        path_of([Waypoint(0, 0, time=0.5), Waypoint(9, 9, time=0.2)])


def test_a_camera_holds_before_and_after_its_keys_and_zooms_logarithmically():
    move = CameraMove((CameraKey(0.25), CameraKey(0.75, (8, 0), 4.0, 0.5)))
    track = resample_camera(move, 9, SOFTNESS)
    assert np.allclose(track.zoom[[0, 2, 4, 6, 8]], [1, 1, 2, 4, 4])
    assert np.isclose(track.push[-1], 0.5 / (255 + SOFTNESS)) and np.allclose(track.pan[-1], (8, 0))
    assert not resample_camera(CameraMove(), 5, SOFTNESS).moves


@pytest.mark.parametrize(
    "change, message", [({"zoom": 0.0}, "Zoom"), ({"push": 0.9}, "Push"), ({"time": 0.0}, "stand at time")]
)
def test_impossible_cameras_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        key = replace(CameraKey(1.0), **change)
        resample_camera(CameraMove((CameraKey(0.0), key)), 4, SOFTNESS)
