"""A process that makes videos for another: `python -m levitor_core.serving.worker SOCKET`; it ends with that one.

Projects come in and events go out, pickled, over the socket that it has inherited. SIDE EFFECT.
"""

import signal
import sys
from collections.abc import Iterable
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from levitor_core import errors
from levitor_core.checkpoints import Checkpoints
from levitor_core.engine import Engine
from levitor_core.errors import Cancelled, LevitorError
from levitor_core.monitor import Monitor, ProgressEvent
from levitor_core.serving.jobs import Cancel, Done, Heads, Setup
from levitor_core.structures import Clip, Project


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
                    line.send(_make(engine, asked, line))
        except (EOFError, ConnectionError):
            return


def _make(engine: Engine, project: Project, line: Connection) -> Done:
    def tell(event: ProgressEvent) -> None:
        _look(line)
        line.send(event)

    try:
        clips = engine.render(project, Monitor(tell))
        line.send(Heads(tuple(replace(clip, frames=()) for clip in clips)))
        _send_frames(clips, line)
    except (EOFError, ConnectionError):
        raise
    except LevitorError as error:
        known = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
        return Done(known.__name__, str(error))
    except Exception as error:  # a fault of ours; its text may hold a person's values
        return Done(type(error).__name__)
    return Done()


def _send_frames(clips: Iterable[Clip], line: Connection) -> None:
    for clip in clips:
        for frame in clip.frames:
            _look(line)
            line.send(frame)


def _look(line: Connection) -> None:
    """Raise Cancelled when the job is not wanted any more."""
    while line.poll():
        said: Any = line.recv()
        if isinstance(said, Cancel):
            raise Cancelled


if __name__ == "__main__":
    main(int(sys.argv[1]))
