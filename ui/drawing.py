"""PURE: what the Pick and Move panels show: the photo with selections, clicks and paths drawn over it.

The canvas is the kept photo with its long side at `SIDE` pixels; `to_working` turns a click on it into working pixels.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image as PilImage
from PIL import ImageChops, ImageDraw, ImageFilter, ImageFont

from levitor_core import trajectory
from levitor_core.animation import animate
from levitor_core.structures import DisparityMap, Image, Mask, ObjectLayer, PointXY, Project, SceneObject, SizeHW
from ui.session import Pick, Session

SIDE = 1024
SMOOTH = 2  # marks are drawn this many times larger, then reduced
PATH_SAMPLES = 96
ACCENT = "#12a594"
FAR_TO_NEAR = np.array([(24, 24, 60), (58, 60, 140), (46, 130, 150), (120, 190, 110), (250, 225, 110)], np.float32)


def canvas_size(project: Project) -> SizeHW:
    """Size of the picture people click on."""
    h, w = project.photo.shape[:2]
    scale = SIDE / max(h, w)
    return round(h * scale), round(w * scale)


def to_working(project: Project, x: float, y: float) -> PointXY:
    """A canvas pixel in working pixels."""
    (h, w), (canvas_h, canvas_w) = project.scene.size_hw, canvas_size(project)
    return (x + 0.5) * w / canvas_w - 0.5, (y + 0.5) * h / canvas_h - 0.5


def pick_view(session: Session, show_depth: bool = False) -> Image:
    """The photo, or its nearness, with every object tinted, the selection in progress and its clicks on top."""
    project, pick = session.project, session.pick
    canvas = _backdrop(project, show_depth)
    for item in project.objects:
        opacity = 0.12 if item.hidden else 0.28
        canvas = _tinted(canvas, item.mask, item.colour, opacity, edge=item.name == session.selected)
    if pick.mask is not None:
        canvas = _tinted(canvas, pick.mask, ACCENT, 0.5, edge=True)
    marks = _Marks(project)
    _draw_pick(marks, pick)
    return marks.over(canvas)


def move_view(session: Session) -> Image:
    """The photo with the paths of all objects, the selected one's with its size at every waypoint."""
    project = session.project
    layers = {layer.name: layer for layer in animate(project, PATH_SAMPLES).layers}
    canvas, marks = _backdrop(project), _Marks(project)
    for item in project.objects:
        chosen = item.name == session.selected
        if chosen:
            canvas = _tinted(canvas, item.mask, item.colour, 0.22, edge=True)
            canvas = _with_ghosts(canvas, project, item, layers.get(item.name))
        if not item.hidden:
            _draw_path(marks, item, layers.get(item.name), chosen)
    return marks.over(canvas)


def thumbnail(photo: Image, side: int = 320) -> Image:
    """A small copy for a gallery."""
    small = PilImage.fromarray(photo)
    small.thumbnail((side, side), PilImage.Resampling.LANCZOS)
    return np.asarray(small)


def start_depth(project: Project, item: SceneObject) -> float:
    """The object's depth z where its path starts, as its photo has it."""
    x, y = (item.waypoints[0].x, item.waypoints[0].y) if item.waypoints else (-1.0, -1.0)
    h, w = item.mask.shape
    inside = 0 <= round(x) < w and 0 <= round(y) < h and item.mask[round(y), round(x)]
    disparity = project.scene.disparity
    here = disparity[round(y), round(x)] if inside else np.median(disparity[item.mask])
    return trajectory.depth_of_nearness(float(here) / 255, project.softness)


def waypoint_depths(project: Project, item: SceneObject) -> tuple[float, ...]:
    """Depth z at every waypoint, as set (not as the ground beneath would have it)."""
    return tuple(trajectory.path_values(item.waypoints, start_depth(project, item), project.softness)[:, 2])


def depth_colours(disparity: DisparityMap) -> Image:
    """Nearness as colour, dark blue (far) to yellow (near)."""
    at = np.clip(disparity / 255, 0, 1) * (len(FAR_TO_NEAR) - 1)
    channels = [np.interp(at, range(len(FAR_TO_NEAR)), FAR_TO_NEAR[:, channel]) for channel in range(3)]
    return np.stack(channels, -1).astype(np.uint8)


@dataclass
class _Marks:
    """A transparent sheet over the canvas, drawn on in working pixels."""

    project: Project

    def __post_init__(self) -> None:
        h, w = canvas_size(self.project)
        self.sheet = PilImage.new("RGBA", (w * SMOOTH, h * SMOOTH))
        self.draw = ImageDraw.Draw(self.sheet)
        self.unit = SMOOTH * max(h, w) / 900  # one screen pixel, about

    def place(self, x: float, y: float) -> PointXY:
        h, w = self.project.scene.size_hw
        return (x + 0.5) * self.sheet.width / w, (y + 0.5) * self.sheet.height / h

    def dot(self, x: float, y: float, radius: float, fill: str, text: str = "") -> None:
        px, py = self.place(x, y)
        reach = radius * self.unit
        self.draw.ellipse(
            (px - reach, py - reach, px + reach, py + reach), fill=fill, outline="white", width=round(2.2 * self.unit)
        )
        if text:
            font = ImageFont.load_default(size=round(1.15 * reach))
            self.draw.text((px, py), text, fill="white", font=font, anchor="mm")

    def line(self, points: list[PointXY], colour: str, width: float) -> None:
        placed = [self.place(*point) for point in points]
        self.draw.line(placed, fill="#ffffffd0", width=round((width + 2.5) * self.unit), joint="curve")
        self.draw.line(placed, fill=colour, width=round(width * self.unit), joint="curve")

    def over(self, canvas: PilImage.Image) -> Image:
        marks = self.sheet.resize(canvas.size, PilImage.Resampling.BOX)
        return np.asarray(PilImage.alpha_composite(canvas.convert("RGBA"), marks).convert("RGB"))


