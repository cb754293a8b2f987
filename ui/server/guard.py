"""ASGI middleware: every request gets a client, limits and safe headers, and every failure is one sentence.

origin -> body -> events of the client -> listeners -> Gradio
"""

import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from gradio.route_utils import CustomCORSMiddleware
from starlette.middleware import Middleware

from levitor_core.errors import InputError
from ui.server.bodies import Bodies, Receive, Refused
from ui.server.disk import Disk
from ui.server.failures import MISFIT, logged
from ui.server.listeners import CALL, Listeners, page_name
from ui.server.settings import ServerSettings
from ui.server.visitors import ARRIVED, CLIENT, USER, Proxies, headers_of

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

API = "/gradio_api/"
DIRECT, QUEUED = ("run/", "api/"), ("queue/join", "call/")
_HERE = ("localhost", "127.0.0.1", "[::1]", "0.0.0.0")
_SAFE = ("GET", "HEAD", "OPTIONS")
_UNUSED = ("deep_link", "process_recording", "run-history", "runs", "stream/", "vibe-")  # of Gradio's, by our page


class Served(Protocol):
    """The part of the service that the guard asks."""

    settings: ServerSettings
    listeners: Listeners
    disk: Disk | None


Living = Callable[[], AbstractAsyncContextManager[None]]


def app_options(service: Served, crowded: Callable[[str], str | None], living: Living) -> dict[str, Any]:
    """What `launch(app_kwargs=...)` is given: `crowded` says why a client may start no further event, if so; `living`
    is entered while the server runs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        _keep_to_one_origin(app)
        async with living():
            yield

    async def misfit(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": MISFIT}, 422)

    return {
        "middleware": [Middleware(Guard, service=service, crowded=crowded)],  # type: ignore[arg-type]
        "exception_handlers": {RequestValidationError: misfit},
        "lifespan": lifespan,
    }


def _keep_to_one_origin(app: FastAPI) -> None:
    """Gradio's own layer for other origins, which lets in any, is taken out: the guard says who may call."""
    app.user_middleware = [layer for layer in app.user_middleware if layer.cls is not CustomCORSMiddleware]
    app.middleware_stack = app.build_middleware_stack()


def security_headers(settings: ServerSettings) -> dict[str, str]:
    """What every answer carries. Gradio's components are compiled in the page, which needs eval and inline scripts."""
    own = "'self' data: blob:"
    rules = {
        "default-src": own,
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "worker-src": "'self' blob:",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(("'self'", *settings.frames)),
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in rules.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
    }


class Guard:
    """The middleware; one for the server's life."""

    def __init__(self, app: App, service: Served, crowded: Callable[[str], str | None]) -> None:
        settings = service.settings
        self._app, self._settings, self._listeners, self._crowded = app, settings, service.listeners, crowded
        self._disk = service.disk
        self._coming: Counter[str] = Counter()  # bytes that each client is about to have sent
        self._proxies, self._bodies = Proxies(settings), Bodies(settings)
        self._headers = [(name.encode(), value.encode()) for name, value in security_headers(settings).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun, headers = False, headers_of(scope)
        self._name_client(scope, headers)

        async def send_safely(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        try:
            await self._answer(scope, headers, receive, send_safely)
        except Refused as refused:
            failure = refused
        except Exception as error:
            logged(error)
            failure = Refused(400, MISFIT)
        else:
            return None
        if not begun:
            answer = JSONResponse({"detail": failure.sentence}, failure.status, {"connection": "close"})
            await answer(scope, receive, send_safely)

    def _name_client(self, scope: Scope, headers: dict[str, str]) -> None:
        peer = (scope.get("client") or ("",))[0]
        scope[USER], scope[ARRIVED] = self._proxies.user(peer, headers), time.monotonic()
        scope[CLIENT] = scope[USER] or self._proxies.address(peer, headers)

    async def _answer(self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send) -> None:
        path: str = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(API)
        if path.startswith(_UNUSED):
            raise Refused(404, "There is nothing here.")
        if scope["method"] in _SAFE:
            with self._listeners.listening(_stream(path, scope)):
                return await self._app(scope, receive, send)
        if _is_foreign(headers, self._settings.origins):
            raise Refused(403, "Pages of other sites may not call this server.")
        stated = int(headers["content-length"]) if headers.get("content-length", "").isdecimal() else None
        if path.strip("/") == "upload":
            return await self._upload(scope, self._bodies.paced(stated, receive), send, stated)
        receive = await self._bodies.whole(scope[CLIENT], stated, receive)
        if path.startswith((*DIRECT, *QUEUED)) and (sentence := self._crowded(scope[CLIENT])):
            raise Refused(429, sentence)
        if path.startswith("cancel"):
            receive = await self._cancelled(receive)
        if path.startswith(DIRECT):
            return await self._direct(scope, receive, send)
        return await self._app(scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send, stated: int | None) -> None:
        """A file whose place, which the answer names, is the client's."""
        if self._disk is None:
            return await self._app(scope, receive, send)
        disk, client = self._disk, scope[CLIENT]
        size = self._settings.upload_mb << 20 if stated is None else stated
        self._coming[client] += size
        try:
            await anyio.to_thread.run_sync(disk.check_room, client, self._coming[client], self._coming.total())
            await self._upload_to(disk, scope, receive, send)
        except InputError as error:
            raise Refused(507, str(error)) from None
        finally:
            self._coming[client] -= size
            self._coming += Counter()  # forgets those at nothing

    async def _upload_to(self, disk: Disk, scope: Scope, receive: Receive, send: Send) -> None:
        answer = bytearray()

        async def send_and_note(message: MutableMapping[str, Any]) -> None:
            answer.extend(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                with suppress(ValueError):
                    disk.own([{"path": path} for path in json.loads(answer)], (scope[CLIENT], ""))
            await send(message)

        await self._app(scope, receive, send_and_note)

    async def _direct(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A call whose answer is the response: its client listens until it hangs up."""
        scope[CALL] = name = uuid.uuid4().hex
        body = await receive()

        async def wait_for_end() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self._listeners.cancel(name)

        async def replay() -> MutableMapping[str, Any]:
            return body

        with self._listeners.listening(name):
            watch = asyncio.create_task(wait_for_end())
            try:
                await self._app(scope, replay, send)
            finally:
                watch.cancel()

    async def _cancelled(self, receive: Receive) -> Receive:
        message = await receive()
        try:
            self._listeners.cancel(str(json.loads(message["body"])["event_id"]))
        except (ValueError, TypeError, KeyError):
            raise Refused(400, MISFIT) from None

        async def replay() -> MutableMapping[str, Any]:
            return message

        return replay


def _stream(path: str, scope: Scope) -> str:
    """The name under which a GET listens: of a session's stream or of an event's; any other for the rest."""
    if path.startswith("queue/data"):
        return parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [""])[0]
    last = path.rstrip("/").rpartition("/")[2]
    return page_name(last) if path.startswith("heartbeat/") else last if path.startswith("call/") else ""


def _is_foreign(headers: dict[str, str], allowed: tuple[str, ...]) -> bool:
    """Whether a page of another site sends this."""
    origin = headers.get("origin")
    if origin is None or origin in allowed:
        return False
    host = urlsplit(origin).netloc.lower()
    own = {headers.get("host", "").lower(), *(name.strip() for name in headers.get("x-forwarded-host", "").split(","))}
    return not host or (host not in own and not (_name(host) in _HERE and any(_name(name) in _HERE for name in own)))


def _name(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host
