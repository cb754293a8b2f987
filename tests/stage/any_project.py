"""Random projects of few pixels in which everything that a person can do to a photo comes together."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from levitor_core.document import DepthStroke, GenerationSettings
from levitor_core.structures import CameraKey, CameraMove, OrderOverride, Project, SceneObject, Scenery, Waypoint
from tests.scenes import disc, project_of

SIZE_HW = (32, 48)
HEIGHT, WIDTH = SIZE_HW
EASINGS = ("none", "in", "out", "both")


def any_project(seed: int) -> Project:
    """One to four picked objects that overlap and meet, scenery over them and over itself, orders, a camera."""
    draw = Draw(seed)
    picked = draw.masks(draw.one_of((1, 2, 3, 4)))
    disparity, partition = _scene(draw, picked)
    edited = [draw.one_of((draw.mask(), disparity > 40, *picked)) for _ in range(draw.one_of((0, 0, 1, 2, 3)))]
    scenery = tuple(
        Scenery(f"scenery {n}", mask, draw.one_of((0.0, draw.number(-90, 90))), draw.one_in(3))
        for n, mask in enumerate(edited)
        if mask.any()
    )
    names = [*(f"object {n}" for n in range(len(picked))), *(thing.name for thing in scenery)]
    meeting = (draw.number(0, WIDTH), draw.number(0, HEIGHT))
    objects = tuple(_object(draw, name, mask, names, meeting) for name, mask in zip(names, picked, strict=False))
    project = project_of(
        objects, disparity, partition, _camera(draw), draw.one_of((30.0, 5.0, 0.0, 80.0)), scenery=scenery,
        settings=GenerationSettings(num_frames=draw.one_of((1, 2, 3, 4))),
    )  # fmt: skip
    shaped = tuple(replace(item, relief=draw.one_of((0.0, 1.0, draw.number(0, 1)))) for item in project.objects)
    scene = replace(project.scene, depth_is_stand_in=draw.one_in(3))
    strokes = tuple(_stroke(draw) for _ in range(draw.one_of((0, 0, 0, 1, 2))))
    return replace(project, objects=_bound(draw, shaped, meeting), scene=scene, depth_strokes=strokes)


class Draw:
    """Random choices, numbers as a page makes them."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def number(self, low: float, high: float) -> float:
        """Of two digits; at times one of the ends."""
        return float(self.one_of((low, high)) if self.one_in(12) else round(self.random.uniform(low, high), 2))

    def one_in(self, count: int) -> bool:
        return bool(self.random.integers(count) == 0)

    def one_of(self, values: Sequence):
        return values[self.random.integers(len(values))]

    def mask(self) -> np.ndarray:
        """A disc or a box, at times beyond the edge of the picture."""
        x, y = self.number(3, WIDTH - 4), self.number(3, HEIGHT - 4)
        if self.one_in(2):
            return disc((x, y), self.number(3, 11), SIZE_HW)
        rows, columns = np.indices(SIZE_HW)
        return (abs(columns - x) <= self.random.integers(2, 11)) & (abs(rows - y) <= self.random.integers(2, 11))

    def masks(self, count: int) -> list[np.ndarray]:
        """So many masks, of which every object keeps a pixel."""
        while True:
            found = [self.mask() for _ in range(count)]
            owner = np.full(SIZE_HW, -1)
            for n in sorted(range(count), key=lambda n: -found[n].sum()):
                owner[found[n]] = n
            if len(np.unique(owner[owner >= 0])) == count:
                return found


