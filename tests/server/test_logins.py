"""Wrong passwords: each makes its client wait longer, however many come at once; the right one ends that."""

import asyncio
from types import SimpleNamespace

import pytest

from ui.server import guard, logins
from ui.server.bodies import Refused
from ui.server.service import Service
from ui.server.settings import ServerSettings


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(logins.time, "monotonic", lambda: clock.now)
    return clock


def test_waits_double_up_to_a_limit_and_are_each_client_s_own(clock):
    tries, waits = logins.Logins(), []
    for _ in range(12):
        tries.begin("ann")
        with pytest.raises(Refused, match="Too many wrong passwords") as refused:
            tries.begin("ann")
        assert refused.value.status == 429
        waits.append(int(refused.value.sentence.split()[-2]))
        clock.now += waits[-1]
    assert waits[:4] == [1, 2, 4, 8] and waits[-1] == logins.LONGEST_S
    tries.begin("bob")
    tries.begin("ann")
    tries.succeeded("ann")
    tries.begin("ann")


def test_of_many_at_once_one_is_looked_at_and_the_right_one_lets_the_next_in():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["path"])
        await asyncio.sleep(0.01)
        status = 200 if b"right" in (await receive())["body"] else 400
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    checked = guard.Guard(app, Service(ServerSettings()), lambda client: None)

    async def tried(word, path="/login"):
        answers = []

        async def receive():
            return {"type": "http.request", "body": word, "more_body": False}

        async def send(message):
            answers.append(message.get("status"))

        scope = {"type": "http", "method": "POST", "path": path, "headers": [], "client": ("9.9.9.9", 1)}
        await checked(scope, receive, send)
        return answers[0]

    async def together():
        return await asyncio.gather(*(tried(b"wrong", path) for path in ("/login", "/login/", "/login") * 9))

    assert sorted(asyncio.run(together())) == [400] + [429] * 26 and len(seen) == 1
    checked._logins.succeeded("9.9.9.9")
    assert [asyncio.run(tried(b"right")) for _ in range(3)] == [200] * 3
