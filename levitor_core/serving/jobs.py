"""A video that is made somewhere else: submit, stream what happens, cancel."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from levitor_core import errors
from levitor_core.engine import Engine
from levitor_core.errors import Cancelled, RendererError
from levitor_core.monitor import Monitor, ProgressEvent
from levitor_core.renderers import Renderer, RendererEntry, with_settings
from levitor_core.structures import Clip, Image, Project

TRIES = 2


@dataclass(frozen=True, eq=False)
class Heads:
    """The clips that are being made, still without their frames, which follow clip by clip."""

    clips: tuple[Clip, ...]


@dataclass(frozen=True)
class Setup:
    """What a worker's engine is made with."""

    checkpoints: Path
    device: str = "auto"


@dataclass(frozen=True)
class Done:
    """The job is over; what went wrong, if anything, by the name of its kind and as a sentence."""

    problem: str = ""
    sentence: str = ""


class Cancel:
    """The job that runs is not wanted any more; between jobs it means nothing."""


Event = ProgressEvent | Heads | Image | None  # None: nothing new, so that who waits can look whether to go on
Attempt = Generator[Event | Done, None, None]  # at a job: to Done, or to EOFError or OSError if its maker dies


class Job(Protocol):
    """One project's videos on their way."""

    def events(self) -> Generator[Event, None, None]:
        """What happens, to its end; closed early, the job is cancelled. Raises LevitorError as the renderer does."""
        ...


class Rendering(Protocol):
    """Whoever makes videos."""

    def submit(self, project: Project) -> Job:
        """Have the project's videos made by the renderer that its settings name."""
        ...

    def close(self) -> None:
        """End all of it, whatever is being made."""
        ...


@dataclass(frozen=True)
class LastingJob:
    """A job that outlives its maker: it is tried once more, and of that hands on what is new."""

    attempt: Callable[[], Attempt]

    def events(self) -> Generator[Event, None, None]:
        """What happens, to its end; closed early, the attempt is closed."""
        parts = 0  # heads and frames
        for _ in range(TRIES):
            again = 0
            with closing(self.attempt()) as events, suppress(EOFError, OSError):
                for said in events:
                    if isinstance(said, Done):
                        return _raise(said)
                    if isinstance(said, Heads | np.ndarray):
                        again += 1
                        if again <= parts:
                            continue
                        parts = again
                    yield said
        raise RendererError("The process that makes the video ended twice; ask for fewer frames or a smaller size.")


def _raise(said: Done) -> None:
    if not said.problem:
        return
    kind = getattr(errors, said.problem, None)
    if kind is Cancelled:
        raise Cancelled
    if isinstance(kind, type) and issubclass(kind, errors.LevitorError):
        raise kind(said.sentence)
    raise RuntimeError(said.problem)


class EngineElsewhere(Engine):
    """An engine whose videos are made by `rendering`; everything else is done here."""

    def __init__(self, rendering: Rendering, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.rendering = rendering

    @property
    def renderers(self) -> tuple[Renderer, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Every renderer that is offered; each hands its work on."""
        return tuple(_Elsewhere(renderer, self.rendering) for renderer in super().renderers)


@dataclass(frozen=True)
class _Elsewhere:
    """A renderer that says of itself what the one here says."""

    here: Renderer
    rendering: Rendering

    @property
    def entry(self) -> RendererEntry:
        """What it declares of itself."""
        return self.here.entry

    def unavailable_reason(self) -> str | None:
        """Why it cannot run."""
        return self.here.unavailable_reason()

    def render(self, project: Project, monitor: Monitor) -> tuple[Clip, ...]:
        """The clips; their frames come as they are read, clip after clip."""
        job = self.rendering.submit(with_settings(project, renderer=self.entry.name))
        events = _told(job.events(), monitor)
        heads = next(event for event in events if isinstance(event, Heads))
        *others, last = heads.clips
        return (
            *(replace(clip, frames=_frames(islice(events, clip.num_frames))) for clip in others),
            replace(last, frames=_frames(events)),  # to the job's end
        )

    def load(self) -> None:
        """They are loaded where the work is done."""

    def free(self) -> None:
        """Nothing is held here."""


def _told(events: Generator[Event, None, None], monitor: Monitor) -> Iterator[Heads | Image]:
    """What is no progress; the monitor is told of that, and asked again and again while nothing comes."""
    last = ProgressEvent("Waiting for a free worker", 0, 1)
    with closing(events):
        for event in events:
            if event is None:
                monitor.pass_on(last)
            elif isinstance(event, ProgressEvent):
                monitor.pass_on(last := event)
            else:
                yield event


def _frames(events: Iterator[Heads | Image]) -> Iterator[Image]:
    for frame in events:
        assert not isinstance(frame, Heads)
        yield frame
