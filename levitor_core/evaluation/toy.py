"""Measure a toy checkpoint on held-out synthetic scenes: numbers for every scene, and picture strips.

    lone objects     centroid error, PSNR and mask IoU of the model, of the model with its control zeroed, of the
                     frozen first frame, and of the measuring method itself on the true video
    crossing pairs   the same, and which object is in front where both are; of the model also with the disparities of
                     the two exchanged in its control, which tells whether disparity has a part in that

Every scene has its own random stream, so that models measured with the same seed can be compared in pairs.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from levitor_core.adherence import by_colour as measures
from levitor_core.adherence.by_colour import Video
from levitor_core.datasets.clips import Ablation
from levitor_core.evaluation.sampling import BatchGenerator, Requests
from levitor_core.evaluation.toy_scenes import KINDS, Kind, ToyScene, make_requests, make_scenes
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.structures import AnyImage, SizeHW

SceneNumbers = dict[str, Any]
Report = Callable[[str, int, int], None]
MIN_OVERLAP = 20  # pixels with clearly different colours from which a crossing counts


@dataclass(frozen=True)
class ToyMeasurement:
    """What to measure: how many scenes of each kind, from which seed, at which size and in which steps.

    Guidance rises to `max_guidance_scale` (None: the app's) in the last frame; 1 is none, in half the time.
    `model_only` leaves out the videos of a changed control.
    """

    num_scenes: int
    seed: int = 0
    size_hw: SizeHW = (64, 64)
    num_frames: int = 8
    num_inference_steps: int = 25
    max_guidance_scale: float | None = None
    batch_size: int = 64
    model_only: bool = False
    ablation: Ablation = Ablation()

    @property
    def settings(self) -> LeviTorSettings:
        """The app's defaults, but for these."""
        settings = LeviTorSettings(num_frames=self.num_frames, num_inference_steps=self.num_inference_steps)
        own = self.max_guidance_scale
        return settings if own is None else replace(settings, max_guidance_scale=own)


@dataclass(frozen=True, eq=False)
class MeasuredScenes:
    """The scenes of one kind beside what was generated from them."""

    scenes: Sequence[ToyScene]
    generated: Sequence[Video]
    numbers: Sequence[SceneNumbers]


def measure(
    model: BatchGenerator,
    pictures: Sequence[AnyImage],
    plan: ToyMeasurement,
    name: str,
    report: Report = lambda stage, done, total: None,
) -> tuple[dict[str, Any], dict[Kind, MeasuredScenes]]:
    """Generate and measure every scene: a JSON-ready record, and the videos by kind for picture strips."""
    started = time.monotonic()
    measured: dict[Kind, MeasuredScenes] = {kind: _measure_kind(model, pictures, plan, kind, report) for kind in KINDS}
    settings = plan.settings
    record = {
        "name": name,
        "ablation": asdict(plan.ablation),
        "seed": plan.seed,
        "size_hw": list(plan.size_hw),
        "num_frames": plan.num_frames,
        "num_inference_steps": settings.num_inference_steps,
        "guidance": [settings.min_guidance_scale, settings.max_guidance_scale],
        "device": _device_name(model.setup.device),
        "dtype": str(model.setup.dtype).removeprefix("torch."),
        "seconds": round(time.monotonic() - started, 1),
        "scenes": {kind: _columns(part.numbers) for kind, part in measured.items()},
    }
    return record, measured


def _measure_kind(
    model: BatchGenerator, pictures: Sequence[AnyImage], plan: ToyMeasurement, kind: Kind, report: Report
) -> MeasuredScenes:
    scenes = list(make_scenes(kind, plan.num_scenes, plan.seed, pictures, plan.size_hw, plan.num_frames))
    made = {
        name: list(model.generate(asked, plan.settings, plan.batch_size, partial(report, f"{kind}: {name}")))
        for name, asked in _plan_requests(scenes, plan, kind, model.networks.control_patch_side).items()
    }
    numbers = [
        scene_numbers(
            scene,
            {name: videos[i] for name, videos in made.items()}
            | {
                "frozen_first_frame": np.repeat(scene.truth[:1], plan.num_frames, axis=0),
                "vae_reconstruction": model.reconstruct(scene.truth),
                "true_video": scene.truth,
            },
            kind == "crossing",
        )
        for i, scene in enumerate(scenes)
    ]
    return MeasuredScenes(scenes, made["model"], numbers)


def _plan_requests(
    scenes: Sequence[ToyScene], plan: ToyMeasurement, kind: Kind, patch_side: int
) -> dict[str, Requests]:
    """What to generate, by the name under which it is measured."""
    asked = make_requests(scenes, plan.seed, patch_side, plan.ablation)
    if plan.model_only:
        return {"model": asked}
    changed = {"model": asked, "control_zeroed": asked.without_control()}
    if kind == "crossing":
        swapped = [scene.swap_disparities() for scene in scenes]
        changed["disparities_swapped"] = make_requests(swapped, plan.seed, patch_side, plan.ablation)
    return changed


def scene_numbers(scene: ToyScene, videos: dict[str, Video], crossing: bool) -> SceneNumbers:
    """Every measure of each of the scene's videos; the mean over objects where there are two.

    PSNR of the true video is left out (it is infinite); `front` is the share of the pixels in which both objects
    overlap that look like the nearer one, or None where too few tell.
    """
    palettes = [measures.palette(layer) for layer in scene.rgba]
    travelled = [np.linalg.norm(path[1:] - path[0], axis=1).mean() for path in scene.centroid_xy]
    numbers: SceneNumbers = {
        "clip": scene.clip.name,
        "path_px": _round(float(np.mean(travelled))),
        "centroid_error_px": {},
        "mask_iou": {},
        "psnr_db": {name: _round(measures.psnr(video, scene.truth)) for name, video in videos.items()},
    }
    del numbers["psnr_db"]["true_video"]
    for name, video in videos.items():
        error, iou = _measure_objects(scene, video, palettes)
        numbers["centroid_error_px"][name], numbers["mask_iou"][name] = _round(error), _round(iou)
    if crossing:
        votes = {name: measures.front_votes(video, *scene.nearest_first()) for name, video in videos.items()}
        numbers["overlap_pixels"] = votes["true_video"][1]
        numbers["front"] = {
            name: _round(right / total) if total >= MIN_OVERLAP else None for name, (right, total) in votes.items()
        }
    return numbers


def _measure_objects(scene: ToyScene, video: Video, palettes: Sequence[measures.Palette]) -> tuple[float, float]:
    """Mean centroid error in pixels and mean mask IoU over the scene's objects."""
    errors, ious = [], []
    for index, found in enumerate(measures.find_objects(video, scene.background, palettes)):
        visible, path = scene.visible(index), scene.centroid_xy[index]
        centers = measures.trace_path(found, path[0], float(visible[0].sum()))
        errors.append(measures.path_error(centers, path, scene.in_view(index)))
        ious.append(measures.mask_iou(found, visible))
    return _mean(errors), _mean(ious)


def _mean(values: Sequence[float]) -> float:
    """The mean of what could be measured; NaN when nothing could."""
    present = [value for value in values if np.isfinite(value)]
    return float(np.mean(present)) if present else float("nan")


def _columns(rows: Sequence[SceneNumbers]) -> dict[str, Any]:
    """One list a number, in the order of the scenes: small files, and ready to average."""
    first = rows[0]
    return {
        key: _columns([row[key] for row in rows]) if isinstance(value, dict) else [row[key] for row in rows]
        for key, value in first.items()
    }


def _round(value: float) -> float | None:
    return round(value, 3) if np.isfinite(value) else None


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
