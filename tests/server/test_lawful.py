"""In public: licences are told, only what may be is offered, what is made says so, and the host can refuse."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image as PilImage

from levitor_core import provenance
from levitor_core.checkpoints.table import TABLE
from levitor_core.devices import on_zero_gpu
from levitor_core.engine import Engine, ModelStatus
from levitor_core.errors import InputError, RendererError
from levitor_core.exporting import ExportSettings
from levitor_core.files.video_io import read_frames, write_video
from levitor_core.renderers import entries, with_settings
from levitor_core.renderers.levitor import space
from tests.scenes import flat_scene, moving, project_of
from ui import keeping
from ui.generation import lent
from ui.server import start
from ui.server.safety import REFUSED, Safety
from ui.server.service import Service
from ui.server.settings import ServerSettings

FRAMES = [np.full((16, 24, 3), value, np.uint8) for value in (0, 128, 255)]


def _project():
    disparity, (ball,) = flat_scene(((30, 36), 12, 150))
    return project_of((moving("ball", ball, (30, 36), (60, 40)),), disparity)


def test_only_what_paid_work_may_use_is_offered_where_the_host_wants_that():
    free = Engine(commercial=True)
    named = {row.name for row in TABLE if not row.free_commercially}
    assert [entry.name for entry in free.entries] == [e.name for e in entries() if not named & set(e.weights)]
    assert "preview" in {entry.name for entry in free.entries}
    for entry in set(entries()) - set(free.entries):
        with pytest.raises(InputError, match="There is no renderer called"):
            free.renderer(entry.name)


def test_every_renderer_s_licences_are_told_beside_it_and_in_its_videos():
    table, project = provenance.table(entries()), _project()
    for entry in entries():
        said, rows = provenance.about(entry.name, project), [row for row in TABLE if row.name in entry.weights]
        assert entry.title in said and entry.title in table and "Synthetic video" in said
        assert len(rows) == len(entry.weights) and all(row.licence in said for row in (*rows, entry.terms) if row)
        assert bool(rows or entry.terms) == ("AI model" in said) == (entry.name != "preview")
        assert entry.gpu_seconds is not None or entry.name in ("preview", "toy")


def test_a_video_names_the_models_that_read_its_photo():
    project = _project()
    large = next(row for row in TABLE if row.name == "depth-anything-v2-large")
    seen = replace(project, scene=replace(project.scene, depth_source=large.title))
    assert large.licence in provenance.about("preview", seen) and "read the" not in provenance.about("preview", project)


@pytest.mark.parametrize("ending", ["mp4", "gif"])
def test_a_video_carries_what_is_said_of_it_and_plays(tmp_path, ending):
    path, said = tmp_path / f"a.{ending}", provenance.about("preview", _project()) + " é" * 300
    write_video(iter(FRAMES), path, 6, said)
    assert _comment(path) == said and len(list(read_frames(path))) >= len(FRAMES)


@pytest.mark.parametrize("name", ["ttm", "vace", "layers-prores"])
def test_the_films_of_exports_carry_it_too(tmp_path, name):
    project, seen = _project(), []
    shot = Engine(inspect=seen.append).export(project, name, tmp_path / "out", ExportSettings(num_frames=2))
    films = [path for path in (tmp_path / "out").iterdir() if path.suffix in (".mp4", ".mov")]
    assert films and {_comment(path) for path in films} == {provenance.about("preview", project)}
    assert len(seen) == 1 + shot.num_frames  # the photo and each frame


def _comment(path):
    if path.suffix == ".gif":
        with PilImage.open(path) as picture:
            return picture.info["comment"].decode()
    tool = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-f", "ffmetadata", "-")
    lines = subprocess.run(tool, capture_output=True, check=True).stdout.decode().splitlines()
    return next(line.removeprefix("comment=").replace("\\", "") for line in lines if line.startswith("comment="))


def test_the_foot_tells_contact_version_and_models_as_text():
    foot = keeping.about(Service(ServerSettings(contact="<b>x@y</b>")), (ModelStatus("video", "Preview", False, ""),))
    assert "&lt;b&gt;x@y&lt;/b&gt;" in foot and "LeviTor 0." in foot and "video: " in foot


def test_the_host_refuses_by_sum_and_by_a_check_of_its_own(tmp_path, monkeypatch):
    project, sums = _project(), tmp_path / "sums.txt"
    file = tmp_path / "file"
    file.write_bytes(b"this")
    wanted = [hashlib.sha256(data).hexdigest() for data in (project.photo.tobytes(), b"this")]
    sums.write_text("# refused\n" + "  a name\n".join(wanted) + "\n")
    safety = Safety(ServerSettings(refused=str(sums)))
    with pytest.raises(InputError, match=REFUSED):
        safety.look_at_files([file])
    assert project.scene.partition.max() == 0
    acts = (
        lambda engine: engine.render(project),
        lambda engine: engine.new_project(project.photo),
        lambda engine: engine.find_instances(project),
        lambda engine: engine.segment(project, (), (1, 1, 9, 9)),
        lambda engine: engine.export(project, "ttm", tmp_path / "out"),
        lambda engine: engine.pictures(project, engine.steer(project), [0]),
        lambda engine: engine.render(replace(project, photo=project.photo + 1, clean_plate=project.photo)),
    )
    for act in acts:
        with pytest.raises(InputError, match=REFUSED):
            act(Engine(inspect=safety.inspect))
    seen = []
    monkeypatch.setitem(sys.modules, "host", SimpleNamespace(check=lambda image: seen.append(image) or "Not here."))
    with pytest.raises(InputError, match=r"Not here\."):
        Engine(inspect=Safety(ServerSettings(check="host:check")).inspect).render(project)
    assert len(seen) == 1 and Safety(ServerSettings()).inspect is None


def test_frames_are_shown_to_the_check_too():
    seen = []
    engine = Engine(inspect=seen.append)
    (clip,) = engine.render(with_settings(_project(), renderer="preview", num_frames=2))
    assert len(list(clip.frames)) == 2 and len(seen) == 3


@pytest.mark.parametrize("settings", [{"check": "none:x"}, {"check": "json"}, {"refused": "/none"}])
def test_a_rule_that_is_not_there_is_told_at_the_start(settings):
    with pytest.raises(InputError, match="LEVITOR_"):
        Safety(ServerSettings(**settings))


def test_a_space_without_a_token_starts_and_says_what_to_do(monkeypatch, tmp_path):
    missing = SimpleNamespace(find=lambda name: None)
    monkeypatch.setenv("SPACE_ID", "ada/levitor")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    (note,) = start.fetch((), missing)
    assert "accept its licence" in note and "HF_TOKEN" in note
    monkeypatch.setenv("SPACES_ZERO_GPU", "0")
    assert start.fetch((), missing) == ()


def test_what_a_lent_gpu_costs_is_told_before_and_never_more_than_the_host_allows(monkeypatch):
    engine, project = Engine(), with_settings(_project(), renderer="levitor", num_inference_steps=100)
    assert len(engine.renderers) == len(entries()) and lent(engine, project) == ""
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    assert on_zero_gpu() and f"{engine.gpu_seconds(project)} s of GPU time" in lent(engine, project)
    assert lent(engine, with_settings(project, renderer="preview")) == ""
    monkeypatch.setattr(space, "_most_s", 10)
    with pytest.raises(InputError, match="lower the steps"):
        space.check_lent(11)


def test_a_quota_that_is_used_up_is_a_sentence():
    class Quota(Exception):
        title, message = "ZeroGPU quota exceeded", 'You have exceeded it (60s <a href="x">requested</a> vs. 0s left).'

    with pytest.raises(RendererError, match=r"60s requested vs\. 0s left\)\. Try again later"), space.told_why():
        raise Quota
    with pytest.raises(ZeroDivisionError), space.told_why():
        raise ZeroDivisionError
