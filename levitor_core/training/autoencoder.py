"""The toy's VAE, trained from scratch on the frames of the pool: the real class at small widths.

Loss: absolute error of pixels and of their gradients, and a small KL term; afterwards `scaling_factor` is set to one
over the latents' standard deviation, as for every latent diffusion model (Rombach et al. 2022, appendix G).
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from jaxtyping import Float, UInt8
from torch import Tensor

from levitor_core.renderers.levitor import codec
from levitor_core.renderers.levitor.folder import VIDEO_MODEL, CheckpointFolder
from levitor_core.training.batches import PIXELS_AT_ONCE, make_generator
from levitor_core.training.checkpointing import write_network
from levitor_core.training.config import AutoencoderConfig, TrainingConfig
from levitor_core.training.loop import learning_rate
from levitor_core.training.pool import read_shards
from levitor_core.training.records import Records

HELD_OUT_CLIPS = 32
STEPS_A_SHARD = 25
MOST_SHARDS = 200

Frames = UInt8[Tensor, "b f h w 3"]


def build_autoencoder(config: AutoencoderConfig) -> AutoencoderKLTemporalDecoder:
    """A fresh VAE."""
    sizes: dict[str, Any] = {
        "down_block_types": ("DownEncoderBlock2D",) * len(config.block_out_channels),
        "block_out_channels": config.block_out_channels,
    }
    return AutoencoderKLTemporalDecoder(
        **sizes,
        latent_channels=config.latent_channels,
        layers_per_block=config.layers_per_block,
    )


def train_autoencoder(config: TrainingConfig) -> Path:
    """Train and write OUTPUT/stable-video-diffusion-img2vid-xt/vae; that folder.

    Stops after `run.steps` or `run.seconds`. The first clips of the pool are held out for the PSNR in the record.
    """
    run, choices = config.run, config.optimizer
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(run.seed)
    vae = build_autoencoder(config.autoencoder)
    cast(torch.nn.Module, vae).to(device)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=choices.learning_rate, weight_decay=choices.weight_decay)
    records, start = Records(Path(run.output)), time.perf_counter()
    held_out, frames = torch.empty(0), torch.empty(0)
    for step, (held_out, frames) in zip(range(run.steps), _grow_clips(config, device), strict=False):
        rate = optimizer.param_groups[0]["lr"] = learning_rate(choices, step, run.steps)
        generator = make_generator(device, run.seed, step)
        chosen = torch.randint(len(frames), (choices.micro_batch,), generator=generator, device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=run.precision == "bf16"):
            loss = reconstruction_loss(vae, codec.to_pixels(frames[chosen]), config.autoencoder)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), choices.clip_norm)
        optimizer.step()
        optimizer.zero_grad()
        seconds = time.perf_counter() - start
        late = seconds > run.seconds
        if (step + 1) % run.log_every == 0 or step + 1 == run.steps or late:
            quality = psnr(vae, held_out)
            values = {"loss": loss.item(), "psnr": quality, "learning_rate": rate, "seconds": seconds}
            records.log(values, step + 1)
        if late:
            break
    return _save(vae, held_out, Path(run.output))


def _grow_clips(config: TrainingConfig, device: torch.device) -> Iterator[tuple[Frames, Frames]]:
    """The held-out clips and those trained on, more of them every hundred steps."""
    stream = read_shards(Path(config.data.folder))
    first = next(stream)["frames"].to(device)
    held_out, parts = first[:HELD_OUT_CLIPS], [first[HELD_OUT_CLIPS:]]
    while True:
        frames = torch.cat(parts)
        yield from ((held_out, frames) for _ in range(STEPS_A_SHARD))
        if len(parts) < MOST_SHARDS:
            parts.append(next(stream)["frames"].to(device))


def reconstruction_loss(
    vae: AutoencoderKLTemporalDecoder, pixels: Float[Tensor, "b f 3 h w"], config: AutoencoderConfig
) -> Float[Tensor, ""]:
    """Of clips in -1..1, each decoded as one."""
    flat = pixels.flatten(0, 1)
    posterior = vae.encode(flat, return_dict=False)[0]
    restored = vae.decode(posterior.sample(), num_frames=pixels.shape[1], return_dict=False)[0].float()
    edges = sum((restored.diff(dim=axis) - flat.diff(dim=axis)).abs().mean() for axis in (-1, -2))
    kl = posterior.kl().float().mean() / posterior.mean[0].numel()
    return (restored - flat).abs().mean() + config.gradient_weight * edges + config.kl_weight * kl


@torch.no_grad()
def psnr(vae: AutoencoderKLTemporalDecoder, frames: Frames) -> float:
    """Of the VAE's reconstruction of clips through the latents' mode, in dB."""
    pixels = codec.to_pixels(frames).flatten(0, 1)
    restored = vae.decode(codec.encode(vae, pixels, PIXELS_AT_ONCE), num_frames=frames.shape[1], return_dict=False)[0]
    return (10 * torch.log10(4 / (restored.clamp(-1, 1) - pixels).square().mean())).item()


def _save(vae: AutoencoderKLTemporalDecoder, frames: Frames, output: Path) -> Path:
    """Write the VAE, scaled so that the latents of `frames` have unit spread; its folder."""
    latents = codec.encode(vae, codec.to_pixels(frames).flatten(0, 1), PIXELS_AT_ONCE)
    vae.register_to_config(scaling_factor=round(1 / latents.std().item(), 5), force_upcast=False)
    folder = CheckpointFolder(output).place(VIDEO_MODEL) / "vae"
    write_network(vae, vae.state_dict(), folder)
    return folder
