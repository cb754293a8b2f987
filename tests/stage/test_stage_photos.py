"""Laws of the open photos: known by their content, before and after they were a file; nobody's work in them."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from levitor_core.errors import InputError
from levitor_core.files.project_file import open_project, to_bytes
from levitor_core.structures import Project, Scene
from tests.stage.any_project import any_project
from ui.stage import OpenPhotos
from ui.stage.payload import document_of, scene_id
from ui.stage.photos import MAX_PHOTOS, ForgottenPhotoError
from ui.stage.stage import answer_with, ground, know


def photo(level=0.0):
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    disparity = rng.uniform(0, 255, (24, 32)).astype(np.float32) * 0.5 + level
    return Project(photo=image, scene=Scene(image, disparity, np.zeros((24, 32), np.int32), "flat", "none"))


def test_an_id_is_of_the_content_and_outlives_a_file():
    project = any_project(4)
    assert scene_id(project) == scene_id(open_project(to_bytes(project)))
    changes = (
        {"photo": 255 - project.photo},
        {"scene": replace(project.scene, disparity=project.scene.disparity / 2)},
        {"scene": replace(project.scene, image=255 - project.scene.image)},
        {"clean_plate": project.photo},
        {"softness": project.softness + 1},
    )
    assert len({scene_id(project), *(scene_id(replace(project, **change)) for change in changes)}) == 1 + len(changes)
    assert scene_id(replace(project, objects=(), scenery=())) == scene_id(project)


def test_a_photo_that_was_sent_again_is_the_one_that_was_forgotten():
    before, after = OpenPhotos(), OpenPhotos()
    name = before.put(photo())
    assert after.put(open_project(to_bytes(before.get(name)))) == name


def test_work_is_handed_over_and_not_kept():
    project, photos = any_project(7), OpenPhotos()
    name = photos.put(project)
    handed = document_of(project) | {"scene_id": name}
    assert [item.name for item in photos.project_of(handed).objects] == [item.name for item in project.objects]
    assert photos.get(name).objects == () and photos.get(name).camera.keys == ()


def test_the_oldest_is_forgotten_and_the_browser_is_told_so():
    photos = OpenPhotos()
    first = photos.put(photo())
    for level in range(1, MAX_PHOTOS + 1):
        photos.put(photo(level))
    with pytest.raises(ForgottenPhotoError):
        photos.get(first)
    assert answer_with(know, None, photos)({"scene_id": first})["forgotten"] is True
    assert answer_with(know, None, photos)({"scene_id": photos.put(photo())}) == {}


@pytest.mark.parametrize("wrong", [None, [], "x", {}, {"scene_id": 3}, {"scene_id": ["x"]}])
def test_what_is_no_document_is_refused(wrong):
    with pytest.raises(InputError):
        OpenPhotos().project_of(wrong)


@pytest.mark.parametrize("most", [MAX_PHOTOS, 1])
def test_automatic_masks_hold_for_every_depth_of_their_photo_in_memory_or_on_disk(tmp_path, most):
    photos, project = OpenPhotos(most, tmp_path), photo()
    deep = replace(project, scene=replace(project.scene, disparity=project.scene.disparity / 2))
    other = replace(project, photo=255 - project.photo)
    names = [photos.put(one) for one in (project, deep, other)]
    photos.take_instances(_with_masks(project))
    assert [photos.get(name).scene.partition.any() for name in names] == [True, True, False]
    assert np.array_equal(photos.get(names[1]).scene.disparity, deep.scene.disparity)


def test_who_opens_a_photo_that_somebody_has_open_takes_its_automatic_masks_over_and_none_away():
    photos, project = OpenPhotos(), photo()
    deep = replace(project, scene=replace(project.scene, disparity=project.scene.disparity / 2))
    name = photos.put(project)
    photos.take_instances(_with_masks(project))
    assert photos.put(project) == name and photos.get(name).scene.segmentation_source == "seen"
    assert photos.get(photos.put(deep)).scene.partition.any()


def _with_masks(project):
    ones = np.ones(project.scene.size_hw, np.int32)
    return replace(project, scene=replace(project.scene, partition=ones, segmentation_source="seen"))


def test_a_guess_is_made_anew_as_another_photo_and_measured_depth_is_not():
    photos, guess = OpenPhotos(), photo()
    name = photos.put(replace(guess, scene=replace(guess.scene, depth_is_stand_in=True)))
    ask = answer_with(partial(ground, save=lambda data, name: name), None, photos)
    flat = ask({"scene_id": name, "lie": "flat"})
    assert flat["id"] != name and flat["guessed"] and flat["ground"]["lie"] == "flat"
    assert np.ptp(photos.get(flat["id"]).scene.disparity) == 0 and np.ptp(photos.get(name).scene.disparity) > 0
    table = ask({"scene_id": flat["id"], "lie": "table", "horizon": -0.25})
    assert table["ground"] == {"lie": "table", "horizon": -0.25}
    measured = photos.put(photo(1))
    for bad in (
        {"scene_id": measured, "lie": "flat"},
        {"scene_id": name, "lie": "sea"},
        {"scene_id": name},
        {"scene_id": name, "lie": "table", "horizon": 1e9},
        {"scene_id": name, "lie": "table", "horizon": "low"},
    ):
        assert ask(bad)["error"].endswith(".")
