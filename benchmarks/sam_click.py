"""How long SAM at full vit_b size takes for a photo and for a click, on the CPU with random weights.

A click is all that the page waits for: SAM's decoder, and its three masks written as the PNGs that the stage receives.
"""

import numpy as np

from benchmarks.photo_networks import sam
from benchmarks.table import Row, seconds
from levitor_core.structures import PointPrompt
from ui.stage.payload import mask_url

CLICKS = 20


def scenario() -> list[Row]:
    """One 512x288 photo; the first click is not counted."""
    segmenter = sam("vit_b", "cpu")
    photo = np.random.default_rng(0).integers(0, 256, (576, 1024, 3), dtype=np.uint8)
    kept = []
    encoding = seconds(lambda: kept.append(segmenter.embed(photo, (288, 512))))
    (embedding,) = kept

    def click(x: float) -> None:
        found = segmenter.segment(embedding, [PointPrompt(x, 144)], None)
        for mask in found.masks:
            mask_url(mask)

    click(250)
    clicks = tuple(seconds(lambda x=x: click(x)) for x in np.linspace(20, 490, CLICKS))
    return [
        Row("a photo is encoded, once (SAM vit_b)", (encoding,)),
        Row("a click becomes three masks (SAM vit_b)", clicks),
    ]
