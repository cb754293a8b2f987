"""The still scene in colour, seen by the camera: exact under pan and zoom, layered under a push."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float32

from levitor_core.motion.geometry import View, nearest_depth, view_depth
from levitor_core.motion.rendering import Drawer
from levitor_core.renderers.preview.canvas import Canvas, Plane, Texture, interpolate
from levitor_core.renderers.preview.depth_edges import sharp_depth
from levitor_core.renderers.preview.fill import MAX_FILL_SIDE, fill, within
from levitor_core.renderers.preview.pyramid import push_pull, resize
from levitor_core.renderers.preview.rays import Flat, Rays
from levitor_core.structures import Animation, AnyImage, DisparityMap, Mask

Places = Float32[np.ndarray, "*hw"]

MAX_GAP = 0.12  # of the picture's width: the widest uncovered strip that is prepared for
STEP_RATIO = 1.25  # neighbouring depths that differ by more than this are torn apart, others are stretched
SPECK_PX = 5  # canvas pixels; smaller specks of what lies behind are mistakes
JUMP = 0.1  # share of its depth by which a ray may miss a surface before it has slipped behind an edge
GUESS_BLUR = 0.06  # of the picture's width
GUESS_SHARE = 0.3  # of the differences of guessed depth, under a push
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
    """Draws the still scene, frame by frame. Beyond the photo's edge it is mirrored for a little, then its
    blurred edge goes on. Where depth is only `guessed` a push stretches it and tears nothing."""

    def __init__(self, plate: AnyImage, animation: Animation, canvas: Canvas, guessed: Mask) -> None:
        self._canvas, self._camera = canvas, animation.camera
        self._near = nearest_depth(animation.softness)
        self._texture = Texture(plate, canvas)
        self._blur = _blur(plate, canvas)
        working = resize(plate, canvas.working_hw)
        as_it_is = canvas.size_hw == canvas.working_hw and not animation.camera.push.any()
        z = _without_edges(animation.z, guessed) if animation.camera.push.any() else animation.z
        self._z = z if as_it_is else sharp_depth(z, working, self._texture.level(1.0))
        self._columns, self._rows = canvas.to_working(
            *np.meshgrid(np.arange(canvas.size_hw[1]), np.arange(canvas.size_hw[0]))
        )
        if animation.camera.push.any():
            self._splatter = _Splatter(animation, self._z)
            self._behind = _Behind.of(plate, self._z, self._longest_gap())
            self._hidden_texture = Texture(self._behind.picture, canvas)

    def draw(self, frame: int) -> Backdrop:
        """The still scene in that frame."""
        view = View.of(self._camera, frame)
        if view == View():
            return Backdrop(self._texture.level(1.0), self._z, self._columns, self._rows)
        return self._push(frame) if view.push else self._pan(view)

    def _pan(self, view: View) -> Backdrop:
        x, y = (axis.reshape(self._canvas.size_hw) for axis in self._rays(view).places(np.array(1.0)))
        return Backdrop(self._colour(self._texture, x, y, view.zoom), self._sample(self._z, x, y), x, y)

    def _push(self, frame: int) -> Backdrop:
        """The scene's front and, where a ray slips past one of its edges, what lies behind."""
        rays, size_hw = self._rays(View.of(self._camera, frame)), self._canvas.size_hw
        guesses = self._first_guesses(frame)
        z, residue = rays.find(self._z, guesses)
        x, y = rays.places(z)
        slipped = (residue > JUMP) & (self._beyond_edge(x, y) <= 0)
        slipped = cv2.medianBlur(slipped.reshape(size_hw).astype(np.uint8), SPECK_PX).ravel()
        revealed = np.maximum(slipped, rays.nearest(self._behind.rim, x, y))
        share = cv2.blur(revealed.reshape(size_hw).astype(np.float32), (3, 3)).ravel()
        magnification = self._magnification(rays.view)
        colours = self._colour(self._texture, x.reshape(size_hw), y.reshape(size_hw), magnification)
        at = np.flatnonzero(share)
        if len(at):
            behind, _ = rays.settle(self._behind.z, guesses[-1][at], at)
            behind_x, behind_y = rays.places(behind, at)
            hidden = self._colour(self._hidden_texture, behind_x, behind_y, magnification)
            colours = colours.astype(np.float32).reshape(-1, 3)
            colours[at] += share[at, None] * (hidden - colours[at])
            seen = slipped[at] > 0
            z[at[seen]], x[at[seen]], y[at[seen]] = behind[seen], behind_x[seen], behind_y[seen]
        return Backdrop(colours.reshape(*size_hw, 3), *(plane.reshape(size_hw) for plane in (z, x, y)))

    def _magnification(self, view: View) -> float:
        """How much larger than at rest the scene's typical depth is seen."""
        typical = np.median(self._z, keepdims=True)
        return view.zoom * float((typical / view_depth(typical, view, self._near)).item())

    def _first_guesses(self, frame: int) -> list[Flat]:
        """Nearest, own and farthest depth that can be seen about each pixel: moved pixels, splatted at working size."""
        z = self._splatter.depth(frame)
        window, size = np.ones((5, 5), np.uint8), self._canvas.size_hw[::-1]
        guesses = cv2.erode(z, window), z, cv2.dilate(z, window)
        return [cv2.resize(guess, size, interpolation=cv2.INTER_NEAREST).ravel() for guess in guesses]

    def _rays(self, view: View) -> Rays:
        return Rays(self._canvas, self._columns.ravel(), self._rows.ravel(), view, self._near)

    def _sample(self, plane: Plane, x: Plane, y: Plane) -> Plane:
        """A canvas-sized plane at working coordinates."""
        at_x, at_y = self._canvas.from_working(x, y)
        return interpolate(plane, at_x.astype(np.float32), at_y.astype(np.float32))

    def _colour(self, texture: Texture, x: Places, y: Places, magnification: float) -> np.ndarray:
        colours = texture.sample(x, y, magnification, cv2.BORDER_REFLECT_101)
        outside = self._beyond_edge(x, y)
        if outside.max() <= 0:
            return colours
        share = (outside / (BEYOND_SHARE * self._canvas.working_hw[1])).clip(0, 1)[..., None]
        return colours + share * (self._blur.sample(x, y, 1.0, cv2.BORDER_REPLICATE) - colours.astype(np.float32))

    def _beyond_edge(self, x: Places, y: Places) -> Places:
        """How far places lie beyond the photo's edge, in working pixels; not above 0 within it."""
        height, width = self._canvas.working_hw
        return np.maximum(np.abs(x - (width - 1) / 2) - width / 2, np.abs(y - (height - 1) / 2) - height / 2)

    def _longest_gap(self) -> float:
        """Canvas pixels of the widest strip that any push uncovers, up to a share of the picture."""
        nearest, farthest, gaps = np.array(self._z.min()), np.array(self._z.max()), [0.0]
        for push in (self._camera.push.min(), self._camera.push.max()):
            rays = self._rays(View(push=float(push)))
            (x, y), (far_x, far_y) = rays.places(nearest), rays.places(farthest)
            gaps.append(float(np.hypot(far_x - x, far_y - y).max()))
        return min(max(gaps), MAX_GAP * self._canvas.working_hw[1]) * self._canvas.scale_xy[0]


