"""Maps and masks lie where the photo lies, whenever they are given, and every size of photo opens."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage

from levitor_core.checkpoints import Checkpoints
from levitor_core.cli import main
from levitor_core.engine import Engine
from levitor_core.errors import InputError
from levitor_core.files.photo import Framing, frame_photo, read_map, read_mask_for, read_photo
from levitor_core.files.project_file import open_project, to_bytes
from levitor_core.files.safe_zip import pack, unpack
from levitor_core.structures import PhotoBox, Project
from ui.stage.payload import without_work

CASES = Path(__file__).parents[1] / "cases"
TALL = CASES / "mask-of-original-photo"
MAX_SIDE = 2048


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Engine:
    return Engine(Checkpoints(tmp_path_factory.mktemp("no_weights")), device="cpu")


def opened(engine: Engine, photo: np.ndarray, crop, **given_at_new) -> Project:
    flat = np.full(photo.shape[:2], 90.0, np.float32)
    return engine.new_project(photo, crop=crop, **{"disparity": flat, **given_at_new})


def reopened(project: Project) -> Project:
    return open_project(to_bytes(project))


def blob(hw: tuple[int, int]) -> np.ndarray:
    """An ellipse in the photo's upper half, away from its edges."""
    ys, xs = np.mgrid[: hw[0], : hw[1]] / np.reshape(hw, (2, 1, 1))
    return ((ys - 0.42) / 0.18) ** 2 + ((xs - 0.55) / 0.2) ** 2 < 1


