"""The synthetic world keeps its laws: what is nearer hides, size follows depth, labels and depth are those drawn."""

import pickle

import numpy as np
import pytest

from levitor_core.datasets.clips import control_of
from levitor_core.datasets.synthetic import SyntheticClip, SyntheticSource, main, make_clip
from levitor_core.datasets.synthetic_pictures import (
    HELD_OUT,
    TRAINING,
    held_out_pictures,
    training_pictures,
    write_pictures,
)
from levitor_core.errors import InputError
from levitor_core.structures import DEFAULT_SOFTNESS

SEEDS = range(12)


def clip(seed, **changes) -> SyntheticClip:
    return make_clip(np.random.default_rng(seed), training_pictures(), **({"num_objects": 2} | changes))


def whole_in_picture(rgba):
    """Frames in which the object stays clear of the picture's border."""
    alpha = rgba[..., 3]
    border = alpha[:, 0].max(1) + alpha[:, -1].max(1) + alpha[:, :, 0].max(1) + alpha[:, :, -1].max(1)
    return (border == 0) & alpha.any((1, 2))


def same(one: SyntheticClip, other: SyntheticClip) -> bool:
    pairs = ((one.clip.frames, other.clip.frames), (one.clip.rendered.labels, other.clip.rendered.labels))
    return all(np.array_equal(a, b) for a, b in pairs)


def test_the_same_generator_gives_the_same_clip():
    assert same(clip(3), clip(3)) and not same(clip(3), clip(4))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_nearest_thing_is_seen(seed):
    """Wherever a pixel is covered wholly or not at all."""
    made = clip(seed, num_objects=3)
    rendered, alpha = made.clip.rendered, made.rgba[..., 3]
    clear = ((alpha == 0) | (alpha == 255)).all(axis=0)
    for index in range(3):
        covered, own = clear & (alpha[index] == 255), made.disparity[index][:, None, None]
        shown = clear & (rendered.labels == index + 1)
        assert covered[shown].all() and (rendered.disparity == np.float32(own))[shown].all()
        assert (own <= rendered.disparity + 1e-3)[covered].all()


@pytest.mark.parametrize("seed", SEEDS)
def test_size_follows_depth(seed):
    """Area is proportional to 1 / z squared, z = 1 / (disparity + softness)."""
    made = clip(seed, num_objects=1, num_occluders=0)
    inside = whole_in_picture(made.rgba[0])
    area = made.rgba[0, ..., 3].sum((1, 2))[inside] / 255
    per_depth = area / (made.disparity[0, inside] + DEFAULT_SOFTNESS) ** 2
    np.testing.assert_allclose(per_depth, np.median(per_depth) if inside.any() else 0, rtol=0.08)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_centroid_is_the_whole_objects(seed):
    made = clip(seed)
    rows, columns = np.mgrid[:64, :64]
    for rgba, centroid in zip(made.rgba, made.centroid_xy, strict=True):
        for frame in np.flatnonzero(whole_in_picture(rgba)):
            weight = rgba[frame, ..., 3] / rgba[frame, ..., 3].sum()
            found = (weight * columns).sum(), (weight * rows).sum()
            np.testing.assert_allclose(found, centroid[frame], atol=0.35)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_frame_is_the_background_with_the_visible_objects_on_it(seed):
    made = clip(seed)
    alpha = made.rgba[..., 3]
    for frame, picture in enumerate(made.clip.frames):
        bare = (alpha[:, frame] == 0).all(axis=0)
        np.testing.assert_array_equal(picture[bare], made.background[bare])
        for index in range(2):
            shown = (made.clip.rendered.labels[frame] == index + 1) & (alpha[index, frame] == 255)
            shown &= alpha[1 - index, frame] == 0
            difference = picture[shown].astype(int) - made.rgba[index, frame][shown][:, :3]
            differing = (np.abs(difference).max(axis=1, initial=0) > 1).sum()
            assert differing <= 5 + 0.25 * shown.sum()  # the antialiased edge of a still thing before it


