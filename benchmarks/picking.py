"""How well clicks pick: a robot user clicks on real photos whose objects were outlined by hand.

The robot clicks in the middle of the object first and then always in the middle of the largest wrong region (the point
farthest from its edge), inside or outside as needed. The picker always gives its first guess, nothing is chosen by eye.
SAM ViT-B is measured where its weights are, else the stand-in.

`picking_objects.json` holds the outlines, drawn by hand as polygons in pixels of photos that installed packages ship,
and is never changed: an opening through which the background shows counts as background where it is wider than about
ten pixels of the photo; spoked wheels and lattices count as filled. Half of the objects are `tuning`, the others are
`held-out`: on those the picker is measured and never tuned, and no photo serves both.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.table import Row
from levitor_core.checkpoints import Checkpoints
from levitor_core.files.photo import read_photo, working_size
from levitor_core.segmentation import Segmenter
from levitor_core.segmentation.quick import QuickSegmenter
from levitor_core.structures import BoxXYXY, Image, ImageEmbedding, Mask, PointPrompt, SizeHW

OBJECTS = Path(__file__).with_name("picking_objects.json")
CLICKS = 6
ENOUGH = 0.85  # IoU; NoC@85 counts the clicks that reach it, CLICKS + 1 where they do not
WORSE = 0.02  # a click that lowers IoU by more made it worse


@dataclass(frozen=True)
class Figures:
    """What the robot got for one object: IoU after each click and of a box alone, seconds for each click."""

    name: str
    split: str
    kind: str
    clicks: list[float]
    box: float
    seconds: list[float]

    @property
    def worse(self) -> int:
        """How many clicks lowered IoU."""
        return int(np.count_nonzero(np.diff(self.clicks) < -WORSE))

    @property
    def enough_after(self) -> int:
        """NoC@85."""
        return next((count for count, iou in enumerate(self.clicks, 1) if iou >= ENOUGH), CLICKS + 1)


def scenario() -> Iterator[Row]:
    """Each half's objects, one value an object; seconds of every click."""
    segmenter = _segmenter()
    found = [measure(segmenter, item) for item in read_objects()]
    for split in dict.fromkeys(figures.split for figures in found):
        half = [figures for figures in found if figures.split == split]
        for count in (1, 3, CLICKS):
            ious = tuple(figures.clicks[count - 1] for figures in half)
            yield Row(f"{segmenter.name}, {split}: IoU after {count} clicks, mean", ious, "", shown="mean")
        yield Row(f"{segmenter.name}, {split}: IoU of a box, mean", tuple(one.box for one in half), "", shown="mean")
        worse = (sum(figures.worse for figures in half),)
        yield Row(f"{segmenter.name}, {split}: clicks that made it worse", worse, "")
        yield Row(f"{segmenter.name}, {split}: NoC@85", tuple(figures.enough_after for figures in half), "clicks")
        yield Row(f"{segmenter.name}, {split}: a click", tuple(s for figures in half for s in figures.seconds))


def _segmenter() -> Segmenter:
    checkpoints = Checkpoints()
    if checkpoints.find("sam_vit_b") is None:
        return QuickSegmenter()
    from levitor_core.segmentation.sam import load_sam

    return load_sam(checkpoints.require("sam_vit_b"))


def read_objects() -> list[dict[str, Any]]:
    """Every outlined object."""
    return json.loads(OBJECTS.read_text())


def photo_of(item: dict[str, Any]) -> Image:
    """The photo, from the package that ships it."""
    package, _, path = item["photo"].partition("/")
    return read_photo(Path(str(files(package).joinpath(path))))


def mask_of(item: dict[str, Any], photo_hw: SizeHW, size_hw: SizeHW) -> Mask:
    """The object's pixels at working size: polygons are laid on each other, some add and some take away."""
    from skimage.draw import polygon2mask

    mask = np.zeros(size_hw, dtype=bool)
    scale = np.array(size_hw) / photo_hw
    for shape in item["polygons"]:
        points_yx = np.array(shape["points"])[:, ::-1]
        mask[polygon2mask(size_hw, (points_yx + 0.5) * scale - 0.5)] = shape["adds"]
    return mask


def next_click(mask: Mask, truth: Mask) -> PointPrompt | None:
    """In the middle of the largest wrong region; None when nothing is wrong."""
    from scipy.ndimage import distance_transform_edt
    from skimage.measure import label

    best, found = 0, None
    for wrong, inside in ((truth & ~mask, True), (mask & ~truth, False)):
        parts = np.asarray(label(wrong, connectivity=1))
        areas = np.bincount(parts.ravel())[1:]
        if wrong.any() and areas.max() > best:
            best = areas.max()
            region = np.pad(parts == areas.argmax() + 1, 1)
            depth = np.asarray(distance_transform_edt(region))
            row, col = np.unravel_index(np.argmax(depth), region.shape)
            found = PointPrompt(int(col) - 1, int(row) - 1, inside)
    return found


def box_of(truth: Mask) -> BoxXYXY:
    """The smallest box around the object."""
    rows, cols = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    return float(cols[0]), float(rows[0]), float(cols[-1]), float(rows[-1])


def iou(mask: Mask, truth: Mask) -> float:
    """Intersection over union."""
    return float(np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth))


def measure(segmenter: Segmenter, item: dict[str, Any]) -> Figures:
    """The robot's clicks on one object, and a box."""
    photo = photo_of(item)
    size_hw = working_size(photo.shape[:2])
    truth = mask_of(item, photo.shape[:2], size_hw)
    embedding = segmenter.embed(photo, size_hw)
    ious, seconds = zip(*_clicked(segmenter, embedding, truth), strict=True)
    box = segmenter.segment(embedding, [], box_of(truth)).masks[0]
    return Figures(item["name"], item["split"], item["kind"], list(ious), iou(box, truth), list(seconds))


def _clicked(segmenter: Segmenter, embedding: ImageEmbedding, truth: Mask) -> Iterator[tuple[float, float]]:
    mask, prompts = np.zeros_like(truth), []
    for _ in range(CLICKS):
        click = next_click(mask, truth)
        prompts += [click] if click else []
        begun = time.perf_counter()
        mask = segmenter.segment(embedding, prompts, None).masks[0]
        yield iou(mask, truth), time.perf_counter() - begun
