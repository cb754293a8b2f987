"""Where clips come from: the config's word for it -> ClipSource."""

from pathlib import Path

import numpy as np

from levitor_core.datasets.clips import ClipSource, VideoClip
from levitor_core.errors import InputError
from levitor_core.training.config import DataConfig

PREPARED_KINDS = {"sa-v": "sav", "vos": "davis"}
ENDLESS = 1_000_000
LONE, CROSSING = 0.4, 0.3  # shares of clips of one object, of two that cross; the rest has two or three anywhere


class SyntheticSource:
    """Clips of the synthetic world, made as they are read; `rng` decides everything, the index nothing."""

    def __init__(self, data: DataConfig) -> None:
        from levitor_core.datasets.synthetic_pictures import training_pictures

        self.size_hw, self.num_frames = (data.height, data.width), data.num_frames
        self.pictures = training_pictures(Path(data.pictures) if data.pictures else None)

    def __len__(self) -> int:
        return ENDLESS

    def read(self, index: int, rng: np.random.Generator) -> VideoClip:
        """A new clip."""
        from levitor_core.datasets.synthetic import make_clip

        chance = rng.random()
        crossing = LONE <= chance < LONE + CROSSING
        num_objects = 1 if chance < LONE else 2 if crossing else int(rng.integers(2, 4))
        return make_clip(rng, self.pictures, self.size_hw, self.num_frames, num_objects, crossing).clip


def open_source(data: DataConfig) -> ClipSource:
    """The clips that `data` names. Raises InputError when there are none that can be used."""
    return SyntheticSource(data) if data.kind in ("synthetic", "pool") else _prepared(data)


def _prepared(data: DataConfig) -> ClipSource:
    """True videos with their cached depth."""
    from levitor_core.datasets.depth_cache import DepthCache
    from levitor_core.datasets.preparation import open_videos
    from levitor_core.datasets.windows import PreparedVideos

    root = Path(data.folder)
    cache = DepthCache.open(Path(data.depth) if data.depth else root / "depth")
    if cache.size_hw != (data.height, data.width):
        raise InputError(
            f"{cache.folder} holds depth of {cache.size_hw[1]}x{cache.size_hw[0]} frames; prepare it again with "
            f"--size {data.width}x{data.height}, or correct data.height and data.width."
        )
    return PreparedVideos(open_videos(root, PREPARED_KINDS[data.kind]), cache, data.num_frames)
