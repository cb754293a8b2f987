"""Project -> masks and control points: the one way, for the video model, for `control` and for "Check first"."""

import functools
from dataclasses import dataclass

from levitor_core.control.control_points import sample
from levitor_core.devices import drawing_device
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.structures import Animation, ControlPoints, Project, RenderedMasks


@dataclass(frozen=True, eq=False)
class Steering:
    """A project's motion in some number of frames, as a video model is told it."""

    animation: Animation
    rendered: RenderedMasks
    rigidity: float
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
        return sample(self.rendered, self.rigidity, self.names)


def steer(project: Project, num_frames: int, rigidity: float, device: str = "auto") -> Steering:
    """Masks, and control points on request, of that many frames, drawn where models on `device` have them drawn.

    Raises InputError as `animate` does.
    """
    animation = animate(project, num_frames)
    rendered = render(animation, drawing_device(device))
    return Steering(animation, rendered, rigidity, tuple(item.name for item in project.objects))
