"""Every format by a reader of its own, or by way there and back; folders appear whole or not at all."""

import io
import json
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
import torch

from levitor_core import exporting
from levitor_core.errors import InputError
from levitor_core.exporting import ExportSettings, export, formats
from levitor_core.files.video_io import read_frames
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.motion.tracks import placements, track_points
from levitor_core.renderers.preview import draw
from levitor_core.structures import CameraKey, CameraMove, Project
from tests.scenes import flat_scene, moving, project_of

FRAMES, POINTS, SIZE_HW = 9, 6, (72, 96)
QUICK = ExportSettings(num_frames=FRAMES, points=POINTS)


@cache
def scene(**changes) -> Project:
    """A near red ball that passes in front of a blue one and comes nearer."""
    disparity, (red, blue) = flat_scene(((20, 36), 9, 160), ((60, 38), 10, 80))
    objects = moving("red/ball", red, (20, 36), (70, 36, 0.9)), moving("blue", blue, (60, 38), (50, 30))
    grey = np.random.default_rng(0).integers(90, 150, (*disparity.shape, 1)).astype(np.uint8)
    photo = np.repeat(grey, 3, axis=2)
    photo[blue], photo[red] = (30, 60, 220), (220, 40, 30)
    project = project_of(objects, disparity, **changes)
    return replace(project, photo=photo, scene=replace(project.scene, image=photo))


@cache
def truth():
    animation = animate(scene(), FRAMES)
    return animation, render(animation), np.stack(list(draw(scene(), animation, SIZE_HW, range(FRAMES))))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


def frames(path):
    return np.stack(list(read_frames(path)))


def test_without_other_wishes_an_export_is_as_long_as_previews_video(folder):
    shot = export(scene(), "after-effects", folder)
    assert (shot.num_frames, shot.fps) == (48, 24)


def near(one, other, most=6.0):
    return np.abs(one.astype(float) - other).mean() < most


def test_tracks_are_on_their_object_and_hidden_where_something_is_in_front():
    animation, rendered, _ = truth()
    rng = np.random.default_rng(3)
    for label, layer in enumerate(animation.layers, 1):
        tracks = track_points(animation, rendered, label, 40, rng)
        assert layer.mask[tuple(np.rint(tracks.xy[:, 0]).astype(int).T[::-1])].all()
        column, row = np.moveaxis(np.rint(tracks.xy).astype(int), -1, 0)
        inside = (column >= 0) & (column < 96) & (row >= 0) & (row < 72)
        for frame in range(FRAMES):
            at = inside[:, frame]
            shown = rendered.labels[frame, row[at, frame], column[at, frame]]
            np.testing.assert_array_equal(tracks.visible[at, frame], shown == label)
    behind = track_points(animation, rendered, 2, 40, rng).visible.mean(axis=0)
    assert behind[0] == 1 and behind.min() < 0.3


def test_placements_say_where_how_large_and_how_turned():
    project = project_of(
        (moving("a", flat_scene(((30, 36), 8, 100))[1][0], (30, 36), (60, 40, 200 / 255)),),
        flat_scene(((30, 36), 8, 100))[0],
        camera=CameraMove((CameraKey(0.0), CameraKey(1.0, (5, -3), 1.5))),
    )
    last = placements(animate(project, 5), 1)[-1]
    z = [1 / (value + 30) for value in (100, 200)]
    assert last.size == pytest.approx(1.5 * z[0] / z[1], rel=1e-3) and abs(last.rotation) < 1e-6
    assert (last.x, last.y) == pytest.approx((47.5 + 1.5 * 12.5 + 5, 35.5 + 1.5 * 4.5 - 3), abs=1e-3)


def test_time_to_move(folder):
    export(scene(), "ttm", folder, ExportSettings(num_frames=FRAMES, prompt="a ball"))
    _, rendered, preview = truth()
    assert sorted(path.name for path in folder.iterdir()) == [
        "first_frame.png", "mask.mp4", "motion_signal.mp4", "prompt.txt"
    ]  # fmt: skip
    assert near(frames(folder / "motion_signal.mp4"), preview)
    mask = frames(folder / "mask.mp4").mean(-1) / 255 > 0.5
    assert (mask == (rendered.labels > 0)).mean() > 0.97
    assert (folder / "prompt.txt").read_text() == "a ball"
    np.testing.assert_array_equal(cv2.imread(str(folder / "first_frame.png"))[..., ::-1], scene().photo)


