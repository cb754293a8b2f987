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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.levitor_weights import make_checkpoint, make_project
from benchmarks.table import Row, seconds

PLAIN, FULL = "plain eager code, a video", "full quality, a video"
REPEATS = 8
GIGABYTE = 1e9
PROJECT = "benchmark.levitor"
COMMAND = (sys.executable, "-m", "levitor_core")


def scenario() -> Iterator[Row]:
    """Compiled, cold, and in one process."""
    with tempfile.TemporaryDirectory() as scratch, checkpoints() as (folder, project):
        yield Row("compiling: python -m levitor_core warm", (_command(folder, "warm", project),))
        output = Path(scratch) / "cold.gif"
        yield Row("one cold command, interpreter to GIF", (_command(folder, "render", project, "-o", output),))
        yield from measure(folder)


@contextmanager
def checkpoints() -> Iterator[tuple[Path, Path]]:
    """A folder of random weights and a project to render with them, for the time of the block, or in
    LEVITOR_BENCHMARK_WEIGHTS."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(os.environ.get("LEVITOR_BENCHMARK_WEIGHTS") or Path(scratch) / "checkpoints")
        project = folder / PROJECT
        if not project.is_file():  # in a process whose memory goes with it
            code = f"from benchmarks.video import make; make({str(folder)!r})"
            subprocess.run([sys.executable, "-c", code], check=True)
        yield folder, project


def make(folder: str) -> None:
    """Random weights in the released layout, and a project."""
    make_checkpoint(Path(folder))
    make_project(Path(folder) / PROJECT)


def _command(folder: Path, name: str, project: Path, *others: object) -> float:
    """Seconds of a command in a process of its own."""
    command = [*COMMAND, "--checkpoints", folder, name, project, "--renderer", "levitor", "--frames", "16", *others]
    return seconds(lambda: subprocess.run([str(part) for part in command], check=True))


def renderer_and_project(folder: Path) -> tuple[Any, Any]:
    """The renderer on this process's card, and the project: 16 frames in 25 steps."""
    from levitor_core.checkpoints import Checkpoints
    from levitor_core.files.project_file import open_project
    from levitor_core.renderers import with_settings
    from levitor_core.renderers.levitor import LeviTorRenderer

    project = open_project(folder / PROJECT)
    project = with_settings(project, renderer="levitor", num_frames=16, num_inference_steps=25)
    return LeviTorRenderer(Checkpoints(folder), device="cuda"), project


def measure(folder: Path) -> Iterator[Row]:
    """In this process: the first video, then the usual ones, and how far their latents are from plain ones."""
    import torch

    from levitor_core.renderers import with_settings

    renderer, project = renderer_and_project(folder)

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
