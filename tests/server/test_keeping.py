"""What people make here goes: at their word, and by itself some time after they have left."""

import datetime
import time
from collections import Counter
from types import SimpleNamespace
from urllib.parse import quote

from tests.server.conftest import call, ended, stranger, upload
from ui.server.listeners import page_name
from ui.server.service import Service
from ui.server.sessions import Sessions
from ui.server.settings import ServerSettings

FORGOTTEN_S = 15.0  # LEVITOR_KEEP_CLOSED_S, what passes between two looks, and a busy machine


def _made(client, project):
    kind, said = ended(client, call(client, upload(client, project)))
    assert kind == "complete", said
    return said[0].get("video", said[0])["path"]


def _there(client, path):
    return client.get(f"/gradio_api/file={quote(path)}").status_code == 200


def _delete(client):
    event = client.post("/gradio_api/call/delete", json={"data": []}).json()["event_id"]
    assert ended(client, event, name="delete")[0] == "complete"


def test_the_page_says_how_long_things_are_kept(client):
    assert "after you close the page" in client.get("/").text


def test_work_is_deleted_at_a_word_for_whoever_has_it_last_and_by_itself(server, quick_project):
    with stranger(server[0], "4.4.4.1") as client, stranger(server[0], "4.4.4.2") as other:
        same = {_made(client, quick_project), _made(other, quick_project)}
        (path,) = same  # of the same content
        _delete(client)
        assert _there(client, path)
        _delete(other)
        assert not _there(client, path)
        left, until = _made(client, quick_project), time.monotonic() + FORGOTTEN_S
        while _there(client, left) and time.monotonic() < until:
            time.sleep(0.5)
        assert not _there(client, left)


def test_only_sessions_that_nobody_uses_or_listens_to_go():
    service, gone = Service(ServerSettings(keep_closed_s=60)), []
    service.forgetting.append(gone.append)
    long_ago, now = datetime.datetime.now() - datetime.timedelta(hours=1), datetime.datetime.now()
    used = {"left": long_ago, "used": now, "runs": long_ago, "waits": long_ago, "open": long_ago, "listens": long_ago}
    page = SimpleNamespace(
        state_holder=Sessions(),
        active=Counter(["runs"]),
        _queue=SimpleNamespace(event_ids_to_events={"1": SimpleNamespace(session_hash="waits")}),
    )
    page.state_holder.session_data.update(dict.fromkeys(used))
    page.state_holder.time_last_used.update(used)
    with service.listeners.listening(page_name("open")), service.listeners.listening("listens"):
        service._forget_idle(page)
    assert gone == ["left"] and set(page.state_holder.session_data) == used.keys() - {"left"}
    page._queue.event_ids_to_events.clear()
    service._forget_idle(page)
    assert gone == ["left", "waits"]  # a page that has just been closed waits for a reload
