"""What every preview must obey: rest, landing, occlusion, no holes, the camera, and the renderer's interface."""

from dataclasses import replace

import cv2
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings

from levitor_core.errors import Cancelled
from levitor_core.monitor import Monitor
from levitor_core.motion.animation import animate
from levitor_core.motion.neighbourhood import dilate
from levitor_core.motion.preflight import check
from levitor_core.motion.rendering import render
from levitor_core.renderers import with_settings
from levitor_core.renderers.preview import PreviewRenderer
from levitor_core.structures import CameraKey, CameraMove, OrderOverride, Project, SceneObject, Waypoint
from tests.preview.pictures import BLUE, RED, coloured, frames_of, iou, is_colour
from tests.scenes import SIZE_HW, disc, flat_scene, moving


def one_disc(*waypoints: tuple[float, ...], **changes: object) -> Project:
    disparity, (mask,) = flat_scene(((30.0, 36.0), 13.0, 120.0))
    item = moving("ball", mask, (30, 36), *waypoints, **changes)
    return coloured(disparity, (item, RED))


def photo_at_rest() -> Project:
    photo = cv2.resize(pytest.importorskip("skimage.data").astronaut(), (256, 256), interpolation=cv2.INTER_AREA)
    disparity = np.full((128, 128), 20, np.float32)
    mask = disc((60, 40), 18, (128, 128))
    disparity[mask] = 120
    project = coloured(disparity, (moving("face", mask, (60, 40), (60, 40)), RED))
    small = cv2.resize(photo, (128, 128), interpolation=cv2.INTER_AREA)
    return replace(project, photo=photo, scene=replace(project.scene, image=small))


@pytest.mark.parametrize("height", [None, 200, 256])
def test_without_movement_frames_are_the_resized_photo(height: int | None) -> None:
    project = photo_at_rest()
    project = with_settings(project, height=height, size="draft", num_frames=2)
    frames = frames_of(project)
    size = height or 128
    expected = cv2.resize(project.photo, (size, size), interpolation=cv2.INTER_AREA)
    mask = cv2.resize(project.objects[0].mask.astype(np.uint8), (size, size)) > 0
    edge = dilate(mask, 8 * size / 128) & dilate(~mask, 4 * size / 128)
    difference = np.abs(frames.astype(int) - expected).max(-1)
    assert difference[:, ~edge].max() <= 2
    assert difference.mean() < 1.5


