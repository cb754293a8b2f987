"""PURE: what is likely to disappoint in a project's motion, said before any GPU time is spent."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

import numpy as np
from jaxtyping import Bool, Float

from levitor_core.motion.cut_sides import cut_sides, inside_picture
from levitor_core.motion.geometry import Pose, View, displace, image_center, nearest_depth, project
from levitor_core.structures import Animation, ObjectLayer, Project, RenderedMasks, SizeHW

FAR_STEP = 0.12  # of the picture's diagonal, from one frame to the next
SEEN_CUT = 0.5  # of its fade, from which on a side that the photo's edge cut off is told of
SEEN_SHARE = 0.05  # an object that shows less than this of its area counts as hidden


def check(work: Project, animation: Animation, rendered: RenderedMasks) -> tuple[str, ...]:
    """One sentence for each object that does not move, moves too far a frame, shows where the photo cut it off, leaves
    the frame or is hidden, and for fixed orders that contradict one another."""
    sentences = [
        f"{item.name} has no path and stays where it is." for item in work.objects if not (item.moves or item.hidden)
    ]
    for layer in animation.layers:
        sentences += _about(layer, animation, rendered)
    return tuple(sentences + _contradiction(animation.layers))


def _contradiction(layers: Sequence[ObjectLayer]) -> list[str]:
    """The first circle that orders of one moment make."""
    names = {layer.label: layer.name for layer in layers}
    for moment in dict.fromkeys(zip(*(layer.order_at for layer in layers), strict=True)):
        order = TopologicalSorter[int]()
        for layer, held in zip(layers, moment, strict=True):
            order.add(layer.label, *layer.orders[held].in_front_of)
            for other in layer.orders[held].behind:
                order.add(other, layer.label)
        try:
            order.prepare()
        except CycleError as error:
            circle = " and ".join(names.get(label, "") for label in error.args[1][1:])
            return [f"The fixed orders of {circle} go round in a circle, so one of them cannot hold; take one away."]
    return []


def _about(layer: ObjectLayer, animation: Animation, rendered: RenderedMasks) -> list[str]:
    size_hw = rendered.labels.shape[1], rendered.labels.shape[2]
    on_screen, area = _anchor_on_screen(layer, animation), _expect_area(layer, animation)
    steps = np.linalg.norm(np.diff(on_screen, axis=0), axis=1)
    outside = _outside(on_screen, size_hw)
    hidden = ~outside & ((rendered.labels == layer.label).sum((1, 2)) < SEEN_SHARE * area)
    sentences = []
    if steps.max(initial=0) > FAR_STEP * np.hypot(*size_hw):
        frame = int(steps.argmax())
        sentences.append(
            f"{layer.name} moves {steps[frame]:.0f} pixels between frames {frame + 1} and {frame + 2};"
            " use more frames or a shorter path."
        )
    cut = _cut_side_in_view(layer, animation)
    if cut.any():
        sentences.append(
            f"{layer.name} is cut off by the photo's edge, and that side comes into view at frame {_first(cut)},"
            " where it fades; keep it at the edge, or let something cover it."
        )
    if outside.any():
        sentences.append(f"{layer.name} leaves the picture at frame {_first(outside)}.")
    if hidden.any():
        sentences.append(f"{layer.name} is hidden from frame {_first(hidden)}; bring it nearer if it should be seen.")
    return sentences


def _cut_side_in_view(layer: ObjectLayer, animation: Animation) -> Bool[np.ndarray, " frames"]:
    cuts, near, seen = cut_sides(layer.mask), nearest_depth(animation.softness), np.zeros(animation.num_frames, bool)
    for frame in range(animation.num_frames):
        view = View() if layer.pinned else View.of(animation.camera, frame)
        inside = [inside_picture(cut, layer, Pose.of(layer, frame), view, near) / cut.faded for cut in cuts]
        seen[frame] = max(inside, default=0.0) > SEEN_CUT
    return seen


def _anchor_on_screen(layer: ObjectLayer, animation: Animation) -> Float[np.ndarray, "frames 2"]:
    size_hw = animation.labels.shape[0], animation.labels.shape[1]
    center, near = image_center(size_hw), nearest_depth(animation.softness)
    anchor = np.array(layer.anchor_xy[0]), np.array(layer.anchor_xy[1]), np.array(layer.anchor_z)
    places = []
    for frame in range(animation.num_frames):
        pose = Pose.of(layer, frame)
        view = View() if layer.pinned else View.of(animation.camera, frame)
        x, y, z = displace(*anchor, pose, center, near)
        places.append(project(x, y, z, view, center, near)[:2])
    return np.array(places)


def _expect_area(layer: ObjectLayer, animation: Animation) -> Float[np.ndarray, " frames"]:
    path = layer.trajectory
    zoom = 1.0 if layer.pinned else animation.camera.zoom
    return layer.mask.sum() * (zoom * path.size * layer.anchor_z / path.z) ** 2


def _outside(xy: Float[np.ndarray, "frames 2"], size_hw: SizeHW) -> Bool[np.ndarray, " frames"]:
    return (xy < -0.5).any(1) | (xy[:, 0] > size_hw[1] - 0.5) | (xy[:, 1] > size_hw[0] - 0.5)


def _first(frames: Bool[np.ndarray, " frames"]) -> int:
    """The first marked frame, counted from 1."""
    return int(frames.argmax()) + 1
