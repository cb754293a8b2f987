"""The steps are the command line's commands: the same options, the same bytes; and what docs/api.md shows works."""

import re
import shutil
import subprocess
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image as PilImage

from levitor_core.cli import main
from levitor_core.cli.parser import commands_by_name
from levitor_core.files.safe_zip import pack
from tests.cli.jobs import JOB
from tests.scenes import disc
from tests.server.conftest import ROOT, ended, upload
from ui.api.steps import STEPS

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(python|bash)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
META = {"_type": "gradio.FileData"}
HERE = "http://127.0.0.1:7860"


@pytest.fixture(scope="session")
def photo(tmp_path_factory):
    """A red disc on green, 96x72; beside it its label map."""
    pixels = np.full((72, 96, 3), (90, 140, 90), np.uint8)
    pixels[disc((30, 36), 10)] = 220, 60, 50
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    PilImage.fromarray(pixels).save(path)
    PilImage.fromarray(disc((30, 36), 10).astype(np.uint8)).save(path.with_name("labels.png"))
    return path


def _made(client, call, **values):
    """The bytes of the file that a call makes, or what it says."""
    event = client.post(f"/gradio_api/call/v2/{call}", json=values).json()["event_id"]
    kind, said = ended(client, event, name=call)
    return client.get(f"/gradio_api/file={said[0]['path']}").content if kind == "complete" else said["error"]


def _given(client, data):
    there = client.post("/gradio_api/upload", files={"files": ("job.levitor", data)}).json()[0]
    return {"path": there, "meta": META}


WAYPOINTS = [{"x": 30, "y": 36}, {"x": 60, "y": 40, "nearness": 0.9, "time": 0.5}, {"x": 70, "y": 30}]
MASK = {"name": "ball", "fill": True, "grow": 2, "lasso": [[20, 20], [50, 20], [40, 60]]}
VIDEO = {"num_frames": 2}
STROKE = {"brush": "nearer", "along": [[9, 9], [20, 30]], "by": 50}


