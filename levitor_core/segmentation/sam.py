"""Segment Anything (Kirillov et al. 2023) from its own package: a photo is encoded once, clicks run the decoder."""

import math
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from levitor_core.errors import MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.segmentation import BoxXYXY, check_box
from levitor_core.segmentation.partition import partition
from levitor_core.structures import AnyImage, ImageEmbedding, LabelMap, MaskCandidates, PointPrompt, SizeHW

if TYPE_CHECKING:
    import torch
    from segment_anything.modeling import Sam

    from levitor_core.segmentation.kept_embedding import KeptEmbedding

POINTS_PER_SIDE = {"cpu": 16, "cuda": 32}
POINTS_PER_BATCH = {"cpu": 8, "cuda": 64}
_SIZES = {768: "SAM ViT-B", 1024: "SAM ViT-L", 1280: "SAM ViT-H"}


@dataclass(frozen=True, eq=False)
class SamFeatures:
    """The encoder's output (1, 256, 64, 64), the size the photo had when it was encoded, and the working size."""

    features: "torch.Tensor"
    input_hw: SizeHW
    size_hw: SizeHW


@dataclass(frozen=True, eq=False)
class SamSegmenter:
    """SAM as a `Segmenter`; see `load_sam`."""

    model: "Sam"
    name: str = "SAM"

    def __post_init__(self) -> None:
        """Encodes sooner on a CPU."""
        from levitor_core.segmentation.sam_attention import hasten

        if self.model.device.type == "cpu":
            hasten(self.model.image_encoder)

    def embed(self, photo: AnyImage, size_hw: SizeHW, monitor: Monitor | None = None) -> ImageEmbedding:
        """Encode the photo at SAM's own resolution (long side 1024): seconds on a CPU."""
        from segment_anything import SamPredictor

        (monitor or Monitor()).report("Encoding the photo for picking", 0, 1)
        predictor = SamPredictor(self.model)
        predictor.set_image(np.ascontiguousarray(photo))
        input_h, input_w = predictor.input_size
        features = SamFeatures(predictor.get_image_embedding(), (input_h, input_w), size_hw)
        (monitor or Monitor()).report("Encoding the photo for picking", 1, 1)
        return ImageEmbedding(self.name, features)

    def segment(self, embedding: ImageEmbedding, prompts: Sequence[PointPrompt], box: BoxXYXY | None) -> MaskCandidates:
        """SAM's three candidates at working size, best predicted IoU first. Raises InputError as the protocol says."""
        data: SamFeatures = embedding.data
        box = check_box(prompts, box, data.size_hw)
        points = _shift([(prompt.x, prompt.y) for prompt in prompts], data)
        masks, scores, _ = self._predictor(data, Monitor(), 0).predict(
            point_coords=points if prompts else None,
            point_labels=np.array([prompt.inside for prompt in prompts], dtype=np.int64) if prompts else None,
            box=None if box is None else _shift([box[:2], box[2:]], data).reshape(4),
        )
        scores = np.asarray(scores, dtype=np.float32)
        order = np.argsort(-scores, kind="stable")
        return MaskCandidates(np.asarray(masks)[order], scores[order])

    def find_instances(self, embedding: ImageEmbedding, monitor: Monitor) -> LabelMap:
        """Masks of a grid of clicks (coarser on the CPU), merged least certain first, as the released code does."""
        from segment_anything import SamAutomaticMaskGenerator

        data: SamFeatures = embedding.data
        kind = self.model.device.type
        side, batch = POINTS_PER_SIDE.get(kind, 32), POINTS_PER_BATCH.get(kind, 64)
        generator = SamAutomaticMaskGenerator(self.model, points_per_side=side, points_per_batch=batch)
        total = math.ceil(side**2 / batch)
        generator.predictor = self._predictor(data, monitor, total)
        found = generator.generate(np.zeros((*data.size_hw, 3), dtype=np.uint8))
        monitor.report("Finding instances", total, total)
        found.sort(key=lambda item: item["predicted_iou"])
        return partition(
            np.array([item["segmentation"] for item in found], dtype=bool).reshape(-1, *data.size_hw), data.size_hw
        )

    def _predictor(self, data: SamFeatures, monitor: Monitor, total: int) -> "KeptEmbedding":
        from levitor_core.segmentation.kept_embedding import KeptEmbedding

        steps = iter(range(total))
        return KeptEmbedding(
            self.model,
            data.features,
            data.input_hw,
            data.size_hw,
            lambda: monitor.report("Finding instances", next(steps, total), total),
        )


def load_sam(path: Path, device: str = "cpu", monitor: Monitor | None = None) -> SamSegmenter:
    """Load a SAM checkpoint (`.pth`, weights only) of any size; its shapes say which.

    Raises MissingWeightsError naming the file when it holds anything else.
    """
    import torch

    (monitor or Monitor()).report("Loading SAM", 0, 1)
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        with torch.device(device):
            model = build_sam(state)
        model.load_state_dict(state)
    except (OSError, RuntimeError, EOFError, KeyError, AttributeError, TypeError, pickle.UnpicklingError) as error:
        raise MissingWeightsError(f"{path} is not a SAM checkpoint; delete it and download it again.") from error
    (monitor or Monitor()).report("Loading SAM", 1, 1)
    width = state["image_encoder.patch_embed.proj.weight"].shape[0]
    return SamSegmenter(model.to(device).eval(), _SIZES.get(width, "SAM"))


def build_sam(state: Mapping[str, Any]) -> "Sam":
    """SAM as its package builds it, with the encoder's width, depth, heads and global blocks read off `state`."""
    from segment_anything.build_sam import _build_sam

    positions = state["image_encoder.pos_embed"]
    depth = len({key.split(".")[2] for key in state if key.startswith("image_encoder.blocks.")})
    tables = [state[f"image_encoder.blocks.{index}.attn.rel_pos_h"] for index in range(depth)]
    return _build_sam(
        encoder_embed_dim=positions.shape[-1],
        encoder_depth=depth,
        encoder_num_heads=positions.shape[-1] // tables[0].shape[1],
        encoder_global_attn_indexes=[
            index for index, table in enumerate(tables) if len(table) == 2 * positions.shape[1] - 1
        ],
    )


def _shift(points_xy: Sequence[Sequence[float]], data: SamFeatures) -> np.ndarray:
    """SAM scales a point by s and adds half a pixel; ours are pixel centres, which scale as (x + 1/2) s - 1/2."""
    scale = np.array([data.input_hw[1] / data.size_hw[1], data.input_hw[0] / data.size_hw[0]])
    return np.array(points_xy, dtype=np.float64).reshape(-1, 2) + 0.5 - 0.5 / scale
