"""DAVIS and YouTube-VOS folders -> AnnotatedVideo: a picture and a palette PNG of ids for every annotated frame.

ROOT[/train]/JPEGImages[/480p]/VIDEO/NUMBER.jpg and ROOT[/train]/Annotations[/480p]/VIDEO/NUMBER.png. Where DAVIS
has both resolutions, 480p is taken. Only frames with an annotation count (YouTube-VOS: every fifth).
An id of 255 beside others is DAVIS's "void" and becomes 0; where 255 is the only id (DAVIS 2016) it becomes 1.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from levitor_core.datasets.windows import AnnotatedVideo, Frames, Labels, check_ids
from levitor_core.errors import InputError
from levitor_core.files.image_files import decode, grey_values, rgb

RESOLUTIONS = ("480p", "Full-Resolution", "1080p")
VOID = 255
_NUMBERED = re.compile(r"(\d{1,9})\.(?:jpg|jpeg|png)", re.IGNORECASE)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VosVideo:
    """One video of a DAVIS-like folder."""

    name: str
    pictures: Path
    annotations: Path

    def numbers(self) -> tuple[int, ...]:
        """Frames that have both a picture and an annotation."""
        found = tuple(sorted(numbered_files(self.pictures).keys() & numbered_files(self.annotations).keys()))
        if not found:
            raise InputError(f"No picture in {self.pictures} has an annotation of the same name; get both again.")
        return found

    def frames(self, numbers: Sequence[int]) -> Frames:
        """Pictures as RGB."""
        return read_pictures(self.pictures, numbers, self.name)

    def labels(self, numbers: Sequence[int]) -> Labels:
        """Palette indices as ids."""
        files = numbered_files(self.annotations)
        ids = [_ids(numbered_file(files, number, self.name)) for number in numbers]
        labels = stack_pictures(ids, self.name).astype(np.int32)
        check_ids(labels, f"{self.annotations}")
        void = labels == VOID
        labels[void] = 0 if ((labels > 0) & ~void).any() else 1
        return labels


def open_vos(root: Path) -> list[AnnotatedVideo]:
    """The videos of a DAVIS-like folder, by name; those without annotations are named in the log.

    Raises InputError when the folder has not that layout.
    """
    for base in (root, root / "train"):
        pictures, annotations = base / "JPEGImages", base / "Annotations"
        if pictures.is_dir() and annotations.is_dir():
            folders = annotated_folders(*_resolution(pictures, annotations))
            return [VosVideo(folder.name, folder, masks) for folder, masks in folders]
    raise InputError(f"{root} holds no JPEGImages and Annotations side by side; give the data set's own folder.")


def _resolution(pictures: Path, annotations: Path) -> tuple[Path, Path]:
    for name in RESOLUTIONS:
        if (pictures / name).is_dir() and (annotations / name).is_dir():
            return pictures / name, annotations / name
    return pictures, annotations


def annotated_folders(pictures: Path, annotations: Path) -> list[tuple[Path, Path]]:
    """The video folders in `pictures`, by name, each with the one of its name in `annotations`; those that have none
    are named in the log. Raises InputError when no video has both."""
    both: list[tuple[Path, Path]] = []
    for folder in sorted(entry for entry in pictures.iterdir() if entry.is_dir()):
        if (annotations / folder.name).is_dir():
            both.append((folder, annotations / folder.name))
        else:
            log.warning("Video %s is skipped: it has no annotations.", folder.name)
    if not both:
        raise InputError(f"{pictures} holds no video folder that {annotations} holds too; get the data set again.")
    return both


def numbered_files(folder: Path) -> dict[int, Path]:
    """The pictures of a folder whose names are frame numbers."""
    found = ((_NUMBERED.fullmatch(entry.name), entry) for entry in folder.iterdir())
    return {int(match[1]): entry for match, entry in found if match}


def numbered_file(files: dict[int, Path], number: int, name: str) -> Path:
    """The file of a frame of the video called `name`. Raises InputError when it is missing."""
    if number not in files:
        raise InputError(f"Frame {number} of {name} is missing; get the video again.")
    return files[number]


def _ids(path: Path) -> np.ndarray:
    ids = grey_values(path, "annotation", palette_indices=True)
    if ids is None:
        raise InputError(f"{path} is in colour; annotations must be palette or grey PNGs of ids.")
    return ids


def read_pictures(folder: Path, numbers: Sequence[int], name: str) -> Frames:
    """The folder's pictures of these numbers as RGB; InputError, naming the video, for one that is missing or of
    another size."""
    files = numbered_files(folder)
    pictures = (decode(numbered_file(files, number, name), "frame") for number in numbers)
    return stack_pictures([np.asarray(rgb(picture)) for picture in pictures], name)


def stack_pictures(pictures: list[np.ndarray], name: str) -> np.ndarray:
    """Pictures of the video called `name` as one array. Raises InputError when they differ in size."""
    if len({picture.shape for picture in pictures}) != 1:
        raise InputError(f"The frames of {name} differ in size; get the video again.")
    return np.stack(pictures)
