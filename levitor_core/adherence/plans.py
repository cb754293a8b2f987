"""Project -> Planned: what a video of it should show, as Preview draws it."""

from collections.abc import Sequence

import numpy as np

from levitor_core.adherence.measures import Planned, PlannedObject
from levitor_core.anchoring.uncovered import find_uncovered
from levitor_core.monitor import Monitor
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.motion.tracks import Tracks, track_points
from levitor_core.renderers.preview.separate import Parts, draw_parts
from levitor_core.structures import Animation, ObjectLayer, Project, RenderedMasks

POINTS = 32  # an object, for optical flow


def plan(project: Project, num_frames: int, frames: Sequence[int], monitor: Monitor | None = None) -> Planned:
    """Some frames of the project's motion in that many, at working size. Raises InputError as `animate` does."""
    animation = animate(project, num_frames)
    rendered = render(animation)
    parts = list(draw_parts(project, animation, project.scene.size_hw, frames, monitor))
    return Planned(
        frames=np.stack([part.composed for part in parts]),
        backgrounds=np.stack([part.background for part in parts]),
        uncovered=find_uncovered(animation)[frames],
        objects=tuple(_object(layer, parts, animation, rendered, frames) for layer in animation.layers),
    )


def _object(
    layer: ObjectLayer, parts: Sequence[Parts], animation: Animation, rendered: RenderedMasks, frames: Sequence[int]
) -> PlannedObject:
    tracks = track_points(animation, rendered, layer.label, POINTS, np.random.default_rng(0))
    return PlannedObject(
        name=layer.name,
        rgba=np.stack([part.objects[layer.label] for part in parts]),
        seen=(rendered.labels == layer.label)[frames],
        tracks=Tracks(tracks.xy[:, frames], tracks.visible[:, frames]),
    )
