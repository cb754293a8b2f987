"""A photo keeps its colours: whatever says what its numbers mean, they come back as the same colours in sRGB."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage
from PIL import ImageCms

from levitor_core.files.image_colours import ADOBE_GAMMA, ADOBE_RGB, CODE_POINTS, SRGB, matrix_profile
from levitor_core.files.photo import read_photo

HEIC = Path(__file__).parents[1] / "cases" / "heic"
COLOURS = np.uint8([(200, 100, 50), (60, 160, 80), (50, 70, 190), (120, 120, 120), (230, 190, 160), (20, 40, 30)])
SQUARE = 16
# linear light to linear sRGB, as published in CSS Color 4 and ITU-R BT.2087
TO_SRGB = {
    "display-p3": [[1.22494, -0.22494, 0.0], [-0.04206, 1.04206, 0.0], [-0.01964, -0.07864, 1.09827]],
    "adobe-rgb": [[1.39836, -0.39836, 0.0], [0.0, 1.0, 0.0], [0.0, -0.04293, 1.04293]],
    "rec2020": [[1.66049, -0.58764, -0.07285], [-0.12455, 1.13290, -0.00835], [-0.01815, -0.10058, 1.11873]],
}


def srgb_light(signal: np.ndarray) -> np.ndarray:
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def expected(space: str | None, light=srgb_light, colours: np.ndarray = COLOURS) -> np.ndarray:
    """What the colours of a space are in sRGB, cut off where sRGB ends."""
    linear = light(colours / 255) @ np.transpose(TO_SRGB[space] if space else np.eye(3))
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def patches(colours: np.ndarray = COLOURS) -> PilImage.Image:
    return PilImage.fromarray(np.kron(colours[None], np.ones((SQUARE * 2, SQUARE, 1), np.uint8)).astype(np.uint8))


def encoded(image: PilImage.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def shown(data: bytes | Path) -> np.ndarray:
    """The colour in the middle of each patch of a photo."""
    return read_photo(data)[SQUARE, SQUARE // 2 :: SQUARE].astype(float)


P3, ADOBE = matrix_profile(CODE_POINTS[12], srgb_light), matrix_profile(ADOBE_RGB, lambda signal: signal**ADOBE_GAMMA)
LOSSLESS = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}}
LOSSY = {"JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100, "subsampling": "4:4:4"}}


@pytest.mark.parametrize(("name", "profile"), [("display-p3", P3), ("adobe-rgb", ADOBE)])
@pytest.mark.parametrize("kind", [*LOSSLESS, *LOSSY])
def test_a_wide_gamut_photo_keeps_its_colours(kind, name, profile):
    data = encoded(patches(), kind, icc_profile=profile, **{**LOSSLESS, **LOSSY}[kind])
    light = srgb_light if name == "display-p3" else lambda signal: signal**ADOBE_GAMMA
    np.testing.assert_allclose(shown(data), expected(name, light), atol=2 if kind in LOSSLESS else 4)


def padded(profile: bytes, size: int) -> bytes:
    """The profile with something of that size in it which does not compress."""
    count = struct.unpack_from(">I", profile, 128)[0]
    table, content = profile[132 : 132 + 12 * count], profile[132 + 12 * count :]
    entries = [struct.unpack_from(">4sII", table, 12 * place) for place in range(count)]
    moved = b"".join(struct.pack(">4sII", kind, at + 12, length) for kind, at, length in entries)
    filler = np.random.default_rng(0).bytes(size)
    moved += struct.pack(">4sII", b"fill", len(profile) + 12, size)
    whole = profile[:128] + struct.pack(">I", count + 1) + moved + content + filler
    return struct.pack(">I", len(whole)) + whole[4:]


@pytest.mark.parametrize("kind", [*LOSSLESS, *LOSSY])
def test_a_profile_of_any_size_is_used(kind):
    data = encoded(patches(), kind, icc_profile=padded(P3, 2_500_000), **{**LOSSLESS, **LOSSY}[kind])
    assert len(data) > 2_500_000
    np.testing.assert_allclose(shown(data), expected("display-p3"), atol=2 if kind in LOSSLESS else 4)


def test_sixteen_bits_keep_their_colours():
    """Pillow writes no such file, so it is put together here: 16-bit RGB in ProPhoto-like wide primaries."""
    deep = np.kron(COLOURS[None].astype(">u2") * 257, np.ones((SQUARE * 2, SQUARE, 1), ">u2")).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    h, w = deep.shape[:2]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 16, 2, 0, 0, 0))
    stated = chunk(b"iCCP", b"name\0\0" + zlib.compress(matrix_profile(CODE_POINTS[9], srgb_light)))
    data = SIGNATURE + header + stated + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    np.testing.assert_allclose(shown(data), expected("rec2020"), atol=2)


# Other channels


def grey_profile(exponent: float) -> bytes:
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256)) + b"\0\0"
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    table = struct.pack(">I4sII4sII", 2, b"wtpt", 156, len(white), b"kTRC", 156 + len(white), len(curve))
    head = struct.pack(">III4s4s4s", 156 + len(white) + len(curve), 0, 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + white[8:] + bytes(48)
    return head + table + white + curve


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_a_grey_photo_keeps_its_greys(mode):
    greys = np.uint8([[20], [60], [120], [180], [240], [255]])
    flat = np.kron(greys.reshape(1, -1), np.ones((SQUARE * 2, SQUARE), np.uint8)).astype(np.uint8)
    image = PilImage.fromarray(flat.astype(np.uint16) * 257) if mode == "I;16" else PilImage.fromarray(flat)
    image = image.convert("LA") if mode == "LA" else image
    linear = expected(None, lambda signal: signal**1.0, np.repeat(greys, 3, 1))
    np.testing.assert_allclose(shown(encoded(image, icc_profile=grey_profile(1.0))), linear, atol=2)


def ink_profile() -> bytes:
    """A printer's profile, a table of the corners of four inks in Lab, whose first ink is not cyan but red."""
    corners = np.array([(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)])
    lab = [(0.0, 0, 0) if k else (54.0, 81.0, 70.0) if c else (100.0, 0, 0) for c, m, y, k in corners]
    table = np.rint([(lightness * 255 / 100, a + 128, b + 128) for lightness, a, b in lab]).astype(np.uint8).tobytes()
    identity = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + struct.pack(">9i", *np.eye(3, dtype=int).ravel() * 65536)
    lut += identity * 4 + table + identity * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    tags = struct.pack(">I4sII4sII", 2, b"wtpt", 156, len(white), b"A2B0", 156 + len(white), len(lut))
    head = struct.pack(">III4s4s4s", 156 + len(white) + len(lut), 0, 0x02400000, b"prtr", b"CMYK", b"Lab ")
    return head + bytes(12) + b"acsp" + bytes(28) + white[8:] + bytes(48) + tags + white + lut


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_inks_are_what_their_profile_says(kind):
    inks = np.zeros((SQUARE * 2, SQUARE * 3, 4), np.uint8)
    inks[:, :SQUARE, 0], inks[:, SQUARE * 2 :, 3] = 255, 255
    image = PilImage.frombytes("CMYK", inks.shape[1::-1], inks.tobytes())
    red, white, black = shown(
        encoded(image, kind, icc_profile=ink_profile(), **({"quality": 95} if kind == "JPEG" else {}))
    )
    assert red[0] > 240 and red[1:].max() < 30 and white.min() > 250 and black.max() < 8


