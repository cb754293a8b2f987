"""Pictures are refused by their headers: nothing of one that is too large is decoded, wherever it comes in."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFile

from levitor_core.errors import InputError
from levitor_core.files import image_files
from levitor_core.files.photo import read_labels, read_map, read_mask, read_photo
from levitor_core.files.project_file import open_project, to_bytes
from levitor_core.files.safe_zip import pack, unpack
from tests.scenes import flat_scene, project_of

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
READERS = (read_photo, read_map, read_mask, read_labels)


@pytest.fixture
def small_limit(monkeypatch):
    """A public server's limit, smaller still; decoding a pixel is an error that no reader may turn into a sentence."""
    monkeypatch.setattr(image_files, "_most_pixels", 2_000)

    class Decoded(BaseException):
        pass

    def load(*_):
        raise Decoded

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    monkeypatch.setattr(np, "load", load)


def _file(kind, mode="L"):
    file = io.BytesIO()
    Image.new(mode, (60, 50)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("kind", FORMATS)
def test_in_every_format_by_every_reader(kind, read, small_limit):
    with pytest.raises(InputError, match=r"more than 0\.002 megapixels"):
        read(_file(kind, "RGB" if kind in ("JPEG", "WEBP", "AVIF") else "L"))


@pytest.mark.parametrize("read", [read_map, read_mask, read_labels])
def test_arrays_too(read, small_limit):
    file = io.BytesIO()
    np.save(file, np.zeros((50, 60)))
    with pytest.raises(InputError, match="megapixels"):
        read(file.getvalue())


def test_what_is_in_a_project_file_must_have_the_project_s_size(small_limit):
    disparity, _ = flat_scene(((30, 30), 8, 120))
    members = unpack(to_bytes(project_of((), disparity)))
    with pytest.raises(InputError, match="megapixels"):
        open_project(pack(members))
    for name in ("image.png", "disparity.png", "partition.png", "photo.png"):
        with pytest.raises(InputError):
            open_project(pack(members | {name: _large()}))


def _large():
    """The header of a PNG of 30 000 x 30 000 pixels, and little else."""
    data = bytearray(_file("PNG"))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    return bytes(data)


def test_a_limit_may_be_lowered_and_never_raised(monkeypatch):
    monkeypatch.setattr(image_files, "_most_pixels", image_files._most_pixels)
    image_files.take_at_most(10**12)
    assert image_files._most_pixels == image_files.MAX_PHOTO_PIXELS
    image_files.take_at_most(1_500_000)
    with pytest.raises(InputError, match=r"more than 1\.5 megapixels"):
        image_files.check_shape((1000, 1501), "photo")


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_has_no_more_passes_over_its_pixels_than_programs_write(monkeypatch, read, mode):
    file = io.BytesIO()
    Image.new(mode, (60, 50), 128).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    assert read_photo(whole).shape == (50, 60, 3)
    last_scan = whole[whole.rfind(b"\xff\xda") : -2]
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(InputError):
        read(whole[:-2] + last_scan * 30 + whole[-2:])
