"""SIDE EFFECT: the example projects that ship with the app, read when the gallery is first shown."""

import functools
from pathlib import Path

from levitor_core.errors import InputError
from levitor_core.files.project_file import open_project
from levitor_core.structures import Image
from ui.outputs import thumbnail

FOLDER = Path(__file__).parent.parent / "examples"


@functools.cache
def examples(folder: Path = FOLDER) -> tuple[tuple[Path, Image, str], ...]:
    """Every project file in the folder that opens: its path, a thumbnail and a caption from its name."""
    found: list[tuple[Path, Image, str]] = []
    for path in sorted(folder.glob("*.levitor")):
        try:
            photo = open_project(path).photo
        except InputError:
            continue
        found.append((path, thumbnail(photo), path.stem.replace("_", " ").replace("-", " ").capitalize()))
    return tuple(found)
