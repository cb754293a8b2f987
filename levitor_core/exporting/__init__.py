"""Project -> the files that other tools read, and their points back: one module a format, found by looking.

    shot      a project in a format's frames, size and points: what every format is written from
      ^
    ttm, wan_move, points_json, ati, vace, depth, after_effects, layers
              each declares FORMATS: what the format is called, its frames and rate, and how its folder is filled

A format added is a module added: the command line, the page and the API list what `formats` finds.
"""

import functools
import pkgutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from levitor_core.errors import InputError, echo
from levitor_core.exporting.shot import ExportSettings, Format, Shot
from levitor_core.monitor import Monitor
from levitor_core.structures import Image, Project
from levitor_core.whole_files import new_folder


@functools.cache
def formats() -> tuple[Format, ...]:
    """Every format that has a module here, by name."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [item for module in modules for item in getattr(module, "FORMATS", ())]
    return tuple(sorted(found, key=lambda item: item.name))


def format_named(name: str) -> Format:
    """The format of that name. Raises InputError for another."""
    for item in formats():
        if item.name == name:
            return item
    raise InputError(f"There is no format called {echo(name)}; use {', '.join(item.name for item in formats())}.")


def export(
    project: Project,
    name: str,
    folder: Path,
    settings: ExportSettings | None = None,
    monitor: Monitor | None = None,
    inspect: Callable[[Image], None] = lambda frame: None,
) -> Shot:
    """Fill a new folder with the project in that format; returns what was written. `inspect` is shown every frame.

    The folder appears whole or not at all. Raises InputError for what the format cannot be, before anything is drawn.
    """
    chosen, settings = format_named(name), settings or ExportSettings()
    if settings.num_frames is not None and settings.num_frames > chosen.max_frames:
        raise InputError(f"{chosen.title} reads at most {chosen.max_frames} frames; ask for fewer.")
    if chosen.needs_objects and not any(item.moves or not (item.hidden or item.copy_of) for item in project.objects):
        raise InputError(f"{chosen.title} takes the paths of objects; pick one first.")
    shot = Shot.of(project, chosen, settings, monitor or Monitor(), inspect)
    with new_folder(folder) as partial:
        chosen.write(shot, partial)
    return shot
