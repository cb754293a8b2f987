"""Between frames and Wan's latents: in float32, normalised as they are denoised."""

from collections.abc import Iterator

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from jaxtyping import Float, UInt8
from torch import Tensor

from levitor_core.structures import SizeHW

Frames = UInt8[np.ndarray, "frames h w 3"]
Latents = Float[Tensor, "1 f c gh gw"]


def frames_held(vae: AutoencoderKLWan) -> int:
    """Frames in every latent after the first."""
    return vae.config["scale_factor_temporal"]


def latent_shape(vae: AutoencoderKLWan, num_frames: int, size_hw: SizeHW) -> tuple[int, int, int, int]:
    """Latents, channels, height and width of a video of whole latents."""
    side = vae.config["scale_factor_spatial"]
    return 1 + (num_frames - 1) // frames_held(vae), vae.config["z_dim"], size_hw[0] // side, size_hw[1] // side


@torch.no_grad()
def encode(vae: AutoencoderKLWan, frames: Frames) -> Latents:
    """The mode of the latents of whole groups of frames."""
    pixels = torch.from_numpy(np.ascontiguousarray(frames)).permute(3, 0, 1, 2)[None]
    return encode_pixels(vae, pixels.to(vae.device).float() / 127.5 - 1)


@torch.no_grad()
def encode_pixels(vae: AutoencoderKLWan, pixels: Float[Tensor, "1 3 frames h w"]) -> Latents:
    """The same of pixels in -1..1."""
    moments = vae.encode(pixels.to(vae.device, vae.dtype), return_dict=False)[0].mode().float()
    mean, std = _statistics(vae)
    return ((moments - mean) / std).transpose(1, 2)


@torch.no_grad()
def decode(vae: AutoencoderKLWan, latents: Latents) -> Iterator[Frames]:
    """The frames of one video."""
    mean, std = _statistics(vae)
    pixels = vae.decode((latents.transpose(1, 2) * std + mean).to(vae.dtype), return_dict=False)[0][0]
    for part in pixels.unbind(1):
        yield ((part.float() / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()


def _statistics(vae: AutoencoderKLWan) -> tuple[Tensor, Tensor]:
    mean, std = (torch.tensor(vae.config[name], device=vae.device) for name in ("latents_mean", "latents_std"))
    return mean.view(1, -1, 1, 1, 1), std.view(1, -1, 1, 1, 1)
