"""Synthetic clips made ahead by other processes, kept on the GPU: training never waits for a clip.

    python -m levitor_core.training.pool CONFIG.toml --processes 14

writes shards of clips with both controls (multi-point, single-point) into the config's data folder until it is
stopped; training picks up new shards as they appear.
"""

import argparse
import queue
import threading
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from levitor_core.datasets.clips import Ablation, control_of
from levitor_core.errors import InputError
from levitor_core.renderers.levitor import codec
from levitor_core.renderers.levitor.loading import Networks
from levitor_core.training.batches import PIXELS_AT_ONCE, draw_numbers, make_generator
from levitor_core.training.config import TrainingConfig, read_config
from levitor_core.training.objective import TrainingBatch
from levitor_core.training.sources import open_synthetic

CLIPS_A_SHARD = 64


def main() -> None:
    """The command line: shards until stopped."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--shards", type=int, default=100_000, help="how many shards to make in all")
    arguments = parser.parse_args()
    config = read_config(arguments.config)
    context = get_context("spawn")
    workers = [
        context.Process(target=write_shards, args=(config, range(i, arguments.shards, arguments.processes)))
        for i in range(arguments.processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def write_shards(config: TrainingConfig, numbers: Sequence[int]) -> None:
    """Make the shards of these numbers that are not there yet; shard n is always the same."""
    torch.set_num_threads(1)
    folder = Path(config.data.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        path = folder / f"shard-{number:06d}.safetensors"
        if not path.exists():
            save_file(make_shard(config, number), path.with_suffix(".part"))
            path.with_suffix(".part").replace(path)


def make_shard(config: TrainingConfig, number: int) -> dict[str, Tensor]:
    """Frames and both controls of one shard's clips, as bytes."""
    source = open_synthetic(config.data)
    rng = np.random.default_rng((config.run.seed, number))
    frames, controls, single = [], [], []
    for _ in range(CLIPS_A_SHARD):
        clip = source.read(0, rng)
        frames.append(clip.frames)
        for values, ablation in ((controls, Ablation()), (single, Ablation(single_point=True))):
            values.append(control_of(clip.rendered, config.model.control_patch_side, ablation).values.astype(np.uint8))
    named = {"frames": frames, "control": controls, "single_point": single}
    return {name: torch.from_numpy(np.stack(values)) for name, values in named.items()}


class ClipPool:
    """All shards so far: latents, first frames and control on the VAE's device.

    Which clips a step sees depends on the seed, the step and how many clips there are by then.
    """

    def __init__(self, config: TrainingConfig, networks: Networks) -> None:
        self.config, self.networks = config, networks
        self.device = networks.vae.device
        self.clips: dict[str, Tensor] = {}
        self.count = 0
        self._queue: queue.Queue[dict[str, Tensor]] = queue.Queue(maxsize=32)
        threading.Thread(target=self._queue_shards, daemon=True).start()
        self._add(self._queue.get(timeout=600))

    def __len__(self) -> int:
        return self.count

    def add_new_shards(self) -> None:
        """Add the shards that were read meanwhile."""
        while not self._queue.empty():
            self._add(self._queue.get())

    def iterate_from(self, first_step: int) -> Iterator[TrainingBatch]:
        """Endless."""
        step = first_step
        while True:
            if step % 25 == 0:
                self.add_new_shards()
            yield self.batch(step)
            step += 1

    @torch.no_grad()
    def batch(self, step: int) -> TrainingBatch:
        """The batch of a step, put together on the device."""
        generator = make_generator(self.device, self.config.run.seed, step)
        size = self.config.optimizer.micro_batch
        chosen = torch.randint(self.count, (size,), generator=generator, device=self.device)
        numbers = draw_numbers(self.config.data, self.config.objective, size, generator)
        photo = codec.to_pixels(self.clips["photos"][chosen])
        photo_noise = torch.randn(photo.shape, generator=generator, device=self.device)
        noisy_photo = photo + numbers.noise_aug.reshape(-1, 1, 1, 1) * photo_noise
        latents, control = (self.clips[name][chosen].float() for name in ("latents", "control"))
        control[:, :, self.config.data.ablation.channels] = 0
        return TrainingBatch(
            latents=latents,
            image_latents=codec.encode(self.networks.vae, noisy_photo, PIXELS_AT_ONCE),
            image_embedding=self.clips["embeddings"][chosen],
            added_time_ids=numbers.added_time_ids,
            control=control,
            noise=torch.randn(latents.shape, generator=generator, device=self.device),
            sigma=numbers.sigma,
            keep_embedding=numbers.keep_embedding,
            keep_image=numbers.keep_image,
        )

    def _add(self, shard: dict[str, Tensor]) -> None:
        networks, frames = self.networks, shard["frames"]
        new = {
            "latents": codec.encode_clips(networks.vae, frames, PIXELS_AT_ONCE).half(),
            "photos": frames[:, 0],
            "embeddings": codec.embed_images(networks, codec.to_pixels(frames[:, 0])).float(),
            "control": shard["single_point" if self.config.data.single_point else "control"],
        }
        for name, values in new.items():
            if name not in self.clips or len(self.clips[name]) < self.count + len(values):
                room = max(2 * self.count, 16 * len(values))
                grown = torch.empty((room, *values.shape[1:]), dtype=values.dtype, device=self.device)
                grown[: self.count] = self.clips[name][: self.count] if self.count else grown[:0]
                self.clips[name] = grown
            self.clips[name][self.count : self.count + len(values)].copy_(values)
        self.count += len(frames)

    def _queue_shards(self) -> None:
        for shard in read_shards(Path(self.config.data.folder)):
            self._queue.put(shard)


def read_shards(folder: Path) -> Iterator[dict[str, Tensor]]:
    """Every shard, then every new one as it appears; endless."""
    seen: set[Path] = set()
    pause = threading.Event()
    while True:
        fresh = sorted(set(folder.glob("shard-*.safetensors")) - seen)
        for path in fresh:
            try:
                yield load_file(path)
            except SafetensorError as error:
                raise InputError(f"{path} is damaged; delete it and start the pool again.") from error
        seen.update(fresh)
        pause.wait(0.5)


if __name__ == "__main__":
    main()
