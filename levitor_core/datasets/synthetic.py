"""A made-up world with true masks, depth and occlusion: photo-textured objects moving in 3D over real photos.

    python -m levitor_core.datasets.synthetic OUT --clips 100 --seed 0

writes it in the DAVIS layout with its depth cache. PURE but for that: the same generator, the same clip.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from levitor_core.datasets.clips import VideoClip
from levitor_core.datasets.davis_writing import write_davis
from levitor_core.datasets.synthetic_pictures import held_out_pictures, training_pictures
from levitor_core.datasets.synthetic_scene import (
    Motion,
    background_disparity,
    background_regions,
    plan_motions,
    plan_occluders,
)
from levitor_core.datasets.synthetic_sprites import Colour, Sprite, crop, make_sprite, recolour
from levitor_core.errors import InputError
from levitor_core.structures import AnyImage, Image, LabelMap, RenderedMasks, SizeHW

SUPERSAMPLING = 3  # odd, so that a pixel's middle sample lies at its centre
MIDDLE = SUPERSAMPLING // 2
MAX_OCCLUDERS = 3
OBJECT_TINT = (0.75, 1.0)
OCCLUDER_TINT = (0.2, 0.8)
BACKGROUND_CROP = (0.5, 1.0)
BACKGROUND_TINT = (0.0, 0.6)
LONE_SHARE, CROSSING_SHARE = 0.4, 0.3  # of a source's clips; the others have two or three objects anywhere
TINTED_BACKGROUNDS = 0.5  # of all: half of the photos are grey


@dataclass(frozen=True, eq=False)
class SyntheticClip:
    """A clip and what it was made of. Object k (label k + 1) is whole in `rgba`, whatever hides it; its alpha is
    the share of the pixel that it covers; `centroid_xy` is of the whole object, hidden parts included, `rotation` in
    radians clockwise, and `disparity` grows towards the camera. `background` is the still scene, without what moves."""

    clip: VideoClip
    background: Image
    rgba: UInt8[np.ndarray, "n frames h w 4"]
    centroid_xy: Float[np.ndarray, "n frames 2"]
    disparity: Float[np.ndarray, "n frames"]
    rotation: Float[np.ndarray, "n frames"]


@dataclass(frozen=True, eq=False)
class Canvas:
    """A picture being drawn, supersampled: colours, disparity and ids."""

    image: Image
    disparity: Float32[np.ndarray, "h w"]
    labels: LabelMap

    def copy(self) -> "Canvas":
        """One to draw on."""
        return Canvas(self.image.copy(), self.disparity.copy(), self.labels.copy())


@dataclass(frozen=True, eq=False)
class PlacedSprite:
    """A sprite where it is seen: the window of the supersampled picture, its colours there and its mask."""

    window: tuple[slice, slice]
    colour: Image
    mask: Bool[np.ndarray, "h w"]


def make_clip(
    rng: np.random.Generator,
    pictures: Sequence[AnyImage],
    size_hw: SizeHW = (64, 64),
    num_frames: int = 8,
    num_objects: int = 1,
    crossing: bool = False,
    num_occluders: int | None = None,
) -> SyntheticClip:
    """Objects 1..n moving in 3D before a still scene, whose parts have the ids above n (0: unlabelled).

    `crossing`: the first two objects meet on the screen half-way, disparities at least 60 apart, sizes alike.
    `num_occluders`: at most so many still things, by default 0 to 3; an object may pass behind them.
    """
    motions = plan_motions(rng, size_hw, num_frames, num_objects, crossing)
    allowed = int(rng.integers(MAX_OCCLUDERS + 1)) if num_occluders is None else num_occluders
    still = plan_occluders(rng, size_hw, motions, allowed, behind_all=crossing)
    scene, used = _still_scene(rng, pictures, size_hw, still, num_objects)
    sprites: list[Sprite] = []
    for _ in motions:
        sprite, colour = make_sprite(rng, pictures, used, OBJECT_TINT)
        sprites.append(sprite)
        used.append(colour)
    frames, rendered, rgba = _draw_all(scene, sprites, motions, size_hw)
    return SyntheticClip(
        VideoClip("synthetic", frames, rendered),
        _shrink(scene.image, size_hw),
        rgba,
        np.stack([motion.xy for motion in motions]),
        np.stack([motion.disparity for motion in motions]),
        np.stack([motion.rotation for motion in motions]),
    )


@dataclass(frozen=True, eq=False)
class SyntheticSource:
    """An endless `ClipSource`: every read makes a new clip from the caller's generator; `length` counts as a pass."""

    pictures: Sequence[AnyImage]
    size_hw: SizeHW = (64, 64)
    num_frames: int = 8
    length: int = 10_000

    def __len__(self) -> int:
        return self.length

    def read(self, index: int, rng: np.random.Generator) -> VideoClip:
        """A new clip; `index` only names it."""
        chance = rng.random()
        crossing = LONE_SHARE <= chance < LONE_SHARE + CROSSING_SHARE
        num_objects = 1 if chance < LONE_SHARE else 2 if crossing else int(rng.integers(2, 4))
        made = make_clip(rng, self.pictures, self.size_hw, self.num_frames, num_objects, crossing)
        return replace(made.clip, name=f"synthetic-{index:05d}")


