"""How long a photo, the first click and each further click take with the stand-ins (no weights)."""

import time
from collections.abc import Callable

from levitor_core.engine import Engine
from levitor_core.structures import PointPrompt


def scenario() -> list[tuple[str, float]]:
    """One 451x300 photo on the CPU, libraries already imported."""
    import skimage.data

    photo, engine = skimage.data.chelsea(), Engine(device="cpu")
    project = engine.new_project(photo)
    engine.segment(project, [PointPrompt(200, 150)])
    return [
        ("a photo becomes a project (stand-in depth)", _best(lambda: engine.new_project(photo))),
        ("a click becomes a mask (Quick picker)", _best(lambda: engine.segment(project, [PointPrompt(210, 160)]))),
        ("automatic masks (stand-in)", _best(lambda: engine.find_instances(project))),
    ]


def _best(work: Callable[[], object]) -> float:
    def once() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return min(once() for _ in range(3))


if __name__ == "__main__":
    for label, seconds in scenario():
        print(f"{label}: {seconds:.3f} s")
