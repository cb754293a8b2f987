"""Image and `.npy` files to pixels, safely.

Files are hostile until decoded: formats are whitelisted, sizes are checked from the header before a pixel is read,
and whatever goes wrong is an InputError of one sentence, in which `what` names the file ("photo", "mask").
"""

import contextlib
import ctypes
import io
import struct
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped, UInt8
from PIL import Image as PilImage
from PIL import ImageFile, ImageOps

from levitor_core.errors import InputError
from levitor_core.files.image_bytes import LOW_CHANNELS, deep_colours, take_low_bytes
from levitor_core.files.image_mending import JPEG_START, PNG_SIGNATURE, holds_all_rows, is_whole_jpeg, mend
from levitor_core.files.npy_files import is_npy, read_npy
from levitor_core.structures import MAX_PHOTO_PIXELS, SizeHW

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF")
SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jfif", ".webp", ".avif", ".heic", ".heif", ".hif", ".tif", ".tiff", ".bmp", ".gif",
)  # fmt: skip
READ = "PNG, JPEG, WebP, AVIF, HEIC, TIFF, BMP or GIF file"
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
MAX_FILE_BYTES = 512 * 2**20
MIN_SIDE = 16
MAX_ASPECT = 4.0
ROWS_AT_ONCE = 256

Source = bytes | str | Path

_most_pixels = MAX_PHOTO_PIXELS


def take_at_most(pixels: int) -> None:
    """From now on, refuse pictures of more pixels in this process."""
    global _most_pixels  # noqa: PLW0603 - of the process, as its memory is
    _most_pixels = min(pixels, MAX_PHOTO_PIXELS)


def _hush() -> None:
    """Keep Pillow and its libtiff from writing to stderr what they think of an odd file: people get the sentences."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    for library in Path(PilImage.__file__).parents[1].glob("[pP]illow.libs/libtiff*"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(str(library)).TIFFSetErrorHandler(None)


_hush()


def read_bytes(source: Source, what: str, limit: int = MAX_FILE_BYTES) -> bytes:
    """The file's bytes; raises InputError when it is missing, unreadable, empty or larger than `limit`."""
    data = source if isinstance(source, bytes) else _file_bytes(Path(source), what, limit)
    if not data:
        raise InputError(f"The {what} file is empty; choose another.")
    if len(data) > limit:
        raise InputError(f"The {what} file is larger than {limit >> 20} MB; save a smaller one.")
    return data


