"""The depth of every frame on disk. SIDE EFFECT: reads and writes FOLDER/VIDEO/NUMBER.png and FOLDER/cache.json.

16-bit PNG, value = 257 x disparity (0..255), of the frame as it was cropped and resized. The range is stretched
to 0..255 frame by frame, as the released demo does with its one photo and as a still photo is read at inference.
(A range for a whole clip would be steadier, but one near passer-by would flatten every other frame.)
Files appear whole or not at all, so a run that was killed leaves nothing half-written behind.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from jaxtyping import Float

from levitor_core.errors import InputError
from levitor_core.files.image_files import grey_values, read_bytes
from levitor_core.structures import DisparityMap, SizeHW
from levitor_core.whole_files import replacing

SCALE = 257
SETTINGS = "cache.json"
_FRAME = re.compile(r"(\d{5,9})\.png")


@dataclass(frozen=True)
class DepthCache:
    """Depth at `size_hw` below `folder`, estimated by what `estimator` names."""

    folder: Path
    size_hw: SizeHW
    estimator: str

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The cache that lies there. Raises InputError when there is none."""
        try:
            settings = json.loads(read_bytes(folder / SETTINGS, "depth cache's settings", limit=65536))
            height, width = (int(side) for side in settings["size_hw"])
            return cls(folder, (height, width), str(settings["estimator"]))
        except (InputError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{folder} is no depth cache; make one with `python -m levitor_core.datasets DATASET --out {folder}`."
            ) from error

    @classmethod
    def make(cls, folder: Path, size_hw: SizeHW, estimator: str) -> Self:
        """The cache to fill there, new or begun. Raises InputError when another size or estimator filled it so far."""
        wanted = cls(folder, size_hw, estimator)
        if (folder / SETTINGS).exists():
            found = cls.open(folder)
            if found != wanted:
                raise InputError(
                    f"{folder} holds depth of {found.estimator} at {found.size_hw[1]}x{found.size_hw[0]}; "
                    "choose another folder for other depth."
                )
            return wanted
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / SETTINGS) as partial:
            partial.write_text(json.dumps({"size_hw": size_hw, "estimator": estimator, "range": "per frame"}))
        return wanted

    def numbers(self, video: str) -> tuple[int, ...]:
        """Which frames of a video have depth, ascending."""
        folder = self.folder / video
        if not folder.is_dir():
            return ()
        found = (_FRAME.fullmatch(entry.name) for entry in folder.iterdir())
        return tuple(sorted(int(match[1]) for match in found if match))

    def read(self, video: str, number: int) -> DisparityMap:
        """One frame's disparity. Raises InputError when the file is missing, broken or of another size."""
        path = self._path(video, number)
        values = grey_values(path, "cached depth")
        if values is None or values.dtype != np.uint16 or values.shape != self.size_hw:
            raise InputError(f"{path} is not 16-bit depth of this cache's size; delete it and prepare the data again.")
        return (values / SCALE).astype(np.float32)

    def write(self, video: str, number: int, disparity: Float[np.ndarray, "h w"]) -> None:
        """Keep one frame's disparity, to within half of 1/257."""
        path = self._path(video, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        values = np.rint(disparity.clip(0, 255) * SCALE).astype(np.uint16)
        done, encoded = cv2.imencode(".png", values, [cv2.IMWRITE_PNG_COMPRESSION, 3])
        if not done or values.shape != self.size_hw:
            raise ValueError(f"depth must be {self.size_hw}, not {values.shape}")
        with replacing(path) as partial:
            partial.write_bytes(encoded.tobytes())

    def find_missing(self, video: str, wanted: Sequence[int]) -> list[int]:
        """Those of the wanted frames that have no depth yet."""
        here = set(self.numbers(video))
        return [number for number in wanted if number not in here]

    def _path(self, video: str, number: int) -> Path:
        return self.folder / video / f"{number:05d}.png"
