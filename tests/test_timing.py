"""Estimates of how long a video takes, with a clock that the test moves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.engine import Engine
from levitor_core.errors import Cancelled
from levitor_core.monitor import Monitor
from levitor_core.renderers.levitor import CheckpointFolder, LeviTorRenderer
from levitor_core.renderers.preview import PreviewRenderer
from levitor_core.settings import GenerationSettings
from levitor_core.structures import Project, Scene
from levitor_core.timing import Speeds


class Clock:
    """Seconds that pass only when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def project_of(**settings):
    image = np.zeros((32, 48, 3), np.uint8)
    scene = Scene(image, np.full((32, 48), 60, np.float32), np.zeros((32, 48), np.int32), "test", "none")
    return Project(image, scene, settings=GenerationSettings(**settings))


def diffuse(monitor, clock, project, loading=30.0):
    """The events of a LeviTor run: two seconds a step, one to decode."""
    count = project.settings.num_variants
    for video in range(1, count + 1):
        monitor.report("Loading the video model", 0, 1)
        clock.now += loading
        for step in range(project.settings.num_inference_steps + 1):
            clock.now += 2.0 if step else 0.0
            monitor.report(f"Denoising, video {video} of {count}", step, project.settings.num_inference_steps)
        clock.now += 1.0
        monitor.report(f"Decoding frames, video {video} of {count}", project.settings.num_frames, 16)
        loading = 0.0


@pytest.fixture
def levitor(tmp_path):
    return LeviTorRenderer(CheckpointFolder(tmp_path), "cpu")


@pytest.mark.parametrize("variants", [1, 3])
def test_the_same_again_takes_as_long_without_loading(levitor, variants):
    clock, project = Clock(), project_of(num_inference_steps=5, num_variants=variants)
    speeds = Speeds(clock)
    assert speeds.estimate(levitor, project) is None
    diffuse(speeds.watched(levitor, project, Monitor()), clock, project)
    assert speeds.estimate(levitor, project) == pytest.approx(11 * variants)
    assert speeds.estimate(PreviewRenderer(), project) is None


def test_a_run_that_was_cancelled_teaches_nothing(levitor):
    clock, project, monitor = Clock(), project_of(num_variants=2), Monitor()
    speeds = Speeds(clock)
    watched = speeds.watched(levitor, project, monitor)
    diffuse(watched, clock, replace(project, settings=project.settings.updated(num_variants=1)))
    monitor.cancel()
    with pytest.raises(Cancelled):
        watched.report("Denoising, video 2 of 2", 0, 25)
    assert speeds.estimate(levitor, project) is None


@given(st.integers(1, 25), st.integers(1, 50), st.integers(1, 4))
def test_more_work_takes_longer_in_proportion(frames, steps, variants):
    levitor, clock, base = LeviTorRenderer(CheckpointFolder(Path()), "cpu"), Clock(), project_of(num_inference_steps=10)
    speeds = Speeds(clock)
    diffuse(speeds.watched(levitor, base, Monitor()), clock, base)
    asked = project_of(num_frames=frames, num_inference_steps=steps, num_variants=variants)
    assert speeds.estimate(levitor, asked) == pytest.approx(21 * frames / 16 * steps / 10 * variants)
    unguided = replace(asked, settings=asked.settings.updated(max_guidance_scale=1.0))
    assert speeds.estimate(levitor, unguided) == pytest.approx(21 * frames / 16 * steps / 10 * variants / 2)


def test_the_engine_learns_from_a_preview_once_it_is_drawn_to_its_end():
    engine, events = Engine(device="cpu"), []
    project = project_of(renderer="preview", num_frames=3)
    (clip,) = engine.render(project, Monitor(events.append))
    assert engine.estimate_seconds(project) is None
    assert len(list(clip.frames)) == 3 and events[-1].step == 3
    once = engine.estimate_seconds(project)
    twice = engine.estimate_seconds(replace(project, settings=project.settings.updated(num_frames=6)))
    large = engine.estimate_seconds(replace(project, settings=project.settings.updated(height=64)))
    assert (
        once and twice and large and once < 60 and twice == pytest.approx(2 * once) and large == pytest.approx(4 * once)
    )
