"""What lies on the disk: whose it is, how long, how much; and what a killed run left goes at the next start."""

import os
import time

import pytest

from levitor_core.errors import InputError
from ui.server.disk import RUN, UPLOADED, Disk, RunFolder
from ui.server.plates import Plates
from ui.server.settings import ServerSettings

SETTINGS = ServerSettings(keep_h=1, keep_closed_s=600, disk_mb=3, client_disk_mb=2)


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path, SETTINGS)


def _written(disk, name, mb=0.0, age=0.0):
    path = disk.folder / "gradio" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * int(mb * 2**20))
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_files_are_found_wherever_an_event_s_data_name_them_and_only_inside(disk):
    own, other, outside = _written(disk, "a/1"), _written(disk, "b/2"), disk.folder.parent / "c"
    outside.write_bytes(b"x")
    data = [{"scene": {"image": f"/gradio_api/file={own}", "more": [({"path": str(outside)},)]}}, str(other), None, 3]
    disk.own(data, ("ann", "s"))
    disk.own([{"path": f"{disk.folder}/../c"}, {"path": 3}, {"path": "x\0"}], ("ann", "s"))
    disk.forget("s")
    assert not own.exists() and other.exists() and outside.exists()


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


def test_the_old_goes_then_the_oldest_while_all_is_too_much_and_the_page_s_own_never(disk):
    page = _written(disk, "page/js", 0.1, age=1e6)
    disk.keep_what_is_here()
    old, unopened, broken = (_written(disk, name, age=age) for name, age in (("a/1", 4000), ("b/1", 700), ("tmp", 130)))
    disk.own([{"path": str(unopened)}], ("ann", UPLOADED))
    first, second, last = (_written(disk, f"{age}/1", 1.4, age=age) for age in (600, 300, 0))
    disk.sweep()
    assert not any(path.exists() for path in (old, unopened, broken, first))
    assert all(path.exists() for path in (page, second, last))


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