def test_a_project_without_objects_is_its_photo() -> None:
    project = replace(photo_at_rest(), objects=())
    np.testing.assert_array_equal(frames_of(project)[3], project.photo)
    expected = cv2.resize(project.photo, (128, 128), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(frames_of(with_settings(project, size="draft"))[3], expected)


places = st.tuples(st.floats(15, 80), st.floats(15, 57), st.floats(0.2, 0.8))


@settings(max_examples=10, phases=[Phase.explicit, Phase.generate])
@given(places, places, st.floats(-90, 90), st.floats(0.7, 1.4))
def test_objects_are_where_the_engine_puts_them(
    first: tuple[float, float, float], second: tuple[float, float, float], turn: float, size: float
) -> None:
    assume(abs(first[2] - second[2]) > 0.03)  # on a tie either may be in front
    disparity, (ball, box, _) = flat_scene(
        ((26.0, 30.0), 14.0, 110.0), ((70.0, 42.0), 12.0, 80.0), ((48.0, 60.0), 8.0, 140.0)
    )
    objects = (
        (SceneObject("ball", ball, waypoints=(Waypoint(26, 30), Waypoint(*first, size=size, rotation=turn))), RED),
        (moving("box", box, (70, 42), second), BLUE),
    )
    project = coloured(disparity, *objects, num_frames=4)
    frames, rendered = frames_of(project), render(animate(project, 4))
    for label, (_, colour) in enumerate(objects, start=1):
        for frame, labels in zip(frames, rendered.labels, strict=True):
            own = labels == label
            outline = dilate(own, 1.5) & dilate(~own, 1.5)
            assert ((is_colour(frame, colour) ^ own) & ~outline).sum() <= 5  # pixels, of several hundred
    everything = [(is_colour(frames, colour), rendered.labels == i + 1) for i, (_, colour) in enumerate(objects)]
    assert np.mean([iou(*pair) for pair in everything]) >= 0.95


def test_nearer_things_cover_farther_ones() -> None:
    disparity, (ball, post) = flat_scene(((24.0, 36.0), 12.0, 60.0), ((60.0, 36.0), 10.0, 150.0))
    behind = coloured(disparity, (moving("ball", ball, (24, 36), (60, 36)), RED))
    assert not is_colour(frames_of(behind)[-1], RED)[disc((60, 36), 8)].any()
    before = coloured(disparity, (moving("ball", ball, (24, 36), (60, 36, 0.9)), RED))
    assert is_colour(frames_of(before)[-1], RED)[disc((60, 36), 8)].all()
    post_item = SceneObject("post", post)
    forced = moving("ball", ball, (24, 36), (60, 36), order_overrides=(OrderOverride("post", "front"),))
    overridden = coloured(disparity, (forced, RED), (post_item, BLUE))
    assert is_colour(frames_of(overridden)[-1], RED)[disc((60, 36), 8)].all()


def test_of_two_moving_objects_the_fixed_order_or_the_nearer_wins() -> None:
    disparity, (left, right) = flat_scene(((24.0, 36.0), 12.0, 60.0), ((70.0, 36.0), 12.0, 120.0))
    for override, on_top in (((), BLUE), ((OrderOverride("right", "front"),), RED)):
        first = moving("left", left, (24, 36), (48, 36), order_overrides=override)
        second = moving("right", right, (70, 36), (48, 36))
        frame = frames_of(coloured(disparity, (first, RED), (second, BLUE)))[-1]
        assert is_colour(frame, on_top)[disc((48, 36), 9)].all()


WHITE = (235, 235, 235)
CIRCLES = {
    "a circle": {"a": {"b": "front"}, "b": {"c": "front"}, "c": {"a": "front"}},
    "the other way round": {"a": {"b": "behind"}, "b": {"c": "behind"}, "c": {"a": "behind"}},
    "of both words": {"a": {"b": "front", "c": "behind"}, "c": {"b": "behind"}},
    "closed by depth": {"a": {"b": "front"}, "b": {"c": "front"}},
    "a contradiction": {"b": {"c": "front"}, "c": {"b": "front"}},
    "two against one": {"a": {"b": "front", "c": "front"}, "b": {"a": "front"}},
}


@pytest.mark.parametrize(
    ("circle", "depths"), [("closed by depth", (160, 110, 60)), *((circle, (60, 110, 160)) for circle in CIRCLES)]
)
def test_orders_that_go_round_in_a_circle_show_what_the_engine_shows_and_never_a_hole(circle, depths) -> None:
    places, colours = ((16.0, 20.0), (80.0, 20.0), (48.0, 56.0)), (RED, BLUE, WHITE)
    disparity, masks = flat_scene(*((place, 12.0, depth) for place, depth in zip(places, depths, strict=True)))
    things = [
        (moving(name, mask, place, (48, 30), order_overrides=orders_of(CIRCLES[circle].get(name, {}))), colour)
        for name, mask, place, colour in zip("abc", masks, places, colours, strict=True)
    ]
    project = coloured(disparity, *things, num_frames=2)
    animation = animate(project, 2)
    rendered, frame, meeting = render(animation), frames_of(project)[-1], disc((48, 30), 8)
    labels = rendered.labels[-1]
    expected = np.array([(0, 0, 0), *colours])[labels[meeting]]
    assert labels[meeting].all() and np.abs(frame[meeting].astype(int) - expected).max() < 30
    told = [sentence for sentence in check(project, animation, rendered) if "in a circle" in sentence]
    assert len(told) == (circle != "closed by depth")


def orders_of(words: dict[str, str]) -> tuple[OrderOverride, ...]:
    return tuple(OrderOverride(name, relation) for name, relation in words.items())


def test_no_hole_and_no_ghost_is_left_behind() -> None:
    frames = frames_of(one_disc((74, 36)))
    left_behind = disc((30, 36), 15)
    assert not is_colour(frames[-1], RED)[left_behind].any()
    assert frames[-1][left_behind][:, 1].min() > 110
    assert frames[-1][left_behind][:, 0].max() < 100


def test_edges_carry_no_halo_of_the_old_background() -> None:
    project = one_disc((74, 36))
    black = replace(project, clean_plate=np.zeros_like(project.photo))
    black = replace(black, photo=np.where(dilate(project.objects[0].mask, 1)[..., None], project.photo, 0))
    black.photo[dilate(project.objects[0].mask, 6) & ~project.objects[0].mask] = (40, 250, 40)
    frame = frames_of(black)[-1]
    ring = dilate(disc((74, 36), 13), 4) & ~disc((74, 36), 11)
    assert (frame[ring][:, 1].astype(int) - frame[ring][:, 0]).max() < 60


def test_clean_plate_shows_through_exactly() -> None:
    disparity, (mask,) = flat_scene(((30.0, 36.0), 13.0, 120.0))
    project = coloured(disparity, (SceneObject("ball", mask, hidden=True), RED))
    plate = np.random.default_rng(3).integers(0, 256, project.photo.shape).astype(np.uint8)
    frames = frames_of(replace(project, clean_plate=plate))
    np.testing.assert_array_equal(frames[0][mask], plate[mask])
    np.testing.assert_array_equal(frames[0][:, 70:], project.photo[:, 70:])


def test_pan_and_zoom_are_one_affine_map() -> None:
    project = replace(photo_at_rest(), objects=())
    project = replace(project, camera=CameraMove((CameraKey(0.0), CameraKey(1.0, (6.0, -4.0), 1.3))))
    frames = frames_of(replace(project, photo=project.scene.image))
    centre = 63.5
    matrix = np.array([[1.3, 0, centre + 6 - 1.3 * centre], [0, 1.3, centre - 4 - 1.3 * centre]])
    expected = cv2.warpAffine(project.scene.image, matrix, (128, 128), flags=cv2.INTER_CUBIC)
    inside = (slice(8, -8), slice(8, -8))
    assert np.abs(frames[-1][inside].astype(int) - expected[inside]).mean() < 1


def test_a_push_towards_one_flat_wall_is_a_zoom() -> None:
    project = replace(photo_at_rest(), objects=())
    flat = replace(project.scene, disparity=np.full((128, 128), 100, np.float32))
    near, z = 1 / 285, 1 / 130
    pushed = replace(project, scene=flat, camera=CameraMove((CameraKey(0.0), CameraKey(1.0, push=0.5))))
    zoomed = replace(project, scene=flat, camera=CameraMove((CameraKey(0.0), CameraKey(1.0, zoom=z / (z - near / 2)))))
    difference = np.abs(frames_of(pushed)[-1].astype(int) - frames_of(zoomed)[-1])
    assert difference.mean() < 1


def test_a_push_over_guessed_depth_makes_nothing_upright_lean() -> None:
    rows = np.indices(SIZE_HW)[0]
    push = CameraMove((CameraKey(0), CameraKey(1, push=0.3)))
    project = coloured((10 + 3.2 * rows).astype(np.float32), camera=push)
    photo = project.photo.copy()
    photo[:, 78:80] = RED
    scene = replace(project.scene, image=photo, depth_is_stand_in=True)
    last = frames_of(replace(project, photo=photo, scene=scene))[-1]
    line = is_colour(cv2.blur(last, (1, 3)), RED)
    places = [np.flatnonzero(row).mean() for row in line[4:-4] if row.any()]
    assert len(places) > 50 and np.ptp(places) < 4 and np.mean(places) > 80


@pytest.mark.parametrize("push", [0.6, -2.0])
def test_a_push_leaves_no_hole(push: float) -> None:
    disparity, (post,) = flat_scene(((40.0, 36.0), 9.0, 200.0))
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, push=push)))
    frame = frames_of(coloured(disparity, (SceneObject("post", post), RED), camera=camera))[-1]
    assert frame.max(-1).min() > 90
    assert is_colour(frame, RED).any()


