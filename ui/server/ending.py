"""TERM, HUP and Ctrl-C end the server in order: running work ends with a sentence to its owner, nothing is left behind.

Nothing heavy is imported here: as process 1 a program hears no signal before it has said what it does with it.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from levitor_core.stop_signals import SIGNALS, heard

WORK_S = 2.5  # for running work to notice
DELIVERY_S = 0.3  # for its sentence to reach the owner
CLOSING_S = 1.0  # for open connections


def end_at_once_on_signals() -> None:
    """From now on a signal ends the process on the spot: while libraries load, there is nothing yet to end in order,
    and an exception could be swallowed by an import that tries whether it works."""

    def end(number: int, frame: FrameType | None) -> None:
        os._exit(128 + number)

    for number in heard():
        signal.signal(number, end)


def raise_on_signals() -> None:
    """From now on the first of the signals ends the main thread by SystemExit; later ones change nothing."""

    def end(number: int, frame: FrameType | None) -> None:
        for other in SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in heard():
        signal.signal(number, end)


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Whether it is done in that time."""
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.05)
    return done()


def end_children() -> None:
    """Kill the processes that this one started, such as an ffmpeg; without effect where there is no /proc."""
    for tasks in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError, ValueError):
            for number in map(int, tasks.read_text().split()):
                with suppress(OSError):
                    os.kill(number, signal.SIGKILL)
