"""A tiny checkpoint with the real architectures, in the folders and file names of the released one."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from levitor_core import renderers
from levitor_core.structures import Project, Scene, SceneObject, Waypoint

SIZE_HW = (64, 48)
SHARED = {
    "block_out_channels": (32, 32, 64, 64),
    "num_attention_heads": (2, 2, 4, 4),
    "cross_attention_dim": 32,
    "addition_time_embed_dim": 32,
    "projection_class_embeddings_input_dim": 96,
    "layers_per_block": 1,
}
RELEASED_EXTRAS = {
    "_class_name": "ControlNetSVDModel",
    "_diffusers_version": "0.24.0",
    "feature_channels": 160,
    "feature_out_channels": [160, 160, 256, 256],
    "num_frames": 25,
    "out_channels": 4,
    "sample_size": 96,
    "up_block_types": ["UpBlockSpatioTemporal", *["CrossAttnUpBlockSpatioTemporal"] * 3],
    "with_id_feature": False,
}


def write_svd(folder: Path, vae_blocks: int = 4, latent_channels: int = 4) -> None:
    """Everything of stable-video-diffusion-img2vid-xt, at toy size; fewer VAE blocks make larger latents."""
    from diffusers import AutoencoderKLTemporalDecoder, EulerDiscreteScheduler, UNetSpatioTemporalConditionModel
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    channels = {"in_channels": 2 * latent_channels, "out_channels": latent_channels}
    unet = UNetSpatioTemporalConditionModel(sample_size=96, num_frames=25, **channels, **SHARED)
    unet.save_pretrained(folder / "unet")
    down = ("DownEncoderBlock2D",) * vae_blocks
    vae = AutoencoderKLTemporalDecoder(
        down_block_types=down, block_out_channels=(32,) * vae_blocks, layers_per_block=1,
        latent_channels=latent_channels, force_upcast=True,
    )  # fmt: skip
    vae.save_pretrained(folder / "vae", variant="fp16")
    clip = CLIPVisionConfig(
        hidden_size=32, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4, patch_size=32,
        image_size=224, projection_dim=32,
    )  # fmt: skip
    CLIPVisionModelWithProjection(clip).save_pretrained(folder / "image_encoder")
    EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction",
        use_karras_sigmas=True, sigma_min=0.002, sigma_max=700.0, timestep_spacing="leading",
        timestep_type="continuous", steps_offset=1, interpolation_type="linear",
    ).save_pretrained(folder / "scheduler")  # fmt: skip
    write_json(folder / "feature_extractor" / "preprocessor_config.json", {
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    })  # fmt: skip
    write_json(folder / "model_index.json", {"_class_name": "StableVideoDiffusionPipeline"})


def write_controlnet(folder: Path, **changes: Any) -> None:
    """The ControlNet with random weights, so that control changes the picture, and the released config's fields."""
    import torch

    from levitor_core.renderers.levitor.controlnet import LeviTorControlNet

    network = LeviTorControlNet(**SHARED, **changes)
    for parameter in network.parameters():
        if not bool(parameter.any()):
            torch.nn.init.normal_(parameter, std=0.1)
    network.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", config | RELEASED_EXTRAS)


def write_json(path: Path, values: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")


class Folders:
    """The part of Checkpoints that the renderer uses, over plain folders."""

    def __init__(self, root: Path) -> None:
        self.places = {
            "stable-video-diffusion-img2vid-xt": root / "stable-video-diffusion-img2vid-xt",
            "levitor-controlnet": root / "LeviTor" / "controlnet",
            "levitor-unet": root / "LeviTor" / "unet",
        }

    def find(self, name: str) -> Path | None:
        return self.places[name] if self.places[name].is_dir() else None

    def require(self, name: str) -> Path:
        return self.places[name]


@pytest.fixture(scope="session")
def checkpoint_root(tmp_path_factory) -> Path:
    """The folder that would be `checkpoints/`. Read only; copy it to damage it."""
    import torch

    torch.manual_seed(3)
    root = tmp_path_factory.mktemp("checkpoints")
    write_svd(root / "stable-video-diffusion-img2vid-xt")
    write_controlnet(root / "LeviTor" / "controlnet")
    return root


@pytest.fixture
def folders():
    """Makes a Folders of any root, for tests of what a folder holds."""
    return Folders


@pytest.fixture
def copied(checkpoint_root, tmp_path):
    """A copy of the checkpoint whose files may be replaced (not edited in place: they are links)."""
    root = tmp_path / "checkpoints"
    shutil.copytree(checkpoint_root, root, copy_function=os.link)
    return root


@pytest.fixture(scope="session")
def networks(checkpoint_root):
    """The tiny checkpoint, loaded on the CPU through the code that loads the real one."""
    import torch

    from levitor_core.renderers.levitor.loading import load_networks
    from levitor_core.renderers.levitor.memory import NETWORKS

    return load_networks(Folders(checkpoint_root), torch.float32, dict.fromkeys(NETWORKS, torch.device("cpu")))


def small_project() -> Project:
    """A square that crosses a flat scene, three frames, one step."""
    height, width = SIZE_HW
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    disparity = np.full(SIZE_HW, 60, np.float32)
    mask = np.zeros(SIZE_HW, bool)
    mask[16:40, 8:28] = True
    partition = np.where(np.arange(width) < width // 2, 1, 2) * np.ones(SIZE_HW, np.int32)
    disparity[mask] = 120
    path = (Waypoint(18, 28), Waypoint(34, 34, nearness=0.7))
    small = Project(
        photo=image,
        scene=Scene(image, disparity, partition.astype(np.int32), "given", "given"),
        objects=(SceneObject("Square", mask, waypoints=path),),
    )
    return renderers.with_settings(small, renderer="levitor", num_frames=3, num_inference_steps=1)


@pytest.fixture(scope="session")
def make_project():
    """Makes the small project."""
    return small_project


@pytest.fixture
def project() -> Project:
    """The small project."""
    return small_project()


@pytest.fixture
def with_settings(project):
    """The project with other settings."""
    return lambda **changes: renderers.with_settings(project, **changes)