def encoded(image: PilImage.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# Where maps and masks lie


@pytest.mark.parametrize("crop", [None, "trained", "drawn"])
@pytest.mark.parametrize("hw", [(404, 303), (317, 403), (1505, 404)])
def test_a_mask_lies_on_the_same_pixels_given_at_first_later_and_after_saving(engine, hw, crop):
    mask = blob(hw)
    crop = (0.11 * hw[1], 0.04 * hw[0], 0.9 * hw[1], 0.83 * hw[0]) if crop == "drawn" else crop
    photo = np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * 200
    project = opened(engine, photo, crop, partition=mask.astype(np.int32), disparity=np.where(mask, 200.0, 50.0))
    at_first = project.scene.partition > 0
    for later in (project, reopened(project), without_work(reopened(project))):
        framing = Framing.of_project(later)
        assert framing == frame_photo(photo, crop)
        np.testing.assert_array_equal(framing.labels(mask.astype(np.int32)) > 0, at_first)
        for other in (framing.mask(mask), project.scene.disparity > 125, project.scene.image[..., 0] > 100):
            assert (other ^ at_first).mean() < 0.01 and abs(int(other.sum()) - int(at_first.sum())) < 0.05 * mask.sum()
        plate = framing.photo(photo, "clean plate")
        np.testing.assert_array_equal(plate, project.photo)


def test_mask_and_partition_of_one_file_lie_on_the_same_rows(tmp_path, capsys):
    job = tmp_path / "job.levitor"
    files = "--depth", TALL / "talldepth.png", "--partition", TALL / "tallmask.png"
    assert main([str(word) for word in ("new", TALL / "tall.png", "-o", job, *files)]) == 0
    assert main(["select", str(job), "--name", "bar", "--mask", str(TALL / "tallmask.png")]) == 0
    project = open_project(job)
    for lying in (project.objects[0].mask, project.scene.partition > 0):
        rows = np.flatnonzero(lying.any(1))
        assert (rows[0], rows[-1]) == (6, 25)
    cropped = tmp_path / "cropped.levitor"
    assert main([str(word) for word in ("new", TALL / "tall.png", "-o", cropped, *files, "--crop", "trained")]) == 0
    assert main(["select", str(cropped), "--name", "bar", "--mask", str(TALL / "tallmask.png")]) == 2
    assert "part of the photo that the project keeps" in capsys.readouterr().err  # the bar is what was cropped away


def test_the_page_frames_own_files_of_a_reopened_project_as_of_the_photo(engine):
    photo = np.zeros((300, 450, 3), np.uint8)
    project = reopened(opened(engine, photo, "trained"))
    assert Framing.of_project(without_work(project)) == frame_photo(photo, "trained")


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_files_of_a_turned_photo_are_turned_too(engine, orientation):
    exif = PilImage.Exif()
    exif[0x0112] = orientation
    turn = {3: PilImage.Transpose.ROTATE_180, 6: PilImage.Transpose.ROTATE_90, 8: PilImage.Transpose.ROTATE_270}
    upright = blob((320, 240))
    files = {}
    for name, picture in {"photo": upright * 200, "mask": upright * 255, "map": 50 + upright * 100}.items():
        stored = PilImage.fromarray(picture.astype(np.uint8)).transpose(turn[orientation])
        files[name] = encoded(stored, exif=exif)
    photo = read_photo(files["photo"])
    np.testing.assert_array_equal(photo[..., 0] > 100, upright)
    project = opened(engine, photo, None, disparity=read_map(files["map"]))
    mask = read_mask_for(project, files["mask"])
    assert (mask ^ (project.scene.disparity > 100)).mean() < 0.01 and mask.any()


def test_files_of_a_photo_that_was_reduced_fit_it_at_every_resolution(engine):
    large = blob((2101, 1400))
    photo = read_photo(encoded(PilImage.fromarray(large).convert("RGB"), "JPEG"))
    assert photo.shape[:2] == (2048, 1365)
    project = reopened(opened(engine, photo, (100, 300, 1300, 1700)))
    shown = project.scene.image[..., 0] > 128
    for scale in (1, 0.5, 0.1):
        small = PilImage.fromarray(large).convert("L").resize((round(1400 * scale), round(2101 * scale)))
        mask = read_mask_for(project, encoded(small))
        assert (mask ^ shown).mean() < 0.01


def test_a_project_without_a_photo_box_takes_its_photo_for_the_whole(engine):
    project = opened(engine, np.zeros((300, 450, 3), np.uint8), None)
    members = unpack(to_bytes(project))
    document = json.loads(members["project.json"])
    del document["photo_box"]
    old = open_project(pack(members | {"project.json": json.dumps(document).encode()}))
    assert old.photo_box is None and reopened(old).photo_box is None
    assert Framing.of_project(old) == Framing.of_kept(old.photo.shape[:2], old.scene.size_hw)


def test_fields_of_a_newer_writer_stay_and_a_box_outside_the_photo_is_refused(engine):
    project = opened(engine, np.zeros((300, 450, 3), np.uint8), None)
    box = PhotoBox((300, 450), (0.0, 0.0, 450.0, 300.0), extra={"turned": 90})
    data = to_bytes(replace(project, photo_box=box))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert json.loads(archive.read("project.json"))["photo_box"]["turned"] == 90
    assert open_project(data).photo_box == box
    members = unpack(data)
    document = json.loads(members["project.json"])
    for wrong in (
        {"box": [0, 0, 451, 300]},
        {"box": [9, 0, 9, 300]},
        {"box": [-1, 0, 450, 300]},
        {"source_hw": [0, 9]},
    ):
        document["photo_box"] = {"source_hw": [300, 450], "box": [0, 0, 450, 300]} | wrong
        with pytest.raises(InputError, match="photo_box"):
            open_project(pack(members | {"project.json": json.dumps(document).encode()}))


# Sizes


def reduced(h: int, w: int) -> tuple[int, int]:
    """The size at which `read_photo` hands over a photo."""
    scale = min(1.0, MAX_SIDE / max(h, w))
    return max(1, round(h * scale)), max(1, round(w * scale))


def assert_fits(hw: tuple[int, int]) -> None:
    framing = frame_photo(np.empty((*hw, 3), np.uint8))
    for other in (hw, (hw[0] * 3, hw[1] * 3), (round(hw[0] * 0.37), round(hw[1] * 0.37))):
        x0, y0, x1, y1 = framing._box_in(other, "map")
        assert 0 <= x0 < x1 <= other[1] and 0 <= y0 < y1 <= other[0]
        assert 0 <= framing.box[0] < framing.box[2] <= hw[1] and 0 <= framing.box[1] < framing.box[3] <= hw[0]


SIDES = st.integers(64, 8000)


@settings(max_examples=120)
@given(SIDES, st.floats(0.25, 4))
def test_a_photo_of_every_size_up_to_four_to_one_has_its_place(h, aspect):
    w = int(np.clip(round(h * aspect), 64, 8000))
    assume(max(h, w) <= 4 * min(h, w))
    assert_fits(reduced(h, w))


def test_every_length_of_side_has_its_place_at_some_aspect():
    for number, side in enumerate(range(64, MAX_SIDE + 1, 7)):
        other = int(np.clip(side * 4 ** ((number % 41) / 20 - 1), max(64, -(-side // 4)), min(MAX_SIDE, 4 * side)))
        assert_fits((side, other))


@pytest.mark.parametrize("hw", [(356, 493), (356, 413), (413, 356), (493, 356), (64, 64), (64, 256), (67, 66)])
@pytest.mark.parametrize("crop", [None, "trained"])
def test_sizes_that_used_to_fall_outside_by_a_rounding_open(engine, hw, crop):
    photo = read_photo(encoded(PilImage.new("RGB", hw[::-1], (9, 99, 200))))
    project = reopened(opened(engine, photo, crop))
    assert (project.scene.image == (9, 99, 200)).all() and (project.scene.disparity == 90).all()


@pytest.mark.parametrize("hw", [(64, 257), (300, 10), (8, 8), (1, 1)])
def test_other_shapes_get_a_sentence_from_a_file_and_from_python(engine, hw):
    for attempt in (
        lambda: read_photo(encoded(PilImage.new("RGB", hw[::-1]))),
        lambda: engine.new_project(np.zeros((*hw, 3), np.uint8)),
    ):
        with pytest.raises(InputError, match=f"photo is.* {hw[1]}x{hw[0]} pixels") as error:
            attempt()
        assert str(error.value).count(".") == 1 and str(error.value).endswith(".")
