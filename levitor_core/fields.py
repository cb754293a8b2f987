"""How a document's fields are declared and read: ranges that say what they want, one sentence for what does not fit.

A range stands in the annotation (`Annotated[float, Between(0, 1)]`), where the reader, the page's widgets, the command
line and the generated JavaScript find it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from typing import Annotated, Any, TypeGuard, TypeVar, dataclass_transform, get_args

import numpy as np
import pydantic.dataclasses
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    TypeAdapter,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, PydanticSerializationError, core_schema

from levitor_core.errors import InputError, echo

Value = TypeVar("Value")


def is_number(value: Any, low: float, high: float) -> TypeGuard[float]:
    """Whether this is one of Python's or numpy's numbers from `low` to `high`; truth values are none."""
    plain = value.item() if isinstance(value, np.generic) else value
    return isinstance(plain, int | float) and not isinstance(plain, bool) and low <= plain <= high


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, Python's or numpy's; where the type counts, a whole one, a multiple of `step`."""

    low: float
    high: float
    step: int = 1

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        whole = int in _types(source)

        def read(value: Any, read_on: Callable[[Any], Any]) -> Any:
            fits = is_number(value, self.low, self.high) and not (whole and value % self.step)
            if not fits and not (value is None and type(None) in _types(source)):
                raise PydanticCustomError("wanted", "{wanted}", {"wanted": self._wanted(whole)})
            return read_on(value.item() if isinstance(value, np.generic) else value)

        return core_schema.no_info_wrap_validator_function(read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | {"minimum": self.low, "maximum": self.high}

    def _wanted(self, whole: bool) -> str:
        multiple = f", a multiple of {self.step}" if self.step > 1 else ""
        return f"a {'whole ' if whole else ''}number from {self.low:.10g} to {self.high:.10g}{multiple}"


@dataclass(frozen=True)
class Text:
    """Printable text of 1 to `longest` characters, not blank; none where the type has it."""

    longest: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | {"minLength": 1, "maxLength": self.longest}

    def _read(self, value: Any) -> Any:
        fits = isinstance(value, str) and len(value) <= self.longest and value.isprintable() and value.strip()
        if value is None or fits:
            return value
        wanted = f"text of 1 to {self.longest} printable characters"
        raise PydanticCustomError("wanted", "{wanted}", {"wanted": wanted})


@dataclass(frozen=True)
class Matching:
    """Text that a regular expression matches whole; `wanted` says it in words."""

    pattern: str
    wanted: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise PydanticCustomError("wanted", "{wanted}", {"wanted": self.wanted})
        return value


@dataclass(frozen=True)
class AtMost:
    """A list of at most `most` values (and at least `least`)."""

    most: int
    least: int = 0

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | {"minItems": self.least, "maxItems": self.most}

    def _read(self, value: Any) -> Any:
        if not isinstance(value, list | tuple) or not self.least <= len(value) <= self.most:
            wanted = f"a list of {self.least} to {self.most}" if self.least else f"a list of at most {self.most}"
            raise PydanticCustomError("wanted", "{wanted}", {"wanted": wanted})
        return value


@dataclass(frozen=True)
class Widget:
    """How the page shows a setting: a slider in steps, a number or text to type, or a choice of `labels`' names."""

    kind: str
    step: float = 1
    labels: tuple[tuple[str, str], ...] = ()  # (what a person reads, the value)


Flag = Annotated[bool, BeforeValidator(lambda value: value.item() if isinstance(value, np.bool_) else value), Strict()]


@dataclass_transform(frozen_default=True, field_specifiers=(field, Field))
def part(cls: type[Value]) -> type[Value]:
    """Make a class a frozen part of the document: checked whenever it is made, compared by its fields."""
    return pydantic.dataclasses.dataclass(frozen=True, config=_CONFIG)(cls)  # type: ignore[return-value]


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field, Field))
def array_part(cls: type[Value]) -> type[Value]:
    """As `part`, for what holds arrays: compared by identity."""
    return pydantic.dataclasses.dataclass(frozen=True, eq=False, config=_CONFIG)(cls)  # type: ignore[return-value]


_CONFIG = ConfigDict(arbitrary_types_allowed=True, ser_json_inf_nan="constants")


