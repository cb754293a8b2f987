"""Laws of sliders, clicks and camera presets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.structures import CameraKey, CameraMove, Waypoint
from levitor_core.trajectory import depth_of_nearness, resample_camera
from ui import path_editing

softnesses = st.floats(0, 200)
points = st.lists(st.builds(Waypoint, st.floats(0, 500), st.floats(0, 300)), min_size=2, max_size=8)


@given(st.floats(1 / 255, 1), softnesses)
def test_slider_and_nearness_are_each_others_inverse(nearness, softness):
    position = path_editing.slider_of_depth(depth_of_nearness(nearness, softness), softness)
    assert path_editing.nearness_of_slider(position, softness) == pytest.approx(nearness, abs=1e-6)


@given(st.floats(0, 0.9), softnesses)
def test_equal_slider_steps_change_the_size_by_equal_factors(position, softness):
    def depth(at):
        return depth_of_nearness(path_editing.nearness_of_slider(at, softness), softness)

    whole = depth(0) / depth(1)
    assert depth(position) / depth(position + 0.1) == pytest.approx(whole**0.1, rel=1e-3)


@given(points, st.data())
def test_a_point_on_a_segment_is_inserted_into_that_segment(path, data):
    segment = data.draw(st.integers(0, len(path) - 2))
    share = data.draw(st.floats(0.05, 0.95))
    before, after = path[segment], path[segment + 1]
    x, y = before.x + share * (after.x - before.x), before.y + share * (after.y - before.y)
    found = path_editing.place_in_path(path, x, y) - 1
    assert distance_to(path[found], path[found + 1], x, y) <= distance_to(before, after, x, y) + 1e-6


def distance_to(before, after, x, y):
    steps = [
        (before.x + t * (after.x - before.x), before.y + t * (after.y - before.y))
        for t in (i / 999 for i in range(1000))
    ]
    return min((px - x) ** 2 + (py - y) ** 2 for px, py in steps) ** 0.5


@given(points, st.floats(0, 500), st.floats(0, 300))
def test_the_nearest_waypoint_is_nearest(path, x, y):
    found = path[path_editing.nearest_waypoint(path, x, y)]
    assert all((found.x - x) ** 2 + (found.y - y) ** 2 <= (p.x - x) ** 2 + (p.y - y) ** 2 for p in path)


@pytest.mark.parametrize("name", path_editing.PRESETS)
@pytest.mark.parametrize("amount", [0.05, 0.35, 1.0])
def test_presets_are_recognised_and_the_engine_takes_them(name, amount):
    move = path_editing.camera_preset(name, amount, "both", (288, 512))
    assert path_editing.preset_of(move, (288, 512)) == (name, amount)
    assert resample_camera(move, 5, 30.0).moves


def test_other_cameras_are_left_as_they_are():
    assert path_editing.preset_of(CameraMove(), (288, 512)) == (path_editing.STILL, None)
    own = CameraMove((CameraKey(0.2), CameraKey(0.9, pan=(3, 4))))
    assert path_editing.preset_of(own, (288, 512)) == (path_editing.CUSTOM, None)
