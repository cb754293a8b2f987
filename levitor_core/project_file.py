"""Project files (NAME.levitor): a zip of project.json and PNGs. SIDE EFFECT: save and open.

Project -> to_bytes -> save -> open_project -> Project, the same again, fields of newer writers included. `change` is
open, edit and save at once, for a file that others change too.
An opened file is hostile: nothing is extracted or executed, sizes are checked before anything is unpacked, and every
problem is an InputError of one sentence.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from itertools import chain, count
from pathlib import Path
from typing import Any, get_args

from levitor_core import limits
from levitor_core.errors import InputError
from levitor_core.files import check_free, check_place, replacing
from levitor_core.image_files import MAX_PIXELS, Source, read_bytes
from levitor_core.json_values import choice, flag, instead, listed, matching, number, parse, record, text, whole, wrong
from levitor_core.project_pictures import (
    check_arrays,
    member,
    pictures_of,
    read_mask,
    read_photo_and_plate,
    read_scene,
)
from levitor_core.safe_zip import pack, unpack
from levitor_core.settings import GenerationSettings
from levitor_core.structures import (
    DEFAULT_SOFTNESS,
    CameraKey,
    CameraMove,
    Easing,
    OpenedFile,
    OrderOverride,
    PhotoBox,
    Project,
    SceneObject,
    Scenery,
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
_DEPTH = {"source": text(200), "softness": number(*limits.SOFTNESS)}
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
        "depth": record(dict, _DEPTH, required=("source",), extra=True),
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


class ChangedFileError(InputError):
    """The project file holds something else than when the project was opened from it."""


def save(project: Project, path: Path, *, new: bool = False) -> None:
    """Write `project` to `path`; the file there before is replaced only once the new one is whole.

    Raises ChangedFileError when that is the file the project was opened from and someone else has changed it since;
    InputError when the place cannot be written to, the project breaks a limit, or there is a file though it should be
    `new`; RendererError on a full disk.
    """
    data, path, opened = to_bytes(project), Path(path), project.opened

    def confirm() -> None:
        if new:
            check_free(path)
        if opened is not None and _is_at(opened, path) and _digest(path.read_bytes()) != opened.digest:
            raise ChangedFileError(f"{str(path)!r} was changed by someone else meanwhile; open it again and repeat.")

    with replacing(path, confirm) as partial:
        partial.write_bytes(data)
    if opened is not None and _is_at(opened, path):
        opened.digest = _digest(data)


def change(path: Path, edit: Callable[[Project], Project]) -> Project:
    """Open the project at `path`, edit it and save it there: from the start again as often as someone else changes the
    file meanwhile, so that both changes are in it. Returns what was saved; raises what `open_project`, `edit` and
    `save` raise.
    """
    while True:
        opened = open_project(path)
        check_place(path)
        project = replace(edit(opened), opened=opened.opened)
        with suppress(ChangedFileError):
            save(project, path)
            return project


def to_bytes(project: Project) -> bytes:
    """The project file's content. Raises InputError when the project breaks a limit of the format."""
    masks = _mask_files([*project.objects, *project.scenery])
    pictures = pictures_of(project, masks)
    values = _document(project, list(masks))
    try:
        document = json.dumps(values, indent=1, allow_nan=False, default=lambda item: item.item()).encode()
    except ValueError as error:
        raise wrong("every number", "finite") from error
    _read_document(document)
    return pack({"project.json": document, **pictures})


def open_project(source: Source) -> Project:
    """Read a project file, given as bytes or a path, without any model.

    Raises InputError, in one sentence, for whatever is not a whole project file of this or an older version.
    """
    data = read_bytes(source, "project", MAX_FILE_BYTES)
    members = unpack(data)
    project = _project(_read_document(member(members, "project.json")), members)
    check_arrays(project)
    if isinstance(source, bytes):
        return project
    return replace(project, opened=OpenedFile(Path(source).absolute(), _digest(data)))


def _is_at(opened: OpenedFile, path: Path) -> bool:
    with suppress(OSError):
        return opened.path.samefile(path)
    return False


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


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
    photo, plate = read_photo_and_plate(members)
    return Project(
        photo=photo,
        scene=read_scene(members, hw, depth["source"], groups["segmentation"]["source"]),
        objects=tuple(SceneObject(**item) for item in _with_masks(values, "objects", members)),
        scenery=tuple(Scenery(**item) for item in _with_masks(values, "scenery", members)),
        camera=CameraMove(values.get("camera", ()), values.get("camera_easing", "none")),
        softness=depth.get("softness", DEFAULT_SOFTNESS),
        clean_plate=plate,
        photo_box=values.get("photo_box"),
        settings=GenerationSettings(**settings),
        extra=extra | {name: group for name, group in unknown.items() if group},
    )


def _with_masks(values: Mapping[str, Any], name: str, members: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    for item in values.get(name, ()):
        yield item | {"mask": read_mask(members, item["mask"], values["size_hw"])}
