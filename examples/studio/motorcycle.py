"""scikit-image's stereo_motorcycle with its measured disparity, and a toy balloon of ours hung in it."""

import cv2
import numpy as np

from examples.studio import cutting
from examples.studio.developing import developed
from examples.studio.marching import Lens, Light, Thing, march
from examples.studio.paintings import Painting
from examples.studio.shapes import Points, at, capsule, cone, ellipsoid

OFFSET_PX = 31.086  # principal points' distance: depth is focal * baseline / (disparity + OFFSET_PX)
PLACE, RADIUS, NEARNESS = (122.0, 92.0), 47.0, 140.0  # the toy balloon, in photo pixels; its disparity 0..255
LARGEST = 238.0  # disparity of the nearest measurement, so that there is room in front of it
SAMPLES = 3
LIGHT = Light(
    towards=(-0.35, 0.70, -0.62), sun=(1.9, 1.75, 1.5), sky=(0.55, 0.52, 0.48), ground=(0.30, 0.27, 0.24), hardness=20
)


def garage() -> tuple[Painting, float]:
    """The photo with the balloon, the photo itself as its clean plate, and the softness that makes depth true."""
    from skimage import data

    photo, _, measured = data.stereo_motorcycle()
    scale = LARGEST / float(measured[np.isfinite(measured)].max())
    disparity = _completed(measured) * scale
    masks = {"motorcycle": _motorcycle(disparity), "floor": _floor(disparity)}
    picture, balloon = with_balloon(photo, PLACE, RADIUS)
    hung = np.where(balloon, cutting.dome(balloon, NEARNESS - 2, NEARNESS + 2), disparity)
    return Painting(picture, {"balloon": balloon, **masks}, hung.astype(np.float32), photo), OFFSET_PX * scale


def _completed(measured: np.ndarray) -> np.ndarray:
    """Pixels without a measurement take the farther of their neighbours left and right, as hidden ones would."""
    known, width = np.isfinite(measured), measured.shape[1]
    columns = np.broadcast_to(np.arange(width), measured.shape)
    left = np.maximum.accumulate(np.where(known, columns, -1), 1)
    right = np.minimum.accumulate(np.where(known, columns, width)[:, ::-1], 1)[:, ::-1]
    rows = np.arange(len(measured))[:, None]
    from_left = np.where(left >= 0, measured[rows, left.clip(0)], np.inf)
    from_right = np.where(right < width, measured[rows, right.clip(0, width - 1)], np.inf)
    filled = np.where(known, measured, np.minimum(from_left, from_right)).astype(np.float32)
    return np.where(known, filled, cv2.medianBlur(filled, 5))


def _floor(disparity: np.ndarray) -> np.ndarray:
    return np.abs(disparity - _floor_plane(disparity)) < 14


def _floor_plane(disparity: np.ndarray) -> np.ndarray:
    """The floor's disparity, continued over the picture: it changes evenly by row and column."""
    rows, columns = np.indices(disparity.shape)
    sure = (rows > 455) & (columns < 480) | (rows > 300) & (columns < 110) & (rows < 480)
    basis = np.stack([np.ones_like(rows), rows, columns], -1).astype(np.float32)
    return basis @ np.linalg.lstsq(basis[sure], disparity[sure], rcond=None)[0]


def _motorcycle(disparity: np.ndarray) -> np.ndarray:
    near = (disparity > 157) & (disparity > _floor_plane(disparity) + 10)
    opened = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(opened)
    return parts == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())


def with_balloon(photo: np.ndarray, place: tuple[float, float], radius: float) -> tuple[np.ndarray, np.ndarray]:
    """The photo with a shiny balloon on a short string blended over it, and every pixel that has some of it."""
    h, w = photo.shape[0] * SAMPLES, photo.shape[1] * SAMPLES
    unit = radius / (2.0 * photo.shape[0])  # the balloon is 2 away and 1 in radius at this focal length
    lens = Lens(eye=(0.0, 0.0, 0.0), focal=100 * unit, horizon=0.5)
    centre = (place[0] - photo.shape[1] / 2) / radius, (photo.shape[0] / 2 - place[1]) / radius, 50.0
    picture = march(_toy(centre), lens, LIGHT, (h, w), 60.0)
    on = np.isfinite(picture.depth)
    share = cv2.resize(on.astype(np.float32), photo.shape[1::-1], interpolation=cv2.INTER_AREA)[..., None]
    toy = developed(np.where(on[..., None], picture.colours, 0), SAMPLES, grain=0.0).astype(np.float32)
    alone = np.where(share > 0, toy / np.maximum(share, 0.2), 0)
    return (photo * (1 - share) + share * alone).clip(0, 255).astype(np.uint8), share[..., 0] > 0.1


def _toy(centre: tuple[float, float, float]) -> list[Thing]:
    def skin(p: Points) -> np.ndarray:
        q = at(p, centre)
        taper = 1 - 0.10 * q[1].clip(-1.2, 0) ** 2
        body = ellipsoid(np.stack([q[0] / taper, q[1], q[2] / taper]), (0.90, 1.04, 0.90))
        return 0.8 * np.minimum(body, cone(at(q, (0, -1.10, 0)), 0.12, 0.03, 0.07))

    def string(p: Points) -> np.ndarray:
        q = at(p, centre)
        bent = np.stack([q[0] - 0.05 * np.sin(4.2 * (q[1] + 1.1)), q[1], q[2]])
        return 0.9 * capsule(bent, (0, -1.9, 0), (0, -1.1, 0), 0.022)

    def yellow(p: Points, n: Points) -> Points:
        edge = (1 - np.abs(n[2])) ** 2
        return np.array([0.95, 0.60, 0.035])[:, None] - edge * np.array([0.25, 0.28, 0.01])[:, None]

    def white(p: Points, n: Points) -> Points:
        return np.full_like(p, 0.75)

    middle = (centre[0], centre[1] - 0.4, centre[2])
    return [Thing(1, skin, yellow, 0.8, middle, 1.7), Thing(1, string, white, 0.0, middle, 1.7)]
