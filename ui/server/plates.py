"""SIDE EFFECT: what the stage asks for again and again, such as backgrounds: each client's newest stay on the disk."""

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from ui.server.disk import Disk


class Plates:
    """The files made for each client, the newest last; safe from any thread."""

    def __init__(self, disk: Disk, most_bytes: int) -> None:
        self._disk, self._most_bytes = disk, most_bytes
        self._lock = threading.Lock()
        self._made: dict[str, OrderedDict[Path, int]] = {}

    def keep(self, made: Any, client: str) -> None:
        """The files named in an answer are the client's newest; the oldest go while they are too much together."""
        with self._lock:
            mine = self._made.setdefault(client, OrderedDict())
            for path in self._disk.files_in(made):
                mine[path] = path.stat().st_size if path.exists() else 0
                mine.move_to_end(path)
            while len(mine) > 1 and sum(mine.values()) > self._most_bytes:
                self._disk.drop(mine.popitem(last=False)[0], client)
            for idle in [name for name, paths in self._made.items() if not any(path.exists() for path in paths)]:
                del self._made[idle]
