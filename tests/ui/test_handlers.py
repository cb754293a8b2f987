"""What handlers share: messages, progress, cancellation, files per tab, settings, the status line."""

import gradio as gr
import pytest

from levitor_core.engine import ModelStatus
from levitor_core.errors import Cancelled, InputError, RendererError
from levitor_core.monitor import Monitor
from levitor_core.settings import GenerationSettings
from ui import app, generation
from ui.handlers import monitor_for, told
from ui.outputs import Tries
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
    monitor = monitor_for(lambda at, desc: seen.append((at, desc)), limit_s=None)
    monitor.report("Rendering", 3, 16)
    assert seen == [((3, 16), "Rendering")]
    with pytest.raises(RendererError, match="too long"):
        monitor_for(lambda at, desc: None, limit_s=-1).report("Rendering", 0, 1)


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


def test_closing_a_tab_cancels_its_run_and_deletes_its_files_only():
    workspace, run = Workspace(), Monitor()
    mine, other = workspace.folder("tab1"), workspace.folder("../tab2")
    (mine / "video.mp4").write_bytes(b"x")
    assert other.parent == mine.parent
    workspace.expect("tab1")
    workspace.start("tab1", run)
    workspace.close("tab1")
    assert not mine.exists() and other.exists()
    with pytest.raises(Cancelled):
        run.check()


def test_settings_come_back_from_the_widgets_as_they_went_in():
    settings = GenerationSettings(seed=0, num_frames=40, fps=12.0, height=720, renderer="preview")
    assert generation.read_settings(*settings.to_json().values()) == settings
    floats = [float(v) if isinstance(v, int) else v for v in GenerationSettings().to_json().values()]
    assert generation.read_settings(*floats) == GenerationSettings()
    with pytest.raises(InputError, match="num frames"):
        generation.read_settings(*(GenerationSettings().to_json() | {"num_frames": 0}).values())


def test_every_setting_has_a_widget_with_its_default_range_and_help():
    with gr.Blocks():
        panel = generation.lay_out()
    for name, item in generation.FIELDS.items():
        widget = panel.settings[name]
        assert widget.value == item.default and widget.info == item.metadata["help"]
        if item.metadata["low"] is not None and name != "height":
            assert (widget.minimum, widget.maximum) == (item.metadata["low"], item.metadata["high"])


def test_the_status_line_names_stand_ins_and_their_reason_and_escapes_it():
    line = app.status_line(
        (ModelStatus("masks", "GrabCut", True, "no <file>"), ModelStatus("video", "LeviTor", False, ""))
    )
    assert "Masks: GrabCut (stand-in)" in line and "no &lt;file&gt;" in line
    assert "LeviTor (stand-in)" not in line


def test_before_the_first_video_there_is_nothing_to_download():
    with pytest.raises(InputError, match="no video yet"):
        _ = Tries().current
