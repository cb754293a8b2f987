"""What browsers show opens, whatever rule its file breaks beside the pixels; without all its pixels it does not."""

import io
import re
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage

from levitor_core.cli import main
from levitor_core.errors import InputError
from levitor_core.files.image_files import is_heif
from levitor_core.files.image_mending import ADAM7
from levitor_core.files.photo import read_labels, read_map, read_mask, read_photo

CASES = Path(__file__).parents[1] / "cases"
BLOCKS = np.kron(np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8), np.ones((4, 4, 1), np.uint8))
PICTURE = PilImage.fromarray(BLOCKS)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(image: PilImage.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


PNG = encoded(PICTURE)


def chunk(kind: bytes, body: bytes, *, damaged: bool = False) -> bytes:
    check = zlib.crc32(kind + body) ^ damaged
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def chunks_of(png: bytes) -> list[bytes]:
    found, at = [], len(SIGNATURE)
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        found.append(png[at:end])
        at = end
    return found


def png_with(*extra: bytes, last: bool = False) -> bytes:
    """The picture with more chunks, before its pixels or after them."""
    *whole, end = chunks_of(PNG)
    return SIGNATURE + b"".join([*whole, *extra] if last else [whole[0], *extra, *whole[1:]]) + end


def refused(data, *words: str) -> None:
    with pytest.raises(InputError) as error:
        read_photo(data)
    text = str(error.value)
    assert text.endswith(".") and text.count(".") == 1 and "\n" not in text
    assert all(word in text for word in words), text


# PNG


LARGE = bytes(2_500_000)
HARMLESS = {
    "a large compressed text": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(LARGE)),
    "a large international text": chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(LARGE)),
    "a large plain text": chunk(b"tEXt", b"Comment\0" + LARGE),
    "a large broken profile": chunk(b"iCCP", b"name\0\0" + zlib.compress(LARGE)),
    "a profile that unpacks to nothing": chunk(b"iCCP", b"name\0\0garbage"),
    "a damaged text": chunk(b"tEXt", b"Comment\0hello", damaged=True),
    "a damaged time": chunk(b"tIME", b"1234567", damaged=True),
    "a damaged gamma": chunk(b"gAMA", struct.pack(">I", 100_000), damaged=True),
    "a damaged key colour": chunk(b"tRNS", bytes(6), damaged=True),
    "a key colour of no length": chunk(b"tRNS", b""),
    "physical sizes that are none": chunk(b"pHYs", b""),
    "an animation that is none": chunk(b"acTL", b"\0") + chunk(b"fcTL", b"abc"),
    "a suggested palette": chunk(b"sPLT", b"x"),
    "broken EXIF": chunk(b"eXIf", b"MM\0*garbage"),
    "a name of its own": chunk(b"vpAg", b"anything"),
    "thousands of texts": b"".join(chunk(b"tEXt", b"k%d\0v" % number) for number in range(20_000)),
}


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize("last", [False, True])
def test_nothing_beside_its_pixels_spoils_a_png(name, last):
    np.testing.assert_array_equal(read_photo(png_with(HARMLESS[name], last=last)), BLOCKS)


@settings(max_examples=60)
@given(st.from_regex(rb"[a-z][A-Za-z]{3}", fullmatch=True), st.binary(max_size=60), st.booleans(), st.booleans())
def test_no_chunk_that_a_png_can_do_without_spoils_it(kind, body, damaged, last):
    if kind not in (b"eXIf", b"tRNS", b"gAMA", b"cHRM", b"cICP", b"iCCP", b"sRGB") or damaged:
        np.testing.assert_array_equal(read_photo(png_with(chunk(kind, body, damaged=damaged), last=last)), BLOCKS)


def test_a_png_without_its_end_or_with_more_after_it_opens():
    for data in (PNG[:-12], PNG[:-5], PNG + b"more" * 999, PNG[:-12] + bytes(99), PNG + PNG):
        np.testing.assert_array_equal(read_photo(data), BLOCKS)


@pytest.mark.parametrize("end", [b"", b"more"], ids=["stream ended", "stream goes on"])
def test_a_png_whose_image_data_end_early_is_refused_wherever_that_is(end):
    header, *_, last = chunks_of(PNG)
    row = bytes(1 + 3 * BLOCKS.shape[1])
    for rows in (0, 1, 60, 119):
        packer = zlib.compressobj()
        data = packer.compress(row * rows) + packer.flush(zlib.Z_FULL_FLUSH if end else zlib.Z_FINISH)
        refused(SIGNATURE + header + chunk(b"IDAT", data) + last, "whole")
        refused(SIGNATURE + header + chunk(b"IDAT", data[:-2]) + chunk(b"IDAT", data[-2:]) + last, "whole")


