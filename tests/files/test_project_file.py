"""Project files: the round trip, the limits, and files that mean harm."""

import io
import json
import pickle
import struct
import tomllib
import zipfile
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage

from levitor_core.document import GenerationSettings
from levitor_core.errors import InputError
from levitor_core.files.photo import frame_photo
from levitor_core.files.project_file import open_project, save, to_bytes
from levitor_core.structures import (
    CameraKey,
    CameraMove,
    OrderOverride,
    Project,
    Scene,
    SceneObject,
    Scenery,
    Waypoint,
)
from levitor_core.version import VERSION

HW = (48, 64)


def box_mask(y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
    mask = np.zeros(HW, bool)
    mask[y0:y1, x0:x1] = True
    return mask


def small_project() -> Project:
    rng = np.random.default_rng(0)
    photo = np.kron(rng.integers(0, 256, (24, 32, 3)), np.ones((4, 4, 1))).astype(np.uint8)
    scene = Scene(
        photo[::2, ::2].copy(),
        rng.uniform(0, 255, HW).astype(np.float32),
        np.repeat(np.array([0, 3, 700], np.int32), 1024).reshape(HW),
        "Depth Anything V2 Small",
        "SAM vit_b",
    )
    path = (
        Waypoint(10, 20.25, 0.5, 0.0),
        Waypoint(-5.5, 1e3, None, 0.75, 2.0, -90),
        Waypoint(10, 20, 1 / 3, None, 0.5, 720.5, extra={"grip": "loose", "extra": {"size": 9}}),
    )
    objects = (
        SceneObject("Ballon rot/grün ☂", box_mask(3, 20, 5, 30), "#00ff7f", path, "per-click", "both"),
        SceneObject(
            "../../etc",
            box_mask(0, 1, 0, 1),
            hidden=True,
            on_ground=True,
            pinned_to_screen=True,
            order_overrides=(OrderOverride("tower", "behind"), OrderOverride("ETC", "front", extra={"until": 0.5})),
            extra={"mood": {"calm": [1, None, "x"]}},
        ),
        SceneObject("ETC", np.zeros(HW, bool), waypoints=path[:1], easing="in"),
    )
    camera = CameraMove((CameraKey(0), CameraKey(1, (3.5, -2), 1.25, 0.5, extra={"roll": [1, 2]})), "out")
    return Project(
        photo=photo,
        scene=scene,
        objects=objects,
        scenery=(Scenery("tower", box_mask(10, 40, 40, 60), -12.5, True, extra={"kind": "stone"}),),
        camera=camera,
        softness=12.5,
        clean_plate=255 - photo,
        settings=GenerationSettings(renderer="preview", seed=9, num_frames=33, fps=23.976, extra={"future": True}),
        renderers={"preview": {"height": 720}, "of another version": {"sharpness": 3}},
        extra={"author": "Ada", "depth": {"far": 1}},
    )


def assert_same(one, other):
    if is_dataclass(one):
        assert type(one) is type(other)
        for item in fields(one):
            if item.name == "opened":  # where it came from, not what it is
                continue
            assert_same(getattr(one, item.name), getattr(other, item.name))
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, tuple):
        assert isinstance(other, tuple) and len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_same(*pair)
    else:
        assert one == other


def as_stored(project: Project) -> Project:
    """The project with its disparity on the 16-bit grid of the file."""
    disparity = (np.round(project.scene.disparity * 257.0) / 257.0).astype(np.float32)
    return replace(project, scene=replace(project.scene, disparity=disparity))


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def png(image: np.ndarray | PilImage.Image) -> bytes:
    file = io.BytesIO()
    (PilImage.fromarray(image) if isinstance(image, np.ndarray) else image).save(file, "PNG")
    return file.getvalue()


SAVED = to_bytes(small_project())
MEMBERS = parts(SAVED)
DOCUMENT = json.loads(MEMBERS["project.json"])


