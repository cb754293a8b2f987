"""Runtime checks of annotated shapes and types; an int serves where a float is asked for."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self, get_args, runtime_checkable

from beartype import BeartypeConf, BeartypeHintOverrides, beartype

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("levitor_core", "ui")
_SHAPES = re.compile(r"jaxtyping|levitor_core.structures import")
_COMPONENT = re.compile(
    r"^class \w+\(gr\.", re.MULTILINE
)  # Gradio reads the signatures of its methods, which checks hide
_checked = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=BeartypeHintOverrides({Self: object})))


def modules_with_shapes() -> list[str]:
    """Every module of ours that annotates an array's shape, itself or by an alias of structures."""
    texts = {path: path.read_text() for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}
    return [_name(path) for path, text in texts.items() if _SHAPES.search(text) and not _COMPONENT.search(text)]


def typechecked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, checking what it gets and gives; of a protocol, that its methods are there."""
    for hint in _parts(*getattr(function, "__annotations__", {}).values()):
        if isinstance(hint, type) and getattr(hint, "_is_protocol", False):
            runtime_checkable(hint)
    return _checked(function)


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parts(*hints: Any) -> Iterator[Any]:
    for hint in hints:
        yield hint
        yield from _parts(*get_args(hint))
