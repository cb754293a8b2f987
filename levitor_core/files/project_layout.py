"""PURE: the document <-> the layout of `project.json`, which has stayed as the first version wrote it.

There `camera` is the list of keys, softness stands with the depth's source, frames and speed stand at the top, and
older writers put every renderer's settings into `settings` and knew neither relief nor shadow.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from levitor_core.document import GenerationSettings
from levitor_core.renderers import entries

_AT_THE_TOP = ("num_frames", "fps")


def as_document(values: Mapping[str, Any], depth: Mapping[str, Any]) -> dict[str, Any]:
    """The file's values beside the envelope, and those beside the depth's source, as the document has them."""
    document = dict(values)
    keys, easing = document.pop("camera", []), document.pop("camera_easing", "none")
    document["camera"] = {"keys": keys, "easing": easing}
    document |= with_former_look(document)
    if "softness" in depth:
        document["softness"] = depth["softness"]
    settings = document.get("settings", {})
    if isinstance(settings, dict):
        top = {name: document.pop(name) for name in _AT_THE_TOP if name in document}
        document |= split_settings({**settings, **top}, document.get("renderers", {}))
    return document


def with_former_look(document: Mapping[str, Any]) -> dict[str, Any]:
    """The objects of an older document, where each has all of its relief and no shadow, as before these could be
    chosen."""
    objects = document.get("objects")
    if not isinstance(objects, list):
        return {}
    return {"objects": [{"relief": 1.0, "shadow": 0.0, **item} if isinstance(item, dict) else item for item in objects]}


def as_file(envelope: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """`project.json`'s values."""
    values = dict(document)
    camera, softness, settings = values.pop("camera"), values.pop("softness"), dict(values.pop("settings"))
    frames = {name: settings.pop(name) for name in _AT_THE_TOP}
    return {
        **envelope,
        **{name: value for name, value in frames.items() if value is not None},
        "depth": {**envelope["depth"], "softness": softness},
        "camera": camera["keys"],
        "camera_easing": camera["easing"],
        **values,
        "settings": settings,
    }


def split_settings(settings: Mapping[str, Any], renderers: Any) -> dict[str, Any]:
    """Settings that only some renderers read go to each of those, unless it has its own already."""
    common = {item.name for item in fields(GenerationSettings)}
    own = {name: value for name, value in settings.items() if name not in common and value is not None}
    if not isinstance(renderers, dict):
        return {"settings": dict(settings), "renderers": renderers}
    found = {entry.name: {name: value for name, value in own.items() if name in entry.own_names} for entry in entries()}
    read = frozenset().union(*(entry.own_names for entry in entries()))
    merged = {
        name: {**found.get(name, {}), **group} if isinstance(group := renderers.get(name, {}), dict) else group
        for name in {**{name: values for name, values in found.items() if values}, **renderers}
    }
    return {"settings": {name: value for name, value in settings.items() if name not in read}, "renderers": merged}
