"""Project files (NAME.levitor): a zip of project.json and PNGs. SIDE EFFECT: save and open.

Project -> to_bytes -> save -> open_project -> Project, the same again, fields of newer writers included.
An opened file is hostile: nothing is extracted or executed, sizes are checked before anything is unpacked, and every
problem is an InputError of one sentence.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import chain, count
from pathlib import Path
from typing import Any, get_args

import numpy as np
from PIL import Image as PilImage

from levitor_core import limits
from levitor_core.errors import InputError
from levitor_core.files import replacing
from levitor_core.image_files import MAX_PIXELS, Source, decode, grey_values, image_hw, read_bytes, rgb
from levitor_core.json_values import choice, flag, instead, listed, matching, number, parse, record, text, whole, wrong
from levitor_core.photo import MAX_PHOTO_SIDE, read_map
from levitor_core.safe_zip import pack, unpack
from levitor_core.settings import GenerationSettings
from levitor_core.structures import (
    DEFAULT_SOFTNESS,
    CameraKey,
    CameraMove,
    Easing,
    Image,
    LabelMap,
    OrderOverride,
    PhotoBox,
    Project,
    Scene,
    SceneObject,
    Scenery,
    SizeHW,
    Timing,
    Waypoint,
)
from levitor_core.version import VERSION

FORMAT, FORMAT_VERSION = "levitor-project", 1
MAX_FILE_BYTES = 128 * 2**20
MAX_JSON_BYTES = 8 * 2**20

MAX_WORKING_SIDE = 1024

_NAME = text(limits.MAX_NAME)
_PIXELS = number(-limits.FARTHEST_PIXEL, limits.FARTHEST_PIXEL)
_EASING = choice(*get_args(Easing))
_MASK_FILE = matching(r"[A-Za-z0-9_-]{1,80}\.png", "the plain name of a PNG file in the project")


def _setting(item: Any) -> Any:
    low, high = item.metadata["low"], item.metadata["high"]
    if low is None:
        return text(40)
    reader = number(low, high) if item.type is float else whole(low, high)
    return instead(None, reader) if item.default is None else reader


_SETTINGS = {item.name: _setting(item) for item in fields(GenerationSettings)}
_WAYPOINT = {
    "x": _PIXELS,
    "y": _PIXELS,
    "nearness": instead("same", number(0, 1)),
    "time": instead(None, number(0, 1)),
    "size": number(*limits.SIZE),
    "rotation": number(*limits.ROTATION),
}
_RULE = {"name": _NAME, "relation": choice("front", "behind")}
_CAMERA_KEY = {
    "time": number(0, 1),
    "pan": listed(_PIXELS, 2, 2),
    "zoom": number(*limits.ZOOM),
    "push": number(*limits.PUSH),
}
_OBJECT = {
    "name": _NAME,
    "mask": _MASK_FILE,
    "colour": matching(r"#[0-9A-Fa-f]{6}", "a colour such as #ff5a5f"),
    "waypoints": listed(record(Waypoint, _WAYPOINT, required=("x", "y"), extra=True), limits.MAX_WAYPOINTS),
    "timing": choice(*get_args(Timing)),
    "easing": _EASING,
    "hidden": flag,
    "on_ground": flag,
    "pinned_to_screen": flag,
    "order_overrides": listed(
        record(OrderOverride, _RULE, required=("name", "relation"), extra=True),
        limits.MAX_OBJECTS + limits.MAX_SCENERY,
    ),
}
_PHOTO_BOX = {"source_hw": listed(whole(1, MAX_PIXELS), 2, 2), "box": listed(number(0, MAX_PIXELS), 4, 4)}
_SCENERY = {"name": _NAME, "mask": _MASK_FILE, "shift": number(*limits.SHIFT), "flatten": flag}
_DOCUMENT = record(
    dict,
    {
        "format": choice(FORMAT),
        "version": whole(1, FORMAT_VERSION),
        "app_version": text(60),
        "size_hw": listed(whole(16, MAX_WORKING_SIDE, step=8), 2, 2),
        "photo_box": instead(None, record(PhotoBox, _PHOTO_BOX, required=("source_hw", "box"), extra=True)),
        "num_frames": _SETTINGS["num_frames"],
        "fps": _SETTINGS["fps"],
        "depth": record(dict, {"source": text(200), "softness": number(0, 10_000)}, required=("source",), extra=True),
        "segmentation": record(dict, {"source": text(200)}, required=("source",), extra=True),
        "camera": listed(record(CameraKey, _CAMERA_KEY, required=("time",), extra=True), limits.MAX_CAMERA_KEYS),
        "camera_easing": _EASING,
        "objects": listed(record(dict, _OBJECT, required=("name", "mask"), extra=True), limits.MAX_OBJECTS),
        "scenery": listed(record(dict, _SCENERY, required=("name", "mask"), extra=True), limits.MAX_SCENERY),
        "settings": record(dict, _SETTINGS, extra=True),
    },
    required=("format", "version", "size_hw", "depth", "segmentation"),
    extra=True,
)


def save(project: Project, path: Path) -> None:
    """Write `project` to `path`; the file there before is replaced only once the new one is whole.

    Raises InputError when the place cannot be written to or the project breaks a limit, RendererError on a full disk.
    """
    data = to_bytes(project)
    with replacing(Path(path)) as partial:
        partial.write_bytes(data)


def to_bytes(project: Project) -> bytes:
    """The project file's content. Raises InputError when the project breaks a limit of the format."""
    _check_arrays(project)
    masks = _mask_files([*project.objects, *project.scenery])
    document = json.dumps(_document(project, list(masks)), indent=1, allow_nan=False, default=lambda item: item.item())
    _read_document(document.encode())
    members = {
        "photo.png": project.photo,
        "image.png": project.scene.image,
        "disparity.png": np.round(project.scene.disparity * 257.0).astype(np.uint16),
        "partition.png": project.scene.partition.astype(np.uint16),
    }
    members |= {name: item.mask for name, item in masks.items()}
    if project.clean_plate is not None:
        members["clean_plate.png"] = project.clean_plate
    return pack({"project.json": document.encode(), **{name: _png(array) for name, array in members.items()}})