@settings(max_examples=25)
@given(st.integers(16, 34), st.integers(16, 34), st.sampled_from([(0, 1, 1), (0, 8, 1), (2, 8, 3), (6, 16, 8)]))
def test_an_interlaced_png_has_the_rows_of_seven_pictures(w, h, kind):
    colour_type, depth, size = kind
    sides = [(len(range(x, w, dx)), len(range(y, h, dy))) for x, y, dx, dy in ADAM7]
    rows = b"".join(bytes(1 + (-(-columns // 8) if depth == 1 else columns * size)) * lines for columns, lines in sides)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour_type, 0, 0, 1))
    for missing in (0, 1):
        data = SIGNATURE + header + chunk(b"IDAT", zlib.compress(rows[missing:])) + chunk(b"IEND", b"")
        if missing:
            refused(data, "whole")
        else:
            assert read_photo(data).shape == (h, w, 3)


def test_a_tiff_that_lacks_a_strip_is_refused():
    file = bytearray(encoded(PICTURE, "TIFF"))
    at = file.rindex(struct.pack("<HHI", 257, 4, 1)) + 8  # its height, in its directory
    file[at : at + 4] = struct.pack("<I", BLOCKS.shape[0] + 9)
    refused(bytes(file), "whole")


def test_a_png_keeps_what_it_needs():
    keyed = np.zeros((20, 30, 3), np.uint8)
    keyed[:10] = 9, 8, 7
    see_through = read_photo(encoded(PilImage.fromarray(keyed), transparency=(9, 8, 7)))
    assert (see_through[:10] == 255).all() and (see_through[10:] == 0).all()
    frames = [PilImage.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    assert (read_photo(encoded(frames[0], save_all=True, append_images=frames[1:])) == (255, 0, 0)).all()


# JPEG


JPEG_OPTIONS = [
    {},
    {"progressive": True},
    {"optimize": True, "subsampling": 0},
    {"restart_marker_rows": 1},
    {"progressive": True, "restart_marker_blocks": 3},
    {"quality": 20},
]
JPEG_MODES = ["RGB", "L", "CMYK"]
THUMBNAIL = encoded(PICTURE.resize((32, 24)), "JPEG")


@pytest.mark.parametrize("mode", JPEG_MODES)
@pytest.mark.parametrize("options", JPEG_OPTIONS)
def test_a_jpeg_needs_no_end_but_all_its_pixels(options, mode):
    exif = PilImage.Exif()
    exif[0x010E] = "a description"
    data = encoded(
        PICTURE.convert(mode), "JPEG", exif=exif, comment=THUMBNAIL, **options
    )  # an end marker before the end
    whole = read_photo(data)
    for unended in (
        data[:-2],
        data[:-1],
        data[:-2] + bytes(4096),
        data[:-2] + b"trailing words" * 20,
        data[:-2] + data,
    ):
        np.testing.assert_array_equal(read_photo(unended), whole)
    for ended in (data + b"trailing words" * 20, data + data, data + bytes(4096)):
        np.testing.assert_array_equal(read_photo(ended), whole)
    start = data.index(b"\xff\xda")
    for share in (0.0, 0.1, 0.35, 0.5, 0.7, 0.9):
        cut = start + 4 + round(share * (len(data) - start))
        for padding in (b"", bytes(4096), b"\xff", b"\xff\xd9", b"\xff\xd9trailing words"):
            refused(data[:cut] + padding, "whole")


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_rows": 1}])
def test_a_jpeg_cut_between_two_parts_is_not_whole_either(options):
    data = encoded(PICTURE, "JPEG", **options)
    parts = [found.start() for found in re.finditer(rb"\xff[\xc4\xda\xd0-\xd7]", data)]
    for at in parts[-8:]:
        refused(data[:at], "whole")
        refused(data[:at] + b"\xff\xd9", "whole")


@settings(max_examples=40)
@given(st.integers(3, 200), st.booleans(), st.sampled_from([b"", b"\xff\xd9"]))
def test_a_flat_jpeg_that_is_cut_is_refused_or_shown_as_it_was(missing, progressive, end):
    """Of a flat picture, the last bytes may say nothing that shows."""
    flat = PilImage.new("RGB", (160, 120), (90, 120, 40))
    data = encoded(flat, "JPEG", progressive=progressive)
    try:
        photo = read_photo(data[:-missing] + end)
    except InputError:
        return
    np.testing.assert_array_equal(photo, read_photo(data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"])
def test_a_cut_file_of_any_kind_is_refused(kind):
    data = encoded(PICTURE, kind)
    for share in (0.3, 0.5, 0.9):
        refused(data[: round(len(data) * share)])
    assert read_photo(data + b"trailing words" * 20).shape == BLOCKS.shape


def test_the_files_that_were_refused_open():
    reference = read_photo(CASES / "photos" / "ztxt2mb.png")
    for name in ("iccp2mb.png", "noeoi.jpg"):
        photo = read_photo(CASES / "photos" / name).astype(int)
        assert photo.shape == (240, 320, 3) and np.abs(photo - reference).mean() < 3


# HEIC, and what is read


HEIC = CASES / "heic" / "turned.heic"


def test_a_phones_photo_opens_wherever_a_picture_is_asked_for(tmp_path):
    renamed = tmp_path / "IMG_0001.jpg"  # as some programs call it
    renamed.write_bytes(HEIC.read_bytes())
    np.testing.assert_array_equal(read_photo(renamed), read_photo(HEIC))
    grey = CASES / "heic" / "grey.heic"
    assert read_map(grey).shape == read_labels(grey).shape == read_mask(HEIC).shape == (96, 128)


def test_a_broken_phone_photo_is_called_what_it_is(tmp_path, capsys):
    data = HEIC.read_bytes()
    for broken in (CASES / "heic" / "header-only.heic", data[: len(data) // 2], data[:-9], data[:40]):
        refused(broken, "HEIC", "export it as JPEG")
    path = CASES / "heic" / "header-only.heic"
    assert main(["new", str(path), "-o", str(tmp_path / "a.levitor")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_without_the_package_a_phones_photo_gets_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    refused(HEIC, "HEIC", "pi-heif", "export it as JPEG")
    assert read_photo(PNG).shape == BLOCKS.shape


def test_what_is_read_is_named():
    refused(b"neither", "PNG, JPEG, WebP, AVIF, HEIC, TIFF, BMP or GIF")


def test_an_avif_under_a_general_name_is_no_heic():
    data = bytearray(encoded(PICTURE, "AVIF", quality=100, subsampling="4:4:4"))
    data[8:12] = b"mif1"
    assert is_heif(bytes(data)) and np.abs(read_photo(bytes(data)).astype(int) - BLOCKS).mean() < 3


# Sizes that are fine, sizes that are not: nothing on stderr


def test_ninety_five_megapixels_open_without_a_warning():
    data = encoded(PilImage.new("L", (9700, 9800), 90), "JPEG", quality=20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_photo(data).shape == (2048, 2027, 3)


@pytest.mark.parametrize("size", [(10_001, 10_000), (13_000, 13_000), (60_000, 60_000)])
def test_more_than_a_hundred_are_refused_without_one(size):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused(SIGNATURE + header + chunk(b"IDAT", b""), "100 megapixels")


def test_a_picture_that_is_odd_beside_its_pixels_says_nothing_on_stderr(tmp_path):
    exif = PilImage.Exif()
    exif[0x010E] = "a description"
    (tmp_path / "exif.jpg").write_bytes(encoded(PICTURE, "JPEG", exif=exif.tobytes()[:-9]))
    (tmp_path / "exif.png").write_bytes(png_with(HARMLESS["broken EXIF"]))
    packed = encoded(PICTURE, "TIFF", compression="tiff_deflate")
    quarter = len(packed) // 4
    (tmp_path / "broken.tif").write_bytes(packed[:quarter] + b"\xff" * 2 * quarter + packed[3 * quarter :])
    script = """
import sys
from levitor_core.errors import InputError
from levitor_core.files.photo import read_photo
for path in sys.argv[1:]:
    try:
        read_photo(path)
    except InputError:
        print(path)
"""
    paths = [str(tmp_path / name) for name in ("exif.jpg", "exif.png", "broken.tif")] + [str(HEIC)]
    done = subprocess.run(
        [sys.executable, "-c", script, *paths], capture_output=True, text=True, check=True, cwd=CASES.parents[1]
    )
    assert not done.stderr and done.stdout == f"{tmp_path / 'broken.tif'}\n"
