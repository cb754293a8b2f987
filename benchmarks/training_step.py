"""One training step on a CUDA card at the paper's size: seconds and memory, with random weights.

    python benchmarks/training_step.py [--base CHECKPOINTS] [--output training_step.json]

16 frames of 288 x 512, one clip a step, bf16, AdamW and the average in float32; the UNet frozen or trained, with and
without gradient checkpointing, each in a process of its own. Reading and preparing clips is not in it, encoding one
(VAE and CLIP) is timed apart.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import levitor_core  # noqa: E402, F401 - sets how threads wait, before torch is imported
from benchmarks.levitor_weights import make_checkpoint  # noqa: E402

if TYPE_CHECKING:
    from torch import Tensor

    from levitor_core.training.config import TrainingConfig

MODES = {
    "UNet frozen": (False, False),
    "UNet frozen, gradient checkpointing": (False, True),
    "UNet trained": (True, False),
    "UNet trained, gradient checkpointing": (True, True),
}
WARM_UPS = 3
GIGABYTE = 1e9


def main() -> None:
    """The command line."""
    arguments = _arguments()
    if arguments.mode:
        arguments.output.write_text(json.dumps(measure(arguments.mode, arguments.base, arguments.steps)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        base = arguments.base or Path(scratch) / "checkpoints"
        if arguments.base is None:
            make_checkpoint(base)
        results: dict[str, Any] = {"machine": _machine(), "frames": 16, "height": 512, "width": 288, "modes": {}}
        for mode in MODES:
            results["modes"][mode] = _child(mode, base, Path(scratch) / "mode.json", arguments.steps)
            arguments.output.write_text(json.dumps(results, indent=1))
            print(mode, results["modes"][mode], flush=True)


def measure(mode: str, base: Path, steps: int) -> dict[str, float]:
    """One mode, in this process: parameters, seconds, and peak memory in GB as torch counts it."""
    import torch

    from levitor_core.training.batches import encode_examples
    from levitor_core.training.loop import Run

    with tempfile.TemporaryDirectory() as output:
        config = _config(mode, base, Path(output))
        run = Run(config)
        example = _example(config)
        batch = encode_examples(example, run.networks)
        encoding = _seconds(lambda: encode_examples(example, run.networks), steps)
        torch.cuda.reset_peak_memory_stats()
        step = _seconds(lambda: (run._advance([batch]), run.ema.step(run.trained)), steps)
    return {
        "million parameters trained": round(sum(p.numel() for p in run.trained) / 1e6, 1),
        "seconds a step": round(step, 4),
        "seconds to encode a clip": round(encoding, 4),
        "peak allocated, GB": round(torch.cuda.max_memory_allocated() / GIGABYTE, 2),
        "peak reserved, GB": round(torch.cuda.max_memory_reserved() / GIGABYTE, 2),
    }


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


def _seconds(work: Callable[[], Any], repeats: int) -> float:
    """Median over `repeats` after the warm-ups, each waited for."""
    import torch

    taken = []
    for _ in range(WARM_UPS + repeats):
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[WARM_UPS:])


def _child(mode: str, base: Path, output: Path, steps: int) -> dict[str, Any]:
    """The figures of a mode, or what stopped it."""
    command = [sys.executable, __file__, "--mode", mode, "--base", base, "--output", output, "--steps", str(steps)]
    finished = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True)
    if finished.returncode:
        lines = finished.stderr.strip().splitlines()
        return {"failed": lines[-1][:300] if lines else f"exit status {finished.returncode}"}
    return json.loads(output.read_text())


def _machine() -> dict[str, str]:
    import torch

    return {"card": torch.cuda.get_device_name(), "torch": torch.__version__}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base", type=Path, help="a checkpoints folder; random weights are made without it")
    parser.add_argument("--output", type=Path, default=Path("training_step.json"))
    parser.add_argument("--steps", type=int, default=8, help="timed steps a mode")
    parser.add_argument("--mode", choices=list(MODES), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
