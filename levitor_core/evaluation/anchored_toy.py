"""The tables of docs/anchoring.md: the toy model held to Preview, to a Preview that is wrong, and in windows.

Scenes of a seed that nobody tuned on; every row is measured on the same ones, with the same noise.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from levitor_core.adherence.by_colour import Video
from levitor_core.adherence.measures import measure_jumps
from levitor_core.anchoring.clocks import UNCOVERED_HOLD, Holds
from levitor_core.anchoring.guide import Guide, guide_of
from levitor_core.anchoring.windows import AtOnce, seams
from levitor_core.datasets.clips import Ablation
from levitor_core.evaluation.sampling import BatchGenerator, Requests
from levitor_core.evaluation.statistics import estimate
from levitor_core.evaluation.toy import scene_numbers
from levitor_core.evaluation.toy_previews import Mistake, ToyPreview, preview_of
from levitor_core.evaluation.toy_scenes import KINDS, Kind, ToyScene, make_requests, make_scenes
from levitor_core.renderers.levitor.entry import TOY_ENTRY, ToySettings
from levitor_core.renderers.levitor.pipeline import Job
from levitor_core.structures import AnyImage, ControlSignal
from levitor_core.tables import markdown_table

SIZE_HW, FRAMES, STEPS = (64, 64), 8, 8
LONG = 22  # frames: three seams or more
RIGHT, PATH, DEPTH = Mistake(), Mistake(px=4), Mistake(disparity=40)
DEFAULT = ToySettings().anchor
STIFF = ToySettings().hold_background


@dataclass(frozen=True)
class Row:
    """One line of a table: how the model is held, and to which Preview."""

    title: str
    anchor: float = DEFAULT
    background: float = STIFF
    uncovered: float = UNCOVERED_HOLD
    steps: int = STEPS
    control: bool = True
    mistake: Mistake = RIGHT
    kind: str = "model"  # or what of Preview stands beside it: preview, vae


HELD = (
    Row("toy, plain", 0.0),
    Row("toy, anchor 0.80", 0.8),
    Row(f"**toy, anchor {DEFAULT:.2f} (its default)**"),
    Row("the same, holes held as objects are", uncovered=1.0),
    Row("the same, 25 steps", steps=25),
    Row("toy, anchor 0.90", 0.9),
    Row("toy, anchor 0.42, background 0.7", 0.42, 0.7),
    Row("toy without ControlNet, plain", 0.0, control=False),
    Row(f"toy without ControlNet, anchor {DEFAULT:.2f}", control=False),
    Row("Preview alone", kind="preview"),
    Row("Preview through the VAE", kind="vae"),
)
WRONG = tuple(
    row
    for name, mistake in (("path", PATH), ("depth", DEPTH))
    for row in (
        Row(f"{name} wrong: Preview", mistake=mistake, kind="preview"),
        Row(f"{name} wrong: Preview through the VAE", mistake=mistake, kind="vae"),
        Row(f"{name} wrong: toy, anchor {DEFAULT:.2f}", mistake=mistake),
        Row(f"{name} wrong: toy, anchor 0.80", 0.8, mistake=mistake),
    )
)
SHARED = TOY_ENTRY.at_once.shared
SEAMS = {
    f"toy, plain, {SHARED} frames shared": (0.0, SHARED),
    "toy, held, 1 frame shared": (DEFAULT, 1),
    f"**toy, held, {SHARED} shared (its default)**": (DEFAULT, SHARED),
    "toy, held, 4 shared": (DEFAULT, 4),
}


class Bench:
    """The scenes of one seed, their Previews, and the toy model with and without its ControlNet."""

    def __init__(
        self,
        checkpoint: Path,
        pictures: Sequence[AnyImage],
        device: torch.device,
        scenes: int = 64,
        seed: int = 0,
        batch: int = 32,
    ) -> None:
        self.checkpoint, self.pictures, self.device = checkpoint, pictures, device
        self.scenes_asked, self.seed, self.batch = scenes, seed, batch
        self.scenes: Callable[[Kind, int], list[ToyScene]] = cache(self._scenes)
        self.previews: Callable[[Kind, int, Mistake], list[ToyPreview]] = cache(self._previews)
        self.model: Callable[[bool], BatchGenerator] = cache(self._model)

    def _model(self, control: bool) -> BatchGenerator:
        return BatchGenerator.load(self.checkpoint, self.device, control=control)

    def _scenes(self, kind: Kind, frames: int) -> list[ToyScene]:
        return list(make_scenes(kind, self.scenes_asked, self.seed, self.pictures, SIZE_HW, frames))

    def _previews(self, kind: Kind, frames: int, mistake: Mistake) -> list[ToyPreview]:
        return [preview_of(scene, mistake) for scene in self.scenes(kind, frames)]

    def guides(self, kind: Kind, frames: int, mistake: Mistake, anchor: float, holds: Holds) -> list[Guide]:
        """What holds each scene's video."""
        made = self.previews(kind, frames, mistake)
        return [guide_of(item.frames, item.animation, item.rendered, anchor, holds) for item in made]

    def requests(self, kind: Kind, frames: int) -> Requests:
        """What the model is asked for, whatever holds it."""
        side = self.model(True).networks.control_patch_side
        return make_requests(self.scenes(kind, frames), self.seed, side, Ablation())

    def videos(self, row: Row, kind: Kind) -> list[Video]:
        """One video a scene."""
        if row.kind == "model":
            holds = Holds(background=row.background, uncovered=row.uncovered)
            guides = self.guides(kind, FRAMES, row.mistake, row.anchor, holds) if row.anchor else None
            asked = replace(self.requests(kind, FRAMES), guides=guides)
            settings = settings_for(FRAMES, row.steps)
            return list(self.model(row.control).generate(asked, settings, self.batch))
        shown = [item.frames for item in self.previews(kind, FRAMES, row.mistake)]
        return shown if row.kind == "preview" else [self.model(True).reconstruct(video) for video in shown]