def test_wan_move(folder):
    export(scene(), "wan-move", folder, QUICK)
    tracks, visibility = np.load(folder / "tracks.npy"), np.load(folder / "visibility.npy")
    assert (tracks.shape, tracks.dtype) == ((1, FRAMES, 2 * POINTS, 2), np.float32)
    assert (visibility.shape, visibility.dtype) == ((1, FRAMES, 2 * POINTS), bool)
    column, row = np.moveaxis(np.rint(tracks[0]).astype(int), -1, 0)
    shown = truth()[1].labels[np.arange(FRAMES)[:, None], row.clip(0, 71), column.clip(0, 95)]
    np.testing.assert_array_equal(visibility[0], shown == np.repeat([1, 2], POINTS))


def test_points_json_and_ati_hold_the_same_tracks(folder):
    export(scene(), "wan-move", folder.parent / "a", QUICK)
    export(scene(), "points-json", folder.parent / "b", QUICK)
    export(
        scene(), "ati", folder.parent / "c", ExportSettings(num_frames=FRAMES, points=POINTS, prompt='a "ball": red')
    )
    where = folder.parent
    tracks, visibility = np.load(where / "a" / "tracks.npy")[0], np.load(where / "a" / "visibility.npy")[0]
    lists = json.loads((where / "b" / "points.json").read_text())
    assert [[(point["x"], point["y"]) for point in path] for path in lists] == [
        [(pytest.approx(float(x), abs=1e-3), pytest.approx(float(y), abs=1e-3)) for x, y in path]
        for path in tracks.swapaxes(0, 1)
    ]
    stored = np.load(io.BytesIO(torch.load(where / "c" / "track.pth", weights_only=False)))["array"]
    assert stored.shape == (2 * POINTS, 121, 1, 3) and stored.dtype == np.float32
    np.testing.assert_allclose(stored[:, :FRAMES, 0, :2].swapaxes(0, 1) / 8, tracks, atol=1e-4)
    np.testing.assert_array_equal(stored[:, :FRAMES, 0, 2].T / 8 > 0.5, visibility)
    assert not stored[:, FRAMES:].any()
    yaml = pytest.importorskip("yaml").safe_load((where / "c" / "list.yaml").read_text())
    assert yaml == [{"image": "first_frame.png", "text": 'a "ball": red', "track": "track.pth"}]


def test_vace(folder):
    export(scene(), "vace", folder, QUICK)
    animation, rendered, preview = truth()
    mask, video = frames(folder / "src_mask.mp4").mean(-1) > 127, frames(folder / "src_video.mp4")
    assert not mask[0].any() and mask[-1].mean() > 0.02
    assert (mask <= (animation.removed & (rendered.labels == 0))).mean() > 0.97
    assert abs(np.median(video[-1][mask[-1]]) - 127) <= 3
    assert near(video[~mask], preview[~mask], 8)


