"""Projects -> clips: one small interface, one folder a renderer; adding a video model adds a folder."""

from typing import Protocol

from levitor_core.monitor import Monitor
from levitor_core.settings import GenerationSettings
from levitor_core.structures import Clip, Project


class Renderer(Protocol):
    """Turns a project into video by the project's own generation settings."""

    @property
    def name(self) -> str:
        """What `settings.renderer` calls it."""
        ...

    @property
    def title(self) -> str:
        """What a person calls it."""
        ...

    @property
    def max_frames(self) -> int:
        """The longest clip it makes."""
        ...

    def unavailable_reason(self) -> str | None:
        """Why it cannot run here, as one sentence that says what to do; None when it can."""
        ...

    def render(self, project: Project, monitor: Monitor) -> tuple[Clip, ...]:
        """The clips asked for, one a variant. Raises LevitorError, and Cancelled between any two steps."""
        ...

    def free(self) -> None:
        """Give back what it holds in memory; the next render loads it again."""
        ...


def frames_made(renderer: Renderer, settings: GenerationSettings) -> int:
    """How many frames the renderer makes of those asked for; fewer are spread over the same time."""
    return min(settings.num_frames, renderer.max_frames)
