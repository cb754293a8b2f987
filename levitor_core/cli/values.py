"""What is typed after an option: words become numbers, points, waypoints and file names, or argparse says why not."""

import argparse
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from levitor_core.structures import SizeHW, Waypoint


def protect(words: Sequence[str], takes_value: Mapping[str, str]) -> list[str]:
    """The words with what begins with a minus, but is no option, kept from being taken for one.

    `takes_value` has the options that a value follows, each with its long name: the next word is joined to it by "=",
    whatever it is. A point gets a blank before it.
    """
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        value = next(rest, None) if word in takes_value else None
        if word == "--":
            return [*kept, word, *rest]
        if value is not None:
            kept.append(f"{takes_value[word]}={value}")
        else:
            kept.append(f" {word}" if _is_point(word) else word)
    return kept


def _is_point(word: str) -> bool:
    first, comma, _ = word.partition(",")
    with suppress(ValueError):
        float(first)
        return bool(comma)
    return False


def file_name(text: str) -> Path:
    """The name of a file, which a folder's never is."""
    if not text or text.endswith(("/", os.sep)):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a file")
    return Path(text)


def folder_name(text: str) -> Path:
    """The name of a folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a folder")
    return Path(text)


def size(text: str) -> SizeHW:
    """The size (h, w) of a width and a height such as 832x480."""
    wide, _, high = text.lower().partition("x")
    with suppress(ValueError):
        if int(wide) > 0 and int(high) > 0:
            return int(high), int(wide)
    raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a size like 832x480")


@dataclass(frozen=True)
class Numbers:
    """A reader of that many numbers with commas between them."""

    count: int

    def __call__(self, text: str) -> tuple[float, ...]:
        """The numbers in a text; raises what argparse makes a message of."""
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if len(values) != self.count:
            raise argparse.ArgumentTypeError(f"{text.strip()!r} is not {self.count} numbers with commas between them")
        return values


def waypoint(text: str) -> Waypoint:
    """A waypoint such as 120,80,0.6 or 120,80,same@0.5."""
    place, at, time = text.strip().partition("@")
    parts = place.split(",")
    try:
        x, y, nearness = float(parts[0]), float(parts[1]), None if parts[2] == "same" else float(parts[2])
        if len(parts) == 3:
            return Waypoint(x, y, nearness, float(time) if at else None)
    except (ValueError, IndexError):
        pass
    raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a waypoint like 120,80,0.6 or 120,80,same@0.5")
