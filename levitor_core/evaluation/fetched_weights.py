"""Weights of the metrics' networks: in torch.hub's cache, fetched there once, loaded as tensors only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import torch

from levitor_core.checkpoints.hosts import cause, offline
from levitor_core.errors import MissingWeightsError


def check_may_fetch(what: str, otherwise: str) -> None:
    """Raise MissingWeightsError where the environment forbids every request."""
    if forbidden := offline():
        raise MissingWeightsError(f"{forbidden} so that {what} can be fetched, or {otherwise}.")


@dataclass(frozen=True)
class FetchedWeights:
    """A file that a metric needs: whose it is, where it comes from and under which licence."""

    network: str
    url: str
    licence: str
    hash_prefix: str | None = None

    @property
    def path(self) -> Path:
        """Where it lies once fetched, or is to be put by hand."""
        return Path(torch.hub.get_dir()) / "checkpoints" / self.url.rsplit("/", 1)[1]

    def file(self) -> Path:
        """The file, fetched if need be. Raises MissingWeightsError."""
        if not self.path.is_file():
            check_may_fetch(f"the weights of {self.network} ({self.licence})", f"download {self.url} to {self.path}")
            self._fetch()
        return self.path

    def _fetch(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(self.url, str(self.path), self.hash_prefix, progress=False)
        except (URLError, OSError, RuntimeError) as error:
            raise MissingWeightsError(
                f"The weights of {self.network} ({self.licence}) cannot be fetched ({cause(error)}); "
                f"download {self.url} to {self.path}."
            ) from error

    def tensors(self) -> dict[str, Any]:
        """Its state dict, unpickled as tensors only. Raises MissingWeightsError."""
        path = self.file()
        try:
            loaded = torch.load(path, map_location="cpu", weights_only=True)
            if isinstance(loaded, dict):
                return loaded
        except Exception as error:  # whatever a damaged file makes torch raise
            raise self._refuse(path) from error
        raise self._refuse(path)

    def _refuse(self, path: Path) -> MissingWeightsError:
        return MissingWeightsError(f"{path} is no state dict of {self.network}; delete it and fetch {self.url} again.")
