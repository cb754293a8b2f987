"""Streams that are closed, full, unread or cannot spell a name: what was done stays done, without a traceback."""

import io
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from levitor_core.cli import commands
from levitor_core.files.project_file import open_project, save
from tests.cli.jobs import JOB, run

ROOT = Path(__file__).resolve().parents[2]
FULL = Path("/dev/full")


class Failing(io.RawIOBase):
    """A stream that takes nothing."""

    def __init__(self, error):
        self.error = error

    def writable(self):
        return True

    def write(self, data):
        raise self.error


def failing(error, **options):
    return io.TextIOWrapper(io.BufferedWriter(Failing(error)), **options)


def names(path):
    return [item.name for item in open_project(path).objects]


COMMANDS = [
    ("list", "{job}"),
    ("camera", "{job}"),
    ("select", "{job}", "--name", "Bällchen ☂", "--instance", "2"),
    ("render", "{job}", "-o", "a.mp4", "--frames", "1"),
    ("checkpoints",),
    ("select", "--help"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    "error",
    [
        BrokenPipeError(32, "Broken pipe"),
        OSError(28, "No space left on device"),
        OSError(5, "Input/output error"),
        None,
    ],
    ids=repr,
)
def test_a_stdout_that_takes_nothing_undoes_nothing(job, monkeypatch, capsys, command, error):
    monkeypatch.setattr(sys, "stdout", None if error is None else failing(error))
    try:
        status = run(*(word.format(job=job) for word in command))
    except SystemExit as help_was_shown:
        status = help_was_shown.code
    told = capsys.readouterr().err
    quiet = error is None or isinstance(error, BrokenPipeError) or command[0] in ("camera",) or "--help" in command
    assert told.count("\n") == (0 if quiet else 1)
    assert status == (0 if quiet or command[0] in ("select", "render") else 1)
    assert ("Bällchen ☂" in names(job)) == ("Bällchen ☂" in command) and Path("a.mp4").exists() == ("a.mp4" in command)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_a_stdout_that_cannot_spell_a_name_shows_it_anyway(job, monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    path = os.fsdecode("ü☂".encode() + b"\xff.levitor")
    job.rename(path)
    assert run("select", path, "--name", "Bällchen ☂", "--instance", "2") == 0
    assert run("render", path, "-o", path.replace("levitor", "mp4"), "--frames", "1") == 0
    assert run("list", path) == 0
    lines = raw.getvalue().decode(encoding).splitlines()
    assert len(lines) == 6 and "llchen" in lines[3] and lines[1].endswith("by preview")


@pytest.mark.parametrize(
    "stream", [None, failing(OSError(28, "No space left on device"), write_through=True), failing(BrokenPipeError())]
)
def test_a_stderr_that_takes_nothing_changes_no_status(job, monkeypatch, stream):
    if stream is not None:
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", stream)
    assert run("list", "missing.levitor") == 2
    assert run("render", job, "-o", "a.mp4", "--frames", "2") == 0 and Path("a.mp4").exists()


def test_one_line_is_one_line_whatever_a_file_is_called(job, capsys):
    assert run("list", "new\nline\r.levitor") == 2
    assert run("--checkpoints", "new\nfolder", "render", job, "-o", "a.mp4", "--renderer", "svd") == 3
    assert capsys.readouterr().err.count("\n") == 2


def test_what_libraries_have_to_say_stays_unsaid(job, monkeypatch, capsys):
    def noisy(arguments):
        warnings.warn("for programmers", stacklevel=2)
        warnings.simplefilter("always")
        warnings.warn("for programmers", stacklevel=2)
        logging.getLogger("library").warning("for programmers")
        return show(arguments)

    show = commands.show
    monkeypatch.setattr(commands, "show", noisy)
    assert run("list", job) == 0 and capsys.readouterr().err == ""


def shell(line, folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "ascii"}
    line = line.replace("LEVITOR", f"'{sys.executable}' -m levitor_core")
    command = ["bash", "-c", f"set -o pipefail; {line}"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_in_a_shell(job):
    """The streams of real processes: an unread pipe, a full disk, everything closed."""
    folder = job.absolute().parent
    save(open_project(JOB), job)
    assert shell("LEVITOR list job.levitor | head -1", folder)[::2] == (0, "")
    status, _, told = shell("LEVITOR list job.levitor > /dev/full", folder)
    assert status == 1 and told.count("\n") == 1 and told.startswith("levitor: ")
    assert shell("LEVITOR select job.levitor --name ☂ --instance 2 >&- 2>&- <&-", folder) == (0, "", "")
    assert names(job) == ["ball", "☂"]
