"""How long a photo, the first click and each further click take with the stand-ins (no weights)."""

from benchmarks.table import Row, timed
from levitor_core.engine import Engine
from levitor_core.structures import PointPrompt


def scenario() -> list[Row]:
    """One 451x300 photo on the CPU, libraries already imported."""
    import skimage.data

    photo, engine = skimage.data.chelsea(), Engine(device="cpu")
    project = engine.new_project(photo)
    engine.segment(project, [PointPrompt(200, 150)])
    places = iter(range(210, 260))  # a click where one was is remembered
    return [
        timed("a photo becomes a project (stand-in depth)", lambda: engine.new_project(photo)),
        timed(
            "a click becomes a mask (Quick picker)", lambda: engine.segment(project, [PointPrompt(next(places), 160)])
        ),
        timed("automatic masks (stand-in)", lambda: engine.find_instances(project)),
    ]