def with_document(document) -> bytes:
    return zipped(MEMBERS | {"project.json": json.dumps(document).encode()})


def refused(data: bytes, hint: str = ".") -> None:
    with pytest.raises(InputError, match=hint) as error:
        open_project(data)
    text = str(error.value)
    assert text.endswith(".") and ". " not in text and "\n" not in text and len(text) < 250


# The round trip


def test_what_is_saved_opens_again_field_by_field(tmp_path):
    project, path = small_project(), tmp_path / "work.levitor"
    save(project, path)
    for source in (path, str(path), path.read_bytes()):
        opened = open_project(source)
        assert_same(opened, as_stored(project))
    assert np.abs(opened.scene.disparity - project.scene.disparity).max() <= 1 / 514 + 1e-5
    assert path.read_bytes() == SAVED and to_bytes(open_project(to_bytes(opened))) == to_bytes(opened)


def test_a_framed_real_photo_with_nothing_picked_survives(tmp_path):
    photo = pytest.importorskip("skimage.data").rocket()
    framing = frame_photo(photo)
    disparity, partition = np.full(framing.size_hw, 0.75, np.float32), np.zeros(framing.size_hw, np.int32)
    scene = Scene(framing.image(photo), disparity, partition, "flat", "none")
    project = Project(photo=framing.photo(photo), scene=scene)
    assert_same(open_project(to_bytes(project)), as_stored(project))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.builds(
            Waypoint,
            st.floats(-1e5, 1e5),
            st.floats(-1e5, 1e5),
            st.none() | st.floats(0, 1),
            st.none() | st.floats(0, 1),
            st.floats(0.01, 100),
            st.floats(-36000, 36000),
        ),
        max_size=5,
    ),
    st.lists(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60), max_size=4, unique=True),
)
def test_any_path_and_any_names_survive(waypoints, names):
    mask = box_mask(1, 5, 1, 5)
    project = replace(
        small_project(),
        objects=tuple(SceneObject(name, mask, waypoints=tuple(waypoints)) for name in names),
        scenery=(),
    )
    assert_same(open_project(to_bytes(project)), as_stored(project))


JSON = st.recursive(st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5), st.lists, max_leaves=4)
UNKNOWN = st.dictionaries(st.text(min_size=1, max_size=8).map("new {}".format), JSON, max_size=3)


@settings(deadline=None, max_examples=40)
@given(UNKNOWN, UNKNOWN, UNKNOWN)
def test_unknown_fields_of_points_keys_and_rules_lie_beside_the_known_ones_and_survive(point, key, rule):
    document = json.loads(MEMBERS["project.json"])
    places = (document["objects"][0]["waypoints"][0], point), (document["camera"][1], key)
    places += ((document["objects"][1]["order_overrides"][0], rule),)
    for known, unknown in places:
        known.update(unknown)
    opened = open_project(with_document(document))
    read = opened.objects[0].waypoints[0], opened.camera.keys[1], opened.objects[1].order_overrides[0]
    for value, (_, unknown) in zip(read, places, strict=True):
        assert unknown.items() <= value.extra.items() and hash(value) == hash(replace(value, extra={}))
    assert json.loads(parts(to_bytes(opened))["project.json"]) == document


def test_the_layout_is_the_documented_one():
    assert {"project.json", "photo.png", "image.png", "disparity.png", "partition.png", "clean_plate.png"} <= set(
        MEMBERS
    )
    assert DOCUMENT["format"] == "levitor-project" and DOCUMENT["version"] == 1
    assert DOCUMENT["size_hw"] == list(HW) and DOCUMENT["num_frames"] == 33 and DOCUMENT["fps"] == 23.976
    assert DOCUMENT["depth"] == {"source": "Depth Anything V2 Small", "stand_in": False, "softness": 12.5, "far": 1}
    assert DOCUMENT["segmentation"] == {"source": "SAM vit_b", "stand_in": False}
    assert DOCUMENT["app_version"] == VERSION and DOCUMENT["settings"]["seed"] == 9
    assert DOCUMENT["objects"][0]["waypoints"][1]["nearness"] == "same"
    masks = [item["mask"] for item in (*DOCUMENT["objects"], *DOCUMENT["scenery"])]
    assert len({name.lower() for name in masks}) == 4 and set(masks) <= set(MEMBERS)
    disparity = np.asarray(PilImage.open(io.BytesIO(MEMBERS["disparity.png"])))
    assert disparity.dtype == np.uint16
    np.testing.assert_array_equal(disparity, np.round(small_project().scene.disparity * 257))


