"""Runtime checks of annotated shapes, in every function, method and dataclass of ours that annotates any."""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any, Self, TypeVar, get_args, runtime_checkable
from unittest.mock import patch

import jaxtyping
from beartype import BeartypeConf, BeartypeHintOverrides, beartype
from jaxtyping import _import_hook

CHECKED = ("levitor_core", "ui")

Thing = TypeVar("Thing")
_beartype = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=BeartypeHintOverrides({Self: object})))
_jaxtyped = jaxtyping.jaxtyped


def install() -> None:
    """Check whatever is imported of ours from now on.

    jaxtyping's hook decorates every function and class, which would check text and numbers too and cost several times
    as much: what has no shape is handed back as it is.
    """
    jaxtyping.jaxtyped = _jaxtyped_where_shapes_are
    jaxtyping.install_import_hook(CHECKED, "tests.shape_checks.typechecked")
    _import_hook._JaxtypingLoader.exec_module = _exec_module


def _exec_module(loader: Any, module: ModuleType) -> None:
    """As the hook's own, which looks for its kind of bytecode not only for the module but for all that the module
    imports, and so compiles torch anew in every process."""
    suffixed = partial(_import_hook._optimized_cache_from_source, loader._typechecker.get_hash())
    with patch("importlib._bootstrap_external.cache_from_source", suffixed):
        code = loader.get_code(module.__name__)
    exec(code, module.__dict__)


def typechecked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, checking what it gets and gives; of a protocol, that its methods are there."""
    for hint in _hints(function):
        if isinstance(hint, type) and getattr(hint, "_is_protocol", False):
            runtime_checkable(hint)
    return _beartype(function)


def has_shapes(thing: Any) -> bool:
    """Whether a function's, method's, property's or dataclass's annotations have an array's shape in them."""
    return any(isinstance(hint, type) and issubclass(hint, jaxtyping.AbstractArray) for hint in _hints(thing))


def _jaxtyped_where_shapes_are(*, typechecker: Callable[..., Any]) -> Callable[[Thing], Thing]:
    return lambda thing: _jaxtyped(thing, typechecker=typechecker) if has_shapes(thing) else thing


def _hints(thing: Any) -> Iterator[Any]:
    """Every annotation, and the parts of each."""
    if isinstance(thing, type):
        yield from _parts(
            *(field.type for field in dataclasses.fields(thing)) if dataclasses.is_dataclass(thing) else ()
        )
    else:
        function = getattr(thing, "fget", None) or getattr(thing, "__func__", thing)
        yield from _parts(*getattr(function, "__annotations__", {}).values())


def _parts(*hints: Any) -> Iterator[Any]:
    for hint in hints:
        yield hint
        yield from _parts(*(hint if isinstance(hint, list) else get_args(hint)))
