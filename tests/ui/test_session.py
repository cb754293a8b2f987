"""Laws of one person's work: nothing is mutated, the stage's document decides, versions of the depth come back."""

import json
from dataclasses import replace

import numpy as np
import pytest

from levitor_core.document import GenerationSettings
from levitor_core.errors import InputError
from levitor_core.renderers import setting_values
from levitor_core.structures import Project, Scene, SceneObject, Waypoint
from ui.session import MAX_VERSIONS, Session
from ui.stage.payload import document_of

H, W = 24, 32


def blank_project(fill=0):
    image = np.full((H, W, 3), fill, np.uint8)
    disparity = np.tile(np.linspace(0, 255, H, dtype=np.float32)[:, None], (1, W))
    scene = Scene(image, disparity, np.zeros((H, W), np.int32), "flat", "none")
    for array in (image, disparity):
        array.setflags(write=False)
    return Project(photo=image, scene=scene)


def cup():
    mask = np.zeros((H, W), bool)
    mask[4:12, 6:14] = True
    return SceneObject("cup", mask, waypoints=(Waypoint(10, 8), Waypoint(20, 8, 0.9)))


def document(session, project=None, **changes):
    """What the stage would send: the project's document, of this session."""
    values = document_of(project or session.project)
    names = {"document_id": session.document_id, "version": session.version}
    return json.loads(json.dumps(values | names | changes))


def depth(level):
    return np.full((H, W), level, np.float32)


def test_before_a_photo_there_is_no_project():
    with pytest.raises(InputError, match=r"^Open a photo first\.$"):
        _ = Session().project
    assert Session().with_settings(seed=4).work is None


def test_the_stages_document_becomes_the_project():
    before = Session().opened(blank_project())
    wanted = replace(blank_project(), objects=(cup(),), settings=GenerationSettings(seed=5, num_frames=8))
    after = before.edited(document(before, wanted))
    (item,) = after.project.objects
    assert item.name == "cup" and item.waypoints == cup().waypoints and (item.mask == cup().mask).all()
    assert after.project.settings == wanted.settings
    assert before.project.objects == ()
    assert after.step == before.step, "an edit is no step of the server's"


def test_a_document_of_something_opened_before_changes_nothing():
    first = Session().opened(blank_project())
    late = document(first, replace(blank_project(), objects=(cup(),)))
    second = first.opened(blank_project(9))
    assert second.document_id != first.document_id
    assert second.edited(late) is second
    assert second.edited(None) is second


def test_an_older_document_that_arrives_late_changes_nothing():
    session = Session().opened(blank_project())
    newest = session.edited(document(session, replace(blank_project(), objects=(cup(),)), revision=7))
    assert newest.edited(document(session, revision=6)) is newest
    assert newest.edited(document(session, revision=8)).project.objects == ()


def test_a_forgotten_page_says_so():
    session = Session().opened(blank_project())
    with pytest.raises(InputError, match="reload"):
        Session().edited(document(session))
    assert Session().edited(None).work is None


def test_every_depth_and_plate_can_be_undone_to_and_redone():
    start = Session().opened(replace(blank_project(), objects=(cup(),)))
    plate = np.full((H, W, 3), 7, np.uint8)
    states = [start]
    states.append(states[-1].with_depth(depth(10), "imported map"))
    states.append(states[-1].with_clean_plate(plate))
    states.append(states[-1].with_depth(depth(90), "imported map"))
    last = states[-1]
    assert [state.version for state in states] == [0, 1, 2, 3] and [state.step for state in states] == [0, 1, 2, 3]
    for state in (*reversed(states), *states):
        found = last.edited(document(last, version=state.version))
        assert found.version == state.version
        assert found.project.scene.disparity is state.project.scene.disparity
        assert found.project.clean_plate is state.project.clean_plate
        assert [item.name for item in found.project.objects] == ["cup"]
    assert start.project.scene.disparity is not last.project.scene.disparity


def test_a_new_depth_after_an_undo_gets_a_number_of_its_own():
    session = Session().opened(blank_project()).with_depth(depth(1), "a").with_depth(depth(2), "b")
    undone = session.edited(document(session, version=1))
    third = undone.with_depth(depth(3), "c")
    assert third.version == 3
    assert third.edited(document(third, version=2)).project.scene.disparity[0, 0] == 2


def test_few_versions_are_kept_and_a_forgotten_one_leaves_the_depth_alone():
    session = Session().opened(blank_project())
    for level in range(MAX_VERSIONS + 5):
        session = session.with_depth(depth(level), "a")
    assert len(session.backings) == MAX_VERSIONS
    same = session.edited(document(session, version=0))
    assert same.project.scene.disparity is session.project.scene.disparity and same.version == session.version


@pytest.mark.parametrize("version", [-1, 99, "1", None, [], True])
def test_odd_versions_do_no_harm(version):
    session = Session().opened(blank_project()).with_depth(depth(1), "a")
    assert session.edited(document(session, version=version)).project.scene.size_hw == (H, W)


def test_automatic_masks_arrive_in_every_version_and_keep_the_edits():
    session = Session().opened(blank_project()).with_depth(depth(1), "a")
    session = session.edited(document(session, replace(session.project, objects=(cup(),))))
    partition = np.ones((H, W), np.int32)
    found = session.with_instances(replace(session.project.scene, partition=partition))
    assert found.project.scene.partition is partition and len(found.project.objects) == 1
    assert found.step == session.step
    assert found.edited(document(found, version=0)).project.scene.partition is partition


def test_the_same_settings_are_no_step():
    session = Session().opened(blank_project())
    assert session.with_settings(**setting_values(session.project)) is session
    assert session.with_settings(seed=5).step == session.step + 1


def test_an_earlier_try_comes_back_as_a_step_on_its_photo_and_as_another_project_elsewhere():
    session = Session().opened(blank_project())
    tried = replace(session.project, objects=(cup(),))
    back = session.with_depth(depth(3), "a").brought_back(tried)
    assert back.document_id == session.document_id and back.project is tried
    assert back.project.scene.disparity is session.project.scene.disparity
    other = Session().opened(blank_project(4)).brought_back(tried)
    assert other.project is tried and other.step == 0


def test_hostile_documents_are_refused_and_change_nothing():
    session = Session().opened(blank_project())
    for wrong in ({"objects": 3}, {"camera": None}, {"settings": []}, {"settings": {"num_frames": 10**9}}):
        with pytest.raises(InputError):
            session.edited(document(session, **wrong))
