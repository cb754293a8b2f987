"""From a job to its videos: prompt and photo encoded, Preview as the anchor, denoised, decoded."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from levitor_core.anchoring.anchor import Anchor
from levitor_core.anchoring.clocks import Grid
from levitor_core.anchoring.guide import Guide
from levitor_core.anchoring.schedules import noising_of
from levitor_core.monitor import ProgressEvent, Stage
from levitor_core.renderers.levitor.memory import at_work
from levitor_core.renderers.wan import codec
from levitor_core.renderers.wan.renderer import LIGHTNING_STEPS, Job, Setup
from levitor_core.renderers.wan.sampler import Conditions, levels_of, sample, set_steps
from levitor_core.renderers.wan.text import embed
from levitor_core.structures import RenderedMasks

if TYPE_CHECKING:
    from levitor_core.renderers.wan.codec import Frames, Latents
    from levitor_core.renderers.wan.weights import Networks


def make(job: Job, networks: "Networks", folder: Path, setup: Setup) -> "Iterator[ProgressEvent | Frames]":
    """Progress between any two steps, and each video when it is done. Closing the iterator cancels."""
    device, settings = setup.device, job.settings
    steps = LIGHTNING_STEPS if networks.lightning else settings.num_inference_steps
    guidance = 1.0 if networks.lightning else settings.guidance_scale
    yield ProgressEvent("Reading the prompt", 0, 1, Stage.PREPARE)
    wanted, unwanted = settings.prompt or "", settings.negative_prompt or ""
    texts = embed(folder, (wanted,) if guidance == 1 else (wanted, unwanted), device, setup.dtype)
    yield ProgressEvent("Reading the photo", 0, 1, Stage.PREPARE)
    with at_work(device, networks.vae):
        conditions = _conditions(networks, job, texts[wanted].to(device), texts.get(unwanted, texts[wanted]).to(device))
        anchor = anchor_for(networks, job.guide, device) if job.guide else None
    set_steps(networks.scheduler, steps, device)
    for number, seed in enumerate(job.seeds, 1):
        title = "Denoising" if len(job.seeds) == 1 else f"Denoising, video {number} of {len(job.seeds)}"
        latents = noise = _noise(networks, job, seed).to(device)
        yield ProgressEvent(title, 0, steps, Stage.RENDER)
        turn = partial(at_work, device)
        denoised = sample(networks.expert, turn, networks.scheduler, noise, conditions, guidance, anchor)
        first = max(1, anchor.steps_skipped(levels_of(networks.scheduler))) if anchor else 1
        for step, latents in enumerate(denoised, first):  # noqa: B007 (the last one is the result)
            yield ProgressEvent(title, step, steps, Stage.RENDER)
        yield ProgressEvent("Decoding frames", 0, job.num_frames, Stage.RENDER)
        with at_work(device, networks.vae):
            frames = np.stack([*islice(codec.decode(networks.vae, latents), job.num_frames)])
        stage = Stage.DONE if number == len(job.seeds) else Stage.RENDER
        yield ProgressEvent("Decoding frames", job.num_frames, job.num_frames, stage)
        yield frames


def anchor_for(networks: "Networks", guide: Guide, device: torch.device) -> Anchor:
    """What holds the video to its guide; the VAE must be at work. Raises RendererError for a scheduler that cannot be
    held."""
    noising, vae = noising_of(networks.scheduler), networks.vae
    whole = codec.whole_frames(vae, len(guide.frames))
    guide = lasting(guide, whole)
    grid = Grid(codec.latent_shape(vae, whole, guide.frames.shape[1:3])[2:], codec.frames_held(vae))
    release = noising.level(torch.from_numpy(guide.strengths(grid)))
    return Anchor(codec.encode(vae, guide.frames).to(device), release[None, :, None].to(device), noising)


def lasting(guide: Guide, num_frames: int) -> Guide:
    """The guide with its last frame held until there are that many."""
    at = np.minimum(np.arange(num_frames), len(guide.frames) - 1)
    rendered = guide.rendered
    masks = RenderedMasks(rendered.labels[at], rendered.disparity[at], rendered.num_objects)
    return replace(guide, frames=guide.frames[at], rendered=masks, uncovered=guide.uncovered[at])


def _noise(networks: "Networks", job: Job, seed: int) -> "Latents":
    """From the seed, the same on every device."""
    whole = codec.whole_frames(networks.vae, job.num_frames)
    shape = codec.latent_shape(networks.vae, whole, job.image.shape[:2])
    return torch.randn(1, *shape, generator=torch.Generator().manual_seed(seed))


def _conditions(networks: "Networks", job: Job, text: Tensor, unwanted: Tensor) -> Conditions:
    """The photo as the model takes it: as the first latent frame, or beside all of them."""
    vae = networks.vae
    photo = torch.from_numpy(job.image).permute(2, 0, 1)[None, :, None].to(vae.device).float() / 127.5 - 1
    if networks.first_frame_fixed:
        return Conditions(text, unwanted, first=codec.encode_pixels(vae, photo))
    whole = codec.whole_frames(vae, job.num_frames)
    nothing = photo.new_zeros(1, 3, whole - 1, *photo.shape[3:])
    latents = codec.encode_pixels(vae, torch.cat([photo, nothing], dim=2))
    given = latents.new_zeros(1, latents.shape[1], codec.frames_held(vae), *latents.shape[3:])
    given[:, 0] = 1
    return Conditions(text, unwanted, beside=torch.cat([given, latents], dim=2))
