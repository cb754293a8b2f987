"""DAVIS-like folders: what is written is read back, and what is broken is named and passed over."""

import shutil

import numpy as np
import pytest
from PIL import Image as PilImage

from levitor_core.datasets import synthetic
from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.datasets.synthetic import SyntheticSource
from levitor_core.datasets.synthetic_pictures import training_pictures
from levitor_core.datasets.vos import open_vos
from levitor_core.datasets.windows import PreparedVideos
from levitor_core.errors import InputError

CLIPS = 3


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("davis")
    synthetic.main([str(root), "--clips", str(CLIPS), "--seed", "5"])
    return root


@pytest.fixture
def root(written, tmp_path):
    """A copy to break."""
    return shutil.copytree(written, tmp_path / "davis")


def clips_of(root, num_frames=8):
    return PreparedVideos(open_vos(root), DepthCache.open(root / "depth"), num_frames)


def pictures_of(root, index):
    return root / "JPEGImages" / "480p" / f"synthetic-{index:05d}"


def masks_of(root, index):
    return root / "Annotations" / "480p" / f"synthetic-{index:05d}"


def test_a_synthetic_clip_comes_back_as_it_was_written(written):
    """Labels exactly, frames to within JPEG's error, disparity to within 1/257."""
    source, back = SyntheticSource(training_pictures()), clips_of(written)
    assert len(back) == CLIPS
    for index in range(CLIPS):
        true, read = source.read(index, np.random.default_rng((5, index))), back.read(index, np.random.default_rng(0))
        assert read.name == true.name
        np.testing.assert_array_equal(read.rendered.labels, true.rendered.labels)
        np.testing.assert_allclose(read.rendered.disparity, true.rendered.disparity, atol=1 / 257)
        error = np.abs(read.frames.astype(int) - true.frames)
        assert error.mean() < 2 and error.max() < 40
        assert read.rendered.num_objects == 0


def test_a_window_is_chosen_by_the_generator(written):
    clips = clips_of(written, 3)
    whole = clips_of(written).read(0, np.random.default_rng(0)).rendered.labels
    starts = set()
    for seed in range(60):
        found = clips.read(0, np.random.default_rng(seed)).rendered.labels
        starts |= {start for start in range(6) if np.array_equal(found, whole[start : start + 3])}
    assert starts == set(range(6))
    first = PreparedVideos(clips.videos, clips.cache, 3, first_window=True).read(0, np.random.default_rng(3))
    np.testing.assert_array_equal(first.rendered.labels, whole[:3])


def test_youtube_vos_uses_the_annotated_frames_only(root, tmp_path):
    """train/JPEGImages/VIDEO, with annotations at every fifth frame."""
    for kind, folder in (("JPEGImages", pictures_of(root, 0)), ("Annotations", masks_of(root, 0))):
        target = tmp_path / "youtube" / "train" / kind / "abc"
        target.mkdir(parents=True)
        for file in folder.iterdir():
            shutil.copy(file, target / f"{5 * int(file.stem):05d}{file.suffix}")
            if kind == "JPEGImages":
                shutil.copy(file, target / f"{5 * int(file.stem) + 1:05d}{file.suffix}")
    (video,) = open_vos(tmp_path / "youtube")
    assert video.name == "abc" and video.numbers() == tuple(range(0, 40, 5))
    np.testing.assert_array_equal(video.labels([5, 10])[1], open_vos(root)[0].labels([2])[0])


@pytest.mark.parametrize("ids", [(0, 255), (0, 3, 255)])
def test_void_is_nothing_but_a_lone_white_mask_is_an_object(root, ids):
    path = masks_of(root, 0) / "00000.png"
    mask = np.zeros((64, 64), np.uint8)
    for row, value in enumerate(ids):
        mask[8 * row : 8 * row + 8] = value
    PilImage.fromarray(mask).save(path)
    assert set(np.unique(open_vos(root)[0].labels([0]))) == ({0, 1} if len(ids) == 2 else {0, 3})


def broken_picture(root):
    file = pictures_of(root, 0) / "00003.jpg"
    file.write_bytes(file.read_bytes()[:200])


def missing_picture(root):
    (pictures_of(root, 0) / "00003.jpg").unlink()


def broken_mask(root):
    (masks_of(root, 0) / "00003.png").write_bytes(b"not a picture")


def coloured_mask(root):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    PilImage.fromarray(noise).save(masks_of(root, 0) / "00003.png")


def other_size(root):
    PilImage.new("RGB", (32, 32)).save(pictures_of(root, 0) / "00003.jpg")


def masks_of_another_size(root):
    for file in masks_of(root, 0).iterdir():
        PilImage.new("L", (32, 32), 1).save(file)


def no_masks(root):
    for file in masks_of(root, 0).iterdir():
        PilImage.new("L", (64, 64)).save(file)


def broken_depth(root):
    file = root / "depth" / "synthetic-00000" / "00003.png"
    file.write_bytes(file.read_bytes()[:50])


BREAKS = (broken_picture, missing_picture, broken_mask, coloured_mask, other_size)
BREAKS += (masks_of_another_size, no_masks, broken_depth)


@pytest.mark.parametrize("breaking", BREAKS)
def test_a_broken_video_is_named_once_and_the_next_takes_its_place(root, breaking, caplog):
    breaking(root)
    clip = clips_of(root).read(0, np.random.default_rng(0))
    assert clip.name == "synthetic-00001"
    (record,) = caplog.records
    assert "synthetic-00000 is skipped" in record.getMessage() and record.getMessage().count("\n") == 0


def test_a_video_without_annotations_is_left_out(root, caplog):
    shutil.rmtree(masks_of(root, 1))
    assert [video.name for video in open_vos(root)] == ["synthetic-00000", "synthetic-00002"]
    assert "synthetic-00001 is skipped" in caplog.text


def test_only_broken_videos_end_in_one_sentence(root):
    for index in range(CLIPS):
        (pictures_of(root, index) / "00000.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="could not be read"):
        clips_of(root).read(0, np.random.default_rng(0))


def test_an_object_that_leaves_stays_a_clip(root):
    for number in range(4, 8):
        path = masks_of(root, 0) / f"{number:05d}.png"
        ids = np.asarray(PilImage.open(path)).copy()
        ids[ids == 1] = 0
        PilImage.fromarray(ids).save(path)
    labels = clips_of(root).read(0, np.random.default_rng(0)).rendered.labels
    assert (labels[:4] == 1).any() and not (labels[4:] == 1).any()


def test_a_folder_of_another_layout_is_refused(tmp_path):
    with pytest.raises(InputError, match="no JPEGImages and Annotations"):
        open_vos(tmp_path)
    (tmp_path / "JPEGImages").mkdir()
    (tmp_path / "Annotations").mkdir()
    with pytest.raises(InputError, match="no video folder"):
        open_vos(tmp_path)


def test_videos_without_depth_are_refused(written, tmp_path):
    with pytest.raises(InputError, match="no depth cache"):
        DepthCache.open(tmp_path)
    with pytest.raises(InputError, match=r"levitor_core.datasets"):
        PreparedVideos(open_vos(written), DepthCache.make(tmp_path, (64, 64), "test"), 8)