def _still_scene(
    rng: np.random.Generator,
    pictures: Sequence[AnyImage],
    size_hw: SizeHW,
    occluders: Sequence[Motion],
    num_objects: int,
) -> tuple[Canvas, list[Colour]]:
    """The supersampled scene without what moves, and the colours that are taken."""
    fine_hw = size_hw[0] * SUPERSAMPLING, size_hw[1] * SUPERSAMPLING
    image = crop(rng, pictures, fine_hw, BACKGROUND_CROP)
    if rng.random() < TINTED_BACKGROUNDS:
        image = recolour(rng, image, rng.uniform(40, 215, 3), BACKGROUND_TINT).clip(0, 255).astype(np.uint8)
    regions = background_regions(rng, _shrink(image, size_hw), num_objects + len(occluders) + 1)
    canvas = Canvas(image.copy(), _enlarge(background_disparity(rng, size_hw)), _enlarge(regions))
    used: list[Colour] = [image.mean(axis=(0, 1))]
    for label, place in enumerate(occluders, start=num_objects + 1):
        sprite, colour = make_sprite(rng, pictures, used, OCCLUDER_TINT)
        used.append(colour)
        _draw(canvas, _place(sprite, place, 0, size_hw), float(place.disparity[0]), label)
    return canvas, used


def _draw_all(
    scene: Canvas, sprites: Sequence[Sprite], motions: Sequence[Motion], size_hw: SizeHW
) -> tuple[UInt8[np.ndarray, "frames h w 3"], RenderedMasks, UInt8[np.ndarray, "n frames h w 4"]]:
    num_frames = len(motions[0].xy)
    frames = np.empty((num_frames, *size_hw, 3), np.uint8)
    labels, disparity = np.empty((num_frames, *size_hw), np.int32), np.empty((num_frames, *size_hw), np.float32)
    rgba = np.zeros((len(sprites), num_frames, *size_hw, 4), np.uint8)
    for frame in range(num_frames):
        canvas = scene.copy()
        for index, (sprite, motion) in enumerate(zip(sprites, motions, strict=True)):
            placed = _place(sprite, motion, frame, size_hw)
            _draw(canvas, placed, float(motion.disparity[frame]), index + 1)
            _draw_alone(rgba[index, frame], placed)
        frames[frame] = _shrink(canvas.image, size_hw)
        labels[frame] = canvas.labels[MIDDLE::SUPERSAMPLING, MIDDLE::SUPERSAMPLING]
        disparity[frame] = canvas.disparity[MIDDLE::SUPERSAMPLING, MIDDLE::SUPERSAMPLING]
    return frames, RenderedMasks(labels, disparity, 0), rgba


