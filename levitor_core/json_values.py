"""Small readers that turn one JSON value into one checked Python value, and combine into tables of fields.

A reader takes a value and its place ("objects[2].name") and raises InputError, in one sentence, when it does not fit.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from levitor_core.errors import InputError
from levitor_core.limits import is_number, is_whole

MAX_NESTING = 32

Reader = Callable[[Any, str], Any]


def parse(data: bytes) -> dict[str, Any]:
    """UTF-8 JSON with an object at the top, finite numbers and at most 32 levels; raises InputError otherwise."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise wrong("project.json", "whole JSON") from error
    if not isinstance(document, dict):
        raise wrong("project.json", "a group of fields")
    _check_tree(document)
    return document


def _check_tree(document: Any) -> None:
    level = [document]
    for _ in range(MAX_NESTING):
        for value in level:
            if isinstance(value, float) and not math.isfinite(value):
                raise wrong("every number", "finite")
        nested = [value for value in level if isinstance(value, dict | list)]
        level = [item for value in nested for item in (value.values() if isinstance(value, dict) else value)]
    if level:
        raise wrong("project.json", f"nested at most {MAX_NESTING} levels")


def wrong(place: str, wanted: str) -> InputError:
    """The one sentence for a value that does not fit."""
    return InputError(f"The project cannot be used, as {place} must be {wanted}; correct it or open another copy.")


def number(low: float, high: float) -> Reader:
    """A finite number in low..high, as float."""

    def read(value: Any, place: str) -> float:
        if not is_number(value, low, high):
            raise wrong(place, f"a number from {low:g} to {high:g}")
        return float(value)

    return read


def whole(low: int, high: int, step: int = 1) -> Reader:
    """A whole number in low..high, a multiple of `step`, as int."""

    def read(value: Any, place: str) -> int:
        if not is_whole(value, low, high) or value % step:
            raise wrong(place, f"a whole number from {low} to {high}" + (f", a multiple of {step}" if step > 1 else ""))
        return int(value)

    return read


def flag(value: Any, place: str) -> bool:
    """True or false."""
    if not isinstance(value, bool | np.bool_):
        raise wrong(place, "true or false")
    return bool(value)


def text(longest: int) -> Reader:
    """Printable text of 1..longest characters, not blank."""

    def read(value: Any, place: str) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable() or not value.strip():
            raise wrong(place, f"text of 1 to {longest} printable characters")
        return value

    return read


def matching(pattern: str, wanted: str) -> Reader:
    """Text that a regular expression matches whole."""

    def read(value: Any, place: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise wrong(place, wanted)
        return value

    return read


def choice(*options: str) -> Reader:
    """One of some words."""

    def read(value: Any, place: str) -> str:
        if not isinstance(value, str) or value not in options:
            raise wrong(place, " or ".join(options))
        return value

    return read


def instead(word: str | None, reader: Reader) -> Reader:
    """None where the value is `word`, else what `reader` reads."""
    return lambda value, place: None if value == word else reader(value, place)


def listed(reader: Reader, most: int, least: int = 0) -> Reader:
    """A list of least..most values, as a tuple."""

    def read(value: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise wrong(place, f"a list of {least} to {most}")
        return tuple(reader(item, f"{place}[{index}]") for index, item in enumerate(value))

    return read


def record(
    build: Callable[..., Any], fields: Mapping[str, Reader], required: tuple[str, ...] = (), extra: bool = False
) -> Reader:
    """What `build` makes of the fields that are there; `extra` hands it the unknown ones as one dict of that name."""

    def read(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise wrong(place, "a group of fields")
        prefix = f"{place}." if place else ""
        for name in required:
            if name not in value:
                raise wrong(f"{prefix}{name}", "given")
        known = {name: reader(value[name], prefix + name) for name, reader in fields.items() if name in value}
        unknown = {name: item for name, item in value.items() if name not in fields}
        return build(**known, extra=unknown) if extra else build(**known)

    return read
