"""What a scenario gives and how it is shown: rows of repeated measurements, with the machine they were made on."""

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

PACKAGES = ("torch", "diffusers", "transformers", "numpy", "opencv-python-headless", "scikit-learn", "gradio")


@dataclass(frozen=True)
class Row:
    """Measurements of one thing; `baseline` names the row that it is compared with. A point of a curve has a place `at`
    along something that grows."""

    label: str
    values: tuple[float, ...]
    unit: str = "s"
    baseline: str = ""
    shown: Literal["median", "mean"] = "median"
    at: float | None = None
    along: str = ""

    @property
    def middle(self) -> float:
        """What is shown."""
        return getattr(statistics, self.shown)(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the most."""
        return min(self.values), max(self.values)


def timed(label: str, work: Callable[[], object], repeats: int = 5, warm_ups: int = 1, baseline: str = "") -> Row:
    """Seconds of `work`, after it ran unmeasured `warm_ups` times."""
    for _ in range(warm_ups):
        work()
    return Row(label, tuple(seconds(work) for _ in range(repeats)), baseline=baseline)


def in_a_process(rows: str, *given: object) -> Iterator[Row]:
    """What `rows`, "module.function", gives for these arguments in a process whose memory goes with it."""
    module, _, name = rows.rpartition(".")
    with tempfile.TemporaryDirectory() as scratch:
        output = str(Path(scratch) / "rows.json")
        made = f"from {module} import {name} as rows; from benchmarks.table import write"
        code = f"{made}; write(rows(*{given!r}), {output!r})"
        subprocess.run([sys.executable, "-c", code], check=True)
        yield from (Row(**row) for row in json.loads(Path(output).read_text()))


def write(rows: Iterable[Row], output: str) -> None:
    """For the process that asked for them."""
    Path(output).write_text(json.dumps([asdict(row) for row in rows]))


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, once."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def machine() -> dict[str, str]:
    """Processor, card and versions."""
    found = {"processor": _processor(), "card": _card(), "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found | {"load at the start": f"{os.getloadavg()[0]:.1f}"}


def _processor() -> str:
    return f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores"


def _card() -> str:
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return "; ".join(done.stdout.strip().splitlines())


def markdown(rows: Iterable[tuple[str, Row]]) -> str:
    """One table; a row with a baseline says how many times as fast it is."""
    rows = list(rows)
    medians = {(name, row.label): row.middle for name, row in rows}
    lines = ["| scenario | what | median, or mean | least to most | times as fast |", "|---|---|---|---|---|"]
    for name, row in rows:
        base = medians.get((name, row.baseline))
        low, high = row.spread
        times = f"{base / row.middle:.1f}" if base else ""
        shown = f"{row.middle:.3g} {row.unit} | {low:.3g} to {high:.3g} ({len(row.values)})"
        lines.append(f"| {name} | {row.label} | {shown} | {times} |")
    return "\n".join(lines)


def as_json(rows: Iterable[tuple[str, Row]]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "machine": machine(),
        "rows": [{"scenario": name} | asdict(row) | {row.shown: row.middle} for name, row in rows],
    }
