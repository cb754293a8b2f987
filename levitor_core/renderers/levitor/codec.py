"""Between pictures and latents: the photo through CLIP and the VAE, latents back to frames."""

from collections.abc import Iterator

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.pipelines.stable_video_diffusion import pipeline_stable_video_diffusion as stock
from jaxtyping import Float, UInt8
from torch import Tensor
from transformers import CLIPVisionModelWithProjection

from levitor_core.structures import Image


def latent_factor(vae: AutoencoderKLTemporalDecoder) -> int:
    """Pixels a side of one latent: 8 for the released VAE, 4 for the toy model's."""
    return 2 ** (len(vae.config["block_out_channels"]) - 1)


def to_tensor(image: Image) -> Float[Tensor, "1 3 h w"]:
    """A picture as float32 in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(image[None])).permute(0, 3, 1, 2).float() / 255 * 2 - 1


@torch.no_grad()
def embed_image(
    encoder: CLIPVisionModelWithProjection,
    image: Float[Tensor, "1 3 h w"],
    mean: tuple[float, ...],
    std: tuple[float, ...],
) -> Float[Tensor, "1 1 c"]:
    """CLIP's embedding of a picture in -1..1, resized and normalised as diffusers' SVD pipeline does."""
    side = encoder.config.image_size
    small = stock._resize_with_antialiasing(image, (side, side)) / 2 + 0.5
    pixels = (small - torch.tensor(mean).reshape(3, 1, 1)) / torch.tensor(std).reshape(3, 1, 1)
    return encoder(pixels.to(encoder.device, encoder.dtype)).image_embeds[:, None]


@torch.no_grad()
def encode(vae: AutoencoderKLTemporalDecoder, images: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 4 h/8 w/8"]:
    """The mode of the VAE's latents, in float32 (half precision overflows here) and not scaled (SVD's convention)."""
    dtype, parts = vae.dtype, (vae.encoder, vae.quant_conv)
    try:
        for part in parts:
            part.to(torch.float32)
        return torch.cat([vae.encode(image.to(vae.device), return_dict=False)[0].mode() for image in images.split(1)])
    finally:
        for part in parts:
            part.to(dtype)


@torch.no_grad()
def decode(
    vae: AutoencoderKLTemporalDecoder, latents: Float[Tensor, "f 4 h w"], frames_at_once: int
) -> Iterator[UInt8[np.ndarray, "chunk 8*h 8*w 3"]]:
    """Frames of one video, `frames_at_once` at a time; the decoder smooths over time only within such a chunk."""
    for chunk in (latents / vae.config["scaling_factor"]).split(frames_at_once):
        pixels = vae.decode(chunk.to(vae.device, vae.dtype), num_frames=len(chunk), return_dict=False)[0]
        pixels = (pixels.float() / 2 + 0.5).clamp(0, 1).mul(255).round().byte()
        yield pixels.permute(0, 2, 3, 1).cpu().numpy()
