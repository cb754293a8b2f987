"""The z-buffer against a loop, PyTorch3D against the z-buffer, and what lies outside the picture against nothing."""

import numpy as np
import pytest
import torch

from levitor_core.motion.geometry import Pose, View, displace, image_center, nearest_depth, project
from levitor_core.motion.rasterising import pytorch3d_available, rasterise, rasterise_pytorch3d, rasterise_torch

SIZE_HW = (24, 32)
needs_pytorch3d = pytest.mark.skipif(not pytorch3d_available(), reason="PyTorch3D does not load with this torch")


def cloud(seed, count=60):
    generator = torch.Generator().manual_seed(seed)
    points = torch.rand(count, 2, generator=generator) * torch.tensor([40.0, 30.0]) - 4
    return points, 0.01 + torch.rand(count, generator=generator)


def slow(points, z, radius):
    index, depth = np.full(SIZE_HW, -1), np.full(SIZE_HW, np.inf)
    for i, ((x, y), own) in enumerate(zip(points.tolist(), z.tolist(), strict=True)):
        for row in range(SIZE_HW[0]):
            for column in range(SIZE_HW[1]):
                own_pixel = (column, row) == (round(x), round(y))
                if ((column - x) ** 2 + (row - y) ** 2 <= radius**2 or own_pixel) and own < depth[row, column]:
                    index[row, column], depth[row, column] = i, own
    return depth, index


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("radius", [0.0, 0.4, 0.75, 1.5, 3.2, 40.0])
def test_the_nearest_disc_wins_at_each_pixel(seed, radius):
    points, z = cloud(seed)
    z_buffer, index = rasterise_torch(points, z, radius, SIZE_HW)
    expected_z, expected = slow(points, z, radius)
    assert np.array_equal(index.numpy(), expected)
    assert np.allclose(z_buffer.numpy(), expected_z)


def drawings():
    """Whatever draws here, by name."""
    return [rasterise_torch, pytest.param(rasterise_pytorch3d, marks=needs_pytorch3d)]


@pytest.mark.parametrize("draw", drawings())
@pytest.mark.parametrize("size_hw", [SIZE_HW, (0, 5), (5, 0), (1, 1)])
def test_nothing_to_draw_is_an_empty_picture(draw, size_hw):
    behind = torch.tensor([[2.0, 2.0], [0.0, 0.0], [1.0, 0.0]]), torch.tensor([-1.0, 0.0, torch.nan])
    beside = torch.tensor([[-9.0, 2.0], [1e9, 2.0], [torch.nan, 2.0]]), torch.ones(3)
    for points, z in ((torch.zeros(0, 2), torch.zeros(0)), behind, beside):
        z_buffer, index = draw(points, z, 1.0, size_hw)
        assert index.shape == z_buffer.shape == size_hw and index.dtype == torch.int64
        assert (index == -1).all() and torch.isinf(z_buffer).all()


@pytest.mark.parametrize("draw", drawings())
@pytest.mark.parametrize("radius", [0.2, 0.75, 6.5, 300.0])
def test_what_lies_outside_the_picture_changes_nothing_in_it(draw, radius):
    """The same points on a picture that holds them all, of which this one is a part."""
    generator = torch.Generator().manual_seed(round(radius))
    points, z = torch.rand(150, 2, generator=generator) * 96 - 32, 0.1 + torch.rand(150, generator=generator)
    whole_z, whole = draw(points + 32, z, radius, (96, 96))
    z_buffer, index = draw(points, z, radius, SIZE_HW)
    part = slice(32, 32 + SIZE_HW[0]), slice(32, 32 + SIZE_HW[1])
    assert torch.equal(index, whole[part]) and torch.equal(z_buffer, whole_z[part])


def test_points_far_outside_are_not_drawn():
    """A million discs of a thousand pixels, of which two touch the picture: without clipping, half an hour."""
    points = torch.full((1_000_000, 2), 5000.0)
    points[[7, 99_999]] = torch.tensor([[-995.0, 3.0], [10.0, -990.0]])
    _, index = rasterise_torch(points, torch.linspace(1, 2, len(points)), 1000.0, (300, 400))
    assert set(index.unique().tolist()) == {-1, 7, 99_999}


