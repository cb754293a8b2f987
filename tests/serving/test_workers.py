"""Videos made by other processes are the same videos; who dies or is told to stop costs nobody else anything."""

import os
import signal
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

from levitor_core.checkpoints import Checkpoints
from levitor_core.engine import Engine
from levitor_core.errors import Cancelled, InputError, MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.renderers import with_settings
from levitor_core.serving import workers as room
from levitor_core.serving.jobs import EngineElsewhere, Setup
from levitor_core.serving.workers import Workers
from tests.scenes import flat_scene, moving, project_of


@contextmanager
def _working(none, count):
    workers = Workers(count, Setup(none, "cpu"))
    try:
        yield EngineElsewhere(workers, Checkpoints(none), "cpu")
    finally:
        workers.close()


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with _working(tmp_path_factory.mktemp("none"), 1) as engine:
        yield engine


def _project(frames, height=64, **settings):
    disparity, (ball,) = flat_scene(((30, 36), 12, 150))
    project = project_of((moving("ball", ball, (30, 36), (60, 40)),), disparity)
    return with_settings(project, renderer="preview", num_frames=frames, height=height, **settings)


def _frames(engine, project, monitor=None):
    return [np.stack(list(clip.frames)) for clip in engine.render(project, monitor)]


def test_videos_and_their_progress_are_those_of_this_process(engine):
    told = {True: [], False: []}
    for elsewhere, made in ((True, engine), (False, Engine(device="cpu"))):
        monitor = Monitor(told[elsewhere].append)
        told[elsewhere].append(_frames(made, _project(5), monitor))
    assert np.array_equal(told[True][-1], told[False][-1])
    events = [event for event in told[True][:-1] if event.title != "Waiting for a free worker"]
    assert list(dict.fromkeys(events)) == list(dict.fromkeys(told[False][:-1]))
    assert engine.estimate_seconds(_project(9)) is not None


@pytest.mark.slow
def test_of_four_workers_a_killed_one_costs_its_job_one_retry_and_nobody_else_anything(tmp_path):
    with _working(tmp_path, 4) as engine:
        _kill_one(engine)


def _kill_one(engine):
    before, done = set(engine.rendering.processes), {}

    def make(number):
        done[number] = _frames(engine, _project(40, 300 + 2 * number))

    jobs = [threading.Thread(target=make, args=(number,)) for number in range(4)]
    for job in jobs:
        job.start()
    while engine.rendering._idle:
        time.sleep(0.01)
    time.sleep(0.3)
    victim = next(iter(before))
    os.kill(victim, signal.SIGKILL)
    for job in jobs:
        job.join()
    after = set(engine.rendering.processes)
    assert before - after == {victim} and len(after) == 4 and len(done) == 4
    assert {video[0].shape[:2] for video in done.values()} == {(40, 300 + 2 * number) for number in range(4)}


def test_who_cancels_or_leaves_has_the_worker_free_again(engine):
    monitor = Monitor(lambda event: monitor.cancel() if event.step else None)
    with pytest.raises(Cancelled):
        _frames(engine, _project(1200, 600), monitor)
    (clip,) = engine.render(_project(1200, 600))
    next(iter(clip.frames))
    del clip
    until = time.monotonic() + 10
    while not engine.rendering._idle and time.monotonic() < until:
        time.sleep(0.05)
    assert len(engine.rendering._idle) == 1


def test_a_killed_worker_is_replaced_and_its_job_goes_on_where_it_was(engine):
    (clip,) = engine.render(_project(24, 300))
    frames = iter(clip.frames)
    first = next(frames)
    os.kill(*engine.rendering.processes, signal.SIGKILL)
    made = np.stack([first, *frames])
    assert np.array_equal(made, _frames(Engine(device="cpu"), _project(24, 300))[0])


def test_what_the_renderer_says_is_said_here(engine):
    with pytest.raises(MissingWeightsError, match="missing"):
        engine.render(with_settings(_project(2), renderer="svd", height=None))


def test_one_gpu_each_and_no_more_workers_than_gpus(monkeypatch):
    monkeypatch.setattr(room, "has_cuda", lambda: True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    assert [given["CUDA_VISIBLE_DEVICES"] for given in room.environments(2)] == ["2", "5"]
    with pytest.raises(InputError, match="2 GPUs here for 3"):
        room.environments(3)
