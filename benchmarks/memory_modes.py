"""LeviTor on a CUDA card in each memory mode, with random weights at full size: seconds and memory, each in a process
of its own, `balanced` under a hard cap of 9 GB, `lean` of 6.5 GB. Random weights cost what trained ones cost.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.table import Row, in_a_process
from benchmarks.video import checkpoints, renderer_and_project

CAPS = {"full": 0.0, "balanced": 9e9, "lean": 6.5e9}
VIDEOS = 10
GIGABYTE = 1e9


def scenario() -> Iterator[Row]:
    """Ten videos in a row, four variants, and a cancelled one, in every mode."""
    with checkpoints() as (folder, _):
        for mode in CAPS:
            yield from in_a_process("benchmarks.memory_modes.measure", mode, str(folder))


def measure(mode: str, folder: str) -> Iterator[Row]:
    """One mode, in this process."""
    import torch

    from levitor_core.renderers import with_settings

    if CAPS[mode]:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, CAPS[mode] / total))
    renderer, project = renderer_and_project(Path(folder))
    project = with_settings(project, memory=mode)
    yield Row(f"{mode}: the first video, loading included", (_seconds(renderer, project),))
    torch.cuda.reset_peak_memory_stats()
    took, held = [], []
    for _ in range(VIDEOS):
        took.append(_seconds(renderer, project))
        held.append(torch.cuda.memory_allocated() / GIGABYTE)
    yield Row(f"{mode}: a video with its MP4", tuple(took))
    yield Row(f"{mode}: peak allocated", (torch.cuda.max_memory_allocated() / GIGABYTE,), "GB")
    yield Row(f"{mode}: peak reserved", (torch.cuda.max_memory_reserved() / GIGABYTE,), "GB")
    yield Row(f"{mode}: held after each video", tuple(held), "GB")
    yield Row(f"{mode}: four variants", (_seconds(renderer, with_settings(project, num_variants=4)),))
    yield Row(f"{mode}: cancel to stop", (_cancelled(renderer, project),))


def _seconds(renderer: Any, project: Any) -> float:
    """One request to its MP4 files."""
    from levitor_core.files.video_io import write_mp4
    from levitor_core.monitor import Monitor

    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for clip in renderer.render(project, Monitor()):
            write_mp4(clip.frames, Path(folder) / f"{clip.seed}.mp4", clip.fps)
    return time.perf_counter() - begun


def _cancelled(renderer: Any, project: Any) -> float:
    """Seconds from a press of Cancel at step 5 until all has stopped."""
    import torch

    from levitor_core.errors import Cancelled
    from levitor_core.monitor import Monitor, ProgressEvent

    pressed: list[float] = []

    def watch(event: ProgressEvent) -> None:
        if not pressed and event.title == "Denoising" and event.step == 5:
            pressed.append(time.perf_counter())
            monitor.cancel()

    monitor = Monitor(watch)
    with suppress(Cancelled):
        renderer.render(project, monitor)
    torch.cuda.synchronize()
    return time.perf_counter() - pressed[0]
