"""Many videos at once through the renderer's pipeline, each with its photo, control and seed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from levitor_core.adherence.by_colour import Video
from levitor_core.anchoring.guide import Guide
from levitor_core.renderers.levitor import codec
from levitor_core.renderers.levitor.entry import LeviTorSettings, UNetChoice
from levitor_core.renderers.levitor.folder import CheckpointFolder
from levitor_core.renderers.levitor.inputs import draw_noises, make_conditions
from levitor_core.renderers.levitor.memory import PLANS, Setup, best_dtype
from levitor_core.renderers.levitor.pipeline import Pipeline


@dataclass(frozen=True, eq=False)
class Requests:
    """What to generate: for each of b videos its first frame, its control signal, its seed and, where it is anchored,
    what holds it."""

    images: UInt8[np.ndarray, "b h w 3"]
    controls: Float32[np.ndarray, "b f 3 h w"]
    seeds: Sequence[int]
    guides: Sequence[Guide] | None = None

    def part(self, start: int, size: int) -> Self:
        """`size` of the requests from `start` on."""
        chosen = slice(start, start + size)
        guides = self.guides and self.guides[chosen]
        return type(self)(self.images[chosen], self.controls[chosen], self.seeds[chosen], guides)

    def without_control(self) -> Self:
        """The same with a control signal of zeros, the network's word for "no point anywhere"."""
        return replace(self, controls=np.zeros_like(self.controls))


class BatchGenerator:
    """The renderer's pipeline with every network on its device, generating batches."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline, self.networks, self.setup = pipeline, pipeline.networks, pipeline.setup

    @classmethod
    def load(cls, root: Path, device: torch.device, unet: UNetChoice = "base", control: bool = True) -> Self:
        """Load a checkpoint folder onto `device`, the ControlNet only with `control`. Raises MissingWeightsError."""
        setup = Setup(PLANS["full"], device, best_dtype(device), unet, control)
        return cls(Pipeline.load(CheckpointFolder(root), setup))

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
        return self._decode(codec.encode_clips(self.networks.vae, torch.from_numpy(video)[None])[0])

    def _decode(self, latents: Float[Tensor, "f c rows columns"]) -> Video:
        return np.concatenate(list(codec.decode(self.networks.vae, latents, len(latents))))

    def _denoise(self, requests: Requests, settings: LeviTorSettings) -> Float[Tensor, "b f c h w"]:
        num_frames, size_hw = requests.controls.shape[1], requests.images.shape[1:3]
        photo_noise, noise = draw_noises(self.networks, requests.seeds, num_frames, size_hw)
        photos = self.pipeline.read_photos(requests.images, photo_noise, settings.noise_aug_strength)
        controls = torch.from_numpy(requests.controls)
        conditions = make_conditions(self.networks, *photos, controls, settings.fps, settings)
        anchor = self.pipeline.anchor(requests.guides) if requests.guides else None
        *_, latents = self.pipeline.denoise(noise, conditions, settings, anchor)
        return latents
