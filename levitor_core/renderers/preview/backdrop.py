"""The still scene in colour, seen by the camera: exact under pan and zoom, layered under a push."""

from dataclasses import dataclass

import cv2
import numpy as np

from levitor_core.geometry import View, image_center, nearest_depth, unproject, viewed_depth
from levitor_core.renderers.preview.canvas import Canvas, Plane, Texture, interpolated
from levitor_core.renderers.preview.depth_edges import EDGE_RATIO, enlarged_depth
from levitor_core.renderers.preview.fill import MAX_FILL_SIDE, fill, within
from levitor_core.renderers.preview.pyramid import resized
from levitor_core.renderers.preview.relief_search import Hit, first_hit
from levitor_core.structures import Animation, Image

MAX_GAP = 0.12  # of the picture's width: the widest uncovered strip that is prepared for
JUMP = 0.02  # share of its depth by which a ray may miss a surface before it has slipped behind an edge
BEYOND_SHARE = 0.03  # of the picture's width: how soon what is mirrored beyond the photo's edge becomes blurred


@dataclass(frozen=True, eq=False)
class Backdrop:
    """The still scene in one frame: colours 0..255, depth z' before the camera and the place in the photo (working
    pixels) that each pixel shows."""

    colours: np.ndarray
    z: Plane
    x: Plane
    y: Plane


class BackdropPainter:
    """Draws the still scene, frame by frame. Beyond the photo's edge it is mirrored and soon blurred."""

    def __init__(self, plate: Image, animation: Animation, canvas: Canvas) -> None:
        self._canvas, self._camera = canvas, animation.camera
        self._center, self._near = image_center(canvas.working_hw), nearest_depth(animation.softness)
        self._texture = Texture(plate, canvas)
        self._blurred = _blurred(plate, canvas)
        working = resized(plate, canvas.working_hw)
        self._z = enlarged_depth(animation.z, working, self._texture.level(1.0))
        self._columns, self._rows = canvas.to_working(
            *np.meshgrid(np.arange(canvas.size_hw[1]), np.arange(canvas.size_hw[0]))
        )
        if animation.camera.push.any():
            self._behind = _Behind.of(plate, self._z, self._longest_gap())
            self._hidden_texture = Texture(self._behind.picture, canvas)

    def draw(self, frame: int) -> Backdrop:
        """The still scene in that frame."""
        view = View.of(self._camera, frame)
        if view == View():
            return Backdrop(self._texture.level(1.0), self._z, self._columns, self._rows)
        return self._pushed(view) if view.push else self._panned(view)

    def _panned(self, view: View) -> Backdrop:
        x, y = self._ray(np.array(1.0), view)
        return Backdrop(self._coloured(self._texture, x, y, view.zoom), self._sampled(self._z, x, y), x, y)

    def _pushed(self, view: View) -> Backdrop:
        """The scene's front and, where the ray slips past one of its edges, what lies behind."""
        front, behind = self._seen(self._z, view), self._seen(self._behind.z, view)
        middle = np.median(self._z, keepdims=True)
        magnification = view.zoom * float((middle / viewed_depth(middle, view, self._near)).item())
        slipped = (front.jump > JUMP) & (behind.z > front.z)
        share = cv2.blur(slipped.astype(np.float32), (3, 3))[..., None]
        colours = self._coloured(self._texture, front.x, front.y, magnification).astype(np.float32)
        if share.any():
            hidden = self._coloured(self._hidden_texture, behind.x, behind.y, magnification)
            colours += share * (hidden - colours)
        z, x, y = (np.where(slipped, *pair) for pair in ((behind.z, front.z), (behind.x, front.x), (behind.y, front.y)))
        return Backdrop(colours, z, x, y)

    def _seen(self, surface: Plane, view: View) -> Hit:
        return first_hit(
            lambda z: self._ray(z, view),
            lambda x, y: self._sampled(surface, x, y),
            float(surface.min()),
            float(surface.max()),
        )

    def _ray(self, z: np.ndarray, view: View) -> tuple[Plane, Plane]:
        x, y = unproject(self._columns, self._rows, z, view, self._center, self._near)
        return x.astype(np.float32), y.astype(np.float32)

    def _sampled(self, plane: Plane, x: Plane, y: Plane) -> Plane:
        """A canvas-sized plane at working coordinates."""
        at_x, at_y = self._canvas.from_working(x, y)
        return interpolated(plane, at_x.astype(np.float32), at_y.astype(np.float32))

    def _coloured(self, texture: Texture, x: Plane, y: Plane, magnification: float) -> np.ndarray:
        colours = texture.sample(x, y, magnification, cv2.BORDER_REFLECT_101)
        height, width = self._canvas.working_hw
        outside = np.maximum(np.abs(x - (width - 1) / 2) - width / 2, np.abs(y - (height - 1) / 2) - height / 2)
        if outside.max() <= 0:
            return colours
        share = (outside / (BEYOND_SHARE * width)).clip(0, 1)[..., None]
        return colours + share * (self._blurred.sample(x, y, 1.0, cv2.BORDER_REFLECT_101) - colours.astype(np.float32))

    def _longest_gap(self) -> float:
        """Canvas pixels of the widest strip that any push uncovers, up to a share of the picture."""
        nearest, farthest, gaps = np.array(self._z.min()), np.array(self._z.max()), [0.0]
        for push in (self._camera.push.min(), self._camera.push.max()):
            view = View(push=float(push))
            (x, y), (far_x, far_y) = self._ray(nearest, view), self._ray(farthest, view)
            gaps.append(float(np.hypot(far_x - x, far_y - y).max()))
        return min(max(gaps), MAX_GAP * self._canvas.working_hw[1]) * self._canvas.scale_xy[0]


@dataclass(frozen=True, eq=False)
class _Behind:
    """What near things hide next to their edges: depth at canvas size, colours at fill size."""

    z: Plane
    picture: Image

    @classmethod
    def of(cls, plate: Image, z: Plane, gap: float) -> "_Behind":
        """The scene with its near things eaten away by farther ones over `gap` canvas pixels."""
        reach = max(1, round(gap / 2))
        window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        far = cv2.dilate(z, window)
        hidden = cv2.dilate((far > EDGE_RATIO * z).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        size = within(plate.shape[:2], MAX_FILL_SIDE)
        hole = cv2.resize(hidden.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR) > 0
        return cls(cv2.blur(far, (5, 5)), fill(resized(plate, size), hole, ~hole))


def _blurred(plate: Image, canvas: Canvas) -> Texture:
    small = cv2.resize(plate, (64, 64), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), 2.5, borderType=cv2.BORDER_REFLECT_101)
    return Texture(resized(soft, canvas.size_hw), canvas)
