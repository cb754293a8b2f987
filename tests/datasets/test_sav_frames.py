"""SA-V's val and test sets as they are distributed: pictures at 24 fps, a folder of masks at 6 fps for every object."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from levitor_core.datasets.__main__ import main
from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.datasets.preparation import open_videos
from levitor_core.datasets.sav import STRIDE, open_sav
from levitor_core.datasets.windows import PreparedVideos
from levitor_core.errors import InputError
from levitor_core.training.config import DataConfig
from levitor_core.training.sources import open_source
from tests.scenes import disc

SIZE_HW = (96, 64)
ANNOTATED = 18
NAMES = ("sav_000001", "sav_000002")


def masks_at(i):
    """A small disc on a large one, which leaves half-way, and another that the small one never touches."""
    small = disc((30, 40), 5, SIZE_HW) if i < ANNOTATED // 2 else np.zeros(SIZE_HW, bool)
    return disc((30, 40), 18, SIZE_HW), small, disc((14 + i, 80), 8, SIZE_HW)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Two videos in the layout of sav_val, with their depth by the stand-in, through the command line."""
    base = tmp_path_factory.mktemp("whole") / "sav_val"
    for name in NAMES:
        pictures = base / "JPEGImages_24fps" / name
        pictures.mkdir(parents=True)
        for number in range(STRIDE * ANNOTATED):
            PilImage.new("RGB", SIZE_HW[::-1], (3 * number, 90, 90)).save(pictures / f"{number:05d}.jpg")
        for i in range(ANNOTATED):
            for index, mask in enumerate(masks_at(i)):
                folder = base / "Annotations_6fps" / name / f"{index:03d}"
                folder.mkdir(parents=True, exist_ok=True)
                PilImage.fromarray(np.where(mask, 255, 0).astype(np.uint8)).save(folder / f"{STRIDE * i:05d}.png")
    (base / "sav_val.txt").write_text("\n".join(NAMES))
    arguments = [str(base), "--kind", "sav", "--out", str(base / "depth"), "--size", "32x64", "--depth", "ground-plane"]
    assert main(arguments) == 0
    return base


@pytest.fixture
def root(whole, tmp_path):
    """A copy to break."""
    return Path(shutil.copytree(whole, tmp_path / "sav_val"))


def object_folder(root, index):
    return root / "Annotations_6fps" / NAMES[0] / f"{index:03d}"


def test_every_fourth_frame_has_masks_and_the_smaller_one_lies_on_top(root):
    video, _ = open_sav(root)
    numbers = video.numbers()
    assert numbers == tuple(range(0, STRIDE * ANNOTATED, STRIDE))
    for i, labels in enumerate(video.labels(numbers)):
        large, small, other = masks_at(i)
        np.testing.assert_array_equal(labels, np.where(small, 2, np.where(other, 3, np.where(large, 1, 0))))


def test_frames_are_those_asked_for(root):
    reds = open_sav(root)[0].frames((8, 12, 20))[:, 5, 5, 0]
    assert np.abs(reds.astype(int) - [24, 36, 60]).max() <= 3


def test_a_mask_s_grey_does_not_matter_and_palettes_are_read(root):
    before = open_sav(root)[0].labels((0,))
    path = object_folder(root, 0) / "00000.png"
    picture = PilImage.fromarray((np.asarray(PilImage.open(path)) > 0).astype(np.uint8))
    picture.putpalette([0, 0, 0, 128, 0, 0])
    picture.save(path)
    np.testing.assert_array_equal(open_sav(root)[0].labels((0,)), before)


def test_an_object_that_comes_later_is_not_seen_before(root):
    for i in range(6):
        (object_folder(root, 2) / f"{STRIDE * i:05d}.png").unlink()
    video = open_sav(root)[0]
    assert len(video.numbers()) == ANNOTATED
    labels = video.labels(video.numbers())
    assert not (labels[:6] == 3).any() and (labels[6:] == 3).any(axis=(1, 2)).all()


def broken_mask(root):
    (object_folder(root, 1) / "00008.png").write_bytes(b"rubbish")


def coloured_mask(root):
    noise = np.random.default_rng(0).integers(0, 256, (*SIZE_HW, 3), dtype=np.uint8)
    PilImage.fromarray(noise).save(object_folder(root, 1) / "00008.png")


def masks_of_two_sizes(root):
    PilImage.new("L", (32, 32), 255).save(object_folder(root, 1) / "00008.png")


def masks_of_another_size(root):
    for file in (root / "Annotations_6fps" / NAMES[0]).rglob("*.png"):
        PilImage.new("L", (32, 32), 255).save(file)


def missing_picture(root):
    (root / "JPEGImages_24fps" / NAMES[0] / "00008.jpg").unlink()


def missing_masks(root):
    for index in range(3):
        (object_folder(root, index) / "00008.png").unlink()


BREAKS = (broken_mask, coloured_mask, masks_of_two_sizes, masks_of_another_size, missing_picture, missing_masks)


@pytest.mark.parametrize("breaking", BREAKS)
def test_a_broken_video_is_named_and_the_next_takes_its_place(root, breaking, caplog):
    breaking(root)
    clip = PreparedVideos(open_sav(root), DepthCache.open(root / "depth")).read(0, np.random.default_rng(1))
    assert clip.name == NAMES[1]
    assert f"{NAMES[0]} is skipped" in caplog.text


def test_prepared_folders_are_a_source_of_training_clips(root):
    data = DataConfig(kind="sa-v", folder=str(root), depth=str(root / "depth"), height=64, width=32)
    source = open_source(data)
    assert len(source) == len(NAMES)
    clip = source.read(1, np.random.default_rng(0))
    assert clip.frames.shape == (16, 64, 32, 3)
    assert {1, 3} <= set(np.unique(clip.rendered.labels))


def test_videos_without_masks_are_left_out_and_none_is_an_error(root, caplog):
    shutil.rmtree(root / "Annotations_6fps" / NAMES[0])
    assert [video.name for video in open_videos(root, "sav")] == [NAMES[1]]
    assert f"{NAMES[0]} is skipped" in caplog.text
    shutil.rmtree(root / "Annotations_6fps" / NAMES[1])
    with pytest.raises(InputError, match="no video folder"):
        open_sav(root)
