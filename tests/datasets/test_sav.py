"""SA-V as it is distributed: real mp4 and COCO RLE made here; seeking is exact, and hostile masks are refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco

from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.datasets.preparation import prepare
from levitor_core.datasets.sav import STRIDE, open_sav, run_lengths
from levitor_core.datasets.windows import PreparedVideos
from levitor_core.depth.ground_plane import GroundPlane
from levitor_core.errors import InputError
from levitor_core.files.video_io import read_frames, write_mp4
from tests.scenes import disc

SIZE_HW = (96, 64)
ANNOTATED = 20
NUM_VIDEO_FRAMES = STRIDE * ANNOTATED - 2
FPS = 24


def picture(number):
    """A frame that tells its number by its grey and a bar."""
    frame = np.full((*SIZE_HW, 3), 20 + 2 * number, np.uint8)
    frame[40:56, : int(number * SIZE_HW[1] / NUM_VIDEO_FRAMES)] = 250
    return frame


def encoded(mask):
    run = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": [int(side) for side in run["size"]], "counts": run["counts"].decode()}


def masks_at(i):
    """A large disc and, on it, a small one that leaves half-way; another that an automatic masklet holds."""
    small = disc((30, 40), 5, SIZE_HW) if i < ANNOTATED // 2 else np.zeros(SIZE_HW, bool)
    return [small, disc((30, 40), 18, SIZE_HW)], [disc((14 + i, 80), 8, SIZE_HW)]


def write_annotation(path, masks, **changes):
    document = {
        "video_id": path.stem,
        "video_duration": NUM_VIDEO_FRAMES / FPS,
        "video_frame_count": float(NUM_VIDEO_FRAMES),
        "video_height": float(SIZE_HW[0]),
        "video_width": float(SIZE_HW[1]),
        "masklet": [[encoded(mask) for mask in frame] for frame in masks],
        "masklet_frame_count": [len(masks)] * len(masks[0]),
        "masklet_num": len(masks[0]),
    }
    path.write_text(json.dumps(document | changes))


@pytest.fixture
def root(tmp_path):
    """Two videos in SA-V's folders."""
    for number in (1, 2):
        folder = tmp_path / "sav_train" / f"sav_00{number}"
        folder.mkdir(parents=True)
        video = folder / f"sav_00000{number}.mp4"
        write_mp4((picture(i) for i in range(NUM_VIDEO_FRAMES)), video, FPS)
        for kind, part in (("manual", 0), ("auto", 1)):
            path = folder / f"{video.stem}_{kind}.json"
            write_annotation(path, [masks_at(i)[part] for i in range(ANNOTATED)])
    return tmp_path


def edited(root, change):
    """The first video with its manual annotation changed."""
    video = open_sav(root)[0]
    document = json.loads(video.annotations[0].read_text())
    change(document)
    video.annotations[0].write_text(json.dumps(document))
    return replace(video, annotations=video.annotations[:1])


@pytest.mark.parametrize("first", [0, 1, 4, 13])
def test_a_window_holds_exactly_its_frames(root, first):
    video = open_sav(root)[0]
    numbers = video.numbers()[first : first + 6]
    assert len(video.numbers()) == ANNOTATED and numbers[0] == STRIDE * first
    whole = np.stack(list(read_frames(video.path))).astype(int)
    for number, frame in zip(numbers, video.frames(numbers), strict=True):
        assert np.abs(whole - frame).mean(axis=(1, 2, 3)).argmin() == number
        assert np.abs(whole[number] - frame).mean() < 1


def test_smaller_masklets_lie_on_top_and_manual_ones_come_first(root):
    video = open_sav(root)[0]
    numbers = video.numbers()
    labels = video.labels(numbers)
    for i in range(ANNOTATED):
        (small, large), (other,) = masks_at(i)
        expected = np.where(small, 1, np.where(other, 3, np.where(large, 2, 0)))
        np.testing.assert_array_equal(labels[i], expected)


def test_either_kind_can_be_left_out(root):
    video = open_sav(root)[0]
    assert [replace(video, annotations=(path,)).labels([0]).max() for path in video.annotations] == [2, 1]
    video.annotations[0].unlink()
    assert open_sav(root)[0].annotations == video.annotations[1:]


