"""Every benchmark of this folder, one table: `python benchmarks/run.py [NAME ...]`.

A scenario file offers `scenario() -> list of (label, seconds)`; what needs a CUDA card is run by its own file.
"""

import importlib
import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import levitor_core  # noqa: F401 - sets how threads wait, before torch is imported

CPU_SCENARIOS = ("control_stage", "preview", "start_up", "photo", "sam_click", "toy_video")


def main() -> None:
    """Print the machine, then every row."""
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}")
    for name in sys.argv[1:] or CPU_SCENARIOS:
        for label, seconds in importlib.import_module(f"benchmarks.{name}").scenario():
            print(f"{name:14} {label:60} {seconds:8.3f} s")


if __name__ == "__main__":
    main()
