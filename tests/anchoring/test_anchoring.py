"""Laws of clocks, releases and the anchored sampler, on random scenes and with denoisers simple enough to predict."""

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core.anchoring.anchor import Anchor
from levitor_core.anchoring.clocks import Grid, Holds, clocks, strength_of
from levitor_core.anchoring.schedules import Flow, Karras, noising_of
from levitor_core.anchoring.uncovered import find_uncovered
from levitor_core.errors import RendererError
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.renderers.levitor.sampler import Conditions, guidance_schedule, sample
from levitor_core.structures import CameraKey, CameraMove, RenderedMasks
from tests.scenes import STILL, flat_scene, moving, project_of

FRAMES, SIZE_HW, GRID = 5, (24, 32), Grid((6, 8))
anchors, holds = st.floats(0, 1), st.floats(0.1, 8)


def svd_scheduler():
    return EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction",
        use_karras_sigmas=True, sigma_min=0.002, sigma_max=700.0, timestep_spacing="leading",
        timestep_type="continuous", steps_offset=1,
    )  # fmt: skip


class Counting:
    """A denoiser that answers by what it sees, and counts."""

    def __init__(self):
        self.calls = 0

    def __call__(self, latents, timestep, conditions):
        self.calls += 1
        return torch.tanh(latents) * 0.7 + 0.1


def conditions():
    return Conditions(
        torch.ones(1, FRAMES, 4, 6, 8), torch.ones(1, 1, 8), torch.zeros(1, 3), torch.zeros(FRAMES, 2, 6, 8), 1.0
    )


def run(anchor, steps=10, skip=True, denoiser=None):
    scheduler = svd_scheduler()
    scheduler.set_timesteps(steps)
    noise = torch.randn(1, FRAMES, 4, 6, 8, generator=torch.Generator().manual_seed(1))
    if anchor and not skip:
        anchor = type("Whole", (Anchor,), {"count_steps_to_skip": lambda self, sigmas: 0})(**vars(anchor))
    *_, latents = sample(
        denoiser or Counting(), scheduler, noise, conditions(), guidance_schedule(1, 1, FRAMES), anchor=anchor
    )
    return latents


def anchor_of(strengths):
    noising = noising_of(svd_scheduler())
    reference = torch.randn(1, FRAMES, 4, 6, 8, generator=torch.Generator().manual_seed(2))
    return Anchor(reference, noising.level(torch.as_tensor(strengths).float())[:, :, None], noising)


def random_masks(seed, num_objects=2):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, num_objects + 2, (FRAMES, *SIZE_HW)).astype(np.int32)
    return RenderedMasks(labels, np.zeros(labels.shape, np.float32), num_objects), rng.random(labels.shape) < 0.2


def test_nothing_anchored_is_the_plain_sampler_to_the_bit():
    assert torch.equal(run(anchor_of(np.zeros((1, FRAMES, 6, 8)))), run(None))


def test_everything_anchored_is_the_reference_without_one_evaluation():
    anchor, denoiser = anchor_of(np.ones((1, FRAMES, 6, 8))), Counting()
    assert torch.equal(run(anchor, denoiser=denoiser), anchor.reference)
    assert denoiser.calls == 0


@pytest.mark.parametrize("seed", range(4))
def test_skipping_steps_is_overwriting_their_results_to_the_bit(seed):
    strengths = np.random.default_rng(seed).uniform(0.35, 0.9, (1, FRAMES, 6, 8))
    few, all_of_them = Counting(), Counting()
    skipped = run(anchor_of(strengths), denoiser=few)
    assert torch.equal(skipped, run(anchor_of(strengths), skip=False, denoiser=all_of_them))
    assert few.calls < all_of_them.calls


def test_one_free_place_means_that_no_step_is_skipped():
    strengths = np.full((1, FRAMES, 6, 8), 0.8)
    strengths[0, 2, 3, 3] = 0
    denoiser = Counting()
    run(anchor_of(strengths), denoiser=denoiser)
    assert denoiser.calls == 10


@pytest.mark.parametrize("steps", [2, 4, 8, 25, 50])
def test_however_few_the_steps_a_place_is_released_at_the_same_level(steps):
    scheduler = svd_scheduler()
    scheduler.set_timesteps(steps)
    for strength in np.linspace(0.01, 0.99, 12):
        whole, level = anchor_of(np.full((1, FRAMES, 6, 8), strength)), Karras(0.002, 700).level(torch.tensor(strength))
        held = [sigma for sigma in scheduler.sigmas.tolist() if bool(whole.holds(sigma).all())]
        assert held == [sigma for sigma in scheduler.sigmas.tolist() if sigma >= level]


