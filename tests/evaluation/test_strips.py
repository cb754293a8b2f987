"""Strips show what they say: three rows a scene, first and last frame among the columns, small files."""

import numpy as np
from PIL import Image as Pillow

from levitor_core.evaluation import strips


def scene(seed=0, frames=8, size=16):
    rng = np.random.default_rng(seed)
    control = np.zeros((frames, 3, size, size), np.float32)
    control[:, :, 4:8, 4:8] = np.array([255, 1, 200])[:, None, None]
    truth, generated = 17 * rng.integers(0, 16, (2, frames, size, size, 3), dtype=np.uint8)
    return strips.StripScene(control, generated, truth)


def test_rows_are_control_generated_truth_at_the_chosen_frames():
    shown = scene()
    picture = strips.strip([shown], columns=3)
    side = 16 + strips.GAP
    assert picture.shape == (3 * side, 3 * side, 3)
    assert np.array_equal(picture[side : side + 16, :16], shown.generated[0])
    assert np.array_equal(picture[2 * side : 2 * side + 16, 2 * side : 2 * side + 16], shown.truth[-1])


def test_control_is_drawn_where_its_points_are():
    shown = scene()
    drawn = strips.draw_control(shown.control, shown.truth[0])
    bare = strips.draw_control(np.zeros_like(shown.control), shown.truth[0])
    differs = (drawn != bare).any(axis=-1)
    assert differs[0, 4:8, 4:8].all()
    assert not differs[0, :4].any()


def test_large_strips_are_written_in_fewer_colours(tmp_path):
    path = tmp_path / "strip.png"
    strips.write_strip([scene(seed, size=64) for seed in range(3)], path)
    assert Pillow.open(path).mode == "P"
    assert Pillow.open(path).size == (8 * 68, 3 * 3 * 68 + 2 * 8)


def test_a_small_object_keeps_its_colour_in_a_large_strip(tmp_path):
    path, shown = tmp_path / "strip.png", [scene(seed, size=64) for seed in range(3)]
    for item in shown:
        item.truth[..., 0] = item.truth[..., 1] = item.truth[..., 2]  # a grey picture,
        item.truth[:, 20:26, 20:26] = (20, 90, 240)  # and a blue object
    strips.write_strip(shown, path)
    picture = np.asarray(Pillow.open(path).convert("RGB")).astype(int)
    assert Pillow.open(path).mode == "P"
    assert np.abs(picture[2 * 68 + 20 : 2 * 68 + 26, 20:26] - (20, 90, 240)).max() < 40
