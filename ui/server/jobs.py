"""The work that a handler does for somebody: how long it may take and whether anybody still waits for it."""

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from levitor_core.errors import Cancelled, RendererError
from levitor_core.monitor import Monitor

TOO_LONG = "This render took too long here; lower the frames, the height or the steps."
RESTARTING = "The server is being restarted; your work is safe in the browser, try again in a minute."

_ending = threading.Event()


@dataclass(frozen=True)
class Job:
    """`until` is a `time.monotonic`; `on_stage` is told what took how many seconds."""

    until: float
    is_gone: Callable[[], bool]
    on_stage: Callable[[str, float], None] = lambda stage, seconds: None

    def confirm(self) -> None:
        """Raise Cancelled when nobody waits any more, RendererError when the job has had its time."""
        if _ending.is_set():
            raise RendererError(RESTARTING)
        if self.is_gone():
            raise Cancelled
        if time.monotonic() > self.until:
            raise RendererError(TOO_LONG)


_current: ContextVar[Job | None] = ContextVar("job", default=None)


def begin(job: Job) -> None:
    """The job of everything that this task, and the threads it starts, do from now on."""
    _current.set(job)


def confirm() -> None:
    """Raise when the running job, if there is one, is to end."""
    job = _current.get()
    if job is not None:
        job.confirm()


def monitor() -> Monitor:
    """For work whose progress nobody sees: it ends as its job does."""
    return Monitor(on_progress=lambda event: confirm())


def took(stage: str, seconds: float) -> None:
    """A stage of the running job, if there is one, was done."""
    job = _current.get()
    if job is not None:
        job.on_stage(stage, seconds)


def is_ending() -> bool:
    """Whether the process is about to end."""
    return _ending.is_set()


def end_all() -> None:
    """Every job of this process ends at its next step, and none begins: the process is ending."""
    _ending.set()
