"""Files that appear whole or not at all. SIDE EFFECT: writes to disk."""

import errno
import os
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from levitor_core.errors import InputError, RendererError
from levitor_core.leftovers import clear, hold, let_go

if sys.platform != "win32":
    import fcntl

MISSING = "is missing"
FOR_NOW = ".levitor-"  # and twelve hexadecimal digits: a folder in which files become whole
TURN_S = 3.0  # the longest that one replacement waits for others, which take milliseconds each


@contextmanager
def replacing(path: Path, confirm: Callable[[], None] | None = None) -> Iterator[Path]:
    """A new file to write to: at the end it takes the place, the mode and the owner of the file that `path` leads to,
    through links; it goes when anything is raised.

    `confirm` is called before the file is replaced, while no one else replaces one here by this function; if it raises,
    nothing is replaced. Raises InputError when the place cannot be written to or holds a device, a pipe or a folder,
    RendererError when the disk is full.
    """
    with _begun(path) as (place, partial):
        yield partial
        with _turn_in(place.target.parent):
            if confirm is not None:
                confirm()
            place.fill_with(partial)


def check_place(path: Path) -> None:
    """Raise InputError unless `replacing` can begin there; nothing stays."""
    with _begun(path):
        pass


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill: at the end it stands at `path`, where nothing or an empty folder was; it goes when anything
    is raised. Raises InputError and RendererError as `replacing` does."""
    try:
        check_free_folder(path)
        target = Path(os.path.realpath(path))
        with temporary_folder(target) as around:  # a place that cannot be written to shows before the work
            partial = around / "new"
            partial.mkdir()
            yield partial
            if target.is_dir():
                target.rmdir()
            partial.rename(target)
    except OSError as error:
        raise _sentence(path, error) from error


def check_free_folder(path: Path) -> None:
    """Raise InputError unless `new_folder` can begin there; nothing stays."""
    try:
        target = Path(os.path.realpath(path))
        if os.path.lexists(path) and not (target.is_dir() and not any(target.iterdir())):
            raise InputError(f"{str(path)!r} is there already; choose the name of a new folder.")
        with temporary_folder(target):
            pass
    except (OSError, ValueError) as error:
        unnamed = OSError(errno.EINVAL, "it is not the name of a folder")
        raise _sentence(path, error if isinstance(error, OSError) else unnamed) from error


def check_free(path: Path) -> None:
    """Raise InputError when there is something at `path`."""
    if os.path.exists(path):  # noqa: PTH110 - Path.exists raises where a folder is closed
        raise InputError(f"{str(path)!r} is there already; choose another name, or replace it with --force.")


class Afterwards:
    """Does something after the block, whatever is raised in it."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action

    def __enter__(self) -> None:
        pass

    def __exit__(self, *raised: object) -> None:
        self._action()


@contextmanager
def surely(action: Callable[[], None]) -> Iterator[None]:
    """Do something after the block, even when a signal's exception strikes while it is done: then once more."""
    with Afterwards(action), Afterwards(action):
        yield


@contextmanager
def temporary_folder(beside: Path | None = None) -> Iterator[Path]:
    """A folder for the time of the block, closed to others: in the system's place for such, or `beside` a file. Those
    that killed processes left there go."""
    place = Path(tempfile.gettempdir()) if beside is None else beside.parent
    folder, held = place / f"{FOR_NOW}{secrets.token_hex(6)}", list[int | None]()

    def end() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        while held:
            let_go(held.pop())

    clear(place.glob(FOR_NOW + 12 * "[0-9a-f]"))
    with surely(end):
        folder.mkdir(mode=0o700)
        held.append(hold(folder))
        yield folder


def is_file(path: Path) -> bool:
    """Whether a file is to be seen there: unlike Path's, also an answer where a folder on the way is closed."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether a folder is to be seen there; see `is_file`."""
    return os.path.isdir(path)  # noqa: PTH112


def is_same_file(one: Path, other: Path) -> bool:
    """Whether both lead to one file, by whatever spelling or link; not where nothing is to be seen."""
    with suppress(OSError, ValueError):
        return one.samefile(other)
    return False


def absence(path: Path) -> str:
    """What to say of a path where no file is to be seen: that it is missing, or what is in the way."""
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        return unreadable(error)
    return MISSING


def unreadable(error: OSError) -> str:
    """What to say of a path that cannot be read."""
    return f"cannot be read ({(error.strerror or 'unknown reason').lower()})"


@dataclass(frozen=True)
class _Place:
    """The end of a path's links: `before` describes the file that is there, None where there is none."""

    target: Path
    before: os.stat_result | None

    @classmethod
    def of(cls, path: Path) -> "_Place":
        """Raises OSError for what is no plain file or may not be written to."""
        try:
            target, before = Path(os.path.realpath(path)), path.stat()
        except FileNotFoundError:
            return cls(Path(os.path.realpath(path)), None)
        except ValueError as error:
            raise OSError(errno.EINVAL, "it is not the name of a file") from error
        if stat.S_ISDIR(before.st_mode):
            raise OSError(errno.EISDIR, "it is a folder")
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "it is a device or a pipe")
        if not os.access(target, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return cls(target, before)

    def begin(self, partial: Path) -> None:
        """Make an empty file for what shall come here; nobody may read in it what was closed to them before."""
        mode = 0o666 if self.before is None else 0o600
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))

    def fill_with(self, partial: Path) -> None:
        """Put the whole file here."""
        if self.before is not None:
            with suppress(OSError, AttributeError):  # only root gives files away, and Windows does not know how
                os.chown(partial, self.before.st_uid, self.before.st_gid)
            partial.chmod(stat.S_IMODE(self.before.st_mode))
        partial.replace(self.target)


@contextmanager
def _begun(path: Path) -> Iterator[tuple[_Place, Path]]:
    try:
        place = _Place.of(path)
        with temporary_folder(place.target) as folder:
            partial = folder / f"new{path.suffix}"
            place.begin(partial)  # a place that cannot be written to shows before the work
            yield place, partial
    except OSError as error:
        raise _sentence(path, error) from error


@contextmanager
def _turn_in(folder: Path) -> Iterator[None]:
    """Wait until no one else replaces a file in the folder; the lock leaves no file and ends with its process.

    Without a lock where folders have none (network drives, Windows), or where another is held for longer than a
    replacement takes: then it guards something else, such as the script that called us.
    """
    opened: list[int] = []

    def close() -> None:
        while opened:
            os.close(opened.pop())

    with surely(close):
        if sys.platform != "win32":
            with suppress(OSError):
                opened.append(os.open(folder, os.O_RDONLY))
                _wait_for(opened[0])
        yield


def _wait_for(lock: int) -> None:
    until = time.monotonic() + TURN_S
    while time.monotonic() < until:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.002)


def _sentence(path: Path, error: OSError) -> InputError | RendererError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RendererError(f"The disk is full, so {path.name!r} could not be written; free some space and try again.")
    reason = error.strerror or "unknown reason"
    return InputError(f"{str(path)!r} cannot be written ({reason.lower()}); choose another place or name.")
