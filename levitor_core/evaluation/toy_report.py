"""From the measured numbers of toy checkpoints to docs/toy-report.md: no network, no GPU, the same text every time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from levitor_core.errors import InputError
from levitor_core.evaluation.paper import paper_difference, paper_table
from levitor_core.evaluation.statistics import Estimate, Values, estimate, paired_difference
from levitor_core.tables import markdown_table

Record = dict[str, Any]
FULL, SWAPPED = "full", "disparities_swapped"
_VIDEOS = {
    "model": "toy model",
    "control_zeroed": "control zeroed",
    SWAPPED: "disparities of the two exchanged",
    "frozen_first_frame": "frozen first frame",
    "vae_reconstruction": "VAE reconstruction of the true video",
    "true_video": "true video (the method itself)",
}
TARGET_CENTROID_PX, TARGET_CENTROID_SHARE, TARGET_PSNR_GAIN_DB, TARGET_FRONT = 2.5, 0.2, 2.0, 0.75


@dataclass(frozen=True)
class Measure:
    """A column of the ablation table: where its values are, and which way is better."""

    title: str
    kind: str
    key: str
    lower_is_better: bool
    digits: int = 2

    @property
    def short(self) -> str:
        """The title without its unit."""
        return self.title.split(" (")[0]

    def values(self, record: Record, video: str = "model") -> Values:
        """One value a scene; front order as right (1) or wrong (0)."""
        values: Values = record["scenes"][self.kind][self.key][video]
        if self.key == "front":
            return [None if value is None else float(value > 0.5) for value in values]
        return values


LONE_ERROR = Measure("centroid error, lone (px)", "lone", "centroid_error_px", True)
LONE_IOU = Measure("mask IoU, lone", "lone", "mask_iou", False, 3)
LONE_PSNR = Measure("PSNR, lone (dB)", "lone", "psnr_db", False)
PAIR_ERROR = Measure("centroid error, crossing (px)", "crossing", "centroid_error_px", True)
PAIR_IOU = Measure("mask IoU, crossing", "crossing", "mask_iou", False, 3)
PAIR_PSNR = Measure("PSNR, crossing (dB)", "crossing", "psnr_db", False)
FRONT = Measure("nearer one in front (share of scenes)", "crossing", "front", False, 3)
MEASURES = (LONE_ERROR, LONE_IOU, LONE_PSNR, PAIR_ERROR, PAIR_IOU, PAIR_PSNR, FRONT)


def read_record(path: Path) -> Record:
    """A measurement as `toy` wrote it. Raises InputError."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if {"name", "ablation", "scenes", "seed"} <= record.keys():
            return record
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{path} cannot be read as a measurement; run the toy evaluation again.") from error
    raise InputError(f"{path} is not a measurement of the toy evaluation; run it again.")


def toy_report(
    main: Record,
    ablations: Sequence[Record],
    strips: Sequence[tuple[str, str]],
    notes: str = "",
    cuts: Sequence[Record] = (),
) -> str:
    """The whole report as Markdown.

    `ablations` are the equal-budget runs, `cuts` the shipped checkpoint with its control cut, the one called "full"
    among both; `strips` are (caption, path) pairs; `notes` is Markdown that a person wrote beside the numbers.
    Raises InputError for measurements that cannot be compared.
    """
    if "control_zeroed" not in main["scenes"]["lone"]["psnr_db"]:
        raise InputError(f"{main['name']} was measured with --model-only; measure it without, for the goals.")
    parts = [
        _heading(main),
        "## Against the goals\n\n" + _goals(main),
        "## Every measure\n\n" + _every_measure(main) + "\n\n" + _disparity_use(main),
        "## How it was measured\n\n" + _METHOD,
    ]
    if cuts:
        parts.append("## The same model with its control cut\n\n" + _cuts(cuts))
    if ablations:
        parts.append("## Ablations\n\n" + _ablations(ablations))
    if strips:
        parts.append("## Pictures\n\n" + "\n\n".join(f"{caption}\n\n![{caption}]({path})" for caption, path in strips))
    if notes:
        parts.append(notes.strip())
    return "\n\n".join(parts) + "\n"


def _heading(record: Record) -> str:
    height, width = record["size_hw"]
    first, last = record["guidance"]
    lone, pairs = (len(record["scenes"][kind]["clip"]) for kind in ("lone", "crossing"))
    return (
        "# The toy LeviTor, measured\n\n"
        "Made by `python -m levitor_core.evaluation toy-report`; do not edit. The toy model is the real classes at toy "
        "size, trained from scratch on synthetic videos. It shows that the training code, the control signal and the "
        "sampler work together; it says nothing about how good the released model is.\n\n"
        f"{lone} lone objects and {pairs} crossing pairs, built from photos never trained on: {record['num_frames']} "
        f"frames of {width} x {height}, "
        f"{record['num_inference_steps']} steps, guidance {first:g} to {last:g} over the frames, {record['dtype']}, "
        f"seed {record['seed']}, sampled on one {record['device']}. Intervals are 95 % bootstrap intervals over scenes."
    )


