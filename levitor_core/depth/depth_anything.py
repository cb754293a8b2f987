"""Depth Anything V2 (Yang et al. 2024) through transformers, from a local folder of safetensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from levitor_core.errors import MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.structures import DisparityMap, Image, SizeHW

_SIZES = {384: "Depth Anything V2 Small", 768: "Depth Anything V2 Base", 1024: "Depth Anything V2 Large"}


@dataclass(frozen=True, eq=False)
class DepthAnything:
    """Depth Anything as a `DepthEstimator`; see `load_depth_anything`."""

    model: Any
    processor: Any
    name: str = "Depth Anything V2"

    def estimate(self, photo: Image, size_hw: SizeHW, monitor: Monitor | None = None) -> DisparityMap:
        """Disparity at the model's own resolution, resized to `size_hw`, its range stretched to 0..255."""
        (monitor or Monitor()).report("Estimating depth", 0, 1)
        disparity = self.estimate_all([photo], size_hw)[0]
        (monitor or Monitor()).report("Estimating depth", 1, 1)
        return disparity

    def estimate_all(self, photos: Sequence[Image], size_hw: SizeHW) -> list[DisparityMap]:
        """Disparity of photos of one size in one batch, each stretched to 0..255 by itself."""
        import torch

        inputs = self.processor(images=list(photos), return_tensors="pt", input_data_format="channels_last")
        with torch.inference_mode():
            found = self.model(**inputs.to(self.model.device)).predicted_depth[:, None].float()
            sized = torch.nn.functional.interpolate(found, size_hw, mode="bilinear", align_corners=False)
        return [stretched(disparity) for disparity in sized[:, 0].cpu().numpy()]


def stretched(disparity: Float[np.ndarray, "h w"]) -> DisparityMap:
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
    (monitor or Monitor()).report("Loading Depth Anything", 1, 1)
    width = model.config.backbone_config.hidden_size
    return DepthAnything(model.to(device).eval(), processor, _SIZES.get(width, "Depth Anything V2"))


def _unusable(folder: Path) -> MissingWeightsError:
    return MissingWeightsError(f"{folder} does not hold a whole Depth Anything V2; delete it and download it again.")
