"""Bring weights from their host into the checkpoints folder: probed once, resumed, and in place only when complete."""

import errno
import functools
import os
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any

from levitor_core.checkpoint_table import Weights
from levitor_core.checkpoint_verification import advice, sha256_of
from levitor_core.errors import MissingWeightsError
from levitor_core.monitor import Monitor

PROBE_SECONDS = 3.0
READ_SECONDS = 30.0
CHUNK = 1 << 20
SPARE = 100 * 10**6


@functools.cache
def is_reachable(address: str, seconds: float = PROBE_SECONDS) -> bool:
    """Whether the host of `address` answers within `seconds`; asked once in a process, then remembered.

    The question is put from a thread of its own, since looking up a name can outlast any timeout.
    """
    answered = threading.Event()

    def ask() -> None:
        request = urllib.request.Request(address, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=seconds).close()
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                return
        except (OSError, ValueError):
            return
        answered.set()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answered.is_set()


def host_of(weights: Weights) -> str:
    """The address to probe before downloading `weights`; the hub's honours HF_ENDPOINT."""
    if weights.url:
        return weights.url
    from huggingface_hub import constants

    return constants.ENDPOINT


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE forbids the network."""
    from huggingface_hub import constants

    return constants.HF_HUB_OFFLINE


def download(weights: Weights, folder: Path, monitor: Monitor) -> Path:
    """Download `weights` below the checkpoints folder `folder` and return its place, not yet verified if a folder.

    Raises MissingWeightsError, in one sentence, when the host is unreachable, refuses, or the disk is full.
    An interrupted download goes on where it stopped.
    """
    if is_offline():
        raise MissingWeightsError(f"HF_HUB_OFFLINE is set; unset it, then {advice(weights)}.")
    if not is_reachable(host_of(weights)):
        raise MissingWeightsError(
            f"{host_of(weights)} cannot be reached; check the connection, then {advice(weights)}."
        )
    try:
        _check_space(weights, folder)
        return _download_file(weights, folder, monitor) if weights.url else _download_folder(weights, folder, monitor)
    except HTTPException as error:
        raise _explained(weights, folder, ConnectionError("the connection broke off")) from error
    except OSError as error:
        raise _explained(weights, folder, error) from error


def _check_space(weights: Weights, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    here = folder / weights.place
    partial = sum(file.stat().st_size for file in here.parent.glob(here.name + ".part"))
    if shutil.disk_usage(folder).free < weights.size - partial + SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _explained(weights: Weights, folder: Path, error: OSError) -> MissingWeightsError:
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    if isinstance(error, GatedRepoError) or (weights.gated and isinstance(error, RepositoryNotFoundError)):
        return MissingWeightsError(f"{weights.title} is gated: {advice(weights)}.")
    if error.errno == errno.ENOSPC:
        return MissingWeightsError(f"The disk is full: {weights.title} needs {weights.size_text} free in {folder}.")
    if isinstance(error, PermissionError):
        return MissingWeightsError(f"{folder} cannot be written to; allow it, or {advice(weights)}.")
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    return MissingWeightsError(
        f"The download of {weights.title} stopped ({why}); try again to go on, or {advice(weights)}."
    )


def _download_file(weights: Weights, folder: Path, monitor: Monitor) -> Path:
    target = folder / weights.place
    partial = target.with_name(target.name + ".part")
    _append(weights, partial, monitor)
    if sha256_of(partial, weights.title, monitor) != weights.sha256:
        partial.unlink()
        raise MissingWeightsError(f"{weights.url} did not send {weights.title}; {advice(weights)}.")
    partial.replace(target)
    return target


def _append(weights: Weights, partial: Path, monitor: Monitor) -> None:
    done = partial.stat().st_size if partial.exists() else 0
    if done >= weights.size:
        return
    request = urllib.request.Request(weights.url, headers={"Range": f"bytes={done}-"})
    with urllib.request.urlopen(request, timeout=READ_SECONDS) as reply:
        resumed = reply.status == 206
        count = _counter(weights, monitor, done if resumed else 0)
        with partial.open("ab" if resumed else "wb") as file:
            while chunk := reply.read(CHUNK):
                file.write(chunk)
                count(len(chunk))
    if partial.stat().st_size < weights.size:
        raise ConnectionError("the connection broke off")


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
    from huggingface_hub.errors import XetDownloadError

    place = folder / weights.place
    progress = _progress_bar(_counter(weights, monitor))
    for name in weights.missing_files(place):
        monitor.check()
        root = place.parent if weights.inside else place
        file = f"{weights.inside}/{name}" if weights.inside else name
        try:
            hf_hub_download(weights.repository, file, local_dir=root, tqdm_class=progress)
        except XetDownloadError as error:
            raise OSError(str(error)) from error
    return place


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
