"""Videos: what is written plays, reads back as it was, and appears whole or not at all."""

import errno
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from levitor_core.errors import Cancelled, InputError, RendererError
from levitor_core.files.video_io import (
    draw_control,
    frame_strip,
    label_colour,
    read_frames,
    side_by_side,
    write_gif,
    write_mp4,
    write_video,
)
from levitor_core.structures import ControlPoints
from levitor_core.whole_files import replacing


@pytest.fixture(scope="module")
def china() -> np.ndarray:
    return pytest.importorskip("sklearn.datasets").load_sample_image("china.jpg")


def panning(photo: np.ndarray, num_frames: int = 8, size_hw: tuple[int, int] = (144, 256)) -> list[np.ndarray]:
    h, w = size_hw
    return [photo[3 * i : 3 * i + h, 4 * i : 4 * i + w] for i in range(num_frames)]


def facts(path: Path) -> str:
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_an_mp4_is_h264_with_its_index_first_and_shows_the_frames(china, tmp_path):
    frames, path = panning(china), tmp_path / "a.mp4"
    write_video(iter(frames), path, 23.976)
    read = list(read_frames(path))
    assert len(read) == len(frames)
    for one, other in zip(read, frames, strict=True):
        difference = one.astype(int) - other
        assert np.abs(difference).mean() < 4 and np.abs(difference.mean(axis=(0, 1))).max() < 1
    text = facts(path)
    assert "h264" in text and "yuv420p(tv, bt709," in text and "23.98 fps" in text
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert list(tmp_path.iterdir()) == [path]


PATCHES = np.array(
    [
        *[(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255), (200, 30, 60)],
        *[(0, 0, 0), (18, 18, 18), (64, 64, 64), (128, 128, 128), (255, 255, 255)],
        *[(224, 172, 105), (141, 85, 36), (255, 219, 172)],
    ],
    np.uint8,
)


def bt709_decoded(path: Path, size_hw: tuple[int, int]) -> np.ndarray:
    """The frames by BT.709's matrix and the limited range, whatever the file says of itself."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "rawvideo"]
    matrix = "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int+full_chroma_inp"
    command += ["-vf", matrix, "-pix_fmt", "rgb24", "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, *size_hw, 3)


@pytest.mark.parametrize("drawn_over", [False, True])
def test_an_mp4_carries_its_colour_and_flat_patches_come_back(tmp_path, drawn_over):
    """Primaries, greys and skin: matrix, range, tags and the container's own colour box all say BT.709."""
    frame = PATCHES.reshape(3, 5, 3).repeat(32, 0).repeat(32, 1)
    frames = [frame] * 3
    path = tmp_path / "patches.mp4"
    write_video(side_by_side(frames, frames) if drawn_over else frames, path, 6)
    shown = np.concatenate([frame, frame], axis=1) if drawn_over else frame
    inner = np.s_[:, 16::32, 16::32]
    for decoded in (bt709_decoded(path, shown.shape[:2]), np.stack(list(read_frames(path)))):
        assert np.abs(decoded[inner].astype(int) - shown[inner[1:]]).max() <= 2
    text, content = facts(path), path.read_bytes()
    assert "yuv420p(tv, bt709," in text and "unknown" not in text
    box = content.index(b"colr")
    assert content[box : box + 15] == b"colrnclx\0\1\0\1\0\1\0"  # primaries, transfer, matrix: 1; not full range


@pytest.mark.parametrize("size_hw", [(145, 255), (33, 64), (17, 17)])
def test_an_odd_side_gets_its_last_line_twice(china, tmp_path, size_hw):
    frames, path = panning(china, 2, size_hw), tmp_path / "odd.mp4"
    write_mp4(frames, path, 6)
    frame = next(read_frames(path))
    h, w = size_hw
    assert frame.shape == (h + h % 2, w + w % 2, 3)
    assert np.abs(frame[:h, :w].astype(int) - frames[0]).mean() < 8
    if w % 2:
        assert np.abs(frame[:, w].astype(int) - frame[:, w - 1]).mean() < 4


def test_a_gif_loops_keeps_its_time_and_looks_like_the_frames(china, tmp_path):
    frames, path = panning(china), tmp_path / "a.GIF"
    write_video(iter(frames), path, 6)
    with PilImage.open(path) as image:
        durations = []
        for index in range(image.n_frames):
            image.seek(index)
            durations.append(image.info["duration"])
            assert np.abs(np.asarray(image.convert("RGB")).astype(int) - frames[index]).mean() < 6
        assert image.info["loop"] == 0
    assert len(durations) == 8 and sum(durations) == pytest.approx(8000 / 6, abs=10)
    assert list(tmp_path.iterdir()) == [path]


def test_a_gif_never_runs_faster_than_browsers_play(tmp_path):
    frames = [np.full((32, 32, 3), 4 * i, np.uint8) for i in range(60)]
    write_gif(frames, tmp_path / "a.gif", 60)
    with PilImage.open(tmp_path / "a.gif") as image:
        assert image.n_frames == 50 and image.info["duration"] == 20


@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_cancelled_video_leaves_no_trace(china, tmp_path, name, old):
    if old:
        (tmp_path / name).write_bytes(old)
    seen = []

    def frames():
        for frame in panning(china):
            seen.append(len(seen))
            if len(seen) == 5:
                raise Cancelled
            yield frame

    with pytest.raises(Cancelled):
        write_video(frames(), tmp_path / name, 6)
    assert len(seen) == 5
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == ({name: old} if old else {})


def unread():
    raise AssertionError("rendered before the place was known to be writable")
    yield


