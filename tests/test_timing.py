"""Estimates of how long a video takes, with a clock that the test moves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.engine import Engine
from levitor_core.errors import Cancelled
from levitor_core.monitor import Monitor, Stage
from levitor_core.renderers import with_settings
from levitor_core.renderers.levitor.entry import LEVITOR_ENTRY
from levitor_core.renderers.preview.entry import ENTRY as PREVIEW_ENTRY
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
    return with_settings(Project(photo=image, scene=scene), **settings)


def diffuse(monitor, clock, project, loading=30.0):
    """The events of a LeviTor run: two seconds a step, one to decode."""
    settings = LEVITOR_ENTRY.settings_of(project)
    steps, count = settings.num_inference_steps, settings.num_variants
    for _ in range(count):
        monitor.report("Loading the video model", 0, 1)
        clock.now += loading
        for step in range(steps + 1):
            clock.now += 2.0 if step else 0.0
            monitor.report("Denoising", step, steps, Stage.RENDER)
        clock.now += 1.0
        monitor.report("Decoding frames", settings.num_frames, settings.num_frames, Stage.DONE)
        loading = 0.0


@pytest.mark.parametrize("variants", [1, 3])
def test_the_same_again_takes_as_long_without_loading(variants):
    clock, project = Clock(), project_of(num_inference_steps=5, num_variants=variants)
    speeds = Speeds(clock)
    assert speeds.estimate(LEVITOR_ENTRY, project) is None
    diffuse(speeds.watch(LEVITOR_ENTRY, project, Monitor()), clock, project)
    assert speeds.estimate(LEVITOR_ENTRY, project) == pytest.approx(11 * variants)
    assert speeds.estimate(PREVIEW_ENTRY, project) is None


def test_a_run_that_was_cancelled_teaches_nothing():
    clock, project, monitor = Clock(), project_of(num_variants=2), Monitor()
    speeds = Speeds(clock)
    watched = speeds.watch(LEVITOR_ENTRY, project, monitor)
    diffuse(watched, clock, with_settings(project, num_variants=1))
    monitor.cancel()
    with pytest.raises(Cancelled):
        watched.report("Denoising, video 2 of 2", 0, 25)
    assert speeds.estimate(LEVITOR_ENTRY, project) is None


@given(st.integers(1, 25), st.integers(1, 50), st.integers(1, 4))
def test_more_work_takes_longer_in_proportion(frames, steps, variants):
    clock, base = Clock(), project_of(num_inference_steps=10)
    speeds = Speeds(clock)
    diffuse(speeds.watch(LEVITOR_ENTRY, base, Monitor()), clock, base)
    asked = project_of(num_frames=frames, num_inference_steps=steps, num_variants=variants)
    assert speeds.estimate(LEVITOR_ENTRY, asked) == pytest.approx(21 * frames / 16 * steps / 10 * variants)
    unguided = with_settings(asked, max_guidance_scale=1.0)
    assert speeds.estimate(LEVITOR_ENTRY, unguided) == pytest.approx(21 * frames / 16 * steps / 10 * variants / 2)


def test_the_engine_learns_from_a_preview_once_it_is_drawn_to_its_end():
    engine, events = Engine(device="cpu"), []
    project = project_of(renderer="preview", num_frames=3, height=64)
    (clip,) = engine.render(project, Monitor(events.append))
    assert engine.estimate_seconds(project) is None
    assert len(list(clip.frames)) == 3 and events[-1].step == 3
    once = engine.estimate_seconds(project)
    twice = engine.estimate_seconds(with_settings(project, num_frames=6))
    large = engine.estimate_seconds(with_settings(project, height=128))
    assert (
        once and twice and large and once < 60 and twice == pytest.approx(2 * once) and large == pytest.approx(4 * once)
    )
