"""A binary mask at working size -> soft alpha and clean colours at photo size.

Edges follow the photo (guided filter: He, Sun, Tang, PAMI 2013), then what shines through them is solved for
between the object's colours, continued from inside, and the background's, continued from outside, so that an object
at rest looks like the photo and no halo travels with it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from levitor_core.renderers.preview.pyramid import push_pull
from levitor_core.structures import Image, Mask, SizeHW

BAND_PX = 2.0  # working pixels on either side of the mask's edge where alpha may be anything
GUIDE_VARIANCE = 12.0**2  # grey levels squared; weaker edges do not bend the mask
PRIOR_CONTRAST = 40.0  # grey levels between object and background at which the photo is believed as much as the mask
COLOUR_SLACK = 24.0  # grey levels that an edge colour may differ from its continuation from inside

Cutout = UInt8[np.ndarray, "h w 4"]


@dataclass(frozen=True)
class _Window:
    """A part of the photo, in photo pixels."""

    rows: slice
    columns: slice

    @property
    def both(self) -> tuple[slice, slice]:
        """For indexing."""
        return self.rows, self.columns


def cut_out(photo: Image, plate: Image, mask: Bool[np.ndarray, "rows columns"]) -> Cutout:
    """The object as a premultiplied RGBA picture of the photo's size; `plate` is the photo without it."""
    scale = photo.shape[0] / mask.shape[0]
    window = _around(mask, photo.shape[:2], margin=3 * BAND_PX)
    picture = photo[window.both].astype(np.float32)
    rough = _enlarge(mask, photo.shape[:2])[window.both]
    alpha = _guide(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), rough, radius=BAND_PX * scale)
    alpha = np.where(np.abs(_edge_distance(rough)) < BAND_PX * scale, alpha, rough > 0.5).astype(np.float32)
    distance = _edge_distance(rough)
    inner = push_pull(picture, (alpha > 0.97) & (distance > 0.75 * scale))
    outside = (alpha < 0.03) & (distance < -0.75 * scale)
    behind = push_pull(picture, outside) if outside.any() else plate[window.both].astype(np.float32)
    alpha = _solve_alpha(picture, behind, inner, alpha)
    colours = _solve_colours(picture, behind, inner, alpha)
    cutout = np.zeros((*photo.shape[:2], 4), np.uint8)
    cutout[window.both] = np.rint(np.dstack([colours * alpha[..., None], alpha * 255.0])).astype(np.uint8)
    return cutout


def distance_inside(mask: Mask) -> Float32[np.ndarray, "h w"]:
    """How far each pixel is inside the mask's outline, negative outside; the picture's border is none."""
    distance = _edge_distance(mask.astype(np.float32))
    return distance - 0.5 * np.sign(distance)


def _solve_alpha(
    picture: np.ndarray, behind: np.ndarray, inner: np.ndarray, prior: Float32[np.ndarray, "h w"]
) -> Float32[np.ndarray, "h w"]:
    """The alpha that explains the photo as object over background, where the two differ; else the prior."""
    contrast = inner - behind
    weight = np.float32(3 * PRIOR_CONTRAST**2)
    explained = ((picture - behind) * contrast).sum(-1)
    alpha = (explained + weight * prior) / ((contrast**2).sum(-1) + weight)
    undecided = (prior > 0.01) & (prior < 0.99)
    return np.where(undecided, alpha.clip(0, 1), np.rint(prior)).astype(np.float32)


def _solve_colours(
    picture: np.ndarray, behind: np.ndarray, inner: np.ndarray, alpha: Float32[np.ndarray, "h w"]
) -> Float32[np.ndarray, "h w 3"]:
    """Colours that give the photo over the background at rest, kept the nearer to those of the object's inside the
    more of the background shines through."""
    share = alpha[..., None]
    exact = (picture - (1 - share) * behind) / np.maximum(share, 0.05)
    near_inner = inner + (exact - inner).clip(-COLOUR_SLACK, COLOUR_SLACK) * share
    return np.where(share > 0.99, picture, near_inner).clip(0, 255)


def _guide(
    guide: Float32[np.ndarray, "h w"], values: Float32[np.ndarray, "h w"], radius: float
) -> Float32[np.ndarray, "h w"]:
    size = (2 * max(1, round(radius)) + 1,) * 2
    guide_mean, mean = cv2.blur(guide, size), cv2.blur(values, size)
    variance = cv2.blur(guide * guide, size) - guide_mean**2
    slope = (cv2.blur(guide * values, size) - guide_mean * mean) / (variance + GUIDE_VARIANCE)
    offset = mean - slope * guide_mean
    soft = cv2.blur(slope, size) * guide + cv2.blur(offset, size)
    ramp = ((soft - 0.5) * 2.0 + 0.5).clip(0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def _enlarge(mask: Mask, size_hw: SizeHW) -> Float32[np.ndarray, "_ _"]:
    """The mask at another size, its staircase rounded off."""
    scale = size_hw[0] / mask.shape[0]
    large = cv2.resize(mask.astype(np.float32), size_hw[::-1], interpolation=cv2.INTER_LINEAR)
    if scale < 1.5:
        return large
    smooth = cv2.GaussianBlur(large, (0, 0), 0.6 * scale)
    return ((smooth - 0.5) * 2.0 + 0.5).clip(0, 1)


def _edge_distance(rough: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """Distance to the mask's edge, negative outside."""
    inside = (rough > 0.5).astype(np.uint8)
    kind = cv2.DIST_L2, cv2.DIST_MASK_5
    return cv2.distanceTransform(inside, *kind) - cv2.distanceTransform(1 - inside, *kind)


def _around(mask: Mask, size_hw: SizeHW, margin: float) -> _Window:
    """The mask's bounding box, grown by `margin` working pixels, in photo pixels."""
    scale = size_hw[0] / mask.shape[0], size_hw[1] / mask.shape[1]
    spans = []
    for axis in (0, 1):
        filled = np.flatnonzero(mask.any(1 - axis))
        start, stop = (filled[0] - margin) * scale[axis], (filled[-1] + 1 + margin) * scale[axis]
        spans.append(slice(max(int(start), 0), min(int(np.ceil(stop)), size_hw[axis])))
    return _Window(*spans)
