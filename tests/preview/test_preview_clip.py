"""Laws of the clip itself: its size, its crop, its loop, its exposures."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core.motion.animation import animate
from levitor_core.renderers import with_settings
from levitor_core.renderers.preview.entry import ENTRY, PreviewSettings
from levitor_core.renderers.preview.framing import RATIOS, canvas_size, crop_window, enlargement_notes
from levitor_core.renderers.preview.moments import moments_needed, moments_shown
from levitor_core.structures import CameraKey, CameraMove, Document, Project
from tests.preview.pictures import RED, coloured, frames_of, is_colour
from tests.scenes import disc, flat_scene, moving

sides = st.integers(16, 2048)
sizes = st.sampled_from(["photo", "1080p", "720p", "draft"])
crops = st.sampled_from(["none", *RATIOS])


def ball(*waypoints: tuple[float, ...], camera: CameraMove | None = None) -> Project:
    disparity, (mask,) = flat_scene(((30.0, 36.0), 12.0, 120.0))
    return coloured(disparity, (moving("ball", mask, (30, 36), *waypoints), RED), camera=camera)


def test_a_clip_is_two_to_three_seconds_at_film_speed_unless_someone_asks() -> None:
    common = ENTRY.settings_of(Document())
    assert common.fps == 24 and 2 <= common.num_frames / common.fps <= 3
    asked = ENTRY.settings_of(with_settings(Document(), num_frames=7, fps=6.0))
    assert (asked.num_frames, asked.fps) == (7, 6)


@given(sides, sides, sizes, crops)
def test_the_photos_own_size_up_to_1080p(height: int, width: int, size: str, crop: str) -> None:
    wanted = PreviewSettings(size=size, crop=crop)  # type: ignore[arg-type]
    working = (height / 2, width / 2)
    size_hw, notes = canvas_size((height, width), working, wanted)  # type: ignore[arg-type]
    ratio = RATIOS.get(crop, width / height)
    shown = min(size_hw[0], size_hw[1] / ratio), min(size_hw[1], size_hw[0] * ratio)
    assert not notes and abs(size_hw[0] * width - size_hw[1] * height) <= max(height, width) * 1.01
    if size == "draft":
        assert np.allclose(size_hw, working, atol=0.51)
    else:
        short = {"photo": 1080, "1080p": 1080, "720p": 720}[size]
        assert min(shown) <= short + 1 and max(shown) <= short * 16 / 9 + 2
        assert size != "photo" or (size_hw[0] <= height and size_hw[1] <= width)


@settings(max_examples=8)
@given(st.floats(-40, 140), st.floats(-40, 110), st.sampled_from([*RATIOS]), st.integers(40, 300))
def test_a_crop_has_its_shape_lies_in_the_picture_and_follows_what_moves(
    x: float, y: float, crop: str, height: int
) -> None:
    size_hw = height, round(height * 96 / 72)
    animation = animate(ball((x, y)), 3)
    rows, columns = crop_window(animation, size_hw, crop)
    shown = rows.stop - rows.start, columns.stop - columns.start
    assert 0 <= rows.start < rows.stop <= size_hw[0] and 0 <= columns.start < columns.stop <= size_hw[1]
    assert abs(shown[1] - shown[0] * RATIOS[crop]) <= 1 and (shown[0] == size_hw[0] or shown[1] == size_hw[1])
    middle = (30 + np.clip(x, 0, 95)) / 2 * size_hw[1] / 96
    assert columns.start - 1 <= middle <= columns.stop + 1


def test_a_cropped_clip_is_a_part_of_the_whole_one() -> None:
    project = ball((70, 36))
    whole, part = frames_of(project), frames_of(with_settings(project, crop="1:1"))
    assert part.shape[1:3] == (72, 72)
    start = int(part.shape[2] != whole.shape[2] and (50 - 36))
    np.testing.assert_array_equal(part, whole[:, :, start : start + 72])


@pytest.mark.parametrize("frames", [2, 5, 8])
def test_any_motion_closes_there_and_back(frames: int) -> None:
    wanted = PreviewSettings(num_frames=frames, loop="closed")
    animation = animate(ball((70, 36)), moments_needed(wanted))
    path = animation.layers[0].trajectory.xy[[moment for (moment,) in moments_shown(animation, wanted)], 0]
    steps = np.abs(np.diff([*path, path[0]]))
    assert path[0] == 30 and np.allclose(path[1:], path[:0:-1]) and path.max() <= 70
    assert steps.max() <= 80 / frames + 0.5


@pytest.mark.parametrize("turn", [0.0, 360.0])
def test_what_ends_where_it_began_goes_round(turn: float) -> None:
    project = ball((50, 20), (70, 36), (50, 52), (30, 36))
    last = replace(project.objects[0].waypoints[-1], rotation=turn)
    item = replace(project.objects[0], waypoints=(*project.objects[0].waypoints[:-1], last))
    wanted = PreviewSettings(num_frames=12, loop="closed")
    animation = animate(replace(project, objects=(item,)), moments_needed(wanted))
    path = animation.layers[0].trajectory.xy[[moment for (moment,) in moments_shown(animation, wanted)]]
    steps = np.linalg.norm(np.diff([*path, path[0]], axis=0), axis=1)
    assert len(np.unique(path.round(3), axis=0)) == 12 and steps[-1] < 1.3 * steps[-2]


def test_a_loop_goes_back_where_the_camera_has_not_come_back() -> None:
    away = CameraMove((CameraKey(0.0), CameraKey(1.0, zoom=1.4)))
    project = ball((50, 20), (30, 36), camera=away)
    wanted = PreviewSettings(num_frames=6, loop="closed")
    shown = moments_shown(animate(project, moments_needed(wanted)), wanted)
    assert shown[1] == shown[5] and shown[0] == (0,)


def test_the_shutter_smears_what_moves_and_nothing_else() -> None:
    sharp = frames_of(with_settings(ball((80, 36)), num_frames=3))
    smeared = frames_of(with_settings(ball((80, 36)), num_frames=3, motion_blur=0.5))
    np.testing.assert_array_equal(sharp[:, :15], smeared[:, :15])
    width = [is_colour(frames[1], RED).any(0).sum() for frames in (sharp, smeared)]
    soft = np.abs(np.diff(smeared[1, 36].astype(int), axis=0)).max()
    assert width[1] > width[0] - 12 and soft < 0.6 * np.abs(np.diff(sharp[1, 36].astype(int), axis=0)).max()
    wanted = PreviewSettings(num_frames=3, motion_blur=0.5)
    still = ball((30, 36), (30, 36))
    assert {len(moments) for moments in moments_shown(animate(still, moments_needed(wanted)), wanted)} == {1}


def test_what_is_shown_larger_than_its_own_pixels_is_told() -> None:
    animation = animate(ball((30, 36, 0.9)), 3)
    (growth,) = {layer.anchor_z / layer.trajectory.z[-1] for layer in animation.layers}
    assert not enlargement_notes(animate(ball((60, 36)), 3), (72, 96), (72, 96))
    assert f"{growth:.1f} times" in enlargement_notes(animation, (72, 96), (72, 96))[0]
    assert not enlargement_notes(animation, (288, 384), (72, 96))
    assert "as large as the photo" in enlargement_notes(animation, (72, 96), (144, 192))[0]
    assert disc((30, 36), 12)[36, 30]
