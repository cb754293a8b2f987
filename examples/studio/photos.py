"""The real photos of the examples, with their masks and depth; polygons are drawn at twice the photo's size."""

import cv2
import numpy as np

from examples.studio import cutting, motorcycle
from examples.studio.cutting import Polygon
from examples.studio.paintings import Painting

DAHLIA = [(615 + 272 * np.cos(a), 445 + 268 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 48)]
BUD = [(575, 854), (580, 800), (640, 780), (690, 755), (780, 762), (860, 775), (885, 840), (900, 854)]

PAGODA: Polygon = (
    (392, 60), (428, 60), (434, 125), (500, 178), (545, 205), (600, 222), (640, 238), (638, 256), (590, 280),
    (592, 318), (660, 345), (655, 365), (642, 370), (642, 455), (656, 482),
    (706, 502), (700, 520), (682, 545), (686, 612),
    (700, 642), (746, 665), (745, 690), (700, 745), (660, 800), (640, 854), (600, 854), (590, 830), (560, 800),
    (520, 780), (440, 775), (400, 735), (340, 712), (290, 680), (230, 662), (150, 680), (150, 650), (163, 560),
    (125, 535), (140, 505), (186, 490), (192, 465), (196, 375), (168, 365), (170, 340), (240, 320), (240, 285),
    (190, 262), (190, 215), (240, 203), (330, 170), (385, 125),
)  # fmt: skip
LEFT_TREES: tuple[Polygon, ...] = (
    ((0, 275), (20, 330), (60, 375), (95, 405), (130, 440), (150, 470), (140, 500), (90, 528), (30, 552), (0, 558)),
    ((0, 585), (40, 600), (60, 640), (100, 668), (130, 692), (230, 665), (290, 682), (340, 715), (400, 738), (440, 778),
     (520, 783), (560, 803), (590, 832), (600, 854), (0, 854)),
)  # fmt: skip
RIGHT_BUSH: Polygon = (
    (640, 854), (660, 800), (700, 745), (735, 700), (765, 660), (800, 640), (870, 602), (960, 592), (1010, 590),
    (1050, 550), (1100, 560), (1135, 600), (1130, 854),
)  # fmt: skip
RIGHT_TREE: Polygon = (
    (1092, 430), (1150, 372), (1155, 310), (1200, 276), (1250, 280), (1280, 310), (1280, 854), (1130, 854), (1135, 610),
    (1105, 545), (1100, 480),
)  # fmt: skip

ROCKET_CROP = (206.0, 15.0, 437.75, 427.0)  # x0, y0, x1, y1 of the photo: 9:16
ROCKET: Polygon = (  # in photo pixels
    (323.0, 126.5), (327, 131), (331, 139), (333.3, 149), (333.7, 174), (331.5, 178), (330.8, 182), (331.0, 405.5),
    (313.7, 405.5), (314.2, 182), (313.5, 178), (311.5, 174), (311.7, 149), (314, 139), (318.5, 131),
)  # fmt: skip


RAISED = 70  # pixels by which the rocket has left its pad


def dahlia() -> Painting:
    """A bloom before blurred leaves, a second bloom below."""
    from sklearn.datasets import load_sample_image

    photo = load_sample_image("flower.jpg")
    masks = {
        name: cutting.solid(cutting.refined(photo, _drawn(polygon, photo), band))
        for name, polygon, band in (("dahlia", DAHLIA, 9), ("second bloom", BUD, 6))
    }
    disparity = cutting.ramp(_size(photo), ((0, 22), (427, 34)))
    for name, rim, top in (("second bloom", 56.0, 66.0), ("dahlia", 84.0, 104.0)):
        disparity = np.where(masks[name], cutting.dome(masks[name], rim, top), disparity)
    return Painting(photo, masks, disparity.astype(np.float32))


