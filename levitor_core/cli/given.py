"""What every command takes from its arguments: the project, the engine, who hears how far it is."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from levitor_core.cli.console import progress
from levitor_core.monitor import Monitor
from levitor_core.structures import Project

if TYPE_CHECKING:
    from levitor_core.engine import Engine

Arguments = argparse.Namespace
Lines = Iterable[str]


def engine_of(arguments: Arguments) -> "Engine":
    """The engine that the caller has loaded, or a new one."""
    from levitor_core.checkpoints import Checkpoints
    from levitor_core.engine import Engine

    return arguments.engine or Engine(Checkpoints(arguments.checkpoints), arguments.device)


def monitor_of(arguments: Arguments) -> Monitor:
    """Who the caller says hears of progress, or the terminal."""
    return arguments.monitor or progress()


def open_project(file: Path) -> Project:
    """A project file. Raises InputError."""
    from levitor_core.files import project_file

    return project_file.open_project(file)


def change(arguments: Arguments, edit: Callable[[Project], Project]) -> Project:
    """The project with an edit made to it, saved where it lies. Raises InputError."""
    from levitor_core.files import project_file

    return project_file.change(arguments.project, edit)
