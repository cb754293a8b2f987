"""Files of tracked points, by whichever tool, to numbers. Files are hostile until read: one sentence for what is not.

.npy   (frames, 2), (frames, points, 2) or (1, frames, points, 2): Wan-Move's, CoTracker's
.json  [{"x": .., "y": ..}, ..] or a list of such, one a point: ComfyUI's track and spline nodes
.csv   a line a frame, x and y; or with a header that has columns called x and y and, of several points, id, and where
       frames are left out, frame or time; lines whose column called visible says no are left out
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from levitor_core.document import FARTHEST_PIXEL
from levitor_core.errors import InputError
from levitor_core.files.image_files import read_bytes
from levitor_core.files.npy_files import read_npy

Paths = Float[np.ndarray, "n frames 2"]
_Moments = dict[float, tuple[float, float] | None]  # where a point is; None where it is not seen
MAX_BYTES = 64 * 2**20
MAX_MOMENTS = 10_000
WHAT = "tracks file"
MOMENTS, IDS, SEEN = ("frame", "time", "t"), ("id", "track", "point", "track_id", "point_id"), ("visible", "visibility")
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
    if not {"x", "y"} <= {*names}:
        return [[(float(row[0]), float(row[1])) for row in rows]]
    points: dict[str, _Moments] = {}  # by id
    for line in (dict(zip(names, row, strict=False)) for row in rows[1:]):
        path = points.setdefault(_first(line, IDS, ""), {})
        moment = float(_first(line, MOMENTS, str(len(path))))
        if moment in path:
            raise ValueError("a moment twice")
        path[moment] = (float(line["x"]), float(line["y"])) if _is_seen(line) else None
    return _even(points)


def _first(line: dict[str, str], names: Sequence[str], otherwise: str) -> str:
    """What stands in the first column of such a name."""
    return next((line[name].strip() for name in names if name in line), otherwise)


def _is_seen(line: dict[str, str]) -> bool:
    return _first(line, SEEN, "1").lower() not in ("0", "0.0", "false", "no")


def _even(points: dict[str, _Moments]) -> np.ndarray:
    """Every point at moments that are as far apart as the nearest two of the file; on a straight way where the file
    leaves it out."""
    moments = np.unique([moment for path in points.values() for moment in path])
    step = np.diff(moments).min(initial=np.inf)
    count = 1 + (moments[-1] - moments[0]) / step
    if not 1 <= count < MAX_MOMENTS:
        raise ValueError("moments too far apart")
    even, made = np.linspace(moments[0], moments[-1], round(count)), []
    for path in points.values():
        when, x, y = np.array(sorted((moment, *place) for moment, place in path.items() if place)).T
        made.append(np.stack([np.interp(even, when, x), np.interp(even, when, y)], axis=-1))
    return np.stack(made)


_READERS = {".npy": _from_npy, ".json": _from_json, ".csv": _from_csv, ".txt": _from_json}
SUFFIXES = tuple(_READERS)
