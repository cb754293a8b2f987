"""What is drawn before the run is what the video model is told: masks and points come one way for all who ask."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from levitor_core.checkpoints import Checkpoints
from levitor_core.control import steering
from levitor_core.control.control_signal import splat
from levitor_core.engine import Engine
from levitor_core.monitor import Monitor
from levitor_core.renderers import with_settings
from levitor_core.renderers.levitor import LeviTorRenderer
from levitor_core.renderers.levitor.pipeline import Pipeline
from levitor_core.renderers.preview import PreviewRenderer
from levitor_core.structures import CameraKey, CameraMove, Waypoint
from ui import outputs
from ui.generation import describe_run

ASKED = {
    "as it is": {"renderer": "levitor"},
    "more frames than the model makes": {"renderer": "levitor", "num_frames": 30, "fps": 10.0},
    "one frame": {"renderer": "preview", "num_frames": 1},
    "a point a thing, on the screen only": {"renderer": "levitor", "points": "one", "paths": "2d", "num_frames": 6},
    "rigid": {"renderer": "auto", "rigidity": 4.0, "num_frames": 8},
    "loose": {"renderer": "preview", "rigidity": 0.1, "num_frames": 7, "seed": 9, "num_variants": 2},
    "more Preview frames": {"renderer": "preview", "rigidity": 0.5, "num_frames": 30},
}


@pytest.fixture(scope="module")
def checkpoints(checkpoint_root):
    """The tiny checkpoint, verified once."""
    return Checkpoints(checkpoint_root)


@pytest.fixture
def engine(checkpoints):
    return Engine(checkpoints, device="cpu")


@pytest.fixture
def told(monkeypatch):
    """The control signals that the video model is given, by a renderer without networks."""
    signals = []

    def generate(job):
        signals.append(job.control.values)
        for _ in job.seeds:
            yield np.zeros((job.num_frames, 64, 48, 3), np.uint8)

    monkeypatch.setattr(
        Pipeline, "load", lambda checkpoints, setup, make: SimpleNamespace(setup=setup, generate=generate)
    )
    return signals


@pytest.fixture
def drawn(monkeypatch):
    """The points and masks that are drawn over pictures."""
    calls, draw = [], outputs.video_io.draw_control

    def recorded(frames, points, labels):
        calls.append((points, labels))
        return draw(frames, points, labels)

    monkeypatch.setattr(outputs.video_io, "draw_control", recorded)
    return calls


@pytest.fixture
def busy(project):
    """The small project with a path that turns, grows and comes nearer, under a moving camera."""
    first = project.objects[0].waypoints[0]
    path = (
        first,
        Waypoint(first.x + 9, first.y + 4, 0.6, size=1.5),
        Waypoint(first.x + 3, first.y + 15, 0.9, rotation=70),
    )
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, (3.0, -2.0), 1.3, 0.2)))
    return replace(project, objects=(replace(project.objects[0], waypoints=path),), camera=camera)


@pytest.mark.parametrize("changes", ASKED.values(), ids=list(ASKED))
def test_check_first_draws_what_the_video_model_is_told(engine, busy, told, drawn, changes):
    asked = with_settings(busy, **changes)
    engine.renderer("levitor").render(asked, Monitor())
    _, sketch = describe_run(engine, asked)
    (signal,), ((points, labels),) = told, drawn
    frames = np.unique(np.linspace(0, len(signal) - 1, 3).round().astype(int))
    assert sketch is not None and len(labels) == points.num_frames == len(frames)
    assert np.array_equal(splat(points).values, signal[frames])


def test_one_point_a_thing_and_paths_on_the_screen_only(engine, busy):
    asked = with_settings(busy, renderer="levitor", points="one", num_frames=5)
    rows = engine.steer(asked).points.rows
    assert len({(frame, label) for frame, _, _, label, _ in rows.tolist()}) == len(rows) and rows[:, 4].any()
    assert len(engine.steer(with_settings(asked, points="many", rigidity=8.0)).points.rows) > len(rows)
    flat = with_settings(asked, paths="2d")
    told = engine.control(flat).signal.values
    assert not engine.steer(flat).points.rows[:, 4].any() and not told[:, 2].any()
    nearer = tuple(replace(at, nearness=at.nearness and 0.1 + at.nearness / 2) for at in busy.objects[0].waypoints)
    other = replace(flat, objects=(replace(busy.objects[0], waypoints=nearer),))
    assert np.array_equal(engine.control(other).signal.values, told)
    assert not np.array_equal(engine.control(with_settings(other, paths="3d")).signal.values, told)


def test_control_writes_what_the_video_model_is_told(engine, busy, told):
    asked = with_settings(busy, rigidity=2.0, num_frames=4)
    engine.renderer("levitor").render(asked, Monitor())
    assert np.array_equal(engine.control(asked).signal.values, told[0])


def test_the_check_speaks_of_the_frames_that_are_made(engine, busy):
    asked = with_settings(busy, num_frames=50, renderer="levitor")
    assert engine.check(asked).num_frames == 50 and "of 50 frames, 8.3 s long" in describe_run(engine, asked)[0]
    preview = with_settings(asked, renderer="preview")
    result = engine.check(preview)
    assert (result.num_frames, result.steering.num_frames) == (50, 50)


def test_an_object_too_small_for_a_point_is_named_and_nothing_else_is_lost(engine, project):
    speck = np.zeros_like(project.objects[0].mask)
    speck[3, 3] = True
    item = replace(project.objects[0], name="speck", mask=speck)
    still = replace(project, objects=(item,))
    about, sketch = describe_run(engine, still)
    assert sketch is None and "speck covers at most" in about
    assert engine.check(still).sentences


DEVICES = [  # wanted, whether torch says that it has CUDA, on a ZeroGPU Space, where masks are drawn
    ("auto", True, False, "cuda"),
    ("auto", False, False, "cpu"),
    ("auto", True, True, "cpu"),
    ("cuda", True, True, "cpu"),
    ("cuda:0", True, False, "cuda:0"),
    ("mps", False, False, "cpu"),
    ("cpu", True, False, "cpu"),
]


@pytest.mark.parametrize("wanted, has_cuda, lent, expected", DEVICES)
def test_everyone_draws_on_the_same_device(checkpoints, project, monkeypatch, wanted, has_cuda, lent, expected):
    devices, render = [], steering.render

    def recorded(animation, device):
        devices.append(device)
        return render(animation)

    monkeypatch.setattr(steering, "render", recorded)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    monkeypatch.setenv("SPACES_ZERO_GPU", "1" if lent else "0")
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=lambda duration: lambda task: task))
    engine = Engine(checkpoints, wanted)
    engine.check(project)
    engine.control(project)
    LeviTorRenderer(checkpoints, wanted)._job(project, Monitor())
    assert devices == [expected] * 3


def test_preview_draws_any_frames_of_a_motion(engine, busy):
    (clip,) = PreviewRenderer().render(with_settings(busy, renderer="preview", num_frames=5), Monitor())
    whole = list(clip.frames)
    some = list(engine.pictures(busy, engine.steer(busy, 5), (4, 1)))
    assert np.array_equal(some[0], whole[4]) and np.array_equal(some[1], whole[1])
