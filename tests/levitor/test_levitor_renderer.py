"""The LeviTor renderer from project to clips, with the tiny checkpoint in the released layout, on the CPU."""

import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from levitor_core import renderers
from levitor_core.checkpoints import Checkpoints
from levitor_core.errors import Cancelled, InputError, MissingWeightsError, RendererError
from levitor_core.monitor import Monitor, ProgressEvent, Stage
from levitor_core.renderers.levitor import LeviTorRenderer, memory, space
from levitor_core.renderers.levitor.pipeline import Pipeline


@pytest.fixture(scope="module")
def checkpoints(checkpoint_root):
    """The tiny checkpoint behind the app's own Checkpoints, which verifies it once."""
    return Checkpoints(checkpoint_root)


@pytest.fixture(scope="module")
def renderer(checkpoints):
    """Loaded once."""
    return LeviTorRenderer(checkpoints, device="cpu")


@pytest.fixture(scope="module")
def plain_frames(renderer, make_project):
    """The fixture project's video, made once."""
    return frames_of(renderer, make_project())[0]


def frames_of(renderer, project, **changes) -> list[np.ndarray]:
    """Every variant's frames as one array each."""
    clips = renderer.render(renderers.with_settings(project, **changes), Monitor())
    return [np.stack(list(clip.frames)) for clip in clips]


def test_a_project_becomes_clips_with_consecutive_seeds(renderer, with_settings):
    events = []
    clips = renderer.render(with_settings(num_variants=2, seed=40, num_inference_steps=2), Monitor(events.append))
    assert [clip.seed for clip in clips] == [40, 41]
    for clip in clips:
        frames = np.stack(list(clip.frames))
        assert frames.shape == (3, 64, 48, 3) and frames.dtype == np.uint8
        assert (clip.num_frames, clip.fps, clip.size_hw, clip.renderer) == (3, 6.0, (64, 48), "levitor")
    stages = [(event.title, event.step, event.total) for event in events]
    assert ("Denoising, video 1 of 2", 2, 2) in stages and ("Denoising, video 2 of 2", 2, 2) in stages


def test_same_seed_same_video_and_variants_are_their_seeds(renderer, project, plain_frames):
    seed = project.settings.seed
    first, second = frames_of(renderer, project, num_variants=2)
    assert np.array_equal(first, plain_frames)
    assert np.array_equal(frames_of(renderer, project, seed=seed + 1)[0], second)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    "change",
    [
        {"num_inference_steps": 3},
        {"min_guidance_scale": 2.0},
        {"max_guidance_scale": 8.0},
        {"motion_bucket_id": 5},
        {"fps": 30.0},
        {"noise_aug_strength": 1.0},
        {"control_scale": 0.0},
        {"rigidity": 8.0},
        {"time_context": "mixed"},
    ],
    ids=str,
)
def test_every_setting_is_real(renderer, project, plain_frames, change):
    assert not np.array_equal(frames_of(renderer, project, **change)[0], plain_frames)


def test_the_path_reaches_the_video(renderer, project, plain_frames):
    still = replace(project, objects=(replace(project.objects[0], waypoints=()),))
    assert not np.array_equal(frames_of(renderer, still)[0], plain_frames)


@pytest.mark.parametrize("mode", ["balanced", "lean"])
def test_every_memory_mode_makes_the_same_video(checkpoints, project, plain_frames, mode):
    leaner = LeviTorRenderer(checkpoints, device="cpu")
    np.testing.assert_allclose(frames_of(leaner, project, memory=mode)[0].astype(int), plain_frames, atol=1)


def test_the_lean_mode_mixes_the_halves_context_alike(renderer, project):
    full, lean = (frames_of(renderer, project, memory=mode, time_context="mixed")[0] for mode in ("full", "lean"))
    np.testing.assert_allclose(lean.astype(int), full, atol=1)


@pytest.mark.parametrize("time_context", ["separate", "mixed"])
def test_batched_variants_are_the_same_videos(renderer, project, monkeypatch, time_context):
    asked = {"num_variants": 2, "num_frames": 2, "time_context": time_context}
    one_by_one = frames_of(renderer, project, **asked)
    monkeypatch.setattr(memory, "variants_at_once", lambda plan, device, pixels, wanted: wanted)
    for batched, single in zip(frames_of(renderer, project, **asked), one_by_one, strict=True):
        np.testing.assert_allclose(batched.astype(int), single, atol=1)