def test_pinned_objects_ignore_the_camera() -> None:
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, (20.0, 0.0))))
    pinned = replace(one_disc((30, 36), pinned_to_screen=True), camera=camera)
    riding = replace(one_disc((30, 36)), camera=camera)
    assert is_colour(frames_of(pinned)[-1], RED)[disc((30, 36), 11)].all()
    assert is_colour(frames_of(riding)[-1], RED)[disc((50, 36), 11)].all()


def test_shrunk_textures_do_not_alias() -> None:
    project = one_disc((48, 36, 0.1))
    photo = project.photo.copy()
    rows, columns = np.indices(SIZE_HW)
    mask = project.objects[0].mask
    photo[mask] = np.where((rows + columns) % 2, 255, 0)[mask][:, None]
    frame = frames_of(replace(project, photo=photo))[-1]
    assert frame[disc((48, 36), 2)].std() < 25


def test_objects_leaving_the_frame_and_single_frames_are_fine() -> None:
    assert frames_of(one_disc((-400, 36))).shape == (5, *SIZE_HW, 3)
    project = one_disc((48, 36))
    assert len(frames_of(with_settings(project, num_frames=1))) == 1


@pytest.mark.parametrize(("height", "size"), [(101, (101, 135)), (64, (64, 85)), (1920, (1440, 1920))])
def test_any_height_gives_the_photos_shape_within_1920_pixels(height: int, size: tuple[int, int]) -> None:
    project = one_disc((48, 36))
    project = with_settings(project, height=height, num_frames=2)
    (clip,) = PreviewRenderer().render(project, Monitor())
    assert clip.size_hw == size
    assert any("1920" in note for note in clip.notes) == (height == 1920)
    assert next(iter(clip.frames)).shape == (*size, 3)


