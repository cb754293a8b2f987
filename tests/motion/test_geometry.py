"""Laws of movement on random numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.motion.geometry import (
    Pose,
    View,
    closest_depth,
    depth_from_disparity,
    disparity_from_depth,
    displace,
    image_center,
    nearest_depth,
    project,
    undisplace,
    unproject,
)
from levitor_core.motion.trajectory import depth_of_nearness

SOFTNESS = 30.0
NEAR = nearest_depth(SOFTNESS)
CENTER = image_center((288, 512))
coordinate = st.floats(-50, 600)
CLOSEST = closest_depth(NEAR)
depth = st.floats(CLOSEST, 1 / 31)
pose = st.builds(
    Pose,
    st.tuples(coordinate, coordinate),
    depth,
    st.tuples(coordinate, coordinate),
    depth,
    st.floats(0.2, 5),
    st.floats(-7, 7),
)


def numbers(*values):
    return [np.array(value, dtype=np.float64) for value in values]


@given(pose)
def test_the_anchor_lands_on_the_path_at_the_paths_depth(pose):
    u, v, z = displace(*numbers(*pose.anchor_xy, pose.anchor_z), pose, CENTER, NEAR)
    assert np.allclose((u, v), pose.xy, atol=1e-6)
    assert np.isclose(z, pose.z)


@given(coordinate, coordinate, depth, st.tuples(coordinate, coordinate), depth)
def test_without_movement_nothing_changes(x, y, z, anchor, anchor_z):
    still = Pose(anchor, anchor_z, anchor, anchor_z)
    assert np.allclose(displace(*numbers(x, y, z), still, CENTER, NEAR), (x, y, z), atol=1e-6)


@given(pose, coordinate, coordinate)
def test_size_scales_by_the_ratio_of_depths(pose, x, y):
    z = pose.anchor_z
    u, v, _ = displace(*numbers(x, y, z), pose, CENTER, NEAR)
    before = np.hypot(x - pose.anchor_xy[0], y - pose.anchor_xy[1])
    after = np.hypot(u - pose.xy[0], v - pose.xy[1])
    assert np.isclose(after, before * pose.size * pose.anchor_z / pose.z, rtol=1e-6, atol=1e-6)


@given(pose, coordinate, coordinate, depth)
def test_undisplace_takes_back_displace(pose, x, y, z):
    u, v, _ = displace(*numbers(x, y, z), pose, CENTER, NEAR)
    assert np.allclose(undisplace(u, v, np.array(z), pose, CENTER, NEAR), (x, y), atol=1e-4)


@given(pose, coordinate, coordinate, depth)
def test_no_pixel_comes_closer_than_the_largest_nearness(pose, x, y, z):
    assert displace(*numbers(x, y, z), pose, CENTER, NEAR)[2] >= CLOSEST


@given(st.floats(0, 10_000), st.floats(0, 4))
def test_nearness_goes_to_four_and_survives_the_way_through_depth(softness, nearness):
    z = depth_of_nearness(nearness, softness)
    assert z >= closest_depth(nearest_depth(softness)) * (1 - 1e-9)
    assert np.isclose(disparity_from_depth(np.array(z), softness), max(255 * nearness, 1), atol=1e-6)


def test_rotation_is_clockwise_on_the_screen():
    quarter = Pose((100, 100), 0.01, (100, 100), 0.01, rotation=np.pi / 2)
    u, v, _ = displace(*numbers(110, 100, 0.01), quarter, CENTER, NEAR)
    assert np.allclose((u, v), (100, 110))  # right of the anchor turns to below it


@given(
    st.tuples(coordinate, coordinate), st.floats(0.3, 4), st.floats(-0.02, 0.7 * NEAR), coordinate, coordinate, depth
)
def test_unproject_takes_back_project(pan, zoom, push, x, y, z):
    view = View(pan, zoom, push)
    u, v, _ = project(*numbers(x, y, z), view, CENTER, NEAR)
    assert np.allclose(unproject(u, v, np.array(z), view, CENTER, NEAR), (x, y), atol=1e-4)


def test_pushing_in_enlarges_near_things_more_than_far_ones():
    x, y = numbers(CENTER[0] + 10, CENTER[1])
    grown = [project(x, y, np.array(z), View(push=0.5 * NEAR), CENTER, NEAR)[0] - CENTER[0] for z in (NEAR, 4 * NEAR)]
    assert grown[0] == 20 and 10 < grown[1] < 12


@given(st.floats(1, 255))
def test_disparity_survives_the_way_through_depth(disparity):
    z = depth_from_disparity(np.array([disparity]), SOFTNESS)
    assert np.isclose(disparity_from_depth(z, SOFTNESS), disparity, atol=1e-6)
