"""From the released folders to networks: safetensors only, every key and shape checked, nothing ever unpickled.

    checkpoints/stable-video-diffusion-img2vid-xt/{unet,vae,image_encoder,feature_extractor,scheduler}/
    checkpoints/LeviTor/controlnet/{config.json,diffusion_pytorch_model.safetensors}
    checkpoints/LeviTor/unet/                      optional: used instead of SVD's own only when asked for

Each folder holds full or `fp16` weights (`NAME.fp16.safetensors`); whichever is nearer to what is asked is read.
Every failure is one MissingWeightsError that names the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from safetensors import safe_open
from torch import Tensor, nn
from transformers import CLIPVisionModelWithProjection

from levitor_core.devices import on_zero_gpu, settled
from levitor_core.errors import MissingWeightsError
from levitor_core.renderers.levitor.architecture import (
    BUILDERS,
    Config,
    controlnet_config,
    patch_side_in,
    read_json,
    read_normalisation,
    read_scheduler,
    readable,
)
from levitor_core.renderers.levitor.controlnet import LeviTorControlNet
from levitor_core.renderers.levitor.entry import UNetChoice
from levitor_core.renderers.levitor.folder import CONTROLNET, FINE_TUNED_UNET, VIDEO_MODEL, CheckpointsLike
from levitor_core.whole_files import is_file

_FLOAT_TYPES = {"F8_E4M3", "F8_E5M2", "F16", "BF16", "F32", "F64"}

Devices = Mapping[str, torch.device]


@dataclass(frozen=True, eq=False)
class Networks:
    """Everything one video needs; `image_mean` and `image_std` normalise what CLIP sees. The video model alone has no
    ControlNet."""

    unet: UNetSpatioTemporalConditionModel
    controlnet: LeviTorControlNet | None
    vae: AutoencoderKLTemporalDecoder
    image_encoder: CLIPVisionModelWithProjection
    scheduler: EulerDiscreteScheduler
    image_mean: tuple[float, ...]
    image_std: tuple[float, ...]

    @property
    def control_patch_side(self) -> int:
        """Side in pixels of a control point's patch that the ControlNet was trained with."""
        return self.steering.config["control_patch_side"]

    @property
    def steering(self) -> LeviTorControlNet:
        """The ControlNet, for whoever cannot do without. Raises MissingWeightsError."""
        if self.controlnet is None:
            raise MissingWeightsError("Only the video model was loaded; load LeviTor's ControlNet with it.")
        return self.controlnet

    @property
    def denoising(self) -> tuple[nn.Module, ...]:
        """The networks that every step needs."""
        return (self.unet, self.controlnet) if self.controlnet else (self.unet,)


def load_networks(
    checkpoints: CheckpointsLike, dtype: torch.dtype, devices: Devices, unet: UNetChoice = "base", control: bool = True
) -> Networks:
    """Load all networks in `dtype`, each straight onto its device (`unet`, `controlnet`, `vae`, `image_encoder`); the
    ControlNet only with `control`.

    The video model's own UNet, as in the released demo, or when asked for that of LeviTor/unet. Raises
    MissingWeightsError.
    """
    svd = checkpoints.require(VIDEO_MODEL)
    controlnet = checkpoints.require(CONTROLNET) if control else None
    unet_folder = checkpoints.require(FINE_TUNED_UNET) if unet == "levitor" else svd / "unet"
    networks = Networks(  # the quickest to refuse first
        **read_normalisation(svd),
        scheduler=read_scheduler(svd / "scheduler" / "scheduler_config.json"),
        controlnet=controlnet
        and load_network("controlnet", controlnet, dtype, devices, controlnet_config(controlnet, unet_folder)),
        image_encoder=load_network("image_encoder", svd / "image_encoder", dtype, devices),
        vae=load_network("vae", svd / "vae", dtype, devices),
        unet=load_network("unet", unet_folder, dtype, devices),
    )
    if not _fit(networks):
        other = controlnet or unet_folder
        raise MissingWeightsError(f"{other} and {svd} do not belong together; get both from one release.")
    return networks


def _fit(networks: Networks) -> bool:
    """Whether VAE, UNet and ControlNet agree on the latents' channels and on how much smaller they are."""
    vae, unet = networks.vae.config, networks.unet.config
    if networks.controlnet is None:
        return unet["in_channels"] == 2 * vae["latent_channels"]
    controlnet = networks.controlnet.config
    channels = {unet["in_channels"], controlnet["in_channels"], 2 * vae["latent_channels"]}
    levels = len(vae["block_out_channels"]), len(controlnet["conditioning_embedding_out_channels"])
    return len(channels) == 1 and levels[0] == levels[1]


def control_patch_side(checkpoints: CheckpointsLike) -> int:
    """Side in pixels of a control point's patch that the ControlNet there was trained with; loads nothing.

    Raises MissingWeightsError.
    """
    path = checkpoints.require(CONTROLNET) / "config.json"
    return patch_side_in(read_json(path), path)


def load_network(name: str, folder: Path, dtype: torch.dtype, devices: Devices, config: Config | None = None) -> Any:
    """One network from `folder`: built without memory from its config, then filled from its checked file."""
    config = config or read_json(folder / "config.json")
    try:
        with init_empty_weights():
            network = BUILDERS[name][1](config)
    except Exception as error:  # a config.json can hold anything, and libraries answer it with anything
        raise MissingWeightsError(
            f"{folder / 'config.json'} does not describe this network; get the released file again."
        ) from error
    path = _weights_file(folder, "model" if name == "image_encoder" else "diffusion_pytorch_model", dtype)
    reading = torch.device("cpu") if on_zero_gpu() else devices[name]  # a lent GPU is only played when that is read
    network.load_state_dict(_read_tensors(path, network, dtype, reading), assign=True)
    return settled(network, devices[name]).eval().requires_grad_(False)


def _weights_file(folder: Path, stem: str, dtype: torch.dtype) -> Path:
    full, half = folder / f"{stem}.safetensors", folder / f"{stem}.fp16.safetensors"
    for path in (full, half) if dtype == torch.float32 else (half, full):
        if is_file(path):
            return path
    raise MissingWeightsError(f"{full} is missing; put it there, or {half.name} (only .safetensors files are read).")


def _name_device(device: torch.device) -> str:
    """The device in safetensors' words, which count GPUs but no CPUs."""
    return "cpu" if device.type == "cpu" else str(device)


def _read_tensors(path: Path, network: nn.Module, dtype: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    """Every tensor of the file, in `dtype` on `device`, after comparing all names, shapes and types."""
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    with readable(path), safe_open(path, framework="pt", device=_name_device(device)) as file:
        found = {name: file.get_slice(name) for name in file.keys() if not name.endswith("position_ids")}  # noqa: SIM118
        wrong = _first_difference(expected, found)
        if wrong:
            raise MissingWeightsError(f"{path} is of another model ({wrong}); get the released file again.")
        return {name: file.get_tensor(name).to(dtype) for name in expected}


def _first_difference(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, Any]) -> str | None:
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            return f"{name} is missing, {len(found)} of {len(expected)} tensors"
        if name not in expected:
            return f"{name} is unknown, {len(found)} tensors instead of {len(expected)}"
        if tuple(found[name].get_shape()) != expected[name]:
            return f"{name} has shape {found[name].get_shape()} instead of {list(expected[name])}"
        if found[name].get_dtype() not in _FLOAT_TYPES:
            return f"{name} holds {found[name].get_dtype()} numbers"
    return None
