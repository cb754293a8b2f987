"""What a command may write to: a file of its own kind, in a place that takes it, and none of what it reads."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from levitor_core.errors import InputError
from levitor_core.whole_files import check_free, check_place, is_same_file


@dataclass(frozen=True)
class Kind:
    """A kind of file, by the endings that its names have."""

    title: str
    suffixes: tuple[str, ...]


PROJECT = Kind("Projects", (".levitor",))
VIDEO = Kind("Videos", (".mp4", ".gif"))
CONTROL = Kind("Control signals", (".npz",))
FIGURES = Kind("Figures", (".json", ".md"))
_WRITTEN = {suffix for kind in (PROJECT, VIDEO, CONTROL, FIGURES) for suffix in kind.suffixes}


def check(output: Path, kind: Kind, inputs: Iterable[Path | None], new: bool = False) -> None:
    """Raise InputError unless `output` is none of `inputs` by whatever spelling or link, of that kind by its name and
    by the name that its links lead to, and writable; with `new`, also when something is there already."""
    for given in inputs:
        if given is not None and is_same_file(output, given):
            raise InputError(f"{str(output)!r} would replace the input {str(given)!r}; choose another name.")
    from levitor_core.files.image_files import SUFFIXES

    end = _end_of_links(output)
    if output.suffix.lower() not in kind.suffixes:
        raise _of_another_kind(output, kind)
    if end.suffix.lower() in {*SUFFIXES, ".npy", *_WRITTEN} - {*kind.suffixes}:
        raise _of_another_kind(end, kind)
    if new:
        check_free(output)
    check_place(output)


def _of_another_kind(path: Path, kind: Kind) -> InputError:
    names = " or ".join(f"NAME{suffix}" for suffix in kind.suffixes)
    return InputError(f"{kind.title} are written as {names}, which {str(path)!r} is not; choose another name.")


def _end_of_links(path: Path) -> Path:
    with suppress(OSError, ValueError):
        return Path(os.path.realpath(path))
    return path