def _file_bytes(path: Path, what: str, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise InputError(f"The {what} {str(path)!r} cannot be read ({reason}); check its name and place.") from error


def decode(source: Source, what: str, longest: int | None = None, low_bytes: bool = False) -> PilImage.Image:
    """The loaded first frame, turned upright; `longest` lets JPEG decode at a fraction of its size.

    Its info tells which of its colours are "deep", of 16 bits: these are the upper bytes, the lower ones if asked for.
    """
    data = read_bytes(source, what)
    with _decoding(what, data):
        file = mend(data)
        image = _load(file.data, what, longest, low_bytes)
        _check_pixels(image, file.data, what, longest)
        image.info.update(file.colours)
    return _upright(image)


def image_hw(source: Source, what: str) -> SizeHW:
    """The size that the file's header states; no pixel is decoded."""
    data = read_bytes(source, what)
    with _decoding(what, data), _open(data) as image:
        return image.height, image.width


def _load(data: bytes, what: str, longest: int | None, low_bytes: bool = False) -> PilImage.Image:
    image = _open(data)
    image.info["deep"] = deep_colours(image)
    if low_bytes:
        take_low_bytes(image)
    check_shape((image.height, image.width), what)
    if longest:
        scale = min(1.0, longest / max(image.size))
        image.draft(None, (round(image.width * scale), round(image.height * scale)))
    if image.format == "TIFF" and _count_covered(image) < image.width * image.height:
        raise EOFError("strips are missing")
    image.load()
    return image


def _count_covered(image: ImageFile.ImageFile) -> int:
    """How many pixels the file has data for."""
    boxes = [tile.extents or (0, 0, *image.size) for tile in image.tile]
    return sum((min(x1, image.width) - x0) * (min(y1, image.height) - y0) for x0, y0, x1, y1 in boxes)


def _check_pixels(image: PilImage.Image, data: bytes, what: str, longest: int | None) -> None:
    """Raise EOFError where a decoder fills in what the file lacks."""

    def pixels(other: bytes) -> np.ndarray:
        return np.asarray(_load(other, what, longest))

    if data.startswith(JPEG_START):
        whole = is_whole_jpeg(data, np.asarray(image), pixels)
    else:
        whole = not data.startswith(PNG_SIGNATURE) or holds_all_rows(data)
    if not whole:
        raise EOFError("the picture ends before its last pixel")


def _open(data: bytes) -> ImageFile.ImageFile:
    """The file, its header read. Not by Pillow's `open`, which warns of sizes that are fine here."""
    for factory, accepts in _readers():
        if accepts(data[:16]) is True:
            with contextlib.suppress(SyntaxError, IndexError, TypeError, struct.error):  # another format after all
                return factory(io.BytesIO(data), "")
    raise PilImage.UnidentifiedImageError


def _readers() -> Iterator[tuple[Callable[..., ImageFile.ImageFile], Callable[[bytes], Any]]]:
    PilImage.preinit()
    for name in FORMATS:
        if name not in PilImage.OPEN:
            PilImage.init()  # all of Pillow's plugins
        factory, accepts = PilImage.OPEN[name]
        yield factory, accepts or bool
    yield _open_heif, is_heif


def is_heif(data: bytes) -> bool:
    """Whether this begins as the photos of phones (HEIC) do."""
    return data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS


def _open_heif(file: io.BytesIO, name: str) -> ImageFile.ImageFile:
    from pi_heif import HeifImageFile

    return HeifImageFile(file, name)


@contextlib.contextmanager
def _decoding(what: str, data: bytes) -> Iterator[None]:
    """Turns whatever a decoder raises into one sentence: hostile bytes are met with any exception there is."""
    try:
        yield
    except InputError:
        raise
    except ImportError as error:
        raise InputError(f"The {what} is a HEIC file, which needs the package pi-heif; export it as JPEG.") from error
    except Exception as error:
        if is_heif(data):
            raise InputError(f"The {what} is a HEIC file that cannot be read; export it as JPEG.") from error
        raise InputError(f"The {what} cannot be read; give a whole {READ}.") from error


def check_shape(hw: SizeHW, what: str) -> None:
    """Raise InputError when a picture is too large, too small or too long to work with."""
    h, w = hw
    if h * w > _most_pixels:
        raise InputError(f"The {what} has more than {_most_pixels / 1e6:g} megapixels; reduce it first.")
    if min(h, w) < MIN_SIDE:
        raise InputError(f"The {what} is only {w}x{h} pixels; each side needs at least {MIN_SIDE}.")
    if max(h, w) > MAX_ASPECT * min(h, w):
        raise InputError(f"The {what} is {w}x{h} pixels, longer than {MAX_ASPECT:g}:1; crop it first.")


def _upright(image: PilImage.Image) -> PilImage.Image:
    with contextlib.suppress(Exception):  # a broken EXIF block says nothing about which way is up
        ImageOps.exif_transpose(image, in_place=True)
    return image


def rgb(image: PilImage.Image) -> PilImage.Image:
    """Any mode as 8-bit RGB; transparency over white."""
    if not image.has_transparency_data:
        return in_bytes(image, "RGB")
    white = PilImage.new("RGBA", image.size, "white")
    return PilImage.alpha_composite(white, in_bytes(image, "RGBA")).convert("RGB")


def in_bytes(image: PilImage.Image, mode: str) -> PilImage.Image:
    """The picture in another mode of 8 bits."""
    if _is_deep_grey(image):
        image = PilImage.fromarray(_grey_bytes(np.asarray(image)))
    try:
        return image.convert(mode)
    except ValueError as error:
        raise InputError(f"The colours of this file ({image.mode}) cannot be read; save it as PNG or JPEG.") from error


def _is_deep_grey(image: PilImage.Image) -> bool:
    """Whether its pixels are numbers of more than 8 bits."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _native(image: PilImage.Image) -> np.ndarray:
    """The pixels as numbers in this machine's byte order."""
    values = np.asarray(image)
    return values.astype(values.dtype.newbyteorder("="))


def _grey_bytes(values: Shaped[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """Grey of more than 8 bits, scaled by its type's white; 32 bits by the least usual white that holds them."""
    values = np.nan_to_num(values.astype(np.float64) if values.dtype.kind == "f" else values)
    peak = float(values.max())
    white = 65535 if values.dtype.itemsize == 2 else next((top for top in (1, 255, 65535) if peak <= top), peak)
    return np.clip(values / white * 255 + 0.5, 0, 255).astype(np.uint8)


def grey_values(source: Source, what: str, palette_indices: bool = False) -> np.ndarray | None:
    """The 2-D numbers of a grey image or `.npy`; None when it is in colour."""
    data = read_bytes(source, what)
    if is_npy(data):
        return npy_values(data, what)
    image = decode(data, what)
    if palette_indices and image.format in ("JPEG", "MPO"):
        raise InputError("The label map is a JPEG, which blurs ids; save it as PNG.")
    if image.mode == "L" or _is_deep_grey(image) or (image.mode == "P" and palette_indices):
        return _native(image)
    if image.mode == "1":
        return np.asarray(image.convert("L")) // (255 if palette_indices else 1)
    colours, _ = colours_of(data, image, what)
    return colours[..., 0] if (colours == colours[..., :1]).all() else None


def colours_of(data: bytes, image: PilImage.Image, what: str) -> tuple[np.ndarray, np.ndarray]:
    """The colours (h, w, 3) of the image that `data` decode to, with all their 8 or 16 bits, and its alpha."""
    pixels = np.asarray(in_bytes(image, "RGBA"))
    colours, alpha = pixels[..., :3], pixels[..., 3]
    if image.info["deep"]:
        low = np.asarray(in_bytes(decode(data, what, low_bytes=True), "RGBA"))
        colours = colours.astype(np.uint16) * 256 + low[..., LOW_CHANNELS[image.info["deep"]]]
    return colours, alpha


def mask_planes(data: bytes, what: str) -> list[np.ndarray]:
    """What may show a mask: alpha where it varies, lightness, the strongest of the colours, and a palette's indices."""
    image = decode(data, what)
    if _is_deep_grey(image) or (image.mode == "L" and not image.has_transparency_data):
        return [_native(image)]
    colours, alpha = colours_of(data, image, what)
    planes = [alpha] if alpha.min() < alpha.max() else []
    planes += [_lightness(colours), colours.max(axis=2)]
    return [*planes, np.asarray(image)] if image.mode == "P" else planes


def _lightness(colours: np.ndarray) -> np.ndarray:
    lightness = np.empty(colours.shape[:2], colours.dtype)
    for top in range(0, len(colours), ROWS_AT_ONCE):  # the sums take 16 times a byte's memory
        rows = slice(top, top + ROWS_AT_ONCE)
        lightness[rows] = colours[rows] @ np.array([299, 587, 114], np.uint32) // 1000
    return lightness


def npy_values(data: bytes, what: str) -> np.ndarray:
    """A 2-D array of numbers; its header is checked before anything is allocated, and objects are never unpickled."""

    def check(shape: tuple[int, ...], kind: str) -> None:
        if len(shape) != 2 or kind not in "buif":
            raise InputError(f"The {what} must be one 2-D array of numbers (h, w); save it again with numpy.save.")
        check_shape(shape, what)

    try:
        values = read_npy(data, check)
    except ValueError as error:
        raise InputError(f"The {what} is not a whole .npy file; save it again with numpy.save.") from error
    return values.astype(np.uint8) if values.dtype.kind == "b" else values
