"""Every kind of data trains: a DAVIS folder with its depth cache goes through the same run as synthetic clips."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from levitor_core.datasets.clips import VideoClip
from levitor_core.datasets.davis_writing import write_davis
from levitor_core.errors import InputError
from levitor_core.training.config import DataConfig
from levitor_core.training.loop import train
from levitor_core.training.sources import open_source, open_synthetic
from tests.training.conftest import FRAMES, SIDE, square_clip


@pytest.fixture
def davis(tmp_path) -> Path:
    """Three videos of squares in the DAVIS layout."""
    rng = np.random.default_rng(0)
    clips = (
        VideoClip(f"square-{i}", *(getattr(square_clip(rng), n) for n in ("frames", "rendered"))) for i in range(3)
    )
    write_davis(tmp_path / "davis", clips, (SIDE, SIDE), "made by hand")
    return tmp_path / "davis"


def data(folder: Path) -> DataConfig:
    return DataConfig(kind="vos", folder=str(folder), num_frames=FRAMES, height=SIDE, width=SIDE, workers=0)


def test_a_davis_folder_is_read_with_its_masks_and_depth(davis):
    source = open_source(data(davis))
    assert len(source) == 3
    clip = source.read(1, np.random.default_rng(0))
    assert clip.frames.shape == (FRAMES, SIDE, SIDE, 3)
    assert set(np.unique(clip.rendered.labels)) == {0, 1}
    assert set(np.unique(clip.rendered.disparity)) == {40, 150}


@pytest.mark.slow
def test_a_run_trains_on_a_davis_folder(davis, config):
    config = replace(config, data=data(davis), run=replace(config.run, steps=2, sample_every=2))
    folder = train(config)
    losses = [json.loads(line)["loss"] for line in (Path(config.run.output) / "losses.jsonl").read_text().splitlines()]
    assert len(losses) == 2
    assert np.isfinite(losses).all()
    assert (folder / "samples.png").is_file()


def test_depth_of_another_size_is_refused(davis):
    with pytest.raises(InputError, match=f"--size 64x{SIDE}"):
        open_source(replace(data(davis), width=64))


def test_videos_without_depth_are_refused(davis):
    with pytest.raises(InputError, match=r"levitor_core\.datasets"):
        open_source(replace(data(davis), depth=str(davis / "none")))


def test_synthetic_clips_depend_on_the_generator_alone(tmp_path):
    source = open_synthetic(replace(data(tmp_path), kind="synthetic", num_frames=2))
    first, again, other = (source.read(0, np.random.default_rng(seed)).frames for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