def pagoda() -> Painting:
    """A pagoda above a lake between trees, the city far behind, and a balloon of ours in the sky."""
    from sklearn.datasets import load_sample_image

    photo = load_sample_image("china.jpg")
    picture, balloon = motorcycle.with_balloon(photo, (470.0, 92.0), 30.0)
    drawn = {
        "left trees": _drawn_all(LEFT_TREES, photo),
        "right tree": _drawn(RIGHT_TREE, photo),
        "right bush": _drawn(RIGHT_BUSH, photo),
        "pagoda": _drawn(PAGODA, photo),
    }
    standing = cutting.solid(cutting.refined(photo, np.any(list(drawn.values()), axis=0), 7), 1)
    standing = cv2.dilate(standing.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0  # leaves' fringes too
    masks = _shared_out(standing, drawn)
    disparity = cutting.ramp(_size(photo), ((0, 1), (196, 3), (206, 8), (260, 30), (340, 62), (427, 80)))
    for name, rim, top in (
        ("pagoda", 104, 106),
        ("right bush", 118, 120),
        ("right tree", 132, 134),
        ("left trees", 132, 134),
    ):
        disparity = np.where(masks[name], cutting.dome(masks[name], rim, top), disparity)
    disparity = np.where(balloon, 60.0, disparity)
    return Painting(picture, {"balloon": balloon, **masks}, disparity.astype(np.float32), photo)


def rocket() -> Painting:
    """A rocket that has just left its pad, at dusk: raised, and its flame painted, by us; its gantry painted over."""
    from skimage import data

    photo = data.rocket()
    body = cutting.filled([[(8 * x, 8 * y) for x, y in ROCKET]], (427 * 8, 640 * 8)).astype(np.float32)
    body = cv2.resize(body, (640, 427), interpolation=cv2.INTER_AREA)
    plate = _without_gantry(photo)
    lifted = np.float32([[1, 0, 0], [0, 1, -RAISED]])
    raised, share = (cv2.warpAffine(image, lifted, (640, 427)) for image in (photo, body))
    picture = plate + share[..., None] * (raised.astype(np.float32) - plate)
    flame = _flame()
    glow = 1 - (1 - picture / 255) * (1 - flame)
    seen = (share > 0.5) | (flame.max(-1) > 0.12)
    pad = (np.indices(seen.shape)[0] > 405) & ~seen
    disparity = cutting.ramp(_size(photo), ((0, 1), (370, 4), (400, 30), (427, 96)))
    disparity = np.where(seen, 100.0, np.where(pad, np.maximum(disparity, 84.0), disparity))
    masks = {"rocket": seen, "pad": pad}
    return Painting((255 * glow).clip(0, 255).astype(np.uint8), masks, disparity.astype(np.float32), plate)


def _flame() -> np.ndarray:
    """The flame's light (0..1 a colour) at every pixel: a plume, white where it is hottest, that tapers downwards."""
    rows, columns = np.indices((427, 640)).astype(np.float32)
    below = ((rows - (404 - RAISED)) / (RAISED - 4)).clip(-1, 1)
    grain = cv2.GaussianBlur(
        np.random.default_rng(5).normal(0, 1, (427, 640)).astype(np.float32), (0, 0), 1.6, sigmaY=5
    )
    width = 6.6 * (1 + 0.8 * below.clip(0, 1)) * np.sqrt((1 - below).clip(0.02, 1)) * (1 + 0.9 * grain)
    heat = 1.5 * np.exp(-(((columns - 322.3) / width) ** 2)) * np.sqrt((1 - below).clip(0, 1)) * (below >= 0)
    heat = cv2.GaussianBlur(heat, (0, 0), 0.7)
    return np.stack([1.5 * heat, heat**1.4, 0.5 * heat**2.4], -1).clip(0, 1)


def _without_gantry(photo: np.ndarray) -> np.ndarray:
    """The rocket and the arms beside it painted over with the sky to the left and right, row by row."""
    sky = cv2.GaussianBlur(photo, (0, 0), sigmaX=1.0, sigmaY=3.0).astype(np.float32)
    left, right = sky[:, 268:284].mean(1), sky[:, 362:374].mean(1)
    low = ((np.arange(427) - 335) / 20).clip(0, 1)[:, None]  # lamps shine to the right there; the left side instead
    right = right + (left - right) * low
    share = ((np.arange(640) - 284) / 78).clip(0, 1)[None, :, None]
    between = left[:, None] * (1 - share) + right[:, None] * share
    grain = np.random.default_rng(3).normal(0, 1.6, photo.shape)
    hole = np.zeros(photo.shape[:2], np.float32)
    hole[115:407, 304:341] = 1
    soft = cv2.GaussianBlur(hole, (0, 0), 2.0)[..., None] * (np.indices(hole.shape)[0] < 407)[..., None]
    return (photo * (1 - soft) + soft * (between + grain)).clip(0, 255).astype(np.uint8)


def _size(photo: np.ndarray) -> tuple[int, int]:
    return photo.shape[0], photo.shape[1]


def _drawn(polygon: Polygon, photo: np.ndarray) -> np.ndarray:
    return _drawn_all((polygon,), photo)


def _drawn_all(polygons: tuple[Polygon, ...], photo: np.ndarray) -> np.ndarray:
    return cutting.filled([[(x / 2, y / 2) for x, y in polygon] for polygon in polygons], _size(photo))


def _shared_out(standing: np.ndarray, drawn: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every pixel that stands before the distance, given to the polygon it is in or nearest to."""
    away = np.stack([cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) for mask in drawn.values()])
    owner = away.argmin(0)
    return {name: standing & (owner == index) for index, name in enumerate(drawn)}
