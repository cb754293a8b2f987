"""The denoising loop, against stock diffusers and with denoisers simple enough to predict."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler, StableVideoDiffusionPipeline
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from transformers import CLIPImageProcessor

from levitor_core.monitor import ProgressEvent
from levitor_core.renderers.levitor.architecture import SVD_SCHEDULE
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.renderers.levitor.memory import PLANS, Setup
from levitor_core.renderers.levitor.pipeline import Job, Pipeline
from levitor_core.renderers.levitor.sampler import (
    DECISIVE,
    Conditions,
    NotFiniteError,
    guidance_schedule,
    sample,
    set_noise_levels,
)
from levitor_core.structures import ControlSignal

FRAMES = 3
CPU = torch.device("cpu")


class Recorder:
    """A denoiser that predicts the mean of the embedding it is shown, and keeps what it saw."""

    def __init__(self, value: float = 1.0) -> None:
        self.value, self.seen = value, []

    def __call__(self, latents, timestep, conditions):
        self.seen.append(conditions)
        context = conditions.image_embedding.mean((1, 2)).reshape(-1, 1, 1, 1, 1)
        return torch.ones_like(latents) * context * self.value


def conditions() -> Conditions:
    return Conditions(
        image_latents=torch.ones(1, FRAMES, 4, 4, 4),
        image_embedding=torch.ones(1, 1, 8),
        added_time_ids=torch.tensor([[5.0, 100.0, 0.02]]),
        control_embedding=torch.arange(FRAMES * 2.0).reshape(FRAMES, 2, 1, 1).expand(-1, -1, 4, 4),
        control_scale=1.0,
    )


def run(denoiser, guidance, steps=2, split=False):
    scheduler = EulerDiscreteScheduler(prediction_type="v_prediction", use_karras_sigmas=True)
    scheduler.set_timesteps(steps)
    noise = torch.randn(1, FRAMES, 4, 4, 4, generator=torch.Generator().manual_seed(0))
    return sample(denoiser, scheduler, noise, conditions(), guidance, split)


@given(st.floats(1, 10), st.floats(1, 10), st.integers(2, 25))
def test_guidance_is_linear_from_first_to_last_frame(first, last, num_frames):
    scale = guidance_schedule(first, last, num_frames).flatten().double()
    np.testing.assert_allclose(scale, np.linspace(first, last, num_frames), rtol=1e-5)


def test_one_frame_has_the_first_frames_guidance():
    assert guidance_schedule(1.5, 3.0, 1).tolist() == [[[[1.5]]]]


def test_the_unconditional_half_sees_control_but_no_photo():
    denoiser = Recorder()
    next(run(denoiser, guidance_schedule(1, 3, FRAMES)))
    (seen,) = denoiser.seen
    assert not seen.image_latents[0].any() and not seen.image_embedding[0].any()
    assert seen.image_latents[1].all() and seen.image_embedding[1].all()
    assert torch.equal(seen.control_embedding[:FRAMES], seen.control_embedding[FRAMES:])
    assert torch.equal(seen.added_time_ids[0], seen.added_time_ids[1])


def test_without_guidance_only_the_conditional_half_runs():
    denoiser = Recorder()
    list(run(denoiser, guidance_schedule(1, 1, FRAMES)))
    assert [len(seen.image_latents) for seen in denoiser.seen] == [1, 1]
    assert all(seen.image_latents.all() for seen in denoiser.seen)


def test_split_halves_give_the_same_latents():
    guidance = guidance_schedule(1, 3, FRAMES)
    joined, split = Recorder(), Recorder()
    for a, b in zip(run(joined, guidance), run(split, guidance, split=True), strict=True):
        assert torch.equal(a, b)
    assert {len(seen.image_latents) for seen in split.seen} == {1}
    assert {len(seen.image_latents) for seen in joined.seen} == {2}


def test_guidance_strengthens_later_frames():
    """The recorder predicts 0 without the photo and 1 with it, so frame f is moved by its guidance scale."""
    plain = list(run(Recorder(0), guidance_schedule(1, 3, FRAMES), steps=1))[-1]
    guided = list(run(Recorder(1), guidance_schedule(1, 3, FRAMES), steps=1))[-1]
    moved = (guided - plain).mean((0, 2, 3, 4))
    torch.testing.assert_close(moved / moved[0], torch.tensor([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_blow_up_are_noticed_at_once(value):
    denoiser = Recorder(value)
    with pytest.raises(NotFiniteError, match=r"^[^.]*control strength[^.]*\.$"):
        list(run(denoiser, guidance_schedule(1, 1, FRAMES), steps=5))
    assert len(denoiser.seen) == 1


def test_nothing_runs_after_the_reader_stops():
    denoiser = Recorder()
    path = run(denoiser, guidance_schedule(1, 3, FRAMES), steps=5)
    next(path)
    path.close()
    assert len(denoiser.seen) == 1


@pytest.mark.parametrize("fps", [6, 24])
def test_without_control_it_is_diffusers_own_pipeline(networks, fps):
    """Same noise, same networks: the frames of the stock SVD pipeline, to one grey level."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (64, 48, 3), dtype=np.uint8)
    settings = LeviTorSettings(
        seed=5, num_inference_steps=3, control_scale=0.0, motion_bucket_id=60, noise_aug_strength=0.3
    )
    control = ControlSignal(rng.integers(0, 256, (FRAMES, 3, 64, 48)).astype(np.float32))
    pipeline = Pipeline(networks, Setup(PLANS["full"], CPU, torch.float32))
    (ours,) = [v for v in pipeline.generate(Job(image, control, fps, settings)) if not isinstance(v, ProgressEvent)]

    processor = CLIPImageProcessor(image_mean=networks.image_mean, image_std=networks.image_std)
    stock = StableVideoDiffusionPipeline(
        networks.vae, networks.image_encoder, networks.unet, networks.scheduler, processor
    )
    stock.set_progress_bar_config(disable=True)
    theirs = stock(
        Image.fromarray(image),
        height=64,
        width=48,
        num_frames=FRAMES,
        num_inference_steps=3,
        fps=fps,
        motion_bucket_id=60,
        noise_aug_strength=0.3,
        generator=torch.Generator().manual_seed(5),
        output_type="np",
    ).frames[0]
    np.testing.assert_allclose(ours, theirs * 255, atol=1.01)
    assert ours.std() > 5


@given(st.integers(1, 40))
def test_few_noise_levels_fall_within_the_decisive_part_and_end_clean(steps):
    scheduler = EulerDiscreteScheduler(**SVD_SCHEDULE)
    set_noise_levels(scheduler, steps, True, CPU)
    levels = scheduler.sigmas.tolist()
    assert len(levels) == steps + 1 == len(scheduler.timesteps) + 1 and levels[-1] == 0
    assert all(high > low for high, low in pairwise(levels))
    if steps > 1:
        assert levels[0] == pytest.approx(DECISIVE[0]) and levels[-2] == pytest.approx(DECISIVE[1])
        assert float(scheduler.init_noise_sigma) == pytest.approx((DECISIVE[0] ** 2 + 1) ** 0.5)