def test_a_small_document_opens_with_the_defaults():
    kept = {name: DOCUMENT[name] for name in ("format", "version", "size_hw", "depth", "segmentation")}
    opened = open_project(with_document(kept | {"depth": {"source": "x"}, "num_frames": 5}))
    assert opened.settings == GenerationSettings(num_frames=5) and opened.softness == 30 and opened.objects == ()


def test_a_jpeg_photo_is_read():
    file = io.BytesIO()
    PilImage.fromarray(small_project().photo).save(file, "JPEG")
    members = {name: content for name, content in MEMBERS.items() if name != "photo.png"}
    assert open_project(zipped(members | {"photo.jpg": file.getvalue()})).photo.shape == small_project().photo.shape


def test_the_version_is_the_package_version():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert tomllib.loads(text)["project"]["version"] == VERSION


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "work.levitor"
    path.write_bytes(b"old")
    misshapen = replace(small_project(), objects=(SceneObject("a", np.ones((8, 8), bool)),))
    with pytest.raises(InputError, match="mask"):
        save(misshapen, path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
    for place in (tmp_path, tmp_path / "missing" / "work.levitor"):
        with pytest.raises(InputError, match="cannot be written"):
            save(small_project(), place)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        (lambda: {"objects": tuple(SceneObject(str(i), np.ones(HW, bool)) for i in range(65))}, "objects"),
        (lambda: {"objects": (SceneObject("a", np.ones((8, 8), bool)),)}, "mask"),
        (lambda: {"objects": (SceneObject("a", np.ones(HW, bool)),) * 2}, "name"),
        (lambda: {"objects": (SceneObject("a", np.ones(HW, bool), waypoints=(Waypoint(0, 0),) * 201),)}, "waypoints"),
        (lambda: {"photo": np.zeros((96, 96, 3), np.uint8), "clean_plate": None}, "photo"),
        (lambda: {"scene": replace(small_project().scene, disparity=np.full(HW, np.nan, np.float32))}, "depth"),
        (lambda: {"scene": replace(small_project().scene, partition=np.full(HW, -1, np.int32))}, "partition"),
    ],
)
def test_what_could_not_be_opened_is_not_saved(changes, hint):
    with pytest.raises(InputError, match=f"(?i){hint}"):
        to_bytes(replace(small_project(), **changes()))


def test_a_clean_plate_of_another_size_is_not_saved():
    project = small_project()
    object.__setattr__(project, "clean_plate", np.zeros((48, 64, 3), np.uint8))  # what unchecked code might build
    with pytest.raises(InputError, match="clean plate"):
        to_bytes(project)


# Files that mean harm


