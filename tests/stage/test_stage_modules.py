"""The stage's modules as Gradio serves them: whole, alone in their folder, under any address of the page."""

import re
import shutil

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from gradio.routes import App

from ui.stage import OpenPhotos, Stage, modules

IMPORTED = re.compile(r'(?:from|import)\s*"([^"]+)"')
STATEMENT = re.compile(r'^(?:im|ex)port (?:[^";]*from )?"([^"]+)";$', re.M)
ROOMS = {"model", "draw", "input", "panels", "server"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the modules are put, for this test alone."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    modules.folder.cache_clear()
    yield modules.folder
    modules.folder.cache_clear()


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A copy of the sources that a test may change."""
    copy = tmp_path / "sources"
    shutil.copytree(modules.SOURCES, copy, ignore=shutil.ignore_patterns("*.pyc"))
    monkeypatch.setattr(modules, "SOURCES", copy)
    return copy


@pytest.fixture
def page(folder):
    """A page with a stage."""
    with gr.Blocks() as page:
        Stage(None, OpenPhotos())
    return page


def test_whatever_a_module_imports_is_served_beside_it(folder):
    served = sorted(folder().rglob("*.js"))
    assert folder() / modules.ENTRY in served
    for path in served:
        for target in IMPORTED.findall(path.read_text(encoding="utf-8")):
            assert target.startswith("."), f"{path.name} imports {target}, which only a build step could find"
            assert (path.parent / target).resolve() in served, f"{path.name} imports {target}"


def test_rooms_import_the_model_and_none_of_each_other():
    scripts = modules.SOURCES / "js"
    assert {path.parent.name for path in scripts.glob("*/*.js")} == ROOMS
    assert {path.name for path in scripts.glob("*.js")} == {"gradio.js", "stage.js"}
    for path in scripts.glob("*/*.js"):
        text = path.read_text(encoding="utf-8")
        rooms = {(path.parent / target).resolve().parent.name for target in STATEMENT.findall(text)} & {*ROOMS, "js"}
        assert rooms <= {path.parent.name, "model"}, f"{path.parent.name}/{path.name} imports of {rooms}"
        assert 'import("' not in text, f"{path.name}: types are named by @import"


def test_what_is_exported_is_imported_by_another_module():
    texts = {path: path.read_text(encoding="utf-8") for path in modules.SOURCES.glob("js/**/*.js")}
    entries, generated = {"mount"}, modules.SOURCES / "js" / "model" / "schema.js"
    for path, text in texts.items():
        named = set(re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", text, re.M)) - entries
        others = " ".join(other for place, other in texts.items() if place != path)
        unused = {name for name in named if not re.search(rf"\b{name}\b", others)}
        assert path == generated or not unused, f"{path.name}: {unused}"


def test_nothing_but_modules_styles_and_licences_is_public(folder, sources):
    (sources / "js" / "notes.txt").write_text("private")
    kinds = {path.suffix or path.name for path in folder().rglob("*") if path.is_file()}
    assert kinds <= {".js", ".css", "LICENSE"}


@pytest.mark.parametrize("change", ["js/stage.js", "stage.css", "js/new.js", "js/gone.js", "js/renamed.js"])
def test_the_address_changes_with_what_is_served(folder, sources, change):
    (sources / "js" / "gone.js").write_text("1;")
    first = folder()
    modules.folder.cache_clear()
    assert folder() == first
    modules.folder.cache_clear()
    path = sources / change
    if path.name == "gone.js":
        path.unlink()
    elif path.name == "renamed.js":
        (sources / "js" / "gone.js").rename(path)
    else:
        path.write_text(path.read_text() + "/**/" if path.exists() else "1;")
    assert folder() != first


def test_a_file_that_was_spoilt_is_put_right(folder, sources):
    spoilt = folder() / "js" / "stage.js"
    whole = spoilt.read_bytes()
    spoilt.write_bytes(whole[:100])
    modules.folder.cache_clear()
    assert folder() / "js" / "stage.js" == spoilt and spoilt.read_bytes() == whole
    assert not [path for path in folder().rglob("*.js.*")]


@pytest.mark.parametrize(
    ("root_path", "headers", "root"),
    [
        (None, {}, "http://page.test"),
        ("/sub/page", {}, "http://page.test/sub/page"),
        ("https://elsewhere.test/x", {}, "https://elsewhere.test/x"),
        (None, {"x-forwarded-host": "name.hf.space", "x-forwarded-proto": "https"}, "https://name.hf.space"),
    ],
)
def test_the_modules_are_found_under_any_address_of_the_page(page, root_path, headers, root):
    page.root_path = root_path or ""
    client = TestClient(App.create_app(page), base_url="http://page.test")
    for _ in range(2):
        config = client.get("/config", headers=headers).json()
        (url,) = (part["props"]["props"]["modules"]["url"] for part in config["components"] if part["type"] == "html")
        assert url.startswith(f"{root}/gradio_api/file=")
    for name in (modules.ENTRY, "js/stage.js"):
        answer = client.get(url.removeprefix(root).replace(modules.ENTRY, name))
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/javascript")
    assert (
        client.get(url.removeprefix(root).replace("js/gradio.js", "stage.css"))
        .headers["content-type"]
        .startswith("text/css")
    )
    assert client.get(url.removeprefix(root).replace("js/gradio.js", "../../sources")).status_code == 403


def test_the_page_asks_the_stage_for_nothing_but_what_its_handle_declares():
    declared = set(re.findall(r"@property \{[^\n]*\} (\w+)", (modules.SOURCES / modules.ENTRY).read_text()))
    scripts = {path: path.read_text() for path in modules.SOURCES.parent.rglob("*.py")}
    assert [path.name for path, text in scripts.items() if "levitorStage" in text] == ["handle.py"]
    asked = set(re.findall(r'(?:on_stage\(|call in |, )"(\w+)\(', "".join(scripts.values())))
    asked |= set(re.findall(r"_HANDLE\}\??\.(\w+)", scripts[modules.SOURCES / "handle.py"]))
    asked |= set(re.findall(r"levitorStage\?\.(\w+)", (modules.SOURCES.parent / "page.js").read_text()))
    assert {"undo", "redo", "calm", "restore", "work", "tab", "openPhoto"} <= asked <= declared
