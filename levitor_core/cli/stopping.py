"""Ctrl-C, TERM and HUP end a command alike: as an exception, on whose way out everything half done is taken away."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from levitor_core.stop_signals import heard

GRACE_S = 3.0  # for taking away what is half done: terminals and service managers send several signals in a row


class Stopped(KeyboardInterrupt):
    """A signal has asked the command to end; `status` is the exit status that shells know it by."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.status = 128 + signum


class _Raise:
    """A signal handler whose exception is not interrupted by the next one."""

    def __init__(self) -> None:
        self._deaf_until = 0.0

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        if time.monotonic() >= self._deaf_until:
            self._deaf_until = time.monotonic() + GRACE_S
            raise Stopped(signum)


@contextmanager
def raise_on_signals() -> Iterator[None]:
    """Raise Stopped in the block when a signal asks to end; one that is ignored (nohup) stays so.

    Without effect in other threads than the main one, where Python hears no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in heard()}
    handler = _Raise()
    try:
        for number in before:
            signal.signal(number, handler)
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
