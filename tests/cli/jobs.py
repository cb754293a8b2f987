"""A project so small that a command takes a moment, and the command line called as a script would."""

from pathlib import Path

import numpy as np

from levitor_core.cli import main
from levitor_core.files.project_file import to_bytes
from tests.scenes import flat_scene, moving, project_of

PHOTO = Path(__file__).parents[1] / "cases" / "overwrite-own-input" / "photo.png"


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def _job() -> bytes:
    disparity, (ball,) = flat_scene(((30, 36), 12, 150))
    partition = np.where(np.indices(disparity.shape)[0] > 50, 2, 1)
    path = (30, 36), (60, 40, 0.9)
    return to_bytes(project_of((moving("ball", ball, *path),), disparity, partition))


JOB = _job()
