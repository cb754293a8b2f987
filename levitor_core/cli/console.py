"""Results on stdout, one line of trouble or progress on stderr. Whoever stops reading them stops no work."""

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from levitor_core.monitor import Monitor, ProgressEvent

_CLEARED = "\r\033[K"


class Lines:
    """What a command has to say, on stdout; after the first line that cannot be written (`lost` says why), silence."""

    def __init__(self) -> None:
        self.lost: OSError | None = None

    def say(self, line: str) -> None:
        """Write one line."""
        if self.lost is None:
            self.lost = _write(sys.stdout, line + "\n")


def complain(message: str) -> None:
    """Say in one line on stderr what went wrong, in place of a terminal's progress."""
    start = _CLEARED if _is_terminal(sys.stderr) else ""
    _write(sys.stderr, f"{start}levitor: {' '.join(message.splitlines())}\n")


def progress() -> Monitor:
    """Progress on one line of a terminal, nothing elsewhere."""
    return Monitor(_show) if _is_terminal(sys.stderr) else Monitor()


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _show(event: ProgressEvent) -> None:
    end = "\n" if event.step >= event.total else ""
    _write(sys.stderr, f"{_CLEARED}{event.title} {event.step}/{event.total}{end}")


def _write(stream: TextIO | None, text: str) -> OSError | None:
    """Write to a stream that may be closed (None), full, unread or unable to spell `text`; returns what went wrong."""
    if stream is None or stream.closed:
        return None
    try:
        stream.write(_spell(text, stream.encoding or "utf-8"))
        stream.flush()
    except OSError as error:
        _empty(stream)
        return error
    return None


def _spell(text: str, encoding: str) -> str:
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _empty(stream: TextIO) -> None:
    """Let what is left in the stream's buffer go nowhere, so that Python does not fail on it when it ends."""
    with suppress(OSError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def reopen_closed_streams() -> None:
    """Lead standard streams that were closed before Python started to nowhere: else the next files that are opened
    take their numbers, and what libraries print goes into them."""
    for number in range(3):
        with suppress(OSError):
            os.fstat(number)
            continue
        os.open(os.devnull, os.O_RDWR)


@contextmanager
def without_library_messages() -> Iterator[None]:
    """Libraries' warnings, which are for programmers, stay unsaid unless Python was asked for them (`-W`)."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        if sys.warnoptions:
            yield
        else:
            with warnings.catch_warnings(record=True):
                warnings.simplefilter("ignore")
                yield
    finally:
        logging.disable(disabled)
