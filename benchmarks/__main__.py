"""`python -m benchmarks [NAME ...] [--json FILE] [--plots FOLDER]`: scenarios of this folder, one table.

A scenario file offers `scenario()`, which gives a `table.Row` for each thing that it measured. Without a name: those
that need no card and no browser.
"""

import argparse
import importlib
import json
from pathlib import Path

import levitor_core  # noqa: F401 - sets how threads wait, before torch is imported
from benchmarks import plots
from benchmarks.table import Row, as_json, machine, markdown

CPU_SCENARIOS = ("control_stage", "preview", "start_up", "photo", "sam_click", "toy_video")
FOLDER = Path(__file__).parent


def main() -> None:
    """Every row as it comes, then the table; the JSON grows with them."""
    arguments = _arguments()
    rows: list[tuple[str, Row]] = []
    print(machine())
    for name in arguments.names or CPU_SCENARIOS:
        for row in importlib.import_module(f"benchmarks.{name}").scenario():
            rows.append((name, row))
            print(f"{name}: {row.label}: {row.middle:.4g} {row.unit}", flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(as_json(rows), indent=1))
    print(markdown(rows))
    if arguments.plots:
        plots.write(rows, arguments.plots)


def _arguments() -> argparse.Namespace:
    offered = sorted(path.stem for path in FOLDER.glob("*.py") if "\ndef scenario(" in path.read_text())
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(offered))
    parser.add_argument("--json", type=Path, help="also write everything there")
    parser.add_argument("--plots", type=Path, help="a folder for the curves of what grows, as SVG")
    return parser.parse_args()


if __name__ == "__main__":
    main()
