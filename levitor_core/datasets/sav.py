"""SA-V (Segment Anything Video) -> AnnotatedVideo: VIDEO.mp4 at 24 fps beside VIDEO_manual.json and VIDEO_auto.json.
Its val and test sets lie otherwise: `sav_frames` reads them.

The JSON's `masklet` lists, for every annotated frame, one COCO RLE {size: [h, w], counts} per object. Masks are
annotated at 6 fps: the i-th list belongs to frame 4 i. Objects overlap (a person, a hand); the smaller one is on top.
Manual masklets get the first ids, automatic ones follow. All of it is hostile until checked.
"""

import json
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from jaxtyping import Int

from levitor_core.datasets.sav_frames import ANNOTATIONS, PICTURES, ids_by_size, open_sav_frames
from levitor_core.datasets.windows import AnnotatedVideo, Frames, Labels
from levitor_core.errors import InputError
from levitor_core.files.image_files import check_shape, read_bytes
from levitor_core.structures import LabelMap, SizeHW

STRIDE = 4
MAX_JSON_BYTES = 512 * 2**20
MAX_FPS = 240.0
KEPT_ANNOTATIONS = 8
MASKLETS = ("manual", "auto")
_COUNTS = re.compile(r"(?:[P-o]{0,5}[0-O])*")  # of each number the last character alone lacks the "goes on" bit

Run = dict[str, Any]


@dataclass(frozen=True)
class Masklets:
    """A video's annotations: `runs[i]` are the RLEs of frame 4 i, one an object."""

    size_hw: SizeHW
    fps: float
    runs: tuple[tuple[Run, ...], ...]


@dataclass(frozen=True)
class SavVideo:
    """One video of SA-V."""

    name: str
    path: Path
    annotations: tuple[Path, ...]

    def numbers(self) -> tuple[int, ...]:
        """Every fourth frame."""
        return tuple(STRIDE * i for i in range(len(self._masklets().runs)))

    def frames(self, numbers: Sequence[int]) -> Frames:
        """Frames decoded from shortly before the first one on."""
        masklets = self._masklets()
        return np.stack(_decode(self.path, numbers, masklets.fps, masklets.size_hw))

    def labels(self, numbers: Sequence[int]) -> Labels:
        """Ids of the masklets, larger ones first, so that smaller ones lie on top."""
        masklets = self._masklets()
        wanted = [number // STRIDE for number in numbers]
        if any(number % STRIDE for number in numbers) or max(wanted) >= len(masklets.runs):
            raise InputError(f"{self.name} has no masks at some of these frames; prepare the data again.")
        runs = [masklets.runs[i] for i in wanted]
        areas = np.array([[_area(run, masklets.size_hw, self.name) for run in frame] for frame in runs]).sum(axis=0)
        ids = ids_by_size(areas)
        return np.stack([_flatten(frame, ids, masklets.size_hw) for frame in runs])

    def _masklets(self) -> Masklets:
        return _read(self.annotations)


def open_sav(root: Path) -> list[AnnotatedVideo]:
    """The videos below a folder of SA-V that have masklets, by name; or those of its val or test set.

    Raises InputError when there is none.
    """
    if (root / PICTURES).is_dir() and (root / ANNOTATIONS).is_dir():
        return open_sav_frames(root)
    videos: list[AnnotatedVideo] = []
    for path in sorted(root.rglob("*.mp4")):
        named = (path.with_name(f"{path.stem}_{kind}.json") for kind in MASKLETS)
        annotations = tuple(file for file in named if file.is_file())
        if annotations:
            videos.append(SavVideo(path.stem, path, annotations))
    if not videos:
        raise InputError(
            f"{root} holds no VIDEO.mp4 with a VIDEO_manual.json or VIDEO_auto.json, nor {PICTURES} and "
            f"{ANNOTATIONS} side by side; give SA-V's folder."
        )
    return videos


@lru_cache(KEPT_ANNOTATIONS)
def _read(paths: tuple[Path, ...]) -> Masklets:
    """All annotations of a video, object lists joined frame by frame."""
    parts = [_parse(path) for path in paths]
    if any(part.size_hw != parts[0].size_hw for part in parts):
        raise InputError(f"{paths[0].name} and {paths[1].name} differ in the video's size; get both again.")
    joined = zip(*(part.runs for part in parts), strict=False)
    return Masklets(parts[0].size_hw, parts[0].fps, tuple(sum(runs, ()) for runs in joined))


def _parse(path: Path) -> Masklets:
    try:
        document = json.loads(read_bytes(path, "annotation", MAX_JSON_BYTES))
        size_hw = int(document["video_height"]), int(document["video_width"])
        fps = float(document["video_frame_count"]) / float(document["video_duration"])
        runs = tuple(tuple(frame) for frame in document["masklet"])
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        raise InputError(f"{path.name} is no whole SA-V annotation; get it again.") from error
    check_shape(size_hw, "video")
    if not 1 <= fps <= MAX_FPS or not runs or len({len(frame) for frame in runs}) != 1 or not runs[0]:
        raise InputError(f"{path.name} has no masklets, or not the same ones in every frame; get it again.")
    return Masklets(size_hw, fps, runs)


def _area(run: Run, size_hw: SizeHW, name: str) -> int:
    """Pixels of one mask. Raises InputError unless its runs fill the frame exactly: the decoder trusts them."""
    try:
        size, counts = tuple(run["size"]), run["counts"]
    except (KeyError, TypeError) as error:
        raise InputError(f"A mask of {name} is no COCO RLE; get its annotation again.") from error
    sound = isinstance(counts, str) and len(counts) <= 6 * size_hw[0] * size_hw[1] and _COUNTS.fullmatch(counts)
    lengths = run_lengths(counts) if sound else np.zeros(0, np.int64)
    if size != size_hw or (lengths < 0).any() or lengths.sum() != size_hw[0] * size_hw[1]:
        raise InputError(
            f"A mask of {name} does not fit its {size_hw[1]}x{size_hw[0]} frame; get its annotation again."
        )
    return int(lengths[1::2].sum())


def run_lengths(counts: str) -> Int[np.ndarray, " runs"]:
    """The runs of COCO's compressed counts: 5 bits a character, least significant first, two's complement;
    from the fourth on as the difference to the run before the last."""
    codes = np.frombuffer(counts.encode(), np.uint8).astype(np.int64) - 48
    ends = np.flatnonzero(codes < 32)
    if not len(ends):
        return np.zeros(0, np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1])
    place = np.arange(len(codes)) - np.repeat(starts, ends - starts + 1)
    values = np.add.reduceat((codes & 31) << (5 * place), starts)
    values -= np.where(codes[ends] & 16, 1 << (5 * (place[ends] + 1)), 0)
    for first in (1, 2):
        values[first::2] = values[first::2].cumsum()
    return values


