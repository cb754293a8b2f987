"""Laws of occlusion, support, camera and revealed background, on random scenes."""

from dataclasses import replace

import numpy as np
import pytest

from levitor_core.errors import InputError
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.structures import CameraKey, CameraMove, OrderOverride, Scenery
from tests.reference import rendering as oracle
from tests.scenes import SIZE_HW, disc, flat_scene, moving, project_of

HEIGHT, WIDTH = SIZE_HW


def labels_of(project, num_frames=4):
    return render(animate(project, num_frames)).labels


def iou(a, b):
    return (a & b).sum() / max((a | b).sum(), 1)


def random_project(seed):
    """Two discs of flat depth, paths that cross in depth, over a farther wall, under a moving camera."""
    rng = np.random.default_rng(seed)
    things = [(tuple(rng.uniform(20, 55, 2)), rng.uniform(6, 14), float(rng.integers(90, 200))) for _ in range(2)]
    disparity, (first, second) = flat_scene(*things)
    second &= ~first
    objects = []
    for name, mask in (("first", first), ("second", second)):
        rows, columns = np.nonzero(mask)
        start = (columns.mean().round(), rows.mean().round(), 0.5)
        ends = [(*rng.uniform(5, 65, 2), rng.uniform(0.3, 0.9)) for _ in range(2)]
        item = moving(name, mask, start, *ends)
        turned = replace(item.waypoints[-1], rotation=float(rng.uniform(-90, 90)), size=float(rng.uniform(0.6, 1.6)))
        objects.append(replace(item, waypoints=(*item.waypoints[:-1], turned)))
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, tuple(rng.uniform(-8, 8, 2)), rng.uniform(0.8, 1.4))))
    return project_of(tuple(objects), disparity, camera=camera)


@pytest.mark.parametrize("seed", range(4))
def test_masks_match_an_independent_oracle(seed):
    animation = animate(random_project(seed), 3)
    rendered = render(animation)
    expected, depth = oracle.render(animation)
    for label in (1, 2):
        assert iou(rendered.labels == label, expected == label) >= 0.95
    seen = np.isfinite(depth)
    assert (rendered.labels == expected).mean() >= 0.99
    disparity = np.clip(1 / depth[seen] - animation.softness, 0, 255)
    assert np.median(np.abs(rendered.disparity[seen] - disparity)) < 0.01


def test_in_the_first_frame_nothing_has_moved():
    project = random_project(3)
    rendered = render(animate(replace(project, camera=CameraMove()), 5))
    for label, item in enumerate(project.objects, 1):
        assert np.array_equal(rendered.labels[0] == label, item.mask)
    assert np.allclose(rendered.disparity[0], project.scene.disparity, atol=0.01)


def test_the_nearer_of_two_objects_hides_the_other():
    disparity, (left, right) = flat_scene(((20, 36), 9, 200.0), ((70, 36), 9, 100.0))
    near = moving("near", left, (20, 36, 0.5), (46, 36))
    far = moving("far", right, (70, 36, 0.5), (46, 36))
    for objects in ((near, far), (far, near)):
        labels = labels_of(project_of(objects, disparity))
        assert labels[-1][36, 46] == objects.index(near) + 1
        assert (labels[-1] == objects.index(far) + 1).sum() == 0


def test_a_still_nearer_thing_hides_an_object_pixel_by_pixel():
    disparity, (mask,) = flat_scene(((20, 36), 9, 100.0))
    disparity[:, 60:66] = 220.0
    labels = labels_of(project_of((moving("ball", mask, (20, 36, 0.5), (63, 36)),), disparity))
    assert (labels[-1][:, 60:66] == 0).all()
    assert (labels[-1] == 1)[36, 55] and (labels[-1] == 1)[36, 71]


def floor_scene():
    """A ball on a floor that comes nearer towards the bottom, with a nearer pole standing on it."""
    rows = np.indices(SIZE_HW)[0].astype(np.float32)
    disparity = np.where(rows > 24, 30 + 3.0 * (rows - 24), 10.0).astype(np.float32)
    partition = np.where(rows > 24, 1, 2)
    disparity[10:64, 70:76], partition[10:64, 70:76] = 150.0, 3
    ball = disc((30, 40), 8)
    disparity[ball], partition[ball] = 30 + 3.0 * 24, 4
    return disparity, partition, ball


