"""What the browser sends -> Project. PURE. Everything from the browser is hostile: it is read field by field."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, get_args

from levitor_core import limits
from levitor_core.errors import InputError
from levitor_core.json_values import choice, flag, instead, listed, matching, number, record, text, wrong
from levitor_core.photo import read_mask
from levitor_core.project_file import open_project
from levitor_core.settings import GenerationSettings
from levitor_core.structures import (
    CameraKey,
    CameraMove,
    Easing,
    Mask,
    OrderOverride,
    PointPrompt,
    Project,
    SceneObject,
    Scenery,
    SizeHW,
    Timing,
    Waypoint,
)
from ui.stage.payload import Picked

Part = TypeVar("Part", Waypoint, CameraKey, OrderOverride)

MAX_CLICKS = 64
MAX_MASK_CHARS, MAX_PROJECT_CHARS = 3_000_000, 180_000_000
MASK_PREFIX = "data:image/png;base64,"

_NAME = text(limits.MAX_NAME)
_ID = text(80)
_PIXELS = number(-limits.FARTHEST_PIXEL, limits.FARTHEST_PIXEL)
_EASING = choice(*get_args(Easing))
_RULE = {"name": _NAME, "relation": choice("front", "behind")}
_WAYPOINT = {
    "x": _PIXELS,
    "y": _PIXELS,
    "nearness": instead("same", number(0, 1)),
    "time": instead(None, number(0, 1)),
    "size": number(*limits.SIZE),
    "rotation": number(*limits.ROTATION),
}
_OBJECT = {
    "name": _NAME,
    "colour": matching(r"#[0-9A-Fa-f]{6}", "a colour such as #ff5a5f"),
    "mask": _ID,
    "waypoints": listed(record(Waypoint, _WAYPOINT, required=("x", "y")), limits.MAX_WAYPOINTS),
    "timing": choice(*get_args(Timing)),
    "easing": _EASING,
    "hidden": flag,
    "on_ground": flag,
    "pinned_to_screen": flag,
    "order_overrides": listed(record(OrderOverride, _RULE, required=("name", "relation")), 2 * limits.MAX_OBJECTS),
}
_SCENERY = {"name": _NAME, "mask": _ID, "shift": number(*limits.SHIFT), "flatten": flag}
_KEY = {"time": number(0, 1), "pan": listed(_PIXELS, 2, 2), "zoom": number(*limits.ZOOM), "push": number(*limits.PUSH)}
_CAMERA = {"keys": listed(record(CameraKey, _KEY, required=("time",)), limits.MAX_CAMERA_KEYS), "easing": _EASING}
_DOCUMENT = record(
    dict,
    {
        "scene_id": _ID,
        "objects": listed(record(dict, _OBJECT, required=("name", "mask"), extra=True), limits.MAX_OBJECTS),
        "scenery": listed(record(dict, _SCENERY, required=("name", "mask"), extra=True), limits.MAX_SCENERY),
        "camera": record(dict, _CAMERA, required=("keys", "easing")),
    },
    required=("objects", "scenery", "camera"),
    extra=True,
)
_BOX = listed(_PIXELS, 4, 4)
_PICKED = listed(
    record(dict, {"name": _NAME, "mask": _ID, "lifted": flag}, required=("name", "mask", "lifted")), limits.MAX_OBJECTS
)
_EDITS = listed(record(dict, _SCENERY, required=("mask",)), limits.MAX_SCENERY)


def apply_document(project: Project, document: Any) -> Project:
    """The project with the objects, scenery, camera and generation settings of a document from the browser.

    The photo, its depth and the depth's softness stay the server's. Raises InputError, in one sentence, for anything
    that is not such a document, and leaves the project as it was.
    """
    values = _DOCUMENT(document, "")
    masks = read_masks(document.get("masks"), project.scene.size_hw)
    known = {item.name: item.extra for item in (*project.objects, *project.scenery)}
    objects = tuple(_object(item, masks, project.objects, known) for item in values["objects"])
    scenery = tuple(Scenery(**_with_mask(item, masks), extra=known.get(item["name"], {})) for item in values["scenery"])
    names = [item.name for item in (*objects, *scenery)]
    if len(set(names)) < len(names):
        raise wrong("every object's name", "its own")
    keys = _with_unknown(values["camera"]["keys"], project.camera.keys)
    camera = CameraMove(keys, values["camera"]["easing"])
    settings = project.settings if "settings" not in document else _settings(document["settings"])
    return replace(project, objects=objects, scenery=scenery, camera=camera, settings=settings)


def restored_project(data: Any) -> Project:
    """The project of a `restored` event: the kept project file with the kept document applied.

    Raises InputError, in one sentence, for anything else.
    """
    encoded = data.get("project") if isinstance(data, dict) else None
    if not isinstance(encoded, str) or len(encoded) > MAX_PROJECT_CHARS:
        raise wrong("the kept work", "a project file")
    try:
        project = open_project(base64.b64decode(encoded, validate=True))
    except binascii.Error as error:
        raise wrong("the kept work", "a project file") from error
    document = data.get("document")
    return project if document is None else apply_document(project, document)


def read_masks(masks: Any, size_hw: SizeHW) -> dict[str, Mask]:
    """Masks from PNG data URLs by their ids; each must have the working size and hold a pixel."""
    if not isinstance(masks, dict) or len(masks) > limits.MAX_OBJECTS + limits.MAX_SCENERY:
        raise wrong("masks", "a group of at most 128 pictures")
    return {str(name): _mask(url, size_hw) for name, url in masks.items()}


def read_prompts(request: Any) -> tuple[tuple[PointPrompt, ...], tuple[float, float, float, float] | None]:
    """Clicks [[x, y, inside], ...] and a box [x0, y0, x1, y1] or null of a segment request."""
    clicks = listed(_click, MAX_CLICKS)(request.get("points"), "points")
    box = request.get("box")
    return clicks, None if box is None else _BOX(box, "box")


def read_standing(request: Any, size_hw: SizeHW) -> tuple[tuple[Picked, ...], tuple[Scenery, ...]]:
    """The objects and the scenery of a prepare request."""
    masks = read_masks(request.get("masks"), size_hw)
    picked = _PICKED(request.get("objects"), "objects")
    edits = [{"name": "scenery"} | edit for edit in _EDITS(request.get("scenery", []), "scenery")]
    return (
        tuple(Picked(item["name"], item["mask"], _with_mask(item, masks)["mask"], item["lifted"]) for item in picked),
        tuple(Scenery(**_with_mask(edit, masks)) for edit in edits),
    )


def _settings(values: Any) -> GenerationSettings:
    if not isinstance(values, dict):
        raise wrong("settings", "a group of values")
    return GenerationSettings.from_json(values)


def _click(value: Any, place: str) -> PointPrompt:
    if not isinstance(value, list) or len(value) != 3:
        raise wrong(place, "a click [x, y, inside]")
    return PointPrompt(_PIXELS(value[0], place), _PIXELS(value[1], place), flag(value[2], place))


def _object(
    item: Mapping[str, Any], masks: Mapping[str, Mask], before: Sequence[SceneObject], extra: Mapping[str, Any]
) -> SceneObject:
    read = SceneObject(**_with_mask(item, masks), extra=extra.get(item["name"], {}))
    same = next((other for other in before if other.name == read.name), read)
    waypoints = _with_unknown(read.waypoints, same.waypoints)
    overrides = _with_unknown(read.order_overrides, same.order_overrides)
    return replace(read, waypoints=waypoints, order_overrides=overrides)


def _with_unknown(values: Sequence[Part], before: Sequence[Part]) -> tuple[Part, ...]:
    """Those left as they were keep their fields of newer writers, which the browser never sees."""
    kept = {replace(value, extra={}): value for value in before if value.extra}
    return tuple(kept.get(value, value) for value in values)


def _with_mask(item: Mapping[str, Any], masks: Mapping[str, Mask]) -> dict[str, Any]:
    values = {name: value for name, value in item.items() if name != "extra"}
    if item["mask"] not in masks:
        raise InputError(f"The mask of {item['name']} is missing; reload the page and pick it again.")
    return values | {"mask": masks[item["mask"]]}


def _mask(url: Any, size_hw: SizeHW) -> Mask:
    if not isinstance(url, str) or not url.startswith(MASK_PREFIX) or len(url) > MAX_MASK_CHARS:
        raise wrong("every mask", "a PNG picture")
    try:
        data = base64.b64decode(url.removeprefix(MASK_PREFIX), validate=True)
    except binascii.Error as error:
        raise wrong("every mask", "a PNG picture") from error
    mask = read_mask(data)
    if mask.shape != size_hw:
        raise wrong("every mask", f"{size_hw[1]}x{size_hw[0]} pixels")
    return mask
