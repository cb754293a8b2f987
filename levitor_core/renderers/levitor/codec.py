"""Between pictures and latents: the photo through CLIP and the VAE, latents back to frames."""

from collections.abc import Iterator

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.pipelines.stable_video_diffusion import pipeline_stable_video_diffusion as stock
from jaxtyping import Float, UInt8
from torch import Tensor

from levitor_core.renderers.levitor.loading import Networks
from levitor_core.renderers.levitor.step import Decoder, Run
from levitor_core.structures import SizeHW


def latent_factor(vae: AutoencoderKLTemporalDecoder) -> int:
    """Pixels a side of one latent: 8 for the released VAE, 4 for the toy model's."""
    return 2 ** (len(vae.config["block_out_channels"]) - 1)


def latent_shape(vae: AutoencoderKLTemporalDecoder, num_frames: int, size_hw: SizeHW) -> tuple[int, int, int, int]:
    """Frames, channels, height and width of a video's latents."""
    factor = latent_factor(vae)
    return num_frames, vae.config["latent_channels"], size_hw[0] // factor, size_hw[1] // factor


def to_pixels(images: UInt8[np.ndarray, "*n h w 3"] | UInt8[Tensor, "*n h w 3"]) -> Float[Tensor, "*n 3 h w"]:
    """Pictures as float32 in -1..1."""
    tensor = images if isinstance(images, Tensor) else torch.from_numpy(np.ascontiguousarray(images))
    return tensor.movedim(-1, -3).float() / 255 * 2 - 1


@torch.no_grad()
def embed_images(networks: Networks, images: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1 c"]:
    """CLIP's embeddings of pictures in -1..1, resized and normalised as diffusers' SVD pipeline does."""
    encoder = networks.image_encoder
    side, images = encoder.config.image_size, images.to(encoder.device)
    small = stock._resize_with_antialiasing(images, (side, side)) / 2 + 0.5
    normalisation = networks.image_mean, networks.image_std
    mean, std = (torch.tensor(values).reshape(3, 1, 1).to(images) for values in normalisation)
    return encoder(((small - mean) / std).to(encoder.device, encoder.dtype)).image_embeds[:, None]


@torch.no_grad()
def encode(
    vae: AutoencoderKLTemporalDecoder, images: Float[Tensor, "b 3 h w"], pixels_at_once: int = 0
) -> Float[Tensor, "b channels rows columns"]:
    """The mode of the VAE's latents, in float32 (half precision overflows here) and not scaled (SVD's convention).

    One image at a time, or as many as `pixels_at_once` holds.
    """
    dtype, parts = vae.dtype, (vae.encoder, vae.quant_conv)
    try:
        for part in parts:
            part.to(torch.float32)
        pieces = images.split(max(1, pixels_at_once // images[0, 0].numel()))
        return torch.cat([vae.encode(piece.to(vae.device), return_dict=False)[0].mode() for piece in pieces])
    finally:
        for part in parts:
            part.to(dtype)


def encode_clips(
    vae: AutoencoderKLTemporalDecoder, clips: UInt8[Tensor, "b f h w 3"], pixels_at_once: int = 0
) -> Float[Tensor, "b f channels rows columns"]:
    """Latents of every frame of videos, multiplied by the VAE's scaling factor: what is denoised."""
    latents = encode(vae, to_pixels(clips.flatten(0, 1)), pixels_at_once)
    return latents.unflatten(0, clips.shape[:2]) * vae.config["scaling_factor"]


@torch.no_grad()
def decode(
    vae: AutoencoderKLTemporalDecoder,
    latents: Float[Tensor, "f channels h w"],
    frames_at_once: int,
    decoder: Run | None = None,
) -> Iterator[UInt8[np.ndarray, "chunk rows columns 3"]]:
    """Frames of one video, `frames_at_once` at a time, by a `Decoder` of that VAE or what runs as one; it smooths over
    time only within such a chunk."""
    run = decoder or Decoder(vae)
    for chunk in (latents / vae.config["scaling_factor"]).split(frames_at_once):
        yield run(chunk.to(vae.device, vae.dtype)).cpu().numpy()
