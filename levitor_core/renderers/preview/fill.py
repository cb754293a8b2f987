"""The picture without its moved and hidden objects: the background that they reveal, in colour.

Compared by eye on real photos (holes of a twentieth to half of the picture): Telea's and Navier-Stokes
inpainting draw spokes and smears, push-pull a fog, push-pull with noise a dirty fog; patches of the surroundings
look like a photo. They are used for every hole; the smooth fill is their first guess and the last resort.
"""

import cv2
import numpy as np

from levitor_core.motion.background import sources_around
from levitor_core.motion.mending import mend
from levitor_core.renderers.preview.exemplar import fill_by_example
from levitor_core.renderers.preview.pyramid import push_pull, resize
from levitor_core.structures import AnyImage, DisparityMap, Image, Mask, Project

MAX_FILL_SIDE = 1024
FRINGE_PX = 3.0  # working pixels beside a mask that still hold the object's colour or soft shadow
NEARER_SLACK = 1.1


def background_plate(project: Project, removed: Mask, z: DisparityMap, fill_side: int = MAX_FILL_SIDE) -> AnyImage:
    """The photo with what was `removed` (at working size) replaced by the clean plate, else by its surroundings.

    `z` is the still scene's depth with that hole filled. At the photo's size; the fill itself is worked out at
    up to `fill_side` pixels.
    """
    if not removed.any():
        return project.photo
    hole = _grow(removed, FRINGE_PX)
    if project.clean_plate is not None:
        filled = resize(project.clean_plate, project.photo.shape[:2])
    else:
        filled = _from_surroundings(project, hole, _farther(project, removed, z, hole), fill_side)
    return _blend(project.photo, filled, hole)


def fill(image: Image, hole: Mask, source: Mask) -> Image:
    """The image with its hole filled from `source`; all three have one size."""
    from threadpoolctl import threadpool_limits

    colours = image.astype(np.float32)
    known = source & ~hole if (source & ~hole).any() else ~hole
    if not known.any():
        return image
    smooth = push_pull(colours, known)
    smooth = np.where(hole[..., None], smooth, colours)
    with threadpool_limits(1, user_api="blas"):  # for matrices as small as these, more threads wait more than they work
        filled = fill_by_example(colours, smooth, hole, known)
    return np.rint(smooth if filled is None else filled).clip(0, 255).astype(np.uint8)


def _from_surroundings(project: Project, hole: Mask, source: Mask, fill_side: int) -> AnyImage:
    size = within(project.photo.shape[:2], fill_side)
    small = fill(resize(project.photo, size), _mask_at(hole, size) > 0, _mask_at(source, size) == 1)
    return resize(small, project.photo.shape[:2])


def _farther(project: Project, removed: Mask, z: DisparityMap, hole: Mask) -> Mask:
    """Pixels that may be copied into the hole: not nearer than what surrounds it there."""
    still = 1 / z
    disparity = mend(project.scene.disparity, project.scene.image, project.depth_strokes)
    around = sources_around(disparity, removed, disparity)
    nearest_allowed = still[around].max() if around.any() else still.max()
    return (still <= NEARER_SLACK * nearest_allowed) & ~hole


def _blend(photo: AnyImage, filled: AnyImage, hole: Mask) -> AnyImage:
    """The fill in the hole and, ever fainter, a little around it."""
    size = photo.shape[:2]
    reach = max(1, round(FRINGE_PX * size[0] / hole.shape[0]))
    inside = _mask_at(hole, size) > 0
    distance = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3)
    share = (1 - distance / reach).clip(0, 1)[..., None]
    return np.rint(photo + share * (filled.astype(np.float32) - photo)).astype(np.uint8)


def _grow(mask: Mask, pixels: float) -> Mask:
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) <= pixels


def _mask_at(mask: Mask, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(mask.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)


def within(size_hw: tuple[int, ...], longest: int) -> tuple[int, int]:
    """The size, reduced to at most `longest` pixels on its long side."""
    factor = min(1.0, longest / max(size_hw))
    return max(1, round(size_hw[0] * factor)), max(1, round(size_hw[1] * factor))
