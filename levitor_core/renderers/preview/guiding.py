"""Preview of the frames that a video model is to make, for its sampling to be held to."""

import numpy as np

from levitor_core.anchoring.clocks import Holds
from levitor_core.anchoring.guide import Guide, guide_of
from levitor_core.renderers.preview.renderer import draw
from levitor_core.structures import Animation, Project, RenderedMasks, SizeHW


def guide_for(
    project: Project,
    animation: Animation,
    rendered: RenderedMasks,
    size_hw: SizeHW,
    anchor: float,
    hold_background: float,
) -> Guide:
    """Preview of that animation at that size, and how firmly each of the project's objects is held to it."""
    frames = np.stack(list(draw(project, animation, size_hw, range(animation.num_frames))))
    holds = Holds(tuple(item.hold for item in project.objects), hold_background)
    return guide_of(frames, animation, rendered, anchor, holds, project.clean_plate is not None)