def test_levels_are_those_of_the_schedulers_own_steps():
    euler, flow = svd_scheduler(), FlowMatchEulerDiscreteScheduler(shift=5.0)
    euler.set_timesteps(11)
    levels = noising_of(euler).level(torch.linspace(0, 1, 11))
    torch.testing.assert_close(levels[1:-1], euler.sigmas[1:10], rtol=1e-4, atol=0)
    flow.set_timesteps(sigmas=np.linspace(1, 0.1, 10))
    torch.testing.assert_close(
        noising_of(flow).level(torch.linspace(0, 1, 11))[1:10], torch.as_tensor(flow.sigmas)[1:10]
    )
    assert levels[0] == torch.inf and levels[-1] == 0


def test_noise_is_added_or_takes_the_pictures_place():
    clean, noise = torch.tensor(2.0), torch.tensor(-1.0)
    assert Karras(0.002, 700).add_noise(clean, noise, 3.0) == -1
    assert Flow().add_noise(clean, noise, 0.25) == 1.25


def test_a_solver_that_remembers_is_refused():
    with pytest.raises(RendererError, match="remembers"):
        noising_of(UniPCMultistepScheduler())


@given(anchor=anchors, one=holds, other=holds)
def test_holds_order_what_lies_between_nothing_and_everything(anchor, one, other):
    assert strength_of(0, one) == 0 and strength_of(1, one) == 1 and strength_of(anchor, 1) == pytest.approx(anchor)
    low, high = sorted((one, other))
    assert 0 <= strength_of(anchor, low) <= strength_of(anchor, high) <= 1


@settings(max_examples=20)
@given(seed=st.integers(0, 99), hold=holds, frames_a_latent=st.sampled_from([1, 2, 4]))
def test_at_both_ends_every_clock_says_the_same(seed, hold, frames_a_latent):
    masks, holes = random_masks(seed)
    grid = Grid((6, 8), frames_a_latent)
    for anchor in (0.0, 1.0):
        assert (clocks(masks, holes, anchor, Holds((hold, 1 / hold), hold, 1 / hold), grid) == anchor).all()


@settings(max_examples=20)
@given(seed=st.integers(0, 99), anchor=anchors, hold=holds)
def test_even_holds_make_an_even_map_and_a_stiffer_object_is_held_longer(seed, anchor, hold):
    masks, holes = random_masks(seed)
    even = clocks(masks, holes, anchor, Holds((hold, hold), hold, hold), GRID)
    assert np.ptp(even) < 1e-4 and even[0, 0, 0] == pytest.approx(strength_of(anchor, hold), abs=1e-4)
    stiffer = clocks(masks, holes, anchor, Holds((hold * 2, hold), hold, hold), GRID)
    assert (stiffer >= even - 1e-4).all()


def test_time_is_pooled_as_the_video_vae_does_and_a_hole_in_any_frame_counts():
    labels, holes = np.zeros((5, *SIZE_HW), np.int32), np.zeros((5, *SIZE_HW), bool)
    labels[2], holes[4] = 1, True
    masks = RenderedMasks(labels, np.zeros(labels.shape, np.float32), 1)
    made = clocks(masks, holes, 0.5, Holds((1.0,), 0.0, 0.0), Grid((6, 8), 4))
    assert made.shape == (2, 6, 8) and (made[0] == 0).all() and (made[1] == 0).all()
    made = clocks(masks, holes & False, 0.5, Holds((1.0,), 0.0, 0.0), Grid((6, 8), 4))
    assert made[1] == pytest.approx(0.5 / 4)


def scene(camera=STILL):
    disparity, (mask,) = flat_scene(((30, 36), 12, 120))
    return animate(project_of((moving("disc", mask, (30, 36), (70, 36, 0.6)),), disparity, camera=camera), 3)


def test_what_a_moved_object_leaves_is_uncovered_and_nothing_else():
    animation = scene()
    made_up, labels = find_uncovered(animation), render(animation).labels
    assert (made_up[0] == animation.removed).all() and (labels[0][made_up[0]] == 1).all()
    assert (made_up[-1] == animation.removed).all() and (labels[-1][made_up[-1]] != 1).all()


def test_a_pan_uncovers_what_lies_beyond_the_photo():
    animation = scene(CameraMove((CameraKey(0.0), CameraKey(1.0, pan=(20, 0)))))
    assert find_uncovered(animation)[-1][:, :19].all() and not find_uncovered(animation)[0][:, :17].any()


def test_a_push_uncovers_what_near_edges_hid():
    animation = scene()
    disparity, (mask,) = flat_scene(((80, 36), 10, 200))
    pushed = CameraMove((CameraKey(0.0), CameraKey(1.0, push=0.5)))
    still = animate(project_of((), disparity, camera=pushed), 3)
    made_up = find_uncovered(still)
    assert (
        not made_up[0].any()
        and 0 < made_up[-1].mean() < 0.2
        and not find_uncovered(animation)[0][~mask & ~animation.removed].any()
    )
