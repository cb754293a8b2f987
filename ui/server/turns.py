"""Whose turn it is: a bounded number of calls at once, a bounded number waiting, and nobody before others for long."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from levitor_core.errors import InputError

LOOK_EVERY_S = 0.2  # whether the one who waits is still there
REMEMBERED = 4096


class BusyError(InputError):
    """Too much waits already, of everybody or of this client."""


@dataclass(frozen=True, eq=False)
class _Ticket:
    client: str
    number: int
    comes: asyncio.Event


class FairQueue:
    """Turns for one kind of work, on one event loop.

    Of those waiting, the client with the fewest running comes first, then who was served longest ago.
    """

    def __init__(self, at_once: int, waiting: int, per_client: int, work: str = "videos") -> None:
        self.at_once, self._most_waiting, self._per_client, self._work = at_once, waiting, per_client, work
        self._waiting: list[_Ticket] = []
        self._running: list[_Ticket] = []
        self._served: OrderedDict[str, int] = OrderedDict()
        self._count = 0

    @asynccontextmanager
    async def turn(self, client: str, wait: Callable[[int], None] = lambda ahead: None) -> AsyncIterator[None]:
        """Run the block when it is the client's turn. Raises BusyError at once when too much waits already.

        `wait` is told, again and again, how many come before; what it raises ends the waiting.
        """
        ticket = self._join(client)
        try:
            self._start_next()
            while not ticket.comes.is_set():
                wait(self._ahead(ticket))
                with suppress(TimeoutError):
                    await asyncio.wait_for(ticket.comes.wait(), LOOK_EVERY_S)
            yield
        finally:
            self._leave(ticket)

    @property
    def busy(self) -> tuple[int, int]:
        """How many run and how many wait."""
        return len(self._running), len(self._waiting)

    def _join(self, client: str) -> _Ticket:
        own = sum(ticket.client == client for ticket in (*self._waiting, *self._running))
        if own >= self._per_client:
            raise BusyError(f"You have {own} {self._work} under way here already; wait until one is done.")
        if len(self._running) >= self.at_once and len(self._waiting) >= self._most_waiting:
            raise BusyError(f"Too many {self._work} are waiting here; try again in a few minutes.")
        ticket = _Ticket(client, self._next_number(), asyncio.Event())
        self._waiting.append(ticket)
        return ticket

    def _start_next(self) -> None:
        while self._waiting and len(self._running) < self.at_once:
            ticket = min(self._waiting, key=self._rank)
            self._waiting.remove(ticket)
            self._running.append(ticket)
            self._served[ticket.client] = self._next_number()
            self._served.move_to_end(ticket.client)
            while len(self._served) > REMEMBERED:
                self._served.popitem(last=False)
            ticket.comes.set()

    def _leave(self, ticket: _Ticket) -> None:
        for place in (self._waiting, self._running):
            if ticket in place:
                place.remove(ticket)
        self._start_next()

    def _rank(self, ticket: _Ticket) -> tuple[int, int, int]:
        running = sum(other.client == ticket.client for other in self._running)
        return running, self._served.get(ticket.client, 0), ticket.number

    def _ahead(self, ticket: _Ticket) -> int:
        rank = self._rank(ticket)
        return len(self._running) + sum(self._rank(other) < rank for other in self._waiting)

    def _next_number(self) -> int:
        self._count += 1
        return self._count
