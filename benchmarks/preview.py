"""Preview end to end with two moving objects, from project to MP4: small, at 1080p, and as long as it is by itself."""

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.table import Row, timed
from levitor_core.document import GenerationSettings
from levitor_core.files.video_io import write_mp4
from levitor_core.monitor import Monitor
from levitor_core.renderers import with_settings
from levitor_core.renderers.preview import PreviewRenderer
from levitor_core.structures import Project, Scene, SceneObject, Waypoint

SIZE_HW = (288, 512)
REPEATS = 3


def scenario() -> list[Row]:
    """Seconds for the clip at working size and at 1080p."""
    project = with_settings(_project(), size="draft")
    large = with_settings(project, height=1080)
    usual = with_settings(large, num_frames=48)
    return [
        timed("16 frames 512x288 with MP4", lambda: _make(project), REPEATS),
        timed("16 frames 1920x1080 with MP4", lambda: _make(large), REPEATS),
        timed("48 frames 1920x1080, drawn only", lambda: _draw(usual), REPEATS),
        timed("48 frames 1920x1080 with MP4", lambda: _make(usual), REPEATS),
    ]


def _make(project: Project) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (clip,) = PreviewRenderer().render(project, Monitor())
        write_mp4(clip.frames, Path(folder) / "clip.mp4", clip.fps)


def _draw(project: Project) -> None:
    (clip,) = PreviewRenderer().render(project, Monitor())
    for _ in clip.frames:
        pass


def _project() -> Project:
    import cv2
    from sklearn.datasets import load_sample_image

    photo = cv2.resize(load_sample_image("china.jpg")[30:390], (1024, 576), interpolation=cv2.INTER_CUBIC)
    rows, columns = np.indices(SIZE_HW, dtype=np.float32)
    disparity = 10 + 60 * rows / SIZE_HW[0]
    masks = [(columns - x) ** 2 + (rows - y) ** 2 < r**2 for x, y, r in ((150, 130, 60), (380, 170, 45))]
    for mask, value in zip(masks, (90, 140), strict=True):
        disparity[mask] = value
    image = cv2.resize(photo, SIZE_HW[::-1], interpolation=cv2.INTER_AREA)
    scene = Scene(image, disparity, np.zeros(SIZE_HW, np.int32), "made up", "made up")
    first = SceneObject("first", masks[0], waypoints=(Waypoint(150, 130), Waypoint(400, 150, 0.7)))
    second = SceneObject("second", masks[1], waypoints=(Waypoint(380, 170), Waypoint(120, 140, 0.3, rotation=90)))
    return Project(photo=photo, scene=scene, objects=(first, second), settings=GenerationSettings(num_frames=16))
