"""SA-V's val and test sets -> AnnotatedVideo: pictures at 24 fps, and for every object a folder of masks at 6 fps.

ROOT/JPEGImages_24fps/VIDEO/NUMBER.jpg and ROOT/Annotations_6fps/VIDEO/OBJECT/NUMBER.png; what is not 0 in a mask is
the object. Objects overlap (a person, a hand); the smaller one is on top, as in the training set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int

from levitor_core.datasets.vos import annotated_folders, numbered_files, read_pictures
from levitor_core.datasets.windows import AnnotatedVideo, Frames, Labels
from levitor_core.errors import InputError
from levitor_core.files.image_files import grey_values
from levitor_core.structures import MAX_LABEL

PICTURES, ANNOTATIONS = "JPEGImages_24fps", "Annotations_6fps"

Masks = dict[tuple[int, int], Bool[np.ndarray, "h w"]]  # by object and place among the frames


@dataclass(frozen=True)
class SavFramesVideo:
    """One video of SA-V's val or test set. Object folders get ids from 1 on, by name."""

    name: str
    pictures: Path
    annotations: Path

    def numbers(self) -> tuple[int, ...]:
        """Frames that have a picture and a mask of some object."""
        masked = {number for folder in self._objects() for number in numbered_files(folder)}
        found = tuple(sorted(masked & numbered_files(self.pictures).keys()))
        if not found:
            raise InputError(f"No picture in {self.pictures} has a mask of the same name; get both again.")
        return found

    def frames(self, numbers: Sequence[int]) -> Frames:
        """Pictures as RGB."""
        return read_pictures(self.pictures, numbers, self.name)

    def labels(self, numbers: Sequence[int]) -> Labels:
        """Ids of the objects, those that are larger in these frames first, so that smaller ones lie on top; of more
        than 255 the largest. An object without a mask file in a frame is not seen there."""
        masks = self._masks(numbers)
        areas = np.zeros(1 + max(index for index, _ in masks), int)
        for (index, _), mask in masks.items():
            areas[index] += mask.sum()
        labels = np.zeros((len(numbers), *next(iter(masks.values())).shape), np.int32)
        for (index, label), place in product(ids_by_size(areas).items(), range(len(numbers))):
            if (index, place) in masks:
                labels[place][masks[index, place]] = label
        return labels

    def _objects(self) -> list[Path]:
        return sorted(entry for entry in self.annotations.iterdir() if entry.is_dir())

    def _masks(self, numbers: Sequence[int]) -> Masks:
        objects = [numbered_files(folder) for folder in self._objects()]
        masks = {
            (index, place): _mask(files[number])
            for index, files in enumerate(objects)
            for place, number in enumerate(numbers)
            if number in files
        }
        if {place for _, place in masks} != set(range(len(numbers))):
            raise InputError(f"{self.name} has no masks at some of these frames; prepare the data again.")
        if len({mask.shape for mask in masks.values()}) != 1:
            raise InputError(f"The masks of {self.name} differ in size; get the video again.")
        return masks


def open_sav_frames(root: Path) -> list[AnnotatedVideo]:
    """The videos of SA-V's val or test set, by name; those without annotations are named in the log.

    Raises InputError when there is none.
    """
    folders = annotated_folders(root / PICTURES, root / ANNOTATIONS)
    return [SavFramesVideo(pictures.name, pictures, annotations) for pictures, annotations in folders]


def ids_by_size(areas: Int[np.ndarray, " objects"]) -> dict[int, int]:
    """The ids of at most 255 objects, larger ones first, so that smaller ones are drawn on top; ids count the objects
    kept, as they come."""
    largest = areas.argsort(kind="stable")[::-1][:MAX_LABEL].tolist()
    ids = {index: 1 + rank for rank, index in enumerate(sorted(largest))}
    return {index: ids[index] for index in largest}


def _mask(path: Path) -> Bool[np.ndarray, "h w"]:
    values = grey_values(path, "mask", palette_indices=True)
    if values is None:
        raise InputError(f"{path} is in colour; a mask must be a palette or grey PNG.")
    return values > 0