def _place(sprite: Sprite, motion: Motion, frame: int, size_hw: SizeHW) -> PlacedSprite | None:
    """The sprite as it stands in a frame, or None where it is out of the picture."""
    x, y = motion.xy[frame]
    scale = float(motion.diameter[frame]) * SUPERSAMPLING / sprite.diameter
    reach = scale * sprite.rgba.shape[0] * 0.75 / SUPERSAMPLING + 1
    left, right = (int(np.clip(edge, 0, size_hw[1])) for edge in (x - reach, x + reach + 1))
    top, bottom = (int(np.clip(edge, 0, size_hw[0])) for edge in (y - reach, y + reach + 1))
    if left >= right or top >= bottom:
        return None
    matrix = cv2.getRotationMatrix2D(sprite.centroid_xy, -float(np.degrees(motion.rotation[frame])), scale)
    matrix[0, 2] += SUPERSAMPLING * (x - left) + MIDDLE - sprite.centroid_xy[0]
    matrix[1, 2] += SUPERSAMPLING * (y - top) + MIDDLE - sprite.centroid_xy[1]
    size = (right - left) * SUPERSAMPLING, (bottom - top) * SUPERSAMPLING
    seen = cv2.warpAffine(sprite.rgba, matrix, size, flags=cv2.INTER_LINEAR)
    window = slice(top * SUPERSAMPLING, bottom * SUPERSAMPLING), slice(left * SUPERSAMPLING, right * SUPERSAMPLING)
    return PlacedSprite(window, seen[..., :3], seen[..., 3] > 127)


def _draw(canvas: Canvas, placed: PlacedSprite | None, disparity: float, label: int) -> None:
    """Draw where nothing nearer is."""
    if placed is None:
        return
    behind = canvas.disparity[placed.window]
    seen = placed.mask & (behind < disparity)
    np.copyto(canvas.image[placed.window], placed.colour, where=seen[..., None])
    behind[seen] = disparity
    canvas.labels[placed.window][seen] = label


def _draw_alone(rgba: UInt8[np.ndarray, "h w 4"], placed: PlacedSprite | None) -> None:
    if placed is None:
        return
    rows, columns = (slice(part.start // SUPERSAMPLING, part.stop // SUPERSAMPLING) for part in placed.window)
    size = columns.stop - columns.start, rows.stop - rows.start
    whole = np.dstack([placed.colour, np.ones(placed.mask.shape, np.uint8)]) * placed.mask[..., None]
    covered = cv2.resize(whole.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    share = covered[..., 3:]
    rgba[rows, columns, :3] = np.rint(covered[..., :3] / np.maximum(share, 1e-6))
    rgba[rows, columns, 3] = np.rint(255 * share[..., 0])


def _shrink(image: AnyImage, size_hw: SizeHW) -> Image:
    return cv2.resize(image, size_hw[::-1], interpolation=cv2.INTER_AREA)


def _enlarge(values: np.ndarray) -> np.ndarray:
    return values.repeat(SUPERSAMPLING, axis=0).repeat(SUPERSAMPLING, axis=1)


def main(argv: Sequence[str] | None = None) -> None:
    """The command line: clip i of a seed is the same however many are written."""
    parser = argparse.ArgumentParser(
        prog="python -m levitor_core.datasets.synthetic", description="Write synthetic clips in the DAVIS layout."
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--held-out", action="store_true", help="take the photos that are never trained on")
    parser.add_argument("--pictures", type=Path, help="folder that synthetic_pictures wrote; else from scikit-image")
    parser.add_argument("--side", type=int, default=64, help="height and width")
    parser.add_argument("--frames", type=int, default=8)
    given = parser.parse_args(argv)
    try:
        pictures = (held_out_pictures if given.held_out else training_pictures)(given.pictures)
        source = SyntheticSource(pictures, (given.side, given.side), given.frames, given.clips)
        written = write_davis(given.out, _clips(source, given.seed), source.size_hw, "true depth")
    except InputError as error:
        parser.exit(2, f"levitor: {error}\n")
    print(f"{written} clips written to {given.out}.")  # noqa: T201


def _clips(source: SyntheticSource, seed: int) -> Iterator[VideoClip]:
    for index in range(len(source)):
        yield source.read(index, np.random.default_rng((seed, index)))


if __name__ == "__main__":
    main()
