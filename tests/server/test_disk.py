"""What lies on the disk: whose it is, how long, how much; and what a killed run left goes at the next start."""

import os
from types import SimpleNamespace

import pytest

from levitor_core.errors import InputError
from ui.server import disk as room
from ui.server.disk import RUN, UPLOADED, Disk, RunFolder
from ui.server.plates import Plates
from ui.server.settings import ServerSettings

SETTINGS = ServerSettings(keep_h=1, keep_closed_s=600, disk_mb=3, client_disk_mb=2)


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(room.time, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture
def disk(tmp_path, clock):
    return Disk(tmp_path, SETTINGS)


def _written(disk, name, mb=0.0):
    path = disk.folder / "gradio" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * int(mb * 2**20))
    return path


def test_files_are_found_wherever_an_event_s_data_name_them_and_only_inside(disk):
    own, other, outside = _written(disk, "a/1"), _written(disk, "b/2"), disk.folder.parent / "c"
    outside.write_bytes(b"x")
    data = [{"scene": {"image": f"/gradio_api/file={own}", "more": [({"path": str(outside)},)]}}, str(other), None, 3]
    disk.own(data, ("ann", "s"))
    disk.own([{"path": f"{disk.folder}/../c"}, {"path": 3}, {"path": "x\0"}], ("ann", "s"))
    disk.forget("s")
    assert not own.exists() and other.exists() and outside.exists()


def test_many_empty_files_are_much_too(disk):
    disk.own([{"path": str(_written(disk, f"{number}/1"))} for number in range(70)], ("ann", "s"))
    disk.check_room("bob")
    with pytest.raises(InputError, match="You have 2 MB here already"):
        disk.check_room("ann")


def test_a_file_goes_with_the_last_session_that_has_it(disk):
    path = _written(disk, "a/1", 1)
    for owner in (("ann", UPLOADED), ("ann", "s"), ("bob", "t")):
        disk.own([{"path": str(path)}], owner)
    assert disk.used("ann") == disk.used("bob") == 2**20 and disk.sessions("ann") == {"s"}
    disk.forget("s")
    assert path.exists() and disk.used("ann") == 0
    disk.forget("t", "ann")
    assert path.exists()
    disk.forget("t", "bob")
    assert not path.exists()


def test_the_old_goes_then_the_oldest_while_all_is_too_much_and_the_page_s_own_never(disk, clock):
    page = _written(disk, "page/js", 0.1)
    disk.keep_what_is_here()
    made = {}
    for wait, name, mb in ((3300, "old", 0), (570, "unopened", 0), (10, "broken", 0), (120, "1", 1.4), (1, "2", 1.4)):
        made[name] = _written(disk, "broken" if name == "broken" else f"{name}/1", mb)
        if name == "unopened":
            disk.own([{"path": str(made[name])}], ("ann", UPLOADED))
        disk.sweep()
        clock.now += wait
    made["3"] = _written(disk, "3/1", 1.4)
    disk.sweep()
    assert {name for name, path in made.items() if path.exists()} == {"2", "3"} and page.exists()


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_clock_that_is_set_neither_deletes_what_is_young_nor_keeps_what_is_old(disk, clock, days):
    before = _written(disk, "a/1", 0.1)
    disk.sweep()
    after = _written(disk, "b/1", 0.1)
    os.utime(after, (after.stat().st_mtime + days * 86_400,) * 2)
    clock.now += 60
    disk.sweep()
    assert before.exists() and after.exists()
    clock.now += 3595
    disk.sweep()
    assert not before.exists() and after.exists()
    clock.now += 60
    disk.sweep()
    assert not after.exists()


def test_what_is_written_to_again_is_young_again(disk, clock):
    path = _written(disk, "upload", 0.1)
    for _ in range(4):
        disk.sweep()
        clock.now += 100
        with path.open("ab") as file:
            file.write(b"more")
    disk.sweep()
    assert path.exists()
    clock.now += 130
    disk.sweep()
    assert not path.exists()


def test_neither_one_nor_all_may_have_more_than_their_share(disk):
    disk.own([{"path": str(_written(disk, "a/1", 1.5))}], ("ann", "s"))
    disk.check_room("ann")
    with pytest.raises(InputError, match="You have 2 MB"):
        disk.check_room("ann", 2**20)
    disk.check_room("bob", 2**20, 2**20)
    _written(disk, "b/1", 1.4)
    disk.sweep()
    with pytest.raises(InputError, match="disk is full"):
        disk.check_room("bob", 2**20, 2**20)


def test_of_the_backgrounds_that_one_client_has_made_the_newest_stay(disk):
    plates, made = Plates(disk, 2**20), []
    for number, client in enumerate(["ann", "ann", "bob", "ann"]):
        made.append({"background": f"/gradio_api/file={_written(disk, f'{number}/plate.jpg', 0.6)}"})
        disk.own(made[-1], (client, "s"))
        plates.keep(made[-1], client)
    assert [path.exists() for plate in made for path in disk.files_in(plate)] == [False, False, True, True]
    both = {"background": f"/gradio_api/file={_written(disk, 'both/plate.jpg', 0.9)}"}
    for client in ("ann", "bob"):
        disk.own(both, (client, "s"))
        plates.keep(both, client)
    plates.keep(made[3] | {"more": f"/gradio_api/file={_written(disk, 'more', 0.9)}"}, "ann")
    assert disk.files_in(both)[0].exists()  # bob has it, too


def test_what_a_killed_run_left_goes_and_a_living_one_s_stays(tmp_path, monkeypatch):
    for name in ("GRADIO_TEMP_DIR", "TMPDIR"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr("tempfile.tempdir", None)
    settings = ServerSettings(data=str(tmp_path))
    left, young = tmp_path / f"{RUN}left", tmp_path / f"{RUN}young"
    for folder in (left, young):
        (folder / "gradio").mkdir(parents=True)
    os.utime(left, (0, 0))
    living = RunFolder(settings)
    os.utime(living.path, (0, 0))
    second = RunFolder(settings)
    assert not left.exists() and young.exists() and living.path.exists()
    living.clear()
    second.clear()
    assert list(tmp_path.iterdir()) == [young]


def test_a_file_whose_address_somebody_is_just_getting_outlasts_the_page_that_had_it(disk):
    old, anew = _written(disk, "a/1"), _written(disk, "b/2")
    os.utime(old, (1, 1))
    disk.own([{"path": str(old)}, {"path": str(anew)}], ("ann", "s"))
    disk.forget("s", spared_s=300)
    assert not old.exists() and anew.exists()
    disk.own({"path": str(anew)}, ("bob", "t"))
    disk.forget("t")
    assert not anew.exists()
