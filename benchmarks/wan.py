"""Wan2.2 behind its renderer on a CUDA card: seconds and memory, with random weights of the released sizes.

    python benchmarks/wan.py [RUN ...] [--output wan.json] [--seconds 540]
    python benchmarks/wan.py --tiny                    the benchmark itself, on any CPU

From the project to the frames, MP4 excepted: Preview drawn and encoded, the photo read, denoised, decoded. Weights are
made on the card; prompts are random embeddings, as those that come with the app are kept beside the weights. Results
are written as they come; what would not end in time is left out.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import levitor_core  # noqa: E402, F401 - sets how threads wait, before torch is imported

GIGABYTE = 1e9


@dataclass(frozen=True)
class Run:
    """One thing to measure: of which release, how large and long, in how many steps, under which cap in gigabytes.
    `expected`: seconds that it may take, loading included."""

    title: str
    release: str
    resolution: str
    frames: int
    steps: int
    memory: str
    cap: float
    videos: int = 1
    expected: float = 60.0


RUNS = {
    "5b": Run("5B, 480p", "wan2.2-ti2v-5b", "480p", 81, 30, "full", 24, videos=2, expected=90),
    "5b-720p": Run("5B, 720p", "wan2.2-ti2v-5b", "720p", 121, 5, "full", 24, expected=60),
    "5b-balanced": Run("5B, 480p, parked", "wan2.2-ti2v-5b", "480p", 81, 5, "balanced", 24, expected=60),
    "5b-lean": Run("5B, 720p, parked and tiled", "wan2.2-ti2v-5b", "720p", 121, 2, "lean", 16, expected=90),
    "5b-long": Run("5B, 480p, two windows", "wan2.2-ti2v-5b", "480p", 161, 5, "full", 24, expected=60),
    "a14b": Run("A14B, 480p", "wan2.2-i2v-a14b", "480p", 81, 4, "balanced", 48, expected=180),
}


def main() -> None:
    """Measure what was asked for, and print it as one table."""
    arguments = _arguments()
    deadline, results = time.monotonic() + arguments.seconds, {"machine": _machine(arguments), "runs": {}}
    with tempfile.TemporaryDirectory() as scratch:
        measured = {"prompt": partial(measure_prompt, arguments)} | {
            name: partial(measure, run, arguments, Path(scratch)) for name, run in RUNS.items()
        }
        for name in measured if "all" in arguments.runs else arguments.runs:
            expected = RUNS[name].expected if name in RUNS else 40.0
            if time.monotonic() + expected > deadline:
                results["runs"][name] = {"left out": "not enough time"}
                continue
            results["runs"][name] = _attempt(measured[name])
            if arguments.output:
                arguments.output.write_text(json.dumps(results, indent=1) + "\n")
            print(table(results), flush=True)


def _attempt(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return run()
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"[:300]}


def table(results: dict[str, Any]) -> str:
    """The figures as one Markdown table."""
    runs: dict[str, dict[str, Any]] = results["runs"]
    keys = list(dict.fromkeys(key for figures in runs.values() for key in figures))
    lines = ["| | " + " | ".join(runs) + " |", "|---" * (1 + len(runs)) + "|"]
    lines += [f"| {key} | " + " | ".join(str(figures.get(key, "")) for figures in runs.values()) + " |" for key in keys]
    return "\n".join((results["machine"], "", *lines))


def measure(run: Run, arguments: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """Videos of one run, one after the other, with the networks of one loading."""
    import torch

    from benchmarks.wan_networks import write_folder
    from levitor_core.renderers import with_settings
    from levitor_core.renderers.wan.renderer import LARGE, SMALL, WanRenderer

    model = next(model for model in (SMALL, LARGE) if model.weights.name == run.release)
    if arguments.tiny:
        run = replace(run, frames=9 if run.frames < 150 else 125, steps=1)
    write_folder(model.weights, scratch, 4096)
    _serve(run, arguments)
    settings = {"num_frames": run.frames, "num_inference_steps": run.steps, "resolution": run.resolution}
    project = with_settings(_project(scratch), renderer=model.entry.name, memory=run.memory, **settings)
    renderer, figures = WanRenderer(scratch, "cpu" if arguments.tiny else "cuda", model), _figures(run)
    _cap(run.cap, arguments)
    for number in range(run.videos):
        watch = Watch()
        begun = time.perf_counter()
        (clip,) = renderer.render(project, watch.monitor)
        _wait(torch)
        kind = "first video, networks made" if number == 0 else "next video"
        figures[f"s, {kind}"] = round(time.perf_counter() - begun, 2)
        figures |= watch.figures(run.steps)
        if clip.notes:
            figures["notes"] = " ".join(clip.notes)
    return figures | _peaks(arguments)


def _figures(run: Run) -> dict[str, Any]:
    about = {"what": run.title, "frames": run.frames, "steps": run.steps, "memory": run.memory, "cap, GB": run.cap}
    return dict(about)


def measure_prompt(arguments: argparse.Namespace) -> dict[str, Any]:
    """Two prompts through the text encoder, alone on the card."""
    import torch

    from benchmarks.wan_networks import TEXT, make_text_encoder

    if arguments.tiny:
        TEXT.update(vocab_size=99, d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2)
    at = torch.device("cpu" if arguments.tiny else "cuda")
    _cap(24, arguments)
    encoder = make_text_encoder(torch.float32 if arguments.tiny else torch.bfloat16, at)
    took = [0.0, 0.0]
    with torch.no_grad():
        for number in range(len(took)):
            begun = time.perf_counter()
            encoder(torch.ones(1, 512, dtype=torch.long, device=at), torch.ones(1, 512, device=at))
            _wait(torch)
            took[number] = time.perf_counter() - begun
    return {"what": "one prompt encoded", "s, next video": round(took[-1], 3)} | _peaks(arguments)


class Watch:
    """Seconds in every stage of a video, by what the renderer says of its progress."""

    def __init__(self) -> None:
        from levitor_core.monitor import Monitor

        self.seconds: dict[str, float] = defaultdict(float)
        self.monitor = Monitor(self._see)
        self._stage, self._began = "", time.perf_counter()

    def _see(self, event: Any) -> None:
        import torch

        _wait(torch)
        now = time.perf_counter()
        self.seconds[self._stage] += now - self._began
        self._stage, self._began = event.title.partition(",")[0], now

    def figures(self, steps: int) -> dict[str, float]:
        """Rounded; `s a step` of the denoising too."""
        named = {f"s, {stage.lower()}": round(took, 2) for stage, took in self.seconds.items() if stage}
        return named | {"s a step asked for": round(self.seconds["Denoising"] / steps, 3)}


def _serve(run: Run, arguments: argparse.Namespace) -> None:
    """The renderer loads random networks instead of a folder's."""
    import torch

    from benchmarks.wan_networks import RELEASED, make_networks, shrink
    from levitor_core.renderers.wan import entry, weights

    sizes = RELEASED[run.release]
    if arguments.tiny:
        sizes = shrink(sizes)
        entry.PIXELS.update({"480p": 64 * 96, "720p": 96 * 128})

    def load(weights: Any, checkpoints: Path, dtype: torch.dtype, resting: torch.device) -> Any:
        return make_networks(sizes, dtype, torch.device("cpu" if arguments.tiny else "cuda"), resting)

    weights.load_networks = load


