"""A checkpoints folder that may not be looked into, at whatever level: one line where weights are needed, no other."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from levitor_core import checkpoint_download
from levitor_core.checkpoints import Checkpoints
from levitor_core.errors import MissingWeightsError
from tests.cli.jobs import JOB, PHOTO, run

NOBODY = 65534
SVD, DEPTH, SAM = "stable-video-diffusion-img2vid-xt", "Depth-Anything-V2-Small-hf", "sam_vit_b_01ec64.pth"


NEEDING = ("render", "job.levitor", "-o", "a.mp4", "--renderer")
NOT_NEEDING = (
    ("checkpoints",),
    ("render", "job.levitor", "-o", "a.mp4", "--frames", "1"),
    ("select", "job.levitor", "--name", "new", "--point", "70,60"),
)


@pytest.fixture(scope="module", autouse=True)
def imported(tmp_path_factory):
    """What commands import late, while all of Python may be read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("imported"))
        patch.setattr(checkpoint_download, "is_reachable", lambda address: False)
        Path("job.levitor").write_bytes(JOB)
        for words in ((*NEEDING, "levitor"), *NOT_NEEDING, ("new", PHOTO, "-o", "new.levitor")):
            run("--checkpoints", "weights", *words)


@pytest.fixture
def folder(monkeypatch):
    """A folder of everyone's, the current one, with a small project in it and no way to the network."""
    monkeypatch.setattr(checkpoint_download, "is_reachable", lambda address: False)
    path = Path(tempfile.mkdtemp())
    path.chmod(0o777)
    monkeypatch.chdir(path)
    Path("job.levitor").write_bytes(JOB)
    Path("job.levitor").chmod(0o666)
    yield path
    for parent, folders, _ in os.walk(path):
        for name in folders:
            Path(parent, name).chmod(0o700)
    shutil.rmtree(path)


@contextmanager
def unprivileged():
    """As somebody whom a closed folder stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def closed():
    Path("weights", "toy").mkdir(parents=True)
    Path("weights").chmod(0)


def closed_inside():
    for name in ("toy", "LeviTor", SVD, DEPTH):
        Path("weights", name).mkdir(parents=True)
        Path("weights", name).chmod(0)
    Path("weights", SAM).write_bytes(b"weights")
    Path("weights", SAM).chmod(0)


def closed_above():
    Path("above", "weights").mkdir(parents=True)
    Path("weights").symlink_to("above/weights")
    Path("above").chmod(0)


def unsearchable():
    Path("weights", SVD).mkdir(parents=True)
    Path("weights").chmod(0o444)


def a_file():
    Path("weights").write_text("not a folder")


def a_loop():
    Path("weights").symlink_to("weights")


def a_dangling_link():
    Path("weights").symlink_to("nowhere")


def files_for_folders():
    Path("weights", "LeviTor").mkdir(parents=True)
    for name in ("toy", SVD, DEPTH, "LeviTor/controlnet"):
        Path("weights", name).write_text("not a folder")
    Path("weights", SAM).mkdir()


@pytest.mark.parametrize(
    "close",
    [closed, closed_inside, closed_above, unsearchable, a_file, a_loop, a_dangling_link, files_for_folders],
)
def test_one_line_where_weights_are_needed_and_all_else_works(folder, capsys, close):
    close()
    with unprivileged():
        for renderer in ("levitor", "toy"):
            assert run("--checkpoints", "weights", *NEEDING, renderer) == 3
            told = capsys.readouterr().err
            assert told.count("\n") == 1 and told.startswith("levitor: ") and "weights" in told
        for words in NOT_NEEDING:
            assert run("--checkpoints", "weights", *words) == 0
            assert capsys.readouterr().err == ""


def test_the_table_says_what_is_in_the_way(folder, capsys):
    closed()
    with unprivileged():
        assert run("--checkpoints", "weights", "checkpoints") == 0
        rows = Checkpoints(Path("weights")).table()
    assert capsys.readouterr().out.count("cannot be read (permission denied); ") == len(rows)
    assert {row.absence for row in rows} == {"cannot be read (permission denied)"}


def test_new_goes_on_with_stand_ins(folder, capsys):
    closed()
    shutil.copy(PHOTO, "photo.png")
    Path("photo.png").chmod(0o644)
    with unprivileged():
        assert run("--checkpoints", "weights", "new", "photo.png", "-o", "new.levitor") == 0
    said = capsys.readouterr()
    assert said.err == "" and said.out.count("stand-in") == 2


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_file_that_may_not_be_read_is_named(folder, name):
    for file in ("config.json", "preprocessor_config.json", "model.safetensors"):
        Path("weights", DEPTH).mkdir(parents=True, exist_ok=True)
        Path("weights", DEPTH, file).write_text("{}")
    Path("weights", DEPTH, name).chmod(0)
    with unprivileged(), pytest.raises(MissingWeightsError, match=rf"{name} cannot be read \(permission denied\)"):
        Checkpoints(Path("weights")).require("depth-anything-v2-small")


def test_a_closed_hub_cache_holds_nothing(folder, monkeypatch):
    def closed(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", closed)
    assert Checkpoints(Path("weights")).find("depth-anything-v2-small") is None
