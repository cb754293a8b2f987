"""Make the example projects: `python -m examples.make_examples [NAME ...] [--kept FOLDER]` from the project's folder.

Without names all are made. Painting takes minutes; with --kept, finished paintings are kept there and read again.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from examples.studio import projects
from examples.studio.marching import Picture
from examples.studio.paintings import Paint
from levitor_core.files.project_file import save
from levitor_core.structures import Project

FOLDER = Path(__file__).parent
MAX_BYTES = 2_000_000
MAKERS: dict[str, Callable[[Paint], Project]] = {
    "balloon-and-tower": projects.balloon_and_tower,
    "dahlia-comes-nearer": projects.dahlia_comes_nearer,
    "two-cars-crossing": projects.two_cars_crossing,
    "orbiting-moon": projects.orbiting_moon,
    "above-the-lake": projects.above_the_lake,
    "garage-balloon": projects.garage_balloon,
    "lift-off": projects.lift_off,
    "coins-change-places": projects.coins_change_places,
    "bin-leaves-its-shelf": projects.bin_leaves_its_shelf,
}


def main() -> None:
    """Make the named examples, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *MAKERS], metavar="NAME", help=", ".join(MAKERS))
    parser.add_argument("--kept", type=Path, help="folder of finished paintings")
    arguments = parser.parse_args()
    for name in arguments.names or MAKERS:
        path = FOLDER / f"{name}.levitor"
        save(MAKERS[name](_painter(arguments.kept)), path)
        size = path.stat().st_size
        sys.stdout.write(f"{path.name}: {size / 1e6:.2f} MB\n")
        if size > MAX_BYTES:
            raise SystemExit(f"{path.name} is larger than 2 MB; make its picture smaller.")


def _painter(kept: Path | None) -> Paint:
    def paint(name: str, make: Callable[[], Picture]) -> Picture:
        if kept is None:
            return make()
        path = kept / f"{name}.npz"
        if not path.exists():
            picture = make()
            np.savez_compressed(path, colours=picture.colours, depth=picture.depth, labels=picture.labels)
        with np.load(path, allow_pickle=False) as values:
            return Picture(values["colours"], values["depth"], values["labels"])

    return paint


if __name__ == "__main__":
    main()
