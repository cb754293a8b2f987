"""The parts that a preview is made of, each against what it must do by itself."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.renderers.preview.canvas import Window
from levitor_core.renderers.preview.compositing import _apart, _common, _Layer
from levitor_core.renderers.preview.depth_edges import sharp_depth
from levitor_core.renderers.preview.exemplar import usual_grain
from levitor_core.renderers.preview.fill import fill
from levitor_core.renderers.preview.layers import Drawn
from levitor_core.renderers.preview.matte import cut_out, distance_inside
from levitor_core.renderers.preview.pyramid import push_pull
from levitor_core.renderers.preview.relief_search import first_hit
from levitor_core.structures import FixedOrder
from tests.scenes import disc

SIZE = (96, 128)


def stripes(size: tuple[int, int] = SIZE) -> np.ndarray:
    rows, columns = np.indices(size)
    value = 128 + 90 * np.sin((columns + 0.3 * rows) * 2 * np.pi / 11)
    return np.repeat(value[..., None], 3, -1).astype(np.uint8)


def test_fill_continues_a_texture_better_than_smooth_inpainting() -> None:
    image, hole = stripes(), disc((64, 48), 18, SIZE)
    damaged = np.where(hole[..., None], 255, image).astype(np.uint8)
    filled = fill(damaged, hole, ~hole)
    smooth = cv2.inpaint(damaged, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    error, smooth_error = (np.abs(image.astype(int) - other)[hole].mean() for other in (filled, smooth))
    assert error < 0.5 * smooth_error
    np.testing.assert_array_equal(filled[~hole], image[~hole])


def test_fill_takes_nothing_from_what_is_no_source() -> None:
    image = stripes()
    near = np.zeros(SIZE, bool)
    near[:, 84:] = True
    image[near] = (255, 0, 0)
    hole = disc((64, 48), 18, SIZE)
    filled = fill(image, hole, ~near & ~hole)
    assert (filled[hole][:, 0].astype(int) - filled[hole][:, 1]).max() < 40


def test_detail_in_a_hole_goes_as_far_as_that_around_it_and_one_edge_there_is_no_detail() -> None:
    random = np.random.default_rng(4)
    columns = np.indices((120, 160))[1]
    hole = disc((80, 60), 18, (120, 160))
    wall = random.normal(0, 2, (120, 160))
    grain = {
        "wall": wall,
        "wall beside a thing": np.where(columns == 60, 90.0, wall),
        "grass": random.normal(0, 25, (120, 160)),
    }
    usual = {
        name: float(usual_grain(np.dstack([one] * 3).astype(np.float32), hole)[hole].max())
        for name, one in grain.items()
    }
    assert max(usual["wall"], usual["wall beside a thing"]) < 9 and usual["grass"] > 50


def test_fill_survives_holes_with_hardly_any_surroundings() -> None:
    image = stripes((40, 40))
    for hole in (np.ones((40, 40), bool), disc((20, 20), 26, (40, 40)), disc((0, 0), 5, (40, 40))):
        assert fill(image, hole, ~hole).shape == image.shape


def test_push_pull_keeps_what_is_known_and_stays_within_its_range() -> None:
    random = np.random.default_rng(0)
    values = random.uniform(10, 20, (37, 53, 1)).astype(np.float32)
    known = random.random((37, 53)) < 0.1
    filled = push_pull(values, known)
    np.testing.assert_array_equal(filled[known], values[known])
    assert filled.min() >= values[known].min() - 1e-3
    assert filled.max() <= values[known].max() + 1e-3


def test_cut_out_is_soft_opaque_inside_and_nothing_outside() -> None:
    mask = disc((64, 48), 20, SIZE)
    truth = disc((128.5, 96.5), 41, (192, 256))
    photo = np.where(truth[..., None], (200, 180, 160), (40, 40, 40)).astype(np.uint8)
    photo = cv2.GaussianBlur(photo, (0, 0), 1)
    alpha = cut_out(photo, np.full_like(photo, 40), mask)[..., 3]
    far_in, far_out = disc((128.5, 96.5), 34, (192, 256)), ~disc((128.5, 96.5), 48, (192, 256))
    assert (alpha[far_in] == 255).all()
    assert (alpha[far_out] == 0).all()
    assert ((alpha > 20) & (alpha < 235)).any()
    assert ((alpha > 127) & truth).sum() / ((alpha > 127) | truth).sum() > 0.97


def test_a_mask_is_as_deep_as_it_is_far_to_its_outline() -> None:
    rows, columns = np.indices((60, 60))
    mask = (rows - 30) ** 2 + (columns - 30) ** 2 <= 22**2
    expected = np.minimum(columns[30] - 7.5, 52.5 - columns[30])
    assert np.abs(distance_inside(mask)[30] - expected).max() < 1.1


def test_cut_out_over_its_background_is_the_photo() -> None:
    random = np.random.default_rng(1)
    mask = disc((64, 48), 20, SIZE)
    plate = cv2.GaussianBlur(random.integers(0, 256, (*SIZE, 3)).astype(np.uint8), (0, 0), 5)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None]
    photo = np.rint(soft * (220, 90, 30) + (1 - soft) * plate).astype(np.uint8)
    cutout = cut_out(photo, plate, mask).astype(np.float32)
    back = cutout[..., :3] + (1 - cutout[..., 3:] / 255) * plate
    assert np.abs(back - photo).max() < 30
    assert np.abs(back - photo).mean() < 0.3


def test_first_hit_finds_what_a_fine_search_finds() -> None:
    random = np.random.default_rng(2)
    noise = cv2.GaussianBlur(random.normal(size=SIZE).astype(np.float32), (0, 0), 8)
    surface = 1 + 0.1 * noise / np.abs(noise).max()
    columns, rows = np.meshgrid(np.arange(40, 88, dtype=np.float32), np.arange(30, 66, dtype=np.float32))

    def ray(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (columns + 60 * (z - 1)).astype(np.float32), (rows - 30 * (z - 1)).astype(np.float32)

    def depth_at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return cv2.remap(surface, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    hit = first_hit(ray, depth_at, 0.9, 1.1)
    expected = np.full(columns.shape, 1.1)
    for z in np.linspace(1.1, 0.9, 2001, dtype=np.float32):
        expected = np.where(depth_at(*ray(z)) <= z, z, expected)
    settled = np.abs(depth_at(*ray(expected.astype(np.float32))) - expected) < 1e-3
    assert settled.mean() > 0.95
    assert np.quantile(np.abs(hit.z - expected), 0.98) < 2e-3


def test_sharp_depth_puts_edges_where_the_colours_change() -> None:
    large = disc((128.5, 96.5), 41, (192, 256))
    picture = np.where(large[..., None], (200, 60, 40), (40, 90, 160)).astype(np.uint8)
    small = cv2.resize(picture, SIZE[::-1], interpolation=cv2.INTER_AREA)
    disparity = cv2.GaussianBlur(np.where(disc((64, 48), 20.5, SIZE), 150, 20).astype(np.float32), (0, 0), 1)
    z = sharp_depth((1 / (disparity + 30)).astype(np.float32), small, picture)
    near = z < 1 / 90
    assert (near & large).sum() / (near | large).sum() > 0.98
    assert ((z < 1 / 175) | (z > 1 / 55)).mean() > 0.99


windows = st.builds(Window, st.integers(0, 40), st.integers(0, 40), st.integers(1, 12), st.integers(1, 12))


@given(st.lists(windows, max_size=8))
def test_what_is_blended_apart_has_nothing_in_common_and_keeps_its_order(chosen: list[Window]) -> None:
    plane, order = np.ones((1, 1), np.float32), FixedOrder(np.zeros((1, 1), bool), np.zeros((1, 1), bool))
    layers = [_Layer(Drawn(window, np.zeros((1, 1, 4), np.uint8), plane, order), plane, plane) for window in chosen]
    groups = _apart(layers)
    assert sorted(layers.index(layer) for _, group in groups for layer in group) == list(range(len(layers)))
    times = np.zeros((60, 60), int)
    for region, group in groups:
        times[region.slices] += 1
        assert [layers.index(layer) for layer in group] == sorted(layers.index(layer) for layer in group)
        assert all(_common(layer.item.window, region) == layer.item.window for layer in group)
    assert times.max(initial=0) <= 1