def test_depth(folder):
    export(scene(), "depth", folder, QUICK)
    note = json.loads((folder / "depth.json").read_text())
    stored = cv2.imread(str(folder / "00000.png"), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16 and note["divide_by"] == 257
    assert np.median(stored[scene().objects[0].mask]) / 257 == pytest.approx(160, abs=1)
    assert len(list(folder.glob("*.png"))) == FRAMES


def read_keyframes(text):
    """After Effects' text as {property: rows}."""
    assert text.startswith("Adobe After Effects 8.0 Keyframe Data\n") and text.endswith("End of Keyframe Data\n")
    found, rows = {}, None
    for line in text.splitlines():
        cells = line.split("\t")
        if cells[0] == "Transform":
            rows = found[cells[1]] = []
        elif rows is not None and len(cells) > 2 and cells[1].isdigit():
            rows.append([float(cell) for cell in cells[1:]])
    return {name: np.array(values) for name, values in found.items()}


def test_after_effects(folder):
    export(scene(), "after-effects", folder, QUICK)
    assert sorted(path.name for path in folder.iterdir()) == ["01-red-ball.txt", "02-blue.txt"]
    keys = read_keyframes((folder / "01-red-ball.txt").read_text())
    layer = truth()[0].layers[0]
    np.testing.assert_array_equal(keys["Position"][:, 0], range(FRAMES))
    np.testing.assert_allclose(keys["Position"][:, 1:3], layer.trajectory.xy + 0.5, atol=1e-3)
    np.testing.assert_allclose(keys["Scale"][:, 1], 100 * layer.anchor_z / layer.trajectory.z, rtol=1e-4)
    assert not keys["Rotation"][:, 1].any() and (keys["Opacity"][:, 1] == 100).all()


def stacked(folder, frame, objects):
    """The objects over the background, back to front."""
    order = json.loads((folder / "order.json").read_text())["front_to_back"][frame]
    picture = cv2.imread(str(folder / "background" / f"{frame:05d}.png")).astype(float)
    for name in reversed(order):
        layer = objects(name, frame).astype(float)
        picture += layer[..., 3:] / 255 * (layer[..., :3] - picture)
    return picture[..., ::-1]


def test_layers_laid_over_each_other_give_preview(folder):
    export(scene(), "layers", folder, QUICK)
    record = json.loads((folder / "order.json").read_text())
    assert record["objects"] == {"01-red-ball": "red/ball", "02-blue": "blue"} and record["size"] == [96, 72]
    assert record["front_to_back"][-1] == ["01-red-ball", "02-blue"]
    for frame in (0, 4, FRAMES - 1):
        again = stacked(folder, frame, lambda name, at: cv2.imread(str(folder / name / f"{at:05d}.png"), -1))
        assert np.abs(again - truth()[2][frame]).mean() < 1.5
    matte = cv2.imread(str(folder / "matte" / "00004.png"), -1) > 127
    assert (matte == (truth()[1].labels[4] > 0)).mean() > 0.98


def test_layers_as_prores_keep_their_alpha(folder):
    export(scene(), "layers-prores", folder, ExportSettings(num_frames=2))
    (folder.parent / "raw").mkdir()
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(folder / "01-red-ball.mov")]
    subprocess.run([*command, "-pix_fmt", "rgba", str(folder.parent / "raw" / "%d.png")], check=True)
    read = cv2.imread(str(folder.parent / "raw" / "1.png"), -1)
    assert read.shape == (72, 96, 4)
    assert ((read[..., 3] > 127) == scene().objects[0].mask).mean() > 0.99
    assert near(read[scene().objects[0].mask][:, 2::-1], np.array([[220, 40, 30]]), 8)


@pytest.mark.parametrize("name", [item.name for item in formats()])
def test_every_format_says_what_it_is_and_refuses_what_it_cannot(name, folder):
    item = exporting.format_named(name)
    assert item.title and item.description
    folder.mkdir()
    (folder / "kept.txt").write_text("kept")
    with pytest.raises(InputError, match="there already"):
        export(scene(), name, folder, QUICK)
    assert [path.name for path in folder.parent.rglob("*")] == ["out", "kept.txt"]
    if item.needs_objects:
        with pytest.raises(InputError, match="pick one"):
            export(replace(scene(), objects=()), name, folder.parent / "new", QUICK)
    assert not (folder.parent / "new").exists()


def test_what_is_stopped_leaves_nothing(folder, monkeypatch):
    monkeypatch.setattr("levitor_core.exporting.wan_move.write_png", lambda *_: (_ for _ in ()).throw(RuntimeError))
    with pytest.raises(RuntimeError):
        export(scene(), "wan-move", folder, QUICK)
    assert not list(folder.parent.iterdir())


def test_other_sizes_and_lengths_are_in_pixels_of_the_picture(folder):
    export(scene(), "wan-move", folder.parent / "a", QUICK)
    export(scene(), "wan-move", folder, ExportSettings(num_frames=FRAMES, points=POINTS, height=144))
    one, other = np.load(folder.parent / "a" / "tracks.npy"), np.load(folder / "tracks.npy")
    np.testing.assert_allclose(other, (one + 0.5) * 2 - 0.5, atol=1e-3)
    assert cv2.imread(str(folder / "first_frame.png")).shape == (144, 192, 3)
    with pytest.raises(InputError, match="at most 121"):
        export(scene(), "ati", folder.parent / "b", ExportSettings(num_frames=122))
    with pytest.raises(InputError, match="Height must"):
        ExportSettings(height=5)