def _flatten(runs: Sequence[Run], ids: dict[int, int], size_hw: SizeHW) -> LabelMap:
    """One id a pixel, the last of `ids` on top."""
    from pycocotools import mask as coco

    labels = np.zeros(size_hw, np.int32)
    for index, label in ids.items():
        mask: Any = coco.decode({"size": list(size_hw), "counts": runs[index]["counts"].encode()})
        labels[mask > 0] = label
    return labels


def _decode(path: Path, numbers: Sequence[int], fps: float, size_hw: SizeHW) -> list[np.ndarray]:
    """Frames by number; ffmpeg seeks to the key frame before the first and passes every fourth on."""
    start = max(0.0, (numbers[0] - 0.5) / fps)
    chosen = f"select=not(mod(n\\,{STRIDE})),scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp"
    options = ["-vf", chosen, "-fps_mode", "passthrough", "-frames:v", str(len(numbers))]
    if list(numbers) != list(range(numbers[0], numbers[0] + STRIDE * len(numbers), STRIDE)):
        raise InputError(f"Frames of {path.name} are read {STRIDE} apart; ask for consecutive annotated ones.")
    found: list[np.ndarray] = []
    try:
        reader = imageio_ffmpeg.read_frames(str(path), input_params=["-ss", f"{start:.6f}"], output_params=options)
        with closing(reader):
            width, height = next(reader)["size"]
            if (height, width) != size_hw:
                raise InputError(f"{path.name} is {width}x{height}, not as its masks say; get the video again.")
            found.extend(np.frombuffer(data, np.uint8).reshape(height, width, 3) for data in reader)
    except (OSError, StopIteration, RuntimeError) as error:
        raise InputError(f"{path.name} cannot be read; get the video again.") from error
    if len(found) < len(numbers):
        raise InputError(f"{path.name} ends before frame {numbers[-1]}; get the video again.")
    return found
