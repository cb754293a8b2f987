"""What weights are on disk, what is missing, and where to get it.

The checkpoints folder comes first, then the hub's cache, then (for what is small) a download. Nothing is handed out
before `verification` has looked at it.
"""

from dataclasses import dataclass, field
from pathlib import Path

from levitor_core.checkpoints.downloads import download
from levitor_core.checkpoints.hosts import hub_constants, obstacle
from levitor_core.checkpoints.table import MEGABYTE, TABLE, VIDEO_MODEL, Weights, weights_named
from levitor_core.checkpoints.verification import advice, instead_of, verify
from levitor_core.errors import MissingWeightsError
from levitor_core.hub_address import in_cache
from levitor_core.monitor import Monitor
from levitor_core.whole_files import MISSING, absence, is_file, is_folder, unreadable

UNASKED_LIMIT = 500 * MEGABYTE
_Stamp = tuple[str, Path, int, int]  # name, place, bytes, last change


@dataclass(frozen=True)
class CheckpointStatus:
    """One row of the table for people: `path` is where good weights were found, None when they are missing; `problem`
    says in a sentence why what lies there instead is not used."""

    name: str
    title: str
    purpose: str
    path: Path | None
    problem: str
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
    _checked: dict[_Stamp, str] = field(default_factory=dict, compare=False, repr=False)

    def find(self, name: str) -> Path | None:
        """Where the weights lie, complete but unverified: in the folder, else in the hub's cache, else None.

        Never goes to the network. Raises InputError for an unknown name.
        """
        weights = weights_named(name)
        here = self.folder / weights.place
        if weights.url:
            return here if is_file(here) else None
        return next((at for at in (here, _find_cached(weights)) if at and not weights.missing_files(at)), None)

    def require(self, name: str, monitor: Monitor | None = None) -> Path:
        """The verified file or folder of the weights; what is absent and under 500 MB is downloaded first.

        Raises MissingWeightsError naming the file, its place and how to get it.
        """
        monitor = monitor or Monitor()
        path = self.find(name)
        if path is not None:
            self.verify(name, path, monitor)
            return path
        if unusable := self._in_the_way(weights_named(name)):
            raise MissingWeightsError(unusable)
        try:
            return self.download(name, monitor)
        except MissingWeightsError as error:
            other = self._other_form(weights_named(name))
            raise (MissingWeightsError(f"{other}: {error}") if other else error) from error

    def problem(self, name: str, monitor: Monitor | None = None) -> str:
        """Why what lies in the place of the weights cannot be used, in a sentence; nothing when it can, or is missing.

        Reads what was not read since it changed, which takes seconds for the largest.
        """
        try:
            path = self.find(name)
            if path is None:
                return self._in_the_way(weights_named(name))
            self.verify(name, path, monitor)
        except MissingWeightsError as error:
            return str(error)
        return ""

    def is_to_be_had(self, name: str) -> bool:
        """Whether `require` would download the weights: small enough, and their host answers."""
        weights = weights_named(name)
        return weights.size <= UNASKED_LIMIT and obstacle(weights) is None

    def verify(self, name: str, path: Path, monitor: Monitor | None = None) -> None:
        """Check that `path` holds the weights called `name`; what has not changed is checked once a process.

        Raises MissingWeightsError naming the file when it is absent, truncated, damaged or of another model.
        """
        weights = weights_named(name)
        unet_folder = self._unet_beside(weights)
        try:
            stamp = _stamp(weights, path, unet_folder)
            if stamp not in self._checked:
                self._checked[stamp] = _problem_of(weights, path, monitor or Monitor(), unet_folder)
        except OSError as error:
            raise MissingWeightsError(f"{error.filename or path} {unreadable(error)}; {advice(weights)}.") from error
        if problem := self._checked[stamp]:
            raise MissingWeightsError(problem)

    def stamp(self, name: str) -> object:
        """Changes when the weights called `name` come, go or change, or what lies in their place does; reads none."""
        weights, path = weights_named(name), self.find(name)
        if path is None:
            return self._in_the_way(weights), self._other_form(weights)
        try:
            return _stamp(weights, path, self._unet_beside(weights))
        except OSError as error:
            return unreadable(error)

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

    def table(self, monitor: Monitor | None = None) -> tuple[CheckpointStatus, ...]:
        """Every row, with where good weights were found or what is wrong with those that are there."""
        return tuple(self._status(weights, monitor) for weights in TABLE)

    def _status(self, weights: Weights, monitor: Monitor | None) -> CheckpointStatus:
        problem, other = self.problem(weights.name, monitor), self._other_form(weights)
        return CheckpointStatus(
            name=weights.name,
            title=weights.title,
            purpose=weights.purpose,
            path=None if problem else self.find(weights.name),
            problem=problem,
            place=weights.place,
            size_text=weights.size_text,
            licence=weights.licence,
            free_commercially=weights.free_commercially,
            source=weights.source,
            how_to_get=f"{other}: {advice(weights)}" if other else advice(weights),
        )

    def _unet_beside(self, weights: Weights) -> Path | None:
        """The folder of the UNet that a ControlNet shares fields with."""
        video_model = self.find(VIDEO_MODEL) if weights.architecture == "svd-controlnet" else None
        return video_model and video_model / "unet"

    def _in_the_way(self, weights: Weights) -> str:
        """Why weights that were not found are not to be added to what is in their place, in a sentence; else nothing:
        a part of them is there already, or another form, or nobody may look."""
        here = self.folder / weights.place
        missing = [here / name for name in weights.missing_files(here)] or [here]
        file, instead = next(((file, other) for file in missing if (other := instead_of(file))), (missing[0], ""))
        partly = is_folder(here) and len(missing) < len(weights.files)
        if partly or instead or absence(file) != MISSING:
            return f"{file} {absence(file)}{instead}; {advice(weights)}."
        return ""

    def _other_form(self, weights: Weights) -> str:
        """What is said of a file here that holds these weights in a form that is not read; else nothing."""
        try:
            files = [file for pattern in weights.other_forms for file in sorted(self.folder.glob(pattern))]
        except OSError:  # nobody may look
            return ""
        return f"{files[0]} is in its authors' own form, only the folder {weights.place} is read" if files else ""


def _problem_of(weights: Weights, path: Path, monitor: Monitor, unet_folder: Path | None) -> str:
    try:
        verify(weights, path, monitor, unet_folder)
    except MissingWeightsError as error:
        return str(error)
    return ""


def _find_cached(weights: Weights) -> Path | None:
    hub_constants()
    found = in_cache(weights.repository, f"{weights.inside}/{weights.files[0][0]}".lstrip("/"), weights.revision)
    return found and found.parent


def _stamp(weights: Weights, path: Path, unet_folder: Path | None) -> _Stamp:
    """Changes whenever a file does that was read to check the weights."""
    files = [path] if weights.url else sorted((*path.rglob("*.safetensors"), *path.rglob("*.json")))
    stats = [file.stat() for file in (*files, *(unet_folder.glob("*.json") if unet_folder else ())) if is_file(file)]
    return (
        weights.name,
        path,
        sum(stat.st_size for stat in stats),
        max((max(stat.st_mtime_ns, stat.st_ctime_ns) for stat in stats), default=0),
    )