@pytest.mark.parametrize("seed", SEEDS)
def test_crossing_objects_meet_half_way_at_clearly_different_depth_and_like_size(seed):
    made = clip(seed, crossing=True)
    gap = made.disparity[0] - made.disparity[1]
    assert (np.abs(gap) >= 60).all()
    distance = np.linalg.norm(made.centroid_xy[0] - made.centroid_xy[1], axis=1)
    assert distance[0] > 12 and distance[3:5].max() < 8
    areas = (made.rgba[:, 3:5, ..., 3] > 127).sum((2, 3))
    assert 0.55 < areas[0].mean() / areas[1].mean() < 1.8
    both = (made.rgba[:, 4, ..., 3] == 255).all(axis=0)
    nearer = 1 if gap[4] > 0 else 2
    assert both.sum() > 10 and (made.clip.rendered.labels[4][both] == nearer).all()


def test_either_object_of_a_crossing_may_be_the_nearer_one():
    nearer = [clip(seed, crossing=True).disparity[:, 0].argmax() for seed in range(20)]
    assert 4 <= sum(nearer) <= 16


def test_motion_is_large_and_the_first_frame_shows_every_object():
    travel, shown = [], []
    for seed in range(40):
        made = clip(seed, num_objects=1)
        travel.append(np.linalg.norm(np.diff(made.centroid_xy[0], axis=0), axis=1).sum())
        shown.append((made.clip.rendered.labels[0] == 1).sum() / (made.rgba[0, 0, ..., 3] > 127).sum())
    assert np.mean(travel) > 20 and min(travel) > 5
    assert min(shown) > 0.8


@pytest.mark.parametrize("size_hw", [(64, 64), (64, 40), (40, 64), (128, 72)])
def test_every_size_gives_control_with_each_objects_id(size_hw):
    made = clip(1, size_hw=size_hw, num_objects=3)
    rendered = made.clip.rendered
    assert made.clip.frames.shape == (8, *size_hw, 3) and rendered.disparity.dtype == np.float32
    assert rendered.disparity.min() >= 0 and rendered.disparity.max() <= 255 and rendered.labels.max() <= 255
    assert {1, 2, 3} <= set(np.unique(control_of(rendered, 6).values[:, 1]).tolist())


def test_held_out_photos_are_never_trained_on():
    assert not set(HELD_OUT) & set(TRAINING)
    assert len(training_pictures()) == len(TRAINING) and len(held_out_pictures()) == len(HELD_OUT)
    for held_out in held_out_pictures():
        assert not any(np.array_equal(held_out, picture) for picture in training_pictures())


def test_the_photos_can_be_carried_as_jpegs(tmp_path):
    write_pictures(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.jpg")) < 2_000_000
    for read in (training_pictures, held_out_pictures):
        by_size = sorted(read(tmp_path), key=lambda picture: (picture.shape, picture.mean()))
        packaged = sorted(read(), key=lambda picture: (picture.shape, picture.mean()))
        for carried, original in zip(by_size, packaged, strict=True):
            assert np.abs(carried.astype(int) - original).mean() < 8


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no pictures"):
        training_pictures(tmp_path)


def test_the_source_is_endless_and_can_be_handed_to_another_process():
    source = pickle.loads(pickle.dumps(SyntheticSource(training_pictures())))
    rng = np.random.default_rng(0)
    first, second = source.read(0, rng), source.read(0, rng)
    assert not np.array_equal(first.frames, second.frames)
    np.testing.assert_array_equal(source.read(7, np.random.default_rng(0)).frames, first.frames)


def test_missing_pictures_and_other_depth_are_one_sentence(tmp_path, capsys):
    """Neither a folder without pictures nor one whose cache has another size ends in a traceback."""
    (tmp_path / "empty").mkdir()
    for arguments in (["--pictures", str(tmp_path / "empty")], ["--side", "32"]):
        main([str(tmp_path / "out"), "--clips", "1", "--frames", "2"])
        with pytest.raises(SystemExit) as stopped:
            main([str(tmp_path / "out"), "--clips", "1", *arguments])
        message = capsys.readouterr().err
        assert stopped.value.code == 2 and message.startswith("levitor: ") and message.count("\n") == 1
