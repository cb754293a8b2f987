"""PURE: the changes that the command line and Python make to a project; each returns a new one.

Arrays are shared between the old project and the new. A change that makes no sense raises InputError, whose one
sentence says what to do. Points and masks are in working pixels, times are 0..1, nearness 0..4.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from levitor_core.depth.ground_plane import GroundPlane, Lie
from levitor_core.document import (
    COLOURS,
    MAX_CAMERA_KEYS,
    MAX_NAME,
    MAX_OBJECTS,
    MAX_STROKES,
    MAX_WAYPOINTS,
    CameraMove,
    DepthStroke,
    Easing,
    Mask,
    OrderOverride,
    PointXY,
    Relation,
    SceneObject,
    Timing,
    Waypoint,
)
from levitor_core.errors import InputError, echo
from levitor_core.files.map_values import as_mask
from levitor_core.structures import Project


def find_object(project: Project, name: str | None) -> SceneObject:
    """The object called `name`."""
    for item in project.objects:
        if item.name == name:
            return item
    if not project.objects:
        raise InputError("There is no object yet; pick one on the photo first.")
    raise InputError(f"There is no object called {name!r}; choose one from the list.")


def names(project: Project) -> tuple[str, ...]:
    """Every name in use, objects before scenery."""
    return tuple(item.name for item in (*project.objects, *project.scenery))


def free_name(project: Project, stem: str = "object") -> str:
    """The first of "object 1", "object 2", ... that nothing is called yet."""
    taken = set(names(project))
    return next(name for number in range(1, len(taken) + 2) if (name := f"{stem} {number}") not in taken)


def anchor_of(mask: Mask) -> PointXY:
    """The pixel (x, y) of the mask nearest to its centre of mass: where its path starts."""
    ys, xs = np.nonzero(mask)
    nearest = np.argmin((xs - xs.mean()) ** 2 + (ys - ys.mean()) ** 2)
    return float(xs[nearest]), float(ys[nearest])


def add_object(project: Project, mask: np.ndarray, name: str | None = None) -> Project:
    """A picked object, last in the list, its path anchored at its centre; a mask of numbers is read as a file's is."""
    if len(project.objects) >= MAX_OBJECTS:
        raise InputError(f"A project holds at most {MAX_OBJECTS} objects; delete one first.")
    mask = _check_mask(project, mask)
    x, y = anchor_of(mask)
    colour = COLOURS[len(project.objects) % len(COLOURS)]
    added = SceneObject(_new_name(project, name), mask, colour, waypoints=(Waypoint(x, y),))
    return replace(project, objects=(*project.objects, added))


def duplicate(project: Project, name: str, new_name: str | None = None) -> Project:
    """Another object that shows the same pixels, with a path of its own, at first the same."""
    if len(project.objects) >= MAX_OBJECTS:
        raise InputError(f"A project holds at most {MAX_OBJECTS} objects; delete one first.")
    item = find_object(project, name)
    colour = COLOURS[len(project.objects) % len(COLOURS)]
    named = _new_name(project, new_name) if new_name else free_name(project, item.name[: MAX_NAME - 5])
    copy = replace(item, name=named, colour=colour, copy_of=item.copy_of or name, id=None)
    return replace(project, objects=(*project.objects, copy))


def set_mask(project: Project, name: str, mask: np.ndarray) -> Project:
    """Another outline of an object and of what shows the same pixels; their paths stay."""
    checked, changed = _check_mask(project, mask), find_object(project, name)
    root = changed.copy_of or name
    objects = (replace(o, mask=checked) if root in (o.name, o.copy_of) else o for o in project.objects)
    return replace(project, objects=tuple(objects))


def set_feather(project: Project, name: str, pixels: float) -> Project:
    """Over how many pixels inside its outline an object fades in Preview."""
    return _with_object(project, name, lambda item: replace(item, feather=pixels))


def delete_object(project: Project, name: str) -> Project:
    """Forget an object and every order that refers to it; the first of its copies takes its place."""
    find_object(project, name)
    left = tuple(o for o in project.objects if o.name != name)
    heir = next((o.name for o in left if o.copy_of == name), None)
    heirs = {o.name: None if o.name == heir else heir for o in left if o.copy_of == name}
    passed = tuple(replace(o, copy_of=heirs[o.name]) if o.name in heirs else o for o in left)
    untied = tuple(replace(o, follows=None) if o.follows == name else o for o in passed)
    return _without_orders_to(replace(project, objects=untied), name)


def set_motion(
    project: Project,
    name: str,
    *,
    timing: Timing | None = None,
    easing: Easing | None = None,
    on_ground: bool | None = None,
    pinned_to_screen: bool | None = None,
    relief: float | None = None,
    hold: float | None = None,
) -> Project:
    """How an object follows its path; what is None stays."""
    given = {
        "timing": timing,
        "easing": easing,
        "on_ground": on_ground,
        "pinned_to_screen": pinned_to_screen,
        "relief": relief,
        "hold": hold,
    }
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    return _with_object(project, name, lambda item: replace(item, **changes))


def set_order(
    project: Project,
    name: str,
    other: str,
    relation: Relation | Literal["depth"],
    start: float = 0.0,
    end: float = 1.0,
) -> Project:
    """In "front" of or "behind" `other` from `start` to `end` of the clip, or "depth" to let depth decide there."""
    if other == name or other not in names(project):
        raise InputError(f"There is nothing else called {other!r} to be in front of or behind.")

    def ordered(item: SceneObject) -> SceneObject:
        kept = tuple(part for order in item.order_overrides for part in _outside(order, other, start, end))
        added = () if relation == "depth" else (OrderOverride(other, relation, start, end),)
        return replace(item, order_overrides=kept + added)

    return _with_object(project, name, ordered)


