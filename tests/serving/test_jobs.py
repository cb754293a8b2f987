"""A job outlives its maker once and hands everything on once; whoever makes it stops when nobody wants it any more."""

import asyncio
import struct
import sys
import threading
from multiprocessing.connection import Connection
from socket import SHUT_WR, socketpair
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core import errors
from levitor_core.engine import Engine
from levitor_core.errors import InputError, LevitorError, MissingWeightsError, RendererError
from levitor_core.monitor import ProgressEvent
from levitor_core.serving import replicas
from levitor_core.serving.jobs import Done, Heads, LastingJob, Setup
from levitor_core.serving.replicas import Replica, Replicas, followed
from levitor_core.serving.worker import make
from levitor_core.serving.workers import Workers
from levitor_core.structures import Clip
from tests.scenes import project_of

FRAMES = [np.full((2, 2, 3), value, np.uint8) for value in range(4)]
STEP = ProgressEvent("Drawing", 1, 4)
NOTHING = project_of((), np.zeros((8, 8), np.float32))
WHOLE = [None, STEP, Heads(()), *FRAMES]


def _attempts(*made):
    """What a maker says each time; an exception is its end."""
    left = iter(made)

    def attempt():
        for said in next(left):
            if isinstance(said, Exception):
                raise said
            yield said

    return attempt


@given(st.integers(0, len(WHOLE)), st.sampled_from([EOFError(), ConnectionResetError(), OSError("in mid message")]))
def test_whenever_its_maker_dies_heads_and_frames_come_once_and_in_order(count, end):
    job = LastingJob(_attempts([*WHOLE[:count], end], [*WHOLE, Done()]))
    assert [said for said in job.events() if isinstance(said, Heads | np.ndarray)] == WHOLE[2:]


def test_it_is_tried_no_third_time():
    with pytest.raises(RendererError, match="ended twice"):
        list(LastingJob(_attempts([EOFError()], [*WHOLE, EOFError()])).events())


@pytest.mark.parametrize("kind", [kind for kind in vars(errors).values() if isinstance(kind, type)])
def test_what_the_maker_could_not_do_is_raised_here_as_what_it_was(kind):
    said = Done(kind.__name__, "Do this.")
    with pytest.raises(kind if issubclass(kind, LevitorError) else RuntimeError):
        list(LastingJob(_attempts([said])).events())


def test_a_worker_that_dies_in_the_middle_of_a_frame_is_given_back_for_another(monkeypatch):
    ours, its = socketpair()
    its.sendall(struct.pack("!i", 1000) + b"a part")
    its.shutdown(SHUT_WR)
    worker, back = SimpleNamespace(line=Connection(ours.detach()), end=lambda: back.append("ended")), []
    workers = Workers.__new__(Workers)
    monkeypatch.setattr(workers, "_take", lambda wait_s: worker, raising=False)
    monkeypatch.setattr(workers, "_give_back", back.append, raising=False)
    with its, worker.line, pytest.raises(RendererError, match="ended twice"):
        list(workers.submit(NOTHING).events())
    assert back == ["ended", worker] * 2


def test_closed_early_so_is_the_attempt():
    closed = []

    def attempt():
        try:
            yield from WHOLE
        finally:
            closed.append(True)

    events = LastingJob(attempt).events()
    next(events)
    events.close()
    assert closed == [True]


class Making(Engine):
    """Its video goes on until it is told to stop, or it raises something instead."""

    def __init__(self, frames=10**6, fails=None):
        super().__init__(device="cpu")
        self.frames, self.fails, self.made = frames, fails, 0

    def render(self, project, monitor=None):
        monitor.report("Drawing", 1, 4)
        if self.fails:
            raise self.fails
        return (Clip(self._drawn(), self.frames, 8.0, (2, 2), 0, "preview"),)

    def _drawn(self):
        for _ in range(self.frames):
            self.made += 1
            yield FRAMES[0]


UNFIT = MissingWeightsError("They are missing.")


@pytest.mark.parametrize("fails", [None, UNFIT, EOFError(), ConnectionResetError(), MemoryError()])
def test_a_maker_tells_everything_and_how_it_ended(fails):
    told = []
    said = make(Making(2, fails), NOTHING, told.append)
    assert said == (Done(type(fails).__name__, "They are missing." if fails is UNFIT else "") if fails else Done())
    kinds = [type(said) for said in told]
    assert kinds == ([ProgressEvent] if fails else [ProgressEvent, Heads, np.ndarray, np.ndarray])


def _replica(fails=None):
    replica = Replica.__new__(Replica)
    replica._engine = Making(fails=fails)
    return replica


def _said(replica, count):
    """The first events, with which the call is cancelled."""

    async def ask():
        said, making = [], replica.make(NOTHING)
        async for event in making:
            said.append(event)
            if len(said) == count:
                await making.aclose()
                made = replica._engine.made
                await asyncio.sleep(0.01)
                assert replica._engine.made == made  # it had waited for the work to stop
        return said

    return asyncio.run(ask())


def test_a_replica_streams_and_once_cancelled_makes_no_more():
    replica = _replica()
    assert [type(event) for event in _said(replica, 3)] == [ProgressEvent, Heads, np.ndarray]
    assert replica._engine.made < replica._engine.frames
    assert _said(_replica(UNFIT), 9)[-1] == Done("MissingWeightsError", "They are missing.")


def test_a_response_is_followed_without_waiting_for_it_and_its_end_is_heard(monkeypatch):
    monkeypatch.setattr(replicas, "LOOK_EVERY_S", 0.01)
    go_on = threading.Event()

    def response():
        yield STEP
        go_on.wait()
        yield FRAMES[0]
        raise RuntimeError("gone")

    events = followed(response())
    assert next(said for said in events if said is not None) is STEP
    assert next(events) is None
    go_on.set()
    assert next(said for said in events if said is not None) is FRAMES[0]
    with pytest.raises(RuntimeError, match="gone"):
        list(events)


def test_without_ray_it_is_said_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install -r levitor_core/serving/requirements\.txt"):
        Replicas("local", 1, Setup(tmp_path))
