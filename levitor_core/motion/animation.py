"""Project -> Animation: paths resampled, depth tamed, moved objects lifted out and their holes filled.

Everything a person chose is decided here, once, so that ids (`rendering`) and colours (`renderers/preview`) follow
the same geometry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from jaxtyping import Float

from levitor_core.document import Relation
from levitor_core.errors import InputError
from levitor_core.motion import background, masks, mending, relief, trajectory
from levitor_core.motion.geometry import (
    MAX_DISPARITY,
    Pose,
    closest_depth,
    depth_from_disparity,
    disparity_from_depth,
    displace,
    image_center,
    nearest_depth,
)
from levitor_core.structures import (
    Animation,
    DisparityMap,
    FixedOrder,
    LabelMap,
    Mask,
    ObjectLayer,
    PointXY,
    Project,
    SceneObject,
    Trajectory3D,
    Waypoint,
)

GROUND_STEPS = 8
SETTLED = 1e-6  # of the depth


def animate(project: Project, num_frames: int) -> Animation:
    """Resolve a project to geometry for that many frames, at working size.

    Raises InputError, naming the object, for masks that coincide, times that go back, fixed orders that name
    nothing, and camera moves out of range.
    """
    still = _still_scene(project)
    moving = [position for position, item in enumerate(project.objects) if item.moves]
    return Animation(
        labels=still.filled_labels,
        z=depth_from_disparity(still.filled_disparity, project.softness).astype(np.float32),
        removed=still.removed,
        layers=tuple(_layer(project, still, position, num_frames) for position in moving),
        camera=trajectory.resample_camera(project.camera, num_frames, project.softness),
        softness=project.softness,
        num_objects=len(project.objects),
    )


@dataclass(frozen=True, eq=False)
class _StillScene:
    """The scene at rest (`labels`, `disparity`), what is lifted out of it, and what remains (`filled_...`)."""

    labels: LabelMap
    unsnapped: DisparityMap  # before its edges were moved onto those of masks
    disparity: DisparityMap
    tamed: Mapping[int, DisparityMap]  # by label
    removed: Mask
    filled_labels: LabelMap
    filled_disparity: DisparityMap


def _still_scene(project: Project) -> _StillScene:
    labels = masks.merge(project.objects, project.scene.partition)
    image, strokes = project.scene.image, project.depth_strokes
    edited = relief.edit_scenery(mending.mend(project.scene.disparity, image, strokes), project.scenery)
    disparity = relief.snap_to_masks(edited, labels)
    if project.scene.depth_is_stand_in:
        disparity = relief.set_on_feet(disparity, labels, len(project.objects))
        disparity = mending.mend_objects(disparity, (labels > 0) & (labels <= len(project.objects)), image, strokes)
    away = [position for position, item in enumerate(project.objects) if item.moves or item.hidden]
    shown = {masks.original(project.objects, position) + 1 for position in away}
    lifted = [position + 1 for position in away if position + 1 in shown]  # a copy leaves its original where it is
    tamed = {label: relief.tame(disparity, labels == label) for label in sorted(shown)}
    removed_disparity = disparity.copy()
    for label in lifted:
        removed_disparity[labels == label] = tamed[label][labels == label]
    removed = np.isin(labels, lifted)
    filled = background.fill_labels_and_disparity(labels, disparity, removed, removed_disparity)
    return _StillScene(labels, edited, disparity, tamed, removed, *filled)


def _layer(project: Project, still: _StillScene, position: int, num_frames: int) -> ObjectLayer:
    item, label = project.objects[position], position + 1
    pixels = masks.original(project.objects, position) + 1
    mask, tamed = still.labels == pixels, still.tamed[pixels]
    tamed_z = depth_from_disparity(tamed, project.softness).astype(np.float32)
    anchor_z = _anchor_depth(item.waypoints[0], mask, tamed_z)
    picked = (still.labels > 0) & (still.labels <= len(project.objects))
    support = relief.support_of(mask, tamed, still.unsnapped, project.scene.partition, picked)
    free = support | mask | _find_guessed(project, still, picked)  # mask: its hole, or what it is a copy of
    orders, order_at = _fixed_orders(project, still, item, free, mask & still.removed, num_frames)
    return ObjectLayer(
        label=label,
        name=item.name,
        mask=mask,
        z=relief.with_relief(tamed_z, anchor_z, item.relief),
        anchor_xy=(item.waypoints[0].x, item.waypoints[0].y),
        anchor_z=anchor_z,
        trajectory=_trajectory(project, still, item, mask, anchor_z, num_frames),
        orders=orders,
        order_at=order_at,
        pinned=item.pinned_to_screen,
        shadow=item.shadow if item.on_ground else 0.0,  # in the air nothing says where it would fall
        feather=item.feather,
    )


def _find_guessed(project: Project, still: _StillScene, picked: Mask) -> Mask:
    """Still pixels whose depth is only guessed and that no one picked: they hide nothing unless a person says so."""
    if not project.scene.depth_is_stand_in:
        return np.zeros_like(picked)
    chosen = picked & ~still.removed
    for thing in project.scenery:
        chosen |= thing.mask
    return ~chosen


def _anchor_depth(anchor: Waypoint, mask: Mask, z: DisparityMap) -> float:
    """The object's depth at its first waypoint, or its median depth when that lies outside the mask."""
    row, column = round(anchor.y), round(anchor.x)
    inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1] and mask[row, column]
    return float(z[row, column] if inside else np.median(z[mask]))


