"""Open scenes: what does not fit into memory comes back from disk, and goes with the last page that has it."""

import errno
from dataclasses import replace

import numpy as np
import pytest

from levitor_core.errors import InputError
from tests.scenes import flat_scene, project_of
from ui.stage import OpenPhotos


def _projects(count):
    disparity, _ = flat_scene(((30, 30), 8, 120))
    return [project_of((), disparity + number, partition=disparity > 100) for number in range(count)]


def test_forty_open_photos_of_which_two_fit_are_all_answered_from(tmp_path):
    written = []
    photos = OpenPhotos(2, tmp_path / "scenes", lambda path, owner: written.append((path, owner)))
    projects = _projects(6)
    projects[3] = replace(projects[3], softness=7.0, clean_plate=projects[3].photo + 1)
    names = [photos.put(project) for project in projects]
    assert len(photos._projects) == 2 and len({path for path, _ in written}) == 4
    for name, project in [*zip(names, projects, strict=True)] * 2:
        found = photos.get(name)
        assert (found.photo == project.photo).all() and found.softness == project.softness
        assert (found.clean_plate is None) == (project.clean_plate is None)
        assert found.scene.disparity.dtype == np.float32 and (found.scene.disparity == project.scene.disparity).all()
        assert (found.scene.partition == project.scene.partition).all()
        assert found.scene.depth_source == project.scene.depth_source
    assert len(photos._projects) == 2


def test_photos_and_clean_plates_in_memory_are_counted_in_bytes(tmp_path):
    projects = [replace(project, clean_plate=project.photo) for project in _projects(5)]
    one = 3 * projects[0].photo.nbytes + 2 * projects[0].scene.disparity.nbytes
    photos = OpenPhotos(9, tmp_path, most_bytes=2 * one)
    names = [photos.put(project) for project in projects]
    assert list(photos._projects) == names[3:]
    assert all(photos.get(name).clean_plate is not None for name in names) and len(photos._projects) == 2
    OpenPhotos(9, tmp_path, most_bytes=1).put(projects[0])  # one is always there


@pytest.mark.parametrize("name", [None, 3, "", "../../etc/passwd", "0" * 32, "0" * 31 + "/", ["x"]])
def test_what_was_never_open_is_a_sentence(tmp_path, name):
    for photos in (OpenPhotos(2, tmp_path), OpenPhotos(2)):
        with pytest.raises(InputError, match="forgotten"):
            photos.get(name)


def test_a_broken_or_lost_file_is_a_forgotten_photo(tmp_path):
    photos = OpenPhotos(1, tmp_path)
    first, *_ = [photos.put(project) for project in _projects(2)]
    for damage in (lambda file: file.write_bytes(file.read_bytes()[:500]), lambda file: file.unlink()):
        damage(tmp_path / f"{first}.npz")
        with pytest.raises(InputError, match="forgotten"):
            photos.get(first)


def test_where_the_disk_is_full_others_photos_are_forgotten_and_nobody_s_work_fails(tmp_path, monkeypatch):
    def full(file, **arrays):
        file.write(b"a part")
        raise OSError(errno.ENOSPC, "No space left on device")

    photos = OpenPhotos(1, tmp_path)
    monkeypatch.setattr("ui.stage.photos.np.savez", full)
    first, second = (photos.put(project) for project in _projects(2))
    photos.get(second)
    with pytest.raises(InputError, match="forgotten"):
        photos.get(first)
    assert not list(tmp_path.iterdir())


def test_a_scene_goes_with_the_last_page_that_has_it(tmp_path, monkeypatch):
    class Request:
        session_hash = "a"

    monkeypatch.setattr("ui.stage.photos.current_request", lambda: Request)
    photos = OpenPhotos(1, tmp_path)
    both, mine, _ = (photos.put(project) for project in _projects(3))
    Request.session_hash = "b"
    photos.put(_projects(1)[0])
    photos.forget("a")
    photos.get(both)
    with pytest.raises(InputError):
        photos.get(mine)
    photos.forget("b")
    assert not list(tmp_path.iterdir()) and not photos._projects and not photos._owners


def test_masks_that_a_person_gave_stay_with_whoever_has_them():
    photos = OpenPhotos(9)
    first, second, *_ = _projects(2)
    given = [
        replace(first, scene=replace(first.scene, partition=masks, segmentation_source="imported map"))
        for masks in (first.scene.partition, second.scene.partition + 1)
    ]
    plain = replace(first, scene=replace(first.scene, partition=0 * first.scene.partition))
    names = [photos.put(project) for project in (*given, plain)]
    assert len(set(names)) == 3
    photos.take_instances(replace(plain, scene=replace(plain.scene, partition=plain.scene.partition + 7)))
    for name, project in zip(names, given, strict=False):
        assert (photos.get(name).scene.partition == project.scene.partition).all()
    assert (photos.get(names[2]).scene.partition == 7).all()


def test_masks_that_a_file_claims_to_be_a_models_reach_nobody_else(monkeypatch):
    photos = OpenPhotos(9)
    claimed, _ = _projects(2)
    plain = replace(claimed, scene=replace(claimed.scene, partition=0 * claimed.scene.partition))
    deep = replace(plain, scene=replace(plain.scene, disparity=plain.scene.disparity + 5))
    photos.put(claimed)
    assert photos.get(photos.put(plain)).scene.partition.any()  # the same person's
    assert not photos.get(photos.put(deep)).scene.partition.any()
    monkeypatch.setattr("ui.stage.photos.client_of", lambda request: "another")
    assert not photos.get(photos.put(plain)).scene.partition.any()
    photos.take_instances(found := replace(plain, scene=replace(plain.scene, partition=plain.scene.partition + 7)))
    name = photos.put(claimed)
    assert (photos.get(name).scene.partition == found.scene.partition).all()
