"""Numbers that numpy saved, from hostile bytes: the header is checked before anything is allocated."""

import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np

_READERS: dict[Any, Any] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def is_npy(data: bytes) -> bool:
    """Whether these are numbers saved by numpy."""
    return data.startswith(b"\x93NUMPY")


def read_npy(data: bytes, check: Callable[[tuple[int, ...], str], None]) -> np.ndarray:
    """The array; `check` is told its shape and dtype's kind before it is read. Raises as that does, and ValueError for
    what is no whole file of numbers."""
    file = io.BytesIO(data)
    try:
        shape, _, dtype = _READERS[np.lib.format.read_magic(file)](file)
        size = math.prod(shape) * dtype.itemsize
    except Exception as error:  # numpy's header parser lets many kinds through
        raise ValueError("no header") from error
    if size != len(data) - file.tell() or dtype.hasobject:
        raise ValueError("not whole")
    check(shape, dtype.kind)
    return np.load(io.BytesIO(data), allow_pickle=False)
