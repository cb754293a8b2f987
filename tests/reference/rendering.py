"""Slow and readable: movement, occlusion and camera, one pixel at a time, in float64."""

import numpy as np

from levitor_core.structures import Animation


def render(animation: Animation) -> tuple[np.ndarray, np.ndarray]:
    """Labels and z' (inf: nothing), both (frames, h, w), by asking at each target pixel which photo pixels land there.

    Each object pixel is a square cell that covers the target pixels whose centres its moved square contains;
    with depth constant in the cell that is decided by moving the target back. Support, fixed orders and push are
    left out.
    """
    frames = range(animation.num_frames)
    results = [_frame(animation, frame) for frame in frames]
    return np.stack([labels for labels, _ in results]), np.stack([z for _, z in results])


def _frame(animation: Animation, frame: int) -> tuple[np.ndarray, np.ndarray]:
    height, width = animation.labels.shape
    labels, depth = np.zeros((height, width), int), np.full((height, width), np.inf)
    pan, zoom = animation.camera.pan[frame], animation.camera.zoom[frame]
    cx, cy = (width - 1) / 2, (height - 1) / 2
    layers = [(layer, _depth_of(animation, layer, frame)) for layer in animation.layers]
    for v in range(height):
        for u in range(width):
            x, y = cx + (u - pan[0] - cx) / zoom, cy + (v - pan[1] - cy) / zoom
            column, row = round(x), round(y)
            if 0 <= column < width and 0 <= row < height:
                labels[v, u], depth[v, u] = animation.labels[row, column], animation.z[row, column]
            for layer, depth_at in layers:
                z = depth_at((u, v) if layer.pinned else (x, y))
                if z < np.inf and z <= depth[v, u] * (1 + 1e-6):
                    labels[v, u], depth[v, u] = layer.label, z
    return labels, depth


def _depth_of(animation, layer, frame):
    """A function from a point to z' of the nearest of the object's pixels that covers it; depth is flat, so one
    candidate each depth."""
    height, width = layer.mask.shape
    c = np.array([(width - 1) / 2, (height - 1) / 2])
    near = 1 / (255 + animation.softness)
    p_0, z_0 = np.array(layer.anchor_xy), layer.anchor_z
    p_t, z_t = layer.trajectory.xy[frame], layer.trajectory.z[frame]
    k, phi = layer.trajectory.size[frame], layer.trajectory.rotation[frame]
    back = np.linalg.inv(k * np.array([[np.cos(phi), -np.sin(phi)], [np.sin(phi), np.cos(phi)]]))
    depths = [(z_q, max(z_q + z_t - z_0, near)) for z_q in np.unique(layer.z[layer.mask].round(6)).tolist()]

    def depth_at(seen) -> float:
        best = np.inf
        for z_q, z_moved in depths:
            # u = c + [(q^ - c) z_q + (p_t - c) z_t - (p_0 - c) z_0] / z'   solved for q^
            q_hat = c + ((seen - c) * z_moved - (p_t - c) * z_t + (p_0 - c) * z_0) / z_q
            column, row = (p_0 + back @ (q_hat - p_0)).round().astype(int).tolist()
            inside = 0 <= column < width and 0 <= row < height and layer.mask[row, column]
            if inside and abs(layer.z[row, column] - z_q) < 1e-6:
                best = min(best, z_moved)
        return best

    return depth_at
