"""How much memory the process has, and no more work where that is too much."""

import os
from pathlib import Path

from levitor_core.errors import InputError


def resident_mb() -> float:
    """What the process holds, in MB; 0 where /proc does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def check_memory(most_mb: int) -> None:
    """Raise InputError when the process holds more than `most_mb`; 0 is no limit."""
    if most_mb and resident_mb() > most_mb:
        raise InputError("The server has as much open as it can hold; try again in a few minutes.")
