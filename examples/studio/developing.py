"""From linear light at several samples a pixel to the finished picture, its depth, masks and partition."""

import numpy as np


def developed(linear: np.ndarray, samples: int, exposure: float = 1.0, grain: float = 0.004) -> np.ndarray:
    """Linear light (h s, w s, 3) as an 8-bit picture (h, w, 3): filmic curve, averaged, sRGB, a trace of grain."""
    x = linear * exposure
    curved = (x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)).clip(0, 1)
    average = _blocks(curved, samples).mean((1, 3))
    srgb = np.where(average <= 0.0031308, 12.92 * average, 1.055 * average.clip(1e-6) ** (1 / 2.4) - 0.055)
    noise = np.random.default_rng(7).normal(0, grain, srgb.shape[:2])[..., None]
    return ((srgb + noise).clip(0, 1) * 255 + 0.5).astype(np.uint8)


def disparity_of(depth: np.ndarray, nearest: float, softness: float) -> np.ndarray:
    """True disparity: depth `nearest` is 255, and sizes change with the scene's own perspective."""
    return ((255 + softness) * nearest / depth - softness).clip(0, 255).astype(np.float32)


def reduced_depth(disparity: np.ndarray, samples: int) -> np.ndarray:
    """One sample a pixel, the block's median, so that no in-between depth appears at edges."""
    return np.median(_blocks(disparity, samples).swapaxes(1, 2).reshape(*_small(disparity, samples), -1), -1)


def covered(mask: np.ndarray, samples: int, share: float = 0.5) -> np.ndarray:
    """Pixels of which the mask covers at least that share."""
    return _blocks(mask.astype(np.float32), samples).mean((1, 3)) >= share


def _small(array: np.ndarray, samples: int) -> tuple[int, int]:
    return array.shape[0] // samples, array.shape[1] // samples


def _blocks(array: np.ndarray, samples: int) -> np.ndarray:
    h, w = _small(array, samples)
    return array.reshape(h, samples, w, samples, *array.shape[2:])
