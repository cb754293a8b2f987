"""SAM's predictor, started from an embedding that is already there. Imported only once SAM itself is loaded."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from segment_anything import SamPredictor
from segment_anything.modeling import Sam

from levitor_core.structures import SizeHW


class KeptEmbedding(SamPredictor):
    """Predicts masks of `size_hw` from `features`; calls `on_batch` before every run of the mask decoder."""

    def __init__(
        self, model: Sam, features: torch.Tensor, input_hw: SizeHW, size_hw: SizeHW, on_batch: Callable[[], None]
    ) -> None:
        super().__init__(model)
        self.features, self.input_size, self.original_size = features.to(self.device), input_hw, size_hw
        self.is_image_set = True
        self._on_batch = on_batch

    def set_image(self, image: np.ndarray, image_format: str = "RGB") -> None:
        """Keep the embedding: the automatic mask generator would encode the photo again."""

    def reset_image(self) -> None:
        """Keep the embedding."""

    def predict_torch(self, *args: Any, **options: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Run the mask decoder on a batch of prompts."""
        self._on_batch()
        return super().predict_torch(*args, **options)
