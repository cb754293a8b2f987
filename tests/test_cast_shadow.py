"""The shadow of a picked thing: found where there is one, of any softness and on any ground, and nowhere else."""

import cv2
import numpy as np
import pytest

from levitor_core.errors import InputError
from levitor_core.segmentation.cast_shadow import cast_shadow, with_shadow
from levitor_core.segmentation.photo_graph import PhotoGraph
from levitor_core.structures import Image, Mask

SIZE = 150, 200
ROWS, COLS = np.mgrid[: SIZE[0], : SIZE[1]]
BALL = (ROWS - 70) ** 2 + (COLS - 90) ** 2 < 26**2
GROUNDS = {"sand": (190, 170, 130), "grass": (70, 120, 50), "snow": (235, 238, 245), "stone": (110, 108, 105)}


def shade(aside: float, long: float = 30, high: float = 9) -> Mask:
    """An ellipse under the ball, more or less to one side of it."""
    return ((COLS - 90 - aside) / long) ** 2 + ((ROWS - 97) / high) ** 2 < 1


def scene(ground: str, shadow: Mask, strength: float, soft: float, seed: int) -> Image:
    """A red ball on ground with a grain, its shadow on it."""
    random = np.random.default_rng(seed)
    light = 1 - strength * cv2.GaussianBlur(shadow.astype(np.float32), (0, 0), soft)
    grain = cv2.GaussianBlur(random.normal(0, 14, SIZE).astype(np.float32), (0, 0), 0.8)
    photo = (np.array(GROUNDS[ground]) + grain[..., None]) * light[..., None]
    photo[BALL] = (190, 40, 35)
    return photo.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(("aside", "strength", "soft"), [(0, 0.6, 1.5), (24, 0.5, 3), (-30, 0.7, 1)])
def test_a_shadow_is_found_whole_and_nothing_else_is(ground: str, aside: float, strength: float, soft: float) -> None:
    truth = shade(aside) & ~BALL
    graph = PhotoGraph.of(scene(ground, shade(aside), strength, soft, 1))
    found = cast_shadow(BALL, graph)
    assert found is not None and not (found & BALL).any()
    assert np.count_nonzero(found & truth) / np.count_nonzero(found | truth) > 0.7
    assert (with_shadow(BALL, graph) == (BALL | found)).all()


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("seed", range(2))
def test_where_none_is_cast_none_is_found(ground: str, seed: int) -> None:
    none = np.zeros(SIZE, bool)
    graph = PhotoGraph.of(scene(ground, none, 0, 1, seed))
    with pytest.raises(InputError, match="shadow"):
        with_shadow(BALL, graph)


def test_dark_ground_and_a_dark_thing_beside_it_are_no_shadow() -> None:
    dark = ROWS > 88
    assert cast_shadow(BALL, PhotoGraph.of(scene("sand", dark, 0.6, 1, 0))) is None
    post = scene("sand", np.zeros(SIZE, bool), 0, 1, 0)
    post[30:96, 118:130] = (20, 30, 90)
    assert cast_shadow(BALL, PhotoGraph.of(post)) is None


def test_nothing_and_everything_cast_none() -> None:
    graph = PhotoGraph.of(scene("sand", shade(0), 0.6, 2, 0))
    assert cast_shadow(np.zeros(SIZE, bool), graph) is None and cast_shadow(np.ones(SIZE, bool), graph) is None
