"""The document's schema as JavaScript: JSDoc types, limits and defaults, and which files are opened. PURE, but for
`python -m ui.stage.schema`, which writes them to `js/model/schema.js`; a test holds that file to the schema.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from levitor_core import document
from levitor_core.files import track_files
from levitor_core.files.image_files import SUFFIXES

FILE = Path(__file__).parent / "js" / "model" / "schema.js"
OPENED = (*SUFFIXES, ".levitor")  # what a file dialog of the page offers
TRACKED = track_files.SUFFIXES  # and for tracks
_HEADER = """/**
 * Generated from levitor_core/document.py by `python -m ui.stage.schema`; do not edit.
 *
%s
 */

"""
_CONSTANTS = (
    "MAX_OBJECTS", "MAX_SCENERY", "MAX_WAYPOINTS", "MAX_CAMERA_KEYS", "MAX_ORDERS", "MAX_STROKES",
    "MAX_STROKE_POINTS", "MAX_STROKE_RADIUS", "MAX_NAME", "MAX_NEARNESS",
    "FARTHEST_PIXEL", "COLOURS",
)  # fmt: skip
_PLAIN = {"number": "number", "integer": "number", "string": "string", "boolean": "boolean", "null": "null"}


def javascript() -> str:
    """The module's text."""
    schema = TypeAdapter(document.Document).json_schema()
    shapes = {**schema["$defs"], "Document": schema}
    types = "\n".join(f" * @typedef {{{_type(shape)}}} {name}" for name, shape in shapes.items())
    constants = {name: getattr(document, name) for name in _CONSTANTS} | {"OPENED": OPENED, "TRACKED": TRACKED}
    constants["DEFAULTS"] = {name: _defaults(shape) for name, shape in shapes.items()}
    constants["RANGES"] = {name: ranges for name, shape in shapes.items() if (ranges := _ranges(shape))}
    lines = (
        f"export const {name} = /** @type {{const}} */ ({json.dumps(value, indent=2)});"
        for name, value in constants.items()
    )
    return _HEADER % types + "\n".join(lines) + "\n"


def _defaults(shape: dict[str, Any]) -> dict[str, Any]:
    """What a new part holds where nothing is given."""
    plain = {name: field["default"] for name, field in _fields(shape).items() if "default" in field}
    return plain | ({"nearness": "same"} if "nearness" in plain else {})


def _ranges(shape: dict[str, Any]) -> dict[str, list[float]]:
    """[lowest, highest] of every number of a part."""
    found = {name: _bounds(field) for name, field in _fields(shape).items()}
    return {name: bounds for name, bounds in found.items() if bounds}


def _bounds(shape: dict[str, Any]) -> list[float]:
    options = [shape, *shape.get("anyOf", ())]
    return next(([option["minimum"], option["maximum"]] for option in options if "minimum" in option), [])


def _fields(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: field for name, field in shape.get("properties", {}).items() if name != "extra"}


def _type(shape: dict[str, Any]) -> str:
    """A JSON schema as a JSDoc type; lists are read-only."""
    match shape:
        case {"$ref": name}:
            found = name.rsplit("/", 1)[1]
        case {"anyOf": options}:
            found = " | ".join(map(_type, options))
        case {"const": value}:
            found = json.dumps(value)
        case {"enum": values}:
            found = " | ".join(map(json.dumps, values))
        case {"prefixItems": items}:
            found = f"readonly [{', '.join(map(_type, items))}]"
        case {"items": item}:
            found = f"readonly ({_type(item)})[]"
        case {"properties": _}:
            found = f"{{{', '.join(f'{name}: {_type(field)}' for name, field in _fields(shape).items())}}}"
        case _:
            found = _PLAIN.get(shape.get("type", ""), "Record<string, any>")
    return found


if __name__ == "__main__":
    FILE.write_text(javascript(), encoding="utf-8")