@pytest.mark.parametrize("broken", [b"x", P3[:100], P3[:140], P3.replace(b"acsp", b"????"), grey_profile(1.0)])
def test_a_profile_that_cannot_be_used_is_left_out(broken):
    for kind in ("PNG", "JPEG", "WEBP"):
        options = {**LOSSLESS, **LOSSY}[kind]
        plain, with_it = (
            read_photo(encoded(patches(), kind, **options, **extra)) for extra in ({}, {"icc_profile": broken})
        )
        np.testing.assert_array_equal(with_it, plain)


# Numbers beside the picture


SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*chunks: bytes, image: PilImage.Image | None = None) -> bytes:
    data = encoded(image or patches())
    return data[:33] + b"".join(chunks) + data[33:]


def code_points(primaries: int, transfer: int) -> bytes:
    return chunk(b"cICP", bytes([primaries, transfer, 0, 1]))


def gama(gamma: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000)))


def chrm(numbers) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(number * 100_000) for number in numbers)))


ICCP = chunk(b"iCCP", b"P3\0\0" + zlib.compress(P3))


@pytest.mark.parametrize(
    ("chunks", "space", "exponent"),
    [
        ([], None, None),
        ([ICCP], "display-p3", None),
        ([code_points(12, 13)], "display-p3", None),
        ([code_points(9, 1)], "rec2020", None),
        ([code_points(9, 8)], "rec2020", 1.0),
        ([code_points(1, 4)], None, 2.2),
        ([code_points(1, 13)], None, None),
        ([code_points(2, 2)], None, None),
        ([code_points(1, 13), ICCP], None, None),
        ([chrm(CODE_POINTS[12])], "display-p3", None),
        ([gama(1 / ADOBE_GAMMA), chrm(ADOBE_RGB)], "adobe-rgb", ADOBE_GAMMA),
        ([gama(1.0)], None, 1.0),
        ([gama(1 / 1.8), chrm(SRGB)], None, 1.8),
        ([chunk(b"sRGB", b"\0"), gama(1.0), chrm(ADOBE_RGB)], None, None),
        ([ICCP, gama(1.0)], "display-p3", None),
        ([gama(0.0), chrm([0] * 8)], None, None),
        ([chunk(b"gAMA", b"\xff" * 4)], None, None),
        ([gama(6251)], None, None),
        ([gama(0.00015)], None, None),
        ([chunk(b"gAMA", b"\0"), chunk(b"cHRM", b"abc"), chunk(b"sRGB", b"")], None, None),
        ([chunk(b"cICP", b"\x0c")], None, None),
    ],
)
def test_a_png_means_what_its_chunks_say_in_the_order_of_their_worth(chunks, space, exponent):
    light = srgb_light if exponent is None else lambda signal: signal**exponent
    for mode in ("RGB", "RGBA"):
        read = shown(png_with(*chunks, image=patches().convert(mode)))
        np.testing.assert_allclose(read, expected(space, light), atol=2 if space or exponent else 0)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "I;16"])
