"""A real server in its own process, public and with small limits, and ways to call it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from levitor_core import editing
from levitor_core.document import Waypoint
from levitor_core.files.project_file import save
from levitor_core.renderers import with_settings
from tests.scenes import flat_scene, project_of

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 120
NAME = "<img src=https://evil.example/x.png> **a** [b](c)"
PROXY = "127.0.0.2"
SMALL = {
    "LEVITOR_PUBLIC": "1",
    "LEVITOR_JSON_MB": "2",
    "LEVITOR_JSON_VALUES": "50000",
    "LEVITOR_IDLE_S": "1",
    "LEVITOR_LISTEN_S": "3",
    "LEVITOR_RENDER_KNOWN_S": "1",
    "LEVITOR_KEEP_CLOSED_S": "4",
    "LEVITOR_CLIENT_DISK_MB": "30",
    "LEVITOR_RENDERS_WAITING": "4",
    "LEVITOR_PROXIES": PROXY,
    "LEVITOR_USER_HEADER": "X-User",
    "LEVITOR_MCP": "1",
}


@contextmanager
def serving(folder, before=(), python=sys.executable, app=ROOT, **variables):
    """app.py of the folder `app` in a process of its own: its address, the process and its log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    command = [*before, python, "app.py", "--port", str(port), "--checkpoints", str(folder / "none")]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TMPDIR": str(folder)} | variables
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=app, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process, folder / "log.txt")
        yield url, process, folder / "log.txt"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(url, process, log):
    until = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server"), **SMALL) as (url, _, log):
        yield url, log


def stranger(url, address):
    """Somebody at that address, as the declared proxy says."""
    transport = httpx.HTTPTransport(local_address=PROXY)
    return httpx.Client(base_url=url, timeout=30, transport=transport, headers={"X-Forwarded-For": address})


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server[0], timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def slow_project(tmp_path_factory):
    """A small project file whose video takes longer than any test here waits."""
    return _project(tmp_path_factory.mktemp("slow") / "slow.levitor", num_frames=240, height=1024)


@pytest.fixture(scope="session")
def quick_project(tmp_path_factory):
    return _project(tmp_path_factory.mktemp("quick") / "quick.levitor", num_frames=2)


def _project(path, **settings):
    disparity, (mask,) = flat_scene(((30, 30), 8, 120))
    project = editing.add_object(project_of((), disparity), mask, NAME)
    moved = editing.set_path(project, NAME, (Waypoint(30, 30), Waypoint(60, 30)))
    save(with_settings(moved, renderer="preview", **settings), path)
    return path


def upload(client, path, headers=None):
    """What a call is given for an uploaded file."""
    (there,) = client.post(
        "/gradio_api/upload", files={"files": (path.name, path.read_bytes())}, headers=headers
    ).json()
    return {"path": there, "meta": {"_type": "gradio.FileData"}}


def call(client, project, **options):
    """Start `/render`; the answer's event."""
    answer = client.post("/gradio_api/call/render", json={"data": [project, "preview", None]}, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()["event_id"]


def ended(client, event, kinds=("complete", "error"), name="render") -> tuple[str, Any]:
    """How an event ended, and what was said."""
    with client.stream("GET", f"/gradio_api/call/{name}/{event}") as lines:
        kind = ""
        for line in lines.iter_lines():
            kind = line.removeprefix("event: ") if line.startswith("event: ") else kind
            if line.startswith("data: ") and kind in kinds:
                return kind, json.loads(line.removeprefix("data: "))
    return "", None
