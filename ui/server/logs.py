"""What the server writes of itself: lines, or with `LEVITOR_LOG=json` objects, each with the id of its request.

No line holds a file's name, an address or anything else that a client sent.
"""

import json
import logging
import re
import sys
import time
import uuid
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

from ui.server.failures import log
from ui.server.settings import ServerSettings

REQUEST = "levitor.request"  # in a scope: its id
_PLACE = re.compile(r"/(?:gradio_api/)?([a-z_]{0,20})")
_current: ContextVar[str] = ContextVar("request", default="-")


def begin(scope: MutableMapping[str, Any]) -> str:
    """Give the request an id, under which everything that it causes is logged."""
    scope[REQUEST] = name = uuid.uuid4().hex[:12]
    _current.set(name)
    return name


def go_on(scope: Any) -> None:
    """What follows is caused by that request."""
    _current.set(scope.get(REQUEST, "-"))


def note(event: str, **facts: Any) -> None:
    """One line about something that happened."""
    log.info(event, extra={"facts": facts})


def place_of(path: str) -> str:
    """Which part of the server a request is for, without names in it."""
    found = _PLACE.match(path)
    return (found[1] if found else "") or "page"


def configure(settings: ServerSettings) -> None:
    """Log as the settings say; nothing but failures where they say nothing."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if settings.log == "json" else _Lines("%(message)s"))
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO if settings.log else logging.ERROR)


class _Lines(logging.Formatter):
    """For people."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {name}={value}" for name, value in getattr(record, "facts", {}).items())
        return f"{record.levelname.lower()} {_current.get()} {super().format(record)}{facts}"


class _Json(logging.Formatter):
    """For programs."""

    def format(self, record: logging.LogRecord) -> str:
        about = {"time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower()}
        about |= {"request": _current.get(), "event": record.getMessage()} | getattr(record, "facts", {})
        return json.dumps(about)
