"""What training data takes: decoding, cropping, control; depth apart, on the best device.

Makes its own data: synthetic videos of 854x480 in the DAVIS layout and 480x848 at 24 fps as SA-V with masks of every
object and region. Clips are 16 frames, 288 wide x 512 high. Core time is processor time of this process and of the
ffmpeg it starts, so that other work on the machine does not count.
"""

import json
import resource
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.photo_networks import depth_anything
from benchmarks.table import Row, timed
from levitor_core.control.control_signal import PATCH_SIDE
from levitor_core.datasets.clips import VideoClip, control_of
from levitor_core.datasets.davis_writing import write_davis
from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.datasets.sav import STRIDE, open_sav
from levitor_core.datasets.synthetic import make_clip
from levitor_core.datasets.synthetic_pictures import training_pictures
from levitor_core.datasets.vos import open_vos
from levitor_core.datasets.windows import AnnotatedVideo, PreparedVideos, crop_frames
from levitor_core.devices import best_device
from levitor_core.files.photo import TRAINED_SIZE
from levitor_core.files.video_io import write_mp4

DAVIS_HW, SAV_HW, TOY_HW = (480, 854), (848, 480), (64, 64)
NUM_FRAMES, ANNOTATED, FPS = 16, 24, 24
NUM_VIDEOS = 2
BATCH, CLIPS = 16, 8


def scenario() -> Iterator[Row]:
    """Eight clips of each layout, eighty of the toy's size, sixteen frames of depth."""
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        for kind, videos in (("DAVIS 480p", davis(Path(folder))), ("SA-V", sav(Path(folder)))):
            yield from measure_kind(kind, videos, Path(folder) / "depth" / kind, CLIPS)
    yield from measure_toy(10 * CLIPS)
    cv2.setNumThreads(threads)
    yield measure_depth(best_device("auto"))


def davis(folder: Path) -> list[AnnotatedVideo]:
    """Synthetic videos in the DAVIS layout."""
    made = (_video(seed, DAVIS_HW, ANNOTATED, f"video-{seed}") for seed in range(NUM_VIDEOS))
    write_davis(folder / "davis", made, DAVIS_HW, "true depth")
    return open_vos(folder / "davis")


def sav(folder: Path) -> list[AnnotatedVideo]:
    """Synthetic videos as SA-V distributes its own."""
    (folder / "sav").mkdir()
    for seed in range(NUM_VIDEOS):
        clip = _video(seed, SAV_HW, STRIDE * ANNOTATED, f"sav_{seed:06d}")
        write_mp4(clip.frames, folder / "sav" / f"{clip.name}.mp4", FPS)
        (folder / "sav" / f"{clip.name}_manual.json").write_text(json.dumps(_annotation(clip)))
    return open_sav(folder / "sav")


def measure_kind(kind: str, videos: list[AnnotatedVideo], depth: Path, num_clips: int) -> Iterator[Row]:
    """Reading whole clips, and the control alone."""
    cache = DepthCache.make(depth, TRAINED_SIZE, "a ramp")
    ramp = np.tile(np.linspace(0, 255, TRAINED_SIZE[0], dtype=np.float32)[:, None], (1, TRAINED_SIZE[1]))
    for video in videos:
        for number in video.numbers():
            cache.write(video.name, number, ramp)
    source, rng = PreparedVideos(videos, cache, NUM_FRAMES), np.random.default_rng(0)
    clips: list[VideoClip] = []
    yield _core_time(f"{kind}: decode, crop, read depth", num_clips, lambda: clips.append(source.read(len(clips), rng)))
    controls = iter(clips)
    ids = np.mean([len(np.unique(clip.rendered.labels)) for clip in clips])
    yield _core_time(
        f"{kind}: control, {ids:.0f} ids", num_clips, lambda: control_of(next(controls).rendered, PATCH_SIDE)
    )


def measure_toy(num_clips: int) -> Iterator[Row]:
    """The toy model's clips: 8 frames of 64x64."""
    pictures, rng = training_pictures(), np.random.default_rng(0)
    clips: list[VideoClip] = []
    make_clip(rng, pictures)
    yield _core_time(
        "synthetic 64x64x8: make_clip",
        num_clips,
        lambda: clips.append(make_clip(rng, pictures, TOY_HW, 8, 1 + len(clips) % 3).clip),
    )
    controls = iter(clips)
    yield _core_time("synthetic 64x64x8: control", num_clips, lambda: control_of(next(controls).rendered, 6))


def measure_depth(device: str) -> Row:
    """By the clock."""
    estimator = depth_anything("Small", device)
    photos = crop_frames(np.random.default_rng(0).integers(0, 256, (BATCH, *DAVIS_HW, 3), dtype=np.uint8), TRAINED_SIZE)
    label = f"Depth Anything V2 Small on {device}, {BATCH} frames"
    return timed(label, lambda: estimator.estimate_all(list(photos), TRAINED_SIZE), repeats=3)


def _video(seed: int, size_hw: tuple[int, int], num_frames: int, name: str) -> VideoClip:
    made = make_clip(np.random.default_rng(seed), training_pictures(), size_hw, num_frames, 3, num_occluders=3).clip
    return VideoClip(name, made.frames, made.rendered)


def _annotation(clip: VideoClip) -> dict[str, object]:
    from pycocotools import mask as coco

    num_frames, height, width = clip.rendered.labels.shape
    ids = [label for label in np.unique(clip.rendered.labels).tolist() if label]

    def run(mask: np.ndarray) -> dict[str, object]:
        encoded: Any = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
        return {"size": [height, width], "counts": encoded["counts"].decode()}

    return {
        "video_id": clip.name,
        "video_frame_count": float(num_frames),
        "video_duration": num_frames / FPS,
        "video_height": float(height),
        "video_width": float(width),
        "masklet": [[run(labels == label) for label in ids] for labels in clip.rendered.labels[::STRIDE]],
    }


def _core_time(label: str, count: int, step: Callable[[], object]) -> Row:
    """Of each of `count` times."""
    taken = [_core_seconds()]
    for _ in range(count):
        step()
        taken.append(_core_seconds())
    return Row(f"{label}, core time a clip", tuple(1000 * np.diff(taken)), "ms")


def _core_seconds() -> float:
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)
