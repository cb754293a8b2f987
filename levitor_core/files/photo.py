"""What a person brings as an image file becomes arrays: photo, depth map, mask, label map; and their framing.

file -> read_photo -> photo -> frame_photo -> Framing -> image, photo, disparity, masks, partition, clean plate
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from jaxtyping import Float32, Int32, UInt
from PIL import Image as PilImage

from levitor_core.errors import InputError, echo
from levitor_core.files.image_colours import in_srgb
from levitor_core.files.image_files import (
    MAX_ASPECT,
    Source,
    check_shape,
    colours_of,
    decode,
    grey_values,
    mask_planes,
    npy_values,
    read_bytes,
    rgb,
)
from levitor_core.files.map_values import as_labels, as_mask, of_file, stretch
from levitor_core.files.npy_files import is_npy
from levitor_core.structures import (
    AnyImage,
    BoxXYXY,
    DisparityMap,
    Image,
    LabelMap,
    Mask,
    PhotoBox,
    Project,
    SizeHW,
)

MAX_PHOTO_SIDE = 2048
TRAINED_SIZE: SizeHW = (512, 288)
SIDE_STEP = 8

Crop = BoxXYXY | Literal["trained"] | None


def read_photo(source: Source) -> Image:
    """A photo as sRGB by its colour profile, turned as its EXIF says, alpha flattened on white, at most 2048 px long.

    `source` is the file's bytes or its path; of an animation the first frame is taken. Raises InputError for what is
    not an image, is broken, has more than 100 megapixels, a side under 16 px, or is longer than 4:1.
    """
    photo = rgb(in_srgb(decode(source, "photo", longest=MAX_PHOTO_SIDE)))
    photo.thumbnail((MAX_PHOTO_SIDE, MAX_PHOTO_SIDE), PilImage.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(photo)


def read_map(source: Source, *, far_is_white: bool = False, normalise: bool = False) -> DisparityMap:
    """A depth map as disparity 0..255, larger is nearer: 8 bits as they stand, 16 bits divided by 257.

    Also reads `.npy` (2-D; floats must already be 0..255). `normalise` stretches the lowest value to 0 and the
    highest to 255; `far_is_white` turns the result over. Raises InputError for colour and for anything unreadable.
    """
    values = grey_values(source, "depth map")
    if values is None:
        raise InputError("The depth map is in colour; save it as a grey image, lighter where it is nearer.")
    disparity = stretch(values) if normalise else of_file(values)
    return 255 - disparity if far_is_white else disparity


def read_mask(source: Source) -> Mask:
    """A mask: the alpha channel where it divides the picture, else what is lighter than half, else the larger of two
    values, by lightness and then by the strongest colour; or an `.npy`.

    Raises InputError, naming the values found, when nothing stands out.
    """
    data = read_bytes(source, "mask")
    return as_mask(npy_values(data, "mask")) if is_npy(data) else as_mask(*mask_planes(data, "mask"))


def read_labels(source: Source) -> LabelMap:
    """A label map: the values of a grey or palette image or an integer `.npy`; else one id per colour, black being 0.

    Raises InputError for JPEG (it blurs ids), for fractions, and for more than 255 instances.
    """
    values = grey_values(source, "label map", palette_indices=True)
    return as_labels(_colour_ids(_read_colours(source)) if values is None else values)


def working_size(photo_hw: SizeHW) -> SizeHW:
    """The size the video model sees: sides multiples of 8, area near 288x512, at most 5 working pixels cropped.

    Among sizes within 10 % of that area the one that crops least wins; 1 % of area weighs as much as 0.2 pixels.
    """
    area = TRAINED_SIZE[0] * TRAINED_SIZE[1]
    sides = np.arange(SIDE_STEP, int(math.sqrt(area * MAX_ASPECT) * 1.1), SIDE_STEP)
    h, w = (side.ravel() for side in np.meshgrid(sides, sides, indexing="ij"))
    scale = np.maximum(h / photo_hw[0], w / photo_hw[1])
    cropped = np.maximum(photo_hw[0] * scale - h, photo_hw[1] * scale - w)
    deviation = np.abs(np.log(h * w / area))
    best = np.argmin(cropped + 20 * deviation + 1e6 * ((deviation > 0.1) | (cropped > 5)))
    return int(h[best]), int(w[best])


@dataclass(frozen=True)
class Framing:
    """One crop and scale for everything that belongs to a photo, so that all stay aligned.

    `box` (x0, y0, x1, y1) lies in pixels of the photo as read, counted from its edges; `photo_hw` is the kept photo's
    size and `size_hw` the working size, of exactly the same aspect: with s = photo_hw / size_hw, working pixel x
    is centred on the kept photo's (x + 0.5) s - 0.5.
    Every method takes an array of the whole photo, at any resolution, or one framed before; others raise InputError.
    """

    source_hw: SizeHW
    box: BoxXYXY
    photo_hw: SizeHW
    size_hw: SizeHW

    @classmethod
    def of_kept(cls, photo_hw: SizeHW, size_hw: SizeHW) -> Self:
        """The framing of a photo that is all there was."""
        return cls(photo_hw, (0.0, 0.0, float(photo_hw[1]), float(photo_hw[0])), photo_hw, size_hw)

    @classmethod
    def of_project(cls, project: Project) -> Self:
        """The framing that a project got when its photo was opened, for what is added to it later."""
        photo_hw, size_hw = project.photo.shape[:2], project.scene.size_hw
        if project.photo_box is None:
            return cls.of_kept(photo_hw, size_hw)
        return cls(project.photo_box.source_hw, project.photo_box.box, photo_hw, size_hw)

    @property
    def photo_box(self) -> PhotoBox:
        """What the project keeps of it."""
        return PhotoBox(self.source_hw, self.box)

    def image(self, photo: AnyImage) -> Image:
        """The working image."""
        return self._resize(photo, self.size_hw, PilImage.Resampling.LANCZOS, "photo")

    def photo(self, photo: AnyImage, what: str = "photo") -> Image:
        """The photo to keep, or a clean plate; `what` names it in errors."""
        return self._resize(photo, self.photo_hw, PilImage.Resampling.LANCZOS, what)

    def map(self, values: Float32[np.ndarray, "rows columns"], what: str = "depth map") -> DisparityMap:
        """A disparity map at working size, averaged where it shrinks and linear where it grows."""
        return self._resize(values.astype(np.float32), self.size_hw, PilImage.Resampling.BILINEAR, what)

    def mask(self, mask: np.ndarray) -> Mask:
        """A mask at working size: pixels that it covers by at least half."""
        coverage = self._resize(as_mask(mask).astype(np.float32), self.size_hw, PilImage.Resampling.BOX, "mask")
        return coverage >= 0.5

    def labels(self, labels: Int32[np.ndarray, "rows columns"]) -> LabelMap:
        """A label map at working size; ids are never mixed."""
        return self._resize(labels.astype(np.int32), self.size_hw, PilImage.Resampling.NEAREST, "label map")

    def _resize(self, array: np.ndarray, size_hw: SizeHW, method: PilImage.Resampling, what: str) -> np.ndarray:
        box = self._box_in(array.shape[:2], what)
        image = PilImage.fromarray(np.ascontiguousarray(array))
        return np.array(image.resize((size_hw[1], size_hw[0]), method, box=box))

    def _box_in(self, hw: SizeHW, what: str) -> BoxXYXY:
        if hw != self.source_hw and hw in (self.size_hw, self.photo_hw):
            return 0, 0, hw[1], hw[0]
        scale_y, scale_x = hw[0] / self.source_hw[0], hw[1] / self.source_hw[1]
        if abs(scale_x - scale_y) * max(self.source_hw) > max(2.0, 0.01 * max(hw)):
            raise InputError(
                f"The {what} is {hw[1]}x{hw[0]} but the photo is {self.source_hw[1]}x{self.source_hw[0]};"
                " give one of the same shape."
            )
        x0, y0, x1, y1 = self.box
        return x0 * scale_x, y0 * scale_y, min(x1 * scale_x, hw[1]), min(y1 * scale_y, hw[0])


def read_mask_for(project: Project, source: Source) -> Mask:
    """A mask file of the photo that a project was made from, at working size.

    Raises InputError when it cannot be read, has another shape, or marks nothing of what the project keeps.
    """
    mask = Framing.of_project(project).mask(read_mask(source))
    if not mask.any():
        raise InputError("The mask marks nothing in the part of the photo that the project keeps; give another.")
    return mask


def frame_photo(photo: AnyImage, crop: Any = None) -> Framing:
    """How a photo is cropped and scaled: whole (None), to the trained 288x512 ("trained"), or to a drawn box.

    A drawn box is (x0, y0, x1, y1) in photo pixels, from edge to edge. The kept photo is a plain crop whenever that
    costs at most 2 working pixels, resampled otherwise, and never smaller than the working image.
    Raises InputError for a photo or a box under 16 px or longer than 4:1, and for a box outside the photo.
    """
    h, w = photo.shape[:2]
    check_shape((h, w), "photo")
    trained = isinstance(crop, str) and crop == "trained"
    outer = (0.0, 0.0, float(w), float(h)) if crop is None or trained else _check_crop(crop, (h, w))
    outer_hw = round(outer[3] - outer[1]), round(outer[2] - outer[0])
    size_hw = TRAINED_SIZE if trained else working_size(outer_hw)
    box = _center(outer, size_hw)
    photo_hw = _fit_size(box, size_hw)
    lost = (1 - photo_hw[1] / (box[2] - box[0])) * size_hw[1]
    return Framing((h, w), _whole_pixels(box, photo_hw) if 0 <= lost <= 2 else box, photo_hw, size_hw)


def _fit_size(box: BoxXYXY, size_hw: SizeHW) -> SizeHW:
    """The largest size of `size_hw`'s exact aspect within the box and 2048 px, but no smaller than `size_hw`."""
    common = math.gcd(*size_hw)
    unit_h, unit_w = size_hw[0] // common, size_hw[1] // common
    fitting = int(min((box[2] - box[0]) / unit_w, MAX_PHOTO_SIDE / max(unit_h, unit_w)) + 1e-6)
    units = max(common, fitting)
    return units * unit_h, units * unit_w


