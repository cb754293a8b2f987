"""ASGI middleware: every request gets a client, limits and safe headers, and every failure is one sentence.

files that never change | origin -> body -> events of the client -> listeners -> Gradio
"""

import asyncio
import hmac
import json
import secrets
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import Any, Protocol
from urllib.parse import parse_qs, quote, unquote

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from gradio.brotli_middleware import BrotliMiddleware
from gradio.route_utils import CustomCORSMiddleware
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from levitor_core.errors import InputError
from ui.server import logs, state
from ui.server.bodies import Bodies, Receive, Refused
from ui.server.disk import Disk
from ui.server.failures import MISFIT, logged, short
from ui.server.listeners import CALL, Listeners, page_name
from ui.server.logins import Logins
from ui.server.metrics import Metrics
from ui.server.origins import is_foreign, security_headers
from ui.server.sessions import Sessions, asks, check_name
from ui.server.settings import ServerSettings
from ui.server.shelf import App, Scope, Send, Shelf, is_static
from ui.server.visitors import ARRIVED, CLIENT, USER, Proxies, headers_of

API = "/gradio_api/"
MAX_ADDRESS = 4096
DIRECT, QUEUED = ("run/", "api/"), ("queue/join", "call/")
MCP, MCP_MESSAGES = "mcp", "mcp/messages"
OWN_WORD = "x-levitor-own-word"  # in which this server, as an MCP client's voice, tells itself who calls
_SAFE = ("GET", "HEAD", "OPTIONS")
# of Gradio's, by our page; some of them fetch what other servers have, or write what a client says into the log
_UNUSED = ("custom_component", "deep_link", "dev/", "file=http", "process_recording", "proxy=", "run-history", "runs",
           "stream/", "vibe-")  # fmt: skip


class Served(Protocol):
    """The part of the service that the guard asks."""

    settings: ServerSettings
    listeners: Listeners
    disk: Disk | None
    metrics: Metrics


Living = Callable[[], AbstractAsyncContextManager[None]]