def relief(size_hw, pose, view):
    """A tilted, waved surface as it is seen after moving: on the screen, (n, 2) and (n,)."""
    height, width = size_hw
    y, x = (axis.flatten().float() for axis in torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij"))
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2
    x, y = x[inside], y[inside]
    z = 1 / (150 + 30 * torch.sin(x / 7) + 20 * torch.cos(y / 5) + 0.4 * x)
    center, near = image_center(size_hw), nearest_depth(30.0)
    u, v, viewed_z = project(*displace(x, y, z, pose, center, near), view, center, near)
    return torch.stack([u, v], -1), viewed_z, 0.75 * pose.size * view.zoom * float((z / viewed_z).max())


START, DEPTH = (64.0, 36.0), 1 / 160
MOVES = {
    "at rest": (Pose(START, DEPTH, START, DEPTH), View()),
    "half a pixel": (Pose(START, DEPTH, (64.5, 36.5), DEPTH), View()),
    "receding": (Pose(START, DEPTH, (40.3, 30.1), 1 / 50), View()),
    "receding to a speck": (Pose(START, DEPTH, (64.0, 36.0), 1 / 32), View(zoom=0.05)),
    "approaching": (Pose(START, DEPTH, (70.2, 40.7), 1 / 280), View()),
    "through the near plane": (Pose(START, DEPTH, START, 1e-4), View(push=0.75 / 285)),
    "rotated": (Pose(START, DEPTH, START, DEPTH, rotation=0.7), View()),
    "rotated and receding": (Pose(START, DEPTH, (90.0, 20.0), 1 / 70, rotation=2.1), View()),
    "shrunk": (Pose(START, DEPTH, START, DEPTH, size=0.3, rotation=0.1), View()),
    "just below a pixel": (Pose(START, DEPTH, START, DEPTH, size=0.9), View()),
    "grown": (Pose(START, DEPTH, START, DEPTH, size=2.0), View()),
    "zoomed": (Pose(START, DEPTH, START, DEPTH), View((5.0, -3.0), 3.0)),
    "zoomed far": (Pose(START, DEPTH, START, DEPTH), View((0.0, 0.0), 100.0)),
    "pulled back": (Pose(START, DEPTH, START, DEPTH), View(push=-8 / 285)),
    "leaving": (Pose(START, DEPTH, (130.0, 70.0), 1 / 200), View()),
    "gone": (Pose(START, DEPTH, (900.0, 70.0), DEPTH), View()),
}


def assert_same(ours, theirs):
    for own, other in zip(ours, theirs, strict=True):
        assert torch.equal(own.cpu(), other.cpu())


@needs_pytorch3d
@pytest.mark.parametrize("move", MOVES)
def test_pytorch3d_draws_the_same(move):
    points, z, radius = relief((72, 128), *MOVES[move])
    assert_same(rasterise_torch(points, z, radius, (72, 128)), rasterise_pytorch3d(points, z, radius, (72, 128)))


@needs_pytorch3d
@pytest.mark.parametrize("size_hw", [(72, 128), (60, 24), (64, 64), (33, 130), (1, 7)])
@pytest.mark.parametrize("radius", [0.0, 0.3, 0.5, 0.7071, 0.71, 1.5, 2.4, 17.0])
def test_pytorch3d_draws_the_same_where_depths_and_edges_tie(radius, size_hw):
    """Points on whole and half pixels of few depths: middles and edges of discs meet, and depths are equal."""
    generator = torch.Generator().manual_seed(3)
    points = torch.randint(-8, 2 * max(size_hw) + 8, (300, 2), generator=generator) / 2
    z = torch.randint(1, 4, (300,), generator=generator) / 4
    assert_same(rasterise_torch(points, z, radius, size_hw), rasterise_pytorch3d(points, z, radius, size_hw))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("move", MOVES)
def test_cuda_draws_the_same(move):
    points, z, radius = relief((288, 512), *MOVES[move])
    expected = rasterise_torch(points, z, radius, (288, 512))
    assert_same(expected, rasterise_torch(points.cuda(), z.cuda(), radius, (288, 512)))
    assert_same(expected, rasterise(points.cuda(), z.cuda(), radius, (288, 512)))
