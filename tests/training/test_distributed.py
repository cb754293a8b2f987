"""Two processes train as one does at the same total batch: the same clips, the same losses, the same weights."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from safetensors.torch import load_file

from levitor_core.training.config import TrainingConfig

ROOT = Path(__file__).resolve().parents[2]

WORKERS = """
import os, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from levitor_core.training import loop, sampling
from levitor_core.training.config import read_config
from tests.training.conftest import Squares
loop.open_source = sampling.open_source = lambda data: Squares()
second = os.fork()  # libraries are imported once for both
os.environ["RANK"] = os.environ["LOCAL_RANK"] = str(int(not second))
run = loop.Run(read_config(Path(sys.argv[1])))
assert run.accelerator.num_processes == 2
run.run_steps(0)
if second:
    sys.exit(os.waitpid(second, 0)[1])
"""
WEIGHTS = "LeviTor/controlnet/diffusion_pytorch_model.safetensors"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_processes_train_as_one(trained, config, changed, tmp_path):
    config = changed(config, "run", steps=3)
    run_twofold(config, tmp_path)
    one, two = (recorded(Path(output))[:3] for output in (trained.run.output, config.run.output))
    assert [line["step"] for line in one] == [line["step"] for line in two]
    for name in ("loss", "gradient_norm"):
        assert [line[name] for line in two] == pytest.approx([line[name] for line in one], rel=1e-4)
    first, second = (load_file(Path(each.run.output) / "step-000003" / WEIGHTS) for each in (trained, config))
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 2e-3  # Adam's first steps: signs


def run_twofold(config: TrainingConfig, folder: Path) -> None:
    """The run in two processes."""
    path, script = folder / "config.toml", folder / "workers.py"
    path.write_text(toml(config))
    script.write_text(WORKERS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    meeting = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    quiet = {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), str(path)]
    done = subprocess.run(
        command, env=os.environ | meeting | quiet, check=False, capture_output=True, text=True, timeout=140
    )
    assert done.returncode == 0, done.stderr[-3000:]


def recorded(output: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (output / "losses.jsonl").read_text().splitlines()]


def toml(config: TrainingConfig) -> str:
    """The config as a file; JSON's lists, strings and booleans are TOML's."""
    lines = []
    for section, values in asdict(config).items():
        lines += [f"[{section}]", *(f"{name} = {plain(value)}" for name, value in values.items())]
    return "\n".join(lines)


def plain(value: object) -> str:
    return "inf" if value == float("inf") else json.dumps(value)
