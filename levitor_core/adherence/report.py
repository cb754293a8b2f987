"""How well videos followed their projects: a table, the same as JSON, and a picture of each beside Preview."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from levitor_core.adherence.by_colour import Video
from levitor_core.adherence.comparison import Comparison, compare
from levitor_core.adherence.measures import ObjectAdherence
from levitor_core.errors import InputError
from levitor_core.files.project_file import open_project
from levitor_core.files.video_io import frame_strip, read_frames
from levitor_core.monitor import Monitor
from levitor_core.structures import Image
from levitor_core.tables import markdown_table
from levitor_core.whole_files import is_folder, replacing

VIDEOS = (".mp4", ".gif", ".mov", ".mkv", ".webm")
TITLES = (
    "video",
    "object",
    "mask IoU",
    "box IoU",
    "centre px",
    "track px",
    "travelled",
    "size",
    "flicker",
    "hole leak",
    "jump",
)
COLUMNS = 8

Comparisons = Mapping[str, Comparison]


def pairs(project: Path, video: Path | None) -> list[tuple[Path, Path]]:
    """Every video with its project: one of each; one project's videos in a folder; or a folder's projects with the
    videos whose names begin with theirs. Raises InputError when there is none."""
    if is_folder(project):
        videos = _videos(video or project)
        projects = sorted(project.glob("*.levitor"), key=lambda path: -len(path.stem))
        owner = {file: next((p for p in projects if file.stem.startswith(p.stem)), None) for file in videos}
        found = [(owned, file) for file, owned in owner.items() if owned is not None]
    else:
        found = [(project, file) for file in (_videos(video) if video and is_folder(video) else [video]) if file]
    if not found:
        raise InputError("There is no video to measure; name a project and its video, or folders of them.")
    return found


def _videos(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEOS)


def compare_files(project: Path, video: Path, monitor: Monitor | None = None) -> Comparison:
    """One video file beside its project's Preview. Raises InputError."""
    return compare(open_project(project), read_frames(video), monitor=monitor)


def adherence_table(comparisons: Comparisons) -> str:
    """Every video's figures, each beside Preview's own, then who is in front of whom, and a sentence for each."""
    rows = [[name, *row] for name, item in comparisons.items() for row in _rows(item)]
    parts = [markdown_table(TITLES, rows), _ABOUT]
    orders = [row for name, item in comparisons.items() for row in _orders(name, item)]
    if orders:
        parts.append(markdown_table(("video", "in front", "behind", "share of pixels"), orders))
    parts += [f"{name}: {item.sentence}" for name, item in comparisons.items()]
    return "\n\n".join(parts) + "\n"


_ABOUT = (
    "Each figure: the video's / Preview's own by the same measure. Jump: how many times as much the picture changes "
    "into one frame, which is named, as into those about it."
)


def _rows(compared: Comparison) -> Iterator[list[str]]:
    video, preview, (frame, times) = compared.video, compared.preview, compared.largest_jump
    whole = [_both(video.flicker, preview.flicker, 2), _both(video.hole_leak, preview.hole_leak, 3)]
    whole.append(f"{times:.2f} at {frame}")
    for item, own in zip(video.objects, preview.objects, strict=True):
        yield [item.name, *_figures(item, own), *whole]
    if not video.objects:
        yield ["", *["-"] * 6, *whole]


def _figures(item: ObjectAdherence, own: ObjectAdherence) -> list[str]:
    digits = {"mask_iou": 3, "box_iou": 3, "centre_error_px": 1, "track_error_px": 1, "travelled": 2, "size_error": 2}
    return [_both(getattr(item, name), getattr(own, name), places) for name, places in digits.items()]


def _orders(name: str, item: Comparison) -> Iterator[list[str]]:
    for pair, own in zip(item.video.order, item.preview.order, strict=True):
        yield [name, pair.front, pair.back, _both(pair.share, own.share, 2)]


def _both(value: float, own: float, digits: int) -> str:
    return " / ".join(f"{number:.{digits}f}" if isfinite(number) else "-" for number in (value, own))


def adherence_record(comparisons: Comparisons) -> dict[str, Any]:
    """The same as plain JSON values; null where there is nothing to measure."""
    return {
        name: {
            "video": _plain(asdict(item.video)),
            "preview": _plain(asdict(item.preview)),
            "largest_jump": dict(zip(("frame", "times"), item.largest_jump, strict=True)),
            "sentence": item.sentence,
            "about": item.about,
        }
        for name, item in comparisons.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def adherence_strip(item: Comparison) -> Image:
    """Preview's frames over the video's, over how far they differ."""
    apart = np.abs(item.frames.astype(np.int16) - item.preview_frames).astype(np.uint8)
    rows: Sequence[Video] = (item.preview_frames, item.frames, apart)
    return np.concatenate([frame_strip(list(video), COLUMNS) for video in rows])


def write_figures(comparisons: Comparisons, path: Path) -> None:
    """The table where the name ends on .md, else the same as JSON; whole or not at all. Raises InputError."""
    record = json.dumps(adherence_record(comparisons), indent=1) + "\n"
    with replacing(path) as partial:
        partial.write_text(adherence_table(comparisons) if path.suffix.lower() == ".md" else record, encoding="utf-8")


def write_report(comparisons: Comparisons, folder: Path) -> None:
    """adherence.md, adherence.json and a picture a video. Raises InputError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("adherence.md", "adherence.json"):
        write_figures(comparisons, folder / name)
    for name, item in comparisons.items():
        with replacing(folder / f"{name}.png") as partial:
            Pillow.fromarray(adherence_strip(item)).save(partial, optimize=True)
