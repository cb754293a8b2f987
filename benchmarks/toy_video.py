"""Photo to diffusion MP4 with the toy model of checkpoints/toy, on the CPU."""

import tempfile
import time
from pathlib import Path

from benchmarks.table import Row
from levitor_core.checkpoints import Checkpoints
from levitor_core.engine import Engine
from levitor_core.files.project_file import open_project
from levitor_core.files.video_io import write_mp4
from levitor_core.renderers import with_settings

ROOT = Path(__file__).resolve().parents[1]


def scenario() -> list[Row]:
    """An example's first video, with loading, and its second."""
    engine = Engine(Checkpoints(ROOT / "checkpoints"), device="cpu")
    return [Row(f"toy model, 8 frames, 8 steps, {which} video", (_seconds(engine),)) for which in ("first", "second")]


def _seconds(engine: Engine) -> float:
    project = open_project(ROOT / "examples" / "balloon-and-tower.levitor")
    project = with_settings(project, renderer="toy", num_frames=8, num_inference_steps=8)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        (clip,) = engine.render(project)
        write_mp4(clip.frames, Path(folder) / "clip.mp4", clip.fps)
        return time.perf_counter() - start
