"""What Python and files give as photo, depth map, mask, label map or number: one rule each, or one sentence."""

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PilImage

from levitor_core import editing
from levitor_core.checkpoints import Checkpoints
from levitor_core.cli import main
from levitor_core.document import GenerationSettings
from levitor_core.engine import Engine
from levitor_core.errors import InputError
from levitor_core.fields import settings_of
from levitor_core.files.photo import Framing, read_labels, read_map, read_mask
from levitor_core.files.project_file import open_project, to_bytes
from levitor_core.renderers import entries
from levitor_core.structures import CameraKey, CameraMove, Waypoint

CASES = Path(__file__).parents[1] / "cases"
PHOTO = np.full((96, 128, 3), 90, np.uint8)
DRAWN = np.zeros((40, 60), bool)
DRAWN[8:20, 10:40] = True


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Engine:
    return Engine(Checkpoints(tmp_path_factory.mktemp("no_weights")), device="cpu")


@pytest.fixture(scope="module")
def project(engine):
    return engine.new_project(PHOTO, disparity=np.full(PHOTO.shape[:2], 80.0))


def encoded(image: PilImage.Image | np.ndarray, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image = PilImage.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(file, kind, **options)
    return file.getvalue()


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def refused(action, *words: str) -> None:
    """`action` raises InputError, in one sentence that holds the words."""
    with pytest.raises(InputError) as error:
        action()
    text = str(error.value)
    assert text.endswith(".") and "\n" not in text and ". " not in text and len(text) < 220
    assert all(word in text for word in words), text


# Masks


MASK_FILES = {
    "0 and 1": encoded(DRAWN.astype(np.uint8)),
    "0 and 100": encoded(DRAWN.astype(np.uint8) * 100),
    "200 and 255": encoded(DRAWN.astype(np.uint8) * 55 + 200),
    "bits": encoded(PilImage.fromarray(DRAWN)),
    "16 bits with 1": encoded(DRAWN.astype(np.uint16)),
    "16 bits with 255": encoded(DRAWN.astype(np.uint16) * 255),
    "16 bits with 65535": encoded(DRAWN.astype(np.uint16) * 65535),
    "float TIFF": encoded(DRAWN.astype(np.float32), "TIFF"),
    "float TIFF of 255": encoded(DRAWN.astype(np.float32) * 255, "TIFF"),
    "integer TIFF": encoded(DRAWN.astype(np.int32), "TIFF"),
    "big-endian TIFF": encoded(PilImage.fromarray((DRAWN * 255).astype(">u2")), "TIFF"),
    "red": encoded(DRAWN[..., None] * np.uint8([255, 0, 0])),
    "blue": encoded(DRAWN[..., None] * np.uint8([0, 0, 255])),
    "dark blue": encoded(DRAWN[..., None] * np.uint8([0, 0, 90])),
    "red JPEG": encoded(DRAWN[..., None] * np.uint8([255, 0, 0]), "JPEG", subsampling=0, quality=95),
    "white on red": encoded(np.where(DRAWN[..., None], 255, np.uint8([255, 0, 0])).astype(np.uint8)),
    "palette": encoded(PilImage.fromarray(DRAWN[..., None] * np.uint8([128, 0, 0])).quantize(2)),
    "alpha": encoded(np.dstack([np.zeros((*DRAWN.shape, 3), np.uint8), DRAWN.astype(np.uint8) * 255])),
    "faint alpha": encoded(np.dstack([np.zeros((*DRAWN.shape, 3), np.uint8), DRAWN.astype(np.uint8) * 90])),
    "opaque": encoded(PilImage.fromarray(DRAWN.astype(np.uint8) * 255).convert("LA")),
    "almost opaque": encoded(
        np.dstack([np.repeat(DRAWN[..., None] * np.uint8(255), 3, 2), 254 + np.eye(*DRAWN.shape).astype(np.uint8)])
    ),
    "truth values": npy(DRAWN),
    "fractions": npy(DRAWN * 0.9),
}


@pytest.mark.parametrize("name", MASK_FILES)
def test_whatever_a_mask_is_painted_with_it_is_the_mask(name):
    np.testing.assert_array_equal(read_mask(MASK_FILES[name]), DRAWN)


def test_a_palette_whose_colours_are_alike_tells_by_its_indices():
    image = PilImage.fromarray(DRAWN.astype(np.uint8)).convert("P")
    image.putpalette([0] * 768)
    np.testing.assert_array_equal(read_mask(encoded(image)), DRAWN)


@pytest.mark.parametrize("white", [255, 65535])
def test_a_soft_mask_is_cut_at_half_of_its_white(white):
    soft = np.tile(np.linspace(0, white, 60).astype(np.uint16), (40, 1))
    for data in (encoded(soft), npy(soft), encoded((soft / white).astype(np.float32), "TIFF")):
        np.testing.assert_array_equal(read_mask(data)[0], np.arange(60) >= 30)


def test_a_mask_that_could_mean_anything_is_refused_with_the_values_found():
    ids = np.arange(40 * 60).reshape(40, 60) % 4
    refused(lambda: read_mask(encoded(ids.astype(np.uint8))), "0, 1, 2, 3")
    refused(lambda: read_mask(encoded(ids.astype(np.uint16) * 30)), "0, 30, 60, 90")
    refused(lambda: read_mask(encoded(np.full((40, 60), 100, np.uint8))), "100")
    refused(lambda: read_mask(encoded((np.arange(2400) % 90).reshape(40, 60).astype(np.uint8))), "up to 89")
    for blank in (encoded(np.zeros((40, 60), np.uint8)), npy(np.zeros((40, 60), bool))):
        refused(lambda blank=blank: read_mask(blank), "empty")


def test_the_masks_that_were_called_empty_are_read():
    ones, red = (read_mask(CASES / "mask-0-1-and-red" / name) for name in ("mask01.png", "mask_red.png"))
    assert 0 < ones.mean() < 0.5 and 0 < red.mean() < 0.5


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.int32, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("white", [1, 255])
def test_a_mask_of_any_numbers_is_the_same_object_in_python(project, dtype, white):
    mask = np.zeros(project.scene.size_hw, bool)
    mask[100:200, 50:150] = True
    given = mask if dtype is bool else mask.astype(dtype) * dtype(white)
    (item,) = editing.add_object(project, given).objects
    assert item.mask.dtype == bool
    np.testing.assert_array_equal(item.mask, mask)
    np.testing.assert_array_equal(Framing.of_project(project).mask(given), mask)


def test_other_masks_are_refused_by_name_in_python(project):
    mask = np.zeros(project.scene.size_hw, bool)
    mask[:50] = True
    for other, *words in (
        (mask.astype(np.complex64), "complex64"),
        (mask[..., None], ", 1)"),
        (mask.astype(object), "object"),
        (mask.tolist(), "list"),
        (None, "NoneType"),
        (mask[:-1], f"{mask.shape[1]}x{mask.shape[0]}"),
        (np.arange(mask.size).reshape(mask.shape) % 3, "0, 1, 2"),
        (np.zeros_like(mask), "empty"),
    ):
        refused(lambda other=other: editing.add_object(project, other), *words)


# Colours of 16 bits


def deep(values: np.ndarray, kind: str) -> bytes:
    """A grey picture of 16 bits, saved as colours: an alpha that is full says nothing."""
    full = np.full_like(values, 65535)
    colours = cv2.merge([values] * 3 + [full] * kind.endswith("alpha"))
    if kind == "grey and alpha":
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in np.stack([values, full], axis=2))
        header = struct.pack(">IIBBBBB", *values.shape[::-1], 16, 4, 0, 0, 0)
        parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
        chunks = (struct.pack(">I", len(body)) + name + body + bytes(4) for name, body in parts)
        sums = (chunk[:-4] + struct.pack(">I", zlib.crc32(chunk[4:-4])) for chunk in chunks)
        return b"\x89PNG\r\n\x1a\n" + b"".join(sums)
    options = {"TIFF": [cv2.IMWRITE_TIFF_COMPRESSION, 1], "packed TIFF": [cv2.IMWRITE_TIFF_COMPRESSION, 8]}
    return cv2.imencode(".tif" if kind in options else ".png", colours, options.get(kind, []))[1].tobytes()