def test_a_place_that_cannot_be_written_to_is_told_before_rendering(tmp_path):
    for path in (tmp_path / "missing" / "a.mp4", tmp_path / "missing" / "a.gif"):
        with pytest.raises(InputError, match="cannot be written"):
            write_video(unread(), path, 6)
    folder = tmp_path / "folder.mp4"
    folder.mkdir()
    with pytest.raises(InputError, match="folder"):
        write_video(unread(), folder, 6)
    with pytest.raises(InputError, match=r"\.mp4 or \.gif"):
        write_video(unread(), tmp_path / "a.mov", 6)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.mp4"]


def test_no_frames_and_a_broken_encoder_are_told(china, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="no frame"):
        write_mp4(iter([]), tmp_path / "a.mp4", 6)
    monkeypatch.setattr("levitor_core.files.video_io._H264", ("-c:v", "no-such-encoder"))
    with pytest.raises(RendererError, match="encoded") as error:
        write_mp4(panning(china), tmp_path / "a.mp4", 6)
    assert "\n" not in str(error.value) and not list(tmp_path.iterdir())


@pytest.mark.parametrize("fps", [0, -6, float("nan"), float("inf"), np.float32("nan"), "6", None, True])
def test_what_is_no_rate_is_refused_before_a_frame_is_rendered(tmp_path, fps):
    for name in ("a.mp4", "a.gif"):
        with pytest.raises(InputError, match="Frames a second"):
            write_video(unread(), tmp_path / name, fps)
    assert not list(tmp_path.iterdir())


def test_numpys_numbers_are_rates(china, tmp_path):
    for fps in (np.float32(8), np.int64(6)):
        write_video(panning(china, 2, (32, 48)), tmp_path / "a.mp4", fps)
        assert f"{float(fps):g} fps" in facts(tmp_path / "a.mp4")


def test_frames_of_different_sizes_are_a_programmers_mistake(china, tmp_path):
    with pytest.raises(ValueError, match="every frame"):
        write_mp4([china[:64, :64], china[:32, :64]], tmp_path / "a.mp4", 6)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told():
    from levitor_core.files.video_io import _H264, _encode

    frames = [np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)] * 4
    with pytest.raises(RendererError, match="disk is full"):
        _encode(frames, 6, (*_H264[:-2], "-f", "h264", "/dev/full"))


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    with replacing(path) as partial:
        partial.write_text("one")
        assert not path.exists()
    assert path.read_text() == "one"
    with pytest.raises(RendererError, match="disk is full"), replacing(path) as partial:
        partial.write_text("two")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert path.read_text() == "one" and list(tmp_path.iterdir()) == [path]


def test_what_is_no_video_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"nonsense" * 100)
    for path in (tmp_path / "a.mp4", tmp_path / "missing.mp4"):
        with pytest.raises(InputError, match="cannot be read"):
            next(read_frames(path))


LISTS = (
    "ffconcat version 1.0\nfile other.mp4\n",
    "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n",
)


@pytest.mark.parametrize("text", LISTS, ids=["concat", "playlist"])
def test_a_video_is_no_list_of_other_files(tmp_path, text):
    write_mp4([np.zeros((16, 16, 3), np.uint8)] * 2, tmp_path / "other.mp4", 6)
    (tmp_path / "a.mp4").write_text(text)
    with pytest.raises(InputError, match="cannot be read"):
        next(read_frames(tmp_path / "a.mp4"))


def test_a_video_of_more_pixels_than_are_read_is_refused(tmp_path):
    write_mp4([np.zeros((16, 4098, 3), np.uint8)], tmp_path / "a.mp4", 6)
    with pytest.raises(InputError, match="4098 x 16; choose one of at most 4096"):
        next(read_frames(tmp_path / "a.mp4"))


def test_the_control_is_drawn_where_the_points_are_and_nearer_ones_are_larger_and_brighter():
    rows = np.array([[0, 20, 30, 1, 30], [0, 40, 60, 1, 250], [1, 20, 80, 2, 128]])
    labels = np.zeros((2, 64, 96), np.int32)
    labels[0, 10:50, 20:70] = 1
    frames = [np.full((128, 192, 3), 180, np.uint8)] * 2
    drawn = list(draw_control(frames, ControlPoints(rows, 2, (64, 96)), labels))
    far, near = drawn[0][40, 60].astype(int), drawn[0][80, 120].astype(int)
    assert near.sum() > far.sum() > 0
    np.testing.assert_allclose(near, label_colour(1, 0.5 + 0.5 * 250 / 255), atol=2)
    lit = [np.ptp(frame, axis=2) > 20 for frame in drawn]
    inside = np.s_[26:90, 46:134]
    assert lit[0][60:100, 100:134].sum() > 1.5 * lit[0][inside][:30, :50].sum() > 0
    assert lit[0][20, 80] and not lit[1][20, 80] and lit[1][40, 160] and not lit[0][40, 160]
    assert (drawn[1][:20] < 100).all()


def test_side_by_side_holds_the_shorter_one_and_matches_heights(china):
    left, right = panning(china, 3, (80, 100)), panning(china, 5, (40, 30))
    together = list(side_by_side(left, iter(right)))
    assert [frame.shape for frame in together] == [(80, 160, 3)] * 5
    np.testing.assert_array_equal(together[4][:, :100], left[2])


def test_a_strip_shows_the_first_and_the_last_frame(china):
    frames = panning(china, 11, (40, 50))
    strip = frame_strip(iter(frames), most=4, gap=2)
    assert strip.shape == (40, 4 * 50 + 3 * 2, 3)
    np.testing.assert_array_equal(strip[:, :50], frames[0])
    np.testing.assert_array_equal(strip[:, -50:], frames[-1])
    with pytest.raises(InputError):
        frame_strip([])
