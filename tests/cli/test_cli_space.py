"""A Space gets exactly the files that it needs: all that the app imports, none that it does not, nothing gated."""

import ast
import os
import subprocess
import venv
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import yaml

from levitor_core.checkpoints.table import weights_named
from levitor_core.cli import space
from tests.cli.jobs import run
from tests.server.conftest import call, ended, quick_project, serving, upload

__all__ = ["quick_project"]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("space") / "zero"
    assert run("space", "--to", "ada/levitor", "--zero", "--dry-run", folder) == 0
    return folder


def _head(folder):
    _, head, page = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(head), page


def _modules(folder):
    return {".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): path
            for path in folder.rglob("*.py")}  # fmt: skip


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_hub_is_told_how_to_run_it_and_what_to_preload_none_of_it_gated(written):
    head, page = _head(written)
    assert head["sdk"] == "gradio" and f"gradio=={head['sdk_version']}" in (written / "requirements.txt").read_text()
    assert (written / head["app_file"]).is_file() and head["suggested_hardware"] == "zero-a10g"
    for line in head["preload_from_hub"]:
        repository, files, *commit = line.split()
        (weights,) = (row for row in space.ZERO.preloaded if row.repository == repository)
        assert not weights.gated and len(files.split(",")) == len(weights.files)
        assert commit == [weights.revision] * bool(weights.revision)
    assert "HF_TOKEN" in page and weights_named(space.ASKED_FOR).gated


def test_all_that_is_imported_is_there_and_nothing_else(written):
    here, everywhere = _modules(written), _modules(ROOT)
    for path in here.values():
        ours = {name for name in _imported(path) if name in everywhere}
        assert ours <= set(here) | {"levitor_core.datasets", "levitor_core.evaluation", "levitor_core.training"}
    names = {path.relative_to(written).parts[0] for path in written.rglob("*")}
    assert names == {"README.md", "app.py", "LICENSE", "requirements.txt", "levitor_core", "ui", "examples"}
    assert not [path for path in written.rglob("*") if path.suffix in (".pyc", ".pyi", ".ts", ".toml")]
    for path in written.rglob("*.js"):
        assert path.read_bytes() == (ROOT / path.relative_to(written)).read_bytes()
    assert len(list((written / "examples").iterdir())) == len(list((ROOT / "examples").glob("*.levitor")))


@pytest.mark.slow
@pytest.mark.skipif("LEVITOR_FRESH" not in os.environ, reason="fills an environment, for minutes; set LEVITOR_FRESH=1")
@pytest.mark.timeout(1800)
def test_in_a_fresh_environment_it_starts_and_makes_a_video(written, tmp_path, quick_project):
    venv.create(tmp_path / "new", with_pip=True)
    python = tmp_path / "new" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", written / "requirements.txt"], check=True)
    with serving(tmp_path / "run", (), python, written, SPACE_ID="ada/levitor") as (url, _, log):
        with httpx.Client(base_url=url, timeout=120) as client:
            kind, said = ended(client, call(client, upload(client, quick_project)))
            video = client.get(f"/gradio_api/file={said[0]['path']}").content if kind == "complete" else b""
        assert video[4:8] == b"ftyp" and b"Synthetic video" in video, (said, log.read_text()[-2000:])


@pytest.mark.parametrize(("kind", "sdk"), [((), "gradio"), (("--docker",), "docker")])
def test_other_kinds(tmp_path, kind, sdk):
    assert run("space", "--to", "ada/levitor", *kind, "--dry-run", tmp_path / "new") == 0
    head, _ = _head(tmp_path / "new")
    assert head["sdk"] == sdk and "suggested_hardware" not in head
    assert (tmp_path / "new" / "Dockerfile").exists() == (sdk == "docker") == ("app_port" in head)


@pytest.mark.parametrize("name", ["levitor", "a/b/c", "../x", "ada/", "a b/c", ""])
def test_what_is_no_name_is_refused(tmp_path, capsys, name):
    assert run("space", "--to", name, "--dry-run", tmp_path / "new") == 2
    assert "OWNER/NAME" in capsys.readouterr().err and not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_stays_as_it_is(tmp_path, capsys):
    (tmp_path / "mine").write_text("mine")
    assert run("space", "--to", "ada/levitor", "--dry-run", tmp_path) == 2
    assert "new folder" in capsys.readouterr().err and [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_told_to_it_makes_the_space_and_uploads_exactly_that(monkeypatch, capsys):
    done = {}
    hub = SimpleNamespace(
        create_repo=lambda name, **options: done.update(options) or f"https://huggingface.co/spaces/{name}",
        upload_folder=lambda folder_path, **options: done.update(
            options, files=len([path for path in folder_path.rglob("*") if path.is_file()])
        ),
    )
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: hub)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    assert run("space", "--to", "ada/levitor") == 2 and "log in" in capsys.readouterr().err and not done
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "a token")
    assert run("space", "--to", "ada/levitor", "--zero") == 0
    said = capsys.readouterr().out
    assert f"spaces/ada/levitor: {done['files']} files" in said and "HF_TOKEN" in said
    assert done["space_hardware"] == "zero-a10g" and done["repo_type"] == "space" and done["delete_patterns"] == "*"
