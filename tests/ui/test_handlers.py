"""What handlers share: messages, progress, cancellation, files per tab, settings, the status line."""

import gradio as gr
import numpy as np
import pytest

from levitor_core import editing
from levitor_core.engine import ModelStatus
from levitor_core.errors import Cancelled, InputError, RendererError
from levitor_core.monitor import Monitor
from levitor_core.settings import GenerationSettings
from levitor_core.structures import Project, Scene
from ui import app, generation, interactive
from ui.handlers import monitor_for, told
from ui.outputs import Tries
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


def test_the_same_settings_are_no_new_step():
    image = np.zeros((24, 32, 3), np.uint8)
    scene = Scene(image, np.zeros((24, 32), np.float32), np.zeros((24, 32), np.int32), "a", "b")
    session = Session().opened(Project(image, scene))
    values = dict(session.project.settings.to_json())
    assert generation.configured(session, *values.values()) is session
    changed = generation.configured(session, *(values | {"seed": 5}).values())
    assert changed.project.settings.seed == 5 and changed.undo().work is session.work


def test_the_status_line_names_stand_ins_and_their_reason_and_escapes_it():
    line = app.status_line(
        (ModelStatus("masks", "GrabCut", True, "no <file>"), ModelStatus("video", "LeviTor", False, ""))
    )
    assert "Masks: GrabCut (stand-in)" in line and "no &lt;file&gt;" in line
    assert "LeviTor (stand-in)" not in line


def test_a_typed_time_is_a_number_or_nothing():
    assert interactive.read_time(" ") is None and interactive.read_time("0,5") == 0.5
    with pytest.raises(InputError, match="not a time"):
        interactive.read_time("later")


def test_before_the_first_video_there_is_nothing_to_download():
    with pytest.raises(InputError, match="no video yet"):
        _ = Tries().current


def test_a_project_that_cannot_be_resolved_is_still_shown_with_its_sentence(monkeypatch):
    said = []
    monkeypatch.setattr(gr, "Warning", lambda sentence, title: said.append(sentence))
    image, mask = np.zeros((24, 32, 3), np.uint8), np.zeros((24, 32), bool)
    mask[4:12, 4:12] = True
    scene = Scene(image, np.zeros((24, 32), np.float32), np.zeros((24, 32), np.int32), "a", "b")
    session = Session().opened(Project(image, scene)).with_mask(mask).accept("cup").with_mask(mask).accept("mug")
    assert interactive._canvas(session.edit(editing.add_waypoint, "cup", 20, 10)).shape == (768, 1024, 3)
    assert len(said) == 1 and "cup" in said[0]
