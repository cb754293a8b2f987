"""Heavy work gives way to clicks, and is otherwise done as if it were not aside."""

import os
import sys
import threading
from contextvars import ContextVar
from pathlib import Path

import gradio as gr
import pytest

from ui.server.aside import NICENESS, Aside
from ui.server.page import RENDER, Page
from ui.server.service import Service

said: ContextVar[str] = ContextVar("said", default="")


def niceness(thread: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, thread)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux only")
def test_work_aside_gives_way_and_the_threads_that_libraries_start_for_everybody_do_not():
    before = {int(task.name) for task in Path("/proc/self/task").iterdir()}
    own = niceness(threading.get_native_id())
    aside = Aside({"render": 1, "click": 2})
    thread = aside.done(threading.get_native_id, "render")()
    assert niceness(thread) == min(own + NICENESS["render"], 19) and niceness(threading.get_native_id()) == own
    begun = {int(task.name) for task in Path("/proc/self/task").iterdir()} - before - {thread}
    assert {niceness(other) for other in begun} <= {own}


def test_an_event_is_done_in_its_caller_s_name_and_ends_as_it_ends():
    def work(number: int, twice: bool = False) -> str:
        """What it does."""
        if number == 0:
            raise ZeroDivisionError
        return f"{said.get()} {number * (1 + twice)}"

    done = Aside({"step": 1}).done(work, "step")
    said.set("mine")
    assert done(2, twice=True) == "mine 4" and done.__doc__ == "What it does."
    with pytest.raises(ZeroDivisionError):
        done(0)


def test_only_events_that_take_turns_and_are_no_clicks_are_done_aside():
    service = Service()
    with Page(service) as page:
        heavy, light = gr.Button(), gr.Button()
        heavy.click(test_only_events_that_take_turns_and_are_no_clicks_are_done_aside, **RENDER)
        light.click(lambda: None)
    before = {key: event.fn for key, event in page.fns.items()}
    interval = sys.getswitchinterval()
    try:
        service.aside.put(page)
    finally:
        sys.setswitchinterval(interval)
    changed = [event.concurrency_id for key, event in page.fns.items() if event.fn is not before[key]]
    assert changed == ["render"]
