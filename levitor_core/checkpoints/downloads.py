"""Bring weights from their host into the checkpoints folder: probed once, resumed, and in place only when complete."""

import errno
import logging
import os
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from levitor_core.checkpoints.hosts import cause, explain_status, host_name, obstacle, open_url
from levitor_core.checkpoints.table import Weights
from levitor_core.checkpoints.verification import advice, sha256_of
from levitor_core.errors import LevitorError, MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.whole_files import is_file, temporary_folder

READ_SECONDS = 30.0
CHUNK = 1 << 20
SPARE = 100 * 10**6
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOENT)
_NOT_WRITABLE += (errno.ELOOP, errno.ENAMETOOLONG)


def download(weights: Weights, folder: Path, monitor: Monitor) -> Path:
    """Download `weights` below the checkpoints folder `folder` and return its place, not yet verified if a folder.

    Raises MissingWeightsError, in one sentence, when the host is unreachable, refuses, or the disk is full.
    An interrupted download goes on where it stopped.
    """
    if hindrance := obstacle(weights):
        raise MissingWeightsError(f"{hindrance}, then {advice(weights)}.")
    try:
        _check_place(weights, folder)
        return _download_file(weights, folder, monitor) if weights.url else _download_folder(weights, folder, monitor)
    except LevitorError:
        raise
    except Exception as error:  # a foreign server can make the libraries raise anything
        raise _explain(weights, folder, error) from error


def _check_place(weights: Weights, folder: Path) -> None:
    """Raise OSError unless there is room for the weights, and leave to write them."""
    here = folder / weights.place
    here.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(beside=here):
        pass
    partial = sum(file.stat().st_size for file in here.parent.glob(here.name + ".part"))
    if shutil.disk_usage(folder).free < weights.size - partial + SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _explain(weights: Weights, folder: Path, error: Exception) -> MissingWeightsError:
    from huggingface_hub.errors import FileMetadataError, GatedRepoError, LocalEntryNotFoundError

    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # the hub's client looked for the file here when it did not come
    status = _status_of(error)
    if isinstance(error, GatedRepoError) or (weights.gated and status in (401, 403)):
        return MissingWeightsError(f"{weights.title} is gated: {advice(weights)}.")
    if isinstance(error, OSError) and error.errno in _FULL:
        return MissingWeightsError(f"The disk is full: {weights.title} needs {weights.size_text} free in {folder}.")
    if isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
        why = (error.strerror or "unknown reason").lower()
        return MissingWeightsError(f"{folder} cannot be written to ({why}); mend it, or {advice(weights)}.")
    if isinstance(error, FileMetadataError):
        why = "HF_ENDPOINT leads to no Hugging Face hub" if os.environ.get("HF_ENDPOINT") else "this is not the hub"
    else:
        why = cause(error) if status is None else explain_status(status)
    return MissingWeightsError(
        f"The download of {weights.title} from {host_name(weights)} stopped ({why}); try again to go on, "
        f"or {advice(weights)}."
    )


def _status_of(error: Exception) -> int | None:
    """The HTTP status that the error is about, of urllib's or of the hub's client."""
    status = getattr(getattr(error, "response", None), "status_code", getattr(error, "code", None))
    return status if isinstance(status, int) else None


def _download_file(weights: Weights, folder: Path, monitor: Monitor) -> Path:
    target = folder / weights.place
    partial = target.with_name(target.name + ".part")
    begun = is_file(partial)
    _append(weights, partial, monitor)
    if sha256_of(partial, weights.title, monitor) == weights.sha256:
        partial.replace(target)
        return target
    partial.unlink()
    if begun:  # with what the host no longer sends
        return _download_file(weights, folder, monitor)
    raise _something_else(weights)


def _something_else(weights: Weights) -> MissingWeightsError:
    return MissingWeightsError(f"{weights.source} did not send {weights.title}; {advice(weights)}.")


def _append(weights: Weights, partial: Path, monitor: Monitor) -> None:
    """Fetch what the partial file lacks, or all of it where the host does not go on from there."""
    done = partial.stat().st_size if is_file(partial) else 0
    if done >= weights.size:
        return
    with _reply(weights.url, done) as reply:
        done = done if reply.status == HTTPStatus.PARTIAL_CONTENT else 0
        count = _counter(weights, monitor, done)
        with partial.open("ab" if done else "wb") as file:
            while done <= weights.size and (chunk := reply.read(CHUNK)):
                file.write(chunk)
                count(len(chunk))
                done += len(chunk)
    if done < weights.size:
        raise ConnectionError(f"{done:,} of {weights.size:,} bytes came")


def _reply(url: str, start: int) -> Any:
    """The host's answer with the file from `start` on (206), or with the whole."""
    if start == 0:
        return open_url(urllib.request.Request(url), READ_SECONDS)
    try:
        reply = open_url(urllib.request.Request(url, headers={"Range": f"bytes={start}-"}), READ_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
    else:
        stated = reply.headers.get("Content-Range", "")
        if reply.status != HTTPStatus.PARTIAL_CONTENT or stated.startswith(f"bytes {start}-"):
            return reply
        reply.close()
    return _reply(url, 0)


def _counter(weights: Weights, monitor: Monitor, start: int = 0) -> Callable[[int], None]:
    done, lock = [start], threading.Lock()

    def count(more: int) -> None:
        with lock:
            done[0] += more
            megabytes = done[0] // 10**6
        monitor.report(f"Downloading {weights.title} (MB)", megabytes, max(megabytes, weights.size // 10**6))

    return count


def _download_folder(weights: Weights, folder: Path, monitor: Monitor) -> Path:
    from huggingface_hub import hf_hub_download

    place = folder / weights.place
    progress = _progress_bar(_counter(weights, monitor))
    while missing := weights.missing_files(place):  # an index that came names more of them
        name = missing[0]
        monitor.check()
        root = place.parent if weights.inside else place
        file = f"{weights.inside}/{name}" if weights.inside else name
        revision = weights.revision or None
        _ask_for(weights.repository, file, revision)
        with _without_log():
            hf_hub_download(weights.repository, file, revision=revision, local_dir=root, tqdm_class=progress)
        if (given := dict(weights.sums).get(name)) and sha256_of(place / name, weights.title, monitor) != given:
            (place / name).unlink()
            raise _something_else(weights)
    return place


def _ask_for(repository: str, file: str, revision: str | None) -> None:
    """Ask the hub whether it would send a file. Its own client asks a hub that refuses or is in trouble again and
    again, for as long as it says, and cannot be cancelled meanwhile. Raises what urllib does."""
    from huggingface_hub import get_token, hf_hub_url

    request = urllib.request.Request(hf_hub_url(repository, file, revision=revision), method="HEAD")
    if token := get_token():
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        open_url(request, READ_SECONDS, follow=False).close()
    except urllib.error.HTTPError as error:
        if error.code // 100 != 3:
            raise


@contextmanager
def _without_log() -> Iterator[None]:
    """The hub's client says on stderr what it tries again; whoever asked is told once, at the end."""
    from huggingface_hub.utils import logging as hub

    before = hub.get_verbosity()
    hub.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        hub.set_verbosity(before)


def _progress_bar(count: Callable[[int], None]) -> type[Any]:
    from tqdm import tqdm

    class ReportedBytes(tqdm):
        """A silent progress bar that hands every step on."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **(options | {"disable": True}))

        def update(self, n: float | None = 1) -> bool | None:
            count(int(n or 0))
            return None

    return ReportedBytes
