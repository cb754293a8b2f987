"""What can go wrong for a person: every message is one sentence that says what to do."""

from typing import Any

MAX_ECHO = 60


def echo(value: Any) -> str:
    """What somebody gave, as a sentence repeats it: on one line and not at length."""
    text = " ".join(repr(value).split())
    return text if len(text) <= MAX_ECHO else f"{text[:MAX_ECHO]}..."


class LevitorError(Exception):
    """A problem a person can solve; its text is shown as it stands."""


class InputError(LevitorError):
    """A photo, click, path, setting or project file that cannot be used."""


class MissingWeightsError(LevitorError):
    """A model's files are absent, incomplete or foreign."""


class RendererError(LevitorError):
    """A renderer could not finish: out of memory, numbers that blew up, a full disk."""


class Cancelled(LevitorError):
    """The person pressed Cancel or closed the page."""

    def __init__(self) -> None:
        super().__init__("Cancelled; press Generate to start again.")
