"""Wan2.2 on tiny networks of the real classes: equal to diffusers' own pipeline, held to Preview, from photo to MP4."""

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from levitor_core import renderers
from levitor_core.anchoring.anchor import Anchor
from levitor_core.anchoring.windows import AtOnce
from levitor_core.checkpoints import Checkpoints
from levitor_core.cli import main
from levitor_core.engine import Engine
from levitor_core.errors import InputError, MissingWeightsError, RendererError
from levitor_core.files.project_file import save
from levitor_core.files.video_io import read_frames
from levitor_core.monitor import Monitor
from levitor_core.motion.animation import animate
from levitor_core.renderers.preview import draw
from levitor_core.renderers.wan import codec, entry
from levitor_core.renderers.wan.folder import ADAPTERS, LIGHTNING, WanWeights
from levitor_core.renderers.wan.making import anchor_for
from levitor_core.renderers.wan.renderer import LARGE, SMALL, WanRenderer, size_for
from levitor_core.renderers.wan.sampler import Conditions, sample, set_steps
from levitor_core.renderers.wan.weights import load_networks
from tests.exporting.test_exporting import scene
from tests.in_memory import lies_in
from tests.wan.tiny import write_wan

SIZE_HW, CPU = (64, 96), torch.device("cpu")


@pytest.fixture(scope="module", autouse=True)
def small_pictures():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(entry.PIXELS, "480p", SIZE_HW[0] * SIZE_HW[1])
        yield


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """The checkpoints folder with both releases. Read only."""
    folder = tmp_path_factory.mktemp("checkpoints")
    write_wan(folder / SMALL.weights.place)
    write_wan(folder / LARGE.weights.place, two_experts=True)
    return folder


@pytest.fixture(scope="module")
def renderer(root):
    return WanRenderer(root, "cpu", SMALL)


@pytest.fixture(scope="module")
def large(root):
    return WanRenderer(root, "cpu", LARGE)


@cache
def project(**settings):
    return renderers.with_settings(scene(), **{"num_frames": 5, "num_inference_steps": 2, "anchor": 0.0} | settings)


def video(renderer, **settings):
    (clip,) = renderer.render(project(**settings), Monitor())
    return np.stack(list(clip.frames))


@pytest.fixture(scope="module")
def networks(renderer):
    video(renderer)
    return renderer._loaded[1]


def embedding(seed):
    return torch.randn(1, 4, 16, generator=torch.Generator().manual_seed(seed))


def last(latents):
    *_, final = latents
    return final


def run(networks, conditions, noise, anchor=None, steps=3, guidance=4.0):
    from contextlib import nullcontext

    set_steps(networks.scheduler, steps, CPU)
    return last(
        sample(networks.expert, lambda _: nullcontext(), networks.scheduler, noise, conditions, guidance, anchor)
    )


@pytest.mark.parametrize("model", [SMALL, LARGE], ids=["5B", "A14B"])
def test_equals_the_stock_pipeline(model, root, monkeypatch):
    from diffusers import WanImageToVideoPipeline

    from levitor_core.renderers.wan.making import conditions_of

    networks = load_networks(model.weights, root, torch.float32, CPU)
    photo = np.random.default_rng(0).integers(0, 256, (*SIZE_HW, 3), dtype=np.uint8)
    noise = torch.randn(1, *codec.latent_shape(networks.vae, 5, SIZE_HW), generator=torch.Generator().manual_seed(1))
    conditions = conditions_of(networks, photo, 5, Conditions(embedding(2), embedding(3)))
    ours = run(networks, conditions, noise)
    stock = WanImageToVideoPipeline(
        tokenizer=None, text_encoder=None, vae=networks.vae, scheduler=networks.scheduler,
        transformer=networks.experts[0], transformer_2=networks.experts[1] if model is LARGE else None,
        boundary_ratio=networks.boundary or None, expand_timesteps=networks.first_frame_fixed,
    )  # fmt: skip
    stock.set_progress_bar_config(disable=True)
    levels = networks.scheduler.set_timesteps
    monkeypatch.setattr(
        networks.scheduler,
        "set_timesteps",
        lambda steps, device: levels(sigmas=np.linspace(1, 0, steps + 1)[:-1].tolist(), device=device),
    )
    theirs = stock(
        image=torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255, height=64, width=96, num_frames=5,
        num_inference_steps=3, guidance_scale=4.0, latents=noise.transpose(1, 2).clone(), prompt_embeds=embedding(2),
        negative_prompt_embeds=embedding(3), output_type="latent",
    ).frames  # fmt: skip
    torch.testing.assert_close(ours.transpose(1, 2), theirs, rtol=0, atol=2e-5)


