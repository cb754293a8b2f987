"""The LeviTor renderer on a CUDA card: seconds and memory of every memory mode, with random weights at full size.

    python benchmarks/levitor_gpu.py [--project P.levitor] [--output levitor_gpu.json]

Makes a checkpoint in the released layout (7.3 GB, in a temporary folder), then runs each mode in a process of its own,
`lean` under a hard cap of 6.5 GB, `balanced` of 9 GB. Random weights cost what trained ones cost; the pictures mean
nothing. Results are written as they come. The released demo's own pipeline, run with random float16 weights on an
H100, took 5.5 s a video and 13.9 GB at peak.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import levitor_core  # noqa: E402, F401 - sets how threads wait, before torch is imported
from benchmarks.levitor_weights import make_checkpoint, make_project  # noqa: E402

MODES = ("full", "balanced", "lean")
CAPS = {"balanced": 9e9, "lean": 6.5e9}
GIGABYTE = 1e9


def main() -> None:
    arguments = _arguments()
    if arguments.worker:
        measure_mode(arguments.worker, arguments.checkpoints, arguments.project, arguments)
        return
    deadline = time.time() + arguments.seconds
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        folder = arguments.checkpoints or Path(scratch) / "checkpoints"
        project = arguments.project or Path(scratch) / "benchmark.levitor"
        results: dict[str, Any] = {"machine": _machine(), "project": project.name, "modes": {}}
        if arguments.checkpoints is None:
            start = time.perf_counter()
            if "failed" in _child("make", folder, project, arguments, Path(scratch) / "make.json", deadline):
                sys.exit("The checkpoint of random weights could not be made.")
            results["seconds to make the checkpoint"] = round(time.perf_counter() - start, 1)
        for mode in arguments.modes:
            partial = Path(scratch) / f"{mode}.json"
            results["modes"][mode] = _child(mode, folder, project, arguments, partial, deadline)
            results["modes"][mode] |= _through_cli(mode, folder, project, arguments, deadline)
            arguments.output.write_text(json.dumps(results, indent=1))
            print(table(results), flush=True)


def table(results: dict[str, Any]) -> str:
    """The figures as one Markdown table."""
    keys: list[str] = []
    for figures in results["modes"].values():
        keys += [key for key, value in figures.items() if key not in keys and not isinstance(value, list | dict)]
    lines = [
        f"{results['machine']}",
        "",
        "| | " + " | ".join(results["modes"]) + " |",
        "|---" * (1 + len(results["modes"])) + "|",
    ]
    for key in keys:
        lines.append(f"| {key} | " + " | ".join(str(f.get(key, "")) for f in results["modes"].values()) + " |")
    return "\n".join(lines)


def measure_mode(mode: str, folder: Path, project_path: Path, arguments: argparse.Namespace) -> None:
    """Everything about one mode, in this process; `make` makes the checkpoint and the project instead."""
    if mode == "make":
        make_checkpoint(folder)
        if not project_path.exists():
            make_project(project_path)
        return
    bench = ModeBenchmark(mode, folder, project_path, arguments)
    for step in (bench.first_video, bench.warm_videos, bench.variants, bench.cancelling):
        try:
            step()
        except Exception as error:
            bench.figures[f"{step.__name__} failed"] = f"{type(error).__name__}: {error}"[:300]
        bench.write()


class ModeBenchmark:
    """Runs one memory mode; `figures` grows and is written after every step."""

    def __init__(self, mode: str, folder: Path, project_path: Path, arguments: argparse.Namespace) -> None:
        import torch

        from levitor_core.checkpoints import Checkpoints
        from levitor_core.files.project_file import open_project
        from levitor_core.renderers import with_settings
        from levitor_core.renderers.levitor import LeviTorRenderer

        if mode in CAPS:
            total = torch.cuda.get_device_properties(0).total_memory
            torch.cuda.set_per_process_memory_fraction(min(1.0, CAPS[mode] / total))
        project = open_project(project_path)
        self.project = with_settings(
            project,
            renderer="levitor",
            memory=mode,
            num_inference_steps=arguments.steps,
            num_frames=arguments.frames,
        )
        self.renderer = LeviTorRenderer(Checkpoints(folder), device="cuda")
        self.output, self.deadline, self.repeats = arguments.output, arguments.deadline, arguments.repeats
        self.figures: dict[str, Any] = {}
        self.peaks = Peaks()

    def write(self) -> None:
        self.output.write_text(json.dumps(self.figures))

    def first_video(self) -> None:
        """Cold: loading included."""
        stages, seconds, notes = self._video()
        self.figures["seconds to load"] = round(stages["Checking the weights"] + stages["Loading the video model"], 2)
        self.figures["seconds of the first video, loading included"] = round(seconds, 2)
        self.figures["notes"] = notes

    def warm_videos(self) -> None:
        """Ten in a row, with the MP4 written: how long, how much, and whether memory grows."""
        import torch

        self.peaks = Peaks()
        runs, held = [], []
        for _ in range(self.repeats):
            if time.time() > self.deadline:
                break
            stages, seconds, _ = self._video()
            runs.append((seconds, stages))
            held.append(torch.cuda.memory_allocated() / GIGABYTE)
        best_seconds, stages = min(runs, key=lambda run: run[0])
        ordered = sorted(seconds for seconds, _ in runs)
        self.figures |= {
            "seconds a video, median": round(ordered[len(ordered) // 2], 2),
            "seconds a video, best": round(best_seconds, 2),
            **{f"of these: {stage}": round(value, 2) for stage, value in stages.items() if value >= 0.01},
            "peak allocated GB": round(max(self.peaks.allocated.values()), 2),
            **{f"peak allocated GB, {stage}": round(value, 2) for stage, value in self.peaks.allocated.items()},
            "peak reserved GB": round(self.peaks.reserved, 2),
            "CUDA context on top, GB": round(_context(), 2),
            "videos in a row": len(runs),
            "held after the first, GB": round(held[0], 4),
            "held after the last, GB": round(held[-1], 4),
        }

    def variants(self) -> None:
        """Four videos in one request."""
        if time.time() > self.deadline:
            return
        _, seconds, _ = self._video(num_variants=4)
        self.figures["seconds for 4 variants"] = round(seconds, 2)

    def cancelling(self) -> None:
        """Cancel at step 5: how many further steps are reported, how soon it stops, what is still held."""
        import torch

        from levitor_core.errors import Cancelled
        from levitor_core.monitor import Monitor, ProgressEvent

        pressed: list[float] = []
        later: list[ProgressEvent] = []

        def watch(event: ProgressEvent) -> None:
            if pressed:
                later.append(event)
            elif event.title == "Denoising" and event.step == 5:
                pressed.append(time.perf_counter())
                monitor.cancel()

        monitor = Monitor(watch)
        try:
            self.renderer.render(self.project, monitor)
        except Cancelled:
            torch.cuda.synchronize()
            self.figures["seconds from cancel to stop"] = round(time.perf_counter() - pressed[0], 3)
            self.figures["steps reported after cancel"] = len(later)
            self.figures["held after cancel, GB"] = round(torch.cuda.memory_allocated() / GIGABYTE, 4)
        self.renderer.free()
        self.figures["held after free, GB"] = round(torch.cuda.memory_allocated() / GIGABYTE, 4)

    def _video(self, **changes: Any) -> tuple[dict[str, float], float, list[str]]:
        """One request to MP4 files: seconds by stage, in all, and what the clips say."""
        from levitor_core.files.video_io import write_mp4
        from levitor_core.renderers import with_settings

        project = with_settings(self.project, **changes)
        start = time.perf_counter()
        watch = StageWatch(self.peaks)
        clips = self.renderer.render(project, watch.monitor)
        watch.enter("writing MP4")
        with tempfile.TemporaryDirectory() as folder:
            for clip in clips:
                write_mp4(clip.frames, Path(folder) / f"{clip.seed}.mp4", clip.fps)
        watch.enter("end")
        return watch.seconds, time.perf_counter() - start, [note for clip in clips for note in clip.notes]


def _context() -> float:
    """What the card holds besides torch's reserve, in GB: the CUDA context, and any other program."""
    import torch

    free, total = torch.cuda.mem_get_info()
    return (total - free - torch.cuda.memory_reserved()) / GIGABYTE


