"""Ctrl-C, TERM and HUP, at whatever moment: nothing half done stays, and what was there before is as it was."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from levitor_core import whole_files
from levitor_core.cli import stopping
from levitor_core.document import Document
from levitor_core.fields import write_part
from levitor_core.files import project_file, video_io
from levitor_core.files.project_file import open_project, save
from levitor_core.files.video_io import write_gif, write_mp4
from levitor_core.stop_signals import SIGNALS
from tests.cli.jobs import JOB, run

FRAMES = [np.full((16, 16, 3), 120, np.uint8)] * 2
WORK = {
    "levitor": lambda path: save(replace(open_project(JOB), softness=5), path),
    "mp4": lambda path: write_mp4(FRAMES, path, 6),
    "gif": lambda path: write_gif(FRAMES, path, 6),
}
WATCHED = {module.__file__ for module in (whole_files, project_file, video_io, contextlib)}


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The temporary folder, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def children():
    return {child for task in Path("/proc/self/task").glob("*/children") for child in task.read_text().split()}


class Strike:
    """Sends a signal to this process at the nth line that the watched modules run under the command's own handler."""

    def __init__(self, at, number=signal.SIGTERM):
        self.at, self.number, self.seen = at, number, 0

    def __enter__(self):
        sys.settrace(self._called)
        return self

    def __exit__(self, *raised):
        sys.settrace(None)

    def _called(self, frame, event, argument):
        return self._line if frame.f_code.co_filename in WATCHED else None

    def _line(self, frame, event, argument):
        if event == "line" and isinstance(signal.getsignal(self.number), stopping._Raise):
            self.seen += 1
            if self.seen == self.at:
                signal.raise_signal(self.number)
        return self._line


def stopped(work, path, at):
    """Whether the signal came before the end; nothing may be left of what was stopped."""
    before = children()
    path.write_bytes(b"old")
    with Strike(at) as strike, contextlib.suppress(stopping.Stopped), stopping.raise_on_signals():
        work(path)
    assert list(Path().iterdir()) == [path] and children() <= before
    return strike.seen >= at


@pytest.mark.parametrize("kind", WORK)
def test_wherever_a_signal_strikes_nothing_half_done_stays(temporary, monkeypatch, kind):
    monkeypatch.chdir(temporary)
    path = Path(f"new.{kind}")
    WORK[kind](path)  # once for what is imported then
    with Strike(10**9) as whole, stopping.raise_on_signals():
        WORK[kind](path)
    strikes = range(1, whole.seen, whole.seen // (40 if kind == "levitor" else 8))
    assert all([stopped(WORK[kind], path, at) for at in strikes][:-1])


@pytest.mark.parametrize("number", SIGNALS)
def test_every_signal_has_its_status_and_its_handler_back(job, capsys, number):
    before = signal.getsignal(number)
    with Strike(20, number):
        assert run("camera", job, "--push", "0.1") == 128 + number
    assert signal.getsignal(number) is before and job.read_bytes() == JOB
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "Traceback" not in told


def test_signals_that_come_together_stop_once(job, monkeypatch):
    settle = whole_files._Place.fill_with

    def striking(place, partial):
        for number in (*SIGNALS, *SIGNALS):
            signal.raise_signal(number)
        settle(place, partial)

    monkeypatch.setattr(whole_files._Place, "fill_with", striking)
    assert run("camera", job, "--push", "0.1") == 128 + SIGNALS[0]
    assert job.read_bytes() == JOB and list(Path().iterdir()) == [job]


def test_what_was_ignored_stays_ignored_and_other_threads_run_commands_too(job):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping.raise_on_signals():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    statuses = []
    thread = threading.Thread(target=lambda: statuses.append(run("list", job)))
    thread.start()
    thread.join()
    assert statuses == [0]


def test_a_real_command_is_stopped_by_a_real_signal(job, temporary):
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    words = [sys.executable, "-m", "levitor_core", "render", str(job), "-o", "new.gif", "--frames", "1200"]
    process = subprocess.Popen([*words, "--height", "400"], env=environment, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not list(temporary.glob("*/frames.mkv")):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGHUP)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 129 and told.count("\n") == 1
    assert list(Path().iterdir()) == [job] and not list(temporary.iterdir())


KILLED = """import os, signal
from pathlib import Path
from levitor_core.whole_files import replacing, temporary_folder
with temporary_folder() as folder, replacing(Path("new.mp4")) as partial:
    folder.joinpath("frames.mkv").write_bytes(b"half"), partial.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)"""


def test_what_a_killed_command_left_goes_at_the_next_write_there_and_nothing_else_does(job, temporary):
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = [*Path().glob(".levitor-*"), *temporary.iterdir()]
    assert len(left) == 2 and {path.name for folder in left for path in folder.iterdir()} == {"new.mp4", "frames.mkv"}
    of_others = [Path(".levitor-notes"), Path(".levitor-0123456789ab.levitor")]
    of_others[0].mkdir()
    of_others[1].write_bytes(b"of someone else")
    with whole_files.temporary_folder(job) as living:
        for folder in (*left, *of_others, living):
            os.utime(folder, (0, 0))
        write_gif(FRAMES, Path("new.gif"), 6)
        assert {*Path().iterdir()} == {job, Path("new.gif"), living, *of_others}
    assert not list(temporary.iterdir())


def test_what_strikes_while_a_document_is_written_is_not_taken_for_a_fault_of_its_values():
    def struck(mask):
        raise stopping.Stopped(signal.SIGINT)

    project = open_project(JOB)
    for value in (project.objects, project.objects[0], Document(objects=project.objects)):
        with pytest.raises(stopping.Stopped):
            write_part(value, name_of=struck)