def held(networks, release):
    shape = codec.latent_shape(networks.vae, 5, SIZE_HW)
    reference = torch.randn(1, *shape, generator=torch.Generator().manual_seed(8))
    from levitor_core.anchoring.schedules import noising_of

    return Anchor(reference, release.expand(1, shape[0], 1, *shape[2:]).clone(), noising_of(networks.scheduler))


def test_loaded_networks_need_their_files_no_more(root, tmp_path):
    shutil.copytree(root / SMALL.weights.place, tmp_path / SMALL.weights.place)
    networks = load_networks(SMALL.weights, tmp_path, torch.float32, CPU)
    assert not lies_in(tmp_path) and networks


def test_skipping_is_overwriting_and_a_whole_anchor_is_the_reference(networks):
    noise = torch.randn(1, *codec.latent_shape(networks.vae, 5, SIZE_HW), generator=torch.Generator().manual_seed(1))
    conditions = Conditions(embedding(2), embedding(3), first=torch.zeros(1, 1, 48, 4, 6))
    anchor = held(networks, torch.full((1, 2, 1, 4, 6), 0.9))
    anchor.release[:, 1, :, :2] = 0.95
    whole = type("Whole", (Anchor,), {"count_steps_to_skip": lambda self, sigmas: 0})(**vars(anchor))
    skipped, overwritten = (run(networks, conditions, noise, part, steps=6) for part in (anchor, whole))
    assert anchor.count_steps_to_skip(networks.scheduler.sigmas.tolist()) > 0
    assert (skipped == overwritten).all()
    kept = held(networks, torch.zeros(1, 2, 1, 4, 6))
    assert (run(networks, conditions, noise, kept)[:, 1:] == kept.reference[:, 1:]).all()


def test_a_solver_that_remembers_is_refused(networks):
    from diffusers import UniPCMultistepScheduler

    solver = UniPCMultistepScheduler(use_flow_sigmas=True)
    with pytest.raises(RendererError, match="use Euler"):
        anchor_for(replace(networks, scheduler=solver), None, CPU)


def test_no_anchor_is_free_and_a_whole_one_is_preview_through_the_vae(renderer, networks):
    free, part, whole = (video(renderer, anchor=anchor) for anchor in (0.0, 0.9, 1.0))
    assert (free != part).any() and free.shape == (5, *SIZE_HW, 3)
    frames = np.stack(list(draw(scene(), animate(scene(), 5), SIZE_HW, range(5))))
    photo = cv2.resize(scene().photo, SIZE_HW[::-1], interpolation=cv2.INTER_AREA)
    first, others = codec.encode(networks.vae, photo[None]), codec.encode(networks.vae, frames)[:, 1:]
    expected = np.stack(list(codec.decode(networks.vae, torch.cat([first, others], dim=1))))
    assert (whole[1:] == expected[1:]).mean() > 0.99


def test_windows_are_of_whole_latents(networks):
    assert codec.frames_held(networks.vae) == SMALL.entry.at_once.frames_a_latent == LARGE.entry.at_once.frames_a_latent