def _whole_pixels(box: BoxXYXY, hw: SizeHW) -> BoxXYXY:
    """A box of whole pixels, `hw` large, in the middle of `box`."""
    left, top = int((box[0] + box[2] - hw[1]) / 2 + 1e-6), int((box[1] + box[3] - hw[0]) / 2 + 1e-6)
    return float(left), float(top), float(left + hw[1]), float(top + hw[0])


def _check_crop(crop: Any, hw: SizeHW) -> BoxXYXY:
    try:
        x0, y0, x1, y1 = (float(value) for value in crop)
    except (TypeError, ValueError) as error:
        raise InputError(f"The crop must be 'trained' or a box (x0, y0, x1, y1), not {echo(crop)}.") from error
    if not (0 <= x0 < x1 <= hw[1] and 0 <= y0 < y1 <= hw[0]):
        raise InputError(f"The crop must lie inside the photo, which is {hw[1]}x{hw[0]} pixels.")
    check_shape((round(y1 - y0), round(x1 - x0)), "crop")
    return x0, y0, x1, y1


def _center(outer: BoxXYXY, size_hw: SizeHW) -> BoxXYXY:
    """The largest box of `size_hw`'s aspect in the middle of `outer`, rounded inwards where it meets an edge."""
    scale = min((outer[2] - outer[0]) / size_hw[1], (outer[3] - outer[1]) / size_hw[0])
    x, y = (outer[0] + outer[2]) / 2, (outer[1] + outer[3]) / 2
    half_w, half_h = size_hw[1] * scale / 2, size_hw[0] * scale / 2
    return max(x - half_w, outer[0]), max(y - half_h, outer[1]), min(x + half_w, outer[2]), min(y + half_h, outer[3])


def _read_colours(source: Source) -> UInt[np.ndarray, "h w 3"]:
    data = read_bytes(source, "label map")
    return colours_of(data, decode(data, "label map"), "label map")[0]


def _colour_ids(colours: UInt[np.ndarray, "h w 3"]) -> LabelMap:
    packed = colours.astype(np.int64) @ np.array([2**32, 2**16, 1])
    found, ids = np.unique(packed, return_inverse=True)
    return (ids.reshape(packed.shape) + (0 if found[0] == 0 else 1)).astype(np.int32)
