"""Many videos at once through the renderer's networks, sampler and codec, each with its photo, control and seed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from levitor_core.evaluation.measures import Video
from levitor_core.renderers.levitor import codec
from levitor_core.renderers.levitor.entry import LeviTorSettings, UNetChoice
from levitor_core.renderers.levitor.folder import CheckpointFolder
from levitor_core.renderers.levitor.loading import Networks, load_networks
from levitor_core.renderers.levitor.memory import NETWORKS, best_dtype
from levitor_core.renderers.levitor.sampler import Conditions, Denoiser, guidance_schedule, sample


@dataclass(frozen=True, eq=False)
class Requests:
    """What to generate: for each of b videos its first frame, its control signal and its seed."""

    images: UInt8[np.ndarray, "b h w 3"]
    controls: Float32[np.ndarray, "b f 3 h w"]
    seeds: Sequence[int]

    def part(self, start: int, size: int) -> Self:
        """`size` of the requests from `start` on."""
        chosen = slice(start, start + size)
        return type(self)(self.images[chosen], self.controls[chosen], self.seeds[chosen])

    def without_control(self) -> Self:
        """The same with a control signal of zeros, the network's word for "no point anywhere"."""
        return type(self)(self.images, np.zeros_like(self.controls), self.seeds)


class VideoModel:
    """The renderer's networks on one device, generating batches."""

    def __init__(self, networks: Networks, device: torch.device, dtype: torch.dtype) -> None:
        self.networks, self.device, self.dtype = networks, device, dtype

    @classmethod
    def load(cls, root: Path, device: torch.device, unet: UNetChoice = "base") -> Self:
        """Load a checkpoint folder onto `device`. Raises MissingWeightsError."""
        dtype = best_dtype(device)
        return cls(load_networks(CheckpointFolder(root), dtype, dict.fromkeys(NETWORKS, device), unet), device, dtype)

    @property
    def patch_side(self) -> int:
        """Side of a control point's patch in pixels that the ControlNet was trained with."""
        return int(self.networks.controlnet.config["control_patch_side"])

    def generate(
        self,
        requests: Requests,
        settings: LeviTorSettings,
        batch_size: int,
        report: Callable[[int, int], None] = lambda done, total: None,
    ) -> Iterator[Video]:
        """One video a request, in order, with the app's own defaults; `report` gets (videos done, of how many)."""
        total = len(requests.images)
        for start in range(0, total, batch_size):
            report(start, total)
            for latents in self._denoise(requests.part(start, batch_size), settings):
                yield self._decode(latents)
        report(total, total)

    def reconstruct(self, video: Video) -> Video:
        """A video through the VAE and back: the best any denoiser over these latents can show."""
        images = torch.cat([codec.to_tensor(frame) for frame in video])
        return self._decode(codec.encode(self.networks.vae, images) * self.networks.vae.config["scaling_factor"])

    def _decode(self, latents: Float[Tensor, "f c h w"]) -> Video:
        return np.concatenate(list(codec.decode(self.networks.vae, latents, len(latents))))

    def _denoise(self, requests: Requests, settings: LeviTorSettings) -> Float[Tensor, "b f c h w"]:
        num_frames = requests.controls.shape[1]
        photo_noise, noise = self._noises(requests)
        conditions = self._conditions(requests, photo_noise, settings)
        scheduler = self.networks.scheduler
        scheduler.set_timesteps(settings.num_inference_steps, device=self.device)
        guidance = guidance_schedule(settings.min_guidance_scale, settings.max_guidance_scale, num_frames)
        denoiser = Denoiser(self.networks.unet, self.networks.controlnet)
        mixed = settings.time_context == "mixed"
        steps = sample(
            denoiser, scheduler, noise.to(self.device), conditions, guidance.to(self.device), mixed_context=mixed
        )
        *_, latents = steps
        return latents

    def _noises(self, requests: Requests) -> tuple[Float[Tensor, "b 3 h w"], Float[Tensor, "b f c h w"]]:
        """Photo noise, then latent noise, from one generator a seed, as the renderer draws them."""
        vae = self.networks.vae
        factor = 2 ** (len(vae.config["block_out_channels"]) - 1)
        num_frames, _, height, width = requests.controls.shape[1:]
        latent = (num_frames, vae.config["latent_channels"], height // factor, width // factor)
        generators = [torch.Generator().manual_seed(seed) for seed in requests.seeds]
        photo = torch.stack([torch.randn(3, height, width, generator=generator) for generator in generators])
        return photo, torch.stack([torch.randn(latent, generator=generator) for generator in generators])

    @torch.no_grad()
    def _conditions(
        self, requests: Requests, photo_noise: Float[Tensor, "b 3 h w"], settings: LeviTorSettings
    ) -> Conditions:
        networks, (batch, num_frames) = self.networks, requests.controls.shape[:2]
        images = torch.cat([codec.to_tensor(image) for image in requests.images])
        latents = codec.encode(networks.vae, images + settings.noise_aug_strength * photo_noise)
        embedding = torch.cat(
            [
                codec.embed_image(networks.image_encoder, image, networks.image_mean, networks.image_std)
                for image in images.split(1)
            ]
        )
        ids = (settings.fps - 1, settings.motion_bucket_id, settings.noise_aug_strength)
        control = torch.from_numpy(requests.controls).to(self.device)
        return Conditions(
            image_latents=latents.to(self.dtype)[:, None].repeat(1, num_frames, 1, 1, 1),
            image_embedding=embedding,
            added_time_ids=torch.tensor([ids], dtype=torch.float32, device=self.device).repeat(batch, 1),
            control_embedding=networks.controlnet.embed_control(control),
            control_scale=settings.control_scale,
        )
