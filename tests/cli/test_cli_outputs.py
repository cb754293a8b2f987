"""What a command writes: never over what it reads, never of another kind, into the place it was told and no other."""

import os
import socket
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from levitor_core.cli import commands, making
from levitor_core.errors import InputError
from levitor_core.files.project_file import open_project, save
from levitor_core.files.video_io import read_frames, write_gif, write_mp4
from levitor_core.renderers import with_settings
from levitor_core.whole_files import replacing
from tests.cli.jobs import JOB, PHOTO, run

FRAMES = [np.full((16, 16, 3), 120, np.uint8)] * 2


@pytest.fixture
def nothing_computed(monkeypatch):
    for module in (commands, making):
        monkeypatch.setattr(
            module, "engine_of", lambda arguments: pytest.fail("computed before the output was refused")
        )


@pytest.fixture
def usual_umask():
    before = os.umask(0o026)
    yield 0o666 & ~0o026
    os.umask(before)


def contents():
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def refused(capsys, *arguments, words=""):
    before = contents()
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("levitor: ") and error.count("\n") == 1 and words in error
    assert contents() == before


def spelled_otherwise(source, suffix):
    """The same file by its name where that has the suffix, by links of every kind, and by way of other folders."""
    folder = Path("folder")
    folder.mkdir()
    os.link(source, hard := Path(f"hard{suffix}"))
    (soft := Path(f"soft{suffix.upper()}")).symlink_to(source)
    (again := Path(f"again{suffix}")).symlink_to(soft)
    Path("way").symlink_to(".")
    spellings = [hard, soft, again, f"./{hard}", hard.absolute(), folder / ".." / hard, Path("way") / hard]
    return [*spellings, source] if source.suffix == suffix else spellings


@pytest.mark.usefixtures("nothing_computed")
@pytest.mark.parametrize("given", ["image", "--depth", "--partition", "--clean-plate"])
def test_new_never_replaces_what_it_reads(job, capsys, given):
    source = Path("photo.png")
    source.write_bytes(PHOTO.read_bytes())
    Path("other.png").write_bytes(PHOTO.read_bytes())
    inputs = ["photo.png"] if given == "image" else ["other.png", given, "photo.png"]
    for output in (*spelled_otherwise(source, ".levitor"), source):
        for force in ([], ["--force"]):
            refused(capsys, "new", *inputs, "-o", output, *force, words="would replace the input")


@pytest.mark.usefixtures("nothing_computed")
@pytest.mark.parametrize("command, suffix", [("render", ".mp4"), ("render", ".gif"), ("control", ".npz")])
def test_no_command_replaces_its_project(job, capsys, command, suffix):
    for output in (*spelled_otherwise(job, suffix), job, f"./{job}", job.absolute()):
        refused(capsys, command, job, "-o", output, words="would replace the input")


@pytest.mark.usefixtures("nothing_computed")
def test_a_variant_never_replaces_the_project_either(job, capsys):
    project = open_project(job)
    save(with_settings(project, num_variants=3), job)
    os.link(job, "out-3.mp4")
    refused(capsys, "render", job, "-o", "out.mp4", words="would replace the input")


@pytest.mark.usefixtures("nothing_computed")
@pytest.mark.parametrize(
    "output",
    ["", " ", "/", ".", "..", "./", "folder", "folder/", "folder/..", "new/", "name", "name.", ".SUFFIX", "name.png",
     "name.SUFFIX.bak", "name.jpg", "name.zip", "/dev/null", "missing/name.SUFFIX", "job.levitor/name.SUFFIX",
     "name.SUFFIX/", "folder.SUFFIX", "loop.SUFFIX", "pipe.SUFFIX", "null.SUFFIX", "socket.SUFFIX", "other.SUFFIX",
     "x" * 300 + ".SUFFIX", "a\0b.SUFFIX", "/proc/name.SUFFIX"],
)  # fmt: skip
@pytest.mark.parametrize("command, suffixes", [("new", ["levitor"]), ("control", ["npz"]), ("render", ["mp4", "gif"])])
def test_what_is_no_file_of_the_commands_kind_is_refused_first(job, capsys, command, suffixes, output):
    source = PHOTO if command == "new" else job
    for suffix in suffixes:
        place_obstacles(suffix, {"levitor": "npz", "npz": "mp4", "mp4": "levitor", "gif": "png"}[suffix])
        refused(capsys, command, source, "-o", output.replace("SUFFIX", suffix))
    for suffix in {"levitor", "npz", "mp4", "gif"} - {*suffixes}:
        refused(capsys, command, source, "-o", f"name.{suffix}", words="written as")


