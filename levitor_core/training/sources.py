"""Where clips come from: the config's word for it -> ClipSource."""

from pathlib import Path

from levitor_core.datasets.clips import ClipSource
from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.datasets.preparation import open_videos
from levitor_core.datasets.synthetic import SyntheticSource
from levitor_core.datasets.synthetic_pictures import training_pictures
from levitor_core.datasets.windows import PreparedVideos
from levitor_core.errors import InputError
from levitor_core.training.config import DataConfig

PREPARED_KINDS = {"sa-v": "sav", "vos": "davis"}
ENDLESS = 1_000_000


def open_source(data: DataConfig) -> ClipSource:
    """The clips that `data` names. Raises InputError when there are none that can be used."""
    return open_synthetic(data) if data.kind in ("synthetic", "pool") else _open_prepared(data)


def open_synthetic(data: DataConfig) -> SyntheticSource:
    """Clips of the synthetic world, made as they are read."""
    pictures = training_pictures(Path(data.pictures) if data.pictures else None)
    return SyntheticSource(pictures, (data.height, data.width), data.num_frames, ENDLESS)


def _open_prepared(data: DataConfig) -> ClipSource:
    """True videos with their cached depth."""
    root = Path(data.folder)
    cache = DepthCache.open(Path(data.depth) if data.depth else root / "depth")
    if cache.size_hw != (data.height, data.width):
        raise InputError(
            f"{cache.folder} holds depth of {cache.size_hw[1]}x{cache.size_hw[0]} frames; prepare it again with "
            f"--size {data.width}x{data.height}, or correct data.height and data.width."
        )
    return PreparedVideos(open_videos(root, PREPARED_KINDS[data.kind]), cache, data.num_frames)