@pytest.mark.parametrize("data", [b"", b"PK", b"nonsense" * 99, SAVED[: len(SAVED) // 2], SAVED[:-10], zipped({})])
def test_what_is_no_project_is_refused(data):
    refused(data)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


def test_a_pickle_is_not_executed():
    bomb = pickle.dumps(Bomb())
    with pytest.raises(pytest.fail.Exception):
        pickle.loads(bomb)
    for data in (bomb, zipped({"project.json": bomb}), zipped(MEMBERS | {"disparity.png": bomb})):
        refused(data)
    open_project(zipped(MEMBERS | {"data.pkl": bomb}))


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil", "a/../../evil", "C:\\evil", "..\\evil", "a/.."])
def test_names_that_lead_outside_are_refused(name):
    refused(zipped(MEMBERS | {name: b"x"}), "outside")


@pytest.mark.parametrize("mask", ["../mask.png", "/etc/passwd", "photo.jpg", "missing.png", "", 3, None, ["a.png"]])
def test_a_mask_must_be_a_plain_file_of_the_project(mask):
    refused(with_document(DOCUMENT | {"objects": [{"name": "a", "mask": mask}]}))


def test_bombs_are_refused_before_they_unpack():
    refused(zipped({f"{i}.png": b"" for i in range(300)}), "more than")
    refused(zipped({f"{i}.png": b"" for i in range(3000)}), "more than")
    refused(zipped(MEMBERS | {"more.png": bytes(70 * 2**20)}), "unpacks")
    refused(zipped(MEMBERS | {"project.json": b" " * (9 * 2**20)}), "long")
    huge_mask = png(PilImage.new("1", (9000, 9000)))
    refused(zipped(MEMBERS | {DOCUMENT["objects"][0]["mask"]: huge_mask}), "64x48")
    refused(zipped(MEMBERS | {"photo.png": png(PilImage.new("1", (6400, 4800)))}), "2048")


def test_a_lying_header_does_not_unpack_more_than_it_says():
    member = zipfile.ZipInfo("photo.png")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, bytes(30 * 2**20), zipfile.ZIP_DEFLATED)
    data = file.getvalue().replace(struct.pack("<I", 30 * 2**20), struct.pack("<I", 100))
    refused(data, "damaged")


def test_encrypted_and_unusually_packed_files_are_refused():
    refused(zipped(MEMBERS, zipfile.ZIP_LZMA), "encrypted or packed")
    encrypted = bytearray(SAVED)
    at = SAVED.index(b"PK\x01\x02") + 8
    encrypted[at] |= 1
    refused(bytes(encrypted), "encrypted or packed")


@pytest.mark.parametrize("name", ["project.json", "photo.png", "image.png", "disparity.png", "partition.png"])
def test_a_missing_or_truncated_part_is_refused(name):
    refused(zipped({key: content for key, content in MEMBERS.items() if key != name}), name.partition(".")[0])
    refused(zipped(MEMBERS | {name: MEMBERS[name][:-40]}))


@pytest.mark.parametrize("name", ["image.png", "disparity.png", "partition.png", "clean_plate.png"])
def test_sizes_that_do_not_match_are_refused(name):
    refused(zipped(MEMBERS | {name: png(np.zeros((56, 64), np.uint8))}))


@pytest.mark.parametrize("name", ["image.png", "disparity.png", "clean_plate.png", "mask_etc.png"])
def test_a_picture_that_its_exif_turns_to_another_size_is_refused(name):
    exif, file = PilImage.Exif(), io.BytesIO()
    exif[0x0112] = 6
    PilImage.open(io.BytesIO(MEMBERS[name])).save(file, "PNG", exif=exif)
    refused(zipped(MEMBERS | {name: file.getvalue()}), name)


def test_pictures_of_the_wrong_kind_are_refused():
    colour = png(np.random.default_rng(0).integers(0, 255, (*HW, 3), dtype=np.uint8))
    refused(zipped(MEMBERS | {"disparity.png": colour}), "colour")
    refused(zipped(MEMBERS | {"partition.png": colour}), "partition")


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"version": 2}, "newer"),
        ({"version": 10**30}, "newer"),
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"version": True}, "version"),
        ({"format": "zip"}, "not a LeviTor project"),
        ({"format": None}, "not a LeviTor project"),
        ({"size_hw": [48]}, "size_hw"),
        ({"size_hw": [48, 65]}, "multiple of 8"),
        ({"size_hw": [10**9, 10**9]}, "size_hw"),
        ({"size_hw": {"h": 1}}, "size_hw"),
        ({"num_frames": 1.5}, "num_frames"),
        ({"num_frames": 10**9}, "num_frames"),
        ({"fps": "6"}, "fps"),
        ({"depth": []}, "depth"),
        ({"depth": {"source": "x", "softness": -1}}, "softness"),
        ({"segmentation": {}}, "segmentation"),
        ({"camera": [{"time": 2}]}, "camera"),
        ({"camera": [{"time": 0, "pan": [1]}]}, "pan"),
        ({"camera_easing": "bounce"}, "easing"),
        ({"objects": {}}, "objects"),
        ({"objects": [[]]}, "objects"),
        ({"objects": [{"mask": "mask_etc.png"}]}, "name"),
        ({"objects": [{"name": "a\nb", "mask": "mask_etc.png"}]}, "name"),
        ({"objects": [{"name": "x" * 61, "mask": "mask_etc.png"}]}, "name"),
        ({"objects": [{"name": "a", "mask": "mask_etc.png"}] * 2}, "its own"),
        ({"scenery": [{"name": "ETC", "mask": "mask_etc.png"}]}, "its own"),
        ({"objects": [{"name": "a", "mask": "mask_etc.png", "colour": "red"}]}, "colour"),
        ({"objects": [{"name": "a", "mask": "mask_etc.png", "hidden": 1}]}, "hidden"),
        ({"objects": [{"name": "a", "mask": "mask_etc.png", "waypoints": [{"x": 1}]}]}, "y"),
        ({"objects": [{"name": "a", "mask": "mask_etc.png", "waypoints": [{"x": 1, "y": 10**400}]}]}, "y"),
        ({"objects": [{"name": "a", "mask": "mask_etc.png", "waypoints": [{"x": 1, "y": 1, "nearness": 5}]}]}, "near"),
        ({"settings": {"renderer": "magic"}}, "renderer"),
        ({"settings": {"seed": 1.5}}, "seed"),
        ({"settings": {"control_scale": [1]}}, "control_scale"),
        ({"renderers": {"preview": {"height": 10}}}, "height"),
    ],
)
def test_values_that_do_not_fit_are_refused_by_name(changes, hint):
    refused(with_document(DOCUMENT | changes), hint)


