"""What those who watch over a server see: health, numbers, and logs in which no client's word stands."""

import json
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.conftest import call, ended, upload
from ui.server import logs
from ui.server.failures import log
from ui.server.settings import ServerSettings


def test_health_is_told_to_anybody_at_once(client):
    answer = client.get("/health")
    assert answer.status_code == 200 and answer.json()["status"] == "ok" and answer.headers["x-request-id"]


def test_numbers_tell_queues_durations_memory_errors_and_refusals_and_no_client(client, quick_project):
    assert ended(client, call(client, upload(client, quick_project)))[0] == "complete"
    assert ended(client, call(client, None))[0] == "error"
    assert client.get("/gradio_api/runs").status_code == 404
    text = client.get("/metrics").text
    for found in (
        'levitor_running{queue="render"} 0.0',
        'levitor_waiting{queue="step"} 0.0',
        'levitor_stage_seconds_count{stage="render"}',
        'levitor_stage_seconds_count{stage="Drawing frames"}',
        "process_resident_memory_bytes",
        'levitor_errors_total{kind="InputError"}',
        'levitor_refusals_total{why="404"}',
        'levitor_requests_total{status="200"}',
    ):
        assert found in text, found
    assert "127.0.0" not in text and "quick" not in text


@given(st.text(st.sampled_from("abz_/.=%?0"), max_size=30))
def test_a_place_holds_no_name(text):
    assert re.fullmatch(r"[a-z_]{1,20}", logs.place_of(f"/gradio_api/{text}"))
    assert logs.place_of(f"/gradio_api/file=/tmp/{text}") == "file" and logs.place_of("/") == "page"


@pytest.mark.parametrize("kind", ["json", "text", ""])
def test_a_line_has_the_id_of_its_request(kind, capsys):
    before = log.handlers, log.propagate, log.level
    try:
        logs.configure(ServerSettings(log=kind))
        scope: dict = {}
        name = logs.begin(scope)
        logs.note("answered", status=200)
        log.error("ValueError at x.py:1")
    finally:
        log.handlers, log.propagate = before[:2]
        log.setLevel(before[2])
    lines = capsys.readouterr().err.splitlines()
    assert scope[logs.REQUEST] == name and all(name in line for line in lines) and len(lines) == (2 if kind else 1)
    if kind == "json":
        assert json.loads(lines[0]) | {"time": 0} == {
            "time": 0, "level": "info", "request": name, "event": "answered", "status": 200,
        }  # fmt: skip
    assert logging.getLogger("levitor") is log
