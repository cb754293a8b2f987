"""Photos, maps, masks and label maps from files, and the framing they share."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage
from PIL import ImageCms

from levitor_core.errors import InputError
from levitor_core.files.photo import (
    Framing,
    frame_photo,
    read_labels,
    read_map,
    read_mask,
    read_photo,
    working_size,
)

NOISE = PilImage.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8))
SIDES = st.integers(16, 2048)


def encoded(image: PilImage.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def npy(array: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def assert_one_sentence(error: pytest.ExceptionInfo) -> None:
    text = str(error.value)
    assert text.endswith(".") and ". " not in text and "\n" not in text and len(text) < 200


@pytest.fixture(scope="module")
def chelsea() -> np.ndarray:
    return pytest.importorskip("skimage.data").chelsea()


@pytest.fixture(scope="module")
def china() -> np.ndarray:
    return pytest.importorskip("sklearn.datasets").load_sample_image("china.jpg")


# Photos


def test_a_png_photo_comes_back_as_it_is(chelsea, tmp_path):
    data = encoded(PilImage.fromarray(chelsea))
    path = tmp_path / "cat.png"
    path.write_bytes(data)
    for source in (data, path, str(path)):
        np.testing.assert_array_equal(read_photo(source), chelsea)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "BMP", "TIFF"])
def test_every_format_shows_the_same_cat(chelsea, kind):
    photo = read_photo(encoded(PilImage.fromarray(chelsea), kind))
    assert np.abs(photo.astype(float) - chelsea).mean() < 6


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "RGBA", "CMYK"])
def test_every_mode_becomes_rgb(chelsea, mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    expected = PilImage.fromarray(chelsea).convert(mode)
    photo = read_photo(encoded(expected, kind))
    assert photo.shape == chelsea.shape and photo.dtype == np.uint8
    np.testing.assert_array_equal(photo, np.asarray(expected.convert("RGB")))


def test_sixteen_bit_grey_keeps_its_range():
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (32, 1))
    photo = read_photo(encoded(PilImage.fromarray(ramp)))
    np.testing.assert_allclose(photo[..., 0], ramp / 257, atol=0.5)
    assert photo.max() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_photo_is_turned_as_its_exif_says(chelsea, orientation):
    inverse = {6: PilImage.Transpose.ROTATE_90, 8: PilImage.Transpose.ROTATE_270, 5: PilImage.Transpose.TRANSPOSE}
    inverse |= {2: PilImage.Transpose.FLIP_LEFT_RIGHT, 3: PilImage.Transpose.ROTATE_180}
    inverse |= {4: PilImage.Transpose.FLIP_TOP_BOTTOM, 7: PilImage.Transpose.TRANSVERSE}
    image = PilImage.fromarray(chelsea)
    stored = image.transpose(inverse[orientation]) if orientation != 1 else image
    exif = PilImage.Exif()
    exif[0x0112] = orientation
    np.testing.assert_array_equal(read_photo(encoded(stored, exif=exif)), chelsea)


def swapped_profile() -> bytes:
    """sRGB's profile with the tags of red and blue exchanged: its red light is sRGB's blue."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_colours_are_those_of_the_files_profile(chelsea, kind):
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    picture = PilImage.fromarray(chelsea)
    plain = read_photo(encoded(picture, kind, **options)).astype(int)
    for mode in ("RGB", "P") if kind == "PNG" else ("RGB",):
        data = encoded(picture.convert(mode), kind, icc_profile=swapped_profile(), **options)
        expected = np.asarray(picture.convert("P").convert("RGB")).astype(int) if mode == "P" else plain
        assert np.abs(read_photo(data) - expected[..., ::-1]).max() <= 2


def test_a_profile_leaves_transparency_alone():
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[:10] = 255, 0, 0, 255
    photo = read_photo(encoded(PilImage.fromarray(pixels), icc_profile=swapped_profile())).astype(int)
    assert np.abs(photo[:10] - (0, 0, 255)).max() <= 2 and (photo[10:] == 255).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 3200), st.binary(max_size=64), st.sampled_from(["RGB", "L", "LA", "RGBA", "P"]))
def test_a_broken_profile_costs_nothing_but_itself(at, garbage, mode):
    picture, profile = NOISE.resize((32, 32)).convert(mode), swapped_profile()
    for broken in (profile[:at] + garbage + profile[at + len(garbage) :], garbage or b"x", profile[:at] or b"x"):
        assert read_photo(encoded(picture, icc_profile=broken)).shape == (32, 32, 3)
    np.testing.assert_array_equal(
        read_photo(encoded(picture, icc_profile=garbage or b"x")), read_photo(encoded(picture))
    )


