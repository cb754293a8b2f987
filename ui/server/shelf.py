"""The page's own files, held in memory as they are sent: compressed once, for everybody.

Gradio would read them from disk in small pieces and compress them anew for each visitor. What it answers once is kept:
these files do not change while the server runs.
"""

import asyncio
import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import brotli
from gradio.utils import is_static_file

from ui.server.bodies import Receive

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MOST_BYTES = 24 << 20
PIECE = 256 << 10  # what a slow reader makes the server hold
SMALL = 400  # bytes that are not worth compressing
QUALITY = 5  # of Brotli's 11
FILE = "file="
# bundles whose names change with what is in them; the stage's modules lie in a folder of such a name
_BUNDLE = re.compile(r"assets/[^/]+-[\w-]{8,9}\.\w+")
_OTHERS = re.compile(r"assets/[^/]+|static/(?:img|js|fonts)/.+|theme\.css|favicon\.ico")
FOREVER, ASK_AGAIN = b"public, max-age=31536000, immutable", b"public, no-cache"
_TEXT = re.compile(rb"text/|.*(?:javascript|json|xml)")
_NOT_KEPT = {b"content-length", b"etag", b"last-modified", b"accept-ranges", b"cache-control"}
_OF_ONE_VISITOR = {b"accept-encoding", b"range", b"if-range", b"if-none-match", b"if-modified-since"}


@dataclass(frozen=True)
class Held:
    """A whole answer, as it is sent."""

    headers: tuple[tuple[bytes, bytes], ...]
    etag: str
    body: bytes


class Shelf:
    """What `app` answers to everybody alike; lives on the event loop."""

    def __init__(self, app: App, most_bytes: int = MOST_BYTES) -> None:
        self._app, self._most_bytes, self._lock = app, most_bytes, asyncio.Lock()
        self._held: OrderedDict[tuple[str, str], Held] = OrderedDict()

    async def answer(self, name: str, scope: Scope, asked: Mapping[str, str], receive: Receive, send: Send) -> None:
        """Send the file of a name for which `is_static` holds; `asked` are the request's headers."""
        held = await self._get(name, coding_of(asked.get("accept-encoding", "")), scope)
        if held is None:
            return await self._app(scope, receive, send)
        known = {tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")}
        status, body = (304, b"") if known & {held.etag, "*"} else (200, held.body)
        length = [] if status == 304 else [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": [*held.headers, *length]})
        for start in range(0, len(body) or 1, PIECE):
            rest = {"body": body[start : start + PIECE], "more_body": start + PIECE < len(body)}
            await send({"type": "http.response.body", **rest})

    async def _get(self, name: str, coding: str, scope: Scope) -> Held | None:
        async with self._lock:  # who asks for the same meanwhile finds it done
            held = self._held.get((name, coding))
            if held is None:
                answer = await self._ask(scope)
                if answer is None:
                    return None
                held = await anyio.to_thread.run_sync(_pack, name, coding, *answer)
            self._keep((name, coding), held)
            return held

    def _keep(self, key: tuple[str, str], held: Held) -> None:
        self._held[key] = held
        self._held.move_to_end(key)
        while sum(len(other.body) for other in self._held.values()) > self._most_bytes:
            self._held.popitem(last=False)

    async def _ask(self, scope: Scope) -> tuple[Headers, bytes] | None:
        """The app's headers and whole body; None where it has no such file."""
        status, headers, body = 0, Headers(), bytearray()
        plain = [pair for pair in scope["headers"] if pair[0].lower() not in _OF_ONE_VISITOR]

        async def collect(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            headers.extend(message.get("headers", ()))
            body.extend(message.get("body", b"") if status == 200 else b"")

        await self._app({**scope, "method": "GET", "headers": plain}, _never, collect)
        whole = status == 200 and dict(headers).get(b"content-length") == str(len(body)).encode()
        return (headers, bytes(body)) if whole else None


def is_static(name: str) -> bool:
    """Whether a path below the page's address is one of the files that never change."""
    if ".." in name:
        return False
    return bool(_OTHERS.fullmatch(name)) or (name.startswith(FILE) and is_static_file(name.removeprefix(FILE)))


def coding_of(accepted: str) -> str:
    """How an answer may be compressed for who accepts that: "br", "gzip" or, not at all, ""."""
    wishes = [wish.partition(";") for wish in accepted.replace(" ", "").lower().split(",")]
    names = {name for name, _, weight in wishes if not re.fullmatch(r"q=0(?:\.0*)?", weight)}
    return next((coding for coding in ("br", "gzip") if coding in names), "")


async def _never() -> MutableMapping[str, Any]:
    """Who asks for everybody does not hang up."""
    return await asyncio.Future()


def _pack(name: str, coding: str, headers: Headers, body: bytes) -> Held:
    kept = [pair for pair in headers if pair[0].lower() not in _NOT_KEPT]
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}{coding and "-" + coding}"'
    if _TEXT.match(dict(headers).get(b"content-type", b"")):
        kept.append((b"vary", b"Accept-Encoding"))
        if coding and len(body) > SMALL:
            body = brotli.compress(body, quality=QUALITY) if coding == "br" else gzip.compress(body)
            kept.append((b"content-encoding", coding.encode()))
    lasting = _BUNDLE.fullmatch(name) or name.startswith(FILE)
    return Held((*kept, (b"etag", etag.encode()), (b"cache-control", FOREVER if lasting else ASK_AGAIN)), etag, body)
