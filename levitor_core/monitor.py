"""Progress out, cancellation in: one small object handed through every slow step."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from levitor_core.errors import Cancelled


class Stage(Enum):
    """What kind of work is under way, for code that acts on it; people read the event's own words."""

    PREPARE = auto()  # reading, loading, placing: what the next video may not need again
    RENDER = auto()  # work that grows with the video
    DONE = auto()  # one more video is whole


@dataclass(frozen=True)
class ProgressEvent:
    """Step `step` of `total` of what a person would call `title`."""

    title: str
    step: int
    total: int
    stage: Stage = Stage.PREPARE


@dataclass(frozen=True)
class Monitor:
    """Reports progress and raises `Cancelled` at the first report after `cancel()`."""

    on_progress: Callable[[ProgressEvent], None] = lambda event: None
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def report(self, title: str, step: int, total: int, stage: Stage = Stage.PREPARE) -> None:
        """Tell where the work stands; raises Cancelled when the person has asked to stop."""
        self.pass_on(ProgressEvent(title, step, total, stage))

    def pass_on(self, event: ProgressEvent) -> None:
        """Tell what something else has told; raises Cancelled when the person has asked to stop."""
        self.check()
        self.on_progress(event)

    def check(self) -> None:
        """Raise Cancelled when the person has asked to stop."""
        if self._cancelled.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Ask the work to stop before its next step; safe from any thread."""
        self._cancelled.set()
