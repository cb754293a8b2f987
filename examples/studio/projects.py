"""From pictures, masks and depth to ready projects: who moves where, when, and how near."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from examples.studio import motorcycle, paintings, photos
from examples.studio.paintings import Paint, Painting
from levitor_core import editing
from levitor_core.document import GenerationSettings
from levitor_core.engine import Engine
from levitor_core.files.photo import BoxXYXY, Framing, frame_photo
from levitor_core.motion.animation import animate
from levitor_core.motion.geometry import disparity_from_depth
from levitor_core.structures import CameraKey, CameraMove, PointPrompt, Project, Scene, Waypoint


def balloon_and_tower(paint: Paint) -> Project:
    """Job a: the balloon drifts behind the tower, then in front of it towards the camera."""
    painting = paintings.balloon_and_tower(paint)
    project = _project(painting, "true depth of the painting", ("balloon",), frames=24, fps=10)
    x, y = _anchor(project, "balloon")
    path = (
        Waypoint(x, y),
        Waypoint(158, y + 14, None, 0.27),
        Waypoint(66, y + 4, 0.125, 0.48),
        Waypoint(52, y + 14, 0.36, 0.62),
        Waypoint(120, y + 44, 0.47, 0.82),
        Waypoint(186, y + 30, 0.56, 1.0),
    )
    return editing.set_path(project, "balloon", path)


def two_cars_crossing(paint: Paint) -> Project:
    """Job b: two toy cars cross on a table, the near one hiding the far one."""
    painting = paintings.two_cars(paint)
    project = _project(
        painting,
        "true depth of the painting",
        (
            "red car",
            "blue car",
        ),
        frames=24,
        fps=12,
    )
    red, blue = _anchor(project, "red car"), _anchor(project, "blue car")
    project = editing.set_path(project, "red car", (Waypoint(*red), Waypoint(384, red[1])))
    project = editing.set_path(project, "blue car", (Waypoint(*blue), Waypoint(118, blue[1])))
    project = editing.set_order(project, "red car", "blue car", "front")
    for name in ("red car", "blue car"):
        project = editing.set_motion(project, name, easing="both")
    return project


def orbiting_moon(paint: Paint) -> Project:
    """Job c: the moon goes once round the planet while the camera pushes in."""
    painting = paintings.planets_and_moon(paint)
    project = _project(painting, "hand-made", ("moon", "planet"), frames=25, fps=10)
    x, y = _anchor(project, "moon")
    project = editing.set_path(project, "moon", _orbit((x, y), (254.0, 144.5), 12))
    x, y = _anchor(project, "planet")
    project = editing.set_path(project, "planet", (Waypoint(x, y), Waypoint(x - 5, y + 2)))
    keys = CameraKey(0.0), CameraKey(1.0, (0.0, 0.0), 1.0, 0.46)
    return editing.set_camera(project, CameraMove(keys, "both"))


def _orbit(start: tuple[float, float], centre: tuple[float, float], steps: int) -> tuple[Waypoint, ...]:
    """An ellipse through `start`, seen from a little above and tilted: near below the centre, far above it."""
    long, flat, tilt = 186.0, 0.30, np.radians(-12.0)
    dx, dy = start[0] - centre[0], start[1] - centre[1]
    along, across = dx * np.cos(tilt) + dy * np.sin(tilt), dy * np.cos(tilt) - dx * np.sin(tilt)
    first = np.arctan2(across / flat, along)
    stretch = np.hypot(along, across / flat) / long
    points = []
    for step in range(steps + 1):
        angle = first - 2 * np.pi * step / steps
        u, v = long * stretch * np.cos(angle), long * stretch * flat * np.sin(angle)
        nearness = (118 + 46 * np.sin(angle)) / 255
        points.append(
            Waypoint(
                float(centre[0] + u * np.cos(tilt) - v * np.sin(tilt)),
                float(centre[1] + u * np.sin(tilt) + v * np.cos(tilt)),
                None if step == 0 else float(nearness),
            )
        )
    return tuple(points)


def dahlia_comes_nearer(paint: Paint) -> Project:
    """A bloom leaves its place and comes towards the camera, turning a little."""
    project = _project(photos.dahlia(), "hand-made", ("dahlia",), frames=20, fps=10)
    x, y = _anchor(project, "dahlia")
    path = (
        Waypoint(x, y),
        Waypoint(x - 34, y - 10, 0.45, rotation=-8.0),
        Waypoint(x + 6, y + 6, 0.70, rotation=6.0),
        Waypoint(x + 22, y + 2, 0.80, rotation=14.0),
    )
    return editing.set_motion(editing.set_path(project, "dahlia", path), "dahlia", easing="both")


def above_the_lake(paint: Paint) -> Project:
    """A balloon drifts behind the pagoda while the camera pushes in a little."""
    project = _project(photos.pagoda(), "hand-made", ("balloon",), frames=24, fps=12)
    x, y = _anchor(project, "balloon")
    path = (
        Waypoint(x, y),
        Waypoint(250, y - 6, None, 0.45),
        Waypoint(120, y + 22, None, 0.75),
        Waypoint(36, y + 10, None, 1.0),
    )
    project = editing.set_path(project, "balloon", path)
    return editing.set_camera(project, CameraMove((CameraKey(0.0), CameraKey(1.0, zoom=1.07, push=0.05)), "both"))


def lift_off(paint: Paint) -> Project:
    """A rocket flies away from its pad, in portrait."""
    project = _project(photos.rocket(), "hand-made", ("rocket",), frames=24, fps=12, crop=photos.ROCKET_CROP)
    x, y = _anchor(project, "rocket")
    path = Waypoint(x, y), Waypoint(x, y - 50, None, 0.45), Waypoint(x + 3, y - 250, None, 1.0)
    return editing.set_motion(editing.set_path(project, "rocket", path), "rocket", easing="in")


def garage_balloon(paint: Paint) -> Project:
    """A toy balloon drifts behind the motorcycle and comes back in front, by the photo's measured disparity."""
    painting, softness = motorcycle.garage()
    source = "imported map (measured disparity; the balloon's own is hand-made)"
    project = _project(painting, source, ("balloon",), frames=25, fps=10, softness=softness)
    x, y = _anchor(project, "balloon")
    path = (
        Waypoint(x, y),
        Waypoint(190, 112, 0.55),
        Waypoint(300, 122, 0.55),
        Waypoint(402, 76, 0.58),
        Waypoint(426, 104, 1.0),
        Waypoint(310, 138, 1.0),
        Waypoint(150, 176, 1.0),
    )
    return editing.set_path(project, "balloon", path)


