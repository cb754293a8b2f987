"""LeviTor and the video model alone, held to Preview, on tiny networks from photo to frames."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from levitor_core import renderers
from levitor_core.anchoring.windows import AtOnce
from levitor_core.cli import main
from levitor_core.files.project_file import save
from levitor_core.monitor import Monitor
from levitor_core.motion.animation import animate
from levitor_core.renderers.levitor import LeviTorRenderer, codec
from levitor_core.renderers.levitor.renderer import LEVITOR, SVD
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
    frames = np.stack(list(draw(project, animate(project, 3), project.scene.size_hw, range(3))))
    vae = levitor._pipeline.networks.vae
    latents = codec.encode_clips(vae, torch.from_numpy(frames)[None])[0]
    expected = np.concatenate(list(codec.decode(vae, latents, 3)))
    assert (video(levitor, project, anchor=1.0) == expected).all()


def in_parts(levitor, project, longest, shared, **settings):
    """The same loaded networks, which make at most that many frames at once."""
    model = replace(LEVITOR, entry=replace(LEVITOR.entry, at_once=AtOnce(longest, shared)))
    renderer = LeviTorRenderer(levitor._checkpoints, "cpu", model)
    renderer._pipeline = levitor._pipeline
    return renderer.render(renderers.with_settings(project, **settings), Monitor())


def test_one_window_is_the_plain_path_and_more_go_on_from_the_photo(levitor, project):
    settings = {"num_frames": 4, "anchor": 0.6}
    plain = video(levitor, project, **settings)
    (whole,), (parts,) = (in_parts(levitor, project, longest, 2, **settings) for longest in (4, 3))
    assert (np.stack(list(whole.frames)) == plain).all()
    parts = np.stack(list(parts.frames))
    assert parts.shape == plain.shape and (parts[3:] != plain[3:]).any()


def test_without_preview_a_window_still_goes_on_from_the_one_before(levitor, project, monkeypatch):
    decoded = []
    decode = codec.decode
    monkeypatch.setattr(
        codec, "decode", lambda vae, latents, *rest: decoded.append(latents) or decode(vae, latents, *rest)
    )
    made = in_parts(levitor, project, 3, 2, num_frames=4, num_variants=2, anchor=0.0)
    assert [clip.num_frames for clip in made] == [4, 4] and len(decoded) == 4
    vae = levitor._pipeline.networks.vae
    before = torch.from_numpy(np.concatenate(list(decode(vae, decoded[2], 3)))[None, 1:])
    assert torch.equal(decoded[3][:2], codec.encode_clips(vae, before)[0])


def test_everything_anchored_is_previews_latents_across_seams(levitor, project, monkeypatch):
    decoded = []
    decode = codec.decode
    monkeypatch.setattr(
        codec, "decode", lambda vae, latents, *rest: decoded.append(latents) or decode(vae, latents, *rest)
    )
    in_parts(levitor, project, 3, 2, num_frames=5, anchor=1.0)
    frames = np.stack(list(draw(project, animate(project, 5), project.scene.size_hw, range(5))))
    latents = codec.encode_clips(levitor._pipeline.networks.vae, torch.from_numpy(frames)[None])[0]
    assert len(decoded) == 3
    for start, made in enumerate(decoded):
        assert torch.equal(made, latents[start : start + 3])


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
    (square,) = project.objects
    alive, rigid = (replace(project, objects=(replace(square, hold=hold),)) for hold in (0.1, 8.0))
    settings = {"anchor": 0.5, "hold_background": 1.0, "num_inference_steps": 4}
    assert (video(levitor, alive, **settings) != video(levitor, rigid, **settings)).any()
