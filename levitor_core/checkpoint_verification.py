"""Is this really the file it should be? Every check reads headers or hashes; none loads a tensor or runs a pickle.

SAM's `.pth` files are compared by size and SHA-256 with the published ones. Folders are compared key by key and shape
by shape with the architecture that their own config.json describes, built without memory on torch's meta device.
"""

import hashlib
import inspect
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from levitor_core.checkpoint_table import Weights, first_present
from levitor_core.errors import MissingWeightsError
from levitor_core.files import absence, is_file
from levitor_core.monitor import Monitor

Shapes = dict[str, tuple[int, ...]]
CHUNK = 1 << 24


@dataclass(frozen=True)
class _Part:
    """A folder with one config.json and one safetensors file: the architecture its config describes, and what of it
    can be compared (transformers renames tensors between file and model, but does not reshape these)."""

    folder: str
    expected: Callable[[Path], Shapes]
    compared: Callable[[Shapes], Counter[Any]]


def verify(weights: Weights, path: Path, monitor: Monitor) -> None:
    """Check the file or folder `path` against its row of the table.

    Raises MissingWeightsError naming the file when it is absent, truncated, damaged or of another model, and OSError
    when it may not be read.
    """
    if weights.sha256:
        _verify_file(weights, path, monitor)
        return
    for names in weights.files:
        file = first_present(path, names)
        if file is None:
            raise MissingWeightsError(f"{path / names[0]} {absence(path / names[0])}; {advice(weights)}.")
        file.open("rb").close()
    parts = _PARTS[weights.architecture]
    for index, part in enumerate(parts):
        monitor.report(f"Checking {weights.title}", index, len(parts))
        _verify_part(weights, path / part.folder, part)


def expected_shapes(weights: Weights, folder: Path) -> Shapes:
    """Names and shapes of every tensor that a single-part folder's config.json describes."""
    (part,) = _PARTS[weights.architecture]
    return _described(weights, folder, part)


def advice(weights: Weights) -> str:
    """How to get `weights`, as the second half of a sentence."""
    what = f"the folder from {weights.source}" if weights.repository else f"the file from {weights.source}"
    gate = f"accept its licence at {weights.source}, set HF_TOKEN to your access token and " if weights.gated else ""
    return (
        f"{gate}run `{weights.download_command}` ({weights.size_text}), "
        f"or put {what} at {weights.place} in the checkpoints folder"
    )


