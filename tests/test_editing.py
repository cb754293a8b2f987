"""Changes to a project: each returns a new one or one sentence, and leaves the old one as it was."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core import editing
from levitor_core.cli import main
from levitor_core.document import MAX_OBJECTS, MAX_WAYPOINTS, DepthStroke, OrderOverride
from levitor_core.errors import InputError
from levitor_core.files import project_file
from levitor_core.structures import CameraKey, CameraMove, Project, Scene, Waypoint

H, W = 24, 32


def blank():
    image = np.zeros((H, W, 3), np.uint8)
    return Project(
        photo=image, scene=Scene(image, np.zeros((H, W), np.float32), np.zeros((H, W), np.int32), "flat", "none")
    )


def disc(x=10, y=8, radius=4):
    ys, xs = np.mgrid[:H, :W]
    return np.hypot(xs - x, ys - y) < radius


def two():
    return editing.add_object(editing.add_object(blank(), disc(), "cup"), disc(22, 14), "mug")


def test_an_object_starts_where_its_mask_is_even_when_the_middle_is_hollow():
    ring = disc(16, 12, 9) & ~disc(16, 12, 6)
    start = editing.add_object(blank(), ring).objects[0].waypoints[0]
    assert ring[round(start.y), round(start.x)]


def test_names_are_free_or_refused():
    project = editing.add_object(two(), disc())
    assert [item.name for item in project.objects] == ["cup", "mug", "object 1"]
    for name in ("cup", "x" * 61, "a\nb"):
        with pytest.raises(InputError, match="name"):
            editing.add_object(project, disc(), name)


def test_a_deleted_object_leaves_no_order_behind_and_others_keep_theirs():
    project = editing.set_order(two(), "cup", "mug", "front")
    assert project.objects[0].order_overrides[0].name == "mug"
    assert editing.delete_object(project, "mug").objects[0].order_overrides == ()
    assert editing.set_order(project, "cup", "mug", "depth").objects[0].order_overrides == ()
    with pytest.raises(InputError, match="nothing else"):
        editing.set_order(project, "cup", "cup", "front")


@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2, st.one_of(st.none(), st.floats(-1, 2))), max_size=4))
def test_a_path_is_taken_whole_or_refused(places):
    project = two()
    try:
        path = [Waypoint(*place) for place in places]
        after = editing.set_path(project, "cup", tuple(path))
    except InputError as error:
        assert str(error).endswith(".") and "\n" not in str(error)
    else:
        assert [point.x for point in after.objects[0].waypoints] == [point.x for point in path]
        assert all(point.nearness is None for point in after.objects[0].waypoints[:1])
        assert after.objects[1] is project.objects[1]
    assert len(project.objects[0].waypoints) == 1


def test_motion_and_camera_are_checked():
    project = editing.set_motion(two(), "cup", easing="both", on_ground=True)
    assert project.objects[0].easing == "both" and project.objects[0].on_ground and not project.objects[1].on_ground
    with pytest.raises(InputError, match="Timing"):
        editing.set_motion(project, "cup", timing="late")  # type: ignore[arg-type]
    assert (
        editing.set_camera(project, CameraMove((CameraKey(0.0), CameraKey(1.0, push=0.3)))).camera.keys[1].push == 0.3
    )
    with pytest.raises(InputError, match="later"):
        editing.set_camera(project, CameraMove((CameraKey(0.5), CameraKey(0.5))))
    for values in ({"push": 2.0}, {"zoom": 0.0}, {"time": 1.5}):
        with pytest.raises(InputError):
            CameraKey(**{"time": 0.0, **values})


def test_a_project_is_bounded():
    project = blank()
    for _ in range(MAX_OBJECTS):
        project = editing.add_object(project, disc())
    with pytest.raises(InputError, match="at most 64 objects"):
        editing.add_object(project, disc())
    with pytest.raises(InputError, match="at most"):
        editing.set_path(project, "object 1", (Waypoint(1, 1),) * (MAX_WAYPOINTS + 1))
    with pytest.raises(InputError, match="no object called"):
        editing.find_object(project, "vase")
    with pytest.raises(InputError, match="empty"):
        editing.add_object(blank(), np.zeros((H, W), bool))


def test_a_copy_shows_the_same_pixels_on_its_own_path_and_outlives_its_original():
    project = editing.duplicate(editing.duplicate(two(), "cup"), "cup 1", "third")
    assert [(item.name, item.copy_of) for item in project.objects[2:]] == [("cup 1", "cup"), ("third", "cup")]
    changed = editing.set_mask(project, "third", disc(11, 9))
    assert [item.mask[9, 11 + 4] for item in changed.objects] == [False, False, False, False]
    assert [item.mask[9, 11 + 3] for item in changed.objects] == [True, False, True, True]
    left = editing.delete_object(changed, "cup")
    assert [(item.name, item.copy_of) for item in left.objects] == [("mug", None), ("cup 1", None), ("third", "cup 1")]
    assert [item.copy_of for item in editing.delete_object(left, "third").objects] == [None, None]
    with pytest.raises(InputError, match="taken"):
        editing.duplicate(project, "cup", "mug")


def test_an_object_rides_on_one_that_moves_and_that_rides_on_none():
    project = editing.set_path(two(), "cup", (Waypoint(10, 8), Waypoint(20, 8, 0.5)))
    tied = editing.follow(project, "mug", "cup")
    assert tied.objects[1].follows == "cup" and [point.x for point in tied.objects[1].waypoints] == [22, 32]
    for name, other in (("cup", "mug"), ("cup", "cup")):
        with pytest.raises(InputError, match="cannot ride"):
            editing.follow(tied, name, other)
    with pytest.raises(InputError, match="no path"):
        editing.follow(two(), "mug", "cup")
    for freed in (editing.delete_object(tied, "cup"), editing.follow(tied, "mug", None)):
        assert freed.objects[-1].follows is None and freed.objects[-1].moves


def test_the_command_line_orders_things_and_mends_their_depth(tmp_path):
    job = tmp_path / "job.levitor"
    project = two()
    guess = replace(project.scene, depth_is_stand_in=True, depth_source="ground-plane stand-in")
    project_file.save(replace(project, scene=guess), job)
    stroke = ["--brush", "level", "--along", "3,4", "-2,9", "--radius", "7"]
    for words in (
        ["order", job, "cup", "mug", "behind", "--start", "0.5"],
        ["mend", job, *stroke],
        ["mend", job, "--take", "flat"],
    ):
        assert main([str(word) for word in words]) == 0
    made = project_file.open_project(job)
    assert made.objects[0].order_overrides == (OrderOverride("mug", "behind", 0.5, 1.0),)
    assert made.depth_strokes == (DepthStroke("level", ((3, 4), (-2, 9)), 7.0),)
    assert np.ptp(made.scene.disparity) == 0 and made.scene.depth_source == "ground-plane stand-in, flat"
    for bad in (
        ["mend", job],
        ["mend", job, "--brush", "nearer"],
        ["mend", job, "--horizon", "9"],
        ["order", job, "cup", "cup", "front"],
    ):
        assert main([str(word) for word in bad]) == 2
    assert project_file.open_project(job).depth_strokes == made.depth_strokes
    assert main(["mend", str(job), "--clear"]) == 0 and project_file.open_project(job).depth_strokes == ()