def open_project(source: Source) -> Project:
    """Read a project file, given as bytes or a path, without any model.

    Raises InputError, in one sentence, for whatever is not a whole project file of this or an older version.
    """
    members = unpack(read_bytes(source, "project", MAX_FILE_BYTES))
    values = _read_document(_member(members, "project.json"))
    project = _project(values, members)
    _check_arrays(project)
    return project


def _document(project: Project, mask_files: Sequence[str]) -> dict[str, Any]:
    extra, scene = dict(project.extra), project.scene
    settings = project.settings.to_json()
    top_level = {name: settings.pop(name) for name in ("num_frames", "fps")}
    return extra | {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "app_version": VERSION,
        "size_hw": scene.size_hw,
        "photo_box": project.photo_box and _with_unknown(project.photo_box),
        **top_level,
        "depth": extra.get("depth", {}) | {"source": scene.depth_source, "softness": project.softness},
        "segmentation": extra.get("segmentation", {}) | {"source": scene.segmentation_source},
        "camera": [_with_unknown(key) for key in project.camera.keys],
        "camera_easing": project.camera.easing,
        "objects": [_object(item, file) for item, file in zip(project.objects, mask_files, strict=False)],
        "scenery": [
            dict(item.extra) | {"name": item.name, "mask": file, "shift": item.shift, "flatten": item.flatten}
            for item, file in zip(project.scenery, mask_files[len(project.objects) :], strict=True)
        ],
        "settings": extra.get("settings", {}) | settings,
    }


def _object(item: SceneObject, mask_file: str) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in _OBJECT}
    waypoints = [_with_unknown(waypoint) for waypoint in item.waypoints]
    for waypoint in waypoints:
        waypoint["nearness"] = "same" if waypoint["nearness"] is None else waypoint["nearness"]
    overrides = [_with_unknown(override) for override in item.order_overrides]
    return dict(item.extra) | values | {"mask": mask_file, "waypoints": waypoints, "order_overrides": overrides}


def _with_unknown(value: Waypoint | CameraKey | OrderOverride | PhotoBox) -> dict[str, Any]:
    known = {item.name: getattr(value, item.name) for item in fields(value) if item.name != "extra"}
    return dict(value.extra) | known


def _mask_files(items: Iterable[SceneObject | Scenery]) -> dict[str, SceneObject | Scenery]:
    """Each item under a file name of plain letters that no other has, in whatever case."""
    files: dict[str, SceneObject | Scenery] = {}
    for item in items:
        stem = "mask_" + (re.sub(r"[^A-Za-z0-9]+", "_", item.name).strip("_").lower()[:40] or "object")
        names = chain([f"{stem}.png"], (f"{stem}-{copy}.png" for copy in count(2)))
        files[next(name for name in names if name not in files)] = item
    return files


