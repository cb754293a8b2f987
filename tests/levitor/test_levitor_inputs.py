"""What the networks are given: laws of noise, of the three numbers, and of what many videos have in common."""

from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core.renderers.levitor import codec
from levitor_core.renderers.levitor.controlnet import LeviTorControlNet
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.renderers.levitor.inputs import added_time_ids, draw_noises, make_conditions
from levitor_core.renderers.levitor.loading import Networks

FRAMES, SIZE_HW = 3, (16, 24)


@pytest.fixture(scope="module")
def networks():
    """Stand-ins that say their size: a VAE of factor 4, a UNet, and a ControlNet that sums up its control."""
    vae = Mock(AutoencoderKLTemporalDecoder, config={"block_out_channels": (1, 1, 1), "latent_channels": 5})

    def embed(control):
        return torch.nn.functional.avg_pool2d(control.flatten(0, 1), 4).to(torch.float16)

    return Mock(
        Networks,
        vae=vae,
        unet=SimpleNamespace(dtype=torch.float16),
        controlnet=Mock(LeviTorControlNet, embed_control=embed),
    )


def test_noise_depends_on_its_own_seed_alone(networks):
    photos, latents = draw_noises(networks, [7, 8, 9], FRAMES, SIZE_HW)
    assert photos.shape == (3, 3, *SIZE_HW) and latents.shape == (3, FRAMES, 5, 4, 6)
    photo, latent = draw_noises(networks, [8], FRAMES, SIZE_HW)
    assert torch.equal(photos[1:2], photo) and torch.equal(latents[1:2], latent)
    assert not torch.equal(latents[0], latents[1])


@settings(max_examples=20)
@given(st.floats(0, 60), st.floats(1, 255), st.floats(0, 1))
def test_the_sampler_and_training_count_frames_a_second_alike(fps, bucket, noise):
    alone = added_time_ids(*torch.tensor([fps, bucket, noise]))
    many = added_time_ids(*(torch.full((4,), value) for value in (fps, bucket, noise)))
    assert torch.equal(many, alone.expand(4, 3))
    np.testing.assert_allclose(alone, [max(fps - 1, 0), bucket, noise], rtol=1e-6, atol=1e-6)


def test_what_all_videos_have_in_common_is_given_once(networks):
    latents, chosen = torch.randn(2, 5, 4, 6), LeviTorSettings(noise_aug_strength=0.1)
    embedding, control = torch.randn(1, 1, 8), torch.rand(1, FRAMES, 3, *SIZE_HW)
    once = make_conditions(networks, embedding, latents, control, 7, chosen)
    repeated = make_conditions(networks, embedding.repeat(2, 1, 1), latents, control.repeat(2, 1, 1, 1, 1), 7, chosen)
    for name in ("image_latents", "image_embedding", "added_time_ids", "control_embedding"):
        assert torch.equal(getattr(once, name), getattr(repeated, name)), name
    assert once.image_latents.shape == (2, FRAMES, 5, 4, 6)
    assert len(once.control_embedding) == 2 * FRAMES


@pytest.mark.parametrize("shape", [(4, 6), (2, 4, 6), (2, 3, 4, 6)])
def test_pixels_are_the_same_from_arrays_and_tensors_of_any_depth(shape):
    pictures = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    pixels = codec.to_pixels(pictures)
    assert torch.equal(pixels, codec.to_pixels(torch.from_numpy(pictures)))
    assert torch.equal(pixels, codec.to_pixels(pictures[..., ::-1]).flip(-3))
    np.testing.assert_allclose(np.moveaxis(pixels.numpy(), -3, -1), pictures / 127.5 - 1, atol=1e-6)
