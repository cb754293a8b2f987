"""Laws of the objective, and a plain float64 oracle of EDM's formulas."""

import math

import torch
from diffusers import EulerDiscreteScheduler

from levitor_core.renderers.levitor.architecture import SVD_SCHEDULE
from levitor_core.training.objective import TrainingBatch, loss_weight, losses, preconditioning

SHAPE = (4, 3, 2, 5, 6)


def batch(sigmas=(0.05, 0.8, 3.0, 300.0)) -> TrainingBatch:
    generator = torch.Generator().manual_seed(0)
    b, f, c, h, w = SHAPE
    return TrainingBatch(
        latents=torch.randn(SHAPE, generator=generator),
        image_latents=torch.randn(b, c, h, w, generator=generator),
        image_embedding=torch.randn(b, 1, 7, generator=generator),
        added_time_ids=torch.zeros(b, 3),
        control=torch.zeros(b, f, 3, 8, 8),
        noise=torch.randn(SHAPE, generator=generator),
        sigma=torch.tensor(sigmas),
        keep_embedding=torch.tensor([1.0, 0.0, 1.0, 0.0]),
        keep_image=torch.tensor([1.0, 1.0, 0.0, 0.0]),
    )


def velocity(given: TrainingBatch) -> torch.Tensor:
    """Of the variance-preserving path: v = alpha noise - sigma' clean, alpha = 1 / sqrt(1 + sigma^2)."""
    sigma = given.sigma.reshape(-1, 1, 1, 1, 1)
    return (given.noise - sigma * given.latents) / (1 + sigma**2).sqrt()


def test_a_perfect_network_has_no_loss():
    given = batch()
    found = losses(lambda *inputs: velocity(given), given)
    assert found.max() < 1e-4


def test_the_loss_is_the_squared_error_of_v_at_every_noise_level():
    given = batch()
    guess = torch.randn(SHAPE, generator=torch.Generator().manual_seed(1))
    expected = (guess - velocity(given)).square().mean(dim=(1, 2, 3, 4))
    torch.testing.assert_close(losses(lambda *inputs: guess, given), expected, rtol=2e-3, atol=1e-4)


def test_one_euler_step_with_the_true_v_lands_on_the_clean_latents():
    given = batch()
    scheduler = EulerDiscreteScheduler(**SVD_SCHEDULE)
    scheduler.set_timesteps(1)
    sigma = float(scheduler.sigmas[0])
    alone = batch((sigma,) * 4)
    noisy = alone.latents + sigma * alone.noise
    landed = scheduler.step(velocity(alone), scheduler.timesteps[0], noisy).prev_sample
    assert (landed - given.latents).abs().max() < 1e-2  # float32 at sigma 700


def test_the_network_is_told_the_noise_as_the_sampler_tells_it():
    scheduler = EulerDiscreteScheduler(**SVD_SCHEDULE)
    scheduler.set_timesteps(25)
    sigmas = scheduler.sigmas[:-1]
    torch.testing.assert_close(preconditioning(sigmas).noise, scheduler.timesteps.float(), rtol=1e-4, atol=1e-4)
    scaled = scheduler.scale_model_input(torch.ones(1), scheduler.timesteps[0])
    torch.testing.assert_close(preconditioning(sigmas[:1]).into, scaled)


def test_scales_and_weights_against_plain_python():
    for sigma in (0.002, 0.3, 1.0, 40.0, 700.0):
        found = preconditioning(torch.tensor(sigma))
        assert math.isclose(found.skip, 1 / (sigma**2 + 1), rel_tol=1e-5)
        assert math.isclose(found.out, -sigma / math.sqrt(sigma**2 + 1), rel_tol=1e-5)
        assert math.isclose(found.into, 1 / math.sqrt(sigma**2 + 1), rel_tol=1e-5)
        assert math.isclose(found.noise, 0.25 * math.log(sigma), rel_tol=1e-5, abs_tol=1e-7)
        assert math.isclose(loss_weight(torch.tensor(sigma)), (1 + sigma**2) / sigma**2, rel_tol=1e-5)


def test_left_out_conditions_are_zero_and_control_never_is():
    given, seen = batch(), {}

    def network(sample, timestep, embedding, ids, control):
        seen.update(image=sample[:, :, 2:], embedding=embedding, control=control)
        return torch.zeros(SHAPE)

    losses(network, given)
    assert [bool(image.any()) for image in seen["image"]] == [True, True, False, False]
    assert [bool(embedding.any()) for embedding in seen["embedding"]] == [True, False, True, False]
    torch.testing.assert_close(seen["image"][0, 1], given.image_latents[0])
    assert seen["control"] is given.control