def test_a_profile_of_other_channels_is_left_out():
    grey = encoded(NOISE.convert("L"), icc_profile=swapped_profile())
    np.testing.assert_array_equal(read_photo(grey), read_photo(encoded(NOISE.convert("L"))))


def test_transparency_shows_white():
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[:10, :, 3] = 255
    photo = read_photo(encoded(PilImage.fromarray(pixels)))
    assert (photo[:10] == 0).all() and (photo[10:] == 255).all()


def test_an_animation_gives_its_first_frame():
    frames = [PilImage.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    photo = read_photo(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert (photo == (255, 0, 0)).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_photo_is_reduced(kind, china):
    large = PilImage.fromarray(china).resize((3000, 2000), PilImage.Resampling.BILINEAR)
    photo = read_photo(encoded(large, kind, **({"compress_level": 1} if kind == "PNG" else {})))
    assert photo.shape == (1365, 2048, 3)
    small = np.asarray(PilImage.fromarray(china).resize((2048, 1365)))
    assert np.abs(photo.astype(float) - small).mean() < 4


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">II", zlib.crc32(chunk), 99) + b"IDAT"


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"", "empty"),
        (b"not an image", "cannot be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", "cannot be read"),
        (png_header(10001, 10000), "100 megapixels"),
        (png_header(60000, 60000), "100 megapixels"),
        (png_header(0, 0), "cannot be read|only"),
        (encoded(PilImage.new("RGB", (1, 1))), "1x1"),
        (encoded(PilImage.new("RGB", (10000, 20))), "crop"),
        (encoded(NOISE)[:9000], "cannot be read"),
        (encoded(NOISE, "JPEG")[:5000], "cannot be read"),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_what_is_no_usable_photo_is_refused_with_a_sentence(data, hint):
    with pytest.raises(InputError, match=hint) as error:
        read_photo(data)
    assert_one_sentence(error)


@pytest.mark.parametrize("source", ["", "missing.png", "bad\0name", "."])
def test_an_unreadable_path_is_refused_with_a_sentence(source):
    with pytest.raises(InputError) as error:
        read_photo(source)
    assert_one_sentence(error)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"]), st.data())
def test_damaged_files_give_a_photo_or_a_sentence(kind, data):
    damaged = bytearray(encoded(NOISE.resize((48, 32)), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        photo = read_photo(bytes(damaged))
    except InputError:
        return
    assert photo.ndim == 3 and photo.dtype == np.uint8


# Depth maps, masks, label maps


def test_eight_bits_stand_and_sixteen_are_divided_by_257():
    eight = np.arange(32 * 16, dtype=np.uint16).reshape(16, 32) % 256
    np.testing.assert_array_equal(read_map(encoded(PilImage.fromarray(eight.astype(np.uint8)))), eight)
    sixteen = (eight * 128).astype(np.uint16)
    for data in (encoded(PilImage.fromarray(sixteen)), encoded(PilImage.fromarray(sixteen), "TIFF"), npy(sixteen)):
        np.testing.assert_allclose(read_map(data), sixteen / 257, rtol=1e-6)


def test_a_float_map_stands_as_it_is_and_grey_saved_as_rgb_too():
    disparity = np.linspace(0, 250, 16 * 32, dtype=np.float32).reshape(16, 32)
    np.testing.assert_array_equal(read_map(npy(disparity)), disparity)
    grey = PilImage.fromarray(disparity.astype(np.uint8)).convert("RGB")
    np.testing.assert_array_equal(read_map(encoded(grey)), disparity.astype(np.uint8))


def test_far_is_white_turns_over_and_normalise_fills_the_range():
    ramp = np.linspace(3, 7, 16 * 32).reshape(16, 32)
    near = read_map(npy(ramp), normalise=True)
    assert near.min() == 0 and near.max() == 255 and near.dtype == np.float32
    np.testing.assert_allclose(read_map(npy(ramp), normalise=True, far_is_white=True), 255 - near)


@pytest.mark.parametrize(
    "array",
    [
        np.full((16, 16), np.nan),
        np.full((16, 16), np.inf),
        np.full((16, 16), -1.0),
        np.full((16, 16), 70000),
        np.full((16, 16), 0.5),
        np.zeros((16, 16, 3)),
        np.zeros((16, 16), np.complex64),
        np.zeros((16, 16), "datetime64[s]"),
    ],
)
def test_unusable_arrays_are_refused(array):
    with pytest.raises(InputError) as error:
        read_map(npy(array))
    assert_one_sentence(error)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


def test_hostile_npy_files_are_refused_and_not_executed():
    pickled = npy(np.full((16, 16), Bomb(), dtype=object), allow_pickle=True)
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999, 9999)}"
    huge = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    for data in (pickled, huge, npy(np.zeros((16, 16)))[:-8], b"\x93NUMPY\x03\x00", b"\x93NUMPY"):
        with pytest.raises(InputError) as error:
            read_map(data)
        assert_one_sentence(error)