def test_same_project_same_frames() -> None:
    project = one_disc((48, 40, 0.7))
    np.testing.assert_array_equal(frames_of(project), frames_of(project))


def test_cancelling_stops_between_two_frames() -> None:
    monitor = Monitor()
    (clip,) = PreviewRenderer().render(one_disc((48, 36)), monitor)
    frames = iter(clip.frames)
    next(frames)
    monitor.cancel()
    with pytest.raises(Cancelled):
        next(frames)


def test_progress_names_its_stages_and_ends_full() -> None:
    events = []
    frames_of(one_disc((48, 36)), Monitor(events.append))
    assert {event.title for event in events} == {"Preparing", "Drawing frames"}
    assert (events[-1].step, events[-1].total) == (5, 5)


def test_variants_are_refused_kindly() -> None:
    project = one_disc((48, 36))
    (clip,) = PreviewRenderer().render(with_settings(project, num_variants=3), Monitor())
    assert "one video" in clip.notes[0]


def test_what_goes_on_ground_has_a_soft_shadow_under_it_and_at_first_the_photos_own() -> None:
    disparity = np.broadcast_to(20 + 2.0 * np.indices(SIZE_HW)[0], SIZE_HW).astype(np.float32)
    mask = disc((26, 40), 9)
    disparity = np.where(mask, disparity[49, 0], disparity)
    item = moving("ball", mask, (26, 40), (70, 42), on_ground=True)
    cast, none, still = (
        frames_of(coloured(disparity, (replace(item, **changes), RED)))
        for changes in ({}, {"shadow": 0.0}, {"on_ground": False})
    )
    np.testing.assert_array_equal(cast[0], none[0])
    darker = none[-1].astype(int).sum(-1) - cast[-1].astype(int).sum(-1)
    assert darker.min() >= -3 and darker[50:54, 66:74].mean() > 40 and darker[:, :45].max() <= 3
    assert is_colour(still[-1], RED).any()
