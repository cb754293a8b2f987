"""A command's option as a call takes it: declared once, by the command's own parser."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.components.api_component import Api
from pydantic import TypeAdapter, ValidationError

from levitor_core.cli.values import Numbers, file_name, waypoint
from levitor_core.document import Waypoint
from levitor_core.errors import InputError


@dataclass(frozen=True)
class Parameter:
    """One option or argument of a command."""

    action: argparse.Action

    @property
    def name(self) -> str:
        """What calls, and the command's function, know it by."""
        return self.action.dest

    @property
    def about(self) -> str:
        """One line of help."""
        return self.action.help or ""

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.action.required and self.action.nargs != "*"

    @property
    def default(self) -> Any:
        """What the command takes where none is given."""
        return [] if self.action.nargs == "*" else self.action.default

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which a client uploads."""
        return self.action.type is file_name

    def schema(self) -> dict[str, Any]:
        """The JSON that a call gives for it."""
        one: dict[str, Any] = _WAYPOINT if self.action.type is waypoint else TypeAdapter(self._one).json_schema()
        return {"type": "array", "items": one} if self._is_list else one

    def widget(self) -> Any:
        """The component that stands for it in Gradio's description of the call."""
        if self.is_file:
            return gr.File(label=self.about)
        plain = self.default if isinstance(self.default, int | float | str) else None
        return Api(plain, self.schema(), self.about)

    def read(self, value: Any) -> Any:
        """What the command takes for a call's value. Raises InputError."""
        if value is None and not self.required:
            return self.default
        if value is None:
            raise InputError(f"{self.name} is missing; it is {self.about}.")
        if self.is_file:
            return Path(value)
        try:
            if self._is_worded:
                return self.action.type(value)  # type: ignore[operator]
            kind = list[self._one] if self._is_list else self._one
            return TypeAdapter(kind).validate_json(json.dumps(value), strict=True, context={})
        except (ValidationError, ValueError, AttributeError, argparse.ArgumentTypeError):
            raise InputError(f"{self.name} must be {_in_words(self.schema())}; see docs/api.md.") from None

    @property
    def _is_list(self) -> bool:
        return isinstance(self.action, argparse._AppendAction) or self.action.nargs in ("+", "*")

    @property
    def _is_worded(self) -> bool:
        """Whether it is text that the command line reads."""
        return self.action.type not in (None, int, float, str, waypoint) and not isinstance(self.action.type, Numbers)

    @property
    def _one(self) -> Any:
        """The type of one value."""
        given = self.action.type
        if self.action.nargs == 0:
            return bool
        if self.action.choices is not None:
            return Literal[tuple(self.action.choices)]
        if isinstance(given, Numbers):
            return tuple[(float,) * given.count]
        return Waypoint if given is waypoint else given or str if not self._is_worded else str


def _waypoint_schema() -> dict[str, Any]:
    whole = TypeAdapter(Waypoint).json_schema()
    fields = {name: about for name, about in whole["properties"].items() if name != "extra"}
    return {"type": "object", "properties": fields, "required": ["x", "y"]}


def _in_words(schema: dict[str, Any]) -> str:
    """A schema in a sentence."""
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    if "prefixItems" in schema:
        return f"[{', '.join(['number'] * len(schema['prefixItems']))}]"
    if schema["type"] == "array":
        return f"a list, each {_in_words(schema['items'])}"
    return _WORDS[schema["type"]]


_WORDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "object": "an object with x, y and, of 0 to 1, nearness and time",
}
_WAYPOINT = _waypoint_schema()