@cache
def odd_project() -> Project:
    """Portrait, odd sides, more photo than working image, a camera that moves; and of every kind of object one."""
    things = [((9 + 18 * (i % 4), 12 + 21 * (i // 4)), 5.0, 100.0 + 10 * i) for i in range(10)]
    disparity, masks = flat_scene(*things, size_hw=(128, 71))
    starts = [place for place, *_ in things]

    def item(at, name, *way, **changes):
        return moving(name, masks[at], starts[at], *way, **changes)

    objects = (
        item(0, "hidden", (40, 40), hidden=True),
        item(1, "a/b\\c: \u00fcn\u00ef \u732b \U0001f388" * 3, (30, 90), pinned_to_screen=True),
        item(2, "leaves", (200, -90)),
        moving("stands", masks[3]),
        item(4, "turns", (20, 60, None, None, 1.0, 720.0)),
        item(5, "grows", (35, 64, None, None, 10.0)),
        *(item(6 + at, name, (35, 70 + at, 0.9)) for at, name in enumerate("ab")),
        moving("twin", masks[6], copy_of="a"),
        item(8, "a b"),
        item(9, "a-b", (60, 20, 4.0)),
    )
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, (9, -4), 1.4, 0.3)))
    photo = np.random.default_rng(4).integers(0, 255, (256, 142, 3)).astype(np.uint8)
    return replace(project_of(objects, disparity, camera=camera), photo=photo)


PARTS_OF_OTHERS = {"layers", "depth", "ttm"}  # what these draw, layers-prores and vace draw too


@pytest.mark.parametrize("name", sorted({item.name for item in formats()} - PARTS_OF_OTHERS))
def test_every_format_takes_an_odd_project(name, folder):
    item = exporting.format_named(name)
    shot = export(odd_project(), name, folder, ExportSettings(num_frames=2, points=3))
    assert shot.num_frames == (5 if item.frames_a_latent == 4 else 2) and shot.fps == (item.fps or 24)
    assert shot.size_hw == ((256, 142) if item.photo_size else (128, 72))
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files and all(path.stat().st_size or path.name == "prompt.txt" for path in files)
    assert all(path.name.isprintable() and len(path.name) < 60 for path in files)
    if (folder / "first_frame.png").exists():
        assert cv2.imread(str(folder / "first_frame.png")).shape == (*shot.size_hw, 3)


def test_an_odd_project_s_points_are_where_its_frames_show_them(folder):
    shot = export(odd_project(), "wan-move", folder, ExportSettings(num_frames=5, points=4))
    labels = [label for label, item in enumerate(odd_project().objects, 1) if not item.hidden and not item.copy_of]
    tracks, visible = np.load(folder / "tracks.npy")[0], np.load(folder / "visibility.npy")[0]
    assert tracks.shape[1] == visible.shape[1] == 4 * len(labels) and np.isfinite(tracks).all()
    at_work = np.rint((tracks + 0.5) * (71 / 72, 1) - 0.5).astype(int)
    inside = ((at_work >= 0) & (at_work < (71, 128))).all(axis=-1)
    column, row = np.moveaxis(at_work.clip(0, (70, 127)), -1, 0)
    shown = render(animate(odd_project(), shot.num_frames)).labels[np.arange(5)[:, None], row, column]
    assert (visible == (inside & (shown == np.repeat(labels, 4)))).mean() > 0.98  # a point between pixels rounds anyhow
    leaves = labels.index(3) * 4
    assert visible[0].all() and not visible[-1, leaves : leaves + 4].any()


def test_after_effects_turns_on_past_half_a_turn_and_has_no_keys_of_what_shows_nothing(folder):
    export(odd_project(), "after-effects", folder, ExportSettings(num_frames=9))
    keys = {path.name[:2]: read_keyframes(path.read_text(encoding="utf-8")) for path in folder.iterdir()}
    assert sorted(keys) == ["02", "03", "04", "05", "06", "07", "08", "10", "11"]
    assert all(np.isfinite(values).all() for item in keys.values() for values in item.values())
    np.testing.assert_allclose(keys["05"]["Rotation"][:, 1], np.linspace(0, 720, 9), atol=1e-3)
    assert keys["06"]["Scale"][-1, 1] > 1000 and not keys["03"]["Opacity"][-1, 1]


def test_only_what_a_copy_could_show_is_there_to_export(folder):
    project = odd_project()
    hidden = replace(project.objects[6], hidden=True)
    with pytest.raises(InputError, match="pick one"):
        export(replace(project, objects=(hidden, project.objects[8])), "wan-move", folder, QUICK)


def test_with_a_clean_plate_nothing_is_left_to_make_up(folder):
    shot = export(scene(), "wan-move", folder, QUICK)
    assert shot.uncovered[-1].any()
    assert not replace(shot, project=replace(scene(), clean_plate=scene().photo)).uncovered.any()


@pytest.mark.parametrize("asked, made", [(2, 5), (5, 5), (80, 81), (81, 81), (1200, 1197)])
def test_wans_formats_have_whole_latents(asked, made):
    assert exporting.format_named("wan-move").whole(asked) == exporting.format_named("vace").whole(asked) == made
    assert exporting.format_named("points-json").whole(asked) == asked
