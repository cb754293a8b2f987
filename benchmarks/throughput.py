"""Videos an hour by one worker process and by two, one a GPU, several people asking at once; and in batches.

On CUDA with LeviTor's random weights at full size, elsewhere with the toy model of checkpoints/toy.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.table import Row, seconds
from benchmarks.video import checkpoints
from levitor_core.checkpoints import Checkpoints
from levitor_core.devices import has_cuda
from levitor_core.files.project_file import open_project
from levitor_core.renderers import with_settings
from levitor_core.serving.jobs import EngineElsewhere, Setup
from levitor_core.serving.workers import Workers

ROOT = Path(__file__).resolve().parents[1]
VIDEOS, VARIANTS = 6, 4


def scenario() -> Iterator[Row]:
    """The toy's videos have 8 frames in 8 steps, LeviTor's 16 in 25."""
    with ExitStack() as stack:
        folder, project = ROOT / "checkpoints", ROOT / "examples" / "balloon-and-tower.levitor"
        settings: dict[str, Any] = {"renderer": "toy", "num_frames": 8, "num_inference_steps": 8}
        if has_cuda():
            folder, project = stack.enter_context(checkpoints())
            settings = {"renderer": "levitor", "num_frames": 16, "num_inference_steps": 25}
        asked, name = with_settings(open_project(project), **settings), settings["renderer"]
        for count in range(1, min(2, _cards()) + 1):
            workers = Workers(count, Setup(folder))
            try:
                engine = EngineElsewhere(workers, Checkpoints(folder))
                _together(engine, asked, count)  # loads
                took = seconds(lambda: _together(engine, asked, VIDEOS))  # noqa: B023 - called at once
                yield Row(f"{name}, {count} of the workers", (3600 * VIDEOS / took,), "videos an hour")
                variants = with_settings(asked, num_variants=VARIANTS)
                took = seconds(lambda: _together(engine, variants, count))  # noqa: B023 - called at once
                label = f"{name}, {count} of the workers, {VARIANTS} variants a request"
                yield Row(label, (3600 * count * VARIANTS / took,), "videos an hour")
            finally:
                workers.close()


def _cards() -> int:
    if not has_cuda():
        return 2
    import torch

    return torch.cuda.device_count()


def _together(engine: EngineElsewhere, project: Any, count: int) -> None:
    """So many requests at once, each to its last frame."""

    def make(_: int) -> None:
        for clip in engine.render(project):
            for _frame in clip.frames:
                pass

    with ThreadPoolExecutor(count) as people:
        list(people.map(make, range(count)))
