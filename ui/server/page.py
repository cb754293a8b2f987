"""`gr.Blocks` and server functions of components whose events take turns and whose failures are one sentence.

An event's `concurrency_id` says what it is; Gradio's own limits are left open, since they know no clients.
"""

import functools
import math
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Literal

import anyio.to_thread
import gradio as gr
from gradio.context import LocalContext
from gradio.exceptions import ComponentProcessingError, InvalidPathError
from gradio.helpers import TrackedIterable
from pydantic import ValidationError

from levitor_core.errors import LevitorError
from ui.server import jobs, logs
from ui.server.failures import MISFIT, as_message, short, told
from ui.server.given import local
from ui.server.service import Service
from ui.server.sessions import Sessions
from ui.server.turns import BusyError
from ui.server.visitors import client_of, is_known, scope_of

TITLE = "That did not work"
QUICK: dict[str, Any] = {"concurrency_limit": None}  # waits for nobody
RENDER: dict[str, Any] = {"concurrency_id": "render", "concurrency_limit": None}
MAKING: dict[str, Any] = {"concurrency_id": "making", "concurrency_limit": None}
FINDING: dict[str, Any] = {"concurrency_id": "finding", "concurrency_limit": None}
OPENING: dict[str, Any] = {"concurrency_id": "opening", "concurrency_limit": None}
STEP: dict[str, Any] = {"concurrency_id": "step", "concurrency_limit": None}
_LIMITED = (RENDER["concurrency_id"], STEP["concurrency_id"])
_KEEPS_LITTLE = (MAKING["concurrency_id"], FINDING["concurrency_id"])  # work is saved however full the disk is


class Page(gr.Blocks):
    """The page over one service."""

    state_holder: Sessions  # pyright: ignore[reportIncompatibleVariableOverride]  # once it runs

    def __init__(self, service: Service, **options: Any) -> None:
        super().__init__(**options)
        self.service = service
        self.active: Counter[str] = Counter()  # what sessions have under way
        self._opened: dict[str, OrderedDict[str, None]] = {}  # the sessions of each client that opened a photo

    async def process_api(self, *args: Any, **options: Any) -> dict[str, Any]:
        """As Gradio's, when it is the client's turn; every failure is a gr.Error of one sentence. What a public call
        leaves out at its end is as not given."""
        event, client, session = options["block_fn"], client_of(options.get("request")), options.get("session_hash")
        logs.go_on(scope_of(options.get("request")))
        if session:
            self.state_holder.own(session, client)
        if event.api_visibility == "public":
            options["inputs"] = [*options["inputs"], *[None] * (len(event.inputs) - len(options["inputs"]))]
        try:
            options["inputs"] = local(options["inputs"], fetches=not self.service.settings.public)
            async with self._turn(event, options):
                made = await super().process_api(*args, **options)
            self.service.own(made.get("data"), client, session)
            if session and event.concurrency_id == OPENING["concurrency_id"]:
                self._keep_open(client, session)
            return made
        except Exception as error:
            raise self._sentence(error) from None

    def _sentence(self, error: Exception) -> gr.Error:
        """What the client is told of it, but for what Gradio's components say, who repeat what was sent."""
        cause = error.__cause__ if isinstance(error, gr.Error) and error.__cause__ is not None else error
        if isinstance(cause, BusyError):
            self.service.metrics.refused("queue")
        else:
            self.service.metrics.failed(cause)
        if isinstance(cause, LevitorError):
            said = as_message(str(cause))
        elif isinstance(error, gr.Error | ComponentProcessingError | InvalidPathError | ValidationError):
            said = MISFIT
        else:
            said = told(error)
        return gr.Error(said, title=TITLE, print_exception=False)

    def _keep_open(self, client: str, session: str) -> None:
        """The client has a photo open there; of too many, the one opened first leaves the memory."""
        sessions = self._opened.setdefault(client, OrderedDict())
        sessions[session] = None
        sessions.move_to_end(session)
        for old in [name for name in sessions if name not in self.state_holder.session_data]:
            del sessions[old]
        while len(sessions) > max(self.service.settings.open_photos, 1):
            self.state_holder.session_data.pop(sessions.popitem(last=False)[0], None)

    @asynccontextmanager
    async def _turn(self, event: Any, options: dict[str, Any]) -> AsyncIterator[None]:
        request, kind = options.get("request"), event.concurrency_id
        names = (options.get("session_hash"), options.get("event_id"))
        gone = functools.partial(self.service.listeners.are_gone, request, *names)

        def wait(ahead: int) -> None:
            jobs.Job(math.inf, gone).confirm()
            self._tell(options.get("event_id"), ahead)

        async with AsyncExitStack() as stack:
            stack.enter_context(self.working(options.get("session_hash") or ""))
            queue = self.service.queues.get(kind)
            if queue is not None:
                self.service.own(options.get("inputs"), client_of(request), options.get("session_hash"))
                await anyio.to_thread.run_sync(self.service.check_given, options.get("inputs"))
                if kind not in _KEEPS_LITTLE:
                    await anyio.to_thread.run_sync(self.service.check_room, client_of(request))
                began = time.monotonic()
                await stack.enter_async_context(queue.turn(client_of(request), wait))
                stack.callback(self._done, kind, began, time.monotonic())
                limit = self.service.render_limit(is_known(request)) if kind in _LIMITED else math.inf
                jobs.begin(jobs.Job(time.monotonic() + limit, gone, self.service.metrics.took))
            yield

    def _done(self, kind: str, asked: float, begun: float) -> None:
        """An event of a queue has had its turn."""
        waited, worked = begun - asked, time.monotonic() - begun
        self.service.metrics.took(f"waiting for {kind}", waited)
        self.service.metrics.took(kind, worked)
        logs.note(kind, waited=round(waited, 3), seconds=round(worked, 3))

    @contextmanager
    def working(self, session: str) -> Iterator[None]:
        """The session has something under way meanwhile."""
        self.active[session] += 1
        try:
            yield
        finally:
            self.active[session] -= 1
            self.active += Counter()  # forgets those at nothing

    def _tell(self, event_id: str | None, ahead: int) -> None:
        if event_id is not None and ahead:
            said = f"Waiting: {ahead} before you" if ahead > 1 else "Waiting: one before you"
            self._queue.set_progress(event_id, [TrackedIterable(None, 0, None, said, None)])


def heavily(
    function: Callable[[Any], dict[str, Any]], keeps: Literal["nothing", "newest", "all"] = "nothing"
) -> Callable[..., Any]:
    """A component's server function that takes its turn among the clicks; failures are {error}. What `keeps` all of the
    files that its answers name needs room for them."""

    async def answer(given: Any, request: gr.Request) -> dict[str, Any]:
        service = getattr(LocalContext.blocks.get(None), "service", None) or Service()
        client, session = client_of(request), getattr(request, "session_hash", None) or ""
        try:
            await anyio.to_thread.run_sync(service.check_given, given)
            if keeps == "all":
                await anyio.to_thread.run_sync(service.check_room, client)
            async with service.queues["click"].turn(client):
                made = await anyio.to_thread.run_sync(function, given)
            service.own(made, client, str(session))
            if keeps == "newest" and service.plates is not None:
                service.plates.keep(made, client)
            return made | {"error": short(made["error"])} if "error" in made else made
        except LevitorError as error:
            return {"error": short(str(error))}
        except Exception as error:
            return {"error": told(error)}

    answer.__name__ = getattr(function, "__name__", "answer")
    return answer