@pytest.mark.parametrize("with_partition", [True, False])
def test_an_object_never_sinks_into_what_it_stands_on(with_partition):
    disparity, partition, ball = floor_scene()
    item = moving("ball", ball, (30, 40, 0.5), (30, 60))
    labels = labels_of(project_of((item,), disparity, partition if with_partition else None))
    assert (labels[-1] == 1).sum() >= 0.95 * min(ball.sum(), (labels[0] == 1).sum()) * 0.9


@pytest.mark.parametrize("with_partition", [True, False])
def test_the_support_does_not_make_an_object_shine_through_other_things(with_partition):
    disparity, partition, ball = floor_scene()
    item = moving("ball", ball, (30, 40, 0.5), (73, 40))
    labels = labels_of(project_of((item,), disparity, partition if with_partition else None))
    assert (labels[-1][34:46, 70:76] != 1).all()
    assert labels[-1][40, 67] == 1


@pytest.mark.parametrize("relation, visible", [("front", True), ("behind", False)])
def test_a_fixed_order_beats_depth(relation, visible):
    disparity, (left, right) = flat_scene(((20, 36), 9, 120.0), ((70, 36), 9, 120.0))
    other = moving("other", right, (70, 36, 0.5), (46, 36, 0.2 if relation == "behind" else 0.9))
    order = (OrderOverride("other", relation),)
    item = moving("item", left, (20, 36, 0.5), (46, 36), order_overrides=order)
    labels = labels_of(project_of((item, other), disparity))
    assert (labels[-1][36, 46] == 1) == visible


def test_a_fixed_order_against_still_things_and_scenery():
    disparity, (mask, pole) = flat_scene(((20, 36), 9, 100.0), ((60, 36), 9, 220.0))
    scenery = (Scenery("pole", pole),)
    item = moving("item", mask, (20, 36, 0.5), (60, 36), order_overrides=(OrderOverride("pole", "front"),))
    assert labels_of(project_of((item,), disparity, scenery=scenery))[-1][36, 60] == 1
    unknown = replace(item, order_overrides=(OrderOverride("nobody", "front"),))
    with pytest.raises(InputError, match="item is ordered against 'nobody'"):
        labels_of(project_of((unknown,), disparity))


def test_on_ground_takes_the_depth_of_the_ground_beneath():
    disparity, partition, ball = floor_scene()
    item = moving("ball", ball, (30, 40, 0.5), (30, 52), on_ground=True)
    animation = animate(project_of((item,), disparity, partition), 5)
    layer = animation.layers[0]
    z = layer.trajectory.z
    assert z[0] == pytest.approx(layer.anchor_z) and (np.diff(z) < 0).all()
    contact = 52 + 8 * layer.anchor_z / z[-1]  # lower by the radius, as it has grown
    ground = 1 / (30 + 3.0 * (contact - 24) + 30), 1 / (30 + 3.0 * 24 + 30)
    assert z[-1] / z[0] == pytest.approx(ground[0] / ground[1], rel=0.03)


def test_a_hidden_object_is_taken_out_of_the_picture():
    disparity, (mask, other) = flat_scene(((30, 36), 9, 150.0), ((70, 36), 6, 150.0))
    hidden = replace(moving("gone", mask, (30, 36, 0.5), (60, 36)), hidden=True)
    stays = moving("stays", other, (70, 36, 0.5))
    rendered = render(animate(project_of((hidden, stays), disparity, np.ones(SIZE_HW)), 3))
    assert not (rendered.labels == 1).any() and (rendered.labels[0][mask] == 3).all()
    assert np.abs(rendered.disparity[0][mask] - 20).max() < 1
    assert np.array_equal(rendered.labels[0] == 2, other)


