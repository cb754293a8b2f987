"""What the photo's edge cuts off: whole where it was and along the edge, no straight end where it comes into view."""

import numpy as np
import pytest

from levitor_core.motion.animation import animate
from levitor_core.motion.cut_sides import cut_sides
from levitor_core.motion.preflight import check
from levitor_core.motion.rendering import render
from levitor_core.structures import Mask, Project
from tests.preview.pictures import RED, coloured, frames_of, is_colour
from tests.scenes import SIZE_HW, disc, moving

H, W = SIZE_HW
SIDES = {
    "top": ((48, -4), (48, 30)),
    "bottom": ((48, H + 3), (48, 42)),
    "left": ((-4, 36), (40, 36)),
    "right": ((W + 3, 36), (56, 36)),
}


def cut_disc(side: str, way: tuple[float, float], **changes: object) -> Project:
    """A disc half outside the photo, on a way from its place."""
    mask = disc(SIDES[side][0], 20)
    rows, columns = np.nonzero(mask)
    x, y = float(columns.mean()), float(rows.mean())
    item = moving("bud", mask, (x, y), (x + way[0], y + way[1]), **changes)
    return coloured(np.where(mask, 90, 60).astype(np.float32), (item, RED))


def inward(side: str) -> tuple[float, float]:
    (x0, y0), (x1, y1) = SIDES[side]
    return float(np.sign(x1 - x0)) * 30, float(np.sign(y1 - y0)) * 25


def longest_straight_end(seen: Mask) -> int:
    """The most pixels side by side in a row or column that end there together."""
    found = 0
    for picture in (seen, seen.T):
        ends = picture[:-1] & ~picture[1:], picture[1:] & ~picture[:-1]
        found = max(found, *(int(end.sum(1).max()) for end in ends))
    return found


@pytest.mark.parametrize("side", SIDES)
def test_where_it_was_it_is_whole_and_where_it_comes_into_view_nothing_ends_straight(side: str) -> None:
    project = cut_disc(side, inward(side))
    mask = project.objects[0].mask
    first, *_, last = frames_of(project)
    assert np.abs(first.astype(int) - project.photo).max(-1)[mask].max() <= 2
    border = {"top": mask[0], "bottom": mask[-1], "left": mask[:, 0], "right": mask[:, -1]}[side]
    seen = is_colour(last, RED)
    assert longest_straight_end(seen) < 0.55 * np.count_nonzero(border)
    assert seen.sum() > 0.6 * mask.sum()


@pytest.mark.parametrize(("side", "way"), [("bottom", (20, 0)), ("left", (0, 20)), ("bottom", (10, 12))])
def test_along_the_edge_and_out_of_the_picture_it_stays_whole(side: str, way: tuple[float, float]) -> None:
    project = cut_disc(side, way)
    moved = np.zeros(SIZE_HW, bool)
    rows, columns = np.nonzero(project.objects[0].mask)
    kept = (rows + way[1] < H) & (columns + way[0] < W)
    moved[rows[kept] + int(way[1]), columns[kept] + int(way[0])] = True
    assert (is_colour(frames_of(project)[-1], RED) ^ moved).sum() < 0.06 * moved.sum()


def test_what_touches_no_side_and_what_only_grazes_one_are_not_cut() -> None:
    grazing = disc((48, 20), 20.05)
    assert cut_sides(disc((48, 36), 20)) == () and 0 < grazing[0].sum() < 4 and cut_sides(grazing) == ()
    assert [cut.side for cut in cut_sides(disc((0, 0), 20))] == [0, 2]


def test_an_outline_that_stops_just_before_the_edge_is_cut_if_it_ends_straight_and_else_it_is_not() -> None:
    box = np.zeros(SIZE_HW, bool)
    box[30 : H - 2, 20:60] = True
    assert [cut.side for cut in cut_sides(box)] == [1] and cut_sides(np.roll(box, -3, 0)) == ()
    for gap in (1, 2):
        assert cut_sides(disc((48, H - 1 - gap - 20), 20.05)) == ()


def test_the_check_tells_of_a_side_that_comes_into_view() -> None:
    told = [sentences(cut_disc("bottom", way)) for way in ((0, -25), (20, 0))]
    assert "cut off by the photo's edge" in told[0] and "cut off" not in told[1]


def test_a_feathered_object_covers_its_place_at_first_and_fades_on_its_way() -> None:
    mask = disc((40, 36), 14)
    project = coloured(
        np.where(mask, 90, 60).astype(np.float32), (moving("ball", mask, (40, 36), (70, 36), feather=6.0), RED)
    )
    first, *_, last = frames_of(project)
    assert np.abs(first.astype(int) - project.photo).max(-1)[disc((40, 36), 12)].max() <= 2
    assert last[36, 70, 0] > 215 and last[36, 58, 0] < 150


def sentences(project: Project) -> str:
    animation = animate(project, 5)
    return " ".join(check(project, animation, render(animation)))