def test_a_colour_map_and_a_flat_normalised_one_are_refused(chelsea):
    with pytest.raises(InputError, match="colour"):
        read_map(encoded(PilImage.fromarray(chelsea)))
    with pytest.raises(InputError, match="normalised"):
        read_map(npy(np.full((16, 16), 9.0)), normalise=True)


def test_a_mask_comes_from_varying_alpha_else_from_light():
    drawn = np.zeros((20, 30), bool)
    drawn[5:9, 3:20] = True
    alpha = PilImage.fromarray(np.dstack([np.full((20, 30, 3), 9, np.uint8), drawn.astype(np.uint8) * 255]))
    light = PilImage.fromarray(drawn.astype(np.uint8) * 255)
    opaque = light.convert("RGBA")
    for image in (alpha, light, opaque, light.convert("P"), light.convert("1")):
        np.testing.assert_array_equal(read_mask(encoded(image)), drawn)
    with pytest.raises(InputError, match="empty"):
        read_mask(encoded(PilImage.new("L", (20, 30))))


def test_label_maps_from_ids_palettes_and_colours_agree():
    labels = np.repeat(np.arange(4), 80).reshape(16, 20).astype(np.uint8)
    palette = PilImage.fromarray(labels).convert("P")
    palette.putpalette([9, 9, 9, 200, 0, 0, 0, 200, 0, 0, 0, 200] + [0] * 756)
    colours = np.array([[0, 0, 0], [0, 0, 9], [0, 200, 0], [200, 0, 0]], np.uint8)[labels]
    for data in (
        encoded(PilImage.fromarray(labels)),
        encoded(PilImage.fromarray(labels.astype(np.uint16))),
        encoded(palette),
        encoded(PilImage.fromarray(colours)),
        npy(labels.astype(np.int64)),
    ):
        read = read_labels(data)
        assert read.dtype == np.int32
        np.testing.assert_array_equal(read, labels)


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (encoded(PilImage.new("L", (20, 20)), "JPEG"), "JPEG"),
        (npy(np.arange(400).reshape(20, 20)), "255"),
        (npy(np.full((20, 20), -1)), "whole numbers"),
        (npy(np.full((20, 20), 0.5)), "whole numbers"),
    ],
)
def test_unusable_label_maps_are_refused(data, hint):
    with pytest.raises(InputError, match=hint) as error:
        read_labels(data)
    assert_one_sentence(error)


# Working size and framing


@settings(deadline=None, max_examples=300)
@given(SIDES, SIDES)
def test_the_working_size_keeps_aspect_and_area(h, w):
    assume(max(h, w) <= 4 * min(h, w))
    height, width = working_size((h, w))
    assert height % 8 == width % 8 == 0
    assert abs(np.log(height * width / (288 * 512))) <= 0.1
    scale = max(height / h, width / w)
    assert max(h * scale - height, w * scale - width) <= 5


@pytest.mark.parametrize(
    ("photo_hw", "expected"),
    [((1920, 1080), (512, 288)), ((1080, 1920), (288, 512)), ((512, 512), (384, 384)), ((1365, 2048), (320, 480))],
)
def test_usual_photos_get_their_own_aspect_exactly(photo_hw, expected):
    assert working_size(photo_hw) == expected


@settings(deadline=None, max_examples=300)
@given(SIDES, SIDES)
def test_framing_crops_at_most_eight_working_pixels_and_keeps_the_aspect_exactly(h, w):
    assume(max(h, w) <= 4 * min(h, w))
    framing = frame_photo(np.empty((h, w, 3), np.uint8))
    x0, y0, x1, y1 = framing.box
    assert x0 + 1e-6 >= 0 and x1 <= w + 1e-6 and y0 + 1e-6 >= 0 and y1 <= h + 1e-6
    scale = framing.size_hw[1] / (x1 - x0)
    assert (w - (x1 - x0)) * scale <= 8 and (h - (y1 - y0)) * scale <= 8
    assert framing.photo_hw[0] * framing.size_hw[1] == framing.photo_hw[1] * framing.size_hw[0]
    assert framing.size_hw[0] <= framing.photo_hw[0] <= 2048 and framing.photo_hw[1] <= 2048
    assert (y1 - y0) * framing.size_hw[1] == pytest.approx((x1 - x0) * framing.size_hw[0])


def test_real_photos_are_cropped_not_resampled(china):
    for photo in (china, china[:, :427]):
        framing = frame_photo(photo)
        x0, y0, x1, y1 = (int(value) for value in framing.box)
        np.testing.assert_array_equal(framing.photo(photo), photo[y0:y1, x0:x1])