def _project(scratch: Path) -> Any:
    """A real photo with one moving thing."""
    from benchmarks.levitor_weights import make_project
    from levitor_core.files.project_file import open_project

    make_project(scratch / "benchmark.levitor")
    return open_project(scratch / "benchmark.levitor")


def _cap(gigabytes: float, arguments: argparse.Namespace) -> None:
    """No more of the card than that from now on, and peaks counted anew."""
    import gc

    import torch

    if arguments.tiny:
        return
    gc.collect()
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, gigabytes * GIGABYTE / total))
    torch.cuda.reset_peak_memory_stats()


def _peaks(arguments: argparse.Namespace) -> dict[str, float]:
    import torch

    if arguments.tiny:
        return {}
    allocated, reserved = torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
    return {"peak allocated, GB": round(allocated / GIGABYTE, 2), "peak reserved, GB": round(reserved / GIGABYTE, 2)}


def _wait(torch: Any) -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _machine(arguments: argparse.Namespace) -> str:
    import torch

    if arguments.tiny:
        return f"CPU, torch {torch.__version__}, networks of toy size: these figures mean nothing"
    return f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ["all", "prompt", *RUNS]
    parser.add_argument("runs", nargs="*", default="all", choices=names, metavar="RUN", help=", ".join(names))
    parser.add_argument("--output", type=Path, help="the figures as JSON")
    parser.add_argument("--seconds", type=float, default=540, help="what would not end in so many is left out")
    parser.add_argument("--tiny", action="store_true", help="toy sizes on the CPU")
    return parser.parse_args()


if __name__ == "__main__":
    main()
