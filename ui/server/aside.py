"""Work that may take its time is done aside, in threads that give way to clicks and to whoever answers requests."""

import contextvars
import functools
import os
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

SWITCH_S = 0.0005  # after which a thread hands on the interpreter; ten times sooner than Python's own
NICENESS = {"opening": 5, "finding": 5, "render": 10, "making": 10, "step": 10}  # what is waited for gives way less


class Aside:
    """Threads for each kind of work, as many as run at once."""

    def __init__(self, at_once: Mapping[str, int]) -> None:
        self._threads = {
            kind: ThreadPoolExecutor(count, kind, _give_way, (NICENESS[kind],))
            for kind, count in at_once.items()
            if kind in NICENESS
        }

    def put(self, page: Any) -> None:
        """From now on, the page's events (`gr.Blocks`) of these kinds are done aside."""
        sys.setswitchinterval(SWITCH_S)
        for event in page.fns.values():
            if event.concurrency_id in self._threads and event.fn is not None:
                event.fn = self.done(event.fn, event.concurrency_id)

    def done(self, function: Callable[..., Any], kind: str) -> Callable[..., Any]:
        """The function, done aside for whoever calls it, who waits."""

        @functools.wraps(function)
        def run(*given: Any, **options: Any) -> Any:
            context = contextvars.copy_context()
            return self._threads[kind].submit(context.run, function, *given, **options).result()

        return run


def _give_way(niceness: int) -> None:
    import cv2
    import numpy as np

    cv2.resize(np.zeros((512, 512, 3), np.uint8), (200, 200), interpolation=cv2.INTER_AREA)  # starts its own threads,
    with suppress(OSError, AttributeError):  # which serve clicks, too, before this one, as Linux has it, gives way
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, os.getpriority(os.PRIO_PROCESS, me) + niceness)
