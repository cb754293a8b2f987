"""A scene for the stage's tests: a real photo (scikit-learn's china.jpg), a balloon painted into its sky by ourselves,
depth and instances drawn by hand, and a stand-in for the segmenter that answers with those instances."""

from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from levitor_core.engine import Engine
from levitor_core.files.photo import frame_photo
from levitor_core.structures import MaskCandidates, Project, Scene, SceneObject, Waypoint

TOWER_OUTLINE = [
    *((155, 21), (163, 44), (186, 72), (241, 95), (216, 103), (224, 124), (248, 131), (239, 176), (265, 189)),
    *((256, 231), (279, 261), (240, 292), (150, 292), (60, 252), (62, 214), (48, 199), (70, 176), (64, 131)),
    *((82, 101), (71, 90), (131, 62), (147, 44)),
]  # in pixels of 480x320
BALLOON_XY, BALLOON_RADIUS = (372, 68), 27


def balloon_scene() -> Project:
    """480x320 working pixels: sky, lake, tower, trees in front, and the balloon, farther than the tower."""
    from sklearn.datasets import load_sample_image

    photo = np.array(_with_balloon(Image.fromarray(load_sample_image("china.jpg"))))
    framing = frame_photo(photo)
    image = framing.image(photo)
    partition = _instances(image.shape[:2])
    disparity = _depth(partition)
    return Project(
        photo=framing.photo(photo), scene=Scene(image, disparity, partition, "drawn by hand", "drawn by hand")
    )


BALLOON, TOWER, TREES, LAKE, SKY = 5, 3, 4, 2, 1  # labels of the scene's instances


def picked(project: Project, label: int, name: str, *waypoints: Waypoint, **values: Any) -> SceneObject:
    """An instance of the scene as an object with a path."""
    return SceneObject(name, project.scene.partition == label, waypoints=waypoints, **values)


class InstanceSegmenter(Engine):
    """An engine that answers a click with the instance under it, grown and shrunk as second and third guess."""

    def segment(self, project, prompts, box):
        """Instances of the inside clicks, less those of the outside ones; of a box, the largest wholly inside."""
        partition = project.scene.partition
        mask = np.zeros(partition.shape, bool)
        for prompt in prompts:
            here = partition == partition[round(prompt.y), round(prompt.x)]
            mask = mask | here if prompt.inside else mask & ~here
        if box is not None:
            mask = _largest_inside(partition, box)
        grown, shrunk = _grown(mask), ~_grown(~mask)
        return MaskCandidates(np.stack([mask, grown, shrunk]), np.array([0.9, 0.7, 0.5], np.float32))


def _with_balloon(photo: Image.Image) -> Image.Image:
    scale = photo.width / 480
    big = photo.resize((photo.width * 4, photo.height * 4))
    draw = ImageDraw.Draw(big)
    (x, y), r = ((4 * scale * v for v in BALLOON_XY), 4 * scale * BALLOON_RADIUS)
    for part, colour in ((1.0, "#c8322b"), (0.72, "#f2b632"), (0.36, "#c8322b")):
        draw.ellipse((x - r * part, y - r, x + r * part, y + r), fill=colour)
    draw.polygon(
        [
            (x - 0.86 * r, y + 0.5 * r),
            (x + 0.86 * r, y + 0.5 * r),
            (x + 0.16 * r, y + 1.25 * r),
            (x - 0.16 * r, y + 1.25 * r),
        ],
        fill="#a8261f",
    )
    draw.rectangle((x - 0.17 * r, y + 1.3 * r, x + 0.17 * r, y + 1.6 * r), fill="#5b3a1e")
    return big.resize(photo.size, Image.Resampling.LANCZOS)


def _instances(size_hw: tuple[int, int]) -> np.ndarray:
    scale = size_hw[1] / 480
    labels = Image.new("L", (size_hw[1], size_hw[0]), 1)
    draw = ImageDraw.Draw(labels)

    def scaled(points):
        return [(x * scale, y * scale) for x, y in points]

    draw.rectangle(scaled([(0, 154), (480, 320)]), fill=2)
    draw.polygon(scaled(TOWER_OUTLINE), fill=3)
    draw.polygon(
        scaled(
            [
                (0, 270),
                (60, 248),
                (150, 285),
                (250, 285),
                (330, 230),
                (400, 210),
                (425, 130),
                (455, 100),
                (480, 120),
                (480, 320),
                (0, 320),
            ]
        ),
        fill=4,
    )
    (x, y), r = BALLOON_XY, BALLOON_RADIUS
    draw.ellipse(scaled([(x - r, y - r), (x + r, y + r)]), fill=5)
    draw.polygon(
        scaled(
            [
                (x - 0.86 * r, y + 0.5 * r),
                (x + 0.86 * r, y + 0.5 * r),
                (x + 0.17 * r, y + 1.6 * r),
                (x - 0.17 * r, y + 1.6 * r),
            ]
        ),
        fill=5,
    )
    return np.array(labels).astype(np.int32)


def _depth(partition: np.ndarray) -> np.ndarray:
    rows = np.indices(partition.shape)[0] / partition.shape[0]
    depths = {
        1: 8 + 0 * rows,
        2: 20 + 70 * (rows - 0.48),
        3: 110 + 20 * rows,
        4: 150 + 60 * (rows - 0.4),
        5: 45 + 0 * rows,
    }
    return np.select([partition == label for label in depths], list(depths.values())).astype(np.float32)


def _grown(mask: np.ndarray) -> np.ndarray:
    padded = np.pad(mask, 3)
    h, w = mask.shape
    return np.any([padded[dy : dy + h, dx : dx + w] for dy in range(7) for dx in range(7)], axis=0)


def _largest_inside(partition: np.ndarray, box) -> np.ndarray:
    rows, columns = np.indices(partition.shape)
    outside = (columns < box[0]) | (columns > box[2]) | (rows < box[1]) | (rows > box[3])
    counts = np.bincount(partition[~outside], minlength=256)
    counts[np.unique(partition[outside])] = 0
    return partition == counts.argmax()


def discs(bare: Project, count: int) -> Project:
    """So many discs on paths of three waypoints."""
    rows, columns = np.indices(bare.scene.size_hw)
    objects = []
    for n in range(count):
        x, y = 40 + n % 6 * 70, 50 + n // 6 * 120
        mask = (columns - x) ** 2 + (rows - y) ** 2 < 28**2
        way = (Waypoint(x, y), Waypoint(x + 60, y + 30), Waypoint(x + 10, y + 70, 0.4))
        objects.append(SceneObject(f"Disc {n}", mask, waypoints=way))
    return replace(bare, objects=tuple(objects))
