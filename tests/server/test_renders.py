"""Videos have a queue of their own: bounded, fair, and free again soon after nobody waits for one."""

import threading
import time

import httpx
import pytest

from tests.server.conftest import call, ended, stranger, upload

SOON_S = 6.0  # 2 s, and what the next video itself takes on a busy machine


def _time_until_free(url, project):
    """How long somebody else waits for a small video."""
    with stranger(url, "9.9.9.9") as other:
        given, began = upload(other, project), time.monotonic()
        kind, said = ended(other, call(other, given))
        assert kind == "complete", said
        return time.monotonic() - began


def test_a_client_that_closes_its_stream_frees_the_turn(server, slow_project, quick_project):
    _time_until_free(server[0], quick_project)  # whatever is imported for the first video
    with stranger(server[0], "1.1.1.1") as client:
        event = call(client, upload(client, slow_project))
        with client.stream("GET", f"/gradio_api/call/render/{event}"):
            time.sleep(1)
    assert _time_until_free(server[0], quick_project) < SOON_S


def test_so_does_one_that_never_opens_it(server, slow_project, quick_project):
    with stranger(server[0], "1.1.1.2") as client:
        call(client, upload(client, slow_project))
        time.sleep(0.5)
        assert 1 < _time_until_free(server[0], quick_project) < 3 + SOON_S  # LEVITOR_LISTEN_S


def test_and_one_that_hangs_up_a_direct_call(server, slow_project, quick_project):
    with stranger(server[0], "1.1.1.3") as client:
        given = upload(client, slow_project)
        with pytest.raises(httpx.ReadTimeout):
            client.post("/gradio_api/run/render", json={"data": [given, "preview", None]}, timeout=1.5)
    assert _time_until_free(server[0], quick_project) < SOON_S


def test_and_one_that_cancels(server, slow_project, quick_project):
    with stranger(server[0], "1.1.1.4") as client:
        event = call(client, upload(client, slow_project))
        with client.stream("GET", f"/gradio_api/call/render/{event}"):
            time.sleep(0.5)
            _cancel(client, event)
            assert _time_until_free(server[0], quick_project) < SOON_S


def test_the_greedy_are_refused_and_others_served_in_turn(server, slow_project, quick_project):
    with stranger(server[0], "2.2.2.1") as greedy, stranger(server[0], "2.2.2.2") as other:
        slow, quick = upload(greedy, slow_project), upload(other, quick_project)
        events, said, until = [], [], time.monotonic() + 30

        def ask():
            events.append(call(greedy, slow))
            said.append(ended(greedy, events[-1]))

        threads = [threading.Thread(target=ask, daemon=True) for _ in range(33)]
        for thread in threads:
            thread.start()
        while len(said) < 31 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(said) == 31
        assert all(kind == "error" and "under way here already" in sentence["error"] for kind, sentence in said)
        event, clicked = call(other, quick), time.monotonic()
        assert other.post("/gradio_api/component_server", json={}).status_code == 400
        assert time.monotonic() - clicked < 1
        for own in events:
            _cancel(greedy, own)
        assert ended(other, event)[0] == "complete"
        for thread in threads:
            thread.join(timeout=10)


def _cancel(client, event):
    body = {"session_hash": event, "fn_index": 0, "event_id": event}
    assert client.post("/gradio_api/cancel", json=body).status_code == 200


def test_a_job_past_its_limit_is_stopped_with_a_sentence(server, slow_project):
    with stranger(server[0], "3.3.3.3") as client:
        client.headers["X-User"] = "ada"
        began = time.monotonic()
        kind, said = ended(client, call(client, upload(client, slow_project)))
        assert kind == "error" and "too long" in str(said) and time.monotonic() - began < 1 + SOON_S


@pytest.mark.parametrize(
    ("project", "seed", "says"),
    [
        (None, None, "project is missing"),
        (7, None, "see the page's API"),
        ({"a": 1}, None, "see the page's API"),
        ({"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, None, "see the page's API"),
        (..., "abc", "seed must be a whole number"),
        (..., [1], "seed must be a whole number"),
        (..., -1, "Seed must be a whole number"),
    ],
)
def test_what_is_no_project_or_no_seed_is_told_in_a_sentence(client, quick_project, project, seed, says):
    given = upload(client, quick_project) if project is ... else project
    started = client.post("/gradio_api/call/render", json={"data": [given, "preview", seed]}).json()
    kind, said = ended(client, started["event_id"])
    assert kind == "error" and says in str(said) and "\n" not in str(said)