def _png(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    PilImage.fromarray(np.ascontiguousarray(array)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _read_document(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_JSON_BYTES:
        raise wrong("project.json", f"at most {MAX_JSON_BYTES >> 20} MB long")
    document = parse(data)
    version = document.get("version")
    if document.get("format") != FORMAT:
        raise InputError("This is not a LeviTor project; choose a .levitor file that this app has saved.")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise InputError("The project was saved by a newer version of LeviTor; update this app to open it.")
    values = _DOCUMENT(document, "")
    _check_photo_box(values.get("photo_box"))
    names = [item["name"] for item in (*values.get("objects", ()), *values.get("scenery", ()))]
    if len(set(names)) < len(names):
        raise wrong("every object's name", "its own")
    return values


def _check_photo_box(kept: PhotoBox | None) -> None:
    if kept is None:
        return
    (h, w), (x0, y0, x1, y1) = kept.source_hw, kept.box
    if not (x0 < x1 <= w and y0 < y1 <= h):
        raise wrong("photo_box.box", "inside the photo")


def _project(values: Mapping[str, Any], members: Mapping[str, bytes]) -> Project:
    extra = dict(values["extra"])
    groups = {name: dict(values.get(name, {})) for name in ("depth", "segmentation", "settings")}
    unknown = {name: group.pop("extra", None) for name, group in groups.items()}
    depth, settings = groups["depth"], groups["settings"]
    settings |= {name: values[name] for name in ("num_frames", "fps") if name in values}
    hw = values["size_hw"]
    photo = _colours(members, "photo.png" if "photo.png" in members else "photo.jpg")
    plate = _colours(members, "clean_plate.png", photo.shape[:2]) if "clean_plate.png" in members else None
    return Project(
        photo=photo,
        scene=_scene(members, hw, depth["source"], groups["segmentation"]["source"]),
        objects=tuple(SceneObject(**_with_mask(item, members, hw)) for item in values.get("objects", ())),
        scenery=tuple(Scenery(**_with_mask(item, members, hw)) for item in values.get("scenery", ())),
        camera=CameraMove(values.get("camera", ()), values.get("camera_easing", "none")),
        softness=depth.get("softness", DEFAULT_SOFTNESS),
        clean_plate=plate,
        photo_box=values.get("photo_box"),
        settings=GenerationSettings(**settings),
        extra=extra | {name: group for name, group in unknown.items() if group},
    )


def _scene(members: Mapping[str, bytes], hw: SizeHW, depth_source: str, segmentation_source: str) -> Scene:
    return Scene(
        image=_colours(members, "image.png", hw),
        disparity=_picture(members, "disparity.png", hw, read_map),
        partition=_picture(members, "partition.png", hw, _read_ids),
        depth_source=depth_source,
        segmentation_source=segmentation_source,
    )


def _read_ids(data: bytes) -> LabelMap:
    ids = grey_values(data, "partition.png", palette_indices=True)
    if ids is None or ids.dtype.kind == "f":
        raise wrong("partition.png", "a grey picture of whole numbers")
    return ids.astype(np.int32)


def _with_mask(item: Mapping[str, Any], members: Mapping[str, bytes], hw: SizeHW) -> dict[str, Any]:
    file = item["mask"]
    grey = _picture(members, file, hw, lambda data: np.asarray(decode(data, file).convert("L")))
    return {**item, "mask": grey > 127}


def _colours(members: Mapping[str, bytes], name: str, hw: SizeHW | None = None) -> Image:
    return _picture(members, name, hw, lambda data: np.array(rgb(decode(data, name))))


def _picture(
    members: Mapping[str, bytes], name: str, hw: SizeHW | None, read: Callable[[bytes], np.ndarray]
) -> np.ndarray:
    """A picture of the expected size, or of at most a photo's: by its header before, and by its pixels afterwards."""
    data = _member(members, name)
    wanted = wrong(name, f"{hw[1]}x{hw[0]} pixels" if hw else f"at most {MAX_PHOTO_SIDE} pixels long")
    stated = image_hw(data, name)
    if stated != hw and (hw is not None or max(stated) > MAX_PHOTO_SIDE):
        raise wanted
    pixels = read(data)
    if hw is not None and pixels.shape[:2] != hw:  # turned by EXIF
        raise wanted
    return pixels


def _member(members: Mapping[str, bytes], name: str) -> bytes:
    if name not in members:
        raise wrong(name, "in the file")
    return members[name]


def _check_arrays(project: Project) -> None:
    """Raise InputError unless every array has the size and the values that the format can hold."""
    scene, photo_hw = project.scene, project.photo.shape[:2]
    h, w = scene.size_hw
    if max(photo_hw) > MAX_PHOTO_SIDE or abs(photo_hw[0] * w - photo_hw[1] * h) > 2 * max(h, w):
        raise wrong("the photo", f"of the same shape as the image and at most {MAX_PHOTO_SIDE} pixels long")
    if project.clean_plate is not None and project.clean_plate.shape[:2] != photo_hw:
        raise wrong("the clean plate", "as large as the photo")
    if scene.disparity.shape != (h, w) or not ((scene.disparity >= 0) & (scene.disparity <= 255)).all():
        raise wrong("the depth map", "as large as the image, with values from 0 to 255")
    if scene.partition.shape != (h, w) or scene.partition.min() < 0 or scene.partition.max() > 65535:
        raise wrong("the partition", "as large as the image, with ids from 0 to 65535")
    if any(item.mask.shape != (h, w) for item in (*project.objects, *project.scenery)):
        raise wrong("every mask", "as large as the image")
