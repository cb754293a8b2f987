"""A world of squares: clips for training that take no time to make, and configs at toy-toy size."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from levitor_core.datasets.clips import VideoClip
from levitor_core.structures import RenderedMasks
from levitor_core.training.config import (
    AutoencoderConfig,
    DataConfig,
    ModelConfig,
    OptimizerConfig,
    RunConfig,
    TrainingConfig,
)

SIDE, FRAMES = 32, 3


def square_clip(rng: np.random.Generator) -> VideoClip:
    """A grey square that moves right over noise."""
    frames = np.repeat(rng.integers(0, 200, (1, SIDE, SIDE, 3), dtype=np.uint8), FRAMES, axis=0)
    labels = np.zeros((FRAMES, SIDE, SIDE), np.int32)
    top, left = rng.integers(0, SIDE - 16, 2)
    for frame in range(FRAMES):
        window = np.s_[frame, top : top + 12, left + 2 * frame : left + 2 * frame + 12]
        frames[window], labels[window] = 230, 1
    disparity = np.where(labels, 150, 40).astype(np.float32)
    return VideoClip("square", frames, RenderedMasks(labels, disparity, 0))


class Squares:
    """A ClipSource."""

    def __len__(self) -> int:
        return 5

    def read(self, index: int, rng: np.random.Generator) -> VideoClip:
        return square_clip(np.random.default_rng((index, int(rng.integers(100)))))


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """A folder with an untrained VAE of factor 4."""
    import torch

    from levitor_core.renderers.levitor.folder import VIDEO_MODEL
    from levitor_core.training.autoencoder import build_autoencoder

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("base")
    vae = build_autoencoder(AutoencoderConfig(block_out_channels=(32, 32, 32), latent_channels=4))
    vae.save_pretrained(folder / VIDEO_MODEL / "vae")
    return folder


@pytest.fixture
def config(base, tmp_path) -> TrainingConfig:
    """A run of six steps on squares."""
    return six_steps(base, tmp_path / "output")


@pytest.fixture(scope="session")
def trained(base, tmp_path_factory) -> TrainingConfig:
    """Such a run, done: its folder is for reading."""
    from levitor_core.training.loop import train

    config = six_steps(base, tmp_path_factory.mktemp("trained") / "output")
    with pytest.MonkeyPatch.context() as patch:
        _read_squares(patch)
        train(config)
    return config


def six_steps(base: Path, output: Path) -> TrainingConfig:
    return TrainingConfig(
        data=DataConfig(kind="synthetic", num_frames=FRAMES, height=SIDE, width=SIDE, workers=0),
        model=ModelConfig(
            base=str(base),
            fresh=True,
            block_out_channels=(32, 32),
            num_attention_heads=(1, 1),
            control_widths=(8, 16, 32),
            control_patch_side=6,
            control_units=(64.0, 4.0, 64.0),
        ),
        optimizer=OptimizerConfig(learning_rate=1e-3, warmup_steps=2, total_batch=4, micro_batch=2, ema_decay=0.9),
        run=RunConfig(
            output=str(output), steps=6, precision="no", gradient_checkpointing=False, log_every=1,
            save_every=3, sample_every=1000,
        ),
    )  # fmt: skip


@pytest.fixture
def squares(monkeypatch):
    """Runs in this process read squares."""
    _read_squares(monkeypatch)


def _read_squares(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("levitor_core.training.loop.open_source", lambda data: Squares())
    patch.setattr("levitor_core.training.sampling.open_source", lambda data: Squares())


@pytest.fixture
def changed():
    """A config with other values in one section."""
    return lambda config, section, **values: replace(config, **{section: replace(getattr(config, section), **values)})
