"""Footprints and holes -> clocks: how long each place of the latents is held, 0 not at all to 1 to the last step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from levitor_core.structures import RenderedMasks, SizeHW

Strengths = Float32[np.ndarray, "latents rows columns"]

BACKGROUND_HOLD = 0.7  # of an object's: Time-to-Move's share, 16 steps of 50 beside 21
UNCOVERED_HOLD = 0.35  # held longer, colours were worse on held-out scenes: docs/anchoring.md
EDGE = 0.5  # of a latent's side: the spread of soft edges
DIGITS = 5  # a strength's; sums over an even map must not miss 0 or 1


@dataclass(frozen=True)
class Grid:
    """What a video VAE makes of pixels: the latents' size, and the frames in every latent after the first, which holds
    the first frame alone (1: a latent a frame)."""

    size_hw: SizeHW
    frames_a_latent: int = 1


@dataclass(frozen=True)
class Holds:
    """How long each thing is held beside the others: the objects by label, the scene, and what Preview made up.

    On rigidity's scale: 1 as the anchor says, less is freer, more is stiffer.
    """

    objects: Sequence[float] = ()
    background: float = BACKGROUND_HOLD
    uncovered: float = UNCOVERED_HOLD


def strength_of(anchor: float, hold: float) -> float:
    """How long something with that hold is held: nothing at anchor 0 and everything at anchor 1, whatever the hold."""
    return 1 - (1 - anchor) ** hold


def clocks(
    rendered: RenderedMasks, uncovered: Bool[np.ndarray, "frames h w"], anchor: float, holds: Holds, grid: Grid
) -> Strengths:
    """Every latent's strength, with soft edges: the mean over its pixels and frames, but where anything of it was
    uncovered in any frame that counts as uncovered, as far as it was most so."""
    made_up = uncovered & ~_of_objects(rendered)
    groups = _groups(len(made_up), grid.frames_a_latent)
    held = [_pool(frame, grid) for frame in _by_label(rendered, anchor, holds)]
    shares = [_pool(frame, grid) for frame in made_up.astype(np.float32)]
    mean = np.stack([np.mean(held[group], axis=0) for group in groups])
    most = np.stack([np.max(shares[group], axis=0) for group in groups])
    free = strength_of(anchor, holds.uncovered)
    return (mean + most * (free - mean)).round(DIGITS).astype(np.float32)


def _of_objects(rendered: RenderedMasks) -> Bool[np.ndarray, "frames h w"]:
    return (rendered.labels > 0) & (rendered.labels <= rendered.num_objects)


def _by_label(rendered: RenderedMasks, anchor: float, holds: Holds) -> Float32[np.ndarray, "frames h w"]:
    """Every pixel's strength, whatever was uncovered."""
    each = [*holds.objects, *[1.0] * (rendered.num_objects - len(holds.objects))]
    of_label = np.array([strength_of(anchor, hold) for hold in (holds.background, *each)], np.float32)
    return of_label[np.where(_of_objects(rendered), rendered.labels, 0)]


def _pool(plane: Float32[np.ndarray, "h w"], grid: Grid) -> Float32[np.ndarray, "gh gw"]:
    import cv2

    height, width = grid.size_hw
    spread_xy = EDGE * plane.shape[1] / width, EDGE * plane.shape[0] / height
    soft = cv2.GaussianBlur(plane, (0, 0), *spread_xy, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_AREA)


def _groups(num_frames: int, frames_a_latent: int) -> list[slice]:
    """The frames of each latent, as a causal video VAE pools them: the first alone, then as many as it takes."""
    if frames_a_latent == 1:
        return [slice(frame, frame + 1) for frame in range(num_frames)]
    later = range(1, num_frames, frames_a_latent)
    return [slice(0, 1), *(slice(start, start + frames_a_latent) for start in later)]
