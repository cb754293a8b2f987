"""The commands that are calls. SIDE EFFECT: a call writes one file, into the folder that it is given."""

import argparse
import functools
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from levitor_core.cli.outputs import CONTROL, FIGURES, PROJECT, VIDEO, Kind
from levitor_core.cli.parser import commands_by_name
from levitor_core.engine import Engine
from levitor_core.files.safe_zip import pack
from levitor_core.monitor import Monitor
from ui.api.parameters import Parameter

EXPORT = Kind("Exports", (".zip",))
_NOT_TAKEN = ("help", "output", "force")  # a call's file is always a new one


@dataclass(frozen=True)
class Step:
    """A call: the command that it is, and the kind of file that it makes; with `edits`, a changed copy of the project
    that it is given. `fixed` is what the call decides itself."""

    name: str
    command: str
    kind: Kind = PROJECT
    edits: bool = False
    renders: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """One line of help."""
        return self._parser.description or ""

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it takes, what must be given first."""
        own = [action for action in self._parser._actions if action.dest not in (*_NOT_TAKEN, *self.fixed)]
        return tuple(sorted(map(Parameter, own), key=lambda parameter: not parameter.required))

    def run(self, given: Mapping[str, Any], folder: Path, engine: Engine, monitor: Monitor) -> Path:
        """Do it with a call's values, by name; the file that it made. Raises LevitorError."""
        values = {parameter.name: parameter.read(given.get(parameter.name)) for parameter in self.parameters}
        source: Path = next(value for value in values.values() if isinstance(value, Path))
        made = folder / f"{source.stem}{self.kind.suffixes[0]}"
        written = folder / "files" if self.kind is EXPORT else made
        if self.edits:
            values["project"] = shutil.copyfile(source, made)
        defaults = {action.dest: action.default for action in self._parser._actions}
        rest = {"output": written, "engine": engine, "monitor": monitor}
        for _ in self._parser.get_default("run")(argparse.Namespace(**defaults | values | dict(self.fixed) | rest)):
            pass  # what a command says is in the file too
        if written is not made:
            _zip(written, made)
        return made

    @property
    def _parser(self) -> argparse.ArgumentParser:
        return _parsers()[self.command]


def _zip(folder: Path, target: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    target.write_bytes(pack({path.relative_to(folder).as_posix(): path.read_bytes() for path in files}))
    shutil.rmtree(folder)


@functools.cache
def _parsers() -> Mapping[str, argparse.ArgumentParser]:
    return commands_by_name()


STEPS = (
    Step("prepare", "new"),
    Step("select", "select", edits=True),
    Step("outline", "outline", edits=True),
    Step("duplicate", "duplicate", edits=True),
    Step("path", "path", edits=True),
    Step("order", "order", edits=True),
    Step("mend", "mend", edits=True),
    Step("camera", "camera", edits=True),
    Step("preview", "preview", VIDEO, renders=True),
    Step("control", "control", CONTROL),
    Step("export", "export", EXPORT),
    Step("adherence", "adherence", FIGURES),
    Step("render", "render", VIDEO, renders=True, fixed={"num_variants": 1}),
)