def place_obstacles(suffix, other):
    for folder in ("folder", f"folder.{suffix}"):
        Path(folder).mkdir(exist_ok=True)
    Path(f"loop.{suffix}").symlink_to(f"loop.{suffix}")
    Path(f"null.{suffix}").symlink_to("/dev/null")
    os.mkfifo(f"pipe.{suffix}")
    Path(f"work.{other}").write_bytes(b"of another kind")
    Path(f"other.{suffix}").symlink_to(f"work.{other}")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"socket.{suffix}")


def test_new_replaces_work_only_when_told(job, capsys):
    for name in ("depth.png", "ids.png"):
        Image.fromarray(np.full((240, 320), 90, np.uint8)).save(name)
    arguments = ["new", PHOTO, "--depth", "depth.png", "--partition", "ids.png", "--depth-softness", "5", "-o"]
    refused(capsys, *arguments, job, words="--force")
    Path("link.levitor").symlink_to(job)
    refused(capsys, *arguments, "link.levitor", words="--force")
    with pytest.raises(InputError, match="there already"):
        save(open_project(JOB), job, new=True)
    assert job.read_bytes() == JOB
    assert run(*arguments, job, "--force") == 0
    Path("nowhere.levitor").symlink_to("new.levitor")
    assert run(*arguments, "nowhere.levitor") == 0
    assert open_project(job).softness == open_project(Path("new.levitor")).softness == 5


WRITERS = {
    "a.mp4": lambda path: write_mp4(FRAMES, path, 6),
    "a.gif": lambda path: write_gif(FRAMES, path, 6),
    "a.levitor": lambda path: save(open_project(JOB), path),
    "a.npz": lambda path: run("control", "job.levitor", "-o", path, "--frames", 1),
}


@pytest.mark.parametrize("name", WRITERS)
def test_written_files_follow_links_and_keep_the_mode(job, usual_umask, name):
    write, real = WRITERS[name], Path("elsewhere") / name
    real.parent.mkdir()
    Path(name).symlink_to(real)
    Path("again" + real.suffix).symlink_to(name)
    write(Path("again" + real.suffix))
    assert Path(name).is_symlink() and stat.S_IMODE(real.lstat().st_mode) == usual_umask
    for mode in (0o600, 0o604, 0o660, 0o444):
        real.write_bytes(b"old")
        real.chmod(mode)
        if os.access(real, os.W_OK):
            write(Path(name))
            assert Path(name).is_symlink() and real.read_bytes() != b"old"
        assert stat.S_IMODE(real.lstat().st_mode) == mode
        real.unlink()
    assert {path.name for path in Path().rglob("*") if path.name.startswith(".")} == set()


@pytest.mark.parametrize("name", WRITERS)
def test_devices_pipes_and_sockets_are_never_replaced(job, name):
    place_obstacles(name[2:], "txt")
    kinds = {path: path.lstat().st_mode for path in (Path(f"{what}.{name[2:]}") for what in ("null", "pipe", "socket"))}
    for path in kinds:
        try:
            assert WRITERS[name](path) == 2
        except InputError as error:
            assert "a device or a pipe" in str(error)
    assert {path: path.lstat().st_mode for path in kinds} == kinds and Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    "name",
    ["take:2 100%d %05d%%", "-dash[1]{2}*?", "it's \"q\" $HOME;&#", os.fsdecode("ünï ☂".encode() + b"\xff\xfe"),
     "concat:a|b\\c", "new\nline", "http:"],
)  # fmt: skip
def test_paths_and_the_temporary_folder_may_hold_anything(job, monkeypatch, name):
    folder = Path(name).absolute()
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    write_mp4(FRAMES, folder / f"{name}.mp4", 6)
    monkeypatch.chdir(folder)
    write_gif(FRAMES, Path(f"{name}.gif"), 6)
    save(open_project(JOB), Path(f"{name}.levitor"))
    assert len(list(read_frames(folder / f"{name}.gif"))) == len(list(read_frames(Path(f"{name}.mp4")))) == 2
    assert len(open_project(Path(f"{name}.levitor")).objects) == 1
    assert {path.name for path in folder.iterdir()} == {f"{name}{suffix}" for suffix in (".gif", ".levitor", ".mp4")}


def test_a_name_that_begins_with_a_minus_is_a_name(job):
    Path("-job.levitor").write_bytes(JOB)
    assert run("control", "-o", "-out.npz", "--frames", 1, "--", "-job.levitor") == 0
    assert run("delete", "--", "-job.levitor", "ball") == 0
    assert run("select", "--name", "-b", "--box", "-5,-1e1,40,40", "./-job.levitor") == 0
    assert open_project(Path("-job.levitor")).objects[0].name == "-b" and Path("-out.npz").is_file()


def test_owner_and_mode_hold_while_the_new_file_is_written(job):
    job.chmod(0o600)
    with replacing(job) as partial:
        assert stat.S_IMODE(partial.stat().st_mode) == 0o600
        partial.write_bytes(b"secret")
    assert (stat.S_IMODE(job.stat().st_mode), job.stat().st_uid) == (0o600, os.getuid())