def test_gamma_holds_for_grey_and_palettes_too(mode):
    grey = patches(COLOURS[:, [0, 0, 0]])
    deep = PilImage.fromarray(np.asarray(grey)[..., 0].astype(np.uint16) * 257)
    image = {"I;16": deep, "P": grey.quantize(8)}.get(mode) or grey.convert(mode)
    read = shown(png_with(gama(1.0), image=image))
    np.testing.assert_allclose(read, expected(None, lambda signal: signal**1.0, COLOURS[:, [0, 0, 0]]), atol=2)


def avif_with(primaries: int, transfer: int) -> bytes:
    data = encoded(patches(), "AVIF", **LOSSY["AVIF"])
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def test_an_avif_means_what_its_code_points_say():
    np.testing.assert_allclose(shown(avif_with(12, 13)), expected("display-p3"), atol=4)
    np.testing.assert_allclose(shown(avif_with(9, 14)), expected("rec2020"), atol=4)
    for unstated in ((1, 13), (2, 2), (1, 1), (999, 999)):
        np.testing.assert_allclose(shown(avif_with(*unstated)), COLOURS, atol=4)


def test_a_photo_of_high_range_shows_paper_white_as_white():
    """203 nits, which PQ writes as 0.58, and 0.75 of HLG (ITU-R BT.2408)."""
    for transfer, paper in ((16, 148), (18, 191)):
        greys = np.uint8([[0] * 3, [paper // 2] * 3, [paper] * 3, [255] * 3])
        black, dark, white, bright = shown(png_with(code_points(9, transfer), image=patches(greys)))
        assert black.max() <= 1 and 20 < dark.min() < 170 and white.min() > 245 and bright.min() == 255


def test_a_camera_that_says_adobe_rgb_without_a_profile_is_believed():
    exif = PilImage.Exif()
    exif.get_ifd(0x8769).update({0xA001: 65535, 0xA005: {1: "R03"}})
    data = encoded(patches(), "JPEG", exif=exif, **LOSSY["JPEG"])
    np.testing.assert_allclose(shown(data), expected("adobe-rgb", lambda signal: signal**ADOBE_GAMMA), atol=4)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_allclose(
        shown(encoded(patches(), "JPEG", exif=exif, icc_profile=profile, **LOSSY["JPEG"])), COLOURS, atol=4
    )


@settings(max_examples=40)
@given(st.binary(max_size=40), st.sampled_from([b"cICP", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"tRNS", b"eXIf"]))
def test_numbers_that_make_no_sense_leave_a_photo(body, kind):
    assert read_photo(png_with(chunk(kind, body))).shape == (SQUARE * 2, SQUARE * len(COLOURS), 3)


# HEIC; the files were encoded from four squares of known colours


QUARTERS = np.array([[(200, 100, 50), (60, 160, 80)], [(120, 120, 120), (50, 70, 190)]], float)


def quarters(data: bytes | Path) -> np.ndarray:
    photo = read_photo(data)
    assert photo.shape == (96, 128, 3)
    return photo[24::48, 32::64].astype(float)


@pytest.mark.parametrize("name", ["p3-profile", "p3-code-points"])
def test_a_phones_photo_keeps_its_wide_colours(name):
    flat = QUARTERS.reshape(-1, 3)
    np.testing.assert_allclose(
        quarters(HEIC / f"{name}.heic").reshape(-1, 3), expected("display-p3", colours=flat), atol=4
    )


def test_a_phones_photo_is_upright_flattened_and_of_eight_bits():
    for name in ("turned", "ten-bits"):
        np.testing.assert_allclose(quarters(HEIC / f"{name}.heic"), QUARTERS, atol=3)
    see_through = quarters(HEIC / "transparent.heic")
    np.testing.assert_allclose(see_through[0, 0], 255, atol=1)
    np.testing.assert_allclose(see_through[1], QUARTERS[1], atol=3)
    greys = np.repeat((QUARTERS @ (0.299, 0.587, 0.114))[..., None], 3, axis=2)
    np.testing.assert_allclose(quarters(HEIC / "grey.heic"), greys, atol=3)
