"""From a photo and a control signal to videos: encode, denoise, decode, each network on the device only as planned."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from levitor_core.monitor import ProgressEvent, Stage
from levitor_core.renderers.levitor import codec, memory
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.renderers.levitor.folder import CheckpointsLike
from levitor_core.renderers.levitor.loading import Networks, load_networks
from levitor_core.renderers.levitor.memory import Setup
from levitor_core.renderers.levitor.sampler import Conditions, Denoiser, guidance_schedule, sample
from levitor_core.structures import ControlSignal, Image, SizeHW

Frames = UInt8[np.ndarray, "frames h w 3"]


@dataclass(frozen=True, eq=False)
class Job:
    """One request: `image` and `control` share their size, multiples of 8; one video for each of `seeds`."""

    image: Image
    control: ControlSignal
    fps: float
    settings: LeviTorSettings

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
        return cls(load_networks(checkpoints, setup.dtype, places, setup.unet), setup)

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

    def _denoise(self, job: Job, seeds: range) -> Generator[ProgressEvent, None, Tensor]:
        steps = job.settings.num_inference_steps
        photo_noise, noise = self._noises(job, seeds)
        yield job.progress("Reading the photo", seeds, 0, 1, Stage.PREPARE)
        embedding, image_latents = self._read_photo(job, photo_noise)
        networks, scheduler = self.networks, self.networks.scheduler
        scheduler.set_timesteps(steps, device=self.setup.device)
        latents = noise.to(self.setup.device)
        guidance = guidance_schedule(job.settings.min_guidance_scale, job.settings.max_guidance_scale, job.num_frames)
        with memory.at_work(self.setup.device, networks.unet, networks.controlnet):
            denoiser = Denoiser(networks.unet, networks.controlnet)
            conditions = self._conditions(job, embedding, image_latents)
            yield job.progress("Denoising", seeds, 0, steps)
            path = sample(
                denoiser,
                scheduler,
                latents,
                conditions,
                guidance.to(self.setup.device),
                self.setup.plan.split_guidance,
                mixed_context=job.settings.time_context == "mixed",
            )
            for step, latents in enumerate(path, 1):  # noqa: B007 (the last one is the result)
                yield job.progress("Denoising", seeds, step, steps)
        return latents

    def _read_photo(self, job: Job, noise: Tensor) -> tuple[Tensor, Tensor]:
        """CLIP's embedding of the photo, and the latents of the photo with each variant's noise added to it."""
        networks, image = self.networks, codec.to_tensor(job.image)
        with memory.at_work(self.setup.device, networks.image_encoder):
            embedding = codec.embed_image(networks.image_encoder, image, networks.image_mean, networks.image_std)
        with memory.at_work(self.setup.device, networks.vae):
            latents = codec.encode(networks.vae, image + job.settings.noise_aug_strength * noise)
        return embedding, latents

    @torch.no_grad()
    def _conditions(
        self, job: Job, embedding: Float[Tensor, "1 1 c"], image_latents: Float[Tensor, "b 4 h w"]
    ) -> Conditions:
        settings, batch = job.settings, len(image_latents)
        control = torch.from_numpy(np.ascontiguousarray(job.control.values)).to(self.setup.device)[None]
        fps = max(job.fps - 1, 0)  # SVD was trained on one less than the frames a second
        ids = (fps, settings.motion_bucket_id, settings.noise_aug_strength)
        return Conditions(
            image_latents=image_latents.to(self.setup.dtype)[:, None].repeat(1, job.num_frames, 1, 1, 1),
            image_embedding=embedding.repeat(batch, 1, 1),
            added_time_ids=torch.tensor([ids], dtype=torch.float32, device=self.setup.device).repeat(batch, 1),
            control_embedding=self.networks.controlnet.embed_control(control).repeat(batch, 1, 1, 1),
            control_scale=settings.control_scale,
        )

    def _decode(
        self, job: Job, seeds: range, latents: Float[Tensor, "f 4 h w"]
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

    def _noises(self, job: Job, seeds: range) -> tuple[Float[Tensor, "b 3 h w"], Float[Tensor, "b f c h/s w/s"]]:
        """Noise for the photo, then for the latents, from one generator a seed: the same on every device."""
        (height, width), vae = job.image.shape[:2], self.networks.vae
        factor = codec.latent_factor(vae)
        latent_shape = (job.num_frames, vae.config["latent_channels"], height // factor, width // factor)
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        photo = torch.stack([torch.randn(3, height, width, generator=generator) for generator in generators])
        return photo, torch.stack([torch.randn(latent_shape, generator=generator) for generator in generators])
