"""VideoClip -> the DAVIS layout with its depth cache. SIDE EFFECT: writes files.

ROOT/JPEGImages/480p/NAME/00000.jpg, ROOT/Annotations/480p/NAME/00000.png and ROOT/depth as `depth_cache` has it:
what `vos.open_vos` and `DepthCache.open` read.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image as PilImage

from levitor_core.datasets.clips import VideoClip
from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.files.video_io import label_colour
from levitor_core.structures import MAX_LABEL, SizeHW

JPEG_QUALITY = 97
DEPTH_FOLDER = "depth"


def write_davis(root: Path, clips: Iterable[VideoClip], size_hw: SizeHW, depth_source: str) -> int:
    """Write clips of one size, each under its own name; returns how many."""
    cache = DepthCache.make(root / DEPTH_FOLDER, size_hw, depth_source)
    palette = [0, 0, 0] + [value for label in range(1, MAX_LABEL + 1) for value in label_colour(label)]
    count = 0
    for clip in clips:
        _write(root, clip, cache, palette)
        count += 1
    return count


def _write(root: Path, clip: VideoClip, cache: DepthCache, palette: list[int]) -> None:
    pictures, annotations = (root / kind / "480p" / clip.name for kind in ("JPEGImages", "Annotations"))
    pictures.mkdir(parents=True, exist_ok=True)
    annotations.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(clip.frames):
        picture = PilImage.fromarray(frame)
        picture.save(pictures / f"{number:05d}.jpg", quality=JPEG_QUALITY, subsampling=0)
        ids = PilImage.fromarray(clip.rendered.labels[number].astype(np.uint8))
        ids.putpalette(palette)
        ids.save(annotations / f"{number:05d}.png")
        cache.write(clip.name, number, clip.rendered.disparity[number])
