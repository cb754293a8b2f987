"""Sample videos while training, through the app's own pipeline from the checkpoint just written."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from levitor_core.datasets.clips import control_of
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.renderers.levitor.folder import CheckpointFolder
from levitor_core.renderers.levitor.memory import PLANS, Setup
from levitor_core.renderers.levitor.pipeline import Job, Pipeline
from levitor_core.training.config import TrainingConfig
from levitor_core.training.sources import open_source

SAMPLES = 2
STEPS = 15


def write_samples(folder: Path, config: TrainingConfig, device: torch.device) -> None:
    """`samples.png` in the checkpoint's folder: of each clip a row of true frames above a row of generated ones."""
    unet = "levitor" if config.model.train_unet and not config.model.fresh else "base"
    pipeline = Pipeline.load(CheckpointFolder(folder), Setup(PLANS["full"], device, torch.float32, unet))
    data = config.data
    source, rows = open_source(data), []
    settings = LeviTorSettings(num_inference_steps=STEPS, num_frames=data.num_frames)
    for number in range(SAMPLES):
        clip = source.read(number % len(source), np.random.default_rng((config.run.seed, number)))
        control = control_of(clip.rendered, pipeline.networks.control_patch_side, data.ablation)
        rows += [clip.frames, _generate(pipeline, Job(clip.frames[0], control, settings.fps, settings))]
    picture = np.concatenate([np.concatenate(list(row), axis=1) for row in rows])
    Image.fromarray(picture).save(folder / "samples.png")


def _generate(pipeline: Pipeline, job: Job) -> np.ndarray:
    return next(event for event in pipeline.generate(job) if isinstance(event, np.ndarray))