def _trajectory(
    project: Project, still: _StillScene, item: SceneObject, mask: Mask, anchor_z: float, num_frames: int
) -> Trajectory3D:
    shape = num_frames, project.scene.size_hw, project.softness, item.timing, item.easing
    leader = _leader(project, item)
    if leader is not None:
        return _carried(project, still, leader, item.waypoints[0], anchor_z, num_frames)
    if not item.on_ground:
        return trajectory.resample(item.waypoints, anchor_z, *shape)
    anchor = item.waypoints[0].x, item.waypoints[0].y
    ground = _Ground(depth_from_disparity(still.filled_disparity, project.softness), anchor, relief.contact_point(mask))
    placed = trajectory.path_values(item.waypoints, anchor_z, project.softness)
    depths = ground.depth_along(placed[:, :2], placed[:, 3], placed[:, 4], anchor_z)
    nearness = disparity_from_depth(depths, project.softness) / MAX_DISPARITY
    waypoints = [replace(point, nearness=float(n)) for point, n in zip(item.waypoints, nearness, strict=True)]
    path = trajectory.resample(waypoints, anchor_z, *shape)
    return replace(path, z=ground.depth_along(path.xy, path.size, path.rotation, anchor_z))


def _leader(project: Project, item: SceneObject) -> int | None:
    """The position of what an object rides on; None where it goes its own way, as on what rides itself."""
    found = (i for i, o in enumerate(project.objects) if o.name == item.follows and o.moves and o.follows is None)
    return None if item.follows is None or item.follows == item.name else next(found, None)


def _carried(
    project: Project, still: _StillScene, leader: int, start: Waypoint, z: float, num_frames: int
) -> Trajectory3D:
    """Where a point of the photo, of depth z, goes that rides on a moving object: as if it were on it, whatever the
    depths of the two, and nearer and farther by as much as the object."""
    item, label = project.objects[leader], masks.original(project.objects, leader) + 1
    mask = still.labels == label
    anchor = item.waypoints[0]
    anchor_z = _anchor_depth(anchor, mask, depth_from_disparity(still.tamed[label], project.softness))
    path = _trajectory(project, still, item, mask, anchor_z, num_frames)
    center, near = image_center(project.scene.size_hw), nearest_depth(project.softness)
    point = np.array(start.x), np.array(start.y), np.array(anchor_z)
    moved = np.array(
        [
            displace(*point, Pose((anchor.x, anchor.y), anchor_z, (x, y), depth, size, turn), center, near)
            for (x, y), depth, size, turn in zip(path.xy, path.z, path.size, path.rotation, strict=True)
        ]
    )
    return replace(path, xy=moved[:, :2], z=(path.z * (z / anchor_z)).clip(closest_depth(near)))


