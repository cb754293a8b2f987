"""Tracks of other tools become paths: there and back through every kind of file; hostile files get a sentence."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core.document import MAX_WAYPOINTS
from levitor_core.errors import InputError
from levitor_core.exporting import ExportSettings, export
from levitor_core.files.project_file import open_project
from levitor_core.files.track_files import read_tracks
from levitor_core.motion.path_fitting import fit_path, in_pixels
from levitor_core.motion.trajectory import resample
from tests.cli.jobs import JOB, run
from tests.exporting.test_exporting import scene

SIZE_HW = (72, 96)


def followed(waypoints, num_frames):
    return resample(waypoints, 1.0, num_frames, SIZE_HW, 0.0)


@given(st.integers(0, 10**6), st.integers(2, 40), st.floats(1, 30))
@settings(max_examples=4)
def test_a_fitted_path_stays_within_a_pixel(seed, num_frames, step):
    rng = np.random.default_rng(seed)
    points = rng.normal(0, step, (1, num_frames, 2)).cumsum(axis=1)
    waypoints = fit_path(points, SIZE_HW)
    assert np.linalg.norm(followed(waypoints, num_frames).xy - points[0], axis=1).max() <= 1 + 1e-6
    assert len(waypoints) <= num_frames


def test_a_smooth_path_takes_few_waypoints():
    t = np.linspace(0, 1, 81)
    points = np.stack([10 + 60 * t, 30 + 20 * np.sin(3 * t)], axis=-1)[None]
    assert len(fit_path(points, SIZE_HW)) <= 9


def test_points_that_turn_and_grow_give_rotation_and_size():
    t = np.linspace(0, 1, 25)
    corners = np.array([10, 10j, -10, -10j]) * (1 + 0j)
    moved = (40 + 30j) + 20 * t[None] + corners[:, None] * ((1 + t) * np.exp(2.5j * np.pi * t))[None]
    waypoints = fit_path(np.stack([moved.real, moved.imag], axis=-1), SIZE_HW)
    path = followed(waypoints, 25)
    assert path.size[-1] == pytest.approx(2, rel=1e-3) and path.rotation[-1] == pytest.approx(2.5 * np.pi, rel=1e-3)
    back = path.xy @ [1, 1j] + corners[:, None] * (path.size * np.exp(1j * path.rotation))[None]
    assert np.abs(back - moved).max() <= 1.05


def test_what_is_longer_than_a_path_holds_is_followed_as_well_as_it_can(monkeypatch):
    monkeypatch.setattr("levitor_core.motion.path_fitting.MAX_WAYPOINTS", 6)
    noise = np.random.default_rng(0).normal(0, 20, (1, 30, 2))
    assert len(fit_path(noise, SIZE_HW)) == 6 < MAX_WAYPOINTS


def written(kind, points, folder):
    """The same points (n, frames, 2) in every file that holds them."""
    path = folder / f"tracks.{kind.partition('-')[0]}"
    lists = [[{"x": x, "y": y} for x, y in track] for track in points.tolist()]
    if kind.startswith("npy"):
        shapes = {"npy": points.swapaxes(0, 1)[None], "npy-frames": points.swapaxes(0, 1), "npy-one": points[0]}
        np.save(path, shapes[kind].astype(np.float32))
    elif kind.startswith("json"):
        values = {"json": lists, "json-one": lists[0], "json-text": json.dumps(lists)}[kind]
        path.write_text(json.dumps(values))
    else:
        head = {"csv": "", "csv-titled": "frame,y,x\n"}[kind]
        rows = [f"{i},{y},{x}" if head else f"{x},{y}" for i, (x, y) in enumerate(points[0].tolist())]
        path.write_text(head + "\n".join(rows) + "\n")
    return path


KINDS = ["npy", "npy-frames", "npy-one", "json", "json-one", "json-text", "csv", "csv-titled"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_read(kind, tmp_path):
    points = np.random.default_rng(1).uniform(0, 90, (3, 7, 2)).round(2)
    if kind in ("npy-one", "json-one", "csv", "csv-titled"):
        points = points[:1]
    np.testing.assert_allclose(read_tracks(written(kind, points, tmp_path)), points, atol=1e-4)


TABLES = {
    "as it is": "x,y\n1,2\n3,4\n5,6\n",
    "its rows in any order": "y,frame,x\n6,2,5\n2,0,1\n4,1,3\n",
    "a frame left out": "frame,x,y\n0,1,2\n2,5,6\n1,2.5,4,more\n".replace("2.5", "3"),
    "in seconds": "time,x,y\n0,1,2\n0.04,3,4\n0.08,5,6\n",
    "unseen": "frame,x,y,visible\n0,1,2,1\n1,nan,,False\n2,5,6,true\n",
    "one of two points seen twice": "id,frame,x,y\n7,0,1,2\n8,0,1,2\n7,2,5,6\n8,1,3,4\n8,2,5,6\n",
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_tables_with_titles_say_when_and_of_what(table, tmp_path):
    (tmp_path / "a.csv").write_text(table)
    for path in read_tracks(tmp_path / "a.csv"):
        np.testing.assert_allclose(path, [(1, 2), (3, 4), (5, 6)])


@pytest.mark.parametrize("of_size", [None, (1, 1)])
def test_shares_of_the_picture_are_read_as_such_and_pixels_as_pixels(of_size):
    corner, middle, beyond = ((0, 0), (-0.5, -0.5)), ((0.5, 0.5), (47.5, 35.5)), ((1.2, -0.1), (114.7, -7.7))
    shares, pixels = (np.array([[pair[at] for pair in (corner, middle, beyond)]]) for at in (0, 1))
    np.testing.assert_allclose(in_pixels(shares, SIZE_HW, of_size), pixels)
    np.testing.assert_allclose(in_pixels(pixels, SIZE_HW), pixels)
    np.testing.assert_allclose(in_pixels(2 * pixels + 0.5, SIZE_HW, (144, 192)), pixels)


def test_the_command_says_that_it_read_shares(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.levitor").write_bytes(JOB)
    np.save(tmp_path / "a.npy", np.linspace((0.25, 0.5), (0.75, 0.5), 9))
    assert run("path", "job.levitor", "ball", "--from", "a.npy") == 0
    assert capsys.readouterr().out.endswith("from 9 frames of 1 points, as shares of the picture\n")
    ends = [(point.x, point.y) for point in open_project(tmp_path / "job.levitor").objects[0].waypoints]
    assert ends == [pytest.approx((23.5, 35.5)), pytest.approx((71.5, 35.5))]


HOSTILE = {
    "a.npy": b"", "b.npy": b"\x93NUMPY\x01\x00garbage", "c.json": b"{", "d.json": b"[[1, 2]]", "e.json": b"[]",
    "f.json": b'[{"x": NaN, "y": 1}, {"x": 1, "y": 1}]', "g.json": b'[[{"x": 1, "y": 2}], [{"x": 1, "y": 2}] * 2]',
    "h.csv": b"x,y\n", "i.csv": b"1\n2\n", "j.csv": b"\xff\xfe\x00", "k.csv": b"1,2\n", "l.csv": b"1e300,2\n3,4\n",
    "m.pth": b"123", "n.json": b"[" * 100_000, "o.json": b'[[{"x":1,"y":1}],[{"x":1,"y":1},{"x":1,"y":1}]]',
    "p.json": b"3", "q.json": b'"text"', "r.csv": b"frame,x,y\n0,1,2\n0,3,4\n", "s.csv": b"x,y,visible\n1,2,0\n3,4,0\n",
    "t.csv": b"frame,x,y\nnan,1,2\n1,3,4\n", "u.csv": b"frame,x,y\n0,1,2\n1e9,3,4\n0.1,1,1\n", "v.csv": b"x,y\n1\n2\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_holds_no_tracks_gets_a_sentence(name, tmp_path):
    (tmp_path / name).write_bytes(HOSTILE[name])
    with pytest.raises(InputError) as error:
        read_tracks(tmp_path / name)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_arrays_of_other_things_are_refused(tmp_path):
    for values in (np.zeros((2, 3, 3)), np.zeros((2, 4, 5, 2)), np.array(["a"]), np.zeros((1, 2)), np.array([{}])):
        np.save(tmp_path / "a.npy", values, allow_pickle=True)
        with pytest.raises(InputError):
            read_tracks(tmp_path / "a.npy")


def test_exported_tracks_come_back_as_the_path_they_left(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.levitor").write_bytes(JOB)
    assert run("export", "job.levitor", "--format", "wan-move", "-o", "out", "--frames", "17", "--height", "144") == 0
    before = np.load("out/tracks.npy")[0].mean(axis=1) / 2
    assert run("path", "job.levitor", "ball", "--from", "out/tracks.npy", "--of-size", "192x144", "--relief", "0") == 0
    assert "from 17 frames of 16 points" in capsys.readouterr().out
    item = open_project(tmp_path / "job.levitor").objects[0]
    after = followed(item.waypoints, 17)
    assert np.linalg.norm(after.xy + 0.25 - before, axis=1).max() < 1.1
    assert after.size[-1] == pytest.approx((255 * 0.9 + 30) / (150 + 30), rel=0.05)


def test_the_command_takes_waypoints_or_a_file_and_never_writes_over_anything(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.levitor").write_bytes(JOB)
    assert run("path", "job.levitor", "ball") == 2
    assert run("path", "job.levitor", "ball", "1,2,same", "--from", "a.npy") == 2
    assert run("path", "job.levitor", "ball", "--from", "a.npy") == 2
    for output in ("job.levitor", ".", "", "missing/out", "job.levitor/out", "x" * 300):
        assert run("export", "job.levitor", "--format", "depth", "-o", output) == 2
    assert run("export", "job.levitor", "--format", "nothing", "-o", "out") == 2
    assert (tmp_path / "job.levitor").read_bytes() == JOB and len(list(tmp_path.iterdir())) == 1
    assert run("export", "job.levitor", "--format", "depth", "-o", "new/", "--frames", "2") == 0
    assert len(list((tmp_path / "new").iterdir())) == 3


def test_an_exported_folder_is_the_same_each_time(tmp_path):
    for name in ("a", "b"):
        export(scene(), "points-json", tmp_path / name, ExportSettings(num_frames=3, points=4))
    assert (tmp_path / "a" / "points.json").read_bytes() == (tmp_path / "b" / "points.json").read_bytes()


@pytest.mark.parametrize(
    "head",
    [b"{'descr': '<f8', 'fortran_order': False, 'shape': (9, 4, 2)", b"(" * 90, b"'''",
     b"{'descr': '|O', 'shape': (1,)}", b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 2), }"],
)  # fmt: skip
def test_numbers_whose_head_lies_are_no_tracks_and_take_no_memory(tmp_path, head):
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + (len(head) + 1).to_bytes(2, "little") + head + b"\n" + bytes(99))
    with pytest.raises(InputError, match="holds no tracks"):
        read_tracks(path)
