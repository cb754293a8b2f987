"""A renderer is one folder: put there, it is in the command line, on the page, in files, limits and estimates."""

import importlib
import re
import sys
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from levitor_core import cli, renderers
from levitor_core.checkpoints import Checkpoints
from levitor_core.document import GenerationSettings
from levitor_core.engine import Engine
from levitor_core.errors import InputError
from levitor_core.fields import settings_of
from levitor_core.files.project_file import open_project, save, to_bytes
from levitor_core.renderers import all_settings, entries, with_settings
from tests.scenes import flat_scene, project_of
from ui.generation import describe_run
from ui.settings import hide_unread, lay_out_settings
from ui.stage import apply_document
from ui.stage.payload import document_of, offered_settings

DOCS = Path(__file__).resolve().parents[1] / "docs" / "renderers.md"
ENTRY = DOCS.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]


@pytest.fixture(autouse=True)
def plain(tmp_path, monkeypatch):
    """A second place where renderers' folders lie, with one in it."""
    folder = tmp_path / "renderers" / "plain"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "entry.py").write_text(ENTRY)
    monkeypatch.setattr(renderers, "__path__", [*renderers.__path__, str(folder.parent)])
    _look_again()
    yield
    monkeypatch.undo()
    for name in ("plain", "plain.entry"):
        sys.modules.pop(f"{renderers.__name__}.{name}", None)
    _look_again()


def _look_again():
    importlib.invalidate_caches()
    entries.cache_clear()
    all_settings.cache_clear()


@pytest.fixture
def engine(tmp_path):
    return Engine(Checkpoints(tmp_path / "none"), device="cpu")


@pytest.fixture
def project():
    disparity, _ = flat_scene(((30, 30), 8, 120))
    return with_settings(project_of((), disparity), renderer="plain")


def test_the_docs_show_it_in_sixty_lines():
    assert 0 < len(ENTRY.splitlines()) <= 60


def test_the_command_line_lists_it_and_its_settings_and_renders_with_it(project, tmp_path, capsys):
    with pytest.raises(SystemExit):
        cli.main(["render", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "plain" in re.search(r"--renderer \{([^}]+)", shown)[1].split(",")
    assert "--warmth X How red it is." in shown and "--weave {linen,silk}" in shown
    save(with_settings(project, renderer="auto"), tmp_path / "p.levitor")
    given = ["render", str(tmp_path / "p.levitor"), "-o", str(tmp_path / "p.gif"), "--renderer", "plain"]
    assert cli.main([*given, "--weave", "silk", "--warmth", "2"]) == 0
    assert "7 frames" in (said := capsys.readouterr().out) and said.endswith("by plain\nsilk\n")
    assert cli.main([*given, "--warmth", "3"]) == 2
    assert "Warmth must be a number from 0 to 2" in capsys.readouterr().err


def test_the_page_lists_it_with_a_widget_for_each_of_its_settings():
    with gr.Blocks():
        widgets, _ = lay_out_settings(entries())
    assert ("Plain", "plain") in widgets["renderer"].choices
    warmth, weave = widgets["warmth"], widgets["weave"]
    assert (warmth.minimum, warmth.maximum, warmth.step, warmth.value) == (0, 2, 0.1, 0.5)
    assert weave.choices == [("Linen", "linen"), ("Silk", "silk")] and weave.info == "What it is woven of."
    assert "read-by-plain" in warmth.elem_classes and "read-by-preview" not in warmth.elem_classes
    assert "read-by-plain" in hide_unread() and not widgets["seed"].elem_classes
    offered = offered_settings()
    assert offered["renderers"]["plain"]["num_frames"] == 7 and offered["ranges"]["warmth"]["high"] == 2
    assert not {setting.name for setting in settings_of(GenerationSettings)} & {"warmth", "weave"}


@pytest.mark.parametrize("wrong", [{"warmth": 3}, {"warmth": "hot"}, {"weave": "wool"}, {"num_frames": 0}])
def test_its_settings_travel_and_are_checked_wherever_a_document_comes_in(project, wrong):
    fine = with_settings(project, warmth=1.5, weave="silk")
    for travelled in (open_project(to_bytes(fine)), apply_document(project, document_of(fine))):
        assert travelled.renderers["plain"] == {"warmth": 1.5, "weave": "silk"}
    document = document_of(project) | {"renderers": {"plain": wrong}}
    with pytest.raises(InputError, match=next(iter(wrong))):
        apply_document(project, document)
    with pytest.raises(InputError):
        with_settings(project, **wrong)


def test_its_limits_its_video_and_its_time(engine, project):
    long = with_settings(project, num_frames=40, warmth=1.0)
    assert describe_run(engine, long)[0].startswith("- Plain will make one video of 12 frames, 6.7 s long.")
    assert engine.estimate_seconds(long) is None
    (clip,) = engine.render(long)
    assert clip.num_frames == len(list(clip.frames)) == 12 and np.all(clip.frames[0] == 100)
    seconds = engine.estimate_seconds(long)
    assert engine.estimate_seconds(with_settings(long, num_frames=6)) == pytest.approx(seconds / 2)
    assert engine.renderer("auto").entry.name == "preview"
