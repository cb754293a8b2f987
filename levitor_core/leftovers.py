"""What a killed process has left is told from what one works on by a lock that ends with its process.

SIDE EFFECT: locks and removes folders. On folders, which never keep others from writing to the files in them.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

BEGUN_S = 1.0  # a folder so young may be one that is being locked


def hold(folder: Path) -> int | None:
    """Lock a folder until what is returned is let go or the process ends, however it does.

    None where folders have no locks (network drives, Windows): there nothing is taken for left.
    """
    with suppress(OSError):
        return _locked(folder)
    return None


def let_go(lock: int | None) -> None:
    """End the lock."""
    if lock is not None:
        os.close(lock)


def clear(folders: Iterable[Path]) -> None:
    """Remove those of our own folders that no living process holds."""
    with suppress(OSError):
        for folder in folders:
            _clear_if_left(folder)


def _locked(folder: Path) -> int | None:
    """Raises OSError when another has it."""
    if sys.platform == "win32":
        return None
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _clear_if_left(folder: Path) -> None:
    with suppress(OSError):
        lock = _locked(folder)
        if lock is not None and time.time() - folder.stat().st_mtime > BEGUN_S:
            shutil.rmtree(folder, ignore_errors=True)
        let_go(lock)
