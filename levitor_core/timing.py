"""How long a video will take, from the last whole one that this process made with the same renderer."""

import time
from collections.abc import Callable
from dataclasses import replace

from levitor_core.monitor import Monitor, ProgressEvent, Stage
from levitor_core.renderers import RendererEntry
from levitor_core.structures import Project


class Speeds:
    """Seconds a unit of work, renderer by renderer; `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}

    def estimate(self, entry: RendererEntry, project: Project) -> float | None:
        """Seconds that `project` will take once the model is loaded; None before a whole video was made."""
        seconds = self._seconds.get(entry.name)
        return None if seconds is None else seconds * entry.work_of(project)

    def watch(self, entry: RendererEntry, project: Project, monitor: Monitor) -> Monitor:
        """`monitor`, from whose progress the speed is learned when the last variant is done."""
        begun: list[float] = []
        left = entry.num_videos(project)

        def on_progress(event: ProgressEvent) -> None:
            nonlocal left
            if not begun and event.stage is Stage.RENDER:
                begun.append(self._clock())
            if event.stage is Stage.DONE:
                left -= 1
                if begun and left == 0:
                    self._seconds[entry.name] = (self._clock() - begun[0]) / entry.work_of(project)
            monitor.on_progress(event)

        return replace(monitor, on_progress=on_progress)