def test_without_guidance_there_is_nothing_to_mix(renderer, project):
    asked = {"min_guidance_scale": 1.0, "max_guidance_scale": 1.0, "num_frames": 2}
    separate, mixed = (frames_of(renderer, project, **asked, time_context=name)[0] for name in ("separate", "mixed"))
    assert np.array_equal(separate, mixed)


def test_another_unet_is_loaded_when_asked_for_and_said(checkpoint_root, project, plain_frames, tmp_path):
    root = tmp_path / "checkpoints"
    shutil.copytree(checkpoint_root, root)
    own = LeviTorRenderer(Checkpoints(root), device="cpu")
    with pytest.raises(MissingWeightsError, match="LeviTor UNet is missing"):
        own.render(renderers.with_settings(project, unet="levitor"), Monitor())
    shutil.copytree(root / "stable-video-diffusion-img2vid-xt" / "unet", root / "LeviTor" / "unet")
    file = root / "LeviTor" / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({name: tensor * 1.5 for name, tensor in load_file(file).items()}, file)
    (clip,) = own.render(renderers.with_settings(project, unet="levitor"), Monitor())
    assert any("LeviTor/unet" in note for note in clip.notes)
    assert not np.array_equal(np.stack(list(clip.frames)), plain_frames)
    assert np.array_equal(frames_of(own, project)[0], plain_frames)


def test_more_than_25_frames_are_made_in_parts(renderer, with_settings):
    events = []
    asked = with_settings(num_frames=26, num_inference_steps=1, fps=10)
    (clip,) = renderer.render(asked, Monitor(events.append))
    assert clip.num_frames == len(list(clip.frames)) == 26 and clip.fps == 10
    assert "Made in 2 parts of 16 frames, each going on from the last 6 frames before it." in clip.notes
    assert [event.stage for event in events].count(Stage.DONE) == 1 and events[-1].stage is Stage.DONE
    assert {"Denoising, part 1 of 2", "Denoising, part 2 of 2"} < {event.title for event in events}


def test_notes_name_the_untrained_size_and_the_slow_device(renderer, project):
    (clip,) = renderer.render(project, Monitor())
    assert any("288 wide x 512 high" in note for note in clip.notes)
    assert any("CPU" in note for note in clip.notes)


@pytest.mark.parametrize("stage", ["Placing control points", "Loading the video model", "Denoising", "Decoding frames"])
def test_cancel_stops_before_the_next_step_and_the_next_run_works(renderer, project, stage):
    seen = []

    def cancel_at_stage(event):
        seen.append(event.title)
        if event.title == stage:
            monitor.cancel()

    monitor = Monitor(cancel_at_stage)
    with pytest.raises(Cancelled):
        renderer.render(project, monitor)
    assert seen.count(stage) == 1 and seen[-1] == stage
    assert len(frames_of(renderer, project)[0]) == 3


@pytest.fixture
def short_of_memory(checkpoints, monkeypatch):
    """A renderer without networks, whose memory runs out in the middle of its first `times` videos."""

    def make(times: int) -> LeviTorRenderer:
        left = iter([True] * times)

        def generate(job):
            yield ProgressEvent("Denoising", 0, 1, Stage.RENDER)
            if next(left, False):
                raise torch.OutOfMemoryError("CUDA out of memory.")
            yield np.zeros((job.num_frames, 64, 48, 3), np.uint8)

        def load(checkpoints, setup, make=False):
            return SimpleNamespace(setup=setup, generate=generate)

        monkeypatch.setattr(Pipeline, "load", load)
        return LeviTorRenderer(checkpoints, device="cpu")

    return make


@pytest.mark.parametrize(("times", "plan"), [(1, "balanced"), (2, "lean")])
def test_out_of_memory_is_tried_again_leaner_and_said(short_of_memory, with_settings, times, plan):
    (clip,) = short_of_memory(times).render(with_settings(memory="full"), Monitor())
    told = [note for note in clip.notes if "ran out" in note]
    assert len(told) == times and "in the full mode" in told[0] and f"made in the {plan} mode" in told[-1]


def test_out_of_memory_in_every_plan_names_the_setting_and_the_next_run_works(short_of_memory, project):
    renderer = short_of_memory(times=3)
    with pytest.raises(RendererError, match=r"lower the number of frames"):
        frames_of(renderer, project, memory="full")
    assert renderer._pipeline is None
    assert len(frames_of(renderer, project)[0]) == 3