def _scene(draw: Draw, things: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Disparity and partition: a wall, a floor that comes nearer, the things, and a few waves over all."""
    rows, columns = np.indices(SIZE_HW)
    horizon = draw.number(6, 24)
    disparity = draw.number(2, 60) + (rows - horizon).clip(0) * draw.number(0.5, 5)
    disparity = disparity + draw.one_of((0, 4)) * np.sin(columns / 5 + rows / 7)
    partition = np.where(rows > horizon, 1, 2) * draw.one_of((0, 1))
    for number, mask in enumerate([*things, draw.mask()], 3):
        if draw.one_in(3):
            continue  # it lies flat on the floor or hangs on the wall
        disparity = np.where(mask, draw.number(3, 200) + 0.3 * (rows - horizon), disparity)
        partition = np.where(mask & (partition > 0), number, partition)
    return disparity.clip(0, 255).astype(np.float32), partition.astype(np.int32)


def _stroke(draw: Draw) -> DepthStroke:
    points = tuple((draw.number(-5, WIDTH + 5), draw.number(-5, HEIGHT + 5)) for _ in range(draw.one_of((1, 2, 3))))
    return DepthStroke(
        draw.one_of(("nearer", "farther", "level", "smooth")), points, draw.number(2, 12), draw.number(0, 90)
    )


def _object(draw: Draw, name: str, mask: np.ndarray, names: list[str], meeting: tuple[float, float]) -> SceneObject:
    others = [other for other in names if other != name]
    draw.random.shuffle(others)
    orders = tuple(
        OrderOverride(other, draw.one_of(("front", "behind")), *draw.one_of(((), (0.0, 0.5), (0.3, 1.0), (0.4, 0.7))))
        for other in others[: draw.one_of((0, 1, 1, 2))]
    )
    return SceneObject(
        name, mask, waypoints=_path(draw, mask, meeting), timing=draw.one_of(("even", "per-click")),
        easing=draw.one_of(EASINGS), hidden=draw.one_in(8), on_ground=draw.one_in(3), pinned_to_screen=draw.one_in(4),
        order_overrides=orders,
    )  # fmt: skip


def _bound(draw: Draw, objects: tuple[SceneObject, ...], meeting: tuple[float, float]) -> tuple[SceneObject, ...]:
    """At times one of them that is lifted out is shown once more, or one rides on another."""
    first, last = objects[0], objects[-1]
    if draw.one_in(4) and (first.moves or first.hidden):
        path = _path(draw, first.mask, meeting)
        objects = (*objects, replace(first, name="copy", copy_of=first.name, waypoints=path, order_overrides=()))
    if draw.one_in(4) and last is not first:
        objects = tuple(replace(item, follows=first.name) if item is last else item for item in objects)
    return objects


def _path(draw: Draw, mask: np.ndarray, meeting: tuple[float, float]) -> tuple[Waypoint, ...]:
    """A path that starts on the mask or beside it, with holds, times, sizes and turns; at times none."""
    row, column = draw.one_of(np.argwhere(mask))
    start = float(column) + draw.one_of((0, 0.5)), float(row) + draw.one_of((0, 0.5))
    if draw.one_in(6):
        start = draw.number(0, WIDTH), draw.number(0, HEIGHT)
    count = draw.one_of((0, 1, 2, 2, 3, 3, 4))
    points = [Waypoint(*start, size=draw.number(0.5, 2), rotation=draw.number(-90, 90))][:count]
    while len(points) < count:
        points.append(_next(draw, points[-1], meeting))
    times = sorted(draw.one_of((0.0, 0.25, 0.5, 1.0, draw.number(0, 1))) for _ in points)
    timed: Callable[[], bool] = (lambda: draw.one_in(2)) if draw.one_in(2) else (lambda: False)
    return tuple(replace(point, time=time if timed() else None) for point, time in zip(points, times, strict=True))


def _next(draw: Draw, before: Waypoint, meeting: tuple[float, float]) -> Waypoint:
    if draw.one_in(5):
        return replace(before, nearness=None)  # a hold
    place = meeting if not draw.one_in(3) else (draw.number(-5, WIDTH + 5), draw.number(-5, HEIGHT + 5))
    nearness = draw.one_of((None, None, draw.one_of((0.0, 1.0, 3.0)), *(draw.number(0, 0.5) for _ in range(5))))
    return Waypoint(*place, nearness, size=draw.number(0.5, 2), rotation=draw.number(-120, 120))


def _camera(draw: Draw) -> CameraMove:
    """No key, one or several, which pan, zoom and at times push."""
    pushes = draw.one_in(2)
    keys = tuple(
        CameraKey(
            time,
            (draw.number(-9, 9), draw.number(-9, 9)),
            draw.number(0.7, 1.6),
            draw.number(-2, 0.7) if pushes else 0.0,
        )
        for time in draw.one_of(((), (), (0.3,), (0.0, 1.0), (0.2, 0.5, 0.9)))
    )
    return CameraMove(keys, draw.one_of(EASINGS))