@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 40)), elements=st.integers(0, 1)))
def test_run_lengths_are_coco_s(mask):
    lengths = run_lengths(coco.encode(np.asfortranarray(mask))["counts"].decode())
    decoded = np.repeat(np.arange(len(lengths)) % 2, lengths)
    np.testing.assert_array_equal(decoded.reshape(mask.shape, order="F"), mask)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_long_runs_are_read_as_coco_writes_them(lengths):
    height = max(1, sum(lengths))
    packed = coco.frPyObjects({"size": [height, 1], "counts": lengths}, height, 1)
    assert run_lengths(packed["counts"].decode()).tolist() == lengths


def changed_run(**changes):
    def change(document):
        document["masklet"][3][0] = document["masklet"][3][0] | changes

    return change


HOSTILE = {
    "huge": changed_run(size=[10**9, 10**9]),
    "of another shape": changed_run(size=[SIZE_HW[1], SIZE_HW[0]]),
    "too short": changed_run(counts="021O1006OK3O02MO015N"),
    "empty": changed_run(counts=""),
    "negative": changed_run(counts="5O5O5O5O"),
    "without end": changed_run(counts="o" * 50),
    "endless number": changed_run(counts="o" * 40 + "0"),
    "not letters": changed_run(counts="é\x00\n"),
    "a list": changed_run(counts=[1, 2]),
    "no run": lambda document: document["masklet"][3].__setitem__(0, "run"),
    "null": lambda document: document["masklet"][3].__setitem__(0, None),
    "size of text": changed_run(size="ab"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_mask_is_refused_before_it_is_decoded(root, what):
    video = edited(root, HOSTILE[what])
    with pytest.raises(InputError, match=r"mask of sav_000001") as raised:
        video.labels(video.numbers()[:6])
    assert "\n" not in str(raised.value)
    video.labels(video.numbers()[4:10])


BROKEN = {
    "no json": lambda text: text[: len(text) // 2],
    "a list": lambda text: "[]",
    "no masklets": lambda text: json.dumps(json.loads(text) | {"masklet": []}),
    "no objects": lambda text: json.dumps(json.loads(text) | {"masklet": [[], []]}),
    "uneven": lambda text: json.dumps(json.loads(text) | {"masklet": [*json.loads(text)["masklet"], []]}),
    "no duration": lambda text: json.dumps(json.loads(text) | {"video_duration": 0}),
    "huge": lambda text: json.dumps(json.loads(text) | {"video_height": 10**6, "video_width": 10**6}),
    "infinite": lambda text: json.dumps(json.loads(text) | {"video_height": float("inf")}),
    "nested": lambda text: "[" * 200_000,
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_annotation_is_named(root, what):
    video = open_sav(root)[0]
    path = video.annotations[0]
    path.write_text(BROKEN[what](path.read_text()))
    with pytest.raises(InputError):
        video.numbers()


def test_a_truncated_video_is_named_and_the_rest_prepared(root, tmp_path):
    """The moov atom is at the front, so the file opens and ends too early; half-way lost is half-way prepared."""
    first = open_sav(root)[0]
    data = first.path.read_bytes()
    first.path.write_bytes(data[: len(data) * 6 // 10])
    cache = DepthCache.make(tmp_path / "depth", (64, 40), "ground-plane stand-in")
    summary = prepare(open_sav(root), cache, GroundPlane())
    assert set(summary.skipped) == {"sav_000001"} and summary.whole == 1
    assert "\n" not in summary.skipped["sav_000001"]
    assert len(cache.numbers("sav_000002")) == ANNOTATED


def test_a_video_of_another_size_is_named(root):
    video = edited(root, lambda document: document.update(video_height=SIZE_HW[1], video_width=SIZE_HW[0]))
    with pytest.raises(InputError, match="not as its masks say"):
        video.frames(video.numbers()[:2])


def test_rubbish_instead_of_a_video_is_named(root):
    video = open_sav(root)[0]
    video.path.write_bytes(b"rubbish" * 1000)
    with pytest.raises(InputError, match="sav_000001"):
        video.frames(video.numbers()[:2])


@pytest.mark.slow
def test_prepared_clips_are_cropped_and_carry_depth(root, tmp_path):
    cache = DepthCache.make(tmp_path / "depth", (64, 36), "ground-plane stand-in")
    assert prepare(open_sav(root), cache, GroundPlane()).frames == 2 * ANNOTATED
    clips = PreparedVideos(open_sav(root), cache)
    clip = clips.read(1, np.random.default_rng(0))
    assert clip.frames.shape == (16, 64, 36, 3) and clip.rendered.labels.shape == (16, 64, 36)
    assert {2, 3} <= set(np.unique(clip.rendered.labels))
    assert clip.rendered.disparity.max() > 100


def test_a_folder_without_annotated_videos_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"_manual.json"):
        open_sav(tmp_path)
