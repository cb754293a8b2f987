"""Files of tracked points, by whichever tool, to numbers. Files are hostile until read: one sentence for what is not.

.npy   (frames, 2), (frames, points, 2) or (1, frames, points, 2): Wan-Move's, CoTracker's
.json  [{"x": .., "y": ..}, ..] or a list of such, one a point: ComfyUI's track and spline nodes
.csv   a line a frame, x and y; or with a header that has columns called x and y
"""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from levitor_core.document import FARTHEST_PIXEL
from levitor_core.errors import InputError
from levitor_core.files.image_files import read_bytes
from levitor_core.files.npy_files import read_npy

Paths = Float[np.ndarray, "n frames 2"]
MAX_BYTES = 64 * 2**20
MAX_MOMENTS = 10_000
WHAT = "tracks file"
WANTED = "a .npy, .json or .csv file of x and y in every frame"


def read_tracks(path: Path) -> Paths:
    """Points (x, y) in every frame, in the pixels that the file counts in. Raises InputError."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"Tracks are read from {WANTED}, which {path.name!r} is not; choose another.")
    data = read_bytes(path, WHAT, MAX_BYTES)
    try:
        values = np.asarray(reader(data), np.float64)
    except (ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, RecursionError, csv.Error) as error:
        raise _unusable(path) from error
    return _checked(values, path)


def _checked(values: np.ndarray, path: Path) -> Paths:
    if values.ndim != 3 or values.shape[2] != 2 or not values.size:
        raise _unusable(path)
    if not (np.abs(values) <= FARTHEST_PIXEL).all():
        raise InputError(f"{path.name!r} has places that are no numbers within {FARTHEST_PIXEL:g}; mend or replace it.")
    if not 2 <= values.shape[1] <= MAX_MOMENTS:
        raise InputError(f"{path.name!r} has {values.shape[1]} frames; tracks have 2 to {MAX_MOMENTS}.")
    return values


def _unusable(path: Path) -> InputError:
    return InputError(f"{path.name!r} holds no tracks that can be read; choose {WANTED}.")


def _from_npy(data: bytes) -> Any:
    def check(shape: tuple[int, ...], kind: str) -> None:
        if kind not in "iuf":
            raise ValueError("not numbers")

    values = read_npy(data, check)
    if values.ndim == 4 and len(values) == 1:
        values = values[0]
    return values[None] if values.ndim == 2 else values.swapaxes(0, 1)


def _from_json(data: bytes) -> Any:
    lists = json.loads(data)
    lists = json.loads(lists) if isinstance(lists, str) else lists
    lists = [lists] if lists and isinstance(lists[0], dict) else lists
    return [[(float(point["x"]), float(point["y"])) for point in path] for path in lists]


def _from_csv(data: bytes) -> Any:
    rows = [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) if any(cell.strip() for cell in row)]
    names = [cell.strip().lower() for cell in rows[0]]
    titled = "x" in names and "y" in names
    x, y = (names.index("x"), names.index("y")) if titled else (0, 1)
    return [[(float(row[x]), float(row[y])) for row in rows[titled:]]]


_READERS = {".npy": _from_npy, ".json": _from_json, ".csv": _from_csv, ".txt": _from_json}
SUFFIXES = tuple(_READERS)
