"""Who still waits for an answer: which event streams are open, so that work whose client hung up ends.

Safe from any thread. A name is a page's session, an event, or a call that is answered directly.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ui.server.visitors import ARRIVED, scope_of

CALL = "levitor.call"  # in a scope: the name of a call that is answered directly
GRACE_S = 1.5  # a stream may be closed for a moment, while the browser opens the next
REMEMBERED = 4096


def page_name(session: str) -> str:
    """The name under which a page's browser listens for as long as the page is open."""
    return f"page {session}"


class Listeners:
    """The open streams by name, and when others were closed or their event cancelled."""

    def __init__(self, listen_s: float) -> None:
        self._lock, self._listen_s = threading.Lock(), listen_s
        self._open: Counter[str] = Counter()
        self._closed: OrderedDict[str, float] = OrderedDict()
        self._cancelled: OrderedDict[str, float] = OrderedDict()

    @contextmanager
    def listening(self, name: str) -> Iterator[None]:
        """Somebody listens while the block runs."""
        with self._lock:
            self._open[name] += 1
        try:
            yield
        finally:
            self.hung_up(name)

    def hung_up(self, name: str) -> None:
        """One listener less."""
        with self._lock:
            self._open[name] -= 1
            self._open += Counter()
            _note(self._closed, name)

    def cancel(self, event: str) -> None:
        """Nobody wants this event's answer any more."""
        with self._lock:
            _note(self._cancelled, event)

    def is_gone(self, names: tuple[str, ...], arrived: float) -> bool:
        """Whether nobody waits for what arrived at that time, `time.monotonic`, under these names."""
        with self._lock:
            if any(name in self._cancelled for name in names):
                return True
            if any(name in self._open for name in names):
                return False
            closed = max((self._closed.get(name, 0.0) for name in names), default=0.0)
        now = time.monotonic()
        return now - closed > GRACE_S if closed > arrived else now - arrived > self._listen_s

    def listens(self, name: str) -> bool:
        """Whether anybody listens under this name."""
        with self._lock:
            return name in self._open

    def idle_s(self, name: str, unused_s: float) -> float:
        """For how long a name, unused for that long, has had no listener."""
        with self._lock:
            if name in self._open:
                return 0.0
            closed = self._closed.get(name)
        return unused_s if closed is None else min(unused_s, time.monotonic() - closed)

    def are_gone(self, request: Any, *names: str | None) -> bool:
        """Whether the client of a request hung up, or never listened: to the call itself, else under these names."""
        scope = scope_of(request)
        if ARRIVED not in scope:
            return False
        own = (scope[CALL],) if CALL in scope else tuple(filter(None, names))
        return self.is_gone(own, scope[ARRIVED])


def _note(times: OrderedDict[str, float], name: str) -> None:
    times[name] = time.monotonic()
    times.move_to_end(name)
    while len(times) > REMEMBERED:
        times.popitem(last=False)
