"""Slow, readable oracle of levitor_core.control.control_signal: the released drawing pixel by pixel."""

import cv2
import numpy as np

TEMPLATE = np.zeros((200, 200))
for i in range(200):
    for j in range(200):
        TEMPLATE[i, j] = np.exp(-((i - 100) ** 2 + (j - 100) ** 2) / (2 * 40**2))
TEMPLATE *= cv2.circle(np.zeros((200, 200), np.uint8), (100, 100), 100, 1, -1)
TEMPLATE = (TEMPLATE / TEMPLATE.max() * 255).astype(np.uint8)


def splat(rows, num_frames, size_hw):
    """(frames, 3, h, w) of heat map, id, disparity from rows of frame, row, column, id, disparity."""
    height, width = size_hw
    signal = np.zeros((num_frames, 3, height, width), np.float32)
    for frame, row, column, label, disparity in rows:
        if not (0 <= row < height and 0 <= column < width):
            continue
        ys = range(max(row - 10, 1), min(row + 10, height - 1))
        xs = range(max(column - 10, 1), min(column + 10, width - 1))
        if len(ys) == 0 or len(xs) == 0:
            continue
        patch = cv2.resize(TEMPLATE, (len(xs), len(ys)))
        for i, y in enumerate(ys):
            for j, x in enumerate(xs):
                on = patch[i, j] != 0
                signal[frame, 0, y, x] = patch[i, j]
                signal[frame, 1, y, x] = min(max(label, 0), 255) if on else 0
                signal[frame, 2, y, x] = min(max(disparity, 0), 255) if on else 0
    return signal
