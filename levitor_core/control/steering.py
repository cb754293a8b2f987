"""Project -> masks and control points: the one way, for the video model, for `control` and for "Check first"."""

import functools
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from levitor_core.control.control_points import sample
from levitor_core.devices import drawing_device
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.structures import Animation, ControlPoints, Project, RenderedMasks, SceneObject

Points = Literal["many", "one"]
Paths = Literal["3d", "2d"]


@dataclass(frozen=True)
class Told:
    """What a video model is told of a motion: `rigidity` times as many points as the paper's rule gives, or one a thing
    (as DragAnything takes); paths with their depth, or (as DragNUWA) only where they run on the screen."""

    rigidity: float = 1.0
    points: Points = "many"
    paths: Paths = "3d"


@dataclass(frozen=True, eq=False)
class Steering:
    """A project's motion in some number of frames, as a video model is told it."""

    animation: Animation
    rendered: RenderedMasks
    told: Told
    names: tuple[str, ...]

    @property
    def num_frames(self) -> int:
        """How many frames it was made for; other numbers give other points."""
        return self.animation.num_frames

    @functools.cached_property
    def points(self) -> ControlPoints:
        """The control points, placed when first asked for.

        Raises InputError, naming it, for an object that is too small for any.
        """
        found = sample(self.rendered, 0.0 if self.told.points == "one" else self.told.rigidity, self.names)
        if self.told.paths == "3d":
            return found
        return replace(found, rows=np.column_stack([found.rows[:, :4], np.zeros(len(found.rows), int)]))


def steer(project: Project, num_frames: int, told: Told, device: str = "auto") -> Steering:
    """Masks, and control points on request, of that many frames, drawn where models on `device` have them drawn.

    Raises InputError as `animate` does.
    """
    animation = animate(project if told.paths == "3d" else _flat(project), num_frames)
    rendered = render(animation, drawing_device(device))
    return Steering(animation, rendered, told, tuple(item.name for item in project.objects))


def _flat(project: Project) -> Project:
    """The same paths on the screen, each at its object's own depth."""

    def flat(item: SceneObject) -> SceneObject:
        return replace(item, waypoints=tuple(replace(at, nearness=None) for at in item.waypoints), on_ground=False)

    return replace(project, objects=tuple(map(flat, project.objects)))
