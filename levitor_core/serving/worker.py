"""A process that makes videos for another: `python -m levitor_core.serving.worker SOCKET`; it ends with that one.

Projects come in and events go out, pickled, over the socket that it has inherited. SIDE EFFECT.
"""

import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from levitor_core import errors
from levitor_core.checkpoints import Checkpoints
from levitor_core.engine import Engine
from levitor_core.errors import Cancelled, LevitorError
from levitor_core.monitor import Monitor, ProgressEvent
from levitor_core.serving.jobs import Cancel, Done, Heads, Setup
from levitor_core.structures import Image, Project


def main(socket: int) -> None:
    """Make videos until the other side is gone."""
    for number in (signal.SIGINT, signal.SIGHUP):  # a terminal's are for the process that started this one
        signal.signal(number, signal.SIG_IGN)
    with Connection(socket) as line:
        try:
            setup: Setup = line.recv()
            engine = Engine(Checkpoints(setup.checkpoints), setup.device)
            while True:
                asked = line.recv()
                if isinstance(asked, Project):
                    line.send(make(engine, asked, partial(_tell, line)))
        except (EOFError, OSError):
            return


def make(engine: Engine, project: Project, tell: Callable[[ProgressEvent | Heads | Image], None]) -> Done:
    """Make the project's videos; `tell` is told of all that happens, and raises Cancelled once nobody wants them."""
    try:
        clips = engine.render(project, Monitor(tell))
        tell(Heads(tuple(replace(clip, frames=()) for clip in clips)))
        for clip in clips:
            for frame in clip.frames:
                tell(frame)
    except LevitorError as error:
        known = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
        return Done(known.__name__, str(error))
    except Exception as error:  # a fault of ours; its text may hold a person's values
        return Done(type(error).__name__)
    return Done()


def _tell(line: Connection, event: Any) -> None:
    """Say it to the other side; raises Cancelled when that is gone or does not want the job any more."""
    try:
        while line.poll():
            if isinstance(line.recv(), Cancel):
                raise Cancelled
        line.send(event)
    except (EOFError, OSError) as error:
        raise Cancelled from error


if __name__ == "__main__":
    main(int(sys.argv[1]))
