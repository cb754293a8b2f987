"""Hand-made masks and depth for real photos: polygons drawn over the photo, refined by GrabCut."""

from collections.abc import Sequence

import cv2
import numpy as np

Polygon = Sequence[tuple[float, float]]  # (x, y) in photo pixels


def filled(polygons: Sequence[Polygon], size_hw: tuple[int, int]) -> np.ndarray:
    """The polygons' pixels."""
    canvas = np.zeros(size_hw, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(canvas, [np.round(np.array(polygon)).astype(np.int32)], 1)
    return canvas > 0


def refined(photo: np.ndarray, rough: np.ndarray, band: int, rounds: int = 6) -> np.ndarray:
    """A rough mask with its edge moved, within `band` pixels, to where GrabCut sees it."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band + 1, 2 * band + 1))
    sure = cv2.erode(rough.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
    possible = cv2.dilate(rough.astype(np.uint8), kernel) > 0
    marks = np.full(rough.shape, cv2.GC_BGD, np.uint8)
    marks[possible], marks[rough], marks[sure] = cv2.GC_PR_BGD, cv2.GC_PR_FGD, cv2.GC_FGD
    cv2.setRNGSeed(1)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(photo[..., ::-1].copy(), marks, (0, 0, 1, 1), background, foreground, rounds, cv2.GC_INIT_WITH_MASK)
    return np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))


def solid(mask: np.ndarray, radius: int = 2) -> np.ndarray:
    """The mask without specks and pinholes."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(closed)
    kept = [part for part in range(1, count) if stats[part, cv2.CC_STAT_AREA] > 0.02 * mask.sum()]
    holes = cv2.connectedComponentsWithStats(1 - np.isin(parts, kept).astype(np.uint8))
    small = [part for part in range(1, holes[0]) if holes[2][part, cv2.CC_STAT_AREA] < 60]
    return np.isin(parts, kept) | np.isin(holes[1], small)


def dome(mask: np.ndarray, rim: float, top: float) -> np.ndarray:
    """Disparity that rises from a mask's edge to its middle, like a cushion; only meaningful inside the mask."""
    inside = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    share = (inside / max(float(inside.max()), 1.0)).clip(0, 1)
    return (rim + (top - rim) * np.sqrt(share * (2 - share))).astype(np.float32)


def ramp(size_hw: tuple[int, int], stops: Sequence[tuple[float, float]]) -> np.ndarray:
    """Disparity by row, straight between (row, disparity) stops."""
    rows, values = zip(*stops, strict=True)
    column = np.interp(np.arange(size_hw[0]), rows, values)
    return np.repeat(column[:, None], size_hw[1], 1).astype(np.float32)
