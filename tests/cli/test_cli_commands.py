"""The command line as a script would call it: stable names, exit statuses, one line of error."""

import numpy as np
import pytest
from PIL import Image

from levitor_core.cli import main
from levitor_core.files.project_file import open_project
from levitor_core.files.video_io import read_frames


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A photo, its depth, its partition, a mask and a clean plate, and a project made from them."""
    folder = tmp_path_factory.mktemp("cli")
    rows, columns = np.indices((240, 320))
    wall = np.stack([rows // 3, columns % 256, (rows + columns) % 256], -1).astype(np.uint8)
    ball = (columns - 80) ** 2 + (rows - 120) ** 2 < 30**2
    photo = np.where(ball[..., None], np.uint8([220, 40, 40]), wall)
    Image.fromarray(photo).save(folder / "photo.png")
    Image.fromarray(wall).save(folder / "plate.png")
    Image.fromarray(np.where(ball, 150, 40).astype(np.uint8)).save(folder / "depth.png")
    Image.fromarray(np.where(rows > 180, 2, 1).astype(np.uint8)).save(folder / "partition.png")
    Image.fromarray(np.uint8(255 * ball)).save(folder / "mask.png")
    status = run(
        "new", folder / "photo.png", "-o", folder / "job.levitor", "--depth", folder / "depth.png",
        "--partition", folder / "partition.png", "--clean-plate", folder / "plate.png", "--depth-softness", "10",
    )  # fmt: skip
    assert status == 0
    assert run("select", folder / "job.levitor", "--name", "ball", "--mask", folder / "mask.png") == 0
    assert run("path", folder / "job.levitor", "ball", "110,165,same", "300,165,0.9@0.8", "--ease", "both") == 0
    return folder


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_what_was_asked_for_is_in_the_project(folder):
    project = open_project(folder / "job.levitor")
    (ball,) = project.objects
    assert project.softness == 10 and project.clean_plate is not None
    assert set(np.unique(project.scene.partition)) == {1, 2}
    assert ball.waypoints[1].time == 0.8 and ball.waypoints[1].nearness == 0.9 and ball.easing == "both"
    assert ball.mask[165, 110] and abs(project.scene.disparity[ball.mask].mean() - 150) < 3


def test_list_shows_objects_and_instances(folder, capsys):
    assert run("list", folder / "job.levitor") == 0
    shown = capsys.readouterr().out
    assert "object 1: ball" in shown and "instance 1:" in shown and "instance 2:" in shown


def test_render_writes_a_video_in_which_the_ball_moves(folder, tmp_path, capsys):
    assert run("render", folder / "job.levitor", "-o", tmp_path / "out.mp4", "--frames", 5, "--fps", 10) == 0
    assert "5 frames" in capsys.readouterr().out
    frames = list(read_frames(tmp_path / "out.mp4"))
    assert len(frames) == 5
    red = [np.argwhere((f[..., 0] > 180) & (f[..., 1] < 90) & (f[..., 2] < 90)) for f in (frames[0], frames[-1])]
    assert red[1][:, 1].mean() - red[0][:, 1].mean() > 120 and len(red[1]) > 1.3 * len(red[0])


def test_control_writes_the_four_arrays(folder, tmp_path):
    assert run("control", folder / "job.levitor", "-o", tmp_path / "c.npz", "--frames", 3) == 0
    with np.load(tmp_path / "c.npz", allow_pickle=False) as arrays:
        size_hw = arrays["label_maps"].shape[1:]
        assert arrays["label_maps"].shape == arrays["depth_maps"].shape == (3, *size_hw)
        assert arrays["control_signal"].shape == (3, 3, *size_hw)
        points = arrays["control_points"]
        assert points.shape[1] == 5 and set(points[:, 0]) == {0, 1, 2} and 1 in points[:, 3]
        assert arrays["depth_maps"].min() >= 0 and arrays["depth_maps"].max() <= 255


def test_points_may_begin_with_a_minus(folder, tmp_path):
    (tmp_path / "p.levitor").write_bytes((folder / "job.levitor").read_bytes())
    assert run("path", tmp_path / "p.levitor", "ball", "110,165,same", "-20,160,same") == 0
    assert open_project(tmp_path / "p.levitor").objects[0].waypoints[1].x == -20
    assert run("camera", tmp_path / "p.levitor", "--pan=-5,3", "--push", "0.4") == 0
    assert open_project(tmp_path / "p.levitor").camera.keys[-1].pan == (-5, 3)
    assert run("camera", tmp_path / "p.levitor") == 0 and not open_project(tmp_path / "p.levitor").camera.keys
    assert run("select", tmp_path / "p.levitor", "--name", "x", "--point=-3,5") == 2


def test_select_says_the_name_that_a_nameless_object_gets(folder, tmp_path, capsys):
    (tmp_path / "p.levitor").write_bytes((folder / "job.levitor").read_bytes())
    assert run("select", tmp_path / "p.levitor", "--name", " ", "--instance", 2) == 0
    assert capsys.readouterr().out.startswith(f"{open_project(tmp_path / 'p.levitor').objects[-1].name}: ")


def test_an_outline_is_changed_and_a_copy_rides_on_its_original(folder, tmp_path, capsys):
    job = tmp_path / "p.levitor"
    job.write_bytes((folder / "job.levitor").read_bytes())
    before = open_project(job).objects[0].mask.sum()
    assert run("outline", job, "ball", "--negative", "110,165", "--fill", "--grow", "-2", "--feather", "3") == 0
    assert run("duplicate", job, "ball", "--as", "twin") == 0
    assert run("path", job, "twin", "--follow", "ball") == 0
    ball, twin = open_project(job).objects
    assert ball.mask.sum() < before and ball.feather == 3 and (twin.copy_of, twin.follows) == ("ball", "ball")
    capsys.readouterr()
    assert run("outline", job, "ball") == 2 and "--lasso" in capsys.readouterr().err
    assert run("outline", job, "ball", "--grow", "-150") == 2 and "delete the object" in capsys.readouterr().err


def test_select_by_instance_and_delete(folder, tmp_path):
    (tmp_path / "p.levitor").write_bytes((folder / "job.levitor").read_bytes())
    assert run("select", tmp_path / "p.levitor", "--name", "floor", "--instance", 2) == 0
    assert [item.name for item in open_project(tmp_path / "p.levitor").objects] == ["ball", "floor"]
    assert run("delete", tmp_path / "p.levitor", "floor") == 0
    assert [item.name for item in open_project(tmp_path / "p.levitor").objects] == ["ball"]


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (["new", "nowhere.png", "-o", "x.levitor"], 2, "nowhere.png"),
        (["render", "{job}", "-o", "out.avi"], 2, "avi"),
        (["render", "{job}", "-o", "out.mp4", "--frames", "0"], 2, "num frames"),
        (["render", "{job}", "-o", "out.mp4", "--renderer", "levitor"], 3, "missing"),
        (["select", "{job}", "--name", "x"], 2, "--point"),
        (["select", "{job}", "--name", "ball", "--instance", "1"], 2, "taken"),
        (["select", "{job}", "--name", "x", "--instance", "77"], 2, "instance"),
        (["path", "{job}", "nobody", "1,2,same"], 2, "nobody"),
        (["path", "{job}", "ball", "1,2"], 2, "waypoint"),
        (["path", "{job}", "ball", "1,2,7"], 2, "Nearness"),
        (["path", "{job}", "ball", "1,2,same@0.9", "5,5,same@0.2"], 2, "time"),
        (["camera", "{job}", "--push", "3"], 2, "push"),
        (["checkpoints", "download", "nothing"], 2, "nothing"),
        (["checkpoints", "download", "levitor-controlnet"], 3, "reach"),
        (["dance"], 2, "dance"),
        ([], 2, "COMMAND"),
    ],
)
def test_mistakes_get_one_line_and_the_right_status(folder, tmp_path, monkeypatch, capsys, arguments, status, words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    job = tmp_path / "job.levitor"
    job.write_bytes((folder / "job.levitor").read_bytes())
    assert run("--checkpoints", tmp_path, *[str(argument).format(job=job) for argument in arguments]) == status
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and words.lower() in error.lower() and "Traceback" not in error
    assert job.read_bytes() == (folder / "job.levitor").read_bytes()


def test_checkpoints_prints_the_table(tmp_path, capsys):
    assert run("--checkpoints", tmp_path, "checkpoints") == 0
    shown = capsys.readouterr().out
    for name in (
        "sam_vit_b",
        "sam_vit_h",
        "depth-anything-v2-small",
        "stable-video-diffusion-img2vid-xt",
        "levitor-controlnet",
    ):
        assert name in shown
