"""Two processes train as one does at the same total batch: the same clips, the same losses, the same weights."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from safetensors.torch import load_file

from levitor_core.training.config import TrainingConfig

ROOT = Path(__file__).resolve().parents[2]

WORKER = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from levitor_core.training import loop, sampling
from levitor_core.training.config import read_config
from tests.training.conftest import Squares
loop.open_source = sampling.open_source = lambda data: Squares()
run = loop.Run(read_config(Path(sys.argv[1])))
assert run.accelerator.num_processes == int(sys.argv[2])
run.run_steps(0)
"""
WEIGHTS = "LeviTor/controlnet/diffusion_pytorch_model.safetensors"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_processes_train_as_one(config, changed, tmp_path):
    one = run(changed(config, "run", output=str(tmp_path / "one")), tmp_path, processes=1)
    two = run(changed(config, "run", output=str(tmp_path / "two")), tmp_path, processes=2)
    assert [line["step"] for line in one] == [line["step"] for line in two]
    for name in ("loss", "gradient_norm"):
        assert [line[name] for line in two] == pytest.approx([line[name] for line in one], rel=1e-4)
    first, second = (load_file(tmp_path / name / "step-000006" / WEIGHTS) for name in ("one", "two"))
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 2e-3  # Adam's first steps: signs


def run(config: TrainingConfig, folder: Path, processes: int) -> list[dict[str, float]]:
    """What a run in `processes` processes records."""
    output = Path(config.run.output)
    path, script = folder / f"{output.name}.toml", folder / "worker.py"
    path.write_text(toml(config))
    script.write_text(WORKER)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    environment = os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [*launch, str(script), str(path), str(processes)]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=140)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in (output / "losses.jsonl").read_text().splitlines()]


def toml(config: TrainingConfig) -> str:
    """The config as a file; JSON's lists, strings and booleans are TOML's."""
    lines = []
    for section, values in asdict(config).items():
        lines += [f"[{section}]", *(f"{name} = {plain(value)}" for name, value in values.items())]
    return "\n".join(lines)


def plain(value: object) -> str:
    return "inf" if value == float("inf") else json.dumps(value)
