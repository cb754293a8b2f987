"""What weights are on disk, what is missing, and where to get it.

The checkpoints folder comes first, then the hub's cache, then (for what is small) a download. Nothing is handed out
before `checkpoint_verification` has looked at it.
"""

from dataclasses import dataclass, field
from pathlib import Path

from levitor_core.checkpoint_download import download
from levitor_core.checkpoint_table import MEGABYTE, TABLE, Weights, weights_named
from levitor_core.checkpoint_verification import advice, verify
from levitor_core.errors import MissingWeightsError
from levitor_core.files import MISSING, absence, is_file, is_folder, unreadable
from levitor_core.monitor import Monitor

UNASKED_LIMIT = 500 * MEGABYTE


@dataclass(frozen=True)
class CheckpointStatus:
    """One row of the table for people: `path` is where the weights were found, None where they are not, for which
    `absence` has the reason."""

    name: str
    title: str
    purpose: str
    path: Path | None
    absence: str
    place: str
    size_text: str
    licence: str
    free_commercially: bool
    source: str
    how_to_get: str


@dataclass(frozen=True)
class Checkpoints:
    """The weights below `folder` and in the hub's cache."""

    folder: Path = Path("checkpoints")
    _verified: set[tuple[str, Path, int, int]] = field(default_factory=set, compare=False, repr=False)

    def find(self, name: str) -> Path | None:
        """Where the weights lie, complete but unverified: in the folder, else in the hub's cache, else None.

        Never goes to the network. Raises InputError for an unknown name.
        """
        weights = weights_named(name)
        here = self.folder / weights.place
        if weights.url:
            return here if is_file(here) else None
        return next((at for at in (here, _cached(weights)) if at and not weights.missing_files(at)), None)

    def require(self, name: str, monitor: Monitor | None = None) -> Path:
        """The verified file or folder of the weights; what is absent and under 500 MB is downloaded first.

        Raises MissingWeightsError naming the file, its place and how to get it.
        """
        monitor = monitor or Monitor()
        path = self.find(name)
        if path is None:
            self._refuse_to_add(weights_named(name))
            return self.download(name, monitor)
        self.verify(name, path, monitor)
        return path

    def verify(self, name: str, path: Path, monitor: Monitor | None = None) -> None:
        """Check that `path` holds the weights called `name`; a file that has not changed is checked once a process.

        Raises MissingWeightsError naming the file when it is absent, truncated, damaged or of another model.
        """
        weights = weights_named(name)
        try:
            stamp = _stamp(weights, path)
            if stamp not in self._verified:
                verify(weights, path, monitor or Monitor())
                self._verified.add(stamp)
        except OSError as error:
            raise MissingWeightsError(f"{error.filename or path} {unreadable(error)}; {advice(weights)}.") from error

    def download(self, name: str, monitor: Monitor | None = None, asked: bool = False) -> Path:
        """Download and verify the weights, reporting megabytes; more than 500 MB only when a person `asked`.

        Raises MissingWeightsError when it may not, cannot, or the result is not what it should be.
        """
        weights, monitor = weights_named(name), monitor or Monitor()
        if weights.size > UNASKED_LIMIT and not asked:
            raise MissingWeightsError(f"{weights.title} is missing: {advice(weights)}.")
        path = download(weights, self.folder, monitor)
        self.verify(name, path, monitor)
        return path

    def table(self) -> tuple[CheckpointStatus, ...]:
        """Every row, with where it was found; looks for files only."""
        return tuple(_status(weights, self.find(weights.name), absence(self._lacking(weights)[0])) for weights in TABLE)

    def _lacking(self, weights: Weights) -> list[Path]:
        """The files of the weights that are not to be seen in the folder, at least one of them when all are."""
        here = self.folder / weights.place
        return [here / name for name in weights.missing_files(here)] or [here]

    def _refuse_to_add(self, weights: Weights) -> None:
        """Nothing is downloaded unasked to where a part is already, or where nobody may look."""
        lacking = self._lacking(weights)
        partly = is_folder(self.folder / weights.place) and len(lacking) < len(weights.files)
        if partly or absence(lacking[0]) != MISSING:
            raise MissingWeightsError(f"{lacking[0]} {absence(lacking[0])}; {advice(weights)}.")


def _status(weights: Weights, path: Path | None, absence: str) -> CheckpointStatus:
    return CheckpointStatus(
        name=weights.name,
        title=weights.title,
        purpose=weights.purpose,
        path=path,
        absence=absence,
        place=weights.place,
        size_text=weights.size_text,
        licence=weights.licence,
        free_commercially=weights.free_commercially,
        source=weights.source,
        how_to_get=advice(weights),
    )


def _cached(weights: Weights) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    marker = weights.files[0][0]
    try:
        found = try_to_load_from_cache(weights.repository, f"{weights.inside}/{marker}".lstrip("/"))
    except OSError:  # a cache that is closed to us holds nothing for us
        return None
    return Path(found).parent if isinstance(found, str) else None


def _stamp(weights: Weights, path: Path) -> tuple[str, Path, int, int]:
    files = [path] if weights.url else sorted(path.rglob("*.safetensors"))
    stats = [file.stat() for file in files if is_file(file)]
    return weights.name, path, sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0)
