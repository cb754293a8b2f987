"""How the control stage and Preview grow with frames, objects and pixels; one of them changes, the others stay."""

from collections.abc import Iterator

import cv2
import numpy as np

from benchmarks.table import Row, timed
from levitor_core.control.control_points import sample
from levitor_core.control.control_signal import splat
from levitor_core.document import GenerationSettings
from levitor_core.monitor import Monitor
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.renderers import with_settings
from levitor_core.renderers.preview import PreviewRenderer
from levitor_core.structures import Project, Scene, SceneObject, SizeHW, Waypoint

FRAMES, OBJECTS, HEIGHTS = (8, 16, 32, 64), (1, 2, 4, 8, 16), (144, 288, 576, 1152)
USUAL = 16, 2, 288


def scenario() -> Iterator[Row]:
    """16:9; 16 frames, 2 objects, 288 pixels high where nothing else is said. Preview without its MP4."""
    frames, objects, height = USUAL
    cases = [("frames", number, (number, objects, height)) for number in FRAMES]
    cases += [("objects", number, (frames, number, height)) for number in OBJECTS]
    cases += [("megapixels a frame", high * _width(high) / 1e6, (frames, objects, high)) for high in HEIGHTS]
    for along, at, (num_frames, num_objects, high) in cases:
        project = discs(num_objects, (high, _width(high)))
        shown = with_settings(project, num_frames=num_frames, size="draft")
        for stage, work in (
            ("control", lambda: splat(sample(render(animate(project, num_frames))))),  # noqa: B023 - called at once
            ("Preview", lambda: _draw(shown)),  # noqa: B023
        ):
            row = timed(f"{stage}, {along}: {at:.3g}", work, 3)
            yield Row(row.label, row.values, at=at, along=along)


def _width(height: int) -> int:
    return height * 16 // 9


def _draw(project: Project) -> None:
    (clip,) = PreviewRenderer().render(project, Monitor())
    for _ in clip.frames:
        pass


def discs(count: int, size_hw: SizeHW) -> Project:
    """So many discs that cross a floor, all together as large whatever their number."""
    height, width = size_hw
    rows, columns = np.indices(size_hw, dtype=np.float32)
    disparity, objects = 10 + 60 * rows / height, []
    radius = 0.3 * height / count**0.5
    noise = np.random.default_rng(0).integers(0, 256, (9, 16, 3), dtype=np.uint8)
    photo = cv2.resize(noise, size_hw[::-1], interpolation=cv2.INTER_CUBIC)
    for number in range(count):
        x, y = width * (number + 1) / (count + 1), height * (0.35 + 0.3 * (number % 2))
        mask = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
        disparity[mask] = 90 + number
        end = Waypoint(width - x, height * 0.5, 0.5)
        objects.append(SceneObject(f"disc {number}", mask, waypoints=(Waypoint(x, y), end)))
    scene = Scene(photo, disparity, np.zeros(size_hw, np.int32), "made up", "made up")
    return Project(photo=photo, scene=scene, objects=tuple(objects), settings=GenerationSettings())
