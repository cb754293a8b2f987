"""Connections on which nothing comes to an end: half a request's head, or an answer that nobody takes, ends them; so
does it that one address holds very many of them.

A body has limits of its own (`bodies`); the web server looks at neither of these.
"""

import asyncio
import time
from collections import Counter
from typing import Any

from ui.server.visitors import Proxies

LOOK_EVERY_S = 1.0


class Lines:
    """The open connections of a uvicorn server, and since when each has stood still; `head_s` and `answer_s` is how
    long they may, `most` how many without a whole request one address has that is no declared proxy."""

    def __init__(self, head_s: float, answer_s: float, most: int, proxies: Proxies) -> None:
        self._longest, self._most, self._proxies = {"head": head_s, "answer": answer_s}, most, proxies
        self._still: dict[Any, tuple[tuple[str, int], float]] = {}

    async def watch(self, page: Any) -> None:
        """Look again and again at those of the page's server, once it has one."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            state = getattr(getattr(page, "server", None), "server_state", None)
            if state is not None:
                self.look(state.connections)

    def look(self, connections: set[Any]) -> None:
        """Close those that have stood still for too long."""
        now, before, idle = time.monotonic(), self._still, Counter[str]()
        self._still = {}
        for line in list(connections):
            stands = _standing(line)
            if stands is None or line.transport is None:
                continue
            last, since = before.get(line, (stands, now))
            self._still[line] = stands, since if last == stands else now
            address = line.client[0] if stands[0] == "head" and line.client else ""
            idle[address] += not self._proxies.trusts(address)
            if now - self._still[line][1] > self._longest[stands[0]] or (address and idle[address] > self._most):
                line.transport.abort()


def _standing(line: Any) -> tuple[str, int] | None:
    """What stays the same while the connection stands still; None while the server works on an answer."""
    cycle = getattr(line, "cycle", None)
    if cycle is None or cycle.response_complete:
        return "head", id(cycle)
    if line.flow.write_paused:
        return "answer", line.transport.get_write_buffer_size()
    return None
