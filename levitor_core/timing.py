"""How long a video will take, from the last whole one that this process made with the same renderer."""

import time
from collections.abc import Callable
from dataclasses import replace

from levitor_core.monitor import Monitor, ProgressEvent
from levitor_core.renderers import Renderer, frames_made
from levitor_core.structures import Project

_BEGINS = ("Denoising", "Drawing frames")  # before it a model may load, which the next video need not
_ENDS = ("Decoding frames", "Drawing frames")


class Speeds:
    """Seconds a unit of work, renderer by renderer; `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}

    def estimate(self, renderer: Renderer, project: Project) -> float | None:
        """Seconds that `project` will take once the model is loaded; None before a whole video was made."""
        seconds = self._seconds.get(renderer.name)
        return None if seconds is None else seconds * _work(renderer, project)

    def watched(self, renderer: Renderer, project: Project, monitor: Monitor) -> Monitor:
        """`monitor`, from whose progress the speed is learned when the last variant is done."""
        begun: list[float] = []
        finished: list[ProgressEvent] = []

        def on_progress(event: ProgressEvent) -> None:
            if not begun and event.stage.startswith(_BEGINS):
                begun.append(self._clock())
            if event.stage.startswith(_ENDS) and event.step == event.total:
                finished.append(event)
                if begun and len(finished) == _num_videos(renderer, project):
                    self._seconds[renderer.name] = (self._clock() - begun[0]) / _work(renderer, project)
            monitor.on_progress(event)

        return replace(monitor, on_progress=on_progress)


def _work(renderer: Renderer, project: Project) -> float:
    """Pixels drawn, or denoised in every step; twice where guidance needs both halves."""
    settings = project.settings
    height, width = project.scene.size_hw
    drawn = frames_made(renderer, settings) * height * width * _num_videos(renderer, project)
    if renderer.name == "preview":
        return drawn * ((settings.height or height) / height) ** 2
    halves = 1 if settings.min_guidance_scale == settings.max_guidance_scale == 1 else 2
    return drawn * settings.num_inference_steps * halves


def _num_videos(renderer: Renderer, project: Project) -> int:
    return 1 if renderer.name == "preview" else project.settings.num_variants
