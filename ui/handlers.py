"""What every handler of the page shares: a person's mistake becomes a message, progress reaches the page."""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import gradio as gr

from levitor_core.errors import LevitorError
from levitor_core.monitor import Monitor, ProgressEvent
from ui.server import jobs

SHOW_EVERY_S = 0.25  # more would only keep the browser busy
PRIVATE = "private"  # events of the page's own widgets are no part of the API

Args = ParamSpec("Args")
Result = TypeVar("Result")


def show_mistakes(handler: Callable[Args, Result]) -> Callable[Args, Result]:
    """Show a LevitorError as its sentence; outputs, and so the person's work, stay as they were."""

    @functools.wraps(handler)
    def show(*args: Args.args, **kwargs: Args.kwargs) -> Result:
        try:
            return handler(*args, **kwargs)
        except LevitorError as error:
            raise gr.Error(str(error), title="That did not work", print_exception=False) from error

    return show


def monitor_for(progress: gr.Progress) -> Monitor:
    """A monitor that shows stages and steps on the page and ends work that has had its time or that nobody awaits."""
    last_title, last_time = "", 0.0
    stage, began = "", time.monotonic()

    def show(event: ProgressEvent) -> None:
        nonlocal last_title, last_time, stage, began
        jobs.confirm()
        now = time.monotonic()
        if event.title != stage:
            stage, began = event.title, now
        if event.step >= event.total:
            jobs.took(stage.partition(",")[0], now - began)  # not: which video or part of how many
        if event.title != last_title or now > last_time + SHOW_EVERY_S:
            last_title, last_time = event.title, now
            progress((event.step, event.total), desc=event.title)

    return Monitor(on_progress=show)


def page_of(request: gr.Request) -> str:
    """The open page that asks, by Gradio's name for it."""
    return request.session_hash or "api"


def read_page_file(name: str) -> str:
    """One of the page's own text files."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
