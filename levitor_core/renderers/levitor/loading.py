"""From the released folders to networks: safetensors only, every key and shape checked, nothing ever unpickled.

    checkpoints/stable-video-diffusion-img2vid-xt/{unet,vae,image_encoder,feature_extractor,scheduler}/
    checkpoints/LeviTor/controlnet/{config.json,diffusion_pytorch_model.safetensors}
    checkpoints/LeviTor/unet/                      optional: used instead of SVD's own when it is there

Each folder holds full or `fp16` weights (`NAME.fp16.safetensors`); whichever is nearer to what is asked is read.
Every failure is one MissingWeightsError that names the file.
"""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from levitor_core.control.control_signal import PATCH_SIDE
from levitor_core.errors import MissingWeightsError
from levitor_core.renderers.levitor.controlnet import LeviTorControlNet
from levitor_core.renderers.levitor.folder import CONTROLNET, FINE_TUNED_UNET, VIDEO_MODEL, CheckpointsLike

_FLOAT_TYPES = {"F16", "BF16", "F32"}

Config = dict[str, Any]
Devices = Mapping[str, torch.device]


@dataclass(frozen=True, eq=False)
class Networks:
    """Everything one video needs; `image_mean` and `image_std` normalise what CLIP sees."""

    unet: UNetSpatioTemporalConditionModel
    controlnet: LeviTorControlNet
    vae: AutoencoderKLTemporalDecoder
    image_encoder: CLIPVisionModelWithProjection
    scheduler: EulerDiscreteScheduler
    image_mean: tuple[float, ...]
    image_std: tuple[float, ...]
    fine_tuned_unet: bool


def load_networks(checkpoints: CheckpointsLike, dtype: torch.dtype, devices: Devices) -> Networks:
    """Load all networks in `dtype`, each straight onto its device (`unet`, `controlnet`, `vae`, `image_encoder`).

    Raises MissingWeightsError.
    """
    svd = checkpoints.require(VIDEO_MODEL)
    controlnet = checkpoints.require(CONTROLNET)
    fine_tuned = checkpoints.find(FINE_TUNED_UNET)
    mean, std = _normalisation(svd / "feature_extractor" / "preprocessor_config.json")
    networks = Networks(  # the quickest to refuse first
        image_mean=mean,
        image_std=std,
        scheduler=_scheduler(svd / "scheduler" / "scheduler_config.json"),
        controlnet=_load(_build_controlnet, controlnet, dtype, devices["controlnet"]),
        image_encoder=_load(_build_image_encoder, svd / "image_encoder", dtype, devices["image_encoder"], "model"),
        vae=_load(_build_vae, svd / "vae", dtype, devices["vae"]),
        unet=_load(_build_unet, fine_tuned or svd / "unet", dtype, devices["unet"]),
        fine_tuned_unet=fine_tuned is not None,
    )
    if not _fit(networks):
        raise MissingWeightsError(f"{controlnet} and {svd} do not belong together; get both from one release.")
    return networks


def _fit(networks: Networks) -> bool:
    """Whether VAE, UNet and ControlNet agree on the latents' channels and on how much smaller they are."""
    vae, unet, controlnet = networks.vae.config, networks.unet.config, networks.controlnet.config
    channels = {unet["in_channels"], controlnet["in_channels"], 2 * vae["latent_channels"]}
    levels = len(vae["block_out_channels"]), len(controlnet["conditioning_embedding_out_channels"])
    return len(channels) == 1 and levels[0] == levels[1]


def control_patch_side(checkpoints: CheckpointsLike) -> int:
    """Side in pixels of a control point's patch that the ControlNet was trained with: 20 where its config is silent.

    Raises MissingWeightsError.
    """
    path = checkpoints.require(CONTROLNET) / "config.json"
    side = _read_json(path).get("control_patch_side", PATCH_SIDE)
    if not isinstance(side, int) or side % 2 or not 2 <= side <= 64:
        raise MissingWeightsError(f"{path} has no even control_patch_side from 2 to 64; get the released file again.")
    return side


def _build_unet(config: Config) -> nn.Module:
    return UNetSpatioTemporalConditionModel(**_known(UNetSpatioTemporalConditionModel, config))


def _build_vae(config: Config) -> nn.Module:
    return AutoencoderKLTemporalDecoder(**_known(AutoencoderKLTemporalDecoder, config))


def _build_image_encoder(config: Config) -> nn.Module:
    return CLIPVisionModelWithProjection(CLIPVisionConfig(**config))


def _build_controlnet(config: Config) -> nn.Module:
    return LeviTorControlNet(**_known(LeviTorControlNet, config))


def _known(kind: type, config: Config) -> Config:
    """The fields that `kind` has; released configs carry others (`up_block_types`, `feature_channels`, ...)."""
    names = inspect.signature(kind).parameters
    return {name: tuple(v) if isinstance(v, list) else v for name, v in config.items() if name in names}


def _check_controlnet(config: Config, path: Path) -> None:
    """Two traps that no tensor's shape reveals: the number of heads, and the variant with an id feature."""
    if not isinstance(config.get("num_attention_heads"), list):
        raise MissingWeightsError(
            f"{path} does not list num_attention_heads, which decides the result; get the file released with LeviTor."
        )
    if config.get("with_id_feature"):
        raise MissingWeightsError(
            f"{path} describes a ControlNet with an id feature, which is not the released LeviTor model; "
            "get the file released with LeviTor."
        )


def _load(
    build: Callable[[Config], nn.Module],
    folder: Path,
    dtype: torch.dtype,
    device: torch.device,
    stem: str = "diffusion_pytorch_model",
) -> Any:
    """One network from `folder`: built without memory from its config, then filled from its checked file."""
    config_path = folder / "config.json"
    config = _read_json(config_path)
    if build is _build_controlnet:
        _check_controlnet(config, config_path)
    try:
        with init_empty_weights():
            network = build(config)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, NotImplementedError) as error:
        raise MissingWeightsError(
            f"{config_path} does not describe this network; get the released file again."
        ) from error
    path = _weights_file(folder, stem, dtype)
    network.load_state_dict(_read_tensors(path, network, dtype, device), assign=True)
    return network.to(device).eval().requires_grad_(False)


def _weights_file(folder: Path, stem: str, dtype: torch.dtype) -> Path:
    full, half = folder / f"{stem}.safetensors", folder / f"{stem}.fp16.safetensors"
    for path in (full, half) if dtype == torch.float32 else (half, full):
        if path.is_file():
            return path
    raise MissingWeightsError(f"{full} is missing; put it there (only .safetensors files are read).")


def _read_tensors(path: Path, network: nn.Module, dtype: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    """Every tensor of the file, in `dtype` on `device`, after comparing all names, shapes and types."""
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    with _readable(path), safe_open(path, framework="pt", device=str(device)) as file:
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


def _read_json(path: Path) -> Config:
    with _readable(path):
        config = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise ValueError("not an object")
        return config


def _normalisation(path: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    config = _read_json(path)
    with _readable(path):
        mean, std = (tuple(float(value) for value in config[name]) for name in ("image_mean", "image_std"))
        return mean, std


def _scheduler(path: Path) -> EulerDiscreteScheduler:
    config = _read_json(path)
    with _readable(path):
        return EulerDiscreteScheduler(**_known(EulerDiscreteScheduler, config))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn every way in which a file can be unreadable into one sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise MissingWeightsError(f"{path} is missing; put it there.") from error
    except (SafetensorError, ValueError, KeyError, TypeError, NotImplementedError, OSError) as error:
        raise MissingWeightsError(f"{path} is truncated or damaged; get the released file again.") from error
