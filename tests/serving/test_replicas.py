"""Videos by Ray Serve on this machine's processors: the same videos, one retry for a replica that dies, a job stopped
within one step; skipped where Ray, an extra, is not installed."""

import os
import signal
import time

import numpy as np
import pytest

from levitor_core.checkpoints import Checkpoints
from levitor_core.engine import Engine
from levitor_core.errors import Cancelled, InputError, MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.renderers import with_settings
from levitor_core.serving.jobs import EngineElsewhere, Setup
from levitor_core.serving.replicas import Replicas
from tests.serving.test_workers import _frames, _project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
REPLICAS = 2


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    pytest.importorskip("ray", reason="levitor_core/serving/requirements.txt is not installed")
    before, none = signal.getsignal(signal.SIGTERM), tmp_path_factory.mktemp("none")
    with pytest.raises(InputError, match="no Ray cluster"):
        Replicas("auto", REPLICAS, Setup(none, "cpu"))
    replicas = Replicas("local", REPLICAS, Setup(none, "cpu"))
    assert signal.getsignal(signal.SIGTERM) == before
    yield EngineElsewhere(replicas, Checkpoints(none), "cpu")
    replicas.close()


def _processes():
    import psutil

    return {
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if "ServeReplica:levitor" in " ".join(process.info["cmdline"] or ())
    }


def test_videos_and_their_progress_are_those_of_this_process(engine):
    told = {True: [], False: []}
    for elsewhere, made in ((True, engine), (False, Engine(device="cpu"))):
        told[elsewhere].append(_frames(made, _project(5), Monitor(told[elsewhere].append)))
    assert np.array_equal(told[True][-1], told[False][-1])
    events = [event for event in told[True][:-1] if event.title != "Waiting for a free worker"]
    assert list(dict.fromkeys(events)) == list(dict.fromkeys(told[False][:-1]))
    with pytest.raises(MissingWeightsError, match="missing"):
        engine.render(with_settings(_project(2), renderer="svd", height=None))


def _cancel_at_once(event):
    if event.step:
        raise Cancelled


def test_who_cancels_or_leaves_has_the_replica_free_again(engine):
    for _ in range(REPLICAS + 1):  # one that went on would keep its replica
        with pytest.raises(Cancelled):
            _frames(engine, _project(1200, 600), Monitor(_cancel_at_once))
        (clip,) = engine.render(_project(1200, 600))
        next(iter(clip.frames))
        del clip
    began = time.monotonic()
    _frames(engine, _project(3))
    assert time.monotonic() - began < 60


def test_a_killed_replica_costs_its_job_one_retry_and_nobody_else_anything(engine, monkeypatch):
    attempts, attempt, before = [], engine.rendering._attempt, _processes()
    monkeypatch.setattr(engine.rendering, "_attempt", lambda project: attempts.append(project) or attempt(project))
    projects = [_project(200, 400 + 2 * number) for number in range(REPLICAS)]
    begun = [iter(clip.frames) for project in projects for clip in engine.render(project)]
    first = [next(frames) for frames in begun]
    assert len(before) == len(attempts) == REPLICAS
    os.kill(min(before), signal.SIGKILL)
    for project, frame, frames in zip(projects, first, begun, strict=True):
        assert np.array_equal(np.stack([frame, *frames]), _frames(Engine(device="cpu"), project)[0])
    assert len(attempts) == REPLICAS + 1 and len(before & _processes()) == REPLICAS - 1