def test_the_revealed_background_is_no_nearer_than_what_was_there():
    disparity, partition, ball = floor_scene()
    animation = animate(project_of((moving("ball", ball, (30, 40, 0.5), (60, 20)),), disparity, partition), 3)
    was = 1 / (disparity[ball] + 30)
    assert (animation.z[ball] >= was * (1 - 1e-5)).all()
    assert set(np.unique(animation.labels[ball])) <= {2, 3, 4}  # merged ids of wall, floor, pole; never the ball
    assert np.abs(1 / animation.z[disc((30, 40), 3)] - 30 - (30 + 3.0 * 16)).mean() < 15  # as the floor around it


def test_a_pan_moves_everything_and_leaves_nothing_behind():
    disparity, (mask,) = flat_scene(((30, 36), 9, 150.0))
    pan = CameraMove((CameraKey(0.0, (6.0, -4.0)),))
    rendered = render(
        animate(project_of((moving("it", mask, (30, 36, 0.5), (50, 36)),), disparity, np.ones(SIZE_HW), pan), 3)
    )
    still = render(animate(project_of((moving("it", mask, (30, 36, 0.5), (50, 36)),), disparity, np.ones(SIZE_HW)), 3))
    assert np.array_equal(rendered.labels[:, :-4, 6:], still.labels[:, 4:, :-6])
    assert (rendered.labels[:, -4:] == 0).all() and (rendered.labels[:, :, :6] == 0).all()
    assert (rendered.disparity[:, -4:] == 0).all()


def test_pinned_objects_stay_on_the_screen_while_the_camera_moves():
    disparity, (mask,) = flat_scene(((30, 36), 9, 150.0))
    item = moving("it", mask, (30, 36, 0.5), (50, 36), pinned_to_screen=True)
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, (20.0, 0.0), 1.5, 0.4)))
    pinned, still = (labels_of(project_of((item,), disparity, camera=move)) for move in (camera, CameraMove()))
    assert np.array_equal(pinned == 1, still == 1)


def test_pushing_in_leaves_no_holes_and_brings_things_nearer():
    disparity, _ = flat_scene(((48, 36), 12, 200.0))
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, push=0.6)))
    rendered = render(animate(project_of((), disparity, np.where(disparity > 100, 2, 1), camera), 4))
    assert (rendered.labels > 0).all()
    areas = (rendered.labels == 2).sum((1, 2))
    z = 1 / 230
    grown = (z / (z - 0.6 / 285)) ** 2
    assert areas[-1] / areas[0] == pytest.approx(grown, rel=0.08)
    assert rendered.disparity[-1][36, 48] > 250


@pytest.mark.parametrize("seed", range(3))
def test_before_the_photos_front_disparity_stays_in_range_and_in_order(seed):
    rng = np.random.default_rng(seed)
    nearness = rng.permutation(np.linspace(0.7, 4, 4))
    things = [((14 + 22 * i, 36), 7, float(rng.integers(60, 250))) for i in range(4)]
    disparity, masks = flat_scene(*things)
    objects = tuple(
        moving(f"{i}", mask, (14 + 22 * i, 36), (14 + 22 * i, 36, near))
        for i, (mask, near) in enumerate(zip(masks, nearness, strict=True))
    )
    animation = animate(project_of(objects, disparity), 3)
    rendered = render(animation)
    assert rendered.disparity.max() <= 255
    seen = {layer.label: rendered.disparity[-1][rendered.labels[-1] == layer.label] for layer in animation.layers}
    reached = {label: values.mean() for label, values in seen.items() if len(values)}
    wanted = sorted(reached, key=lambda label: nearness[label - 1])
    assert sorted(reached, key=reached.__getitem__) == wanted and len(set(reached.values())) == len(reached)
    far = disparity < 190
    assert np.allclose(rendered.disparity[0][far], disparity[far], atol=0.01)


def test_a_scene_without_objects_or_motion_is_the_scene():
    disparity, _ = flat_scene(((48, 36), 12, 200.0))
    rendered = render(animate(project_of((), disparity, np.where(disparity > 100, 2, 1)), 2))
    assert np.array_equal(rendered.labels[1], np.where(disparity > 100, 2, 1))
    assert np.allclose(rendered.disparity[1], disparity, atol=0.01)
