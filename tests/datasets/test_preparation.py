"""Filling the depth cache: nothing twice, nothing half, and no depth that was not asked for."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from levitor_core.datasets import __main__ as command
from levitor_core.datasets import synthetic
from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.datasets.preparation import open_videos, prepare, wanted_numbers
from levitor_core.datasets.vos import open_vos
from levitor_core.datasets.windows import PreparedVideos, crop_frames
from levitor_core.depth.ground_plane import GroundPlane
from levitor_core.errors import InputError
from tests.test_depth import toy_folder  # noqa: F401 - a fixture

CLIPS, FRAMES = 2, 16
STAND_IN = "ground-plane stand-in"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("davis")
    synthetic.main([str(folder), "--clips", str(CLIPS), "--frames", str(FRAMES)])
    return folder


class Counting:
    """The stand-in, counting the frames it is asked for."""

    name = STAND_IN

    def __init__(self, stop_after=10**9):
        self.seen, self.stop_after = 0, stop_after

    def estimate(self, photo, size_hw, monitor=None):
        self.seen += 1
        if self.seen > self.stop_after:
            raise KeyboardInterrupt
        return GroundPlane().estimate(photo, size_hw)


def cache_at(folder):
    return DepthCache.make(folder, (64, 64), STAND_IN)


def test_the_cache_keeps_disparity_to_half_a_257th(tmp_path):
    cache = cache_at(tmp_path)
    disparity = np.random.default_rng(0).uniform(-5, 260, (64, 64)).astype(np.float32)
    cache.write("video", 7, disparity)
    assert cache.numbers("video") == (7,) and DepthCache.open(tmp_path) == cache
    np.testing.assert_allclose(cache.read("video", 7), disparity.clip(0, 255), atol=0.5001 / 257)


def test_every_frame_is_estimated_once(root, tmp_path):
    estimator, cache, seen = Counting(), cache_at(tmp_path), []
    summary = prepare(open_vos(root), cache, estimator, on_progress=seen.append)
    assert (summary.frames, summary.whole, summary.skipped) == (CLIPS * FRAMES, CLIPS, {})
    assert estimator.seen == CLIPS * FRAMES and seen[-1].frames == CLIPS * FRAMES and "\n" not in str(seen[-1])
    assert prepare(open_vos(root), cache, estimator).frames == 0 and estimator.seen == CLIPS * FRAMES
    video = open_vos(root)[1]
    expected = GroundPlane().estimate(crop_frames(video.frames([3]), (64, 64))[0], (64, 64))
    np.testing.assert_allclose(cache.read(video.name, 3), expected, atol=1 / 257)


def test_an_interrupted_run_goes_on_where_it_stopped(root, tmp_path):
    cache, stopped, second = cache_at(tmp_path), Counting(stop_after=FRAMES + 6), Counting()
    with pytest.raises(KeyboardInterrupt):
        prepare(open_vos(root), cache, stopped)
    done = sum(len(cache.numbers(video.name)) for video in open_vos(root))
    assert 0 < done < CLIPS * FRAMES
    assert prepare(open_vos(root), cache, second).frames == second.seen == CLIPS * FRAMES - done


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_half_written(root, tmp_path):
    arguments = [str(root), "--kind", "davis", "--out", str(tmp_path), "--size", "64x64", "--depth", "ground-plane"]
    process = subprocess.Popen([sys.executable, "-m", "levitor_core.datasets", *arguments], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*/*.png")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    cache = DepthCache.open(tmp_path)
    for video in open_vos(root):
        for number in cache.numbers(video.name):
            assert cache.read(video.name, number).shape == (64, 64)
    assert command.main(arguments) == 0
    assert all(cache.numbers(video.name) == tuple(range(FRAMES)) for video in open_vos(root))


def test_only_as_many_windows_as_asked_for(root, tmp_path):
    numbers = range(0, 400, 4)
    wanted = wanted_numbers(numbers, 16, 3)
    assert len(wanted) == 48 and wanted[0] == 0 and wanted[-1] == 396
    assert wanted_numbers(numbers, 16, None) == list(numbers) and wanted_numbers(range(5), 16, None) == []
    cache = cache_at(tmp_path)
    assert prepare(open_vos(root), cache, GroundPlane(), num_frames=4, max_windows=2).frames == 8 * CLIPS
    clips = PreparedVideos(open_vos(root), cache, 4)
    assert clips.read(0, np.random.default_rng(0)).frames.shape[0] == 4


def test_too_short_and_broken_videos_are_named(root, tmp_path):
    summary = prepare(open_vos(root), cache_at(tmp_path), GroundPlane(), num_frames=FRAMES + 1)
    assert summary.whole == 0 and set(summary.skipped) == {video.name for video in open_vos(root)}
    assert f"no {FRAMES + 1} in a row" in summary.skipped["synthetic-00000"]


def test_other_depth_never_mixes_with_what_is_there(root, tmp_path):
    cache_at(tmp_path)
    with pytest.raises(InputError, match="choose another folder"):
        DepthCache.make(tmp_path, (64, 64), "Depth Anything V2")
    with pytest.raises(InputError, match="choose another folder"):
        DepthCache.make(tmp_path, (64, 40), STAND_IN)


def test_without_weights_it_says_so_and_stops(root, tmp_path, capsys):
    arguments = [str(root), "--kind", "davis", "--out", str(tmp_path / "out"), "--checkpoints", str(tmp_path)]
    assert command.main(arguments) == 3
    assert "--depth ground-plane" in capsys.readouterr().err and not (tmp_path / "out").exists()
    assert command.main([*arguments, "--depth", "ground-plane", "--size", "64x64"]) == 0
    assert f"{CLIPS} of {CLIPS} videos are ready" in capsys.readouterr().out


def test_depth_anything_fills_the_cache_in_batches(root, tmp_path, toy_folder):  # noqa: F811
    """The real class at toy size, by way of the command line, against one frame at a time."""
    from levitor_core.depth.depth_anything import load_depth_anything

    arguments = ["--kind", "davis", "--out", str(tmp_path), "--size", "64x64", "--checkpoints", str(toy_folder.parent)]
    assert command.main([str(root), *arguments, "--device", "cpu"]) == 0
    cache, estimator, video = DepthCache.open(tmp_path), load_depth_anything(toy_folder), open_vos(root)[1]
    for number in (0, FRAMES - 1):
        frame = crop_frames(video.frames([number]), (64, 64))[0]
        np.testing.assert_allclose(cache.read(video.name, number), estimator.estimate(frame, (64, 64)), atol=0.05)


def test_unknown_kinds_and_sizes_are_refused(root, tmp_path):
    with pytest.raises(InputError, match="unknown; use davis"):
        open_videos(root, "cows")
    assert command.main([str(root), "--kind", "sav", "--out", str(tmp_path)]) == 2
    with pytest.raises(SystemExit):
        command.main([str(root), "--kind", "davis", "--out", str(tmp_path), "--size", "large"])