@pytest.mark.parametrize("anchor", [0.0, 1.0])
def test_a_long_clip_goes_on_in_windows_and_a_whole_anchor_is_previews_latents_across_seams(
    renderer, networks, anchor, monkeypatch
):
    decoded = []
    decode = codec.decode
    monkeypatch.setattr(codec, "decode", lambda vae, latents: decoded.append(latents) or decode(vae, latents))
    long = WanRenderer(
        renderer._checkpoints, "cpu", replace(SMALL, entry=replace(SMALL.entry, at_once=AtOnce(9, 5, 4)))
    )
    long._loaded = renderer._loaded
    clips = long.render(project(num_frames=12, anchor=anchor, num_variants=2, num_inference_steps=1), Monitor())
    assert [len(clip.frames) for clip in clips] == [12, 12] and "2 parts of 9 frames" in clips[0].notes[0]
    frames = np.stack(list(draw(scene(), animate(scene(), 12), SIZE_HW, range(12))))
    for first, second in zip(decoded[::2], decoded[1::2], strict=True):
        before = np.stack(list(decode(networks.vae, first)))[4:9]
        assert torch.equal(second[:, :1], codec.encode(networks.vae, before)[:, :1])
        if anchor:
            assert torch.equal(first[:, 1:], codec.encode(networks.vae, frames[:9])[:, 1:])
            last = codec.encode(networks.vae, frames[np.minimum(np.arange(4, 13), 11)])
            assert torch.equal(second[:, 1:], last[:, 1:])
        else:
            assert torch.equal(second[:, :2], codec.encode(networks.vae, before))


@pytest.mark.parametrize("num_frames", [1, 2, 6])
def test_any_number_of_frames_is_made(renderer, num_frames):
    assert len(video(renderer, num_frames=num_frames, anchor=0.2, num_inference_steps=1)) == num_frames


def test_prompts_count_and_the_apps_own_are_kept_beside_the_weights(root, tmp_path):
    folder = tmp_path / SMALL.weights.place
    shutil.copytree(root / SMALL.weights.place, folder)
    for kept in folder.glob("prompt_*"):
        kept.unlink()
    renderer = WanRenderer(tmp_path, "cpu", SMALL)
    assert (video(renderer, prompt="a ball") != video(renderer)).any()
    assert len(list(folder.glob("prompt_*.safetensors"))) == 2
    before = video(renderer)
    shutil.rmtree(folder / "text_encoder")
    (folder / "text_encoder").mkdir()
    assert (video(renderer) == before).all()
    with pytest.raises(MissingWeightsError, match="text_encoder cannot be loaded"):
        video(renderer, prompt="rolls")


@pytest.mark.parametrize("text", ["", " \n", None])
def test_an_empty_prompt_is_none(text):
    assert renderers.with_settings(scene(), prompt=text).renderers["wan"]["prompt"] is None


def test_a_prompt_of_several_lines_is_one_and_too_long_a_one_is_refused():
    assert entry.WanSettings(prompt="a dog\n\truns, \u200dfast ").prompt == "a dog runs, fast"
    with pytest.raises(InputError, match="1 to 1000"):
        entry.WanSettings(prompt="x" * 1001)


def test_the_large_model_hands_over_between_its_experts(large):
    video(large, num_inference_steps=4)
    networks = large._loaded[1]
    assert [networks.expert(sigma) for sigma in (1.0, 0.9, 0.89, 0.1)] == [
        networks.experts[0], networks.experts[0], networks.experts[1], networks.experts[1]
    ]  # fmt: skip
    assert (video(large, num_inference_steps=4, anchor=0.5) != video(large, num_inference_steps=4)).any()


