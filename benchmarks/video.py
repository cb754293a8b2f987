"""A LeviTor video on a CUDA card at full size, project to frames, with random weights: every way that makes it quicker.

16 frames, 288 wide x 512 high, 25 steps. Plain eager code is the rival in the same run. Random weights cost what
trained ones cost; the pictures mean nothing. The first row compiles unless packages are here already.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.levitor_weights import make_checkpoint, make_project
from benchmarks.table import Row

PLAIN, FULL = "plain eager code, a video", "full quality, a video"
REPEATS = 8
GIGABYTE = 1e9
COMMAND = (sys.executable, "-m", "levitor_core")


def scenario() -> Iterator[Row]:
    """Weights are made in a temporary folder, or taken from LEVITOR_BENCHMARK_WEIGHTS."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(os.environ.get("LEVITOR_BENCHMARK_WEIGHTS") or Path(scratch) / "checkpoints")
        project = folder / "benchmark.levitor"
        if not project.is_file():
            _child(f"from benchmarks.video import make; make({str(folder)!r})")
        yield Row("compiling: python -m levitor_core warm", (_warm(folder, project),))
        yield Row("one cold command, interpreter to GIF", (_cold(folder, project, Path(scratch)),))
        yield from measure(folder, project)


def make(folder: str) -> None:
    """Random weights in the released layout, and a project."""
    make_checkpoint(Path(folder))
    make_project(Path(folder) / "benchmark.levitor")


def _child(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def _warm(folder: Path, project: Path) -> float:
    begun = time.perf_counter()
    command = [*COMMAND, "--checkpoints", folder, "warm", project, "--renderer", "levitor", "--frames", "16"]
    subprocess.run([str(part) for part in command], check=True)
    return time.perf_counter() - begun


def _cold(folder: Path, project: Path, scratch: Path) -> float:
    begun = time.perf_counter()
    command = [*COMMAND, "--checkpoints", folder, "render", project, "--renderer", "levitor", "--frames", "16"]
    subprocess.run([str(part) for part in (*command, "-o", scratch / "cold.gif")], check=True)
    return time.perf_counter() - begun


def measure(folder: Path, path: Path) -> Iterator[Row]:
    """In this process: the first video, then the usual ones, and how far their latents are from plain ones."""
    import torch

    from levitor_core.checkpoints import Checkpoints
    from levitor_core.files.project_file import open_project
    from levitor_core.renderers import with_settings
    from levitor_core.renderers.levitor import LeviTorRenderer

    project = with_settings(open_project(path), renderer="levitor", num_frames=16, num_inference_steps=25)
    renderer = LeviTorRenderer(Checkpoints(folder), device="cuda")

    def videos(label: str, repeats: int, **changes: Any) -> Iterator[Row]:
        changed = with_settings(project, **changes)
        first, _ = _video(renderer, changed)
        torch.cuda.reset_peak_memory_stats()
        runs = [_video(renderer, changed) for _ in range(repeats)]
        yield Row(f"{label}: the first of a process or setting", (first,))
        yield Row(label, tuple(total for total, _ in runs), baseline=PLAIN)
        for stage in runs[0][1]:
            yield Row(f"{label}: {stage}", tuple(stages[stage] for _, stages in runs))
        yield Row(f"{label}: peak reserved", (torch.cuda.max_memory_reserved() / GIGABYTE,), "GB")

    yield from videos(FULL, REPEATS)
    quick = _latents(renderer, project)
    yield from videos("anchored, a video", 4, anchor=0.42)
    yield from videos("fast, a video", 4, speed="fast")
    yield from videos("four variants at once", 1, num_variants=4)
    renderer.free()
    yield from videos(PLAIN, 3, speed="plain")
    plain = _latents(renderer, with_settings(project, speed="plain"))
    for step, (ours, theirs) in enumerate(zip(quick, plain, strict=True), 1):
        if step % 10 == 0 or step == len(plain):
            yield Row(f"distance of latents from plain code's, step {step}", (_distance(ours, theirs),), "")


def _video(renderer: Any, project: Any) -> tuple[float, dict[str, float]]:
    """Seconds in all, and by stage as the monitor hears of them."""
    import torch

    from levitor_core.monitor import Monitor

    stages: dict[str, float] = defaultdict(float)
    current, since = "before", time.perf_counter()

    def enter(title: str) -> None:
        nonlocal current, since
        torch.cuda.synchronize()
        now = time.perf_counter()
        stages[current] += now - since
        current, since = title.split(",", maxsplit=1)[0], now

    begun = time.perf_counter()
    renderer.render(project, Monitor(lambda event: enter(event.title)))
    enter("end")
    return time.perf_counter() - begun, {name: took for name, took in stages.items() if took > 0.001}


def _latents(renderer: Any, project: Any) -> list[Any]:
    """The latents after every step, on the CPU."""
    import torch

    from levitor_core.monitor import Monitor
    from levitor_core.renderers.levitor.inputs import draw_noises, make_conditions

    job, _ = renderer._job(project, Monitor())
    pipeline = renderer._load(renderer._setup(job.settings))
    photo_noise, noise = draw_noises(pipeline.networks, job.seeds, job.num_frames, job.size_hw)
    embeddings, latents = pipeline.read_photos(job.image[None], photo_noise, job.settings.noise_aug_strength)
    control = torch.from_numpy(job.control.values)[None]
    conditions = make_conditions(pipeline.networks, embeddings, latents, control, job.fps, job.settings)
    return [latents.cpu() for latents in pipeline.denoise(noise, conditions, job.settings)]


def _distance(ours: Any, theirs: Any) -> float:
    return float((ours - theirs).norm() / theirs.norm())