@array_part
class Part:
    """What every part has: `extra`, the fields of newer writers, kept when the part is written again.

    Making one with a value that does not fit raises InputError, in one sentence.
    """

    extra: Mapping[str, Any] = field(default_factory=dict, kw_only=True, hash=False)

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: Any, read: Callable[[Any], Any], info: Any) -> Any:
        if isinstance(value, dict):
            known = {item.name for item in dataclass_fields(cls)} - {"extra"}
            unknown = {name: item for name, item in value.items() if name not in known}
            value = {name: item for name, item in value.items() if name in known} | {"extra": unknown}
        if info.context is not None:
            return read(value)  # inside a document, whose reader says where
        try:
            return read(value)
        except ValidationError as error:
            if error.errors()[0]["type"].startswith("unexpected"):
                raise TypeError(f"{cls.__name__} has no such field") from error
            raise InputError(_complaint(error, [item.name for item in dataclass_fields(cls)])) from error

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        with _as_raised():  # which the serializers around this one would not keep
            values = write(self)
        return dict(self.extra) | {name: value for name, value in values.items() if name != "extra"}


def read_part(kind: Any, values: Any, **context: Any) -> Any:
    """`values` from outside as a `kind`, any type that pydantic reads. Raises InputError, saying where."""
    try:
        return _adapter(kind).validate_python(values, context=context)
    except ValidationError as error:
        place, wanted = _first(error)
        raise misfit(place, wanted) from error


def write_part(value: Any, **context: Any) -> Any:
    """A part, or a tuple of parts, as plain JSON values. Raises what is raised meanwhile, as it is."""
    with _as_raised():
        return _adapter(type(value)).dump_python(value, mode="json", context=context)


@contextmanager
def _as_raised() -> Iterator[None]:
    """Whatever is raised in a serializer, Ctrl-C too, in place of the ValueError that pydantic makes of it."""
    try:
        yield
    except PydanticSerializationError as error:
        raise error.__cause__ or error from None


def misfit(place: str, wanted: str) -> InputError:
    """The one sentence for a value that does not fit."""
    return InputError(f"The project cannot be used, as {place} must be {wanted}; correct it or open another copy.")


@dataclass(frozen=True)
class Setting:
    """A field of a part as it is shown to people: its label, one line of help, default, range and widget."""

    name: str
    kind: type[int] | type[float] | type[str]
    label: str
    help: str
    default: Any
    between: Between | None
    widget: Widget | None
    longest: int | None = None  # of text


def settings_of(kind: type[Part]) -> tuple[Setting, ...]:
    """The fields of a part that have a label, in the order of their declaration."""
    declared: dict[str, FieldInfo] = kind.__pydantic_fields__  # type: ignore[attr-defined]
    return tuple(_setting(name, info) for name, info in declared.items() if info.title)


def _setting(name: str, info: FieldInfo) -> Setting:
    declared = _metadata(info.annotation, info.metadata)
    between = next((item for item in declared if isinstance(item, Between)), None)
    widget = next((item for item in declared if isinstance(item, Widget)), None)
    longest = next((item.longest for item in declared if isinstance(item, Text)), None)
    kind = next(kind for kind in (int, float, str) if kind in _types(info.annotation))
    return Setting(name, kind, info.title or "", info.description or "", info.default, between, widget, longest)


def _types(annotation: Any) -> set[Any]:
    """The plain types within an annotation; a choice of words is text."""
    inside = get_args(annotation)
    if not inside:
        return {annotation if isinstance(annotation, type) else type(annotation)}
    return {found for part in inside for found in _types(part)}


def _metadata(annotation: Any, outer: Sequence[Any] = ()) -> tuple[Any, ...]:
    """What stands beside a type in `Annotated`, inside an optional one too."""
    inner = [item for part in get_args(annotation) if not isinstance(part, str) for item in _metadata(part)]
    return (*outer, *getattr(annotation, "__metadata__", ()), *inner)


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _complaint(error: ValidationError, names: Sequence[str]) -> str:
    """What is wrong with a part made in Python, where fields may be given by position."""
    first = error.errors()[0]
    step = first["loc"][0] if first["loc"] else "it"
    name = str([item for item in names if item != "extra"][step] if isinstance(step, int) else step).replace("_", " ")
    plain = isinstance(first["input"], str | int | float | None) and first["type"] != "missing"
    instead = f", not {echo(first['input'])}" if plain else ""
    return f"{name[:1].upper()}{name[1:]} must be {_wanted(first)}{instead}."


def _first(error: ValidationError) -> tuple[str, str]:
    """Where the first fault is, "objects[2].name", and what must stand there."""
    first = error.errors()[0]
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"]]
    return "".join(steps).removeprefix(".") or "it", _wanted(first)


_PLAIN = {
    "missing": "given",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "string_type": "text",
    "is_instance_of": "an array of the right kind and shape",
}


def _wanted(fault: Any) -> str:
    context = fault.get("ctx", {})
    if fault["type"] == "literal_error":
        return context["expected"].replace("'", "")
    return context.get("wanted") or _PLAIN.get(fault["type"], "a group of fields")
