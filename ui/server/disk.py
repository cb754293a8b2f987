"""SIDE EFFECT: everything the server writes lies in one folder of its own run, has owners, an age and a total size.

An age is counted from the sweep that first found a file as it is, by a clock that nobody sets. A run's folder is locked
while its process lives, so that the next start takes away what one left that was killed.
"""

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from levitor_core.errors import InputError
from levitor_core.leftovers import clear, hold, let_go
from ui.server.failures import FULL
from ui.server.settings import ServerSettings

RUN = "levitor-run-"
FILE_ADDRESS = "/gradio_api/file="
UNFINISHED_S = 120.0  # an upload that has not been written to for so long was given up

Owner = tuple[str, str]  # client and session
LEAST_BYTES = 2**15  # what a file counts, however small: a million of empty ones fills a disk, too
UPLOADED = ""  # instead of a session: none has taken the file up


class RunFolder:
    """The folder of this run; Gradio's cache and every temporary file go into it."""

    def __init__(self, settings: ServerSettings) -> None:
        base = Path(settings.data or tempfile.gettempdir())
        base.mkdir(parents=True, exist_ok=True)
        clear(base.glob(f"{RUN}*"))
        self.path = Path(tempfile.mkdtemp(prefix=RUN, dir=base)).resolve()
        self._lock = hold(self.path)
        for name in ("gradio", "tmp"):
            (self.path / name).mkdir()
        os.environ["GRADIO_TEMP_DIR"], os.environ["TMPDIR"] = str(self.path / "gradio"), str(self.path / "tmp")
        tempfile.tempdir = None  # asks for TMPDIR again

    def clear(self) -> None:
        """Take it all away."""
        shutil.rmtree(self.path, ignore_errors=True)
        let_go(self._lock)


@dataclass(frozen=True)
class _File:
    path: Path
    size: int
    changed: float


@dataclass(eq=False)
class Disk:
    """What lies in a folder: whose it is, how much, and what goes when; safe from any thread."""

    folder: Path
    settings: ServerSettings
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _owners: defaultdict[Path, set[Owner]] = field(default_factory=lambda: defaultdict(set))
    _kept: frozenset[Path] = frozenset()
    _found: dict[_File, float] = field(default_factory=dict)
    _total: int = 0

    def keep_what_is_here(self) -> None:
        """The page's own files, which every visitor needs, are no one's and stay."""
        self._kept = frozenset(file.path for file in self._files())

    def own(self, given: Any, owner: Owner) -> None:
        """The files that are named somewhere in an event's data belong to this owner, too; in place of UPLOADED."""
        found = self.files_in(given)
        with self._lock:
            for path in found:
                self._owners[path].discard((owner[0], UPLOADED))
                self._owners[path].add(owner)

    def files_in(self, given: Any) -> list[Path]:
        """The files of people's that are named somewhere in an event's data."""
        return [path for path in map(self._inside, _named(given)) if path is not None and path not in self._kept]

    @property
    def total(self) -> int:
        """Bytes of everybody, as the last sweep found them."""
        return self._total

    def used(self, client: str) -> int:
        """Bytes that a client has here."""
        with self._lock:
            own = [path for path, owners in self._owners.items() if any(name == client for name, _ in owners)]
        return sum(map(_size, own))

    def check_room(self, client: str, more: int = 0, more_of_all: int = 0) -> None:
        """Raise InputError when the client, or everybody, has as much here as may be, with what is about to come."""
        if self.used(client) + more > self.settings.client_disk_mb << 20:
            raise InputError(
                f"You have {self.settings.client_disk_mb} MB here already, which is all one may have; delete your work,"
                " or wait until it is deleted by itself."
            )
        if self._total + more_of_all > self.settings.disk_mb << 20:
            self.sweep()
        if self._total + more_of_all > self.settings.disk_mb << 20:
            raise InputError(FULL)

    def sessions(self, client: str) -> set[str]:
        """The sessions in which a client has something here."""
        with self._lock:
            return {session for owners in self._owners.values() for name, session in owners if name == client}

    def forget(self, session: str, client: str | None = None, spared_s: float = 0.0) -> None:
        """Delete what a session, of that client where one is named, has here alone; not what was put here anew within
        the last `spared_s`, as somebody may be getting its address: the sweep takes that."""
        with self._lock:
            for path in list(self._owners):
                self._leave(path, lambda owner: owner[1] == session and client in (None, owner[0]), spared_s)

    def drop(self, path: Path, client: str) -> None:
        """Delete a file, unless others have it, too."""
        with self._lock:
            self._leave(path, lambda owner: owner[0] == client)

    def _leave(self, path: Path, who: Callable[[Owner], bool], spared_s: float = 0.0) -> None:
        self._owners[path] = left = {owner for owner in self._owners[path] if not who(owner)}
        if not left:
            del self._owners[path]
            with contextlib.suppress(FileNotFoundError):
                if not spared_s or time.time() - path.stat().st_mtime >= spared_s:
                    path.unlink()

    def sweep(self) -> None:
        """Delete what is too old or was given up, and the oldest while everything together is too much."""
        now, files = time.monotonic(), [file for file in self._files() if file.path not in self._kept]
        self._found = {file: self._found.get(file, now) for file in files}
        self._total, most = sum(file.size for file in files), self.settings.disk_mb << 20
        for file in sorted(files, key=lambda file: (self._found[file], file.changed)):
            if self._total > most or now - self._found[file] > self._longest_s(file.path):
                file.path.unlink(missing_ok=True)
                self._total -= file.size
        with self._lock:
            for path in [path for path in self._owners if not path.exists()]:
                del self._owners[path]

    def _longest_s(self, path: Path) -> float:
        """How old a file may become: less where an upload is not whole, or came and was never opened."""
        if path.parent == self.folder / "gradio":  # where uploads lie until they are whole
            return UNFINISHED_S
        with self._lock:
            owners = self._owners.get(path, ())
            unused = bool(owners) and all(session == UPLOADED for _, session in owners)
        return max(self.settings.keep_closed_s, UNFINISHED_S) if unused else self.settings.keep_h * 3600

    def _inside(self, name: str) -> Path | None:
        path = Path(os.path.abspath(name.removeprefix(FILE_ADDRESS)))  # noqa: PTH100 - no link is followed
        return path if self.folder in path.parents else None

    def _files(self) -> Iterator[_File]:
        for place, _, names in os.walk(self.folder):
            for name in names:
                path = Path(place, name)
                with contextlib.suppress(OSError):
                    about = path.lstat()
                    yield _File(path, max(about.st_size, LEAST_BYTES), about.st_mtime)


def _size(path: Path) -> int:
    try:
        return max(path.stat().st_size, LEAST_BYTES)
    except OSError:
        return 0


def _named(given: Any) -> Iterator[str]:
    """The texts in nested data that name a file: of Gradio's file values, and addresses of served files."""
    if isinstance(given, str):
        if given.startswith(FILE_ADDRESS):
            yield given
    elif isinstance(given, dict):
        path = given.get("path")
        if isinstance(path, str):
            yield path
        yield from _named_in(given.values())
    elif isinstance(given, list | tuple):
        yield from _named_in(given)


def _named_in(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from _named(value)
