"""However far camera and path go: both rasterisers see the same, clipping changes nothing, and it costs little more."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from levitor_core.monitor import Monitor
from levitor_core.motion import rasterising, rendering
from levitor_core.motion.animation import animate
from levitor_core.motion.rasterising import pytorch3d_available, rasterise_pytorch3d
from levitor_core.motion.rendering import render
from levitor_core.renderers.preview.painting import ScenePainter
from levitor_core.structures import CameraKey, CameraMove, Waypoint
from tests.scenes import disc, moving, project_of

SIZE_HW = (72, 128)
STILL = CameraKey(1.0)
END = Waypoint(80.0, 30.0)
VIEWS: dict[str, tuple[Waypoint, CameraKey]] = {
    "plain": (END, STILL),
    "receding": (replace(END, nearness=0.05), STILL),
    "receding, turned and shrunk": (replace(END, nearness=0.2, size=0.3, rotation=70.0), STILL),
    "approaching": (replace(END, nearness=1.0), STILL),
    "approaching, turned and grown": (replace(END, nearness=0.8, size=3.0, rotation=-200.0), STILL),
    "largest and nearest": (replace(END, nearness=1.0, size=100.0, rotation=33.0), STILL),
    "smallest and farthest": (replace(END, nearness=0.0, size=0.01), STILL),
    "pan": (END, CameraKey(1.0, (17.3, -9.6))),
    "pan far out": (END, CameraKey(1.0, (1e5, -1e5), 1.0, 0.5)),
    "push": (END, CameraKey(1.0, push=0.75)),
    "pull": (END, CameraKey(1.0, push=-8.0)),
    "zoom": (replace(END, nearness=0.4), CameraKey(1.0, (3.0, 4.0), 3.3)),
    "zoom and push": (replace(END, nearness=0.3), CameraKey(1.0, (40.0, 0.0), 12.0, 0.6)),
    "farthest zoom and push": (END, CameraKey(1.0, zoom=100.0, push=0.75)),
    "farthest zoom out and pull": (END, CameraKey(1.0, zoom=0.01, push=-8.0)),
}
needs_pytorch3d = pytest.mark.skipif(not pytorch3d_available(), reason="PyTorch3D does not load with this torch")


def seen(view, pinned=False, size_hw=SIZE_HW):
    """Two overlapping discs of relief before a waved floor, one on the path of that view, the other on its own."""
    end, key = VIEWS[view]
    scale = size_hw[1] / 128
    rows, columns = np.indices(size_hw) / scale
    disparity = 3 + 0.1 * rows + np.sin(columns / 9)
    first, second = (
        disc((40 * scale, 36 * scale), 14 * scale, size_hw),
        disc((58 * scale, 40 * scale), 11 * scale, size_hw),
    )
    disparity[first] = (150 + 1.2 * (columns - 40) + 10 * np.sin(rows / 3))[first]
    disparity[second] = (110 - 0.8 * (rows - 40))[second]
    end = replace(end, x=end.x * scale, y=end.y * scale)
    items = [
        moving("first", first & ~second, (40 * scale, 36 * scale)),
        moving("second", second, (58 * scale, 40 * scale), (70 * scale, 20 * scale, 0.5), pinned_to_screen=pinned),
    ]
    items[0] = replace(items[0], waypoints=(*items[0].waypoints, end))
    partition = np.where(rows < 20, 1, 2) + 2 * (columns > 64)
    camera = CameraMove((CameraKey(0.0), replace(key, pan=(key.pan[0] * scale, key.pan[1] * scale))))
    return project_of(tuple(items), disparity, partition, camera)


def assert_same(ours, theirs):
    assert np.array_equal(ours.labels, theirs.labels)
    assert np.array_equal(ours.disparity, theirs.disparity)


@needs_pytorch3d
@pytest.mark.parametrize("view", VIEWS)
def test_both_rasterisers_see_the_same(view, monkeypatch):
    animation = animate(seen(view, pinned=True), 2)
    by_torch = render(animation)
    monkeypatch.setattr(rendering, "rasterise", rasterise_pytorch3d)
    assert_same(by_torch, render(animation))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("view", VIEWS)
def test_cuda_sees_the_same(view):
    animation = animate(seen(view, size_hw=(288, 512)), 4)
    assert_same(render(animation), render(animation, "cuda"))


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_clipping_changes_nothing(view, monkeypatch):
    animation = animate(seen(view), 2)
    clipped = render(animation)

    def all_before_the_camera(points_xy, z, radius, size_hw):
        kept = torch.nonzero((points_xy.abs().amax(1) < 3000) & (z > 0))[:, 0]
        return kept[z[kept].argsort(stable=True)]

    monkeypatch.setattr(rasterising, "_in_reach", all_before_the_camera)
    assert_same(clipped, render(animation))


@pytest.fixture
def candidates(monkeypatch):
    """How many points times pixels the z-buffer has looked at."""
    looked_at, covered = [], rasterising._cover

    def counted(points_xy, offsets, radius, size_hw):
        looked_at.append(len(points_xy) * len(offsets))
        return covered(points_xy, offsets, radius, size_hw)

    monkeypatch.setattr(rasterising, "_cover", counted)
    return looked_at


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_no_view_is_much_more_work_than_a_plain_one(view, candidates):
    """A pushed frame looks at each point's own pixel and its eight neighbours."""
    project = seen(view)
    painter = ScenePainter(project, animate(project, 2), SIZE_HW, Monitor())
    assert painter.draw(1).shape == (*SIZE_HW, 3)
    assert sum(candidates) <= 25 * SIZE_HW[0] * SIZE_HW[1]
    candidates.clear()
    render(animate(project, 2))
    assert sum(candidates) <= 25 * SIZE_HW[0] * SIZE_HW[1]
