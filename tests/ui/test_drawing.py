"""What is drawn over the photo stands where the scene has it, and clicks come back to the same pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from levitor_core import editing
from levitor_core.photo import frame_photo
from levitor_core.structures import MaskCandidates, Project, Scene
from ui import drawing
from ui.session import Session


@pytest.fixture(scope="module")
def session():
    photo = data.astronaut()
    framing = frame_photo(photo)
    h, w = framing.size_hw
    disparity = np.tile(np.linspace(40, 220, h, dtype=np.float32)[:, None], (1, w))
    scene = Scene(framing.image(photo), disparity, np.zeros((h, w), np.int32), "ramp", "none")
    return Session().opened(Project(framing.photo(photo), scene))


def disc(project, prompts, box):
    h, w = project.scene.size_hw
    ys, xs = np.mgrid[:h, :w]
    mask = np.hypot(xs - prompts[0].x, ys - prompts[0].y) < 40
    return MaskCandidates(mask[None], np.ones(1, np.float32))


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_click_on_the_canvas_is_the_working_pixel_drawn_there(session, across, down):
    project = session.project
    h, w = project.scene.size_hw
    marks = drawing._Marks(project)
    x, y = across * (w - 1), down * (h - 1)
    px, py = marks.place(x, y)
    assert drawing.to_working(project, px / drawing.SMOOTH - 0.5, py / drawing.SMOOTH - 0.5) == pytest.approx((x, y))


def test_a_selection_tints_the_photo_only_where_it_is(session):
    before = drawing.pick_view(session)
    after = drawing.pick_view(session.click(180, 100, disc))
    changed = (before != after).any(-1)
    scale = after.shape[1] / session.project.scene.size_hw[1]
    ys, xs = np.nonzero(changed)
    reach = np.hypot(xs / scale - 180, ys / scale - 100)
    assert changed[round(100 * scale), round(180 * scale)]
    assert reach.max() < 46 and changed.sum() > 0.8 * np.pi * (40 * scale) ** 2


def test_a_path_is_drawn_through_its_waypoints_with_the_object_as_large_as_there(session):
    session = session.click(180, 100, disc).accept("head")
    still = drawing.move_view(session)
    moved = session.edit(editing.add_waypoint, "head", 90, 300, 0.9)
    changed = (drawing.move_view(moved) != still).any(-1)
    scale = changed.shape[1] / session.project.scene.size_hw[1]
    assert changed[round(300 * scale), round(90 * scale)]
    depths = drawing.waypoint_depths(moved.project, moved.project.objects[0])
    below = changed[int(320 * scale) :]  # what hangs under the waypoint is the cut-out, enlarged
    expected = np.pi * (40 * scale * depths[0] / depths[1]) ** 2 / 2
    assert below.sum() == pytest.approx(expected, rel=0.5)


def test_depth_colours_tell_near_from_far():
    colours = drawing.depth_colours(np.array([[0, 255]], np.float32)).astype(int)
    assert colours[0, 1].sum() > colours[0, 0].sum() + 300


@pytest.mark.parametrize("hw", [(64, 4 * 64), (4 * 64, 64)])
def test_thumbnails_keep_the_aspect(hw):
    assert max(drawing.thumbnail(np.zeros((*hw, 3), np.uint8), 100).shape[:2]) <= 100
