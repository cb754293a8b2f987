"""A photo prepared on a CUDA card at full architecture size, random weights: SAM ViT-H's encoding and automatic masks,
and Depth Anything V2 Large.

Random weights find no masks, and how many survive decides what they cost. So the decoder runs for every click of the
grid, and discs take the place of what it says: 10 x 10 of them survive.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import numpy as np

from benchmarks.photo_networks import depth_anything, sam
from benchmarks.table import Row, timed
from levitor_core.monitor import Monitor
from levitor_core.segmentation.kept_embedding import KeptEmbedding

SIZE_HW, PHOTO_HW = (288, 512), (1080, 1920)
DISCS = 10  # a side


def scenario() -> Iterator[Row]:
    """One 1920x1080 photo, 512x288 at work."""
    photo = np.random.default_rng(0).integers(0, 256, (*PHOTO_HW, 3), dtype=np.uint8)
    segmenter, depth = sam("vit_h", "cuda"), depth_anything("Large", "cuda")
    embedding = segmenter.embed(photo, SIZE_HW)

    def everything() -> None:
        segmenter.find_instances(segmenter.embed(photo, SIZE_HW), Monitor())
        depth.estimate(photo, SIZE_HW)

    with _discs():
        yield timed("SAM ViT-H: encoding", lambda: segmenter.embed(photo, SIZE_HW))
        masks = f"SAM ViT-H: automatic masks, of which {DISCS**2} survive"
        yield timed(masks, lambda: segmenter.find_instances(embedding, Monitor()))
        yield timed("Depth Anything V2 Large", lambda: depth.estimate(photo, SIZE_HW))
        yield timed("all three", everything)


@contextmanager
def _discs() -> Iterator[None]:
    """What the decoder says becomes one disc of the grid a click, in turn, certain of itself."""
    import torch

    rows, columns = (torch.arange(side, device="cuda") for side in SIZE_HW)
    decode, turn = KeptEmbedding.predict_torch, cycle(np.ndindex(DISCS, DISCS))

    def predict(self: KeptEmbedding, *given: Any, **options: Any) -> Any:
        masks, scores, low = decode(self, *given, **options)
        for mask, disc in zip(masks, turn, strict=False):
            y, x = ((place + 0.5) * side / DISCS for place, side in zip(disc, SIZE_HW, strict=True))
            inside = (rows[:, None] - y) ** 2 + (columns - x) ** 2 < (0.4 * SIZE_HW[0] / DISCS) ** 2
            mask[:] = torch.where(inside, 20.0, -20.0)
        return masks, torch.ones_like(scores), low

    KeptEmbedding.predict_torch = predict
    try:
        yield
    finally:
        KeptEmbedding.predict_torch = decode