def _backdrop(project: Project, show_depth: bool = False) -> PilImage.Image:
    h, w = canvas_size(project)
    picture = depth_colours(project.scene.disparity) if show_depth else project.photo
    return PilImage.fromarray(picture).resize((w, h), PilImage.Resampling.BICUBIC)


def _coverage(mask: Mask, canvas: PilImage.Image, full: int) -> PilImage.Image:
    """The mask at canvas size, its staircase smoothed."""
    enlarged = PilImage.fromarray(mask.astype(np.uint8) * full).resize(canvas.size, PilImage.Resampling.BICUBIC)
    return enlarged.filter(ImageFilter.GaussianBlur(0.8 * canvas.width / mask.shape[1]))


def _tinted(canvas: PilImage.Image, mask: Mask, colour: str, opacity: float, edge: bool) -> PilImage.Image:
    coverage = _coverage(mask, canvas, 255)
    tinted = PilImage.composite(PilImage.new("RGB", canvas.size, colour), canvas, coverage.point(lambda v: v * opacity))
    if not edge:
        return tinted
    solid = coverage.point([0] * 128 + [255] * 128)
    rim = ImageChops.subtract(solid.filter(ImageFilter.MaxFilter(5)), solid).filter(ImageFilter.GaussianBlur(0.7))
    tinted.paste("white", mask=rim)
    return tinted


def _draw_pick(marks: _Marks, pick: Pick) -> None:
    if pick.box is not None:
        x0, y0, x1, y1 = pick.box
        marks.line([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], ACCENT, 2)
    if pick.corner is not None:
        marks.dot(*pick.corner, 6, ACCENT)
    for prompt in pick.prompts:
        marks.dot(prompt.x, prompt.y, 8, ACCENT if prompt.inside else "#b42318", "+" if prompt.inside else "-")


def _draw_path(marks: _Marks, item: SceneObject, layer: ObjectLayer | None, chosen: bool) -> None:
    if layer is not None:
        marks.line([(float(x), float(y)) for x, y in layer.trajectory.xy], item.colour, 4 if chosen else 2)
    for number, point in enumerate(item.waypoints, start=1):
        marks.dot(point.x, point.y, 13 if chosen else 6, item.colour, str(number) if chosen else "")


def _with_ghosts(
    canvas: PilImage.Image, project: Project, item: SceneObject, layer: ObjectLayer | None
) -> PilImage.Image:
    """The object's cut-out at every waypoint after the first, as large as it will be there."""
    if layer is None:
        return canvas
    path, sheet = layer.trajectory, PilImage.new("RGBA", canvas.size)
    depths = waypoint_depths(project, item)
    for point, depth in zip(item.waypoints[1:], depths[1:], strict=True):
        passing = int(np.argmin(np.hypot(path.xy[:, 0] - point.x, path.xy[:, 1] - point.y)))
        here = float(path.z[passing]) if item.on_ground else depth
        grown = point.size / item.waypoints[0].size * layer.anchor_z / here
        turned = np.radians(point.rotation - item.waypoints[0].rotation)
        sheet = PilImage.alpha_composite(sheet, _moved_cutout(canvas, project, item, (point.x, point.y), grown, turned))
    return PilImage.alpha_composite(canvas.convert("RGBA"), sheet).convert("RGB")


def _moved_cutout(
    canvas: PilImage.Image, project: Project, item: SceneObject, to: PointXY, grown: float, turned: float
) -> PilImage.Image:
    """A flat copy of the object: grown and turned about its first waypoint, then carried to `to`."""
    cutout = _backdrop(project).convert("RGBA")
    cutout.putalpha(_coverage(item.mask, canvas, 150))
    scale_x, scale_y = canvas.width / item.mask.shape[1], canvas.height / item.mask.shape[0]
    start = item.waypoints[0]
    from_x, from_y = (start.x + 0.5) * scale_x, (start.y + 0.5) * scale_y
    to_x, to_y = (to[0] + 0.5) * scale_x, (to[1] + 0.5) * scale_y
    cos, sin = np.cos(turned) / grown, np.sin(turned) / grown
    back = (cos, sin, from_x - cos * to_x - sin * to_y, -sin, cos, from_y + sin * to_x - cos * to_y)
    return cutout.transform(canvas.size, PilImage.Transform.AFFINE, back, PilImage.Resampling.BILINEAR)