def _goals(record: Record) -> str:
    error, zeroed = (estimate(LONE_ERROR.values(record, video)) for video in ("model", "control_zeroed"))
    gain = paired_difference(LONE_PSNR.values(record), LONE_PSNR.values(record, "frozen_first_frame"))
    pair_gain = paired_difference(PAIR_PSNR.values(record), PAIR_PSNR.values(record, "frozen_first_frame"))
    front = estimate(FRONT.values(record))
    share = error.mean / zeroed.mean
    rows = [
        ("lone object: centroid error", f"at most {TARGET_CENTROID_PX} px", error.text() + " px",
         error.mean <= TARGET_CENTROID_PX),
        ("the same, beside the control zeroed", "at most one fifth", f"{share:.3f} of {zeroed.mean:.2f} px",
         share <= TARGET_CENTROID_SHARE),
        ("lone object: PSNR above the frozen first frame", f"at least {TARGET_PSNR_GAIN_DB:g} dB",
         gain.text(sign=True) + " dB", gain.mean >= TARGET_PSNR_GAIN_DB),
        ("crossing pair: PSNR above the frozen first frame", f"at least {TARGET_PSNR_GAIN_DB:g} dB",
         pair_gain.text(sign=True) + " dB", pair_gain.mean >= TARGET_PSNR_GAIN_DB),
        (f"crossing pair: nearer one in front ({front.count} scenes that tell)",
         f"at least {TARGET_FRONT:.0%} of scenes", _percent(front), front.mean >= TARGET_FRONT),
    ]  # fmt: skip
    return markdown_table(
        ("goal", "wanted", "measured", ""), [(*row[:3], "met" if row[3] else "**not met**") for row in rows]
    )


def _percent(share: Estimate) -> str:
    return f"{share.mean:.1%} [{share.low:.1%}, {share.high:.1%}]"


def _every_measure(record: Record) -> str:
    rows = []
    for video, title in _VIDEOS.items():
        present = [video in record["scenes"][item.kind][item.key] for item in MEASURES]
        cells = [
            estimate(item.values(record, video)).text(item.digits) if there else "-"
            for item, there in zip(MEASURES, present, strict=True)
        ]
        rows.append((title, *cells))
    return markdown_table(("video", *(item.title for item in MEASURES)), rows)


def _disparity_use(record: Record) -> str:
    """Whether the nearer one stays in front when the control calls it the farther one."""
    if SWAPPED not in record["scenes"]["crossing"]["front"]:
        return "Whether disparity has a part in who is in front was not measured."
    steered, swapped = (estimate(FRONT.values(record, video)) for video in ("model", SWAPPED))
    change = paired_difference(FRONT.values(record, SWAPPED), FRONT.values(record))
    verdict = (
        "The control's disparity decides who is in front."
        if swapped.mean < 0.5
        else "Disparity has a part in who is in front, but what the points' places and ids say weighs more." + _HIDDEN
        if change.differs
        else "No use of disparity can be seen here; the points' places and ids tell who is in front." + _HIDDEN
    )
    return (
        "**Is disparity used?** The same crossing pairs, with only the two objects' disparities exchanged in the "
        f"control: the truly nearer one is in front in {_percent(swapped)} of scenes, beside {_percent(steered)} with "
        f"the true ones; the difference in the same scene is {change.text(3, sign=True)}. {verdict}"
    )


_HIDDEN = " An object's hidden part has no points, which shows the order without disparity."


def _cuts(records: Sequence[Record]) -> str:
    return (
        "The shipped weights, which were trained with the whole control, steered with a part of it: what they make of "
        f"that part. {_setting(records)}\n\n" + _comparison(records, "steered with")
    )


def _ablations(records: Sequence[Record]) -> str:
    reference = _reference(records)
    directions = [_direction(other, reference) for other in records if other is not reference]
    return (
        "Every row was trained for the same short budget and measured on the same scenes and noise; the control is cut "
        f"in training and in measuring alike. {_setting(records)}\n\n"
        + "\n\n".join((_comparison(records, "trained and steered with"), "\n".join(directions), _PAPER, paper_table()))
    )


def _setting(records: Sequence[Record]) -> str:
    record = _reference(records)
    first, last = record["guidance"]
    return (
        f"{len(record['scenes']['lone']['clip'])} scenes of each kind, {record['num_inference_steps']} steps, "
        f"guidance {first:g} to {last:g}."
    )


def _reference(records: Sequence[Record]) -> Record:
    """The one that the others are compared with. Raises InputError."""
    for record in records:
        if record["name"] == FULL:
            return record
    raise InputError(f"No measurement is named {FULL!r}; the others are compared with that one.")


