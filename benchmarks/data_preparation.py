"""Clips a second a core that training data takes: decoding, cropping, control; depth apart, on any device.

    python benchmarks/data_preparation.py [--clips 8] [--device cpu]

Makes its own data: synthetic videos of 854x480 in the DAVIS layout and 480x848 at 24 fps as SA-V with masks of every
object and region. Clips are 16 frames, 288 wide x 512 high. A core-second is processor time of this process and of the
ffmpeg it starts, so that other work on the machine does not count. Depth runs Depth Anything V2 Small's real
architecture with random weights, which cost what trained ones cost.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import levitor_core  # noqa: E402, F401 - sets how threads wait, before torch is imported
from levitor_core.control.control_signal import PATCH_SIDE  # noqa: E402
from levitor_core.datasets.clips import VideoClip, control_of  # noqa: E402
from levitor_core.datasets.davis_writing import write_davis  # noqa: E402
from levitor_core.datasets.depth_cache import DepthCache  # noqa: E402
from levitor_core.datasets.sav import STRIDE, open_sav  # noqa: E402
from levitor_core.datasets.synthetic import make_clip  # noqa: E402
from levitor_core.datasets.synthetic_pictures import training_pictures  # noqa: E402
from levitor_core.datasets.vos import open_vos  # noqa: E402
from levitor_core.datasets.windows import AnnotatedVideo, PreparedVideos, crop_frames  # noqa: E402
from levitor_core.files.photo import TRAINED_SIZE  # noqa: E402
from levitor_core.files.video_io import write_mp4  # noqa: E402

DAVIS_HW, SAV_HW, TOY_HW = (480, 854), (848, 480), (64, 64)
NUM_FRAMES, ANNOTATED, FPS = 16, 24, 24
NUM_VIDEOS = 2
BATCH = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=8, help="clips read for each row")
    parser.add_argument("--device", default="cpu", help="where depth is estimated")
    arguments = parser.parse_args()
    import cv2

    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        for kind, videos in (("DAVIS 480p", davis(Path(folder))), ("SA-V", sav(Path(folder)))):
            measure_kind(kind, videos, Path(folder) / "depth" / kind, arguments.clips)
    measure_toy(10 * arguments.clips)
    measure_depth(arguments.device)


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


def measure_kind(kind: str, videos: list[AnnotatedVideo], depth: Path, num_clips: int) -> None:
    """Reading whole clips, and the control alone."""
    cache = DepthCache.make(depth, TRAINED_SIZE, "a ramp")
    ramp = np.tile(np.linspace(0, 255, TRAINED_SIZE[0], dtype=np.float32)[:, None], (1, TRAINED_SIZE[1]))
    for video in videos:
        for number in video.numbers():
            cache.write(video.name, number, ramp)
    source, rng = PreparedVideos(videos, cache, NUM_FRAMES), np.random.default_rng(0)
    clips: list[VideoClip] = []
    _report(f"{kind}: decode, crop, read depth", num_clips, lambda: clips.append(source.read(len(clips), rng)))
    controls = iter(clips)
    ids = np.mean([len(np.unique(clip.rendered.labels)) for clip in clips])
    _report(f"{kind}: control, {ids:.0f} ids", num_clips, lambda: control_of(next(controls).rendered, PATCH_SIDE))


def measure_toy(num_clips: int) -> None:
    """The toy model's clips: 8 frames of 64x64."""
    pictures, rng = training_pictures(), np.random.default_rng(0)
    clips: list[VideoClip] = []
    make_clip(rng, pictures)
    _report(
        "synthetic 64x64x8: make_clip",
        num_clips,
        lambda: clips.append(make_clip(rng, pictures, TOY_HW, 8, 1 + len(clips) % 3).clip),
    )
    controls = iter(clips)
    _report("synthetic 64x64x8: control", num_clips, lambda: control_of(next(controls).rendered, 6))


def measure_depth(device: str) -> None:
    """Frames a second, by the clock."""
    import torch

    estimator = _depth_anything(device)
    photos = crop_frames(np.random.default_rng(0).integers(0, 256, (BATCH, *DAVIS_HW, 3), dtype=np.uint8), TRAINED_SIZE)
    estimator.estimate_all(list(photos[:2]), TRAINED_SIZE)
    start = time.perf_counter()
    rounds = 10 if device.startswith("cuda") else 1
    for _ in range(rounds):
        estimator.estimate_all(list(photos), TRAINED_SIZE)
    seconds = time.perf_counter() - start
    where = (
        torch.cuda.get_device_name(device) if device.startswith("cuda") else f"CPU, {torch.get_num_threads()} threads"
    )
    print(f"{rounds * BATCH / seconds:8.1f} frames a second   depth, Depth Anything V2 Small, {where}")


def _depth_anything(device: str):  # noqa: ANN202
    import torch
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTImageProcessor

    from levitor_core.depth.depth_anything import DepthAnything

    configure: Any = Dinov2Config  # its signature hides out_indices
    backbone = configure(
        hidden_size=384,
        num_attention_heads=6,
        num_hidden_layers=12,
        image_size=518,
        out_indices=[3, 6, 9, 12],
        apply_layernorm=True,
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=384,
        neck_hidden_sizes=[48, 96, 192, 384],
        fusion_hidden_size=64,
    )
    processor = DPTImageProcessor(
        size={"height": 518, "width": 518}, keep_aspect_ratio=True, ensure_multiple_of=14, resample=3
    )
    torch.manual_seed(0)
    model: Any = DepthAnythingForDepthEstimation(config)
    return DepthAnything(model.to(device).eval(), processor)


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


def _report(label: str, count: int, step: Callable[[], object]) -> None:
    start = _core_seconds()
    for _ in range(count):
        step()
    seconds = (_core_seconds() - start) / count
    print(f"{1 / seconds:8.2f} clips a core-second ({1000 * seconds:6.1f} ms)   {label}")


def _core_seconds() -> float:
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


if __name__ == "__main__":
    main()