def app_options(service: Served, crowded: Callable[[str], str | None], living: Living) -> dict[str, Any]:
    """What `launch(app_kwargs=...)` is given: `crowded` says why a client may start no further event, if so; `living`
    is entered while the server runs."""

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        _take_out_layers(app)
        app.state_holder = Sessions()
        app.state_holder.set_blocks(app.get_blocks())
        async with living():
            yield

    async def misfit(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": MISFIT}, 422)

    async def refused(request: Request, error: Any) -> JSONResponse:
        said = short(error.detail) if isinstance(error.detail, str) else error.detail
        return JSONResponse({"detail": said}, error.status_code, error.headers)

    return {
        "middleware": [Middleware(Guard, service=service, crowded=crowded)],  # type: ignore[arg-type]
        "exception_handlers": {RequestValidationError: misfit, HTTPException: refused},
        "lifespan": lifespan,
    }


def _take_out_layers(app: FastAPI) -> None:
    """Gradio's own layer for other origins lets in any: the guard says who may call. Its layer that compresses does so
    for each visitor anew: the shelf does it once."""
    others = (CustomCORSMiddleware, BrotliMiddleware)
    app.user_middleware = [layer for layer in app.user_middleware if layer.cls not in others]
    app.middleware_stack = app.build_middleware_stack()


class Guard:
    """The middleware; one for the server's life."""

    def __init__(self, app: App, service: Served, crowded: Callable[[str], str | None]) -> None:
        settings = service.settings
        self._app, self._settings, self._listeners, self._crowded = app, settings, service.listeners, crowded
        self._disk, self._metrics = service.disk, service.metrics
        self._open: Counter[str] = Counter()  # requests of each client
        self._coming: Counter[str] = Counter()  # bytes that each client is about to have sent
        self._proxies, self._bodies, self._secret = Proxies(settings), Bodies(settings), secrets.token_urlsafe()
        self._logins, self._shelf = Logins(), Shelf(app)
        self._headers = [(name.encode(), value.encode()) for name, value in security_headers(settings).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":  # Gradio has none
            return await send({"type": "websocket.close"})
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun, headers = False, headers_of(scope)
        self._name_client(scope, headers)
        own = [*self._headers, (b"x-request-id", logs.begin(scope).encode())]

        async def send_safely(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), *own]
                self._note(scope, message["status"])
            await send(message)

        try:
            with self._one_more_open(scope[CLIENT]):
                await self._answer(scope, headers, receive, send_safely)
        except Refused as refused:
            failure = refused
            self._metrics.refused(str(refused.status))
        except Exception as error:
            logged(error)
            failure = Refused(400, MISFIT)
        else:
            return None
        if not begun:
            answer = JSONResponse({"detail": failure.sentence}, failure.status, {"connection": "close"})
            await answer(scope, receive, send_safely)

    @contextmanager
    def _one_more_open(self, client: str) -> Iterator[None]:
        """Meanwhile the client has one request more open. Raises Refused where that is too many."""
        self._open[client] += 1
        try:
            if self._open[client] > self._settings.requests_per_client:
                raise Refused(429, "You have too much open here at once; close some pages.")
            yield
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    def _note(self, scope: Scope, status: int) -> None:
        self._metrics.answered(status)
        seconds = round(time.monotonic() - scope[ARRIVED], 3)
        logs.note(
            "answered", method=scope["method"], place=logs.place_of(scope["path"]), status=status, seconds=seconds
        )

    def _name_client(self, scope: Scope, headers: dict[str, str]) -> None:
        peer = (scope.get("client") or ("",))[0]
        scope[USER], scope[ARRIVED] = self._proxies.user(peer, headers), time.monotonic()
        scope[CLIENT] = scope[USER] or self._proxies.address(peer, headers)
        secret, _, told = headers.get(OWN_WORD, "").partition(" ")
        if hmac.compare_digest(secret.encode(), self._secret.encode()):
            call, _, client = told.partition(" ")
            scope[CLIENT] = unquote(client)
            scope[USER] = scope[CLIENT] if scope[CLIENT].startswith("user ") else None
            scope.update({CALL: call} if call else {})
        asks(scope[CLIENT])

    def _speak_for(self, scope: Scope, call: str) -> None:
        """What the request asks this server to call is the request's client's own."""
        word = f"{self._secret} {call} {quote(scope[CLIENT])}"
        others = [pair for pair in scope["headers"] if pair[0].lower() != OWN_WORD.encode()]
        scope["headers"] = [*others, (OWN_WORD.encode(), word.encode())]

    async def _answer(self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send) -> None:
        if len(scope["path"]) + len(scope.get("query_string", b"")) > MAX_ADDRESS:
            raise Refused(414, "The address is too long.")
        path: str = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(API)
        if (answer := state.answer(path, self._metrics)) is not None:
            return await answer(scope, receive, send)
        if path.startswith(_UNUSED):
            raise Refused(404, "There is nothing here.")
        if scope["method"] in ("GET", "HEAD") and is_static(path.removeprefix("/")):
            return await self._shelf.answer(path.removeprefix("/"), scope, headers, receive, send)
        if scope["method"] in _SAFE:
            with self._listeners.listening(_stream(path, scope)):
                return await self._app(scope, receive, send)
        if is_foreign(headers, self._settings.origins):
            raise Refused(403, "Pages of other sites may not call this server.")
        stated = int(headers["content-length"]) if headers.get("content-length", "").isdecimal() else None
        if path.strip("/") == "upload":
            return await self._upload(scope, self._bodies.paced(stated, receive), send, stated)
        return await self._act(path, scope, await self._bodies.whole(scope[CLIENT], stated, receive), send)

    async def _act(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if path.strip("/") == "login":
            return await self._login(scope, receive, send)
        if path.startswith((*DIRECT, *QUEUED)) and (sentence := self._crowded(scope[CLIENT])):
            raise Refused(429, sentence)
        if path.startswith("cancel"):
            receive = await self._cancelled(receive)
        if path.startswith(MCP_MESSAGES):  # answered on another stream
            self._speak_for(scope, "")
        elif path.startswith((*DIRECT, MCP)):
            return await self._direct(scope, receive, send)
        return await self._app(scope, receive, send)

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        client: str = scope[CLIENT]
        self._logins.begin(client)

        async def send_and_note(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] < 300:
                self._logins.succeeded(client)
            await send(message)

        await self._app(scope, receive, send_and_note)

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
        self._speak_for(scope, name)
        messages, gone = [await receive()], asyncio.Event()

        async def wait_for_end() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self._listeners.cancel(name)
            gone.set()

        async def replay() -> MutableMapping[str, Any]:
            if not messages:
                await gone.wait()
            return messages.pop() if messages else {"type": "http.disconnect"}

        with self._listeners.listening(name):
            watch = asyncio.create_task(wait_for_end())
            try:
                await self._app(scope, replay, send)
            finally:
                watch.cancel()

    async def _cancelled(self, receive: Receive) -> Receive:
        message = await receive()
        try:
            told = json.loads(message["body"])
            check_name(told["event_id"])
            self._listeners.cancel(told["event_id"])
            told = {"session_hash": "", "fn_index": 0} | told  # which an event's id alone tells
        except (ValueError, TypeError, KeyError):
            raise Refused(400, MISFIT) from None
        message = {**message, "body": json.dumps(told).encode()}

        async def replay() -> MutableMapping[str, Any]:
            return message

        return replay


def _stream(path: str, scope: Scope) -> str:
    """The name under which a GET listens: of a session's stream or of an event's; any other for the rest."""
    if path.startswith("queue/data"):
        return parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [""])[0]
    last = path.rstrip("/").rpartition("/")[2]
    return page_name(last) if path.startswith("heartbeat/") else last if path.startswith("call/") else ""
