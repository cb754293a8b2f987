"""What the folders of weights must hold: each network as its own config.json describes it, and one noise schedule.

Heads of attention change no tensor's shape and the schedule has no tensors at all, so a wrong value would load in
silence: the ControlNet shares the UNet's fields, and the schedule is compared with Stable Video Diffusion's.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from safetensors import SafetensorError
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from levitor_core.control.control_signal import PATCH_SIDE, PATCH_SIDES
from levitor_core.errors import MissingWeightsError
from levitor_core.renderers.levitor.controlnet import LeviTorControlNet

Config = dict[str, Any]
Shapes = dict[str, tuple[int, ...]]

CONTROL_CHANNELS = 3  # heat, id, disparity
SHARED_PER_BLOCK = ("num_attention_heads", "block_out_channels", "down_block_types")
SHARED = (
    *SHARED_PER_BLOCK,
    "in_channels",
    "layers_per_block",
    "transformer_layers_per_block",
    "cross_attention_dim",
    "addition_time_embed_dim",
    "projection_class_embeddings_input_dim",
)
SVD_SCHEDULE: Config = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "trained_betas": None,
    "prediction_type": "v_prediction",
    "interpolation_type": "linear",
    "use_karras_sigmas": True,
    "use_exponential_sigmas": False,
    "use_beta_sigmas": False,
    "sigma_min": 0.002,
    "sigma_max": 700.0,
    "timestep_spacing": "leading",
    "timestep_type": "continuous",
    "steps_offset": 1,
    "rescale_betas_zero_snr": False,
    "final_sigmas_type": "zero",
}


def build_unet(config: Config) -> nn.Module:
    """Stable Video Diffusion's UNet."""
    return UNetSpatioTemporalConditionModel(**_keep_known(UNetSpatioTemporalConditionModel, config))


def build_vae(config: Config) -> nn.Module:
    """Its VAE."""
    return AutoencoderKLTemporalDecoder(**_keep_known(AutoencoderKLTemporalDecoder, config))


def build_image_encoder(config: Config) -> nn.Module:
    """CLIP's picture half."""
    return CLIPVisionModelWithProjection(CLIPVisionConfig(**config))


def build_controlnet(config: Config) -> nn.Module:
    """The LeviTor ControlNet, of a config from `controlnet_config`."""
    return LeviTorControlNet(**_keep_known(LeviTorControlNet, config))


BUILDERS: dict[str, tuple[tuple[str, ...], Callable[[Config], nn.Module]]] = {
    "unet": (("UNetSpatioTemporalConditionModel",), build_unet),
    "vae": (("AutoencoderKLTemporalDecoder",), build_vae),
    "image_encoder": (("clip_vision_model",), build_image_encoder),
    "controlnet": (("ControlNetSVDModel", "LeviTorControlNet"), build_controlnet),
}


def expected_shapes(network: str, folder: Path, unet_folder: Path | None = None) -> Shapes:
    """Names and shapes of every tensor of a network, built without memory from its folder's config.json.

    A ControlNet shares fields with the UNet in `unet_folder`, or with the published one. Raises MissingWeightsError
    where these disagree, and the errors of whatever else is wrong with the config.
    """
    names, build = BUILDERS[network]
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if not {config.get("_class_name"), config.get("model_type")} & set(names):
        raise ValueError(f"config.json does not describe a {names[0]}")
    with torch.device("meta"):
        built = build(controlnet_config(folder, unet_folder) if network == "controlnet" else config)
    return {name: tuple(tensor.shape) for name, tensor in built.state_dict().items()}


def controlnet_config(folder: Path, unet_folder: Path | None) -> Config:
    """A ControlNet's config.json with every field that it shares with the UNet taken from there.

    A field that is not given is the UNet's; one that is must agree with it. Fields that nobody knows do not matter.
    Raises MissingWeightsError.
    """
    path, unet_path = folder / "config.json", unet_folder and unet_folder / "config.json"
    own, unet = read_json(path), _shared_fields(read_json(unet_path) if unet_path else {})
    if own.get("with_id_feature"):
        raise MissingWeightsError(
            f"{path} describes a ControlNet with an id feature, which is not the released LeviTor model; "
            "get the file released with LeviTor."
        )
    if own.get("conditioning_channels", CONTROL_CHANNELS) != CONTROL_CHANNELS:
        raise MissingWeightsError(
            f"{path} describes a ControlNet steered by {own['conditioning_channels']} channels instead of "
            f"{CONTROL_CHANNELS}; get the file released with LeviTor."
        )
    for name, value in unet.items():
        given, blocks = own.get(name), len(unet["block_out_channels"])
        if given is not None and _per_block(given, blocks) != _per_block(value, blocks):
            raise MissingWeightsError(
                f"{path} gives {name} as {json.dumps(given)}, but {unet_path or 'the published UNet'} has "
                f"{json.dumps(value)}; get both from one release."
            )
    return own | unet | {"control_patch_side": patch_side_in(own, path)}


