"""SIDE EFFECT: what each open page has outside its session: a folder for its files, finished videos, a run to cancel.

A browser tab names itself by a secret. A reload gives it another page, in Gradio's words another session hash, which
finds by that name what the page before it left.
"""

import atexit
import re
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from levitor_core.monitor import Monitor
from ui.outputs import FinishedVideos

_SECRET = re.compile(r"[0-9a-f]{32}")


@dataclass(eq=False)
class _Home:
    """A tab's files and finished videos, and the pages that are open on them: one, but for a moment at a reload."""

    root: Path
    pages: set[str] = field(default_factory=set)
    videos: FinishedVideos = field(default_factory=FinishedVideos)
    shown: Path | None = None
    last_seen: float = 0.0
    _folder: Path | None = None

    @property
    def folder(self) -> Path:
        """Made when first asked for."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(dir=self.root))
        return self._folder

    def clear(self) -> None:
        """Delete its files."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class Workspace:
    """Files, finished videos and running work by page (Gradio's session hash); safe from any thread."""

    def __init__(self, keep_s: float = 600.0) -> None:
        self._root, self._keep_s = Path(tempfile.mkdtemp(prefix="levitor-")), keep_s
        self._lock = threading.Lock()
        self._homes: dict[str, _Home] = {}
        self._runs: dict[str, Monitor | None] = {}
        atexit.register(shutil.rmtree, self._root, ignore_errors=True)

    def enter(self, page: str, tab: Any) -> FinishedVideos:
        """The page belongs to the tab of that secret name; the videos that were finished there."""
        if not isinstance(tab, str) or not _SECRET.fullmatch(tab):
            return FinishedVideos()
        with self._lock:
            home = self._homes.setdefault(tab, _Home(self._root))
            home.pages.add(page)
            return home.videos

    def folder(self, page: str) -> Path:
        """Where the page's files lie."""
        with self._lock:
            return self._home(page).folder

    def keep(self, page: str, videos: FinishedVideos) -> None:
        """The page's finished videos, for the page that a reload puts in its place."""
        with self._lock:
            self._home(page).videos = videos

    def show(self, page: str, video: Path) -> None:
        """The page shows that video now."""
        with self._lock:
            self._home(page).shown = video

    def shows(self, page: str, video: Path) -> bool:
        """Whether the page still shows that video."""
        with self._lock:
            return self._home(page).shown == video

    def expect(self, page: str) -> None:
        """A run is about to start, perhaps after waiting in the queue."""
        with self._lock:
            self._runs[page] = None

    def start(self, page: str, monitor: Monitor) -> None:
        """The run starts; it is cancelled at once when the person cancelled, or left, while it waited."""
        with self._lock:
            if page not in self._runs:
                monitor.cancel()
            self._runs[page] = monitor

    def finish(self, page: str) -> None:
        """The run is over."""
        with self._lock:
            self._runs.pop(page, None)

    def cancel(self, page: str) -> bool:
        """Stop the page's run before its next step; says whether there was one."""
        with self._lock:
            if page not in self._runs:
                return False
            monitor = self._runs.pop(page)
        if monitor is not None:
            monitor.cancel()
        return True

    def close(self, page: str) -> None:
        """The page is gone: stop its run; `clear_up` deletes its files unless its tab comes back in time."""
        self.cancel(page)
        with self._lock:
            for home in self._homes.values():
                if page in home.pages:
                    home.pages.remove(page)
                    home.last_seen = time.monotonic()

    def forget(self, page: str) -> None:
        """Stop the page's run and delete its files and videos, unless another page is open on them."""
        self.cancel(page)
        with self._lock:
            homes = [name for name, home in self._homes.items() if home.pages == {page}]
            for name in homes:
                self._homes.pop(name).clear()

    def clear_up(self) -> None:
        """Delete the files of pages that were closed long enough ago."""
        latest = time.monotonic() - self._keep_s
        with self._lock:
            left = [name for name, home in self._homes.items() if not home.pages and home.last_seen <= latest]
            homes = [self._homes.pop(name) for name in left]
        for home in homes:
            home.clear()

    def _home(self, page: str) -> _Home:
        """Where the page entered, else a home of its own."""
        for home in self._homes.values():
            if page in home.pages:
                return home
        self._homes[page] = _Home(self._root, {page})
        return self._homes[page]
