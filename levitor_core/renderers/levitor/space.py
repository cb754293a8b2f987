"""Running on a Hugging Face ZeroGPU Space: the GPU is lent to one decorated function for a promised time."""

from collections.abc import Callable
from typing import Any

from levitor_core.devices import on_zero_gpu


def on_gpu(task: Callable[..., Any], seconds: Callable[..., int]) -> Callable[..., Any]:
    """`task` with a GPU lent to each call for `seconds(*arguments)`; unchanged off ZeroGPU.

    A Space wants this to happen at start-up. Arguments and results are pickled there, errors arrive without their
    text, and a generator that is closed stops before its next item.
    """
    if not on_zero_gpu():
        return task
    import spaces

    return spaces.GPU(duration=seconds)(task)
