"""From a job to its videos: prompt and photo encoded, Preview as the anchor, denoised, decoded."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from levitor_core.anchoring.anchor import Anchor
from levitor_core.anchoring.clocks import Grid
from levitor_core.anchoring.guide import Guide
from levitor_core.anchoring.schedules import noising_of
from levitor_core.anchoring.windows import Videos, go_through
from levitor_core.monitor import ProgressEvent, Stage
from levitor_core.renderers.levitor.memory import at_work
from levitor_core.renderers.wan import codec
from levitor_core.renderers.wan.renderer import LIGHTNING_STEPS, Job, Setup
from levitor_core.renderers.wan.sampler import Conditions, levels_of, sample, set_steps
from levitor_core.renderers.wan.text import embed
from levitor_core.structures import Image

if TYPE_CHECKING:
    from levitor_core.renderers.wan.codec import Frames, Latents
    from levitor_core.renderers.wan.weights import Networks


Beginning = tuple[Conditions, Anchor | None]


@dataclass(frozen=True, eq=False)
class Making:
    """What the windows of one job have in common. `texts`: what is wanted and what is not, as conditions."""

    job: Job
    networks: "Networks"
    device: torch.device
    texts: Conditions
    steps: int
    guidance: float

    def title(self, what: str, seed: int, number: int) -> str:
        """What is being done, and of which video and part."""
        seeds, windows = self.job.seeds, self.job.windows
        video = f", video {seeds.index(seed) + 1} of {len(seeds)}" if len(seeds) > 1 else ""
        return what + video + (f", part {number + 1} of {len(windows)}" if len(windows) > 1 else "")

    def window(
        self, seed: int, noise: "Latents", first: "Beginning", number: int, before: Videos | None
    ) -> Generator[ProgressEvent, None, Videos]:
        """One window of a seed's video; `first` is how every seed's first one begins."""
        window, title = self.job.windows[number], partial(self.title, seed=seed, number=number)
        if before is not None:
            yield ProgressEvent(title("Reading the frames before"), 0, 1, Stage.RENDER)
        beginning = first if before is None else self.begin(number, before)
        group = codec.frames_held(self.networks.vae)
        own = noise[:, window.start // group : (window.stop - 1) // group + 1].to(self.device)
        latents = yield from self.denoise(own, *beginning, title("Denoising"))
        return (yield from self.decode(latents, title("Decoding frames"), window is self.job.windows[-1]))

    def begin(self, number: int, before: Videos | None) -> "Beginning":
        """What a window is made of, and what holds it: Preview, and the frames that it goes on from."""
        job, networks, device = self.job, self.networks, self.device
        window, anchor = job.windows[number], None
        with at_work(device, networks.vae):
            photo = job.image if before is None else before[0, 0]
            conditions = conditions_of(networks, photo, window.num_frames, self.texts)
            if job.guide:
                guide = job.guide.of_frames(window.within(len(job.guide.frames)))
                anchor = anchor_for(networks, guide, device)
            if before is None:
                return conditions, anchor
            shape = codec.latent_shape(networks.vae, window.num_frames, photo.shape[:2])
            free = Anchor.free(torch.empty(1, *shape, device=device), noising_of(networks.scheduler))
            return conditions, (anchor or free).go_on_from(codec.encode(networks.vae, before[0]).to(device))

    def denoise(
        self, noise: "Latents", conditions: Conditions, anchor: Anchor | None, title: str
    ) -> "Generator[ProgressEvent, None, Latents]":
        """One window's latents."""
        networks, latents = self.networks, noise
        set_steps(networks.scheduler, self.steps, self.device)
        yield ProgressEvent(title, 0, self.steps, Stage.RENDER)
        turn = partial(at_work, self.device)
        denoised = sample(networks.expert, turn, networks.scheduler, noise, conditions, self.guidance, anchor)
        first = max(1, anchor.count_steps_to_skip(levels_of(networks.scheduler))) if anchor else 1
        for step, latents in enumerate(denoised, first):  # noqa: B007 (the last one is the result)
            yield ProgressEvent(title, step, self.steps, Stage.RENDER)
        return latents

    def decode(self, latents: "Latents", title: str, is_last: bool) -> Generator[ProgressEvent, None, Videos]:
        """One window's frames."""
        total = self.job.num_frames
        yield ProgressEvent(title, 0, total, Stage.RENDER)
        with at_work(self.device, self.networks.vae):
            frames = np.stack([*codec.decode(self.networks.vae, latents)])
        yield ProgressEvent(title, total, total, Stage.DONE if is_last else Stage.RENDER)
        return frames[None]


def make(job: Job, networks: "Networks", folder: Path, setup: Setup) -> "Iterator[ProgressEvent | Frames]":
    """Progress between any two steps, and each video when it is done. Closing the iterator cancels."""
    settings = job.settings
    steps = LIGHTNING_STEPS if networks.lightning else settings.num_inference_steps
    guidance = 1.0 if networks.lightning else settings.guidance_scale
    yield ProgressEvent("Reading the prompt", 0, 1, Stage.PREPARE)
    wanted, unwanted = settings.prompt or "", settings.negative_prompt or ""
    texts = embed(folder, (wanted,) if guidance == 1 else (wanted, unwanted), setup.device, setup.dtype)
    told = (texts[name].to(setup.device) for name in (wanted, unwanted if unwanted in texts else wanted))
    yield ProgressEvent("Reading the photo", 0, 1, Stage.PREPARE)
    making = Making(job, networks, setup.device, Conditions(*told), steps, guidance)
    first = making.begin(0, None)
    for seed in job.seeds:
        video = yield from go_through(job.windows, partial(making.window, seed, noise_of(networks, job, seed), first))
        yield video[0, : job.num_frames]


def anchor_for(networks: "Networks", guide: Guide, device: torch.device) -> Anchor:
    """What holds whole groups of frames to their guide; the VAE must be at work. Raises RendererError for a scheduler
    that cannot be held."""
    noising, vae = noising_of(networks.scheduler), networks.vae
    shape = codec.latent_shape(vae, len(guide.frames), guide.frames.shape[1:3])
    release = noising.level(torch.from_numpy(guide.strengths(Grid(shape[2:], codec.frames_held(vae)))))
    return Anchor(codec.encode(vae, guide.frames).to(device), release[None, :, None].to(device), noising)


def noise_of(networks: "Networks", job: Job, seed: int) -> "Latents":
    """The whole clip's, from the seed, the same on every device."""
    shape = codec.latent_shape(networks.vae, job.windows[-1].stop, job.image.shape[:2])
    return torch.randn(1, *shape, generator=torch.Generator().manual_seed(seed))


def conditions_of(networks: "Networks", image: Image, num_frames: int, texts: Conditions) -> Conditions:
    """The photo as the model takes it: as the first latent frame, or beside all of them."""
    vae = networks.vae
    pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None, :, None]
    photo = pixels.to(vae.device).float() / 127.5 - 1
    if networks.first_frame_fixed:
        return replace(texts, first=codec.encode_pixels(vae, photo))
    nothing = photo.new_zeros(1, 3, num_frames - 1, *photo.shape[3:])
    latents = codec.encode_pixels(vae, torch.cat([photo, nothing], dim=2))
    given = latents.new_zeros(1, latents.shape[1], codec.frames_held(vae), *latents.shape[3:])
    given[:, 0] = 1
    return replace(texts, beside=torch.cat([given, latents], dim=2))
