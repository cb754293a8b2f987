"""What every handler of the page shares: a person's mistake becomes a message, progress reaches the page."""

import functools
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import gradio as gr

from levitor_core.errors import LevitorError, RendererError
from levitor_core.monitor import Monitor, ProgressEvent

SHOW_EVERY_S = 0.25  # more would only keep the browser busy
# Whatever changes a session and is quick: side by side, one such change would undo another.
ONE_BY_ONE = {"concurrency_limit": 1, "concurrency_id": "edits"}
PRIVATE = "private"  # events of the page's own widgets are no part of the API

Args = ParamSpec("Args")
Result = TypeVar("Result")


def told(handler: Callable[Args, Result]) -> Callable[Args, Result]:
    """Show a LevitorError as its sentence; outputs, and so the person's work, stay as they were."""

    @functools.wraps(handler)
    def telling(*args: Args.args, **kwargs: Args.kwargs) -> Result:
        try:
            return handler(*args, **kwargs)
        except LevitorError as error:
            raise gr.Error(str(error), title="That did not work", print_exception=False) from error

    return telling


def monitor_for(progress: gr.Progress, limit_s: float | None = None) -> Monitor:
    """A monitor that shows stages and steps on the page and gives up, with a sentence, after `limit_s` seconds."""
    deadline = math.inf if limit_s is None else time.monotonic() + limit_s
    last_title, last_time = "", 0.0

    def show(event: ProgressEvent) -> None:
        nonlocal last_title, last_time
        now = time.monotonic()
        if now > deadline:
            raise RendererError("This render took too long here; lower the frames, the height or the steps.")
        if event.title != last_title or now > last_time + SHOW_EVERY_S:
            last_title, last_time = event.title, now
            progress((event.step, event.total), desc=event.title)

    return Monitor(on_progress=show)


def read_page_file(name: str) -> str:
    """One of the page's own text files."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
