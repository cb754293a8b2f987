"""Laws of adherence: Preview follows best; a shift, a swap, a still video and a copy left behind are seen."""

import json
from dataclasses import replace
from functools import cache
from math import isnan

import numpy as np
import pytest

from levitor_core.adherence.comparison import _read, compare
from levitor_core.adherence.measures import _share_travelled, measure, measure_jumps
from levitor_core.adherence.plans import plan
from levitor_core.adherence.words import about, sentence
from levitor_core.cli import main as levitor
from levitor_core.errors import Cancelled, InputError
from levitor_core.evaluation.__main__ import main
from levitor_core.files.project_file import save
from levitor_core.files.video_io import write_mp4
from levitor_core.monitor import Monitor
from levitor_core.structures import Project
from tests.scenes import flat_scene, moving, project_of

FRAMES = 8
RED, BLUE = (220, 40, 30), (30, 60, 220)


@cache
def crossing() -> Project:
    """A red ball that passes in front of a blue one, over noise."""
    disparity, (red, blue) = flat_scene(((20, 36), 9, 160), ((74, 38), 10, 80))
    paths = ((20, 36), (70, 36, 0.65)), ((74, 38), (30, 38))
    project = project_of((moving("red", red, *paths[0]), moving("blue", blue, *paths[1])), disparity)
    photo = np.random.default_rng(0).integers(100, 140, project.photo.shape).astype(np.uint8)
    shade = np.random.default_rng(1).integers(-25, 25, photo.shape)
    for mask, colour in ((blue, BLUE), (red, RED)):
        photo[mask] = (shade[mask] + colour).clip(0, 255)
    return replace(project, photo=photo, scene=replace(project.scene, image=photo))


@cache
def planned():
    return plan(crossing(), FRAMES, list(range(FRAMES)))


@cache
def previews_own():
    return measure(planned().frames, planned())


def painted(*layers, background=None):
    """A video of layers, the last one in front."""
    frames = (planned().backgrounds if background is None else background).astype(float)
    for layer in layers:
        alpha = layer[..., 3:] / 255
        frames = frames + alpha * (layer[..., :3] - frames)
    video = np.rint(frames).astype(np.uint8)
    video[0] = planned().frames[0]
    return video


def layers():
    return [item.rgba for item in planned().objects]


def test_preview_itself_follows_best():
    own = previews_own()
    assert all(item.mask_iou > 0.8 and item.centre_error_px < 1 and item.track_error_px < 6 for item in own.objects)
    assert all(item.travelled == pytest.approx(1, abs=0.05) and item.size_error < 0.1 for item in own.objects)
    assert [(pair.front, pair.back) for pair in own.order] == [("red", "blue")] and own.order[0].share > 0.95
    assert own.hole_leak < 0.02
    assert "were followed" in sentence(own, own)
    assert about(own, own).startswith("Preview itself measures 0 pixels from its paths; flicker is ")
    assert about(own, own).endswith("This tells where things went, not how good the video looks.")


@pytest.mark.parametrize("shift", [(6, 0), (0, -7), (-5, 5)])
def test_a_shift_is_its_length(shift):
    red, blue = layers()
    moved = np.stack([np.roll(frame, shift[::-1], (0, 1)) for frame in red])
    item = measure(painted(blue, moved), planned()).objects[0]
    assert item.centre_error_px == pytest.approx(np.hypot(*shift), abs=1.5)
    assert item.mask_iou < previews_own().objects[0].mask_iou - 0.2
    assert item.box_iou < previews_own().objects[0].box_iou - 0.2


def test_a_shift_far_from_the_path_is_told_in_pixels():
    red, blue = layers()
    seen = measure(painted(blue, np.roll(red, 12, 1)), planned())
    assert sentence(seen, previews_own()).startswith("red is 1")


def test_a_video_that_stands_still_is_seen():
    still = np.repeat(planned().frames[:1], FRAMES, axis=0)
    seen = measure(still, planned())
    assert all(abs(item.travelled) < 0.1 for item in seen.objects)
    assert all(item.track_error_px > 20 for item in seen.objects) and seen.flicker == 0
    assert seen.hole_leak > 0.8
    assert "hardly moved" in sentence(seen, previews_own())


def test_a_swapped_order_is_seen():
    red, blue = layers()
    seen = measure(painted(red, blue), planned())
    assert seen.order[0].share < 0.1
    assert sentence(seen, previews_own()).startswith("red should pass in front of blue")


def test_a_wrong_size_is_seen():
    red, blue = layers()
    grown = np.stack([frame.repeat(2, 0).repeat(2, 1) for frame in red])
    at = [np.argwhere(frame[..., 3] > 0).mean(0).round().astype(int) for frame in red]
    grown = np.stack([g[y : y + 72, x : x + 96] for g, (y, x) in zip(grown, at, strict=True)])
    item = measure(painted(blue, grown), planned()).objects[0]
    assert item.size_error == pytest.approx(np.log(2), abs=0.2)
    assert item.centre_error_px < 4


def test_a_copy_left_behind_is_seen():
    red, blue = layers()
    left = np.repeat(red[:1], FRAMES, axis=0)
    seen = measure(painted(left, blue, red), planned())
    assert seen.hole_leak > previews_own().hole_leak + 0.2
    assert sentence(seen, previews_own()).startswith("What moved away still shows")


