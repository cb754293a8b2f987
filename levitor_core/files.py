"""Files that appear whole or not at all. SIDE EFFECT: writes to disk."""

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from levitor_core.errors import InputError, RendererError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` to write to: it takes `path`'s place at the end, and goes when anything is raised.

    Raises InputError when the place cannot be written to, RendererError when the disk is full.
    """
    partial = path.with_name(f".{secrets.token_hex(6)}{path.suffix}")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        partial.touch(exist_ok=False)  # a place that cannot be written to shows before the work
        yield partial
        partial.replace(path)
    except OSError as error:
        raise _sentence(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _sentence(path: Path, error: OSError) -> InputError | RendererError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RendererError(f"The disk is full, so {path.name!r} could not be written; free some space and try again.")
    reason = error.strerror or "unknown reason"
    return InputError(f"{str(path)!r} cannot be written ({reason.lower()}); choose another place or name.")
