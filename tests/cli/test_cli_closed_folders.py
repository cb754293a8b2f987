"""A checkpoints folder that may not be looked into, at whatever level: one line where weights are needed, no other."""

import ctypes
import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from levitor_core.checkpoints import Checkpoints, hosts
from levitor_core.errors import MissingWeightsError
from tests.cli.jobs import PHOTO, run

SVD, DEPTH, SAM = "stable-video-diffusion-img2vid-xt", "Depth-Anything-V2-Small-hf", "sam_vit_b_01ec64.pth"


NEEDING = ("render", "job.levitor", "-o", "a.mp4", "--renderer")
NOT_NEEDING = (
    ("checkpoints",),
    ("render", "job.levitor", "-o", "a.mp4", "--frames", "1"),
    ("select", "job.levitor", "--name", "new", "--point", "70,60"),
)


@pytest.fixture
def folder(job, monkeypatch):
    """The folder of the small project, and no way to the network."""
    monkeypatch.setattr(hosts, "unreachable", lambda address: f"{address} cannot be reached; go on line")
    yield job.absolute().parent
    for path in (Path("above"), Path("weights")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)


@contextmanager
def stopped_by_modes():
    """Even for root, which is held to the modes of its files without two of its capabilities (capset(2))."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, held = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, held) == 0
    without = (ctypes.c_uint32 * 6)(*held)
    without[0] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(header, without) == 0
    try:
        yield
    finally:
        libc.capset(header, held)


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
    with stopped_by_modes():
        for renderer in ("levitor", "svd"):
            assert run("--device", "cpu", "--checkpoints", "weights", *NEEDING, renderer) == 3
            told = capsys.readouterr().err
            assert told.count("\n") == 1 and told.startswith("levitor: ")
            assert ("is missing" if close is a_dangling_link else "cannot be read") in told
        for words in NOT_NEEDING:
            assert run("--device", "cpu", "--checkpoints", "weights", *words) == 0
            assert capsys.readouterr().err == ""


def test_the_table_says_what_is_in_the_way(folder, capsys):
    closed()
    with stopped_by_modes():
        assert run("--checkpoints", "weights", "checkpoints") == 0
        rows = Checkpoints(Path("weights")).table()
    assert capsys.readouterr().out.count("cannot be read (permission denied); ") == len(rows)
    assert all("cannot be read (permission denied); " in row.problem for row in rows)


def test_new_goes_on_with_stand_ins(folder, capsys):
    closed()
    with stopped_by_modes():
        assert run("--device", "cpu", "--checkpoints", "weights", "new", PHOTO, "-o", "new.levitor") == 0
    said = capsys.readouterr()
    first = said.out.splitlines()[0]
    assert said.err == "" and "ground-plane stand-in" in first and "Quick picker" in first
    assert said.out.count("cannot be read (permission denied)") == 2


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_file_that_may_not_be_read_is_named(folder, name):
    for file in ("config.json", "preprocessor_config.json", "model.safetensors"):
        Path("weights", DEPTH).mkdir(parents=True, exist_ok=True)
        Path("weights", DEPTH, file).write_text("{}")
    Path("weights", DEPTH, name).chmod(0)
    with stopped_by_modes(), pytest.raises(MissingWeightsError, match=rf"{name} cannot be read \(permission denied\)"):
        Checkpoints(Path("weights")).require("depth-anything-v2-small")


def test_a_closed_hub_cache_holds_nothing(folder, monkeypatch):
    def closed(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", closed)
    assert Checkpoints(Path("weights")).find("depth-anything-v2-small") is None