def test_flicker_is_of_what_changes_to_and_fro():
    dark = planned().frames.copy()
    dark[1::2] = dark[1::2] // 2
    assert measure(dark, planned()).flicker > 10 * previews_own().flicker


@pytest.mark.parametrize("at", [2, 4, 6])
def test_a_seam_is_a_jump_at_its_frame_and_an_even_motion_has_none(at):
    even = planned().frames
    assert measure_jumps(even).max() < 1.5
    seamed = [frame if number < at else frame // 3 for number, frame in enumerate(even)]
    jumps = measure_jumps(seamed)
    assert jumps.argmax() == at and jumps[at] > 5
    assert measure_jumps(even[:1].repeat(5, axis=0)).tolist() == [1] * 5 and measure_jumps(even[:3]).tolist() == [1] * 3


def test_what_has_the_colour_of_its_surroundings_is_not_judged():
    project = crossing()
    grey = np.full_like(project.photo, 128)
    grey = replace(project, photo=grey, scene=replace(project.scene, image=grey))
    compared = compare(grey, iter(np.full((4, *grey.scene.size_hw, 3), 128, np.uint8)))
    assert "compare by eye" in compared.sentence


def test_what_is_hidden_all_along_is_not_judged():
    path = np.tile(np.arange(4.0)[:, None], (1, 2))
    assert isnan(_share_travelled(path, path, np.zeros(4, bool)))
    assert _share_travelled(path, path, np.ones(4, bool)) == pytest.approx(1)


def test_without_paths_there_is_nothing_to_follow():
    project = replace(crossing(), objects=())
    compared = compare(project, [project.photo] * 3)
    assert compared.video.objects == () and isnan(compared.video.hole_leak)
    assert "Nothing has a path" in compared.sentence


def test_any_size_and_length_is_taken_and_another_shape_refused():
    larger = [frame.repeat(2, 0).repeat(2, 1) for frame in planned().frames]
    assert compare(crossing(), larger).video.objects[0].mask_iou > 0.7
    rounded = [frame[:, :92] for frame in planned().frames]
    assert compare(crossing(), rounded).video.size_hw == (72, 96)
    with pytest.raises(InputError, match="the project 96 x 72"):
        compare(crossing(), [frame[:40] for frame in larger])
    with pytest.raises(InputError, match="two frames"):
        compare(crossing(), larger[:1])


@pytest.mark.parametrize("count", [2, 9, 10, 11, 40, 163])
def test_of_a_long_video_few_frames_are_kept_and_all_are_looked_at(count):
    rng = np.random.default_rng(count)
    video = rng.integers(0, 255, (count, 6, 8, 3)).astype(np.uint8)
    kept, jumps = _read(iter(video), (6, 8), 10, Monitor())
    numbers = list(kept)
    assert (numbers[0], numbers[-1]) == (0, count - 1) and len(numbers) == (
        count if count <= 10 else min(len(numbers), 11)
    )
    assert len({*np.diff(numbers)[:-1].tolist()}) <= 1 and all((kept[at] == video[at]).all() for at in kept)
    np.testing.assert_allclose(jumps, measure_jumps(video))


def test_what_is_longer_than_a_project_is_refused_and_reading_can_be_stopped(monkeypatch):
    monkeypatch.setattr("levitor_core.adherence.comparison.MAX_FRAMES", 4)
    with pytest.raises(InputError, match="more than 4 frames"):
        compare(crossing(), iter(planned().frames))
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        compare(crossing(), iter(planned().frames), monitor=monitor)


def test_both_commands_write_the_same_bytes(tmp_path, monkeypatch, capsys):
    found = compare(crossing(), iter(planned().frames))
    for module in ("adherence.report", "evaluation.__main__"):
        monkeypatch.setattr(f"levitor_core.{module}.compare_files", lambda *_: found)
    words = [str(tmp_path / name) for name in ("ball.levitor", "ball.mp4")]
    assert main(["adherence", *words, "--output", str(tmp_path / "report")]) == 0
    for ending in ("json", "md"):
        assert levitor(["adherence", *words, "-o", str(tmp_path / f"out.{ending}")]) == 0
        assert (tmp_path / f"out.{ending}").read_bytes() == (tmp_path / "report" / f"adherence.{ending}").read_bytes()
    assert "The paths were followed" in capsys.readouterr().out
    assert levitor(["adherence", *words, "-o", words[1]]) == 2 and not (tmp_path / "ball.mp4").exists()


def test_the_command_writes_a_table_its_numbers_and_a_picture(tmp_path, capsys):
    save(crossing(), tmp_path / "ball.levitor")
    write_mp4(iter(planned().frames), tmp_path / "ball-1.mp4", 6)
    write_mp4(iter(np.repeat(planned().frames[:1], FRAMES, 0)), tmp_path / "ball-2.mp4", 6)
    assert main(["adherence", str(tmp_path), "--output", str(tmp_path / "report")]) == 0
    table = capsys.readouterr().out
    assert table == (tmp_path / "report" / "adherence.md").read_text()
    record = json.loads((tmp_path / "report" / "adherence.json").read_text())
    assert list(record) == ["ball-1.mp4", "ball-2.mp4"] and (tmp_path / "report" / "ball-2.mp4.png").is_file()
    first, second = (item["video"]["objects"][0] for item in record.values())
    assert first["mask_iou"] > second["mask_iou"] and first == pytest.approx(first)
    assert main(["adherence", str(tmp_path / "ball.levitor")]) == 2