def settings_for(frames: int, steps: int) -> ToySettings:
    """Without guidance, as the tables are."""
    return ToySettings(num_frames=frames, num_inference_steps=steps, max_guidance_scale=1.0)


def measure_rows(bench: Bench, rows: Sequence[Row]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row's figures: means over the scenes of each kind, and a 95 % interval of the mean mask IoU."""
    for row in rows:
        yield row.title, {kind: _means(bench, row, kind) for kind in KINDS}


def _means(bench: Bench, row: Row, kind: Kind) -> dict[str, float]:
    figures: dict[str, list[float]] = {"error": [], "iou": [], "psnr": [], "front": []}
    for scene, video in zip(bench.scenes(kind, FRAMES), bench.videos(row, kind), strict=True):
        numbers = scene_numbers(scene, {"it": video, "true_video": scene.truth}, kind == "crossing")
        for name, key in (("error", "centroid_error_px"), ("iou", "mask_iou"), ("psnr", "psnr_db")):
            figures[name].append(_number(numbers[key]["it"]))
        front = numbers["front"]["it"] if kind == "crossing" else None
        figures["front"].append(float("nan") if front is None else float(front > 0.5))
    means = {name: round(float(np.nanmean(values)), 4) for name, values in figures.items() if np.isfinite(values).any()}
    iou = estimate([value for value in figures["iou"] if np.isfinite(value)])
    return means | {"iou from": round(iou.low, 4), "iou to": round(iou.high, 4)}


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def rows_table(rows: dict[str, Any], front: bool) -> str:
    """The figures as docs/anchoring.md has them."""
    kinds = ["lone: error", "mask IoU", "PSNR", "crossing: error", "mask IoU", "PSNR"]
    lines = []
    for title, row in rows.items():
        cells = [cell for kind in KINDS for cell in _cells(row[kind])]
        lines.append((title, *cells, *([f"{row['crossing']['front']:.3f}"] if front else [])))
    return markdown_table(("", *kinds, *(["front"] if front else [])), lines)


def _cells(figures: dict[str, float]) -> tuple[str, str, str]:
    iou, low, high = (figures[name] for name in ("iou", "iou from", "iou to"))
    return f"{figures['error']:.2f}", f"{iou:.3f} [{low:.3f}, {high:.3f}]", f"{figures['psnr']:.2f}"


def measure_seams(bench: Bench) -> Iterator[tuple[str, dict[str, float]]]:
    """Long lone scenes in windows: how much more the picture changes at seams than elsewhere, and how well the path is
    kept; the true video and Preview beside it, at the same frames."""
    scenes, asked = bench.scenes("lone", LONG), bench.requests("lone", LONG)
    for title, (anchor, shared) in SEAMS.items():
        at_once = AtOnce(FRAMES, shared)
        guides = bench.guides("lone", LONG, RIGHT, anchor, Holds(background=STIFF)) if anchor else [None] * len(scenes)
        made = [_long_video(bench, asked, index, guide, at_once) for index, guide in enumerate(guides)]
        yield title, _seam_figures(scenes, made, seams(at_once.windows(LONG)))
    at = seams(AtOnce(FRAMES, 2).windows(LONG))
    yield "Preview", _seam_figures(scenes, [item.frames for item in bench.previews("lone", LONG, RIGHT)], at)
    yield "the true video", _seam_figures(scenes, [scene.truth for scene in scenes], at)


def _long_video(bench: Bench, asked: Requests, index: int, guide: Guide | None, at_once: AtOnce) -> Video:
    settings = replace(settings_for(LONG, STEPS), seed=asked.seeds[index])
    job = Job(asked.images[index], ControlSignal(asked.controls[index]), settings.fps, settings, guide, at_once)
    *_, video = (event for event in bench.model(True).pipeline.generate(job) if isinstance(event, np.ndarray))
    return video


def _seam_figures(scenes: Sequence[ToyScene], made: Sequence[Video], at: Sequence[int]) -> dict[str, float]:
    jumps = np.stack([measure_jumps(video) for video in made])
    elsewhere = [frame for frame in range(2, LONG - 1) if frame not in at]
    numbers = [
        scene_numbers(scene, {"it": video, "true_video": scene.truth}, False)
        for scene, video in zip(scenes, made, strict=True)
    ]

    def mean(key: str) -> float:
        return float(np.nanmean([_number(item[key]["it"]) for item in numbers]))

    return {
        "jump at seams": round(float(jumps[:, list(at)].mean()), 2),
        "elsewhere": round(float(jumps[:, elsewhere].mean()), 2),
        "one in ten: at seams": round(float(np.quantile(jumps[:, list(at)], 0.9)), 2),
        "one in ten: elsewhere": round(float(np.quantile(jumps[:, elsewhere], 0.9)), 2),
        "error": round(mean("centroid_error_px"), 2),
        "mask IoU": round(mean("mask_iou"), 3),
        "PSNR": round(mean("psnr_db"), 2),
    }


def seams_table(rows: dict[str, dict[str, float]]) -> str:
    """The same, of long clips."""
    keys = list(next(iter(rows.values())))
    return markdown_table(("", *keys), [(title, *map(str, row.values())) for title, row in rows.items()])


PARTS: dict[str, tuple[Callable[[Bench], Iterator[tuple[str, Any]]], Callable[[dict[str, Any]], str]]] = {
    "held": (partial(measure_rows, rows=HELD), partial(rows_table, front=True)),
    "wrong": (partial(measure_rows, rows=WRONG), partial(rows_table, front=False)),
    "seams": (measure_seams, seams_table),
}
