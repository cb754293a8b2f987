"""What goes wrong on the server: one sentence to the client, and to the log where it was, without what was sent."""

import errno
import html
import logging
import re
import traceback

MISFIT = "The server could not use this request; see the page's API for what it takes."
FAILED = "The server could not do this; check what was sent, or try again."
FULL = "The server's disk is full; try again in a few minutes."
MAX_SENTENCE = 400

# Emphasis, code, links, pictures, tables, tags, entities, formulas; and what becomes a link by itself.
_MEANT = re.compile(r"[\\`*_{}\[\]<>|~&$@#]|:(?=//)|(?<=www)\.|\n", re.IGNORECASE)

log = logging.getLogger("levitor")


def logged(error: BaseException) -> None:
    """Note the kind and place of a failure; its text may hold a client's values and comes at debug level only."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "nowhere"
    log.error("%s at %s", type(error).__name__, place)
    log.debug("in full", exc_info=error)


def told(error: BaseException) -> str:
    """What the client is told of a failure that is nobody's mistake, which is noted."""
    logged(error)
    return FULL if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT) else FAILED


def short(sentence: str) -> str:
    """A sentence, which may repeat what a client sent, at no greater length than people read."""
    return sentence if len(sentence) <= MAX_SENTENCE else f"{sentence[: MAX_SENTENCE - 1]}…"


def as_message(sentence: str) -> str:
    """Such a sentence as Gradio's messages show it, without HTML."""
    return html.escape(short(sentence), quote=False)


def in_markdown(sentence: str) -> str:
    """A sentence with nothing in it that Markdown, or HTML in it, gives a meaning."""
    return _MEANT.sub(lambda found: "".join(f"&#{ord(character)};" for character in found[0]), sentence)
