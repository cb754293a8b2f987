"""Slow, readable oracle of levitor_core.control.control_points: the released rule step by step, no fit reused."""

import numpy as np
from sklearn.cluster import KMeans


def sample(labels, disparity, num_objects, rigidity=1.0):
    """Rows of frame, row, column, id, disparity for (frames, h, w) labels and disparity."""
    rows, remembered = [], {}
    for frame in range(len(labels)):
        for label in range(1, labels.max() + 1):
            samples = np.argwhere(labels[frame] == label)[::10].astype(np.float32)
            k = number_of_points(labels, label, num_objects)
            if len(samples) < k or len(samples) == 0:
                continue
            k = min(max(1, int(k * rigidity)), len(samples), 64)
            remembered[label] = start_of(samples, k, remembered.get(label))
            for centre in k_means(samples, remembered[label]):
                row, column = int(centre[0]), int(centre[1])
                rows.append([frame, row, column, label, drawn_disparity(disparity[frame, row, column])])
    return np.array(rows, int).reshape(-1, 5)


def number_of_points(labels, label, num_objects):
    areas = [int((frame == label).sum()) for frame in labels]
    k = min(max(round(50 * max(areas) / labels[0].size), 1), 8)
    if label <= num_objects or min(areas) == 0 or max(areas) / min(areas) > 10:
        k = max(k, 3)
    return k


def start_of(samples, k, remembered):
    even = evenly_spaced(samples, k)
    if remembered is None:
        return k_means(samples, even)
    if len(remembered) != k:
        return even
    for row, column in remembered:
        if row not in samples[:, 0] and column not in samples[:, 1]:
            return even
    return remembered


def evenly_spaced(samples, k):
    step = len(samples) // k
    return np.array([samples[step // 2 + number * step] for number in range(k)])


def k_means(samples, start):
    return KMeans(len(start), init=start, n_init=1, random_state=0).fit(samples).cluster_centers_


def drawn_disparity(value):
    value = round(min(max(float(value), 0.0), 255.0))
    return 0 if value == 1 else value
