"""A real server in its own process, public and with small limits, and ways to call it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 120
SMALL = {
    "LEVITOR_PUBLIC": "1",
    "LEVITOR_JSON_MB": "2",
    "LEVITOR_JSON_VALUES": "50000",
    "LEVITOR_IDLE_S": "1",
    "LEVITOR_LISTEN_S": "3",
    "LEVITOR_RENDERS_WAITING": "4",
    "LEVITOR_PROXIES": "127.0.0.2",
    "LEVITOR_USER_HEADER": "X-User",
}


@contextmanager
def serving(folder, **variables):
    """app.py in a process of its own: its address, the process and its log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "app.py", "--port", str(port), "--checkpoints", str(folder / "none"), "--device", "cpu"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TMPDIR": str(folder)} | variables
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
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


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server[0], timeout=30) as client:
        yield client
