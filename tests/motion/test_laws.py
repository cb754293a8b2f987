"""Laws of what may hide what, on random scenes and on real photos."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from levitor_core.depth.ground_plane import GroundPlane
from levitor_core.motion.animation import animate
from levitor_core.motion.geometry import Pose, displace, image_center, nearest_depth
from levitor_core.motion.neighbourhood import dilate
from levitor_core.motion.rendering import render
from levitor_core.structures import OrderOverride, SceneObject, Scenery, Waypoint
from tests.scenes import disc, flat_scene, project_of

SIZE_HW = (96, 128)
NEAR = nearest_depth(30.0)
ROWS, COLUMNS = np.indices(SIZE_HW)


def iou(a, b):
    return (a & b).sum() / max((a | b).sum(), 1)


def moved_by(mask, dx, dy):
    out = np.zeros_like(mask)
    out[max(dy, 0) : mask.shape[0] + min(dy, 0), max(dx, 0) : mask.shape[1] + min(dx, 0)] = mask[
        max(-dy, 0) : mask.shape[0] + min(-dy, 0), max(-dx, 0) : mask.shape[1] + min(-dx, 0)
    ]
    return out


def any_ground(seed):
    """A sloping, tilted, slightly rough ground, whole or in instances, a ball on it and a way down."""
    random = np.random.default_rng(seed)
    horizon, slope, tilt = random.uniform(10, 25), random.uniform(1.0, 2.6), random.uniform(-0.15, 0.15)
    ground = 12 + slope * (ROWS - horizon).clip(0) + tilt * (COLUMNS - 64) * (horizon < ROWS)
    disparity = (ground + random.uniform(-1, 1, SIZE_HW)).clip(1, 255).astype(np.float32)
    stripes = 1 + (ROWS // int(random.integers(12, 30))) % 3 + 3 * (COLUMNS // int(random.integers(30, 70)) % 2)
    partition = [np.zeros(SIZE_HW), np.where(horizon < ROWS, 1, 2), stripes][seed % 3]
    x, y = int(random.integers(30, 95)), int(horizon + random.integers(14, 18))
    mask = disc((x, y), 12, SIZE_HW)
    disparity[mask] = ground[min(y + 12, 95), x]
    shift = int(random.integers(-15, 15)), int(random.integers(10, 80 - y))
    return disparity, partition, mask, (x, y), shift


@pytest.mark.parametrize("guessed", [False, True])
@pytest.mark.parametrize("seed", range(9))
def test_nothing_sinks_into_what_carries_it_when_it_is_dragged_down(seed, guessed):
    disparity, partition, mask, (x, y), (dx, dy) = any_ground(seed)
    item = SceneObject("ball", mask, waypoints=(Waypoint(x, y), Waypoint(x + dx, y + dy)))
    project = project_of((item,), disparity, partition)
    project = replace(project, scene=replace(project.scene, depth_is_stand_in=guessed))
    assert iou(render(animate(project, 2)).labels[-1] == 1, moved_by(mask, dx, dy)) >= 0.97


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_where_something_was_hides_no_more_than_its_surroundings(seed):
    random = np.random.default_rng(seed)
    waves = sum(np.sin(random.uniform(-0.2, 0.2) * COLUMNS + random.uniform(-0.2, 0.2) * ROWS) for _ in range(3))
    disparity = (random.uniform(40, 160) + random.uniform(5, 40) * waves).clip(1, 255).astype(np.float32)
    gone = disc(tuple(random.uniform(30, 90, 2) * (1, 0.7)), random.uniform(9, 20), SIZE_HW)
    disparity[gone] += random.uniform(-30, 90)
    hidden = SceneObject("gone", gone, hidden=True)
    resolved = animate(project_of((hidden,), disparity.clip(1, 255)), 1)
    beside = dilate(gone, 7) & ~gone
    filled = 1 / resolved.z - resolved.softness
    assert filled[gone].max() <= filled[beside].max() + 0.5


def test_a_copy_leaves_its_original_in_place_and_moves_as_it_would():
    disparity, (mask,) = flat_scene(((30, 30), 9, 120), size_hw=SIZE_HW)
    item, path = SceneObject("ball", mask), (Waypoint(30, 30), Waypoint(60, 40, 0.6))
    moved = animate(project_of((replace(item, waypoints=path),), disparity), 5)
    copied = animate(project_of((item, replace(item, name="twin", waypoints=path, copy_of="ball")), disparity), 5)
    assert moved.removed.any() and not copied.removed.any() and (copied.labels[mask] == 1).all()
    (own,), (twin,) = moved.layers, copied.layers
    assert twin.label == 2 and twin.anchor_z == own.anchor_z
    np.testing.assert_array_equal(twin.mask, own.mask)
    np.testing.assert_array_equal(twin.z, own.z)
    np.testing.assert_array_equal(twin.trajectory.xy, own.trajectory.xy)


@pytest.mark.parametrize("depth", [120, 40])  # of the rider: a guess may have it elsewhere
@pytest.mark.parametrize("end", [Waypoint(60, 40), Waypoint(60, 40, 0.9, size=1.5, rotation=90)])
def test_what_rides_on_another_stays_the_part_of_it_that_it_stands_on(end, depth):
    disparity, (rider, body) = flat_scene(((34, 26), 3, depth), ((30, 30), 12, 120), size_hw=SIZE_HW)
    car = SceneObject("car", body, waypoints=(Waypoint(30, 30), end), easing="both")
    tied = SceneObject("flag", rider, waypoints=(Waypoint(34, 26), Waypoint(0, 0)), follows="car")
    leader, follower = animate(project_of((car, tied), disparity), 7).layers
    for frame in range(7):
        where = displace(34.0, 26.0, np.float64(leader.anchor_z), Pose.of(leader, frame), image_center(SIZE_HW), NEAR)
        assert np.allclose(follower.trajectory.xy[frame], where[:2])
    grown = [layer.anchor_z / layer.trajectory.z for layer in (leader, follower)]
    np.testing.assert_allclose(*grown)
    np.testing.assert_array_equal(follower.trajectory.size, leader.trajectory.size)
    alone = animate(project_of((replace(car, waypoints=()), tied), disparity), 7).layers[0]
    assert np.allclose(alone.trajectory.xy[-1], 0)  # what has no path carries nothing


@pytest.mark.parametrize("photo", ["astronaut", "coffee", "rocket", "chelsea"])
def test_on_real_photos_a_card_keeps_its_silhouette_until_someone_puts_it_behind(photo):
    image = cv2.resize(np.atleast_3d(getattr(data, photo)())[..., :3], SIZE_HW[::-1], interpolation=cv2.INTER_AREA)
    disparity = GroundPlane().estimate(image, SIZE_HW)
    random = np.random.default_rng(len(photo))
    x, y, dx, dy = (int(random.integers(*span)) for span in ((20, 40), (20, 70), (25, 35), (-9, 10)))
    mask, post = disc((x, y), 12, SIZE_HW), abs(COLUMNS - x - dx) < 5
    way = tuple(Waypoint(x + n * dx, y + n * dy) for n in range(3))
    free = SceneObject("thing", mask, waypoints=way, timing="per-click")
    bound = replace(free, order_overrides=(OrderOverride("post", "behind", 0.25, 0.75),))
    for item, covered in ((free, np.zeros_like(post)), (bound, post)):
        project = project_of((item,), disparity, scenery=(Scenery("post", post, shift=-255),))
        project = replace(project, scene=replace(project.scene, image=image, depth_is_stand_in=True))
        labels = render(animate(project, 3)).labels
        for n in range(3):
            assert iou(labels[n] == 1, moved_by(mask, n * dx, n * dy) & ~(covered & (n == 1))) >= 0.97
