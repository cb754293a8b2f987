"""LeviTor and the video model alone, held to Preview, on tiny networks from photo to frames."""

import numpy as np
import pytest

from levitor_core import renderers
from levitor_core.cli import main
from levitor_core.files.project_file import save
from levitor_core.monitor import Monitor
from levitor_core.motion.animation import animate
from levitor_core.renderers.levitor import LeviTorRenderer
from levitor_core.renderers.levitor.renderer import SVD
from levitor_core.renderers.preview import draw


@pytest.fixture(scope="module")
def levitor(checkpoint_root):
    from tests.levitor.conftest import Folders

    return LeviTorRenderer(Folders(checkpoint_root), "cpu")


def video(renderer, project, **settings):
    (clip,) = renderer.render(renderers.with_settings(project, **settings), Monitor())
    return np.stack(list(clip.frames))


def test_no_anchor_is_the_plain_renderer_and_some_is_not(levitor, project):
    plain = video(levitor, project)
    assert (video(levitor, project, anchor=0.0) == plain).all()
    assert (video(levitor, project, anchor=0.9) != plain).any()


def test_a_whole_anchor_is_preview_through_the_vae(levitor, project):
    import torch

    from levitor_core.renderers.levitor import codec

    frames = np.stack(list(draw(project, animate(project, 3), project.scene.size_hw, range(3))))
    vae = levitor._pipeline.networks.vae
    latents = codec.encode_clips(vae, torch.from_numpy(frames)[None])[0]
    expected = np.concatenate(list(codec.decode(vae, latents, 3)))
    assert (video(levitor, project, anchor=1.0) == expected).all()


def test_the_video_model_alone_needs_no_controlnet(checkpoint_root, project, tmp_path):
    from levitor_core.checkpoints import Checkpoints

    name = "stable-video-diffusion-img2vid-xt"
    (tmp_path / name).symlink_to(checkpoint_root / name, target_is_directory=True)
    renderer = LeviTorRenderer(Checkpoints(tmp_path), "cpu", SVD)
    project = renderers.with_settings(project, num_inference_steps=3)
    moved = video(renderer, project, anchor=0.42)
    assert moved.shape == (3, 64, 48, 3)
    assert (video(renderer, project, anchor=0.9) != moved).any()


def test_the_command_line_takes_an_anchor_and_refuses_what_is_none(checkpoint_root, project, tmp_path, capsys):
    job, made = tmp_path / "job.levitor", tmp_path / "out.mp4"
    save(project, job)
    words = ["--checkpoints", str(checkpoint_root), "--device", "cpu", "render", str(job), "-o", str(made)]
    assert main([*words, "--renderer", "levitor", "--anchor", "1.5"]) == 2
    assert "from 0 to 1" in capsys.readouterr().err
    assert main([*words, "--renderer", "svd", "--anchor", "0.5", "--steps", "2"]) == 0
    assert made.exists()


def test_a_living_object_is_freer_than_a_rigid_one(levitor, project):
    from dataclasses import replace

    (square,) = project.objects
    alive, rigid = (replace(project, objects=(replace(square, hold=hold),)) for hold in (0.1, 8.0))
    settings = {"anchor": 0.5, "hold_background": 1.0, "num_inference_steps": 4}
    assert (video(levitor, alive, **settings) != video(levitor, rigid, **settings)).any()
