"""The toy evaluation from checkpoint to report, with a random model; and measures that know the scene."""

import json
from dataclasses import replace

import numpy as np
import pytest

from levitor_core.datasets.clips import Ablation
from levitor_core.datasets.synthetic_pictures import held_out_pictures
from levitor_core.errors import MissingWeightsError
from levitor_core.evaluation.__main__ import main
from levitor_core.evaluation.sampling import BatchGenerator, Requests
from levitor_core.evaluation.toy import scene_numbers
from levitor_core.evaluation.toy_scenes import make_requests, make_scenes
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.renderers.levitor.pipeline import Job
from levitor_core.structures import ControlSignal

STEPS = LeviTorSettings(num_inference_steps=2, num_frames=4)


@pytest.fixture(scope="module")
def scenes():
    return {kind: list(make_scenes(kind, 6, 0, held_out_pictures(), (64, 64), 8)) for kind in ("lone", "crossing")}


def videos(scene):
    frozen = np.repeat(scene.truth[:1], len(scene.truth), axis=0)
    return {"true_video": scene.truth, "frozen": frozen, "swapped": scene.truth}


def test_the_method_itself_is_near_the_truth(scenes):
    numbers = [scene_numbers(scene, videos(scene), False) for scene in scenes["lone"]]
    assert np.mean([item["centroid_error_px"]["true_video"] for item in numbers]) < 1
    assert np.mean([item["mask_iou"]["true_video"] for item in numbers]) > 0.85
    frozen = np.mean([item["centroid_error_px"]["frozen"] for item in numbers])
    assert frozen == pytest.approx(np.mean([item["path_px"] for item in numbers]), rel=0.15)


def test_front_order_of_true_and_of_swapped_videos(scenes):
    for scene in scenes["crossing"]:
        _, far = scene.nearest_first()
        swapped = scene.truth.copy()
        swapped[far[..., 3] >= 128] = far[far[..., 3] >= 128][:, :3]
        numbers = scene_numbers(scene, {"true_video": scene.truth, "swapped": swapped}, True)
        assert numbers["front"]["true_video"] > 0.95
        assert numbers["front"]["swapped"] < 0.05


def test_scenes_depend_on_their_seed_and_place_alone(scenes):
    again = list(make_scenes("lone", 2, 0, held_out_pictures(), (64, 64), 8))
    other = next(make_scenes("lone", 1, 1, held_out_pictures(), (64, 64), 8))
    for scene, same in zip(scenes["lone"], again, strict=False):
        assert np.array_equal(scene.truth, same.truth)
    assert not np.array_equal(other.truth, again[0].truth)


def test_a_batch_is_what_the_renderer_makes_one_by_one(model, scenes):
    """The oracle is the app's own pipeline: same photo, control, seed and settings, one video at a time."""
    asked = make_requests(scenes["lone"][:2], 5, model.networks.control_patch_side, Ablation())
    asked = Requests(asked.images, asked.controls[:, :4], asked.seeds)
    batch = list(model.generate(asked, STEPS, batch_size=2))
    for i, video in enumerate(batch):
        job = Job(asked.images[i], ControlSignal(asked.controls[i]), STEPS.fps, replace(STEPS, seed=asked.seeds[i]))
        (alone,) = (item for item in model.pipeline.generate(job) if isinstance(item, np.ndarray))
        assert np.abs(video.astype(int) - alone).max() <= 1


def test_control_changes_the_video_and_ablations_change_the_control(model, scenes):
    plain, flat, single = (
        make_requests(scenes["crossing"][:1], 0, model.networks.control_patch_side, ablation)
        for ablation in (Ablation(), Ablation(without_depth=True, without_instance=True), Ablation(single_point=True))
    )
    assert not flat.controls[:, :, 1:].any()
    assert np.array_equal(flat.controls[:, :, 0], plain.controls[:, :, 0])
    assert (single.controls[:, :, 0] > 0).sum() < (plain.controls[:, :, 0] > 0).sum()
    with_control, without = (
        next(model.generate(asked, replace(STEPS, num_frames=8), 1)) for asked in (plain, plain.without_control())
    )
    assert not np.array_equal(with_control, without)


def test_exchanged_disparities_change_one_channel_alone(model, scenes):
    """Points on an object carry the other's disparity; places and ids stay. A few points lie beside their object."""
    side = model.networks.control_patch_side
    for scene in scenes["crossing"]:
        swapped = scene.swap_disparities()
        plain, other = (make_requests([item], 0, side, Ablation()).controls[0] for item in (scene, swapped))
        assert np.array_equal(plain[:, :2], other[:, :2])
        values = np.sort(np.stack([plain[:, 2], other[:, 2]]), axis=0)
        changed = values[0] != values[1]
        pair = np.sort(np.rint(scene.disparity), axis=0)[:, np.nonzero(changed)[0]]
        assert np.array_equal(values[:, changed], pair)
        assert changed[np.isin(plain[:, 1], (1, 2))].mean() > 0.8
        assert swapped.truth is scene.truth


def test_from_checkpoint_to_report(toy_root, tmp_path):
    common = ["--scenes", "2", "--steps", "2", "--size", "32", "--frames", "4", "--batch", "2", "--device", "cpu"]
    common += ["--guidance", "1"]
    folder, report = tmp_path / "toy", tmp_path / "toy-report.md"
    assert main(["toy", str(toy_root), "--output", str(folder), *common]) == 0
    extra = ["--name", "without depth", "--without-depth", "--strips", "0", "--model-only"]
    assert main(["toy", str(toy_root), "--output", str(folder), *common, *extra]) == 0
    record = json.loads((folder / "full.json").read_text())
    assert len(record["scenes"]["lone"]["centroid_error_px"]["control_zeroed"]) == 2
    assert len(record["scenes"]["crossing"]["front"]["disparities_swapped"]) == 2
    cut = json.loads((folder / "without depth.json").read_text())
    assert cut["ablation"]["without_depth"] and cut["guidance"] == [1, 1]
    assert not {"control_zeroed", "disparities_swapped"} & cut["scenes"]["crossing"]["front"].keys()
    ablations = [str(folder / "full.json"), str(folder / "without depth.json")]
    assert main(["toy-report", ablations[0], "--ablations", *ablations, "--output", str(report)]) == 0
    text = report.read_text()
    assert "full-lone.png" in text
    assert "full-crossing.png" in text
    assert "| without depth |" in text


def test_a_checkpoint_that_is_not_there_is_named(tmp_path, capsys):
    assert main(["toy", str(tmp_path), "--output", str(tmp_path)]) == 3
    assert "stable-video-diffusion" in capsys.readouterr().err
    with pytest.raises(MissingWeightsError, match="put the weights there"):
        BatchGenerator.load(tmp_path, __import__("torch").device("cpu"))


def test_preview_of_the_true_paths_is_near_the_truth_and_of_wrong_ones_less(scenes):
    from levitor_core.adherence.by_colour import psnr
    from levitor_core.evaluation.toy_previews import Mistake, preview_of

    scene = scenes["lone"][0]
    right, wrong = (preview_of(scene, mistake).frames for mistake in (Mistake(), Mistake(px=4)))
    frozen = np.repeat(scene.truth[:1], len(scene.truth), axis=0)
    assert psnr(right, scene.truth) > max(psnr(wrong, scene.truth), psnr(frozen, scene.truth)) + 2