@pytest.mark.parametrize("crop", [None, "trained", (101.5, 30, 390.25, 222), (40, 0, 200, 299)])
def test_everything_gets_the_same_transform(crop):
    """A linear ramp in x and y reads, at every working pixel, where that pixel lies in the photo."""
    h, w = 300, 451
    rows, columns = np.mgrid[:h, :w].astype(np.float32)
    photo = np.dstack([columns * 0.5, rows * 0.5, np.zeros((h, w))]).astype(np.uint8)
    framing = frame_photo(photo, crop)
    x0, y0, x1, _ = framing.box
    scale = (x1 - x0) / framing.size_hw[1]
    ys, xs = np.mgrid[: framing.size_hw[0], : framing.size_hw[1]]
    in_photo_x, in_photo_y = x0 + (xs + 0.5) * scale - 0.5, y0 + (ys + 0.5) * scale - 0.5
    inner = (slice(4, -4), slice(4, -4))
    np.testing.assert_allclose(framing.map(columns)[inner], in_photo_x[inner], atol=0.02)
    np.testing.assert_allclose(framing.map(rows)[inner], in_photo_y[inner], atol=0.02)
    np.testing.assert_allclose(framing.labels(rows.astype(np.int32)), in_photo_y, atol=0.51)
    np.testing.assert_allclose(framing.image(photo)[inner][..., 0], in_photo_x[inner] * 0.5, atol=1.6)
    edge = framing.mask(columns >= 200)
    assert (edge ^ (in_photo_x >= 199.5)).sum() <= framing.size_hw[0]
    kept = framing.photo(photo)
    assert kept.shape[:2] == framing.photo_hw
    shrunk = PilImage.fromarray(kept).resize(framing.size_hw[::-1], PilImage.Resampling.LANCZOS)
    assert np.abs(np.asarray(shrunk).astype(int) - framing.image(photo)).max() <= 3


@pytest.mark.parametrize("factor", [0.5, 2])
def test_a_map_of_another_resolution_lands_in_the_same_place(factor):
    columns = np.tile(np.linspace(0, 200, 600, dtype=np.float32), (400, 1))
    framing = frame_photo(np.zeros((400, 600, 3), np.uint8), (100, 50, 400, 350))
    other = PilImage.fromarray(columns).resize((int(600 * factor), int(400 * factor)), PilImage.Resampling.BILINEAR)
    np.testing.assert_allclose(framing.map(np.asarray(other))[:, 2:-2], framing.map(columns)[:, 2:-2], atol=0.2)


def test_what_is_framed_already_stays_and_another_shape_is_refused():
    framing = frame_photo(np.zeros((480, 640, 3), np.uint8), (0, 0, 300, 480))
    labels = np.arange(np.prod(framing.size_hw), dtype=np.int32).reshape(framing.size_hw)
    np.testing.assert_array_equal(framing.labels(labels), labels)
    with pytest.raises(InputError, match="clean plate is 480x640") as error:
        framing.photo(np.zeros((640, 480, 3), np.uint8), "clean plate")
    assert_one_sentence(error)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_masks_and_their_complements_frame_alike(seed):
    mask = np.random.default_rng(seed).random((97, 150)) > 0.5
    framing = frame_photo(np.zeros((97, 150, 3), np.uint8))
    assert not (~framing.mask(mask) & ~framing.mask(~mask)).any()
    assert framing.mask(np.ones((97, 150), bool)).all() and not framing.mask(np.zeros((97, 150), bool)).any()


@pytest.mark.parametrize("crop", [(-1, 0, 100, 100), (0, 0, 999, 100), (50, 50, 50, 80), (0, 0, 10, 100),
                                  (0, 0, 400, 20), (float("nan"), 0, 100, 100)])  # fmt: skip
def test_an_impossible_crop_is_refused(crop):
    with pytest.raises(InputError) as error:
        frame_photo(np.zeros((300, 400, 3), np.uint8), crop)
    assert_one_sentence(error)


def test_what_is_added_to_a_project_later_lands_where_it_did_at_first(china):
    mask = china[..., 0] > 128
    framing = frame_photo(china)
    kept = Framing.of_kept(framing.photo_hw, framing.size_hw)
    inner = np.s_[:-3, :-3]  # a filter sees the photo beyond the crop
    np.testing.assert_array_equal(kept.image(framing.photo(china))[inner], framing.image(china)[inner])
    x0, y0, x1, y1 = (int(value) for value in framing.box)
    np.testing.assert_array_equal(kept.mask(mask[y0:y1, x0:x1]), framing.mask(mask))


def test_a_framing_is_a_value():
    photo = np.zeros((300, 400, 3), np.uint8)
    assert frame_photo(photo) == frame_photo(photo) and isinstance(hash(frame_photo(photo)), int)
    assert frame_photo(photo) != Framing((300, 400), (0, 0, 400, 300), (300, 400), (300, 400))
