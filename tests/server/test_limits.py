"""Caps on what is under way and on memory, whoever asks."""

import asyncio
import errno
from types import SimpleNamespace

import gradio as gr
import pytest

from levitor_core.errors import InputError, RendererError
from ui.server import memory
from ui.server.events import crowded
from ui.server.guard import Guard
from ui.server.lines import Lines
from ui.server.page import OPENING, Page, heavily
from ui.server.service import Service
from ui.server.sessions import Sessions, asks
from ui.server.settings import ServerSettings
from ui.server.visitors import CLIENT, Proxies


def test_events_are_counted_for_each_client_and_for_all():
    waiting = {
        str(number): SimpleNamespace(request=SimpleNamespace(scope={CLIENT: client}))
        for number, client in enumerate("aaab")
    }
    page = SimpleNamespace(_queue=SimpleNamespace(event_ids_to_events=waiting))
    why = crowded(page, ServerSettings(events=5, events_per_client=3))
    assert "You have too much" in why("a") and why("b") is None and why("c") is None
    assert "as much to do as it can" in crowded(page, ServerSettings(events=4))("c")


def test_nothing_is_opened_above_the_limit_of_memory(monkeypatch):
    assert memory.resident_mb() > 10
    monkeypatch.setattr(memory, "resident_mb", lambda: 3000.0)
    memory.check_memory(0)
    memory.check_memory(3001)
    with pytest.raises(InputError, match="as much open as it can hold"):
        Service(ServerSettings(memory_mb=2999)).check_room("a")


def test_of_a_client_s_many_photos_the_first_leaves_the_memory_and_nobody_else_s():
    with Page(Service(ServerSettings(open_photos=2))) as page:
        gr.Button().click(lambda: None, **OPENING)
    page.state_holder = SimpleNamespace(session_data=dict.fromkeys(["a1", "a2", "a3", "b1", "gone"]))
    for client, session in (("a", "gone"), ("b", "b1"), ("a", "a1"), ("a", "a2"), ("a", "a1"), ("a", "a3")):
        page.state_holder.session_data.pop("gone", None)
        page._keep_open(client, session)
    assert set(page.state_holder.session_data) == {"a1", "a3", "b1"}


@pytest.mark.parametrize("known_at_once", [True, False])
def test_of_too_many_sessions_those_of_who_has_most_go_and_nobody_else_s(known_at_once):
    sessions = Sessions()
    sessions.set_blocks(gr.Blocks())
    sessions.capacity = 6

    def use(client, session):
        asks(client if known_at_once else "")
        sessions[session]
        sessions.own(session, client)

    for client, session in (("a", "a1"), ("b", "b1"), ("a", "a2"), *(("c", f"c{number}") for number in range(50))):
        use(client, session)
    assert {"a1", "a2", "b1", "c49"} < set(sessions.session_data) and len(sessions.session_data) == 6
    assert "c0" in sessions.time_last_used  # until it is forgotten with all that it has
    sessions.forget("c0")
    assert "c0" not in sessions.time_last_used
    asks("")


def test_one_client_s_requests_are_counted_while_they_are_open():
    async def app(scope, receive, send):
        await asyncio.Event().wait()

    service = Service(ServerSettings(requests_per_client=2))
    guard = Guard(app, service, lambda client: None)

    async def people():
        said, asked = [[] for _ in range(4)], []
        for address, messages in zip(("1.1.1.1", "1.1.1.1", "1.1.1.1", "2.2.2.2"), said, strict=True):

            async def send(message, messages=messages):
                messages.append(message)

            scope = {"type": "http", "method": "GET", "path": "/queue/data", "headers": [], "client": (address, 1)}
            asked.append(asyncio.create_task(guard(scope, None, send)))
        await asyncio.sleep(0)
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        return [messages[0]["status"] if messages else None for messages in said]

    assert asyncio.run(people()) == [None, None, 429, None]
    assert asyncio.run(people()) == [None, None, 429, None]  # those that ended count no more


def test_idle_connections_of_one_address_are_bounded_but_a_proxy_s():
    class Line:
        def __init__(self, address):
            self.client, self.cycle, self.transport, self.aborted = (address, 1), None, self, False

        def abort(self):
            self.aborted = True

    crowd = [Line(address) for address in ("1.1.1.1", "2.2.2.2", "9.9.9.9") for _ in range(5)]
    Lines(10, 10, 3, Proxies(ServerSettings(proxies=("9.9.9.9",)))).look({*crowd[:6], *crowd[10:]})
    assert sum(line.aborted for line in crowd[:5]) == 2 and not any(line.aborted for line in crowd[5:])


def test_a_server_function_that_keeps_files_needs_room_for_them(monkeypatch):
    def full(self, client):
        raise InputError("There is no room.")

    monkeypatch.setattr(Service, "check_room", full)
    for keeps, error in (("nothing", None), ("newest", None), ("all", "There is no room.")):
        assert asyncio.run(heavily(lambda given: {}, keeps)({}, None)).get("error") == error


@pytest.mark.parametrize("failing", [OSError(errno.ENOSPC, "their secret"), RendererError("The disk is full.")])
def test_a_full_disk_is_told_as_such(failing):
    def function(given):
        raise failing

    assert "disk is full" in asyncio.run(heavily(function)({}, None))["error"]
    assert "disk is full" in str(Page._sentence(SimpleNamespace(service=Service()), failing))


@pytest.mark.parametrize("failing", [ZeroDivisionError("their secret"), InputError("long " * 999)])
def test_a_server_function_s_failure_is_one_short_sentence(failing):
    def function(given):
        if isinstance(failing, InputError):
            return {"error": str(failing)}
        raise failing

    made = asyncio.run(heavily(function)({}, None))
    assert set(made) == {"error"} and len(made["error"]) <= 400 and "secret" not in made["error"]
