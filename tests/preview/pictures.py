"""Coloured scenes for the Preview renderer: a green photo with discs of pure colours at known depths."""

from dataclasses import replace

import numpy as np

from levitor_core.monitor import Monitor
from levitor_core.renderers import with_settings
from levitor_core.renderers.preview import PreviewRenderer
from levitor_core.structures import CameraMove, Project, SceneObject
from tests.scenes import project_of

RED, BLUE = (225, 30, 30), (30, 30, 225)
HALF_WAY = 52  # red or blue over green where a colour and the photo's green are mixed equally


def coloured(
    disparity: np.ndarray,
    *things: tuple[SceneObject, tuple[int, int, int]],
    camera: CameraMove | None = None,
    num_frames: int = 5,
) -> Project:
    """A project over a mottled green photo in which every object has one colour."""
    random = np.random.default_rng(7)
    photo = np.empty((*disparity.shape, 3), np.uint8)
    photo[:] = (60, 150, 60)
    photo = (photo + random.integers(-12, 13, photo.shape)).astype(np.uint8)
    for item, colour in things:
        photo[item.mask] = colour
    project = project_of(tuple(item for item, _ in things), disparity, camera=camera or CameraMove())
    scene = replace(project.scene, image=photo)
    return with_settings(replace(project, photo=photo, scene=scene), num_frames=num_frames)


def frames_of(project: Project, monitor: Monitor | None = None) -> np.ndarray:
    """All frames of the preview, (frames, h, w, 3)."""
    (clip,) = PreviewRenderer().render(project, monitor or Monitor())
    return np.stack(list(clip.frames))


def is_colour(frames: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Where a pixel holds more of that colour than of the photo's green."""
    channel = int(np.argmax(colour))
    return frames[..., channel].astype(int) > frames[..., 1].astype(int) + HALF_WAY


def iou(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two masks."""
    return float((first & second).sum() / max((first | second).sum(), 1))
