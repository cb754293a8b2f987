"""From a photo and a control signal to videos: encode, denoise, decode, each network on the device only as planned."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from levitor_core.anchoring.anchor import Anchor
from levitor_core.anchoring.clocks import Grid
from levitor_core.anchoring.guide import Guide
from levitor_core.anchoring.schedules import noising_of
from levitor_core.monitor import ProgressEvent, Stage
from levitor_core.renderers.levitor import codec, memory
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.renderers.levitor.folder import CheckpointsLike
from levitor_core.renderers.levitor.inputs import draw_noises, make_conditions
from levitor_core.renderers.levitor.loading import Networks, load_networks
from levitor_core.renderers.levitor.memory import Setup
from levitor_core.renderers.levitor.sampler import Conditions, Denoiser, guidance_schedule, sample
from levitor_core.structures import ControlSignal, Image, SizeHW

Frames = UInt8[np.ndarray, "frames h w 3"]


@dataclass(frozen=True, eq=False)
class Job:
    """One request: `image`, `control` and `guide` share their size, multiples of 8; one video for each of `seeds`.

    A model without a ControlNet leaves the control unread; without a `guide` nothing is anchored.
    """

    image: Image
    control: ControlSignal
    fps: float
    settings: LeviTorSettings
    guide: Guide | None = None

    @property
    def seeds(self) -> range:
        """Consecutive seeds, one a variant."""
        return range(self.settings.seed, self.settings.seed + self.settings.num_variants)

    @property
    def num_frames(self) -> int:
        """Frames of each video."""
        return len(self.control.values)

    @property
    def size_hw(self) -> SizeHW:
        """Size of each frame."""
        return self.image.shape[0], self.image.shape[1]

    @property
    def pixels(self) -> int:
        """Pixels of each video, all frames together."""
        return self.num_frames * self.image.shape[0] * self.image.shape[1]

    def progress(self, title: str, seeds: range, step: int, total: int, stage: Stage = Stage.RENDER) -> ProgressEvent:
        """Where the work on the videos of `seeds` stands."""
        if len(seeds) < len(self.seeds):
            title = f"{title}, video {self.seeds.index(seeds[-1]) + 1} of {len(self.seeds)}"
        return ProgressEvent(title, step, total, stage)


class Pipeline:
    """The loaded networks under one set-up. Keeps nothing of a job after it."""

    def __init__(self, networks: Networks, setup: Setup) -> None:
        self.networks, self.setup = networks, setup

    @classmethod
    def load(cls, checkpoints: CheckpointsLike, setup: Setup) -> "Pipeline":
        """Load every network onto its place. Raises MissingWeightsError."""
        parked, rest = setup.plan.parked, torch.device("cpu")
        places = {name: rest if name in parked else setup.device for name in memory.NETWORKS}
        return cls(load_networks(checkpoints, setup.dtype, places, setup.unet, setup.control), setup)

    def generate(self, job: Job) -> Iterator[ProgressEvent | Frames]:
        """Make the videos: yields progress between any two steps and each video when it is done.

        Closing the iterator cancels. Raises NotFiniteError, and torch's own error when memory runs out.
        """
        at_once = memory.variants_at_once(self.setup.plan, self.setup.device, job.pixels, len(job.seeds))
        for start in range(0, len(job.seeds), at_once):
            seeds = job.seeds[start : start + at_once]
            latents = yield from self._denoise(job, seeds)
            for i, video in enumerate(latents):
                yield (yield from self._decode(job, seeds[i : i + 1], video))

    def read_photos(
        self, photos: UInt8[np.ndarray, "p h w 3"], noise: Float[Tensor, "b 3 h w"], strength: float
    ) -> tuple[Float[Tensor, "p 1 c"], Float[Tensor, "b channels rows columns"]]:
        """CLIP's embeddings of the photos, and the latents of the photos with `strength` times the noise added to them;
        p is b, or 1 where b videos begin with one photo."""
        networks, pixels = self.networks, codec.to_pixels(photos)
        with memory.at_work(self.setup.device, networks.image_encoder):
            embeddings = codec.embed_images(networks, pixels)
        with memory.at_work(self.setup.device, networks.vae):
            return embeddings, codec.encode(networks.vae, pixels + strength * noise)

    def anchor(self, guides: Sequence[Guide]) -> Anchor:
        """What holds each video to its guide. Raises RendererError for a scheduler that cannot be held."""
        vae, device, noising = self.networks.vae, self.setup.device, noising_of(self.networks.scheduler)
        frames = np.stack([guide.frames for guide in guides])
        grid = Grid(codec.latent_shape(vae, frames.shape[1], frames.shape[2:4])[2:])
        strengths = torch.from_numpy(np.stack([guide.strengths(grid) for guide in guides]))
        with memory.at_work(device, vae):
            reference = codec.encode_clips(vae, torch.from_numpy(frames))
        return Anchor(reference.to(device), noising.level(strengths)[:, :, None].to(device), noising)

    def denoise(
        self,
        noise: Float[Tensor, "b f channels h w"],
        conditions: Conditions,
        settings: LeviTorSettings,
        anchor: Anchor | None = None,
    ) -> Iterator[Float[Tensor, "b f channels h w"]]:
        """The latents after each step; UNet and ControlNet must be at work. Raises NotFiniteError."""
        networks, device = self.networks, self.setup.device
        networks.scheduler.set_timesteps(settings.num_inference_steps, device=device)
        guidance = guidance_schedule(settings.min_guidance_scale, settings.max_guidance_scale, noise.shape[1])
        return sample(
            Denoiser(networks.unet, networks.controlnet),
            networks.scheduler,
            noise.to(device),
            conditions,
            guidance.to(device),
            self.setup.plan.split_guidance,
            mixed_context=settings.time_context == "mixed",
            anchor=anchor,
        )

    def _denoise(self, job: Job, seeds: range) -> Generator[ProgressEvent, None, Tensor]:
        networks, settings, steps = self.networks, job.settings, job.settings.num_inference_steps
        photo_noise, noise = draw_noises(networks, seeds, job.num_frames, job.size_hw)
        yield job.progress("Reading the photo", seeds, 0, 1, Stage.PREPARE)
        photo = self.read_photos(job.image[None], photo_noise, settings.noise_aug_strength)
        anchor = self.anchor([job.guide]).repeated(len(seeds)) if job.guide else None
        with memory.at_work(self.setup.device, *networks.denoising):
            control = torch.from_numpy(np.ascontiguousarray(job.control.values))[None]
            conditions = make_conditions(networks, *photo, control, job.fps, settings)
            yield job.progress("Denoising", seeds, 0, steps)
            latents, denoised = noise, self.denoise(noise, conditions, settings, anchor)
            first = max(1, anchor.steps_skipped(networks.scheduler.sigmas.tolist())) if anchor else 1
            for step, latents in enumerate(denoised, first):  # noqa: B007 (the last one is the result)
                yield job.progress("Denoising", seeds, step, steps)
        return latents

    def _decode(
        self, job: Job, seeds: range, latents: Float[Tensor, "f channels h w"]
    ) -> Generator[ProgressEvent, None, Frames]:
        num_frames = len(latents)
        pixels = codec.latent_factor(self.networks.vae) ** 2 * latents[0, 0].numel()
        chunk = self.setup.plan.frames_decoded_at_once(num_frames, pixels)
        yield job.progress("Decoding frames", seeds, 0, num_frames)
        with memory.at_work(self.setup.device, self.networks.vae):
            parts: list[Frames] = []
            for part in codec.decode(self.networks.vae, latents, chunk):
                parts.append(part)
                done = sum(map(len, parts))
                stage = Stage.DONE if done == num_frames else Stage.RENDER
                yield job.progress("Decoding frames", seeds, done, num_frames, stage)
        return np.concatenate(parts)