def test_out_of_memory_in_lean_names_the_frames(short_of_memory, project):
    with pytest.raises(RendererError, match=r"lower the number of frames"):
        frames_of(short_of_memory(times=1), project, memory="lean")


def test_auto_keeps_the_plan_that_worked(short_of_memory, with_settings):
    renderer = short_of_memory(times=1)
    renderer.render(with_settings(memory="full"), Monitor())
    (clip,) = renderer.render(with_settings(memory="auto"), Monitor())
    assert renderer._pipeline.setup.plan.name == "balanced"
    assert not any("ran out" in note for note in clip.notes)


def test_numbers_that_blow_up_are_one_sentence_and_the_next_run_works(renderer, project, monkeypatch):
    frames_of(renderer, project)
    with monkeypatch.context() as patch:
        patch.setattr(renderer._pipeline.networks.unet.conv_out.bias, "data", torch.full((4,), float("nan")))
        with pytest.raises(RendererError, match=r"^[^.]+\.$"):
            frames_of(renderer, project)
    assert len(frames_of(renderer, project)[0]) == 3


def test_a_programmers_error_stays_an_exception(renderer, project, monkeypatch):
    monkeypatch.setattr(Pipeline, "generate", lambda self, job: iter(1 / 0 for _ in "x"))
    with pytest.raises(ZeroDivisionError):
        renderer.render(project, Monitor())


def test_a_side_that_is_no_multiple_of_8_is_refused(renderer, project):
    scene = project.scene
    cut = replace(scene, image=scene.image[:60], disparity=scene.disparity[:60], partition=scene.partition[:60])
    with pytest.raises(InputError, match="multiples of 8"):
        renderer.render(replace(project, photo=cut.image, scene=cut, objects=()), Monitor())


def test_free_forgets_the_networks_and_the_next_run_loads_them(renderer, project, plain_frames):
    renderer.free()
    assert renderer._pipeline is None
    assert np.array_equal(frames_of(renderer, project)[0], plain_frames)


def test_it_says_what_is_missing(tmp_path, checkpoints, project, monkeypatch):
    empty = LeviTorRenderer(Checkpoints(tmp_path), device="cpu")
    reason = empty.unavailable_reason()
    assert "Stable Video Diffusion XT" in reason and "ControlNet" in reason and reason.endswith(".")
    with pytest.raises(MissingWeightsError):
        empty.render(project, Monitor())
    assert LeviTorRenderer(checkpoints, device="cpu").unavailable_reason() is None
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "CUDA GPU" in LeviTorRenderer(checkpoints).unavailable_reason()


def test_asking_whether_it_can_run_imports_no_torch(tmp_path):
    code = (
        "import sys; from pathlib import Path; from levitor_core.checkpoints import Checkpoints;"
        "from levitor_core.renderers.levitor import LeviTorRenderer;"
        f"print(LeviTorRenderer(Checkpoints(Path({str(tmp_path)!r}))).unavailable_reason());"
        "print({'torch', 'diffusers', 'transformers'} & set(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.splitlines()[1:] == ["set()"]


def test_on_a_space_the_gpu_is_asked_for_an_honest_time(checkpoints, project, monkeypatch):
    """A stand-in for `spaces` that pickles what crosses to the lent process, as the real one does."""
    promised = []

    def gpu(duration):
        def decorate(task):
            def lent(job):
                promised.append(duration(job))
                for event in task(pickle.loads(pickle.dumps(job))):
                    yield pickle.loads(pickle.dumps(event))

            return lent

        return decorate

    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=gpu))
    renderer = LeviTorRenderer(checkpoints, device="cpu")
    renderer.load()  # in the main thread, before the page is up
    monkeypatch.setattr(Pipeline, "load", lambda *_: pytest.fail("loaded by the lent process"))
    assert len(frames_of(renderer, project, num_variants=2, memory="lean")) == 2
    monkeypatch.setattr(Pipeline, "generate", failed)
    with pytest.raises(RendererError, match="disk is full"):
        frames_of(renderer, project, num_frames=25, num_inference_steps=100, num_variants=4)
    assert 15 <= promised[0] < promised[1] <= 30


def failed(pipeline, job):
    raise RendererError("The disk is full; free some space.")


def test_off_a_space_nothing_is_wrapped(monkeypatch):
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert space.on_gpu(failed, lambda job: 1) is failed
