"""Small random scenes that the tests of several stages share."""

import numpy as np

from levitor_core.structures import CameraMove, Project, Scene, SceneObject, Waypoint

SIZE_HW = (72, 96)
STILL = CameraMove()


def disc(center_xy: tuple[float, float], radius: float, size_hw: tuple[int, int] = SIZE_HW) -> np.ndarray:
    """A filled circle as a mask."""
    rows, columns = np.indices(size_hw)
    return (columns - center_xy[0]) ** 2 + (rows - center_xy[1]) ** 2 <= radius**2


def project_of(
    objects: tuple[SceneObject, ...],
    disparity: np.ndarray,
    partition: np.ndarray | None = None,
    camera: CameraMove = STILL,
    softness: float = 30.0,
    **changes: object,
) -> Project:
    """A project over a grey photo."""
    size_hw = disparity.shape
    image = np.full((*size_hw, 3), 128, np.uint8)
    partition = np.zeros(size_hw, np.int32) if partition is None else partition.astype(np.int32)
    scene = Scene(image, disparity.astype(np.float32), partition, "test", "test")
    return Project(photo=image, scene=scene, objects=objects, camera=camera, softness=softness, **changes)  # type: ignore[arg-type]


def flat_scene(
    *things: tuple[tuple[float, float], float, float], background: float = 20.0, size_hw: tuple[int, int] = SIZE_HW
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Disparity of discs (center, radius, disparity) over a farther wall, the first on top, and their masks."""
    disparity = np.full(size_hw, background, np.float32)
    masks = [disc(center, radius, size_hw) for center, radius, _ in things]
    for mask, (_, _, value) in reversed(list(zip(masks, things, strict=True))):
        disparity[mask] = value
    return disparity, masks


def moving(name: str, mask: np.ndarray, *waypoints: tuple[float, ...], **changes: object) -> SceneObject:
    """An object with waypoints (x, y, nearness)."""
    return SceneObject(name, mask, waypoints=tuple(Waypoint(*point) for point in waypoints), **changes)  # type: ignore[arg-type]
