"""The toy renderer: LeviTor's own code over small networks with another latent factor, size and patch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.checkpoints import Checkpoints
from levitor_core.cli import main
from levitor_core.engine import Engine
from levitor_core.errors import Cancelled, MissingWeightsError
from levitor_core.files.project_file import save
from levitor_core.files.video_io import read_frames, write_mp4
from levitor_core.monitor import Monitor
from levitor_core.renderers.levitor.folder import CheckpointFolder
from levitor_core.structures import ControlPoints
from tests.levitor.conftest import write_controlnet, write_json, write_svd


def write_toy(root, latent_channels=4):
    """Random toy weights in a checkpoints folder: factor 4, patches of 6 px."""
    import torch

    torch.manual_seed(3)
    write_svd(root / "toy" / "stable-video-diffusion-img2vid-xt", 3, latent_channels)
    narrow = {"conditioning_embedding_out_channels": (16, 32, 96), "control_patch_side": 6}
    write_controlnet(root / "toy" / "LeviTor" / "controlnet", in_channels=2 * latent_channels, **narrow)
    return Engine(Checkpoints(root), device="cpu")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine whose checkpoints folder holds toy weights."""
    return write_toy(tmp_path_factory.mktemp("checkpoints"))


def test_a_project_of_any_size_becomes_a_small_video_as_long_as_its_own(engine, with_settings, tmp_path):
    project = with_settings(renderer="toy", num_frames=9, num_inference_steps=1, fps=8.0)
    (clip,) = engine.render(project)
    assert clip.size_hw == (64, 48) and clip.num_frames == 9 and clip.fps == 8.0 and clip.renderer == "toy"
    assert any("Made in 2 parts" in note for note in clip.notes) and any(
        "64 wide x 64 high" in note for note in clip.notes
    )
    write_mp4(clip.frames, tmp_path / "toy.mp4", clip.fps)
    assert [frame.shape for frame in read_frames(tmp_path / "toy.mp4")] == [(64, 48, 3)] * 9


def test_automatic_never_takes_it_and_without_weights_it_says_so(engine, tmp_path, monkeypatch):
    assert engine.renderer("auto").entry.name == "preview"
    assert engine.renderer("toy").unavailable_reason() is None
    assert Engine(Checkpoints(tmp_path), device="cpu").renderer("toy").unavailable_reason() is None  # it ships
    monkeypatch.setattr("levitor_core.renderers.levitor.entry.SHIPPED_TOY", tmp_path / "toy")
    bare = Engine(Checkpoints(tmp_path), device="cpu").renderer("toy")
    assert "checkpoints/toy" in (bare.unavailable_reason() or "")


def test_latents_have_as_many_channels_as_the_vae_says(with_settings, tmp_path):
    (clip,) = write_toy(tmp_path, latent_channels=8).render(
        with_settings(renderer="toy", num_frames=2, num_inference_steps=1)
    )
    assert np.ptp(np.stack(list(clip.frames))) > 0


def test_the_command_line_makes_the_same_video(engine, with_settings, tmp_path, capsys):
    project = with_settings(num_frames=2, num_inference_steps=1)
    save(project, tmp_path / "job.levitor")
    root = engine.checkpoints.folder
    arguments = ["render", tmp_path / "job.levitor", "-o", tmp_path / "out.mp4", "--renderer", "toy"]
    assert main(["--checkpoints", str(root), "--device", "cpu", *map(str, arguments)]) == 0
    assert "2 frames, 48x64, 6 fps, by toy" in capsys.readouterr().out
    (clip,) = engine.render(with_settings(num_frames=2, num_inference_steps=1, renderer="toy"))
    for written, made in zip(read_frames(tmp_path / "out.mp4"), clip.frames, strict=True):
        assert np.abs(written.astype(int) - made).mean() < 16  # H.264 at 4:2:0


def test_a_run_is_cancelled_between_two_steps(engine, with_settings):
    def stop(event):
        if event.title == "Denoising" and event.step == 1:
            monitor.cancel()

    monitor = Monitor(stop)
    with pytest.raises(Cancelled):
        engine.render(with_settings(renderer="toy"), monitor)
    assert engine.render(with_settings(renderer="toy"))[0].num_frames == 3


@pytest.mark.parametrize("side", [5, 0, 66, "6", None])
def test_an_odd_patch_side_is_refused(tmp_path, side):
    from levitor_core.renderers.levitor.loading import control_patch_side

    write_json(tmp_path / "LeviTor" / "controlnet" / "config.json", {"control_patch_side": side})
    with pytest.raises(MissingWeightsError, match="control_patch_side"):
        control_patch_side(CheckpointFolder(tmp_path))


def test_networks_that_do_not_belong_together_are_refused(tmp_path):
    import torch

    from levitor_core.renderers.levitor.loading import load_networks
    from levitor_core.renderers.levitor.memory import NETWORKS

    write_svd(tmp_path / "stable-video-diffusion-img2vid-xt", vae_blocks=3)
    write_controlnet(tmp_path / "LeviTor" / "controlnet")
    with pytest.raises(MissingWeightsError, match="do not belong together"):
        load_networks(CheckpointFolder(tmp_path), torch.float32, dict.fromkeys(NETWORKS, torch.device("cpu")))


def test_a_config_that_is_silent_has_the_released_patch(checkpoint_root, tmp_path):
    from levitor_core.renderers.levitor.loading import control_patch_side

    write_json(tmp_path / "LeviTor" / "controlnet" / "config.json", {})
    assert control_patch_side(CheckpointFolder(tmp_path)) == 20


@given(st.tuples(st.integers(1, 64), st.integers(1, 64)), st.data())
def test_scaled_points_stay_inside_and_come_back_where_pixels_are_as_fine(size_hw, data):
    place = st.tuples(*(st.integers(0, side - 1) for side in size_hw))
    places = data.draw(st.lists(place, max_size=5))
    rows = np.array([(0, *place, 1, 9) for place in places], int).reshape(-1, 5)
    points = ControlPoints(rows, 1, size_hw)
    half = points.scale_to((max(1, size_hw[0] // 2), max(1, size_hw[1] // 2)))
    assert ((half.rows[:, 1:3] >= 0) & (half.rows[:, 1:3] < half.size_hw)).all()
    double = points.scale_to((size_hw[0] * 3, size_hw[1] * 3))
    assert (double.scale_to(size_hw).rows == rows).all()
    assert (points.scale_to(size_hw).rows == rows).all()
