"""What the host refuses: files and photos by their SHA-256, and whatever a check that the host plugs in says no to."""

import hashlib
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from levitor_core.errors import InputError, echo
from levitor_core.structures import Image
from ui.server.settings import ServerSettings

REFUSED = "This may not be used here."


class Safety:
    """The host's rules; safe from any thread. Raises InputError where a setting names what is not there."""

    def __init__(self, settings: ServerSettings) -> None:
        self._sums = _sums(settings.refused) if settings.refused else frozenset()
        self._check = _function(settings.check) if settings.check else None

    @property
    def inspect(self) -> Callable[[Image], None] | None:
        """What the engine shows photos and frames to; None where there are no rules."""
        return self.look_at if self._sums or self._check else None

    def look_at(self, image: Image) -> None:
        """Raise InputError for a picture that is refused."""
        self._refuse(hashlib.sha256(image.tobytes()).hexdigest())
        said = self._check(image) if self._check else None
        if said:
            raise InputError(said if isinstance(said, str) else REFUSED)

    def look_at_files(self, paths: Iterable[Path]) -> None:
        """Raise InputError for a file that is refused."""
        for path in paths if self._sums else ():
            with path.open("rb") as file:
                self._refuse(hashlib.file_digest(file, "sha256").hexdigest())

    def _refuse(self, digest: str) -> None:
        if digest in self._sums:
            raise InputError(REFUSED)


def _sums(name: str) -> frozenset[str]:
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):
        raise InputError(f"LEVITOR_REFUSED names {echo(name)}, which cannot be read; give a file of sums.") from None
    return frozenset(line.split()[0].lower() for line in lines if line.strip() and not line.startswith("#"))


def _function(name: str) -> Callable[[Image], Any]:
    module, _, function = name.partition(":")
    try:
        return getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError):
        raise InputError(f"LEVITOR_CHECK names {echo(name)}, which is not there; give MODULE:FUNCTION.") from None