def _comparison(records: Sequence[Record], title: str) -> str:
    """Every measure of every record, then the differences to the full one in the same scene."""
    reference = _reference(records)
    levels = [(r["name"], *(estimate(item.values(r)).text(item.digits) for item in MEASURES)) for r in records]
    titles = (title, *(item.title for item in MEASURES))
    rows = [
        (other["name"], *(_difference(other, reference, item) for item in MEASURES))
        for other in records
        if other is not reference
    ]
    return (
        markdown_table(titles, levels) + f'\n\nDifference to "{FULL}" in the same scene, with its 95 % interval; '
        "(+) better, (-) worse, (=) the interval holds zero.\n\n" + markdown_table(titles, rows)
    )


def _direction(other: Record, reference: Record) -> str:
    """What the control's loss costs here, and whether the path and the picture go the paper's way."""
    found: dict[str, list[str]] = {"worse": [], "better": []}
    for item in MEASURES:
        difference = paired_difference(item.values(other), item.values(reference))
        if difference.differs:
            found["better" if _is_better(difference, item) else "worse"].append(item.short)
    said = [f"{word} in {', '.join(names)}" for word, names in found.items() if names]
    here = f"{'; '.join(said) or 'no clear difference in any measure'}."
    return f"- **{other['name']}**: {here} {_beside_paper(other, reference)}".rstrip()


def _beside_paper(other: Record, reference: Record) -> str:
    """Our path beside the paper's ObjMC and our picture beside its FVD: the closest pairs, not the same quantities."""
    paper = paper_difference(other["ablation"])
    if paper is None:
        return "The paper has no such ablation."
    path = _agreement(paired_difference(LONE_ERROR.values(other), LONE_ERROR.values(reference)), paper.objmc)
    picture = _agreement(paired_difference(LONE_PSNR.values(other), LONE_PSNR.values(reference)), -paper.fvd)
    return (
        f"Path: {path} (ObjMC {paper.objmc:+.2f} there). "
        f"Picture: {picture} (FVD {paper.fvd:+.2f}, FID {paper.fid:+.2f} there)."
    )


def _agreement(ours: Estimate, theirs: float) -> str:
    if not ours.differs:
        return "no clear difference here"
    return "the paper's way" if (ours.mean > 0) == (theirs > 0) else "against the paper's way"


def _difference(other: Record, reference: Record, item: Measure) -> str:
    for key in ("seed", "num_inference_steps", "guidance"):
        if other[key] != reference[key]:
            raise InputError(f"{other['name']} and {FULL} were measured with another {key}; measure both with one.")
    difference = paired_difference(item.values(other), item.values(reference))
    mark = "=" if not difference.differs else "+" if _is_better(difference, item) else "-"
    return f"{difference.text(item.digits, sign=True)} ({mark})"


def _is_better(difference: Estimate, item: Measure) -> bool:
    return (difference.mean < 0) == item.lower_is_better


_METHOD = """\
Frame 0 is given to the model; every number is over the frames after it. A lone object moves before a plain photo; of a
crossing pair, whose disparities are at least 60 of 255 apart, the two meet half-way, before a scene in which up to
three still things may stand.

- **Centroid error**: a pixel belongs to an object where it differs from the known background (RGB distance above 30
  after a 3 x 3 mean) and is nearest to that object's own colours (k-means of its first frame); the largest connected
  piece of a frame is the object, its centre is compared with the centre of the true whole object. Where less than a
  tenth of the object is found it counts as left where it was found last. Frames in which its centre is outside the
  picture or more than half of it is hidden are not counted. The row "true video" is this method's floor.
- **Mask IoU**: the same found pixels against the true visible mask.
- **PSNR**: against the true video, all frames after the first together. "VAE reconstruction" is the ceiling for any
  denoiser over these latents.
- **Front order**: where both whole objects overlap and their colours differ by more than 60, does the picture look like
  the nearer or the farther one; a scene is right when most of its pixels are. Scenes with fewer than 20 such pixels are
  left out. Chance is 50 %. This goal alone does not show that disparity is used: see the exchanged ones.
- **Control zeroed**: the same noise with a control signal of zeros.
- **Disparities exchanged**: the same noise and points, but each of a crossing pair is given the other's disparity.
  Everything is still compared with the true video."""

_PAPER = """\
The paper's own ablations (arXiv 2412.15214, Tables 2 and S1, read in a third party's transcription) are of the
full-size model on DAVIS, without intervals. So only directions can be compared: a lone object's centroid error beside
ObjMC, its PSNR beside FVD. In brackets the difference to the full model; lower is better. Without depth the paper's own
ObjMC is slightly better and its FID the same: there depth pays in FVD alone."""