def read_scheduler(path: Path) -> EulerDiscreteScheduler:
    """The noise schedule, which must be Stable Video Diffusion's. Raises MissingWeightsError."""
    config = read_json(path)
    kind = config.get("_class_name", "EulerDiscreteScheduler")
    if kind != "EulerDiscreteScheduler":
        raise _other_schedule(path, "_class_name", kind, "EulerDiscreteScheduler")
    with readable(path):
        scheduler = EulerDiscreteScheduler(**_keep_known(EulerDiscreteScheduler, config))
    for name, value in SVD_SCHEDULE.items():
        if scheduler.config[name] != value:
            raise _other_schedule(path, name, scheduler.config[name], value)
    return scheduler


def read_normalisation(svd: Path) -> dict[str, tuple[float, ...]]:
    """`image_mean` and `image_std` of the three colours that CLIP sees. Raises MissingWeightsError."""
    path = svd / "feature_extractor" / "preprocessor_config.json"
    config = read_json(path)
    with readable(path):
        values = {name: tuple(float(value) for value in config[name]) for name in ("image_mean", "image_std")}
        if any(len(colours) != 3 for colours in values.values()) or not all(values["image_std"]):
            raise ValueError("not three colours")
        return values


def patch_side_in(config: Config, path: Path) -> int:
    """Side in pixels of a control point's patch that a ControlNet was trained with: the released one's where its
    config at `path` is silent. Raises MissingWeightsError."""
    side = config.get("control_patch_side", PATCH_SIDE)
    if isinstance(side, int) and side in PATCH_SIDES:
        return side
    raise MissingWeightsError(
        f"{path} has no even control_patch_side from {PATCH_SIDES[0]} to {PATCH_SIDES[-1]}; "
        "get the released file again."
    )


def read_json(path: Path) -> Config:
    """A JSON object. Raises MissingWeightsError."""
    with readable(path):
        config = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise ValueError("not an object")
        return config


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn every way in which a file can be unreadable into one sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise MissingWeightsError(f"{path} is missing; put it there.") from error
    except PermissionError as error:
        raise MissingWeightsError(f"{path} may not be read; allow it.") from error
    except (SafetensorError, ValueError, LookupError, TypeError, RecursionError, OSError) as error:
        raise MissingWeightsError(f"{path} is truncated or damaged; get the released file again.") from error


def _other_schedule(path: Path, name: str, found: Any, expected: Any) -> MissingWeightsError:
    return MissingWeightsError(
        f"{path} is not Stable Video Diffusion's noise schedule: {name} is {json.dumps(found)} instead of "
        f"{json.dumps(expected)}; get the released file again."
    )


def _keep_known(kind: type, config: Config) -> Config:
    """The fields that `kind` has; released configs carry others (`up_block_types`, `feature_channels`, ...)."""
    names = inspect.signature(kind).parameters
    return {name: tuple(v) if isinstance(v, list) else v for name, v in config.items() if name in names}


def _shared_fields(unet: Config) -> Config:
    """What a ControlNet has in common with a UNet of this config, where the UNet's class fills what is not given."""
    defaults = inspect.signature(UNetSpatioTemporalConditionModel).parameters
    fields = {name: unet.get(name, defaults[name].default) for name in SHARED}
    blocks = len(fields["block_out_channels"])
    return {
        name: _per_block(value, blocks) if name in SHARED_PER_BLOCK else _merge_equal(value)
        for name, value in fields.items()
    }


def _per_block(value: Any, blocks: int) -> Any:
    """A value for every block; one value stands for all."""
    return list(value) if isinstance(value, list | tuple) else [value] * blocks


def _merge_equal(value: Any) -> Any:
    """One value, where a list says it for every block."""
    return value[0] if isinstance(value, list) and value and value.count(value[0]) == len(value) else value
