"""Clips to training batches. Clip number n of a run, its window and all its noise depend on the seed and n alone, so
batches are the same whoever computes them and wherever a run was interrupted."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from levitor_core.datasets.clips import ClipSource, VideoClip, control_of
from levitor_core.errors import InputError
from levitor_core.renderers.levitor import codec
from levitor_core.renderers.levitor.inputs import added_time_ids
from levitor_core.renderers.levitor.loading import Networks
from levitor_core.training.config import DataConfig, ObjectiveConfig, TrainingConfig
from levitor_core.training.objective import TrainingBatch

READ_ATTEMPTS = 20
PIXELS_AT_ONCE = 8 * 288 * 512  # that the VAE encodes
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class RandomNumbers:
    """The random numbers of n clips that are not noise."""

    sigma: Float[Tensor, " n"]
    noise_aug: Float[Tensor, " n"]
    keep_embedding: Float[Tensor, " n"]
    keep_image: Float[Tensor, " n"]
    added_time_ids: Float[Tensor, "n 3"]


def draw_numbers(data: DataConfig, objective: ObjectiveConfig, count: int, generator: torch.Generator) -> RandomNumbers:
    """Noise levels, what is left out and the sampler's three numbers, on the generator's device."""
    device = generator.device
    normal = torch.randn(2, count, generator=generator, device=device)
    even = torch.rand(3, count, generator=generator, device=device)
    noise_aug = (objective.noise_aug_mean + objective.noise_aug_std * normal[1]).exp()
    ends = (objective.drop_embedding, objective.drop_image, objective.drop_both)
    first, second, third = ends[0], ends[0] + ends[1], sum(ends)
    chance = even[0]
    fps, bucket = (
        low + u * (high - low) for u, (low, high) in zip(even[1:], (data.fps, data.motion_bucket_id), strict=True)
    )
    return RandomNumbers(
        sigma=(objective.sigma_mean + objective.sigma_std * normal[0]).exp(),
        noise_aug=noise_aug,
        keep_embedding=((chance >= first) & ((chance < second) | (chance >= third))).float(),
        keep_image=((chance < first) | (chance >= third)).float(),
        added_time_ids=added_time_ids(fps, bucket, noise_aug),
    )


def make_generator(device: torch.device | str, *numbers: int) -> torch.Generator:
    """A generator that depends on the numbers alone."""
    seed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]) >> 1
    return torch.Generator(device).manual_seed(seed)


class ClipExamples(Dataset[dict[str, Tensor]]):
    """Clip number n, read, with its control and its noise; epochs are permutations."""

    def __init__(
        self, source: ClipSource, config: TrainingConfig, patch_side: int, latent_shape: tuple[int, ...]
    ) -> None:
        self.source, self.config, self.patch_side, self.latent_shape = source, config, patch_side, latent_shape

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        data, seed = self.config.data, self.config.run.seed
        clip = self._read(number)
        control = control_of(clip.rendered, self.patch_side, data.ablation)
        generator = make_generator("cpu", seed, number)
        numbers = draw_numbers(data, self.config.objective, 1, generator)
        return {
            "frames": torch.from_numpy(np.ascontiguousarray(clip.frames)),
            "control": torch.from_numpy(control.values),
            "noise": torch.randn(self.latent_shape, generator=generator),
            "photo_noise": torch.randn(3, *clip.frames.shape[1:3], generator=generator),
            **{name: value[0] for name, value in vars(numbers).items()},
        }

    def _read(self, number: int) -> VideoClip:
        """The clip, or the next that can be read: a broken video must not end a run."""
        count, seed = len(self.source), self.config.run.seed
        for attempt in range(READ_ATTEMPTS):
            epoch, place = divmod(number + attempt, count)
            rng = np.random.default_rng((seed, number, attempt))
            try:
                return self.source.read(int(_order(seed, epoch, count)[place]), rng)
            except InputError as error:
                _logger.warning("%s", error)
        raise InputError(f"{READ_ATTEMPTS} videos in a row could not be read; check the data folder.")


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> np.ndarray:
    return np.random.default_rng((seed, epoch)).permutation(count)


def clip_numbers(first_step: int, config: TrainingConfig, process: int, processes: int) -> Iterator[int]:
    """Which clips this process sees: micro-batches of one step interleaved over processes, step after step."""
    micro, total = config.optimizer.micro_batch, config.optimizer.total_batch
    for step in range(first_step, config.run.steps):
        for start in range(process * micro, total, processes * micro):
            yield from range(step * total + start, step * total + start + micro)


class ClipBatches:
    """Micro-batches of this process from `first_step` on, encoded on its device."""

    def __init__(
        self, examples: ClipExamples, config: TrainingConfig, networks: Networks, process: int, processes: int
    ) -> None:
        self.examples, self.config, self.networks = examples, config, networks
        self.process, self.processes = process, processes

    def iterate_from(self, first_step: int) -> Iterator[TrainingBatch]:
        """Endless as far as the run goes."""
        numbers = _Numbers(first_step, self.config, self.process, self.processes)
        loader = DataLoader(
            self.examples,
            batch_size=self.config.optimizer.micro_batch,
            sampler=numbers,
            num_workers=self.config.data.workers,
        )
        for example in loader:
            yield encode_examples(example, self.networks)


class _Numbers:
    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments

    def __iter__(self) -> Iterator[int]:
        return clip_numbers(*self.arguments)

    def __len__(self) -> int:
        first_step, config, _, processes = self.arguments
        return (config.run.steps - first_step) * config.optimizer.total_batch // processes


def encode_examples(example: dict[str, Tensor], networks: Networks) -> TrainingBatch:
    """Frames through the VAE, the noisy photo through the VAE, the photo through CLIP; to the VAE's device."""
    vae, photo = networks.vae, codec.to_pixels(example["frames"][:, 0])
    noisy_photo = photo + example["noise_aug"].reshape(-1, 1, 1, 1) * example["photo_noise"]
    batch = TrainingBatch(
        latents=codec.encode_clips(vae, example["frames"], PIXELS_AT_ONCE),
        image_latents=codec.encode(vae, noisy_photo, PIXELS_AT_ONCE),
        image_embedding=codec.embed_images(networks, photo).float(),
        **{name: example[name] for name in ("added_time_ids", "control", "noise", "sigma")},
        **{name: example[name] for name in ("keep_embedding", "keep_image")},
    )
    return TrainingBatch(**{name: value.to(vae.device) for name, value in vars(batch).items()})
