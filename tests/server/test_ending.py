"""A signal ends the server in order: soon, with a sentence to whoever waits, and with nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.server.conftest import ROOT, call, ended, serving, upload

SOON_S = 5.0
AS_FIRST = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")  # as process 1 of its own


def _left_in(folder):
    """What lies there but for the log and the empty folder that Gradio makes as it is imported."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "log.txt"]


def test_a_running_job_s_owner_gets_a_sentence_and_nothing_is_left(tmp_path, slow_project):
    said = []
    may = subprocess.run([*AS_FIRST, "true"], capture_output=True, check=False).returncode == 0
    before = AS_FIRST if may else ()
    with serving(tmp_path, before=before) as (url, process, log), httpx.Client(base_url=url, timeout=30) as client:
        running = call(client, upload(client, slow_project))
        listening = threading.Thread(target=lambda: said.append(ended(client, running)))
        listening.start()
        server = _children(process.pid)[0] if before else process.pid
        while not _children(server):  # an ffmpeg
            time.sleep(0.05)
        began = time.monotonic()
        os.kill(server, signal.SIGTERM)
        os.kill(server, signal.SIGTERM)
        assert process.wait(timeout=30) == 128 + signal.SIGTERM and time.monotonic() - began < SOON_S
        listening.join(timeout=10)
    ((kind, answer),) = said
    assert kind == "error" and "restarted" in answer["error"]
    assert not _left_in(tmp_path) and "Traceback" not in log.read_text()


def _children(pid):
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(number) for task in tasks for number in task.read_text().split()]


@pytest.mark.parametrize("later_s", [0, 1.2])
def test_it_hears_a_signal_while_it_still_loads(tmp_path, later_s):
    command = [sys.executable, "app.py", "--port", "0", "--checkpoints", str(tmp_path / "none")]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    while not _hears(process.pid, signal.SIGHUP):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    time.sleep(later_s)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=SOON_S) == 128 + signal.SIGHUP and not _left_in(tmp_path)


def _hears(pid, number):
    """Whether the process has a handler of its own for this signal."""
    caught = Path(f"/proc/{pid}/status").read_text().partition("SigCgt:")[2].split()[0]
    return bool(int(caught, 16) >> (number - 1) & 1)
