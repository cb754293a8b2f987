"""What this process has mapped into its memory."""

from pathlib import Path

MAPS = Path("/proc/self/maps")  # on Linux; elsewhere nothing is seen


def lies_in(folder: Path) -> bool:
    """Whether something in memory is a file's in that folder: whoever cuts the file short then ends the process."""
    return MAPS.exists() and str(folder) in MAPS.read_text(encoding="utf-8", errors="replace")
