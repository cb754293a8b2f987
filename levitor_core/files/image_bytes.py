"""Colours of 16 bits, of which Pillow gives the upper byte only: the lower one is read like another picture."""

import sys
from typing import Any

from PIL import ImageFile

_ORDERS = {"16L": "16B", "16B": "16L", "16N": "16B" if sys.byteorder == "little" else "16L"}
# to read in the other order is to take the other byte; of grey and alpha, there is no other order: all four bytes
_LOW = {f"{mode};{order}": f"{mode};{other}" for mode in ("RGB", "RGBA", "RGBX") for order, other in _ORDERS.items()}
_LOW["LA;16B"] = "RGBA"
LOW_CHANNELS = {"RGB": [0, 1, 2], "RGBA": [0, 1, 2], "RGBX": [0, 1, 2], "LA": [1, 1, 1]}


def deep_colours(image: ImageFile.ImageFile) -> str | None:
    """Which colours of 16 bits a picture has that is opened, not loaded; None when it has none."""
    modes = {_raw_mode(tile.args) for tile in image.tile}
    return next(iter(modes)).partition(";")[0] if len(modes) == 1 and modes <= _LOW.keys() else None


def take_low_bytes(image: ImageFile.ImageFile) -> None:
    """Let such a picture load the lower bytes of its colours, into LOW_CHANNELS."""
    image.tile = [tile._replace(args=_low(tile.args)) for tile in image.tile]


def _raw_mode(args: Any) -> str:
    return str(args if isinstance(args, str) else (args or ("",))[0])


def _low(args: Any) -> Any:
    mode = _LOW[_raw_mode(args)]
    return mode if isinstance(args, str) else (mode, *args[1:])