@dataclass
class Peaks:
    """The most memory held: allocated by stage, reserved by torch in all, in GB."""

    allocated: dict[str, float] = field(default_factory=dict)
    reserved: float = 0.0


class StageWatch:
    """Adds up the seconds, and keeps the peak of memory, of every stage that a monitor reports."""

    def __init__(self, peaks: Peaks) -> None:
        from levitor_core.monitor import Monitor

        self.seconds: dict[str, float] = defaultdict(float)
        self.peaks, self.stage, self.since = peaks, "before", time.perf_counter()
        self.monitor = Monitor(lambda event: self.enter(event.title.split(",")[0]))

    def enter(self, stage: str) -> None:
        import torch

        torch.cuda.synchronize()
        now = time.perf_counter()
        self.seconds[self.stage] += now - self.since
        allocated = torch.cuda.max_memory_allocated() / GIGABYTE
        self.peaks.allocated[self.stage] = max(allocated, self.peaks.allocated.get(self.stage, 0))
        self.peaks.reserved = max(torch.cuda.max_memory_reserved() / GIGABYTE, self.peaks.reserved)
        torch.cuda.reset_peak_memory_stats()
        self.stage, self.since = stage, now


def _through_cli(
    mode: str, folder: Path, project: Path, arguments: argparse.Namespace, deadline: float
) -> dict[str, Any]:
    """One cold command from project file to MP4: interpreter, imports, loading, video, file."""
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / f"{mode}.mp4"
        command = [sys.executable, "-m", "levitor_core", "--checkpoints", str(folder), "render", str(project)]
        command += ["-o", str(output), "--renderer", "levitor", "--memory", mode]
        command += ["--steps", str(arguments.steps), "--frames", str(arguments.frames)]
        start = time.perf_counter()
        done = _run(command, deadline)
        if done.returncode or not output.exists():
            return {"command line failed": (done.stderr or "").strip()[-300:]}
        return {"seconds of one cold command": round(time.perf_counter() - start, 1)}


