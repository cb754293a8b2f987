"""Running on a Hugging Face ZeroGPU Space: the GPU is lent to one decorated function for a promised time."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from levitor_core.devices import on_zero_gpu
from levitor_core.errors import InputError, RendererError

_most_s = 120


def lend_at_most(seconds: int) -> None:
    """From now on, ask for a GPU for no longer than that in this process."""
    global _most_s  # noqa: PLW0603 - of the process, as the Space is
    _most_s = seconds


def check_lent(seconds: int) -> None:
    """Raise InputError when a lent GPU would have to be asked for longer than may be."""
    if on_zero_gpu() and seconds > _most_s:
        raise InputError(
            f"This would take {seconds} s of GPU time, more than the {_most_s} s that this Space asks for; lower the"
            " steps, the frames or the variants."
        )


def on_gpu(task: Callable[..., Any], seconds: Callable[..., int]) -> Callable[..., Any]:
    """`task` with a GPU lent to each call for `seconds(*arguments)`; unchanged off ZeroGPU.

    A Space wants this to happen at start-up, as it does that networks come to the GPU in the main thread before the
    page is up: the process that is lent a GPU is forked from this one, and finds them there. Arguments and results are
    pickled there, errors arrive without their text, and a generator that is closed stops before its next item.
    """
    if not on_zero_gpu():
        return task
    import spaces

    return spaces.GPU(duration=seconds)(task)


@contextmanager
def told_why() -> Iterator[None]:
    """What ZeroGPU raises when it lends none (a quota, its queue) becomes a sentence."""
    try:
        yield
    except Exception as error:
        if not str(getattr(error, "title", "")).startswith("ZeroGPU"):
            raise
        said = html.unescape(re.sub(r"<[^>]*>", "", str(getattr(error, "message", ""))))
        why = " ".join(said.split()).rstrip(". ") or "none is free"
        raise RendererError(f"No GPU could be lent: {why}. Try again later, log in, or choose Preview.") from error