def _outside(order: OrderOverride, other: str, start: float, end: float) -> Iterator[OrderOverride]:
    """What an order has before and after a stretch of the clip; all of it, if it is about something else."""
    if order.name != other:
        yield order
        return
    if order.start < start:
        yield replace(order, end=min(order.end, start))
    if order.end > end:
        yield replace(order, start=max(order.start, end))


def add_stroke(project: Project, stroke: DepthStroke) -> Project:
    """One more stroke over the depth map."""
    if len(project.depth_strokes) >= MAX_STROKES:
        raise InputError(f"A depth map takes at most {MAX_STROKES} strokes; clear them first.")
    return replace(project, depth_strokes=(*project.depth_strokes, stroke))


def clear_strokes(project: Project) -> Project:
    """The depth map as it was read."""
    return replace(project, depth_strokes=())


def guess_depth(project: Project, lie: Lie | None = None, horizon: float | None = None) -> Project:
    """Depth guessed anew from what a person says of the photo: how what is seen lies (None: as taken before), and where
    the horizon is, a share of the height from the upper edge down (None: the usual one)."""
    if not project.scene.depth_is_stand_in:
        raise InputError("This depth is no guess; mend it with the brush.")
    plane = GroundPlane(lie or GroundPlane.named(project.scene.depth_source).lie, horizon)
    disparity = plane.estimate(project.photo, project.scene.size_hw)
    return replace(project, scene=replace(project.scene, disparity=disparity, depth_source=plane.name))


def set_path(project: Project, name: str, waypoints: tuple[Waypoint, ...]) -> Project:
    """A whole path at once; the first waypoint's nearness is always the object's own."""
    if len(waypoints) > MAX_WAYPOINTS:
        raise InputError(f"A path holds at most {MAX_WAYPOINTS} waypoints; delete one first.")
    for waypoint in waypoints:
        if not isinstance(waypoint, Waypoint):
            raise InputError(f"A path is made of Waypoint values, not of a {type(waypoint).__name__}.")
    times = [waypoint.time for waypoint in waypoints if waypoint.time is not None]
    if any(later < earlier for earlier, later in pairwise(times)):
        raise InputError("A waypoint's time must not be earlier than that of the one before it.")
    path = tuple(replace(point, nearness=None) if index == 0 else point for index, point in enumerate(waypoints))
    return _with_object(project, name, lambda item: replace(item, waypoints=path, follows=None))


def follow(project: Project, name: str, other: str | None) -> Project:
    """Let an object ride on another, as a part of it would; None: it keeps the way and goes it by itself."""
    item = find_object(project, name)
    if other is None:
        return _with_object(project, name, lambda item: replace(item, follows=None))
    leader = find_object(project, other)
    if leader.follows is not None or name in (other, *(o.follows for o in project.objects)):
        raise InputError(f"{name} cannot ride on {other}: nothing rides on itself or on what rides; choose another.")
    if not leader.moves:
        raise InputError(f"{other} has no path; give it one before {name} rides on it.")
    x, y = (item.waypoints[0].x, item.waypoints[0].y) if item.waypoints else anchor_of(item.mask)
    dx, dy = x - leader.waypoints[0].x, y - leader.waypoints[0].y
    path = tuple(replace(point, x=point.x + dx, y=point.y + dy) for point in leader.waypoints)
    return _with_object(project, name, lambda item: replace(item, follows=other, waypoints=path))


def set_camera(project: Project, camera: CameraMove) -> Project:
    """The camera's whole path."""
    if len(camera.keys) > MAX_CAMERA_KEYS:
        raise InputError(f"A camera takes at most {MAX_CAMERA_KEYS} keys; delete one first.")
    times = [key.time for key in camera.keys]
    if times != sorted(set(times)):
        raise InputError("Each camera key must be later than the one before.")
    return replace(project, camera=camera)


def _with_object(project: Project, name: str, change: Callable[[SceneObject], SceneObject]) -> Project:
    find_object(project, name)
    return replace(project, objects=tuple(change(o) if o.name == name else o for o in project.objects))


def _without_orders_to(project: Project, name: str) -> Project:
    def cleaned(item: SceneObject) -> SceneObject:
        return replace(item, order_overrides=tuple(o for o in item.order_overrides if o.name != name))

    return replace(project, objects=tuple(map(cleaned, project.objects)))


def _new_name(project: Project, name: str | None) -> str:
    if not isinstance(name, str | None):
        raise InputError(f"A name is text, not {echo(name)}.")
    name = (name or "").strip() or free_name(project, "object")
    if len(name) > MAX_NAME or not name.isprintable():
        raise InputError(f"A name is one line of at most {MAX_NAME} characters.")
    if name in names(project):
        raise InputError(f"The name {name!r} is taken; choose another.")
    return name


def _check_mask(project: Project, given: Any) -> Mask:
    mask, (h, w) = as_mask(given), project.scene.size_hw
    if mask.shape != (h, w):
        raise InputError(f"The mask is {mask.shape[1]}x{mask.shape[0]} but the working image {w}x{h}; pick it again.")
    if not mask.any():
        raise InputError("The selection is empty; click on the object first.")
    return mask
