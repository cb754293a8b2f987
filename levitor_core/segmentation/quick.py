"""Picking without weights: regions of the photo's graph around clicks and in boxes.

A stand-in for SAM behind the same interface, and named as one: it knows colours and edges, not objects. The first click
or the box gives a mask, and every further click refines it: `reach`, `box` and `refine` say how.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from levitor_core.errors import InputError
from levitor_core.monitor import Monitor
from levitor_core.segmentation import check_box, check_clicks
from levitor_core.segmentation.box import box_guesses
from levitor_core.segmentation.partition import consecutive
from levitor_core.segmentation.photo_graph import PhotoGraph
from levitor_core.segmentation.refine import guesses, refine
from levitor_core.segmentation.superpixels import join, superpixels
from levitor_core.structures import (
    AnyImage,
    BoxXYXY,
    Image,
    ImageEmbedding,
    LabelMap,
    Mask,
    MaskCandidates,
    PointPrompt,
    SizeHW,
)

INSTANCE_DISTANCE = 100.0  # Lab units times the root of a superpixel count (Ward)
MIN_INSTANCES, MAX_INSTANCES = 5, 40
LIKELIER = 2.0  # of a box's guesses, each than the next
KEPT = 64  # answers

_Asked = tuple[BoxXYXY | None, tuple[PointPrompt, ...]]
_Guesses = list[tuple[Mask, float]]


@dataclass(frozen=True, eq=False)
class QuickFeatures:
    """The photo at working size, its graph, and the latest answers, packed: a further click starts from the last
    mask."""

    image: Image
    graph: PhotoGraph
    answers: dict[_Asked, list[tuple[bytes, float]]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class QuickSegmenter:
    """The weight-free `Segmenter`."""

    name: str = "Quick picker"

    def embed(self, photo: AnyImage, size_hw: SizeHW, monitor: Monitor | None = None) -> ImageEmbedding:
        """Reduce the photo to working size and find its superpixels: a fraction of a second."""
        import cv2

        (monitor or Monitor()).report("Reading the photo's outlines", 0, 1)
        image = np.asarray(cv2.resize(photo, size_hw[::-1], interpolation=cv2.INTER_AREA))
        features = QuickFeatures(image, PhotoGraph.of(image))
        (monitor or Monitor()).report("Reading the photo's outlines", 1, 1)
        return ImageEmbedding(self.name, features)

    def segment(self, embedding: ImageEmbedding, prompts: Sequence[PointPrompt], box: BoxXYXY | None) -> MaskCandidates:
        """Up to three masks that differ, the likeliest first; all of them follow the last click.

        The score is the share of what the guesses promise.
        """
        data: QuickFeatures = embedding.data
        box = check_box(prompts, box, data.graph.labels.shape)
        first = None if box else next(index for index, prompt in enumerate(prompts) if prompt.inside)
        ordered = list(prompts) if first is None else [prompts[first], *prompts[:first], *prompts[first + 1 :]]
        return _candidates(_answer(data, box, tuple(ordered)))

    def graph(self, embedding: ImageEmbedding) -> PhotoGraph:
        """What tools on masks look for edges in."""
        return embedding.data.graph

    def refine(self, embedding: ImageEmbedding, mask: Mask, clicks: Sequence[PointPrompt]) -> MaskCandidates:
        """What the clicks make of a mask, whoever made it: up to three guesses at the last, the likeliest first.

        Raises InputError without a click, or for one outside the image.
        """
        data: QuickFeatures = embedding.data
        check_clicks(clicks, mask.shape)
        if not clicks:
            raise InputError("Click on what belongs to the object, or on what does not.")
        *before, last = clicks
        refined = refine(data.image, mask, before, (), data.graph)
        return _candidates(guesses(data.graph, refined, last, before))

    def find_instances(self, embedding: ImageEmbedding, monitor: Monitor) -> LabelMap:
        """Superpixels joined while their colours allow it (Ward), 5 to 40 regions that fill the picture."""
        monitor.report("Finding instances", 0, 1)
        graph = superpixels(embedding.data.image)
        regions = join(graph, INSTANCE_DISTANCE, MIN_INSTANCES, MAX_INSTANCES)
        monitor.report("Finding instances", 1, 1)
        return consecutive((regions + 1).astype(np.int32))


def _candidates(found: _Guesses) -> MaskCandidates:
    """Guesses with the share of what they promise as their scores."""
    promise = np.exp(np.array([score for _, score in found]) - found[0][1])
    return MaskCandidates(np.stack([mask for mask, _ in found]), (promise / promise.sum()).astype(np.float32))


def _answer(data: QuickFeatures, box: BoxXYXY | None, prompts: tuple[PointPrompt, ...]) -> _Guesses:
    """The guesses after the last click, on the likeliest mask before it."""
    packed = data.answers.get((box, prompts))
    if packed is not None:
        return [(_unpacked(mask, data.graph.labels.shape), score) for mask, score in packed]
    answer = _fresh_answer(data, box, prompts)
    while len(data.answers) >= KEPT:
        data.answers.pop(next(iter(data.answers)), None)
    data.answers[box, prompts] = [(_packed(mask), score) for mask, score in answer]
    return answer


def _packed(mask: Mask) -> bytes:
    return zlib.compress(np.packbits(mask).tobytes(), 1)


def _unpacked(packed: bytes, size_hw: SizeHW) -> Mask:
    bits = np.unpackbits(np.frombuffer(zlib.decompress(packed), np.uint8), count=size_hw[0] * size_hw[1])
    return bits.astype(bool).reshape(size_hw)


def _fresh_answer(data: QuickFeatures, box: BoxXYXY | None, prompts: tuple[PointPrompt, ...]) -> _Guesses:
    if not prompts and box:
        masks = box_guesses(data.graph, box)
        return [(mask, -np.log(LIKELIER) * place) for place, mask in enumerate(masks)]
    before = prompts[:-1]
    empty = np.zeros(data.graph.labels.shape, dtype=bool)
    mask = _answer(data, box, before)[0][0] if before or box else empty
    return guesses(data.graph, mask, prompts[-1], before)