@pytest.mark.parametrize(
    "text",
    ["[]", "null", "{", '{"a": NaN}', '{"a": 1e999}', '{"a": -Infinity}', "[" * 100_000, '{"a":' * 50 + "1" + "}" * 50,
     '{"a": ' + "9" * 5000 + "}", '"\\ud800"'],
)  # fmt: skip
def test_hostile_json_is_refused(text):
    refused(zipped(MEMBERS | {"project.json": text.encode()}))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(SAVED) - 1), st.integers(1, 255)), min_size=1, max_size=8))
def test_flipped_bytes_give_a_project_or_a_sentence(flips):
    damaged = bytearray(SAVED)
    for at, change in flips:
        damaged[at] ^= change
    assert_project_or_sentence(bytes(damaged))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "name", "time"]), inner),
    max_leaves=6,
)


def places(value, path=()):
    """The path to every value of a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def with_value(document, path, value):
    if not path:
        return value
    changed = dict(document) if isinstance(document, dict) else list(document)
    changed[path[0]] = with_value(changed[path[0]], path[1:], value)
    return changed


@settings(deadline=None, max_examples=250)
@given(st.sampled_from([path for path in places(DOCUMENT) if path]), JSON_VALUES)
def test_any_value_anywhere_gives_a_project_or_a_sentence(path, value):
    assert_project_or_sentence(with_document(with_value(DOCUMENT, path, value)))


def assert_project_or_sentence(data: bytes) -> None:
    """What opens is a whole project: it can be saved and opened again."""
    try:
        project = open_project(data)
    except InputError as error:
        assert str(error).endswith(".")
        return
    assert_same(open_project(to_bytes(project)), project)