def _child(
    task: str, folder: Path, project: Path, arguments: argparse.Namespace, partial: Path, deadline: float
) -> dict[str, Any]:
    """`measure_mode(task)` in a process of its own; what it wrote, even when it died."""
    command = [sys.executable, __file__, "--worker", task, "--checkpoints", str(folder), "--project", str(project)]
    command += ["--output", str(partial), "--steps", str(arguments.steps), "--frames", str(arguments.frames)]
    command += ["--repeats", str(arguments.repeats), "--deadline", str(_share(deadline, task, arguments.modes))]
    done = _run(command, deadline)
    figures = json.loads(partial.read_text()) if partial.exists() else {}
    if done.returncode:
        figures["failed"] = (done.stderr or "").strip()[-1500:]
        print(f"{task}: {figures['failed']}", file=sys.stderr, flush=True)
    return figures


def _share(deadline: float, task: str, modes: list[str]) -> float:
    """When a mode should stop repeating, so that those after it get their turn."""
    left = len(modes) - modes.index(task) if task in modes else len(modes)
    return time.time() + 0.6 * (deadline - time.time()) / left


def _run(command: list[str], deadline: float) -> subprocess.CompletedProcess[str]:
    searched = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": searched}
    timeout = max(10.0, deadline - time.time())
    try:
        return subprocess.run(command, env=environment, text=True, stderr=subprocess.PIPE, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, stderr=f"stopped after {timeout:.0f} s")


def _machine() -> str:
    code = "import torch; p = torch.cuda.get_device_properties(0); print(p.name, p.total_memory, torch.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "no CUDA card"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--project", type=Path, help="a project to render; a made one when left out")
    parser.add_argument("--checkpoints", type=Path, help="a folder of weights; random ones when left out")
    parser.add_argument("--output", type=Path, default=Path("levitor_gpu.json"))
    parser.add_argument("--scratch", type=Path, help="where the temporary folder is made")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=500, help="stop repeating when this has passed")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--deadline", type=float, default=math.inf, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
