"""The paper's evaluation (section 4.1) on clips with true masks: generate in each setting, then compare.

Generation and comparison are apart, because the features of FID and FVD are of all clips together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from levitor_core.adherence.by_colour import Video
from levitor_core.datasets.clips import VideoClip
from levitor_core.errors import InputError, LevitorError
from levitor_core.evaluation.by_segmenter import mask_adherence
from levitor_core.evaluation.features import FeatureNetwork, distance
from levitor_core.evaluation.protocol import SETTINGS, Setting, StartPoints, control_of_tracks, start_points
from levitor_core.evaluation.sampling import BatchGenerator, Requests
from levitor_core.evaluation.strips import StripScene
from levitor_core.evaluation.trackers import Tracker, trajectory_error
from levitor_core.motion.tracks import Tracks
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.segmentation import Segmenter
from levitor_core.structures import ControlSignal
from levitor_core.tables import markdown_table

Record = dict[str, Any]
NOT_MEASURED = "not measured"
METRICS = ("FID", "FVD", "ObjMC (px)", "LK trajectory error (px)", "mask IoU")


@dataclass(frozen=True, eq=False)
class SteeredClip:
    """A true clip, the points that steer it in one setting, and what the model made of its first frame."""

    clip: VideoClip
    start: StartPoints
    tracks: Tracks
    control: ControlSignal
    generated: Video

    def strip(self) -> StripScene:
        """Its rows of a picture strip."""
        return StripScene(self.control.values, self.generated, self.clip.frames)


@dataclass(frozen=True, eq=False)
class Instruments:
    """What measures: networks that could be had, and for each that could not the sentence that says why."""

    features: Sequence[FeatureNetwork]
    trackers: Sequence[Tracker]
    segmenter: Segmenter
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def tracker(self) -> Tracker:
        """The best one: its tracks of the true video are the control."""
        return self.trackers[0]


def make_available(
    makers: dict[str, Callable[[], Any]],
) -> tuple[list[Any], dict[str, str]]:
    """What could be made, in order, and by metric the reason for what could not."""
    made, missing = [], {}
    for metric, make in makers.items():
        try:
            made.append(make())
        except LevitorError as error:
            missing[metric] = str(error)
    return made, missing


def steer_clips(
    clips: Sequence[VideoClip], setting: Setting, model: BatchGenerator, tracker: Tracker, settings: LeviTorSettings
) -> list[SteeredClip]:
    """Generate every clip that has a mask to steer, one at a time, all with the settings' own seed.

    Raises InputError when none has.
    """
    found = [steered for clip in clips if (steered := _steer_clip(clip, setting, model, tracker, settings))]
    if not found:
        raise InputError("No clip shows a mask large enough for a control point; evaluate other videos.")
    return found


def _steer_clip(
    clip: VideoClip, setting: Setting, model: BatchGenerator, tracker: Tracker, settings: LeviTorSettings
) -> SteeredClip | None:
    try:
        start = start_points(clip.rendered, setting)
    except InputError:
        return None
    tracks = tracker.track(clip.frames, start.xy)
    control = control_of_tracks(start, tracks, clip.rendered, model.networks.control_patch_side)
    request = Requests(clip.frames[:1], control.values[None], [settings.seed])
    (generated,) = model.generate(request, settings, batch_size=1)
    return SteeredClip(clip, start, tracks, control, generated)


def compare(steered: Sequence[SteeredClip], instruments: Instruments) -> tuple[dict[str, float | None], dict[str, str]]:
    """Every metric by name, None for one that was not measured; and the reasons, by name, for those."""
    numbers: dict[str, float | None] = dict.fromkeys(METRICS)
    missing = dict(instruments.missing)
    generated, truth = [item.generated for item in steered], [item.clip.frames for item in steered]
    for network in instruments.features:
        try:
            numbers[network.metric] = distance(network, generated, truth)
        except InputError as error:
            missing[network.metric] = str(error)
    for tracker in instruments.trackers:
        errors = [_trajectory_error(item, tracker) for item in steered]
        numbers[f"{tracker.metric} (px)"] = float(np.mean(errors))
    adherence = [
        mask_adherence(item.generated, item.clip.rendered, item.start, item.tracks, instruments.segmenter)
        for item in steered
    ]
    present = [value for value in adherence if np.isfinite(value)]
    numbers["mask IoU"] = float(np.mean(present)) if present else None
    return numbers, missing


def _trajectory_error(item: SteeredClip, tracker: Tracker) -> float:
    truth = tracker.track(item.clip.frames, item.start.xy)
    return trajectory_error(tracker.track(item.generated, item.start.xy), truth)


def evaluate(
    clips: Sequence[VideoClip],
    model: BatchGenerator,
    instruments: Instruments,
    settings: LeviTorSettings,
    report: Callable[[Setting], None] = lambda setting: None,
) -> tuple[Record, dict[Setting, list[SteeredClip]]]:
    """Both settings on all clips: a JSON-ready record, and the videos for picture strips. Raises InputError."""
    steered: dict[Setting, list[SteeredClip]] = {}
    numbers: dict[str, dict[str, float | None]] = {}
    missing: dict[str, str] = {}
    for setting in SETTINGS:
        report(setting)
        steered[setting] = steer_clips(clips, setting, model, instruments.tracker, settings)
        numbers[setting], missing = compare(steered[setting], instruments)
    record = {
        "clips": [item.clip.name for item in steered[SETTINGS[0]]],
        "num_frames": len(clips[0].frames),
        "size_hw": list(clips[0].frames.shape[1:3]),
        "seed": settings.seed,
        "num_inference_steps": settings.num_inference_steps,
        "tracker": instruments.tracker.name,
        "segmenter": instruments.segmenter.name,
        "metrics": numbers,
        "not_measured": missing,
    }
    return record, steered


def benchmark_table(record: Record) -> str:
    """The record as a Markdown table, and below it what measured and what could not."""
    rows = [
        (setting, *(NOT_MEASURED if values[name] is None else f"{values[name]:.3f}" for name in METRICS))
        for setting, values in record["metrics"].items()
    ]
    height, width = record["size_hw"]
    lines = [
        f"{len(record['clips'])} clips of {record['num_frames']} frames, {width} x {height}, "
        f"{record['num_inference_steps']} steps, seed {record['seed']}; lower is better, but for mask IoU.",
        "FID is over all frames, FVD over all clips; the given first frame counts in both.",
        f"Control: points on the first frame's masks, followed by {record['tracker']} through the true video.",
        f"Mask IoU: generated frames segmented by {record['segmenter']} at the control points.",
        *(f"{metric} was not measured: {reason}" for metric, reason in record["not_measured"].items()),
    ]
    return markdown_table(("setting", *METRICS), rows) + "\n\n" + "\n".join(f"- {line}" for line in lines) + "\n"
