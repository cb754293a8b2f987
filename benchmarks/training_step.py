"""One training step on a CUDA card at the paper's size: seconds and memory, with random weights.

16 frames of 288 x 512, one clip a step, bf16, AdamW and the average in float32; the UNet frozen or trained, with and
without gradient checkpointing, each in a process of its own. Reading and preparing clips is not in it, encoding one
(VAE and CLIP) is timed apart.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.table import Row, in_a_process
from benchmarks.video import checkpoints

if TYPE_CHECKING:
    from torch import Tensor

    from levitor_core.training.config import TrainingConfig

MODES = {
    "UNet frozen": (False, False),
    "UNet frozen, gradient checkpointing": (False, True),
    "UNet trained": (True, False),
    "UNet trained, gradient checkpointing": (True, True),
}
WARM_UPS, STEPS = 3, 8
GIGABYTE = 1e9


def scenario() -> Iterator[Row]:
    """Each way of training."""
    with checkpoints() as (base, _):
        for mode in MODES:
            yield from in_a_process("benchmarks.training_step.measure", mode, str(base))


def measure(mode: str, base: str) -> Iterator[Row]:
    """One of them, in this process."""
    import torch

    from levitor_core.training.batches import encode_examples
    from levitor_core.training.loop import Run

    with tempfile.TemporaryDirectory() as output:
        config = _config(mode, Path(base), Path(output))
        run = Run(config)
        example = _example(config)
        batch = encode_examples(example, run.networks)
        yield Row(f"{mode}: parameters trained", (sum(p.numel() for p in run.trained) / 1e6,), "million")
        yield Row(f"{mode}: encoding a clip", _seconds(lambda: encode_examples(example, run.networks)))
        torch.cuda.reset_peak_memory_stats()
        yield Row(f"{mode}: a step", _seconds(lambda: (run._advance([batch]), run.ema.step(run.trained))))
    yield Row(f"{mode}: peak allocated", (torch.cuda.max_memory_allocated() / GIGABYTE,), "GB")
    yield Row(f"{mode}: peak reserved", (torch.cuda.max_memory_reserved() / GIGABYTE,), "GB")


def _config(mode: str, base: Path, output: Path) -> "TrainingConfig":
    from levitor_core.training.config import ModelConfig, OptimizerConfig, RunConfig, TrainingConfig

    train_unet, gradient_checkpointing = MODES[mode]
    return TrainingConfig(
        model=ModelConfig(base=str(base), train_unet=train_unet),
        optimizer=OptimizerConfig(total_batch=1, micro_batch=1),
        run=RunConfig(output=str(output), gradient_checkpointing=gradient_checkpointing),
    )


def _example(config: "TrainingConfig") -> "dict[str, Tensor]":
    """A clip of noise with its random numbers: what it shows costs nothing."""
    import torch

    from levitor_core.training.batches import draw_numbers

    data = config.data
    size = data.height, data.width
    numbers = draw_numbers(data, config.objective, 1, torch.Generator().manual_seed(0))
    return {
        "frames": torch.randint(256, (1, data.num_frames, *size, 3), dtype=torch.uint8),
        "control": torch.randint(256, (1, data.num_frames, 3, *size)).float(),
        "noise": torch.randn(1, data.num_frames, 4, size[0] // 8, size[1] // 8),
        "photo_noise": torch.randn(1, 3, *size),
        **vars(numbers),
    }


def _seconds(work: Callable[[], Any]) -> tuple[float, ...]:
    """Each time after the warm-ups, waited for."""
    import torch

    taken = []
    for _ in range(WARM_UPS + STEPS):
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return tuple(taken[WARM_UPS:])
