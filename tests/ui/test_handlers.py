"""What handlers share: messages, progress, cancellation, files per tab, settings, the status line."""

import contextvars
import math

import gradio as gr
import pytest

from levitor_core.engine import Engine, ModelStatus
from levitor_core.errors import Cancelled, InputError, RendererError
from levitor_core.monitor import Monitor
from levitor_core.renderers import all_settings, entries
from ui import app, generation
from ui.handlers import monitor_for, show_mistakes
from ui.outputs import FinishedVideos
from ui.server import jobs
from ui.server.jobs import Job
from ui.workspace import Workspace


def test_a_mistake_becomes_its_sentence_and_a_bug_stays_an_exception():
    @show_mistakes
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
    workspace.clear_up()
    assert other.exists() and not mine.exists()
    with pytest.raises(Cancelled):
        run.check()


@pytest.mark.parametrize("first", ["close", "enter"])
def test_a_reload_finds_files_and_videos_whichever_page_is_heard_of_first(first):
    workspace, tab, videos = Workspace(), "0123456789abcdef" * 2, FinishedVideos(shown=3)
    workspace.enter("before", tab)
    folder = workspace.folder("before")
    workspace.keep("before", videos)
    if first == "close":
        workspace.close("before")
    assert workspace.enter("after", tab) is videos
    workspace.close("before")
    assert workspace.folder("after") == folder


def test_a_tab_that_comes_back_in_time_keeps_its_files_though_it_was_closed_before():
    workspace, tab = Workspace(keep_s=0), "0123456789abcdef" * 2
    workspace.enter("before", tab)
    folder = workspace.folder("before")
    workspace.close("before")
    workspace.enter("after", tab)
    workspace.clear_up()
    assert folder.exists()
    workspace.close("after")
    workspace.clear_up()
    assert not folder.exists()


@pytest.mark.parametrize("guess", ["", "0", "../../etc", "f" * 31, "G" * 32, None, 7])
def test_nobody_enters_by_a_name_that_is_no_secret(guess):
    workspace = Workspace()
    workspace.keep("page", FinishedVideos(shown=3))
    assert workspace.enter("other", guess).items == () and workspace.enter("other", guess).shown == 0
    assert workspace.folder("other") != workspace.folder("page")


def shown_settings():
    return {name: setting for name, setting in all_settings().items() if setting.widget or name == "renderer"}


def test_settings_go_between_widgets_and_document_without_the_server():
    page = app.build_app(Engine(device="cpu"))
    widgets = {block._id for block in page.blocks.values() if str(block.elem_id or "").startswith("setting-")}
    assert len(widgets) == len(shown_settings())
    touching = [fn for fn in page.fns.values() if widgets & {block._id for block in (*fn.inputs, *fn.outputs)}]
    assert len(touching) == len(widgets) + 1 and all(fn.fn is None and fn.js for fn in touching)


def test_the_server_keeps_no_document():
    page = app.build_app(Engine(device="cpu"))
    states = [block.value for block in page.blocks.values() if isinstance(block, gr.State)]
    assert {type(value) for value in states} <= {FinishedVideos, type(None)}


def test_every_shown_setting_has_a_widget_with_its_default_range_and_help():
    with gr.Blocks():
        panel = generation.lay_out(entries())
    assert panel.settings.keys() == shown_settings().keys()
    for name, setting in shown_settings().items():
        widget = panel.settings[name]
        assert widget.info == setting.help and widget.label == setting.label
        if isinstance(widget, gr.Slider):
            assert (widget.minimum, widget.maximum) == (setting.between.low, setting.between.high)


def test_the_status_line_names_stand_ins_and_their_reason_and_escapes_it():
    line = app.status_line(
        (ModelStatus("masks", "GrabCut", True, "no <file>"), ModelStatus("video", "LeviTor", False, ""))
    )
    assert "Quick masks" in line and "GrabCut" not in line and "no &lt;file&gt;" in line
    assert "Video: LeviTor" in line and line.count('class="stand-in"') == 1


def test_before_the_first_video_there_is_nothing_to_download():
    with pytest.raises(InputError, match="no video yet"):
        _ = FinishedVideos().current
