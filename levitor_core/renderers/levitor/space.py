"""Running on a Hugging Face ZeroGPU Space: the GPU is lent to one decorated function for a promised time."""

import os
from collections.abc import Callable
from typing import Any


def on_zero_gpu() -> bool:
    """Whether this process runs on a ZeroGPU Space."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def on_gpu(task: Callable[..., Any], seconds: Callable[..., int]) -> Callable[..., Any]:
    """`task` with a GPU lent to each call for `seconds(*arguments)`; unchanged off ZeroGPU.

    A Space wants this to happen at start-up. Arguments and results are pickled there, errors arrive without their
    text, and a generator that is closed stops before its next item.
    """
    if not on_zero_gpu():
        return task
    import spaces

    return spaces.GPU(duration=seconds)(task)
