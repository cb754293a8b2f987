"""What a request sends: how much, of how many values, and how slowly; looked at before anything is parsed."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from ui.server.settings import ServerSettings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

SMALL = 64 * 1024  # what is not counted against anybody
BODIES_PER_CLIENT, BODIES = 2, 6  # large ones that may be on their way, in units of the largest


class Refused(Exception):
    """The request is not taken: an HTTP status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Bodies:
    """The requests on their way in; lives on the event loop."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._bytes: Counter[str] = Counter()

    async def whole(self, client: str, stated: int | None, receive: Receive) -> Receive:
        """The request's body, read to its end and checked, as what the app receives from.

        Raises Refused when it is too much, too slow or holds too many values.
        """
        limit = self._settings.json_mb << 20
        self._check_stated(stated, limit, "request")
        data, counted = bytearray(), 0
        until = time.monotonic() + self._settings.body_s
        try:
            async for chunk in self._chunks(receive, until):
                data += chunk
                if len(data) > limit:
                    raise _too_large("request", limit)
                if len(data) > SMALL:
                    self._count(client, len(data) - counted, limit)
                    counted = len(data)
            self._check_values(data)
        finally:
            self._bytes[client] -= counted
            self._bytes += Counter()  # forgets those at nothing
        return _replayed(bytes(data), receive)

    def paced(self, stated: int | None, receive: Receive) -> Receive:
        """An upload as the app receives it, which ends with Refused when it is too much or too slow."""
        limit = self._settings.upload_mb << 20
        self._check_stated(stated, limit, "file")
        until, total = time.monotonic() + self._settings.upload_s, 0

        async def receive_in_time() -> Message:
            nonlocal total
            message = await self._next(receive, until)
            total += len(message.get("body", b""))
            if total > limit + SMALL:
                raise _too_large("file", limit)
            return message

        return receive_in_time

    async def _chunks(self, receive: Receive, until: float) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._next(receive, until)
            if message["type"] == "http.disconnect":
                raise Refused(400, "The request ended before it was whole.")
            yield message.get("body", b"")
            more = message.get("more_body", False)

    async def _next(self, receive: Receive, until: float) -> Message:
        left = min(self._settings.idle_s, until - time.monotonic())
        try:
            return await asyncio.wait_for(receive(), max(left, 0.01))
        except TimeoutError:
            raise Refused(408, "The request came too slowly; try again on a better line.") from None

    def _count(self, client: str, size: int, limit: int) -> None:
        self._bytes[client] += size
        if self._bytes[client] > BODIES_PER_CLIENT * limit or self._bytes.total() > BODIES * limit:
            self._bytes[client] -= size
            raise Refused(503, "The server is taking in as much as it can; try again in a minute.")

    def _check_stated(self, stated: int | None, limit: int, what: str) -> None:
        if stated is not None and stated > limit + (SMALL if what == "file" else 0):
            raise _too_large(what, limit)

    def _check_values(self, data: bytearray) -> None:
        if len(data) > SMALL and sum(map(data.count, (b",", b":", b"[", b"{"))) > self._settings.json_values:
            raise Refused(413, "The request holds too many values; send a smaller project.")


def _too_large(what: str, limit: int) -> Refused:
    return Refused(413, f"The {what} is larger than {limit >> 20} MB; send a smaller one.")


def _replayed(data: bytes, receive: Receive) -> Receive:
    """The body once, and then whatever else comes: that the client hung up."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": data, "more_body": False}

    return receive_again
