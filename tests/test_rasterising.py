"""The z-buffer against a loop, and PyTorch3D against the z-buffer."""

import numpy as np
import pytest
import torch

from levitor_core.rasterising import pytorch3d_available, rasterise, rasterise_pytorch3d, rasterise_torch

SIZE_HW = (24, 32)


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


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("radius", [0.0, 0.4, 0.75, 1.5, 3.2])
def test_the_nearest_disc_wins_at_each_pixel(seed, radius):
    points, z = cloud(seed)
    z_buffer, index = rasterise_torch(points, z, radius, SIZE_HW)
    expected_z, expected = slow(points, z, radius)
    assert np.array_equal(index.numpy(), expected)
    assert np.allclose(z_buffer.numpy(), expected_z)


def test_nothing_to_draw_is_an_empty_picture():
    z_buffer, index = rasterise(torch.zeros(0, 2), torch.zeros(0), 1.0, SIZE_HW)
    assert (index == -1).all() and torch.isinf(z_buffer).all()


def test_pytorch3d_draws_the_same():
    if not pytorch3d_available():
        pytest.skip("PyTorch3D is not installed or does not load with this torch")
    points, z = cloud(1, count=200)
    _, ours = rasterise_torch(points, z, 1.58, (72, 128))
    _, theirs = rasterise_pytorch3d(points, z, 1.58, (72, 128))
    assert ((ours >= 0) == (theirs >= 0)).float().mean() > 0.999
    both = (ours >= 0) & (theirs >= 0)
    assert (ours == theirs)[both].float().mean() > 0.99
