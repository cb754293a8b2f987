"""What all requests of one server share: settings, queues, listeners, disk; how it starts, tidies up and ends."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from gradio.server_messages import ProcessCompletedMessage

from ui.server import ending, jobs
from ui.server.aside import Aside
from ui.server.disk import Disk, RunFolder
from ui.server.events import calm, crowded
from ui.server.failures import logged
from ui.server.guard import app_options
from ui.server.lines import Lines
from ui.server.listeners import Listeners, page_name
from ui.server.memory import check_memory
from ui.server.metrics import Metrics
from ui.server.plates import Plates
from ui.server.safety import Safety
from ui.server.sessions import Sessions
from ui.server.settings import ServerSettings
from ui.server.turns import FairQueue
from ui.server.visitors import Proxies

SPARE_THREADS = 64  # for what is neither a video nor heavy
TIDY_EVERY_S = 20.0


class Service:
    """One server's. Without a folder of its own run it keeps no books about files."""

    def __init__(self, settings: ServerSettings | None = None, run: RunFolder | None = None) -> None:
        self.settings = settings = settings or ServerSettings()
        self.listeners = Listeners(settings.listen_s)
        waiting, own = settings.heavy_waiting, settings.heavy_per_client
        self.queues = {
            "render": FairQueue(settings.renders, settings.renders_waiting, settings.renders_per_client, "videos"),
            "click": FairQueue(settings.clicks, waiting, own, "clicks"),
            "opening": FairQueue(settings.heavy, waiting, own, "pictures"),
            "finding": FairQueue(settings.heavy, waiting, own, "photos"),
            "making": FairQueue(settings.heavy, waiting, own, "files"),
            "step": FairQueue(settings.heavy, waiting, own, "calls"),
        }
        self.aside = Aside({kind: queue.at_once for kind, queue in self.queues.items()})
        self.metrics = Metrics(self.queues, lambda: 0 if self.disk is None else self.disk.total)
        self.safety = Safety(settings)
        self.notes: tuple[str, ...] = ()  # of the start, for the page's status
        self.run, self.disk = run, Disk(run.path, settings) if run else None
        self.plates = Plates(self.disk, settings.plates_mb << 20) if self.disk else None
        self.forgetting: list[Callable[[str], None]] = []  # who else is told that a page's work goes
        self.tidying: list[Callable[[], None]] = [self.disk.sweep] if self.disk else []  # what is done now and then
        self.closing: list[Callable[[], None]] = []  # what else ends with the server
        self._loop: asyncio.AbstractEventLoop | None = None

    def render_limit(self, known: bool) -> float:
        """Seconds that a video may take, for a client known by name or for a stranger."""
        return self.settings.render_known_s if known else self.settings.render_s

    def own(self, data: Any, client: str, session: str | None) -> None:
        """The files named in an event's data are the client's."""
        if self.disk is not None:
            self.disk.own(data, (client, session or ""))

    def check_given(self, data: Any) -> None:
        """Raise InputError when a file named in an event's data is one that the host refuses."""
        if self.disk is not None:
            self.safety.look_at_files(path for path in self.disk.files_in(data) if path.is_file())

    def check_room(self, client: str) -> None:
        """Raise InputError when nothing more can be kept for the client."""
        check_memory(self.settings.memory_mb)
        if self.disk is not None:
            self.disk.check_room(client)

    def forget(self, session: str, client: str | None = None, spared_s: float = 0.0) -> None:
        """Delete what a page, or a call without one, has on the server, but for files as young as `spared_s`."""
        for told in self.forgetting:
            told(session)
        if self.disk is not None:
            self.disk.forget(session, client, spared_s)

    def forget_client(self, client: str, own: str) -> None:
        """Delete what a client has: in the session `own`, and in all that are no open page, such as its calls'."""
        sessions = self.disk.sessions(client) if self.disk is not None else set()
        for session in {own, *sessions}:
            if session == own or not self.listeners.listens(page_name(session)):
                self.forget(session, client)

    def launch_options(self, page: Any) -> dict[str, Any]:
        """How `page.launch` is called so that the settings hold."""
        settings, user = self.settings, self.settings.password.partition(":")
        calm(page)
        self.aside.put(page)
        if self.disk is not None:
            self.disk.keep_what_is_here()
        return {
            "max_file_size": f"{settings.upload_mb}mb",
            "max_threads": settings.renders_waiting + 4 * settings.heavy_waiting + SPARE_THREADS,  # who waits counts
            "app_kwargs": app_options(self, crowded(page, settings), lambda: self._living(page)),
            "auth": [(user[0], user[2])] if user[2] else None,
            "enable_monitoring": False,
            "run_history": False,
            "state_session_capacity": settings.sessions,
        }

    @asynccontextmanager
    async def _living(self, page: Any) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        settings = self.settings
        lines = Lines(settings.idle_s, settings.upload_s, settings.requests_per_client, Proxies(settings))
        tasks = [asyncio.create_task(work) for work in (self._tidy(page), lines.watch(page))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    async def _tidy(self, page: Any) -> None:
        while True:
            await asyncio.sleep(min(TIDY_EVERY_S, max(self.settings.keep_closed_s, 1)))
            self._forget_idle(page)
            await anyio.to_thread.run_sync(self._tidy_up)

    def _tidy_up(self) -> None:
        for tidy in self.tidying:
            try:
                tidy()
            except Exception as error:  # the next time is not far
                logged(error)

    def _forget_idle(self, page: Any) -> None:
        """Sessions whose page was closed, or that never had one, go when they have waited long enough."""
        sessions: Sessions = page.state_holder
        busy = {*page.active, *(event.session_hash for event in page._queue.event_ids_to_events.values())}
        for session, used in list(sessions.time_last_used.items()):
            idle = 0.0 if session in busy else time.time() - used.timestamp()
            unheard = min(self.listeners.idle_s(name, idle) for name in (session, page_name(session)))
            if unheard > self.settings.keep_closed_s:
                sessions.forget(session)
                self.forget(session, spared_s=self.settings.keep_closed_s / 2)

    def end(self, page: Any) -> None:
        """End running work with a sentence, then the process' files; the process itself ends with its main thread."""
        jobs.end_all()
        if not ending.wait_until(lambda: not any(queue.busy[0] for queue in self.queues.values()), ending.WORK_S):
            self._say_goodbye(page)
        time.sleep(ending.DELIVERY_S)
        server = getattr(page, "server", None)
        if server is not None:
            server.should_exit = True
            server.thread.join(timeout=ending.CLOSING_S)
        for close in self.closing:
            close()
        ending.end_children()
        if self.run is not None:
            self.run.clear()

    def _say_goodbye(self, page: Any) -> None:
        """To the owners of work that has not noticed the end."""

        def say() -> None:
            for event in list(page._queue.event_ids_to_events.values()):
                said = {"error": jobs.RESTARTING, "visible": True, "duration": 10, "title": "Stopped"}
                page._queue.send_message(event, ProcessCompletedMessage(output=said, success=False, title="Stopped"))

        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(say)
