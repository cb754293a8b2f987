"""Pictures at several sizes: smooth fills by push-pull, and resizing that neither aliases nor shows blocks."""

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from levitor_core.structures import SizeHW


def push_pull(values: Float32[np.ndarray, "h w c"], known: Bool[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w c"]:
    """The values with the unknown ones replaced by a smooth continuation of the known (Gortler et al. 1996)."""
    weight = known.astype(np.float32)[..., None]
    levels = [(values * weight, weight)]
    while min(levels[-1][0].shape[:2]) > 2:
        levels.append((_halve(levels[-1][0]), _halve(levels[-1][1])))
    filled = levels[-1][0] / np.maximum(levels[-1][1], 1e-6)
    for total, weight in reversed(levels[:-1]):
        coarse = cv2.resize(filled, total.shape[1::-1], interpolation=cv2.INTER_LINEAR).reshape(total.shape)
        sure = np.minimum(4 * weight, 1)
        filled = coarse * (1 - sure) + total / np.maximum(weight, 1e-6) * sure
    return np.where(known[..., None], values, filled).astype(np.float32)


def resize(image: np.ndarray, size_hw: SizeHW) -> np.ndarray:
    """The image at another size: averaged when shrunk, bicubic when enlarged."""
    if image.shape[:2] == tuple(size_hw):
        return image
    shrinks = size_hw[0] < image.shape[0]
    return cv2.resize(image, size_hw[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _halve(image: np.ndarray) -> np.ndarray:
    return cv2.pyrDown(image).reshape((image.shape[0] + 1) // 2, (image.shape[1] + 1) // 2, -1)
