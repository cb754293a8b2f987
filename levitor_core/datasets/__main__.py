"""`python -m levitor_core.datasets FOLDER --kind davis --out CACHE`: depth of every frame, ready for training.

Run it again after an interruption: what is there is not done twice.
Exit status 0: done; 2: bad input; 3: missing weights.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from levitor_core.checkpoints import Checkpoints
from levitor_core.datasets.depth_cache import DepthCache
from levitor_core.datasets.preparation import KINDS, Progress, Summary, open_videos, prepare
from levitor_core.datasets.windows import NUM_FRAMES
from levitor_core.depth import DepthEstimator
from levitor_core.depth.depth_anything import load_depth_anything
from levitor_core.depth.ground_plane import GroundPlane
from levitor_core.errors import InputError, LevitorError, MissingWeightsError
from levitor_core.files.photo import TRAINED_SIZE
from levitor_core.structures import SizeHW

MAX_REASONS = 20


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        _run(arguments)
    except LevitorError as error:
        print(f"levitor: {error}", file=sys.stderr)  # noqa: T201
        return 3 if isinstance(error, MissingWeightsError) else 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m levitor_core.datasets", description="Estimate the depth of a video data set's frames, once."
    )
    parser.add_argument("folder", type=Path, help="the data set as it was downloaded")
    parser.add_argument("--kind", choices=tuple(KINDS), required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the depth cache")
    parser.add_argument("--size", type=_size, default=TRAINED_SIZE, help="width x height, 288x512 as in the paper")
    parser.add_argument("--frames", type=int, default=NUM_FRAMES, help="frames a clip")
    parser.add_argument("--windows", type=int, help="at most so many clips of a video, evenly spaced; all by default")
    parser.add_argument("--workers", type=int, default=2, help="threads that decode videos and write depth")
    parser.add_argument("--depth", choices=("depth-anything", "ground-plane"), default="depth-anything")
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), help="folder of the weights")
    parser.add_argument("--device", default="auto", help="where depth is estimated: auto, cpu, cuda, cuda:1")
    return parser


def _size(text: str) -> SizeHW:
    try:
        width, height = (int(side) for side in text.lower().split("x"))
    except ValueError as error:
        raise argparse.ArgumentTypeError("give it as WIDTHxHEIGHT, such as 288x512") from error
    return height, width


def _run(arguments: argparse.Namespace) -> None:
    if arguments.workers < 1 or arguments.frames < 1 or (arguments.windows or 1) < 1 or min(arguments.size) < 8:
        raise InputError("Workers, frames and windows must be at least 1, the sides at least 8; correct them.")
    videos = open_videos(arguments.folder, arguments.kind)
    estimator = _estimator(arguments)
    cache = DepthCache.make(arguments.out, arguments.size, estimator.name)
    summary = prepare(
        videos, cache, estimator, arguments.frames, arguments.windows, arguments.workers, on_progress=_show
    )
    _report(summary, len(videos))


def _estimator(arguments: argparse.Namespace) -> DepthEstimator:
    if arguments.depth == "ground-plane":
        return GroundPlane()
    import torch

    checkpoints = Checkpoints(arguments.checkpoints)
    name = "depth-anything-v2-small"
    path = checkpoints.find(name)
    if path is None:
        raise MissingWeightsError(
            f"Depth Anything V2 is not below {arguments.checkpoints}; fetch it with "
            f"`python -m levitor_core checkpoints download {name}`, or ask for `--depth ground-plane`, "
            "a stand-in that measures nothing."
        )
    checkpoints.verify(name, path)
    automatic = "cuda" if torch.cuda.is_available() else "cpu"
    return load_depth_anything(path, automatic if arguments.device == "auto" else arguments.device)


def _show(progress: Progress) -> None:
    print(f"\r{progress}", end="", file=sys.stderr, flush=True)  # noqa: T201


def _report(summary: Summary, num_videos: int) -> None:
    lines = [f"{summary.frames} frames of depth written; {summary.whole} of {num_videos} videos are ready."]
    lines += [f"skipped {name}: {reason}" for name, reason in list(summary.skipped.items())[:MAX_REASONS]]
    if len(summary.skipped) > MAX_REASONS:
        lines.append(f"and {len(summary.skipped) - MAX_REASONS} more.")
    print("\n".join(["", *lines]))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
