"""PURE. A held-out scene as a person would have made it: its first frame, its objects' masks and their true paths, and
what Preview makes of that. The scenes follow the app's own geometry, so a Preview of the true path is only wrong where
it has to make things up."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from levitor_core.evaluation.toy_scenes import ToyScene
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.renderers.preview import draw
from levitor_core.structures import Animation, Project, RenderedMasks, Scene, SceneObject, Waypoint


@dataclass(frozen=True)
class Mistake:
    """How wrong a person's path is: to the lower right, in pixels, and in disparity, up where there is room."""

    px: float = 0.0
    disparity: float = 0.0


@dataclass(frozen=True, eq=False)
class ToyPreview:
    """A scene's Preview and what it was drawn from."""

    animation: Animation
    rendered: RenderedMasks
    frames: UInt8[np.ndarray, "frames h w 3"]


def preview_of(scene: ToyScene, mistake: Mistake = Mistake()) -> ToyPreview:
    """Preview of the scene's paths, right or wrong, from its first frame."""
    project = project_of(scene, mistake)
    animation = animate(project, len(scene.truth))
    frames = list(draw(project, animation, project.scene.size_hw, range(len(scene.truth))))
    return ToyPreview(animation, render(animation), np.stack(frames))


def project_of(scene: ToyScene, mistake: Mistake = Mistake()) -> Project:
    """The scene's first frame with every object and its path, frame by frame."""
    first = scene.clip.rendered
    count, image = len(scene.rgba), scene.truth[0]
    partition = np.where(first.labels[0] > count, first.labels[0], 0).astype(np.int32)
    objects = tuple(_object(scene, index, mistake) for index in range(count))
    return Project(photo=image, scene=Scene(image, first.disparity[0], partition, "true", "true"), objects=objects)


def _object(scene: ToyScene, index: int, mistake: Mistake) -> SceneObject:
    frames = len(scene.truth)
    xy, disparity = scene.centroid_xy[index].copy(), scene.disparity[index].copy()
    xy[1:] += mistake.px / np.sqrt(2)
    disparity[1:] += np.where(disparity[1:] + mistake.disparity <= 255, mistake.disparity, -mistake.disparity)
    turns = np.degrees(scene.rotation[index]).tolist()
    waypoints = tuple(
        Waypoint(float(x), float(y), float(near), frame / (frames - 1), rotation=turn)
        for frame, ((x, y), near, turn) in enumerate(zip(xy, disparity / 255, turns, strict=True))
    )
    return SceneObject(f"object {index + 1}", scene.visible(index)[0], waypoints=waypoints)
