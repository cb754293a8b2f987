"""Numbers that are none, or too large: every option of every command refuses them in one line before it computes."""

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

from levitor_core.cli import parser
from levitor_core.document import GenerationSettings
from levitor_core.engine import Engine
from levitor_core.errors import InputError
from levitor_core.files.project_file import open_project, to_bytes
from levitor_core.structures import Waypoint
from tests.cli.jobs import JOB, PHOTO, run

NO_NUMBERS = ["nan", "inf", "-inf", "1e999", "-1e999", "1" * 40, "9" * 5000, "", " ", "1e", "0x10", "1;2", "٣e99"]
NEEDED = {
    "new": [PHOTO, "-o", "new.levitor"],
    "select": ["{job}", "--name", "new"],
    "path": ["{job}", "ball"],
    "outline": ["{job}", "ball"],
    "order": ["{job}", "ball", "#1", "behind"],
    "mend": ["{job}"],
    "camera": ["{job}"],
    "render": ["{job}", "-o", "new.mp4"],
    "preview": ["{job}", "-o", "new.mp4"],
    "control": ["{job}", "-o", "new.npz"],
    "warm": ["{job}"],
    "export": ["{job}", "-o", "new", "--format", "depth"],
}


def number_options():
    """Every option that takes a number or several, with how many."""
    _, made = parser._parser()
    for command in made.values():
        name = command.prog.split()[-1]
        for action in command._actions:
            if isinstance(action, argparse._StoreAction | argparse._AppendAction) and action.option_strings:
                if action.type in (int, float):
                    yield name, action.option_strings[-1], 1
                elif action.metavar and "," in action.metavar:
                    yield name, action.option_strings[-1], action.metavar.count(",") + 1


OPTIONS = sorted(number_options())


@pytest.fixture
def refused(job, capsys, monkeypatch):
    """Whether the command says no in one line, having changed and computed nothing."""
    monkeypatch.setattr("levitor_core.readers.depth_reader", lambda *_: pytest.fail("estimated depth"))
    monkeypatch.setattr("levitor_core.files.video_io.write_video", lambda *_: pytest.fail("wrote a video"))

    def check(*arguments, words=""):
        assert run(*(str(word).format(job=job) for word in arguments)) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1 and told.startswith("levitor: ") and words in told
        assert job.read_bytes() == JOB and list(Path().iterdir()) == [job]

    return check


def test_all_options_are_known():
    assert {name for name, *_ in OPTIONS} == {*NEEDED} and len(OPTIONS) > 12


@pytest.mark.parametrize("command, option, count", OPTIONS)
def test_every_number_is_one(refused, command, option, count):
    for bad in NO_NUMBERS:
        for place in range(count):
            words = ["10"] * count
            words[place] = bad
            refused(command, *NEEDED[command], option, ",".join(words))


@pytest.mark.parametrize("place", range(4))
def test_every_number_of_a_waypoint_is_one(refused, place):
    for bad in NO_NUMBERS:
        parts = ["10", "10", "0.5", "0.5"]
        parts[place] = bad
        refused("path", "{job}", "ball", "0,0,same", f"{','.join(parts[:3])}@{parts[3]}")


@pytest.mark.parametrize("frames", [-1, 0, 1201, 100_000, 10**30])
def test_frames_have_the_same_limits_everywhere(refused, job, frames):
    words = f"frames must be a whole number from 1 to 1200, not {frames}"
    refused("render", "{job}", "-o", "new.mp4", "--frames", frames, words=words)
    refused("control", "{job}", "-o", "new.npz", "--frames", frames, words=words)
    with pytest.raises(InputError, match=words):
        Engine().control(open_project(JOB), frames)
    with pytest.raises(InputError, match=words):
        GenerationSettings(num_frames=frames)


@pytest.mark.parametrize("softness", ["nan", "inf", "-40", "10001"])
def test_softness_has_one_range(refused, softness):
    refused("new", PHOTO, "-o", "new.levitor", "--depth-softness", softness, words="must be a number from 0 to 10000")


def test_there_is_no_instance_nothing(refused):
    for number in (0, -1, 3, 10**30):
        refused("select", "{job}", "--name", "new", "--instance", number, words=f"no instance {number}")


def test_a_project_with_a_number_that_is_none_is_not_saved():
    with pytest.raises(InputError, match="must be a number"):
        Waypoint(float("nan"), 0)
    with pytest.raises(InputError, match="finite"):
        to_bytes(replace(open_project(JOB), extra={"newer": float("nan")}))


def test_a_thing_without_pixels_is_listed(job, capsys):
    project = open_project(JOB)
    ball = project.objects[0]
    bare = ball.__class__(**vars(ball) | {"mask": ball.mask & False})
    job.write_bytes(to_bytes(project.__class__(**vars(project) | {"objects": (bare,)})))
    assert run("list", job) == 0 and "ball, 0 pixels" in capsys.readouterr().out
