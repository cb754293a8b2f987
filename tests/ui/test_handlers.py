"""What handlers share: messages, progress, cancellation, files per tab, settings, the status line."""

import contextvars
import math
import time

import gradio as gr
import pytest

from levitor_core.document import Document
from levitor_core.engine import Engine, ModelStatus
from levitor_core.errors import Cancelled, InputError, RendererError
from levitor_core.monitor import Monitor
from levitor_core.renderers import all_settings, setting_values, with_settings
from ui import app, generation, settings
from ui.handlers import monitor_for, told
from ui.outputs import Tries
from ui.server import jobs
from ui.server.jobs import Job
from ui.session import Session
from ui.workspace import Workspace


def test_a_mistake_becomes_its_sentence_and_a_bug_stays_an_exception():
    @told
    def handler(error):
        raise error

    with pytest.raises(gr.Error, match=r"^'Open a photo first\.'$"):
        handler(InputError("Open a photo first."))
    with pytest.raises(ZeroDivisionError):
        handler(ZeroDivisionError())


def test_progress_reaches_the_page_and_a_run_that_takes_too_long_stops():
    seen = []
    monitor = monitor_for(lambda at, desc: seen.append((at, desc)))
    monitor.report("Rendering", 3, 16)
    assert seen == [((3, 16), "Rendering")]
    for job, error in ((Job(-1, lambda: False), RendererError), (Job(math.inf, lambda: True), Cancelled)):
        with pytest.raises(error):
            contextvars.copy_context().run(_reports_in, job, monitor)


def _reports_in(job, monitor):
    jobs.begin(job)
    monitor.report("Rendering", 4, 16)


def test_cancel_stops_a_run_that_goes_on_or_still_waits():
    workspace, running, waiting = Workspace(), Monitor(), Monitor()
    assert not workspace.cancel("a")
    workspace.expect("a")
    workspace.start("a", running)
    running.check()
    assert workspace.cancel("a")
    with pytest.raises(Cancelled):
        running.check()
    workspace.expect("b")
    workspace.cancel("b")
    workspace.start("b", waiting)
    with pytest.raises(Cancelled):
        waiting.check()


def test_a_closed_page_is_cancelled_and_its_files_go():
    workspace, run = Workspace(keep_s=0), Monitor()
    mine, other = workspace.folder("page1"), workspace.folder("../page2")
    (mine / "video.mp4").write_bytes(b"x")
    assert other.parent == mine.parent and workspace.folder("page1") == mine
    workspace.expect("page1")
    workspace.start("page1", run)
    workspace.close("page1")
    _until(lambda: not mine.exists())
    assert other.exists()
    with pytest.raises(Cancelled):
        run.check()


@pytest.mark.parametrize("first", ["close", "enter"])
def test_a_reload_finds_files_and_videos_whichever_page_is_heard_of_first(first):
    workspace, tab, tries = Workspace(), "0123456789abcdef" * 2, Tries(shown=3)
    workspace.enter("before", tab)
    folder = workspace.folder("before")
    workspace.keep("before", tries)
    if first == "close":
        workspace.close("before")
    assert workspace.enter("after", tab) is tries
    workspace.close("before")
    assert workspace.folder("after") == folder


def test_a_tab_that_comes_back_in_time_keeps_its_files_though_it_was_closed_before():
    workspace, tab = Workspace(keep_s=0.2), "0123456789abcdef" * 2
    workspace.enter("before", tab)
    folder = workspace.folder("before")
    workspace.close("before")
    workspace.enter("after", tab)
    time.sleep(0.5)
    assert folder.exists()
    workspace.close("after")
    _until(lambda: not folder.exists())


@pytest.mark.parametrize("guess", ["", "0", "../../etc", "f" * 31, "G" * 32, None, 7])
def test_nobody_enters_by_a_name_that_is_no_secret(guess):
    workspace = Workspace()
    workspace.keep("page", Tries(shown=3))
    assert workspace.enter("other", guess).items == () and workspace.enter("other", guess).shown == 0
    assert workspace.folder("other") != workspace.folder("page")


def _until(so):
    deadline = time.monotonic() + 10
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_changes_of_a_session_come_one_by_one_but_for_what_replaces_it():
    page = app.build_app(Engine(device="cpu"))
    changing = [fn for fn in page.fns.values() if any(_holds_session(item) for item in fn.outputs)]
    opening = {"open_file", "open_upload", "open_example", "restore", "pressed"}
    assert opening < {fn.name for fn in changing}
    assert {fn.concurrency_id for fn in changing if fn.name not in opening} == {"edits", "opening edits"}


def _holds_session(item):
    return isinstance(item, gr.State) and isinstance(item.value, Session)


def test_settings_come_back_from_the_widgets_as_they_went_in():
    shown = setting_values(with_settings(Document(), seed=0, num_frames=40, fps=12.0, height=720, renderer="preview"))
    assert settings.read_settings(*shown.values()) == shown
    floats = [float(value) if isinstance(value, int) else value for value in setting_values(Document()).values()]
    assert settings.read_settings(*floats) == setting_values(Document())
    with pytest.raises(InputError, match="Num frames"):
        with_settings(Document(), **settings.read_settings(*(shown | {"num_frames": 0}).values()))


def test_every_setting_has_a_widget_with_its_default_range_and_help():
    with gr.Blocks():
        panel = generation.lay_out()
    for name, setting in all_settings().items():
        widget = panel.settings[name]
        assert widget.info == setting.help and widget.label == setting.label
        if isinstance(widget, gr.Slider):
            assert (widget.minimum, widget.maximum) == (setting.between.low, setting.between.high)


def test_the_status_line_names_stand_ins_and_their_reason_and_escapes_it():
    line = app.status_line(
        (ModelStatus("masks", "GrabCut", True, "no <file>"), ModelStatus("video", "LeviTor", False, ""))
    )
    assert "Masks: GrabCut (stand-in)" in line and "no &lt;file&gt;" in line
    assert "LeviTor (stand-in)" not in line


def test_before_the_first_video_there_is_nothing_to_download():
    with pytest.raises(InputError, match="no video yet"):
        _ = Tries().current