DEEP = ["colours", "colours and alpha", "grey and alpha", "TIFF", "packed TIFF"]


@pytest.mark.parametrize("kind", DEEP)
def test_all_16_bits_of_colours_count(kind):
    ramp = np.arange(40 * 60, dtype=np.uint16).reshape(40, 60)
    np.testing.assert_allclose(read_map(deep(ramp * 27, kind)), ramp * 27 / 257, rtol=1e-6)
    np.testing.assert_allclose(read_map(deep(ramp, kind), normalise=True), ramp * (255 / 2399), rtol=1e-5)
    refused(lambda: read_map(deep(ramp // 10, kind)), "239 of 65535", "normalised")
    for white in (1, 255, 65535):
        np.testing.assert_array_equal(read_mask(deep(DRAWN * np.uint16(white), kind)), DRAWN)
    np.testing.assert_array_equal(read_labels(deep(ramp // 10, kind)), ramp // 10)


def test_labels_are_told_apart_by_the_lower_bytes_of_colours_too():
    colours = np.zeros((40, 60, 3), np.uint16)
    colours[DRAWN, 0], colours[30:, :, 2] = 3, 7
    labels = read_labels(cv2.imencode(".png", colours)[1].tobytes())
    assert len(np.unique(labels)) == 3 and labels[0, 0] == 0 and len(np.unique(labels[DRAWN])) == 1


# Depth maps


def test_a_16_bit_map_that_leaves_its_high_bits_empty_is_refused_with_a_hint(tmp_path, capsys):
    ramp = np.tile(np.linspace(0, 1, 64), (48, 1))
    for bits in (8, 10, 12):
        low = (ramp * (2**bits - 1)).astype(np.uint16)
        for data in (encoded(low), encoded(low, "TIFF"), npy(low)):
            refused(lambda data=data: read_map(data), f"{low.max()} of 65535", "normalised")
            assert read_map(data, normalise=True).max() == 255
    refused(lambda: read_map(npy(ramp)), "1 of 255", "normalised")
    refused(lambda: read_map(encoded((ramp > 0.5).astype(np.uint8))), "1 of 255", "normalised")
    used = (ramp * (2**13)).astype(np.uint16)
    np.testing.assert_allclose(read_map(encoded(used)), used / 257)
    PilImage.fromarray(PHOTO).save(tmp_path / "photo.png")
    words = ["new", tmp_path / "photo.png", "-o", tmp_path / "a.levitor", "--depth"]
    assert main([str(word) for word in (*words, CASES / "depth-8bit-in-16bit" / "depth.png")]) == 2
    assert "212 of 65535" in capsys.readouterr().err


def test_a_project_that_is_far_all_over_is_saved_and_opened(engine):
    far = engine.new_project(PHOTO, disparity=np.full(PHOTO.shape[:2], 1.5))
    np.testing.assert_allclose(open_project(to_bytes(far)).scene.disparity, 1.5, atol=1 / 257)


HW = PHOTO.shape[:2]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, np.float16, np.float32, np.float64])
def test_disparity_of_any_real_numbers_is_taken(engine, dtype):
    given = engine.new_project(PHOTO, disparity=np.full(HW, 200, dtype)).scene.disparity
    assert given.dtype == np.float32 and (given == 200).all()


@pytest.mark.parametrize(
    ("disparity", "word"),
    [
        (np.full(HW, np.nan, np.float32), "nan"),
        (np.where(np.eye(*HW) > 0, np.nan, 90).astype(np.float32), "nan"),
        (np.where(np.eye(*HW) > 0, np.inf, 90), "inf"),
        (np.where(np.eye(*HW) > 0, -0.5, 90), "-0.5"),
        (np.full(HW, 65535, np.uint16), "65535"),
        (np.full(HW, 256.0), "256"),
        (np.linspace(0, 1, HW[0] * HW[1]).reshape(HW), "normalised"),
        (np.full((*HW, 3), 90, np.uint8), "uint8 (96, 128, 3)"),
        (np.full(HW[::-1], 90.0), "96x128"),
        (np.full(HW, 90 + 0j), "complex128"),
        (np.full(HW, True), "bool"),
        (np.full(HW, "90"), "<U2"),
        (np.zeros((0, 0)), "(0, 0)"),
        ([[90] * 128] * 96, "list"),
        (90.0, "float"),
    ],
)
def test_other_disparity_is_refused_at_once_in_python(engine, disparity, word):
    refused(lambda: engine.new_project(PHOTO, disparity=disparity), word)


# Photos, label maps, crops


@pytest.mark.parametrize("name", ["photo", "clean_plate"])
@pytest.mark.parametrize(
    ("picture", "word"),
    [
        (PHOTO / 255, "float64"),
        (PHOTO[..., 0], "(96, 128)"),
        (np.dstack([PHOTO, PHOTO[..., :1]]), "(96, 128, 4)"),
        (PHOTO.astype(np.uint16), "uint16"),
        (PHOTO.tolist(), "list"),
        (PilImage.fromarray(PHOTO), "Image"),
    ],
)
def test_other_pictures_are_refused_by_name_in_python(engine, name, picture, word):
    pictures = {"photo": PHOTO} | {name: picture}
    photo = pictures.pop("photo")
    refused(lambda: engine.new_project(photo, disparity=np.full(HW, 90.0), **pictures), word, name.replace("_", " "))


def test_a_partition_is_checked_in_python_as_a_file_is(engine):
    disparity, ids = np.full(HW, 90.0), np.arange(HW[0] * HW[1]).reshape(HW)
    for dtype in (np.uint8, np.uint16, np.int64):
        partition = engine.new_project(PHOTO, disparity=disparity, partition=(ids % 3).astype(dtype)).scene.partition
        assert partition.dtype == np.int32 and set(np.unique(partition)) == {0, 1, 2}
    for partition, word in ((ids % 3 - 1, "whole"), (ids % 3 / 2, "whole"), (ids % 300, "255"), ([[1]], "list")):
        refused(lambda given=partition: engine.new_project(PHOTO, disparity=disparity, partition=given), word)
        if isinstance(partition, np.ndarray):
            refused(lambda given=partition: read_labels(npy(given)), word)


@pytest.mark.parametrize("crop", ["centre", "abcd", (1, 2, 3), (0, 0, "a", 5), 7, (0, 0, np.nan, 60), np.eye(4)])
def test_other_crops_are_refused(engine, crop):
    refused(lambda: engine.new_project(PHOTO, disparity=np.full(HW, 90.0), crop=crop), "crop")


def test_a_crop_may_be_an_array(engine):
    crop = np.array([8, 8, 120, 90])
    assert engine.new_project(PHOTO, disparity=np.full(HW, 90.0), crop=crop).photo_box.box[0] >= 8


# Numbers


NUMPY_HALVES = [np.float16(0.5), np.float32(0.5), np.float64(0.5)]
NUMPY_ONES = [np.int8(1), np.int64(1), np.uint16(1), np.float32(1)]
NO_NUMBERS = [True, np.bool_(True), "0.5", None, 1j, np.nan, np.float32("nan"), np.inf, -np.inf, np.float64(9e9), [0.5]]


@pytest.mark.parametrize("value", [*NUMPY_HALVES, *NUMPY_ONES])
def test_numpys_numbers_are_numbers(project, value):
    mask = np.zeros(project.scene.size_hw, np.uint8)
    mask[100:200, 50:150] = 1
    project = editing.add_object(project, mask, "thing")
    path = (Waypoint(np.int64(60), np.float32(120)), Waypoint(value, value, value, value, value, value))
    project = editing.set_path(project, "thing", path)
    keys = (CameraKey(np.float32(0)), CameraKey(value, (value, value), value, value / 2))
    project = editing.set_camera(project, CameraMove(keys))
    project = editing.set_motion(project, "thing", on_ground=np.bool_(True))
    project = replace(project, settings=GenerationSettings(seed=np.int64(5), num_frames=np.uint8(4), fps=np.float32(8)))
    again = open_project(to_bytes(project))
    assert again.objects[0].waypoints[1].nearness == float(value) and again.objects[0].on_ground is True
    assert again.camera.keys[1].zoom == float(value) and again.settings.seed == 5
    assert [type(getattr(again.settings, name)) for name in ("seed", "num_frames", "fps")] == [int, int, float]


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_in_range_is_refused_wherever_one_is_asked_for(project, value):
    mask = np.zeros(project.scene.size_hw, bool)
    mask[100:200, 50:150] = True
    project = editing.add_object(project, mask, "thing")
    start = Waypoint(60, 120)

    def path(*values, **named):
        return lambda: editing.set_path(project, "thing", (start, Waypoint(*values, **named)))

    def camera(**named):
        return lambda: editing.set_camera(project, CameraMove((CameraKey(**{"time": 0.0, **named}),)))

    refused(path(value, 5))
    refused(path(5, value))
    for name in ("size", "rotation", *(("nearness", "time") if value is not None else ())):
        refused(path(5, 5, **{name: value}))
    for name in ("time", "zoom", "push"):
        refused(camera(**{name: value}))
    refused(camera(pan=(value, 0.0)))
    for kind in (GenerationSettings, *(entry.settings for entry in entries())):
        for setting in settings_of(kind):
            if setting.between and not (value is None and setting.default is None):
                refused(lambda kind=kind, name=setting.name: kind(**{name: value}), "must be")


def test_a_setting_that_counts_takes_no_fraction():
    refused(lambda: GenerationSettings(num_frames=8.5), "whole")
    assert GenerationSettings(num_frames=8.0).num_frames == 8  # type: ignore[arg-type]
