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
from levitor_core.image_files import decode, grey_values, rgb

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
        found = tuple(sorted(_files(self.pictures).keys() & _files(self.annotations).keys()))
        if not found:
            raise InputError(f"No picture in {self.pictures} has an annotation of the same name; get both again.")
        return found

    def frames(self, numbers: Sequence[int]) -> Frames:
        """Pictures as RGB."""
        files = _files(self.pictures)
        return _stacked([np.asarray(rgb(decode(_file(files, number, self), "frame"))) for number in numbers], self)

    def labels(self, numbers: Sequence[int]) -> Labels:
        """Palette indices as ids."""
        files = _files(self.annotations)
        labels = _stacked([_ids(_file(files, number, self)) for number in numbers], self).astype(np.int32)
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
            return _videos(*_resolution(pictures, annotations))
    raise InputError(f"{root} holds no JPEGImages and Annotations side by side; give the data set's own folder.")


def _resolution(pictures: Path, annotations: Path) -> tuple[Path, Path]:
    for name in RESOLUTIONS:
        if (pictures / name).is_dir() and (annotations / name).is_dir():
            return pictures / name, annotations / name
    return pictures, annotations


def _videos(pictures: Path, annotations: Path) -> list[AnnotatedVideo]:
    videos: list[AnnotatedVideo] = []
    for folder in sorted(entry for entry in pictures.iterdir() if entry.is_dir()):
        if (annotations / folder.name).is_dir():
            videos.append(VosVideo(folder.name, folder, annotations / folder.name))
        else:
            log.warning("Video %s is skipped: it has no annotations.", folder.name)
    if not videos:
        raise InputError(f"{pictures} holds no video folder that {annotations} holds too; get the data set again.")
    return videos


def _files(folder: Path) -> dict[int, Path]:
    found = ((_NUMBERED.fullmatch(entry.name), entry) for entry in folder.iterdir())
    return {int(match[1]): entry for match, entry in found if match}


def _file(files: dict[int, Path], number: int, video: VosVideo) -> Path:
    if number not in files:
        raise InputError(f"Frame {number} of {video.name} is missing; get the video again.")
    return files[number]


def _ids(path: Path) -> np.ndarray:
    ids = grey_values(path, "annotation", palette_indices=True)
    if ids is None:
        raise InputError(f"{path} is in colour; annotations must be palette or grey PNGs of ids.")
    return ids


def _stacked(pictures: list[np.ndarray], video: VosVideo) -> np.ndarray:
    if len({picture.shape for picture in pictures}) != 1:
        raise InputError(f"The frames of {video.name} differ in size; get the video again.")
    return np.stack(pictures)
