"""A finished video knows the project that made it without holding it in memory."""

import errno
from dataclasses import fields

import numpy as np
import pytest
from PIL import Image as PilImage

from levitor_core.engine import Engine
from levitor_core.errors import InputError, RendererError
from levitor_core.monitor import Monitor
from levitor_core.renderers import with_settings
from levitor_core.structures import Project
from tests.scenes import flat_scene, moving, project_of
from ui.outputs import FinishedVideo, render_videos, write_overlay, write_strip


@pytest.fixture
def made(tmp_path):
    disparity, (ball,) = flat_scene(((30, 36), 12, 150))
    project = project_of((moving("ball", ball, (30, 36), (60, 40)),), disparity)
    project = with_settings(project, renderer="preview", num_frames=2, seed=5, num_variants=3, height=64)
    return render_videos(Engine(device="cpu"), project, tmp_path, Monitor()), project


def test_its_project_comes_back_from_the_tab_s_folder(made, tmp_path):
    (video,), project = made
    assert not any(isinstance(getattr(video, item.name), Project) for item in fields(FinishedVideo))
    back = video.project
    assert (back.photo == project.photo).all() and back.objects[0].waypoints == project.objects[0].waypoints
    assert (back.settings.seed, back.settings.num_variants) == (5, 1) and back.opened is None
    assert write_overlay(Engine(device="cpu"), video).exists()
    video.made_from.unlink()
    with pytest.raises(InputError, match="project"):
        _ = video.project


def test_its_frame_strip_says_what_it_is(made):
    (video,), _ = made
    with PilImage.open(write_strip(video)) as strip:
        assert strip.text["Comment"] == video.about and "Synthetic video" in video.about
        assert np.asarray(strip).any()


def test_of_what_the_disk_has_no_room_for_nothing_stays(made, monkeypatch):
    def full(picture, path, **options):
        path.write_bytes(b"a part")
        raise OSError(errno.ENOSPC, "No space left on device")

    (video,), _ = made
    before = set(video.video.parent.iterdir())
    monkeypatch.setattr(PilImage.Image, "save", full)
    with pytest.raises(RendererError, match="disk is full"):
        write_strip(video)
    assert set(video.video.parent.iterdir()) == before
