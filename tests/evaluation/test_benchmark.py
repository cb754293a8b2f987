"""The paper's protocol: points, control, metrics and table, on videos in DAVIS's layout and a random model."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from levitor_core.adherence.flow import LucasKanade
from levitor_core.datasets.davis_writing import write_davis
from levitor_core.datasets.synthetic import make_clip
from levitor_core.datasets.synthetic_pictures import held_out_pictures
from levitor_core.errors import InputError
from levitor_core.evaluation.__main__ import main
from levitor_core.evaluation.benchmark import METRICS
from levitor_core.evaluation.by_segmenter import mask_adherence
from levitor_core.evaluation.protocol import SETTINGS, StartPoints, control_of_tracks, start_points
from levitor_core.motion.tracks import Tracks
from levitor_core.segmentation.quick import QuickSegmenter
from levitor_core.structures import RenderedMasks

SIZE, FRAMES = 64, 4


@pytest.fixture(scope="module")
def clips():
    rng = np.random.default_rng(0)
    return [make_clip(rng, held_out_pictures(), (SIZE, SIZE), FRAMES, 1, num_occluders=0).clip for _ in range(2)]


def rendered_square(side=31, frames=3):
    labels = np.zeros((frames, SIZE, SIZE), np.int32)
    labels[:, 10 : 10 + side, 20 : 20 + side] = 7
    disparity = np.full((frames, SIZE, SIZE), 90, np.float32)
    return RenderedMasks(labels, disparity, 0)


def test_settings_give_one_point_or_up_to_eight_inside_the_mask():
    rendered = rendered_square()
    single, multi = (start_points(rendered, setting) for setting in SETTINGS)
    assert np.abs(single.xy - [[35, 25]]).max() < 1.5
    assert len(multi.xy) == 8
    assert set(multi.ids) == {7}
    columns, rows = multi.xy.astype(int).T
    assert (rendered.labels[0, rows, columns] == 7).all()


def test_only_the_first_frame_decides_where_points_start():
    rendered = rendered_square()
    rendered.labels[1:] = 0
    assert len(start_points(rendered, "Multi-Points").xy) == 8
    rendered.labels[:] = 0
    with pytest.raises(InputError, match="no mask"):
        start_points(rendered, "Single-Point")


def test_control_is_at_the_tracks_with_id_and_disparity_where_they_are_seen():
    rendered = rendered_square()
    rendered.disparity[2, 30, 40] = 200
    xy = np.array([[[20.0, 12.0], [30.0, 20.0], [40.0, 30.0]]])
    tracks = Tracks(xy, np.array([[True, False, True]]))
    values = control_of_tracks(StartPoints(xy[:, 0], np.array([7])), tracks, rendered, 6).values
    assert values[:, 0].any(axis=(1, 2)).tolist() == [True, False, True]
    assert values[2, 1:, 30, 40].tolist() == [7, 200]
    assert values[0, 1:, 12, 20].tolist() == [7, 90]


def test_tracks_that_leave_the_picture_are_not_drawn():
    rendered = rendered_square()
    tracks = Tracks(np.array([[[20.0, 12.0], [-3.0, 12.0], [20.0, 70.0]]]), np.ones((1, 3), bool))
    values = control_of_tracks(StartPoints(tracks.xy[:, 0], np.array([7])), tracks, rendered, 6).values
    assert values[:, 0].any(axis=(1, 2)).tolist() == [True, False, False]


def test_adherence_is_high_on_the_true_video_and_low_where_the_object_stayed(clips):
    def adherence(clip, video):
        start = start_points(clip.rendered, "Multi-Points")
        own = StartPoints(start.xy[start.ids == 1], start.ids[start.ids == 1])
        centre = [np.argwhere(labels == 1).mean(axis=0)[::-1] for labels in clip.rendered.labels]
        shift = np.stack(centre) - centre[0]
        tracks = Tracks(own.xy[:, None] + shift, np.ones((len(own.xy), len(video)), bool))
        return mask_adherence(video, clip.rendered, own, tracks, QuickSegmenter())

    true = np.mean([adherence(clip, clip.frames) for clip in clips])
    stayed = np.mean([adherence(clip, np.repeat(clip.frames[:1], FRAMES, axis=0)) for clip in clips])
    assert true > stayed + 0.2


@pytest.fixture
def offline(tmp_path, monkeypatch):
    def unreachable(*args, **kwargs):
        raise OSError("no route")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", unreachable)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def test_from_davis_folder_to_table_without_the_metrics_weights(clips, toy_root, tmp_path, offline):
    named = [replace(clip, name=f"video-{number}") for number, clip in enumerate(clips)]
    write_davis(tmp_path / "set", named, (SIZE, SIZE), "known")
    output = tmp_path / "results"
    arguments = ["davis", str(tmp_path / "set"), "--depth", str(tmp_path / "set" / "depth"), "--output", str(output)]
    settings = ["--checkpoints", str(toy_root), "--frames", str(FRAMES), "--steps", "2", "--device", "cpu"]
    assert main([*arguments, *settings]) == 0
    record = json.loads((output / "table.json").read_text())
    assert record["clips"] == ["video-0", "video-1"]
    for setting in SETTINGS:
        numbers = record["metrics"][setting]
        assert set(numbers) == set(METRICS)
        assert numbers["FID"] is numbers["FVD"] is numbers["ObjMC (px)"] is None
        assert numbers["LK trajectory error (px)"] > 0
        assert 0 <= numbers["mask IoU"] <= 1
    text = (output / "table.md").read_text()
    assert text.count("not measured |") == 6
    assert "followed by pyramidal Lucas-Kanade" in text
    assert "Quick picker" in text
    assert "FID was not measured: The weights of FID's Inception v3" in text
    assert (output / "strip.png").stat().st_size > 1000


def test_tracks_are_the_trackers_own(clips):
    start = start_points(clips[0].rendered, "Single-Point")
    tracks = LucasKanade().track(clips[0].frames, start.xy)
    assert tracks.xy.shape == (len(start.xy), FRAMES, 2)
    assert np.allclose(tracks.xy[:, 0], start.xy)