@dataclass(frozen=True, eq=False)
class _Behind:
    """What near things hide next to their edges: depth at canvas size, colours at fill size. `rim` marks (1, else 0)
    the farther pixels whose colour is mixed with a near thing's."""

    z: Plane
    rim: Plane
    picture: AnyImage

    @classmethod
    def of(cls, plate: AnyImage, z: Plane, gap: float) -> "_Behind":
        """The scene with its near things eaten away from their edges over `gap` canvas pixels."""
        window = np.ones((3, 3), np.uint8)
        far, near = cv2.dilate(z, window), cv2.erode(z, window)
        edge = np.asarray(far > STEP_RATIO * near)
        if not edge.any():
            return cls(z, np.zeros_like(z), plate)
        distance, nearest = cv2.distanceTransformWithLabels(
            (~edge).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        nearest = np.asarray(nearest, np.int64)
        beyond = np.zeros(int(nearest.max()) + 1, np.float32)
        beyond[nearest[edge]] = far[edge]
        hidden = (distance <= gap) & (z * STEP_RATIO < beyond[nearest])
        smooth = push_pull(z[..., None], ~cv2.dilate(hidden.astype(np.uint8), window).astype(bool))[..., 0]
        uncovered = np.where(hidden, np.maximum(beyond[nearest], smooth), z)
        size = within(plate.shape[:2], MAX_FILL_SIDE)
        hole = cv2.resize(cv2.dilate(hidden.astype(np.float32), np.ones((5, 5))), size[::-1]) > 0
        is_far = z * STEP_RATIO >= beyond[nearest]  # else the inner end of what is hidden, a near surface, counts too
        rim = (cv2.dilate(hidden.astype(np.float32), np.ones((5, 5))) - hidden) * is_far.astype(np.float32)
        return cls(uncovered, rim, fill(resize(plate, size), hole, ~hole))


class _Splatter:
    """The depth that the engine's own splatting finds at every working pixel."""

    def __init__(self, animation: Animation, z: Plane) -> None:
        import torch

        self._z = cv2.resize(z, animation.z.shape[::-1], interpolation=cv2.INTER_NEAREST)
        self._drawer = Drawer(replace(animation, z=self._z, layers=()), torch.device("cpu"))

    def depth(self, frame: int) -> Plane:
        """Depth z' seen in that frame, continued where nothing is seen."""
        return self._z.ravel()[self._drawer.still_scene(frame).source.numpy()].reshape(self._z.shape)


def _without_edges(z: DisparityMap, guessed: Mask) -> DisparityMap:
    """Depth in which what is guessed runs smoothly from thing to thing, and not far: a push would make what is upright
    lean by the slope of a guess."""
    if not guessed.any():
        return z
    share, sigma = guessed.astype(np.float32), GUESS_BLUR * z.shape[1]
    total, weight = (cv2.GaussianBlur(values, (0, 0), sigma) for values in (z * share, share))
    smooth, level = total / np.maximum(weight, 1e-6), np.median(z[guessed])
    return np.where(guessed, level + GUESS_SHARE * (smooth - level), z).astype(np.float32)


def _blur(plate: AnyImage, canvas: Canvas) -> Texture:
    small = cv2.resize(plate, (64, 64), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), 2.5, borderType=cv2.BORDER_REFLECT_101)
    return Texture(resize(soft, canvas.size_hw), canvas)
