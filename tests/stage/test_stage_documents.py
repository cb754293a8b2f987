"""Documents to and from the browser: nothing is lost there and back, nothing hostile gets through."""

import base64
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from levitor_core.errors import InputError
from levitor_core.files import project_file
from levitor_core.motion.geometry import depth_from_disparity
from levitor_core.structures import CameraKey, CameraMove, OrderOverride, SceneObject, Scenery, Waypoint
from tests.scenes import disc, flat_scene, project_of
from ui.stage import OpenPhotos, apply_document, scene_payload
from ui.stage.documents import read_prompts
from ui.stage.payload import Picked, document_of, prepare_scene
from ui.stage.stage import answer_with, segment
from ui.staging import restore_work


def work():
    disparity, masks = flat_scene(((30, 30), 9, 90.0), ((60, 40), 8, 60.0))
    path = (Waypoint(30, 30), Waypoint(60, 20, 0.4, 0.5, 1.5, 30.0, extra={"grip": 2}), Waypoint(80, 50, None, 1.0))
    first = SceneObject(
        "Car",
        masks[0],
        "#00aaff",
        path,
        "per-click",
        "both",
        order_overrides=(OrderOverride("Van", "front", extra={"until": 1}),),
    )
    second = SceneObject("Van", masks[1], hidden=True, on_ground=True, pinned_to_screen=True, extra={"later": 1})
    thing = Scenery("Wall", disc((80, 60), 5), 12.0, True)
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, (3.0, -4.0), 1.5, 0.25, extra={"roll": 3})), "in")
    return project_of((first, second), disparity, camera=camera, scenery=(thing,))


def sent(project):
    """The document as it crosses the wire."""
    return json.loads(json.dumps(document_of(project)))


def same(one, other):
    once, again = (project_file.open_project(project_file.to_bytes(unnamed(project))) for project in (one, other))
    assert project_file.to_bytes(once) == project_file.to_bytes(again)


def unnamed(project):
    """The project without the ids that the browser's editor gives to things."""
    objects = tuple(replace(item, id=None) for item in project.objects)
    return replace(project, objects=objects, scenery=tuple(replace(item, id=None) for item in project.scenery))


def test_a_document_comes_back_as_it_went():
    project = work()
    same(apply_document(project, sent(project)), project)


def test_fields_of_newer_writers_travel_with_the_document_and_survive_an_edit_of_their_own_point():
    project, document = work(), sent(work())
    document["objects"][0]["waypoints"][1]["x"] = 61
    moved = apply_document(project, document).objects[0]
    assert moved.waypoints[1].x == 61 and moved.waypoints[1].extra == {"grip": 2}
    assert moved.order_overrides[0].extra == {"until": 1}


def test_kept_work_comes_back_and_anything_else_is_refused():
    project, files = work(), {}
    scene_payload(project, lambda data, name: files.setdefault(name, data) and name)
    kept = Path(save_bytes_to_cache(files["project.levitor"], "kept.levitor", get_upload_folder()))
    same(restore_work({"path": str(kept), "document": sent(project)}), project)
    assert restore_work({"path": str(kept)}).objects == ()
    for wrong in ({}, None, {"path": __file__}, {"path": str(kept), "document": {}}):
        with pytest.raises(InputError):
            restore_work(wrong)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["objects"][0].update(name="Van"),
        lambda d: d["objects"][0].update(name="x" * 100),
        lambda d: d["objects"][0].update(colour="red;background:url(//x)"),
        lambda d: d["objects"][0].update(mask="../../etc/passwd"),
        lambda d: d["objects"][0].update(waypoints=[{"x": 1, "y": float("nan")}]),
        lambda d: d["objects"][0].update(waypoints=[{"x": 1e300, "y": 1}] * 2),
        lambda d: d["objects"][0].update(waypoints=[{"x": 1, "y": 1}] * 500),
        lambda d: d["objects"][0].update(timing="never"),
        lambda d: d.update(objects=d["objects"] * 100),
        lambda d: d.update(objects="many"),
        lambda d: d["camera"].update(keys=[{"time": 0, "zoom": 0}]),
        lambda d: d.update(masks={name: "data:text/html;base64,AAAA" for name in d["masks"]}),
        lambda d: d.update(masks={name: "data:image/png;base64,AAAA" for name in d["masks"]}),
        lambda d: d.update(masks={name: _png(np.ones((8, 8), bool)) for name in d["masks"]}),
        lambda d: d.update(masks={}),
        lambda d: d.pop("camera"),
    ],
)
def test_a_hostile_document_is_refused_with_one_sentence(spoil):
    project = work()
    document = sent(project)
    spoil(document)
    with pytest.raises(InputError) as refused:
        apply_document(project, document)
    assert re.fullmatch(r"[^\n]+\.", str(refused.value))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["points", "box", "x", "masks"]), inner)
    ),
    max_leaves=8,
)


@given(json_values)
def test_whatever_the_browser_sends_gets_an_answer_or_a_sentence(value):
    photos = OpenPhotos()
    name = photos.put(work())
    request = {**value, "scene_id": name} if isinstance(value, dict) else value
    answer = answer_with(segment, Oracle(), photos)(request)
    assert set(answer) in ({"error"}, {"error", "forgotten"}, {"candidates"})


def test_a_click_reaches_the_segmenter_as_it_was_made():
    prompts, box = read_prompts({"points": [[1, 2, True], [3.5, 4, False]], "box": [1, 2, 30, 40]})
    assert [(p.x, p.y, p.inside) for p in prompts] == [(1, 2, True), (3.5, 4, False)]
    assert box == (1, 2, 30, 40)


def test_what_lies_behind_is_farther_and_objects_keep_their_own_depth():
    disparity, masks = flat_scene(((30, 30), 9, 90.0), ((60, 40), 8, 60.0))
    project = project_of((), disparity)
    picked = [Picked("Car", "m1", masks[0], True), Picked("Van", "m2", masks[1], False)]
    answer = prepare_scene(project, picked, lambda data, name: name)
    assert set(answer["objects"]) == {"m1"}
    own, filled = _words(answer["objects"]["m1"]["disparity"]) / 257, _words(answer["filled"]) / 257
    assert np.allclose(own[masks[0]], 90, atol=1)
    assert np.allclose(filled[masks[0]], 20, atol=1)
    assert np.allclose(filled[masks[1]], 60, atol=1)
    assert depth_from_disparity(filled[masks[0]], 30.0).min() > depth_from_disparity(own[masks[0]], 30.0).max()


class Oracle:
    def segment(self, project, prompts, box):
        from levitor_core.structures import MaskCandidates

        return MaskCandidates(np.ones((1, *project.scene.size_hw), bool), np.ones(1, np.float32))


def _png(mask):
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _words(url):
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))).astype(int)
    return pixels[..., 0] * 256 + pixels[..., 1]
