"""Depth Anything V2 (Yang et al. 2024) through transformers, from a local folder of safetensors.

A photo is read as its authors' own code reads it (`image2tensor` of DepthAnything/Depth-Anything-V2, `dpt.py`): the
shorter side 518 pixels, enlarged where it must be, both sides multiples of 14, bicubic. transformers' processor would
leave a small photo's shorter side below 518, where the network was not trained.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float, Float32

from levitor_core.devices import settled
from levitor_core.errors import MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.structures import AnyImage, DisparityMap, Image, SizeHW

_SIZES = {384: "Depth Anything V2 Small", 768: "Depth Anything V2 Base", 1024: "Depth Anything V2 Large"}


@dataclass(frozen=True, eq=False)
class DepthAnything:
    """Depth Anything as a `DepthEstimator`; see `load_depth_anything`."""

    model: Any
    processor: Any
    name: str = "Depth Anything V2"

    def estimate(self, photo: AnyImage, size_hw: SizeHW, monitor: Monitor | None = None) -> DisparityMap:
        """Disparity at the model's own resolution, resized to `size_hw`, its range stretched to 0..255."""
        (monitor or Monitor()).report("Estimating depth", 0, 1)
        disparity = self.estimate_all([photo], size_hw)[0]
        (monitor or Monitor()).report("Estimating depth", 1, 1)
        return disparity

    def estimate_all(self, photos: Sequence[AnyImage], size_hw: SizeHW) -> list[DisparityMap]:
        """Disparity of photos of one size in one batch, each stretched to 0..255 by itself."""
        import torch

        pixels = torch.from_numpy(np.stack([self._read(photo) for photo in photos])).to(self.model.device)
        with torch.inference_mode():
            found = self.model(pixel_values=pixels).predicted_depth[:, None].float()
            sized = torch.nn.functional.interpolate(found, size_hw, mode="bilinear", align_corners=False)
        return [stretch(disparity) for disparity in sized[:, 0].cpu().numpy()]

    def _read(self, photo: Image) -> Float32[np.ndarray, "3 rows columns"]:
        about, patch = self.processor, self.model.config.backbone_config.patch_size
        size_hw = input_size((photo.shape[0], photo.shape[1]), about.size["height"], patch)
        colours = zip(cv2.split(photo), about.image_mean, about.image_std, strict=True)
        return np.stack([(_resize(colour, size_hw) / 255 - mean) / std for colour, mean, std in colours])


def input_size(photo_hw: SizeHW, side: int = 518, multiple: int = 14) -> SizeHW:
    """What a photo is resized to for the network: at least `side` both ways, in its own aspect to the nearest
    `multiple`."""
    scale = side / min(photo_hw)
    height, width = (
        multiple * max(round(scale * length / multiple), math.ceil(side / multiple)) for length in photo_hw
    )
    return height, width


def _resize(colour: np.ndarray, size_hw: SizeHW) -> Float32[np.ndarray, "h w"]:
    """Bicubic without smoothing, in float32: one colour at a time, which keeps the largest photos small."""
    return cv2.resize(colour.astype(np.float32), size_hw[::-1], interpolation=cv2.INTER_CUBIC)


def stretch(disparity: Float[np.ndarray, "h w"]) -> DisparityMap:
    """Relative disparity min-max scaled to 0..255 without rounding; a map without any difference is all 0."""
    above = disparity - disparity.min()
    return (above / (above.max() or 1) * 255).astype(np.float32)


def load_depth_anything(folder: Path, device: str = "cpu", monitor: Monitor | None = None) -> DepthAnything:
    """Load a Depth Anything V2 folder in transformers' layout; nothing is downloaded.

    Raises MissingWeightsError naming the folder when a tensor is missing, has another shape, or it is another model.
    """
    from safetensors import SafetensorError
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    (monitor or Monitor()).report("Loading Depth Anything", 0, 1)
    try:
        processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        model, loading = AutoModelForDepthEstimation.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise _unusable(folder) from error
    if model.config.model_type != "depth_anything" or any(
        loading[kind] for kind in ("missing_keys", "mismatched_keys")
    ):
        raise _unusable(folder)
    if not _says_how_to_read(processor):
        raise MissingWeightsError(
            f"{folder / 'preprocessor_config.json'} is not Depth Anything V2's; delete {folder} and download it again."
        )
    (monitor or Monitor()).report("Loading Depth Anything", 1, 1)
    width = model.config.backbone_config.hidden_size
    return DepthAnything(settled(model, device).eval(), processor, _SIZES.get(width, "Depth Anything V2"))


def _says_how_to_read(processor: Any) -> bool:
    size = processor.size["height"] if processor.size and "height" in processor.size else 0
    return bool(size) and len(processor.image_mean or ()) == len(processor.image_std or ()) == 3


def expected_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of every tensor that the folder's config.json describes, as transformers names them in memory.

    Raises ValueError, and transformers' errors, for what describes no Depth Anything of relative depth.
    """
    import torch
    from transformers import AutoModelForDepthEstimation, DepthAnythingConfig

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") != "depth_anything" or config.get("depth_estimation_type", "relative") != "relative":
        raise ValueError("it is of another model, or its depth is metric, which is not disparity")
    with torch.device("meta"):
        model = AutoModelForDepthEstimation.from_config(DepthAnythingConfig(**config))
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


def _unusable(folder: Path) -> MissingWeightsError:
    return MissingWeightsError(f"{folder} does not hold a whole Depth Anything V2; delete it and download it again.")