def test_lightnings_updates_are_added_and_take_four_steps(root, tmp_path):
    shutil.copytree(root / LARGE.weights.place, tmp_path / LARGE.weights.place)
    (tmp_path / LIGHTNING).mkdir()
    down, up = torch.randn(2, 24), torch.randn(24, 2)
    layer = "diffusion_model.blocks.0.self_attn.q"  # in Wan's own names
    theirs = {f"{layer}.lora_down.weight": down, f"{layer}.lora_up.weight": up, f"{layer}.alpha": torch.tensor(1.0)}
    ours = {"blocks.0.attn1.to_q.lora_A.weight": down, "blocks.0.attn1.to_q.lora_B.weight": up}
    for name, tensors in zip(ADAPTERS.values(), (theirs, ours), strict=True):
        save_file(tensors, tmp_path / LIGHTNING / name)
    renderer = WanRenderer(tmp_path, "cpu", LARGE)
    (clip,) = renderer.render(project(num_inference_steps=1), Monitor())
    assert "Lightning" in clip.notes[0] and "4 steps" in clip.notes[0]
    for name, scale in (("transformer", 0.5), ("transformer_2", 1.0)):
        file = root / LARGE.weights.place / name / "diffusion_pytorch_model.safetensors"
        before = load_file(file)["blocks.0.attn1.to_q.weight"]
        after = renderer._loaded[1].experts[name == "transformer_2"].get_parameter("blocks.0.attn1.to_q.weight")
        torch.testing.assert_close(after, before + scale * up @ down)
    (tmp_path / LIGHTNING / ADAPTERS["transformer"]).write_bytes(b"no")
    with pytest.raises(MissingWeightsError, match="does not fit"):
        WanRenderer(tmp_path, "cpu", LARGE).render(project(), Monitor())


def test_sizes_keep_the_photos_shape():
    assert size_for((288, 512), 480 * 832, 32) == (480, 832)
    assert size_for((512, 288), 480 * 832, 32) == (832, 480)
    assert size_for((288, 512), 704 * 1280, 32)[1] == 1280
    for shape in ((384, 384), (200, 600), (64, 1000)):
        height, width = size_for(shape, 480 * 832, 32)
        assert height % 32 == width % 32 == 0 and 0.7 < height * width / (480 * 832) < 1.4


def test_what_is_missing_or_damaged_gets_a_sentence(root, tmp_path):
    renderer = WanRenderer(tmp_path, "cpu", SMALL)
    assert "checkpoints download wan2.2-ti2v-5b" in renderer.unavailable_reason()
    with pytest.raises(MissingWeightsError, match="are missing"):
        video(renderer)
    assert "no CUDA GPU" in WanRenderer(root, "auto", SMALL).unavailable_reason() or torch.cuda.is_available()
    folder = tmp_path / SMALL.weights.place
    shutil.copytree(root / SMALL.weights.place, folder)
    file = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    del tensors["proj_out.weight"]
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(MissingWeightsError, match=r"transformer cannot be loaded \(proj_out.weight"):
        video(renderer)
    (folder / "model_index.json").write_text("[]")
    with pytest.raises(MissingWeightsError, match=r"model_index\.json"):
        video(renderer)


def test_auto_takes_the_small_model_where_its_weights_and_a_card_are(root, tmp_path, monkeypatch):
    shutil.copytree(root / LARGE.weights.place, tmp_path / LARGE.weights.place)
    monkeypatch.setattr(WanWeights, "_cached", lambda weights: None)
    for has_cuda in (False, True):
        monkeypatch.setattr("levitor_core.renderers.wan.renderer.has_cuda", lambda has_cuda=has_cuda: has_cuda)
        for commercial in (False, True):
            engine = Engine(Checkpoints(root), commercial=commercial)
            assert engine.renderer("auto").entry.name == ("wan" if has_cuda else "preview")
            assert engine.settings_of(scene()).num_frames == (81 if has_cuda else 48)
        assert Engine(Checkpoints(tmp_path)).renderer("auto").entry.name == "preview"


def test_from_a_photo_to_an_mp4(root, tmp_path):
    save(project(), tmp_path / "job.levitor")
    made = tmp_path / "out.mp4"
    words = ["--checkpoints", root, "--device", "cpu", "render", tmp_path / "job.levitor", "-o", made]
    words += ["--renderer", "wan", "--steps", 1, "--frames", 5, "--prompt", "a ball"]
    assert main([str(word) for word in words]) == 0
    assert np.stack(list(read_frames(made))).shape == (5, *SIZE_HW, 3)
