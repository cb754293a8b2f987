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
from safetensors.torch import save_file
from torch import Tensor

from levitor_core.training.batches import seeded, to_pixels
from levitor_core.training.config import AutoencoderConfig, TrainingConfig
from levitor_core.training.loop import learning_rate
from levitor_core.training.networks import SVD
from levitor_core.training.pool import shards
from levitor_core.training.records import Records

HELD_OUT_CLIPS = 32
STEPS_A_SHARD = 25
MOST_SHARDS = 200

Frames = UInt8[Tensor, "b f h w 3"]


def build(config: AutoencoderConfig) -> AutoencoderKLTemporalDecoder:
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
    vae = build(config.autoencoder)
    cast(torch.nn.Module, vae).to(device)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=choices.learning_rate, weight_decay=choices.weight_decay)
    records, start = Records(Path(run.output), True), time.perf_counter()
    held_out, frames = torch.empty(0), torch.empty(0)
    for step, (held_out, frames) in zip(range(run.steps), _growing(config, device), strict=False):
        rate = optimizer.param_groups[0]["lr"] = learning_rate(choices, step, run.steps)
        generator = seeded(device, run.seed, step)
        chosen = torch.randint(len(frames), (choices.micro_batch,), generator=generator, device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=run.precision == "bf16"):
            loss = reconstruction_loss(vae, to_pixels(frames[chosen]), config.autoencoder)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), choices.clip_norm)
        optimizer.step()
        optimizer.zero_grad()
        seconds = time.perf_counter() - start
        late = seconds > run.seconds
        if (step + 1) % run.log_every == 0 or step + 1 == run.steps or late:
            quality = psnr(vae, held_out)
            records.add(step=step + 1, loss=loss.item(), psnr=quality, learning_rate=rate, seconds=seconds)
        if late:
            break
    return _save(vae, held_out, Path(run.output))


def _growing(config: TrainingConfig, device: torch.device) -> Iterator[tuple[Frames, Frames]]:
    """The held-out clips and those trained on, more of them every hundred steps."""
    stream = shards(Path(config.data.folder))
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
    pixels = to_pixels(frames)
    latents = vae.encode(pixels.flatten(0, 1), return_dict=False)[0].mode()
    restored = vae.decode(latents, num_frames=frames.shape[1], return_dict=False)[0].clamp(-1, 1)
    return (10 * torch.log10(4 / (restored - pixels.flatten(0, 1)).square().mean())).item()


@torch.no_grad()
def _save(vae: AutoencoderKLTemporalDecoder, frames: Frames, output: Path) -> Path:
    latents = vae.encode(to_pixels(frames).flatten(0, 1), return_dict=False)[0].mode()
    vae.register_to_config(scaling_factor=round(1 / latents.std().item(), 5), force_upcast=False)
    folder = output / SVD / "vae"
    folder.mkdir(parents=True, exist_ok=True)
    vae.save_config(folder)
    tensors = {name: value.detach().cpu().contiguous() for name, value in vae.state_dict().items()}
    save_file(tensors, folder / "diffusion_pytorch_model.safetensors")
    return folder
