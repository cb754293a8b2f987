"""What large video models do alike with a job: try it again with less memory, and bring its videos home from whichever
process made them."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from levitor_core.errors import LevitorError, RendererError
from levitor_core.monitor import Monitor, ProgressEvent

Frames = UInt8[np.ndarray, "frames h w 3"]


class OutOfMemory(RendererError):
    """The device's memory ran out; says which setting to lower."""


@dataclass(frozen=True, eq=False)
class Video:
    """A finished variant and what is to be said about it."""

    frames: Frames
    notes: tuple[str, ...]


Event = ProgressEvent | Video | LevitorError


@runtime_checkable
class Setup(Protocol):
    """Where and how networks compute."""

    def after(self, problem: RendererError) -> tuple[Self, str] | None:
        """What to try instead, and what to say about it; None when there is nothing better."""
        ...

    def out_of_memory(self) -> OutOfMemory:
        """The sentence for memory that ran out here."""
        ...


AnySetup = TypeVar("AnySetup", bound=Setup)


def attempt(
    setup: AnySetup,
    make: Callable[[AnySetup], Iterator[ProgressEvent | Frames]],
    forget: Callable[[], None],
    notes_on: Callable[[AnySetup], tuple[str, ...]],
) -> Iterator[Event]:
    """Progress, then the videos or, so that it survives another process, a person's problem as the last item. What went
    wrong is tried again as long as the set-up knows a better one; `forget` drops what was loaded for it."""
    notes: tuple[str, ...] = ()
    result = yield from _outcome(setup, make)
    while isinstance(result, RendererError) and (better := setup.after(result)):
        setup, note = better
        notes = (*notes, note)
        forget()
        result = yield from _outcome(setup, make)
    if isinstance(result, LevitorError):
        if isinstance(result, OutOfMemory):
            forget()
        yield result
        return
    notes += notes_on(setup)
    yield from (Video(frames, notes) for frames in result)


def collect(events: Generator[Event, None, None], monitor: Monitor) -> list[Video]:
    """The videos, while the monitor sees the progress. Raises what went wrong, and Cancelled."""
    videos: list[Video] = []
    with closing(events):
        for event in events:
            if isinstance(event, LevitorError):
                raise event
            if isinstance(event, Video):
                videos.append(event)
            else:
                monitor.pass_on(event)
    return videos


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of torch says that memory ran out, on whichever device."""
    import torch

    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
    )


def _outcome(
    setup: AnySetup, make: Callable[[AnySetup], Iterator[ProgressEvent | Frames]]
) -> Generator[ProgressEvent, None, list[Frames] | LevitorError]:
    """The videos, or what went wrong in a person's words, without the traceback that would hold its tensors."""
    try:
        yield ProgressEvent("Loading the video model", 0, 1)
        videos: list[Frames] = []
        for event in make(setup):
            if isinstance(event, ProgressEvent):
                yield event
            else:
                videos.append(event)
        return videos
    except LevitorError as error:
        return error.with_traceback(None)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return setup.out_of_memory()
