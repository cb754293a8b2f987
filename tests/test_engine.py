"""The engine as a person's program would use it, on real photos, without weights: the stand-ins."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import skimage.data

from levitor_core import editing
from levitor_core.checkpoints import Checkpoints
from levitor_core.document import GenerationSettings
from levitor_core.engine import Engine
from levitor_core.errors import Cancelled, InputError, MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.structures import ImageEmbedding, MaskCandidates, PointPrompt, Waypoint
from tests.scenes import flat_scene, project_of


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return Engine(Checkpoints(tmp_path_factory.mktemp("no_weights")), device="cpu")


@pytest.fixture(scope="module")
def project(engine):
    depth = np.tile(np.where(np.arange(451) < 340, 100, 230).astype(np.float32), (300, 1))
    project = engine.new_project(skimage.data.chelsea(), disparity=depth)
    mask = np.zeros(project.scene.size_hw, bool)
    mask[100:180, 150:230] = True
    project = editing.add_object(project, mask, "patch")
    return editing.set_path(project, "patch", (Waypoint(190, 140), Waypoint(260, 150, 0.9)))


def test_a_photo_becomes_a_project_with_its_own_depth_map(project):
    height, width = project.scene.size_hw
    assert height % 8 == width % 8 == 0 and abs(height * width / (288 * 512) - 1) < 0.15
    assert project.photo.shape[0] / height == project.photo.shape[1] / width
    assert project.scene.depth_source == "imported map"
    assert project.scene.disparity[150, 10] == 100 and project.scene.disparity[150, -10] == 230


def test_control_follows_the_path_frame_by_frame(engine, project):
    result = engine.control(project, 5)
    own = result.points.rows[result.points.rows[:, 3] == 1]
    centres = [own[own[:, 0] == frame][:, 1:3].mean(0) for frame in range(5)]
    assert np.all(np.diff([column for _, column in centres]) > 10)
    assert result.signal.values.shape == (5, 3, *project.scene.size_hw)
    assert np.all(np.diff([own[own[:, 0] == frame][:, 4].mean() for frame in range(5)]) > 0)


def test_the_embedding_of_a_photo_is_computed_once(engine, project):
    assert engine.embed(project) is engine.embed(editing.set_motion(project, "patch", easing="both"))
    masks = engine.segment(project, [PointPrompt(200, 150)]).masks
    assert masks.shape[1:] == project.scene.size_hw and masks[0][150, 200]


def test_automatic_masks_come_on_request(engine, project):
    assert project.scene.partition.max() == 0
    found = engine.find_instances(project)
    assert found.scene.partition.max() >= 2 and found.scene.segmentation_source == "Quick picker"


def test_stand_ins_say_so_and_why(engine):
    for status in engine.models()[:2]:
        assert status.is_stand_in and "checkpoints folder" in status.reason


def test_auto_takes_what_can_run_and_a_named_renderer_says_what_it_lacks(engine, project):
    assert engine.renderer("auto").entry.name == "preview"
    settings = GenerationSettings(renderer="levitor", num_frames=2)
    with pytest.raises(MissingWeightsError, match="Stable Video Diffusion XT is missing"):
        engine.render(_with(project, settings))
    with pytest.raises(InputError, match="no renderer called 'sora'"):
        engine.renderer("sora")


def test_a_render_can_be_cancelled_between_frames(engine, project):
    monitor = Monitor()
    (clip,) = engine.render(_with(project, GenerationSettings(renderer="preview", num_frames=4)), monitor)
    frames = iter(clip.frames)
    next(frames)
    monitor.cancel()
    with pytest.raises(Cancelled):
        next(frames)


def test_preflight_names_what_is_likely_to_disappoint(engine, project):
    assert engine.check(_with(project, GenerationSettings(num_frames=16))).sentences == ()
    far = editing.set_path(project, "patch", (Waypoint(190, 140), Waypoint(900, 140)))
    sentences = engine.check(_with(far, GenerationSettings(num_frames=4))).sentences
    assert any("patch moves" in s for s in sentences) and any("patch leaves the picture" in s for s in sentences)
    hidden = editing.set_path(project, "patch", (Waypoint(190, 140), Waypoint(430, 150, 0.3)))
    assert any("patch is hidden" in s for s in engine.check(hidden).sentences)
    still = editing.set_path(project, "patch", (Waypoint(190, 140),))
    assert engine.check(still).sentences == ("patch has no path and stays where it is.",)


def _with(project, settings):
    return replace(project, settings=settings)


def test_an_encoding_holds_back_those_who_wait_for_that_photo_and_its_failure_only_who_began_it(monkeypatch):
    engine, ready, encoding, calls = Engine(device="cpu"), threading.Event(), threading.Event(), []

    class Slow:
        name = "slow"

        def embed(self, photo, size_hw, monitor=None):
            calls.append(photo.max())
            if photo.max() and not ready.is_set():
                encoding.set()
                assert ready.wait(10)
                raise Cancelled
            return ImageEmbedding("slow", photo.max())

    slow = SimpleNamespace(model=Slow())
    monkeypatch.setitem(engine.__dict__, "_masks", SimpleNamespace(get=lambda monitor=None: slow))
    disparity, _ = flat_scene(((30, 30), 8, 120))
    grey = project_of((), disparity)
    black = replace(grey, photo=grey.photo * 0)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(engine.embed, grey)
        assert encoding.wait(10)
        waiting = [threads.submit(engine.embed, replace(grey, softness=5.0)) for _ in range(3)]
        assert engine.embed(black) is engine.embed(black)  # another photo's click returns meanwhile
        assert not any(one.done() for one in (first, *waiting))
        ready.set()
        assert isinstance(first.exception(10), Cancelled)
        assert len({id(one.result(10)) for one in waiting}) == 1
    assert calls == [128, 0, 128]


def test_a_page_s_click_is_answered_at_once_until_the_segmenter_has_read_the_photo(monkeypatch):
    """Loading and reading begin with the first click, once; what goes wrong in them reaches whoever waits."""
    hasty, patient = (Engine(device="cpu", patience_s=seconds) for seconds in (0, 10))
    loads, go_on = [], threading.Event()
    answer = MaskCandidates(np.ones((1, 60, 80), bool), np.ones(1, np.float32))

    class Slow:
        name = "slow"

        def embed(self, photo, size_hw, monitor=None):
            return ImageEmbedding("slow", photo.max())

        def segment(self, embedding, prompts, box):
            return answer

    def load():
        loads.append(None)
        if not go_on.wait(10):
            raise AssertionError
        return SimpleNamespace(model=Slow())

    def fail():
        raise Cancelled

    project, clicks = project_of((), flat_scene(((30, 30), 8, 120))[0]), [PointPrompt(30, 30)]
    monkeypatch.setitem(hasty.__dict__, "_masks", SimpleNamespace(get=load))
    quick = [hasty.segment(project, clicks) for _ in range(3)]
    assert len(loads) == 1 and all(found is not answer for found in quick)
    np.testing.assert_array_equal(quick[0].masks, quick[2].masks)
    go_on.set()
    hasty._patience_s = 10
    assert hasty.segment(project, clicks) is answer
    monkeypatch.setitem(patient.__dict__, "_masks", SimpleNamespace(get=fail))
    with pytest.raises(Cancelled):
        patient.segment(project, clicks)
