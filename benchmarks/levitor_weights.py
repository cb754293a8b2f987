"""A checkpoint of random weights at full size in the released layout, and a project to render with it."""

import json
from pathlib import Path
from typing import Any, cast

SVD = "stable-video-diffusion-img2vid-xt"
SHARED = {
    "block_out_channels": (320, 640, 1280, 1280),
    "num_attention_heads": (5, 10, 20, 20),
    "cross_attention_dim": 1024,
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 768,
}
VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "sample_size": 768,
}
CLIP: dict[str, Any] = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "image_size": 224,
    "patch_size": 14,
    "projection_dim": 1024,
    "hidden_act": "gelu",
}
NORMALISATION = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
SCHEDULER = {
    "_class_name": "EulerDiscreteScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "use_karras_sigmas": True,
    "sigma_min": 0.002,
    "sigma_max": 700.0,
    "timestep_spacing": "leading",
    "timestep_type": "continuous",
    "steps_offset": 1,
}


def make_checkpoint(folder: Path) -> None:
    """Random weights of every network at full size, made in the card's memory, in the released layout."""
    import torch
    from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
    from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    from levitor_core.renderers.levitor.controlnet import LeviTorControlNet

    torch.manual_seed(0)
    svd = folder / SVD
    half, full = "diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.safetensors"
    with torch.device("cuda"):
        _save(UNetSpatioTemporalConditionModel(**SHARED), svd / "unet" / half, torch.float16)
        controlnet = LeviTorControlNet(**SHARED)
        untrained = (*controlnet.controlnet_down_blocks, controlnet.controlnet_mid_block)
        for layer in (*untrained, controlnet.controlnet_cond_embedding.conv_out):
            torch.nn.init.normal_(cast(Any, layer).weight, std=0.01)
        _save(controlnet, folder / "LeviTor" / "controlnet" / full, torch.float32)
        vae = AutoencoderKLTemporalDecoder(**VAE)
        _save(vae, svd / "vae" / half, torch.float16)
        clip = CLIPVisionModelWithProjection(CLIPVisionConfig(**CLIP))
        _save(clip, svd / "image_encoder" / "model.fp16.safetensors", torch.float16)
    config = json.loads((folder / "LeviTor" / "controlnet" / "config.json").read_text())
    _write_json(folder / "LeviTor" / "controlnet" / "config.json", config | {"_class_name": "ControlNetSVDModel"})
    _write_json(svd / "scheduler" / "scheduler_config.json", SCHEDULER)
    _write_json(svd / "feature_extractor" / "preprocessor_config.json", NORMALISATION)
    _write_json(svd / "model_index.json", {"_class_name": "StableVideoDiffusionPipeline"})


def _save(network: Any, path: Path, dtype: Any) -> None:
    """The network's weights at `path`, its config beside them."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True)
    save_file({name: tensor.to(dtype) for name, tensor in network.state_dict().items()}, path)
    if hasattr(network, "save_config"):
        network.save_config(path.parent)
    else:
        network.config.save_pretrained(path.parent)


def make_project(path: Path) -> None:
    """A real photo of scikit-learn's at 288 wide x 512 high; a disc of it crosses the picture and comes nearer."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_sample_image

    from levitor_core.files.project_file import save
    from levitor_core.structures import Project, Scene, SceneObject, Waypoint

    photo = np.asarray(Image.fromarray(load_sample_image("flower.jpg")).resize((768, 512)))[:, 240:528].copy()
    y, x = np.mgrid[:512, :288]
    disparity = (40 + 100 * y / 511).astype(np.float32)
    mask = (y - 300) ** 2 + (x - 90) ** 2 < 45**2
    disparity[mask] = 130
    partition = (1 + 3 * (y // 128) + x // 96).astype(np.int32)
    scene = Scene(photo, disparity, partition, "made by hand", "made by hand")
    waypoints = (Waypoint(90, 300), Waypoint(160, 220, nearness=0.6), Waypoint(210, 300, nearness=0.75))
    save(Project(photo=photo, scene=scene, objects=(SceneObject("Disc", mask, waypoints=waypoints),)), path)


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))