def coins_change_places(paint: Paint) -> Project:
    """Two coins, a click each, change places on a photo that nobody prepared."""
    from skimage import data

    project = _clicked(
        np.repeat(data.coins()[..., None], 3, -1), large=PointPrompt(50, 280), bright=PointPrompt(293, 127)
    )
    (ax, ay), (bx, by) = _anchor(project, "large"), _anchor(project, "bright")
    project = editing.set_path(project, "large", (Waypoint(ax, ay), Waypoint(170, 150, None), Waypoint(bx, by)))
    project = editing.set_path(project, "bright", (Waypoint(bx, by), Waypoint(190, 250, None), Waypoint(ax, ay)))
    project = editing.set_order(project, "large", "bright", "front")
    for name in ("large", "bright"):
        project = editing.set_motion(project, name, easing="both")
    return project


def bin_leaves_its_shelf(paint: Paint) -> Project:
    """A red bin, picked by one box, comes off its shelf towards the camera; depth is the app's own guess."""
    from skimage import data

    project = _clicked(data.stereo_motorcycle()[0], bin=(343.0, 111.0, 387.0, 159.0))
    x, y = _anchor(project, "bin")
    resting = editing.set_path(project, "bin", (Waypoint(x, y), Waypoint(x, y)))
    own = disparity_from_depth(np.array(animate(resting, 2).layers[0].anchor_z), project.softness).item() / 255
    path = (
        Waypoint(x, y),
        Waypoint(x - 16, y - 64, None, 0.25),
        Waypoint(236, 66, 1.2 * own, 0.6, rotation=-14.0),
        Waypoint(112, 112, 2.0 * own, 1.0, rotation=10.0),
    )
    return editing.set_motion(editing.set_path(project, "bin", path), "bin", easing="both")


def _clicked(photo: np.ndarray, **picks: PointPrompt | BoxXYXY) -> Project:
    """A project as the page makes it without weights: the depth guessed, things picked by one click or one box."""
    engine = Engine(device="cpu")
    project = engine.find_instances(engine.new_project(photo))
    for name, pick in picks.items():
        clicks, box = ([pick], None) if isinstance(pick, PointPrompt) else ([], pick)
        project = editing.add_object(project, engine.segment(project, clicks, box).masks[0], name)
    return replace(project, settings=GenerationSettings(num_frames=24, fps=12))


def _project(
    pictures: Painting,
    depth_source: str,
    moving: Sequence[str] = (),
    *,
    frames: int,
    fps: float,
    softness: float = paintings.SOFTNESS,
    crop: BoxXYXY | None = None,
) -> Project:
    """A project with every mask as a still instance and those `moving` picked, their paths still to be set."""
    framing = frame_photo(pictures.photo, crop)
    partition = np.zeros(framing.size_hw, np.int32)
    for label, mask in enumerate(pictures.masks.values(), 1):
        partition[framing.mask(mask) & (partition == 0)] = label
    disparity = _nearest(framing, pictures.disparity)
    project = Project(
        photo=framing.photo(pictures.photo),
        scene=Scene(framing.image(pictures.photo), disparity, partition, depth_source, "hand-made masks"),
        softness=softness,
        clean_plate=None if pictures.plate is None else framing.photo(pictures.plate, "clean plate"),
        settings=GenerationSettings(num_frames=frames, fps=fps),
    )
    for name in moving:
        project = editing.add_object(project, framing.mask(pictures.masks[name]), name)
    return project


def _nearest(framing: Framing, disparity: np.ndarray) -> np.ndarray:
    """Disparity at working size without in-between values at edges."""
    return framing.labels(np.round(disparity * 257).astype(np.int32)).astype(np.float32) / 257


def _anchor(project: Project, name: str) -> tuple[float, float]:
    """Where the object's path starts."""
    first = editing.find_object(project, name).waypoints[0]
    return first.x, first.y
