"""SIDE EFFECT: what each open tab has outside its session: a folder for its files, and the run it may cancel."""

import atexit
import shutil
import tempfile
import threading
from pathlib import Path

from levitor_core.monitor import Monitor


class Workspace:
    """Folders and running work by tab (Gradio's session hash); safe from any thread."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="levitor-"))
        self._lock = threading.Lock()
        self._runs: dict[str, Monitor | None] = {}
        atexit.register(shutil.rmtree, self._root, ignore_errors=True)

    def folder(self, tab: str) -> Path:
        """The tab's own folder, made when first asked for."""
        folder = self._root / "".join(letter for letter in tab if letter.isalnum())
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def expect(self, tab: str) -> None:
        """A run is about to start, perhaps after waiting in the queue."""
        with self._lock:
            self._runs[tab] = None

    def start(self, tab: str, monitor: Monitor) -> None:
        """The run starts; it is cancelled at once when the person cancelled, or left, while it waited."""
        with self._lock:
            if tab not in self._runs:
                monitor.cancel()
            self._runs[tab] = monitor

    def finish(self, tab: str) -> None:
        """The run is over."""
        with self._lock:
            self._runs.pop(tab, None)

    def cancel(self, tab: str) -> bool:
        """Stop the tab's run before its next step; says whether there was one."""
        with self._lock:
            if tab not in self._runs:
                return False
            monitor = self._runs.pop(tab)
        if monitor is not None:
            monitor.cancel()
        return True

    def close(self, tab: str) -> None:
        """The tab is gone: stop its run and delete its files."""
        self.cancel(tab)
        shutil.rmtree(self.folder(tab), ignore_errors=True)