@pytest.mark.parametrize(
    ("call", "words", "values"),
    [
        ("select", "--name more --instance 2", {"name": "more", "instance": 2}),
        ("outline", "ball --fill --grow 2 --lasso 20,20 50,20 40,60", MASK),
        ("duplicate", "ball --as twin", {"name": "ball", "new_name": "twin"}),
        ("path", "ball 30,36,same 60,40,0.9@0.5 70,30,same", {"name": "ball", "waypoints": WAYPOINTS}),
        ("mend", "--brush nearer --along 9,9 20,30 --by 50", STROKE),
        ("camera", "--push 0.2 --ease in --pan -3,2", {"push": 0.2, "ease": "in", "pan": [-3, 2]}),
        ("preview", "-o out.mp4 --frames 2", VIDEO),
        ("export", "-o out --frames 2 --format wan-move", VIDEO | {"format": "wan-move"}),
        ("render", "-o out.mp4 --frames 2 --renderer preview", VIDEO | {"renderer": "preview"}),
    ],
)
def test_calls_and_commands_make_the_same_bytes(client, tmp_path, monkeypatch, call, words, values):
    monkeypatch.chdir(tmp_path)
    Path("job.levitor").write_bytes(JOB)
    made = _made(client, call, project=_given(client, JOB), **values)
    assert main([call, "job.levitor", *words.split()]) == 0
    if call == "export":
        folder = Path("out")
        assert made == pack({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    else:
        assert made == next((path for path in Path().glob("out.*")), Path("job.levitor")).read_bytes()


def test_so_they_do_of_a_video(client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("job.levitor").write_bytes(JOB)
    assert main(["preview", "job.levitor", "-o", "video.mp4", "--frames", "3"]) == 0
    assert main(["adherence", "job.levitor", "video.mp4", "-o", "out.json"]) == 0
    given = _given(client, JOB)
    assert (
        _made(client, "adherence", project=given, video=upload(client, Path("video.mp4")))
        == Path("out.json").read_bytes()
    )
    assert "cannot be read" in _made(client, "adherence", project=given, video=given)


def test_so_they_do_from_the_photo_on(client, photo, tmp_path):
    labels = photo.with_name("labels.png")
    maps = ["--depth", str(labels), "--normalise", "--partition", str(labels)]
    assert main(["new", str(photo), "-o", str(tmp_path / "job.levitor"), *maps]) == 0
    given = upload(client, labels)
    made = _made(client, "prepare", image=upload(client, photo), depth=given, normalise=True, partition=given)
    assert made == (tmp_path / "job.levitor").read_bytes()


def test_every_option_of_a_command_is_a_call_s_and_each_is_documented(client):
    described = client.get("/gradio_api/info").json()["named_endpoints"]
    assert {f"/{step.name}" for step in STEPS} < set(described)
    for step in STEPS:
        assert f"`/{step.name}`" in GUIDE
        given = described[f"/{step.name}"]
        options = {action.dest: action for action in commands_by_name()[step.command]._actions}
        taken = {item["parameter_name"]: item for item in given["parameters"]}
        assert set(taken) == set(options) - {"help", "output", "force", *step.fixed}
        assert step.about and given["description"] == step.about
        for name, item in taken.items():
            assert item["label"] == options[name].help and item["label"], name
            assert item["parameter_has_default"] is not (options[name].required and options[name].nargs != "*")
            assert item["type"] and item["python_type"]["type"] != "Any", name


@pytest.mark.parametrize(
    ("call", "values", "says"),
    [
        ("select", {"name": "a", "box": [1, 2, 3]}, "box must be [number, number, number, number]"),
        ("select", {"name": "a", "point": [[1, "2"]]}, "point must be a list, each [number, number]"),
        ("select", {"name": "a", "instance": 1.5}, "instance must be a whole number"),
        ("select", {"name": "a"}, "give --point, --box, --mask or --instance"),
        ("path", {"name": "a", "waypoints": [{"x": 1}]}, "waypoints must be a list, each an object with x, y"),
        ("path", {"name": "a", "waypoints": [{"x": 1, "y": 1e9}]}, "waypoints must be"),
        ("path", {"name": "a", "waypoints": [{"x": 1, "y": 1}], "timing": "odd"}, "timing must be even or per-click"),
        ("path", {"name": "none", "waypoints": [{"x": 1, "y": 1}]}, "There is no object called"),
        ("camera", {"zoom": True}, "zoom must be a number"),
        ("render", {"renderer": "none"}, "renderer must be auto or"),
        ("control", {"num_frames": 0}, "Num frames must be"),
        ("camera", {"project": None}, "project is missing"),
        (
            "camera",
            {"project": {"path": "http://10.0.0.1/a", "meta": {"_type": "gradio.FileData"}}},
            "fetches no files",
        ),
        ("camera", {"project": {"path": "http://x/gradio_api/file=/etc/passwd"}}, "see the page's API"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence(client, quick_project, call, values, says):
    given = {"project": upload(client, quick_project)} | values
    assert says in _made(client, call, **given)


def test_python_of_the_guide_runs(server, photo, monkeypatch, capsys):
    monkeypatch.chdir(photo.parent)
    blocks = [block for kind, block in BLOCKS if kind == "python" and "client." in block and "mcp" not in block]
    names: dict = {}
    for block in blocks:
        exec(compile(block.replace(HERE, server[0]), "docs/api.md", "exec"), names)
    assert names["figures"]["sentence"] in capsys.readouterr().out
    assert len(blocks) == 3 and all(str(names[made]).endswith(".mp4") for made in ("preview", "video"))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_curl_of_the_guide_runs(server, photo, monkeypatch):
    monkeypatch.chdir(photo.parent)
    script = "set -e\n" + "".join(block.replace(HERE, server[0]) for kind, block in BLOCKS if kind == "bash")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert (
        done.stdout.count(".mp4")
        and ".npz" in done.stdout
        and ".zip" in done.stdout
        and '"sentence": "' in done.stdout
        and "process_completed" in done.stdout
    )
    assert Path("video.mp4").read_bytes()[4:8] == b"ftyp"


def test_an_mcp_client_of_the_guide_runs(server, quick_project, capsys):
    with httpx.Client(base_url=server[0], timeout=30) as client:
        address = f"{server[0]}/gradio_api/file={upload(client, quick_project)['path']}"
    (block,) = (block for kind, block in BLOCKS if "mcp" in block and kind == "python")
    exec(compile(block.replace(HERE, server[0]), "docs/api.md", "exec"), {"PROJECT_ADDRESS": address})
    said = capsys.readouterr().out
    assert all(f"'{step.name}'" in said for step in STEPS) and ".levitor" in said.splitlines()[-1]
