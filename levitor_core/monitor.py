"""Progress out, cancellation in: one small object handed through every slow step."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from levitor_core.errors import Cancelled


@dataclass(frozen=True)
class ProgressEvent:
    """Step `step` of `total` in the stage a person would call `stage`."""

    stage: str
    step: int
    total: int


@dataclass(frozen=True)
class Monitor:
    """Reports progress and raises `Cancelled` at the first report after `cancel()`."""

    on_progress: Callable[[ProgressEvent], None] = lambda event: None
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def report(self, stage: str, step: int, total: int) -> None:
        """Tell where the work stands; raises Cancelled when the person has asked to stop."""
        self.check()
        self.on_progress(ProgressEvent(stage, step, total))

    def check(self) -> None:
        """Raise Cancelled when the person has asked to stop."""
        if self._cancelled.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Ask the work to stop before its next step; safe from any thread."""
        self._cancelled.set()