def sha256_of(path: Path, title: str, monitor: Monitor) -> str:
    """SHA-256 of a file, read in pieces, with progress in megabytes."""
    digest, total, done = hashlib.sha256(), path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            monitor.report(f"Checking {title} (MB)", done // 10**6, total // 10**6)
    return digest.hexdigest()


def _verify_file(weights: Weights, path: Path, monitor: Monitor) -> None:
    if not is_file(path):
        raise MissingWeightsError(f"{path} {absence(path)}; {advice(weights)}.")
    _refuse_text(weights, path)
    size = path.stat().st_size
    if size != weights.size:
        raise _unusable(
            weights, path, f"has {size:,} bytes instead of {weights.size:,}: it is incomplete or another file"
        )
    if sha256_of(path, weights.title, monitor) != weights.sha256:
        raise _unusable(weights, path, "is damaged or of another model")


def _refuse_text(weights: Weights, path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(64).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise _unusable(weights, path, "is a web page, not weights")
    if start.startswith(b"version https://git-lfs"):
        raise _unusable(weights, path, "is a Git LFS pointer, not the weights themselves")


def _unusable(weights: Weights, path: Path, what: str) -> MissingWeightsError:
    return MissingWeightsError(f"{path} {what}; delete it and {advice(weights)}.")


def _verify_part(weights: Weights, folder: Path, part: _Part) -> None:
    names = [Path(name).name for group in weights.files for name in group if name.endswith(".safetensors")]
    file = first_present(folder, names)
    if file is None:
        raise MissingWeightsError(f"{folder} holds no .safetensors file; {advice(weights)}.")
    _refuse_text(weights, file)
    expected, found = part.compared(_described(weights, folder, part)), part.compared(_shapes_in(weights, file))
    missing = (expected - found).total()
    if missing:
        raise _unusable(weights, file, f"lacks {missing} of the {expected.total()} tensors its config.json describes")


def _described(weights: Weights, folder: Path, part: _Part) -> Shapes:
    try:
        return part.expected(folder)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unusable(weights, folder / "config.json", f"does not describe {weights.title}") from error


def _shapes_in(weights: Weights, file: Path) -> Shapes:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "pt") as tensors:
            return {key: tuple(tensors.get_slice(key).get_shape()) for key in tensors.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise _unusable(weights, file, "is damaged or incomplete") from error


def _names_and_shapes(shapes: Shapes) -> Counter[Any]:
    return Counter(shapes.items())


def _only_shapes(shapes: Shapes) -> Counter[Any]:
    return Counter(shapes.values())


def _config(folder: Path, holds: str) -> dict[str, Any]:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if holds not in (config.get("_class_name"), config.get("model_type")):
        raise ValueError(f"config.json does not describe a {holds}")
    return config


def _known(kind: type, config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key in inspect.signature(kind).parameters}


def _shapes_of(model: Any) -> Shapes:
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


def _depth_anything(folder: Path) -> Shapes:
    import torch
    from transformers import AutoModelForDepthEstimation, DepthAnythingConfig

    config = DepthAnythingConfig(**_config(folder, "depth_anything"))
    if config.depth_estimation_type != "relative":
        raise ValueError("metric depth is not disparity")
    with torch.device("meta"):
        return _shapes_of(AutoModelForDepthEstimation.from_config(config))


def _image_encoder(folder: Path) -> Shapes:
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    config = CLIPVisionConfig(**_config(folder, "clip_vision_model"))
    with torch.device("meta"):
        return _shapes_of(CLIPVisionModelWithProjection(config))


def _unet_shapes(config: dict[str, Any]) -> Shapes:
    import torch
    from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel

    with torch.device("meta"):
        return _shapes_of(UNetSpatioTemporalConditionModel(**_known(UNetSpatioTemporalConditionModel, config)))


def _unet(folder: Path) -> Shapes:
    return _unet_shapes(_config(folder, "UNetSpatioTemporalConditionModel"))


def _vae(folder: Path) -> Shapes:
    import torch
    from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder

    config = _config(folder, "AutoencoderKLTemporalDecoder")
    with torch.device("meta"):
        return _shapes_of(AutoencoderKLTemporalDecoder(**_known(AutoencoderKLTemporalDecoder, config)))


def _controlnet(folder: Path) -> Shapes:
    """The encoder half of the UNet, the conditioning embedding and one 1x1 convolution per residual (facts 1.3)."""
    config = _config(folder, "ControlNetSVDModel")
    shared = ("conv_in.", "time_embedding.", "add_embedding.", "down_blocks.", "mid_block.")
    unet = {name: shape for name, shape in _unet_shapes(config).items() if name.startswith(shared)}
    return unet | _control_convolutions(config)


def _control_convolutions(config: dict[str, Any]) -> Shapes:
    widths: list[int] = list(config["block_out_channels"])
    hint: list[int] = list(config["conditioning_embedding_out_channels"])
    layers = config["layers_per_block"]
    embedding = {"conv_in": (hint[0], config["conditioning_channels"])}
    for index, (narrow, wide) in enumerate(pairwise(hint)):
        embedding |= {f"blocks.{2 * index}": (narrow, narrow), f"blocks.{2 * index + 1}": (wide, narrow)}
    embedding["conv_out"] = (widths[0], hint[-1])
    residuals = [widths[0]]
    for index, width in enumerate(widths):
        residuals += [width] * (layers + (index < len(widths) - 1))
    shapes = {f"controlnet_cond_embedding.{name}": (*shape, 3, 3) for name, shape in embedding.items()}
    shapes |= {f"controlnet_down_blocks.{index}": (width, width, 1, 1) for index, width in enumerate(residuals)}
    shapes["controlnet_mid_block"] = (widths[-1], widths[-1], 1, 1)
    return {
        f"{name}.{kind}": size
        for name, shape in shapes.items()
        for kind, size in (("weight", shape), ("bias", shape[:1]))
    }


_PARTS: dict[str, tuple[_Part, ...]] = {
    "depth-anything": (_Part("", _depth_anything, _only_shapes),),
    "svd": (
        _Part("image_encoder", _image_encoder, _only_shapes),
        _Part("unet", _unet, _names_and_shapes),
        _Part("vae", _vae, _names_and_shapes),
    ),
    "svd-controlnet": (_Part("", _controlnet, _names_and_shapes),),
    "svd-unet": (_Part("", _unet, _names_and_shapes),),
}
