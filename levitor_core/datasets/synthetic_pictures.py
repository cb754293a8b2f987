"""The freely licensed photos behind the synthetic set, split once and for all into training and held-out ones.

    python -m levitor_core.datasets.synthetic_pictures FOLDER

writes them as small JPEGs into FOLDER/training and FOLDER/held-out, for machines without scikit-image.
astronaut, hubble, moon, rocket: NASA and SpaceX, public domain; retina, brick, grass, gravel, chelsea, coffee, camera:
CC0; coins, immunohistochemistry: no known restrictions; china, flower: CC BY 2.0, danielbuechele and vultilion.
"""

import argparse
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8
from sklearn.datasets import load_sample_image

from levitor_core.errors import InputError
from levitor_core.files.photo import read_photo
from levitor_core.structures import AnyImage, Image

TRAINING = (
    *("astronaut", "brick", "camera", "chelsea", "china", "coins", "grass"),
    *("hubble_deep_field", "immunohistochemistry", "moon", "retina"),
)
HELD_OUT = ("coffee", "flower", "gravel", "rocket")
SPLITS = {"training": TRAINING, "held-out": HELD_OUT}
SHORT_SIDE = 256
JPEG_QUALITY = 92


def training_pictures(folder: Path | None = None) -> tuple[AnyImage, ...]:
    """The photos to train with, from the packages that ship them or from FOLDER/training.

    Raises InputError when neither is there.
    """
    return _load_packaged("training") if folder is None else _read(folder / "training")


def held_out_pictures(folder: Path | None = None) -> tuple[AnyImage, ...]:
    """The photos that no training ever sees, to measure with."""
    return _load_packaged("held-out") if folder is None else _read(folder / "held-out")


def write_pictures(folder: Path) -> None:
    """Write both splits as JPEGs of 256 px on the short side."""
    for split, names in SPLITS.items():
        (folder / split).mkdir(parents=True, exist_ok=True)
        for name, picture in zip(names, _load_packaged(split), strict=True):
            bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(folder / split / f"{name}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


@cache
def _load_packaged(split: str) -> tuple[AnyImage, ...]:
    return tuple(_shrink(_load(name)) for name in SPLITS[split])


def _load(name: str) -> UInt8[np.ndarray, "h w *c"]:
    if name in ("china", "flower"):
        return load_sample_image(f"{name}.jpg")
    try:
        from skimage import data
    except ImportError as error:
        raise InputError("The photos come with scikit-image; install it or give a folder of pictures.") from error
    return getattr(data, name)()


def _shrink(picture: UInt8[np.ndarray, "_ _ *c"]) -> Image:
    colour = np.repeat(picture[..., None], 3, axis=-1) if picture.ndim == 2 else picture[..., :3]
    factor = SHORT_SIDE / min(colour.shape[:2])
    size = round(colour.shape[1] * factor), round(colour.shape[0] * factor)
    return cv2.resize(colour, size, interpolation=cv2.INTER_AREA)


def _read(folder: Path) -> tuple[AnyImage, ...]:
    paths = sorted(folder.glob("*.jpg"))
    if not paths:
        raise InputError(
            f"{folder} holds no pictures; write them with `python -m levitor_core.datasets.synthetic_pictures`."
        )
    return tuple(_shrink(read_photo(path)) for path in paths)


def main(argv: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write the synthetic set's photos as small JPEGs.")
    parser.add_argument("folder", type=Path)
    write_pictures(parser.parse_args(argv).folder)


if __name__ == "__main__":
    main()