@dataclass(frozen=True, eq=False)
class _Ground:
    """The scene's depth beneath an object whose anchor is at `anchor` in the photo and that stands at `contact`."""

    z: DisparityMap
    anchor: PointXY
    contact: PointXY

    def depth_along(
        self,
        xy: Float[np.ndarray, "n 2"],
        size: Float[np.ndarray, " n"],
        rotation: Float[np.ndarray, " n"],
        anchor_z: float,
    ) -> Float[np.ndarray, " n"]:
        """Depth of the object with its anchor at xy: its own, times how much farther the ground under it is.

        The nearer the object, the larger it is and the lower it stands; a few rounds find where that agrees.
        """
        offset = np.subtract(self.contact, self.anchor)
        turn = size * np.exp(1j * rotation)
        arm = (offset[0] + 1j * offset[1]) * turn
        depths = np.full(len(xy), anchor_z)
        beneath = self._at(*np.array(self.contact)[:, None])
        for _ in range(GROUND_STEPS):
            reach = arm * anchor_z / depths
            found = anchor_z * self._at(xy[:, 0] + reach.real, xy[:, 1] + reach.imag) / beneath
            settled = np.abs(found - depths) <= SETTLED * depths  # beside a steep edge a rounding error would grow
            depths = np.where(settled, depths, found)
        return depths

    def _at(self, x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        from scipy.ndimage import map_coordinates

        return map_coordinates(self.z, [y, x], order=1, mode="nearest")


def _fixed_orders(
    project: Project, still: _StillScene, item: SceneObject, free: Mask, hole: Mask, num_frames: int
) -> tuple[tuple[FixedOrder, ...], tuple[int, ...]]:
    """Every order that holds in some frame, and which of them in each frame. `free` are still pixels that hide the
    object by no depth; its own `hole` does not even where it is put behind what lies there."""
    rules: list[tuple[Relation, int | Mask]] = [
        (rule.relation, _named(project, still, rule.name, item.name)) for rule in item.order_overrides
    ]
    times = np.linspace(0, 1, num_frames)
    held = [tuple(rule.start <= time <= rule.end for rule in item.order_overrides) for time in times]
    distinct = list(dict.fromkeys(held))
    orders = tuple(_fixed_order(list(compress(rules, those)), free, hole) for those in distinct)
    return orders, tuple(distinct.index(those) for those in held)


def _fixed_order(rules: Sequence[tuple[Relation, int | Mask]], free: Mask, hole: Mask) -> FixedOrder:
    still: dict[str, Mask] = {"front": free.copy(), "behind": np.zeros_like(free)}
    moving: dict[str, tuple[int, ...]] = {"front": (), "behind": ()}
    for relation, other in rules:
        if isinstance(other, int):
            moving[relation] += (other,)
        else:
            still[relation] |= other
    return FixedOrder(still["front"], still["behind"] & ~hole, moving["front"], moving["behind"])


def _named(project: Project, still: _StillScene, name: str, asked_by: str) -> int | Mask:
    """The label of the moving thing of that name, or the still one's pixels; none where it is taken out: the place of
    what was removed hides nothing by itself."""
    label = _label_of(project, name)
    if not label:
        return _scenery_mask(project, name, asked_by)
    if project.objects[label - 1].moves:
        return label
    return (still.labels == label) & ~still.removed


def _label_of(project: Project, name: str) -> int:
    """The id of the object of that name, 0 where there is none."""
    return next((i + 1 for i, item in enumerate(project.objects) if item.name == name), 0)


def _scenery_mask(project: Project, name: str, asked_by: str) -> Mask:
    for thing in project.scenery:
        if thing.name == name:
            return thing.mask
    raise InputError(f"{asked_by} is ordered against {name!r}, which is not in the picture; remove that order.")
