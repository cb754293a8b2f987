"""`python -m levitor_core.evaluation COMMAND ...`. Exit status 0: done; 2: bad input; 3: missing weights; 1: other."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch

from levitor_core.adherence.flow import LucasKanade
from levitor_core.adherence.report import adherence_table, compare_files, pairs, write_report
from levitor_core.checkpoints import Checkpoints
from levitor_core.datasets.clips import Ablation, VideoClip, control_of
from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.datasets.preparation import open_videos
from levitor_core.datasets.synthetic_pictures import held_out_pictures
from levitor_core.datasets.windows import PreparedVideos
from levitor_core.errors import InputError, LevitorError, MissingWeightsError
from levitor_core.evaluation.anchored_toy import PARTS, Bench
from levitor_core.evaluation.benchmark import Instruments, benchmark_table, evaluate, make_available
from levitor_core.evaluation.features import I3dFeatures, InceptionFeatures
from levitor_core.evaluation.sampling import BatchGenerator
from levitor_core.evaluation.strips import StripScene, write_strip
from levitor_core.evaluation.toy import MeasuredScenes, ToyMeasurement, measure
from levitor_core.evaluation.toy_report import read_record, toy_report
from levitor_core.evaluation.trackers import CoTracker
from levitor_core.readers import segmenter_reader
from levitor_core.renderers.levitor.entry import LeviTorSettings, TimeContext, UNetChoice

Arguments = argparse.Namespace


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except LevitorError as error:
        print(f"evaluation: {error}", file=sys.stderr)  # noqa: T201
        return {MissingWeightsError: 3, InputError: 2}.get(type(error), 1)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m levitor_core.evaluation", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_toy(commands)
    _add_toy_report(commands)
    _add_davis(commands)
    _add_adherence(commands)
    _add_anchoring(commands)
    return parser


def _add_toy(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("toy", help="measure a toy checkpoint on held-out synthetic scenes")
    command.add_argument("checkpoint", type=Path, help="folder laid out as checkpoints/toy")
    command.add_argument("--output", type=Path, required=True, help="folder for NAME.json and NAME-*.png")
    command.add_argument("--name", default="full", help="what the tables call it; the reference is called full")
    command.add_argument("--scenes", type=int, default=256, help="scenes of each kind (256)")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--steps", type=int, default=25)
    command.add_argument(
        "--guidance", type=float, help="of the last frame; the app's by default, 1 for none: twice as fast"
    )
    command.add_argument("--batch", type=int, default=64)
    command.add_argument("--model-only", action="store_true", help="no videos of a zeroed or swapped control")
    command.add_argument("--size", type=int, default=64, help="side of a picture in pixels (64)")
    command.add_argument("--frames", type=int, default=8)
    command.add_argument("--pictures", type=Path, help="folder that `datasets.synthetic_pictures` wrote")
    command.add_argument("--strips", type=int, default=3, help="scenes of each kind shown in pictures; 0: none")
    command.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    for item in fields(Ablation):
        command.add_argument(
            f"--{item.name.replace('_', '-')}", action="store_true", help="cut the control as in training"
        )
    command.set_defaults(run=_toy)


def _toy(arguments: Arguments) -> None:
    if arguments.scenes < 1 or arguments.batch < 1:
        raise InputError("Ask for at least one scene and a batch of at least one.")
    model = BatchGenerator.load(arguments.checkpoint, _device(arguments.device))
    plan = _plan(arguments)
    record, measured = measure(model, held_out_pictures(arguments.pictures), plan, arguments.name, _say)
    arguments.output.mkdir(parents=True, exist_ok=True)
    path = arguments.output / f"{arguments.name}.json"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    if arguments.strips:
        for kind, part in measured.items():
            picture = arguments.output / f"{arguments.name}-{kind}.png"
            _write_strips(part, plan, model.networks.control_patch_side, picture, arguments.strips)
    print(f"Wrote {path}.")  # noqa: T201


def _plan(arguments: Arguments) -> ToyMeasurement:
    return ToyMeasurement(
        num_scenes=arguments.scenes,
        seed=arguments.seed,
        size_hw=(arguments.size, arguments.size),
        num_frames=arguments.frames,
        num_inference_steps=arguments.steps,
        batch_size=arguments.batch,
        model_only=arguments.model_only,
        max_guidance_scale=arguments.guidance,
        ablation=Ablation(**{item.name: getattr(arguments, item.name) for item in fields(Ablation)}),
    )


def _write_strips(part: MeasuredScenes, plan: ToyMeasurement, patch_side: int, path: Path, count: int) -> None:
    shown = [
        StripScene(control_of(scene.clip.rendered, patch_side, plan.ablation).values, video, scene.truth)
        for scene, video in list(zip(part.scenes, part.generated, strict=True))[:count]
    ]
    write_strip(shown, path, columns=min(8, plan.num_frames), scale=2)


def _add_toy_report(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("toy-report", help="docs/toy-report.md from what `toy` measured")
    command.add_argument("main", type=Path, help="JSON of the shipped checkpoint")
    command.add_argument("--ablations", type=Path, nargs="*", default=[], help="JSONs of the equal-budget runs")
    command.add_argument("--cuts", type=Path, nargs="*", default=[], help="JSONs of the shipped one, control cut")
    command.add_argument("--notes", type=Path, help="Markdown to put below the numbers")
    command.add_argument("--output", type=Path, default=Path("docs/toy-report.md"))
    command.set_defaults(run=_toy_report)


def _toy_report(arguments: Arguments) -> None:
    record = read_record(arguments.main)
    pictures = sorted(arguments.main.parent.glob(f"{arguments.main.stem}-*.png"))
    strips = [(_caption(path.stem), _relative(path, arguments.output.parent)) for path in pictures]
    notes = arguments.notes.read_text(encoding="utf-8") if arguments.notes else ""
    ablations, cuts = ([read_record(path) for path in paths] for paths in (arguments.ablations, arguments.cuts))
    text = toy_report(record, ablations, strips, notes, cuts)
    arguments.output.write_text(text, encoding="utf-8")


def _add_davis(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("davis", help="the paper's settings and metrics on DAVIS-style videos")
    command.add_argument("dataset", type=Path, help="folder of the data set, as it was downloaded")
    command.add_argument("--kind", default="davis", help="its layout: davis (the default), youtube-vos or sav")
    command.add_argument("--depth", type=Path, required=True, help="its depth, from `python -m levitor_core.datasets`")
    command.add_argument(
        "--checkpoints", type=Path, default=Path("checkpoints"), help="weights, in the released layout"
    )
    command.add_argument("--output", type=Path, required=True, help="folder for table.md, table.json and strip.png")
    command.add_argument("--frames", type=int, default=16, help="frames of a clip (16)")
    command.add_argument("--clips", type=int, help="at most so many videos")
    command.add_argument("--strips", type=int, default=2, help="clips shown in the picture strip (2)")
    command.add_argument("--steps", type=int, default=25)
    command.add_argument("--seed", type=int, default=217)
    command.add_argument(
        "--unet", choices=get_args(UNetChoice), default="base", help="levitor: a run's own LeviTor/unet"
    )
    command.add_argument(
        "--time-context", choices=get_args(TimeContext), default="separate", help="mixed: as published"
    )
    command.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    command.set_defaults(run=_davis)


def _davis(arguments: Arguments) -> None:
    clips = _clips(arguments)
    settings = LeviTorSettings(
        seed=arguments.seed,
        num_inference_steps=arguments.steps,
        num_frames=arguments.frames,
        unet=arguments.unet,
        time_context=arguments.time_context,
    )
    device = _device(arguments.device)
    model = BatchGenerator.load(arguments.checkpoints, device, settings.unet)
    record, steered = evaluate(clips, model, _instruments(arguments.checkpoints, device), settings, _say_setting)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "table.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (arguments.output / "table.md").write_text(benchmark_table(record), encoding="utf-8")
    shown = steered["Multi-Points"][: arguments.strips]
    if shown:
        write_strip([item.strip() for item in shown], arguments.output / "strip.png", columns=min(5, arguments.frames))
    print(benchmark_table(record))  # noqa: T201


def _clips(arguments: Arguments) -> list[VideoClip]:
    """The first window of every video, each once. Raises InputError."""
    cache = DepthCache.open(arguments.depth)
    source = PreparedVideos(open_videos(arguments.dataset, arguments.kind), cache, arguments.frames, first_window=True)
    indices = range(len(source))[: arguments.clips]
    read = (source.read(index, np.random.default_rng(0)) for index in indices)
    return list({clip.name: clip for clip in read}.values())


def _instruments(checkpoints: Path, device: torch.device) -> Instruments:
    networks, without = make_available({"FID": lambda: InceptionFeatures(device), "FVD": lambda: I3dFeatures(device)})
    trackers, untracked = make_available({"ObjMC": lambda: CoTracker(device), "LK trajectory error": LucasKanade})
    segmenter = segmenter_reader(Checkpoints(checkpoints), device.type).get().model
    return Instruments(networks, trackers, segmenter, without | untracked)


def _say_setting(setting: str) -> None:
    print(f"Generating and comparing: {setting}", file=sys.stderr)  # noqa: T201


def _add_adherence(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("adherence", help="how well videos followed their projects, beside Preview's figures")
    command.add_argument("project", type=Path, help="P.levitor, or a folder of projects")
    command.add_argument("video", type=Path, nargs="?", help="its video, or a folder of videos")
    command.add_argument("--output", type=Path, help="folder for adherence.md, adherence.json and a picture a video")
    command.set_defaults(run=_adherence)


def _adherence(arguments: Arguments) -> None:
    found = pairs(arguments.project, arguments.video)
    comparisons = {video.name: compare_files(project, video) for project, video in found}
    print(adherence_table(comparisons), end="")  # noqa: T201
    if arguments.output:
        write_report(comparisons, arguments.output)


def _add_anchoring(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("anchoring", help="the tables of docs/anchoring.md: the toy model held to Preview")
    names = ["all", *PARTS]
    command.add_argument("parts", nargs="*", default="all", choices=names, metavar="PART", help=", ".join(names))
    command.add_argument("--checkpoint", type=Path, default=Path("checkpoints/toy"))
    command.add_argument("--scenes", type=int, default=64, help="of each kind (64)")
    command.add_argument("--seed", type=int, default=0, help="0, that of the docs; tune on another")
    command.add_argument("--batch", type=int, default=32)
    command.add_argument("--output", type=Path, help="file for the figures as JSON")
    command.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    command.set_defaults(run=_anchoring)


def _anchoring(arguments: Arguments) -> None:
    asked = arguments.scenes, arguments.seed, arguments.batch
    bench = Bench(arguments.checkpoint, held_out_pictures(), _device(arguments.device), *asked)
    record: dict[str, Any] = {"scenes": arguments.scenes, "seed": arguments.seed, "device": str(bench.device)}
    for name in PARTS if "all" in arguments.parts else arguments.parts:
        measure_part, table = PARTS[name]
        record[name] = rows = {}
        for title, figures in measure_part(bench):
            rows[title] = figures
            print(f"{title}: {figures}", file=sys.stderr)  # noqa: T201
            if arguments.output:
                arguments.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        print(table(rows))  # noqa: T201


_CAPTIONS = {
    "lone": "Lone objects, the first scenes of the seed, not chosen: control over the input, generated, true",
    "crossing": "Crossing pairs, the first scenes of the seed, not chosen: control over the input, generated, true",
    "losses": "Training loss: every logged step, and smoothed",
}


def _caption(stem: str) -> str:
    return _CAPTIONS.get(stem.rsplit("-", 1)[-1], stem)


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _say(stage: str, done: int, total: int) -> None:
    print(f"{stage}: {done} of {total}", file=sys.stderr)  # noqa: T201


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


if __name__ == "__main__":
    sys.exit(main())
