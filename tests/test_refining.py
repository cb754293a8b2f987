"""A click on a mask: its laws on random photos and masks, and what it does on real ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, label, uniform_filter
from skimage import data
from skimage.color import rgb2lab

from levitor_core.segmentation import photo_graph
from levitor_core.segmentation.box import box_guesses, box_mask
from levitor_core.segmentation.photo_graph import PhotoGraph
from levitor_core.segmentation.reach import CONDUCTIONS, Click, Family, _Outline, measures
from levitor_core.segmentation.reach_weights import ADD
from levitor_core.segmentation.refine import guesses, refine
from levitor_core.structures import PointPrompt

SIZE = (60, 90)
CLICKS = st.lists(
    st.builds(PointPrompt, st.floats(-0.5, SIZE[1] - 0.5), st.floats(-0.5, SIZE[0] - 0.5), st.booleans()),
    min_size=1,
    max_size=4,
)


def _scene(seed: int):
    """A photo of a few blotches, its graph, and a mask that need not follow them."""
    generator = np.random.default_rng(seed)
    noise = generator.standard_normal((*SIZE, 4))
    fields = gaussian_filter(noise, (*generator.uniform(1, 9, 2), 0))
    fields /= fields.std((0, 1)) + 1e-9
    photo = (128 + generator.uniform(0, 90) * fields[..., :3]).clip(0, 255).astype(np.uint8)
    return photo, fields[..., 3] > generator.uniform(-2, 2)


def _blur(values):
    return uniform_filter(values, 2 * photo_graph.EDGE_REACH + 1, axes=(0, 1), mode="reflect")


def _at(click):
    return min(round(click.y), SIZE[0] - 1), min(round(click.x), SIZE[1] - 1)


@given(st.integers(0, 2**32 - 1), CLICKS)
@settings(max_examples=25, deadline=None)
def test_a_click_moves_the_mask_only_towards_itself(seed, clicks):
    photo, mask = _scene(seed)
    graph = PhotoGraph.of(photo)
    for place, click in enumerate(clicks):
        for after, _ in guesses(graph, mask, click, clicks[:place]):
            changed = after ^ mask
            assert after[_at(click)] == click.inside
            assert (after[changed] == click.inside).all(), "a + never removes, a - never adds"
            parts, count = label(changed, np.ones((3, 3)))
            assert count == (mask[_at(click)] != click.inside), "one piece, or nothing where the pixel obeyed already"
            assert not count or parts[_at(click)]
            for other in clicks[:place]:
                contrary = other.inside != click.inside and _at(other) != _at(click)
                assert not (contrary and changed[_at(other)])
        mask = guesses(graph, mask, click, clicks[:place])[0][0]
    np.testing.assert_array_equal(mask, refine(photo, _scene(seed)[1], clicks, graph=graph))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("part", [(slice(0), slice(0)), (slice(20, 30), slice(40, 60)), (slice(0, 40), slice(50, 90))])
def test_an_outline_is_snapped_as_by_the_filter_over_the_whole_photo(seed, part):
    photo, _ = _scene(seed)
    lab, mask = rgb2lab(np.kron(photo, np.ones((2, 2, 1), np.uint8))).astype(np.float32), np.zeros((120, 180), bool)
    mask[part] = True
    mean, of_colour, of_mask = (_blur(values) for values in (lab, lab * mask[..., None], 1.0 * mask))
    square = np.stack([_blur(lab * lab[..., [channel]]) for channel in range(3)], -1)
    spread = square - mean[..., :, None] * mean[..., None, :] + photo_graph.EDGE_GRAIN * np.eye(3)
    slope = np.linalg.solve(spread, (of_colour - mean * of_mask[..., None])[..., None])[..., 0]
    whole = (_blur(slope) * lab).sum(-1) + _blur(of_mask - (slope * mean).sum(-1)) > 0.5
    assert (photo_graph.EdgeFilter(lab)(mask) != whole).mean() < 1e-3


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("filled", [False, True])
def test_a_photo_of_one_colour_and_masks_of_nothing_or_all_still_obey(value, filled):
    photo = np.full((*SIZE, 3), value, dtype=np.uint8)
    mask = refine(photo, np.full(SIZE, filled), [PointPrompt(40, 20, not filled), PointPrompt(3, 3, filled)])
    assert mask[20, 40] != filled and mask[3, 3] == filled


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 400)])
def test_a_photo_of_any_size_is_picked(size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    at = PointPrompt(size[1] - 1, size[0] - 1)
    assert refine(photo, np.zeros(size, bool), [at])[-1, -1]


def _two_discs():
    rows, cols = np.mgrid[:160, :240]
    photo = np.full((160, 240, 3), (40, 60, 90), dtype=np.uint8)
    left, right = ((rows - 80) ** 2 + (cols - at) ** 2 < 40**2 for at in (60, 180))
    photo[left], photo[right] = (200, 80, 40), (60, 160, 70)
    return photo, left, right


def _alike(mask, truth):
    return np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth)


def test_plus_takes_the_thing_clicked_and_minus_gives_it_back_leaving_the_other():
    photo, left, right = _two_discs()
    both = refine(photo, left, [PointPrompt(178, 84)])
    assert _alike(both, left | right) > 0.97
    one = refine(photo, both, [PointPrompt(62, 77, False)], before=[PointPrompt(178, 84)])
    assert _alike(one, right) > 0.97


def test_a_hole_that_plus_closes_and_a_crumb_that_minus_leaves_go_with_it():
    photo, left, _ = _two_discs()
    photo[79:82, 59:62] = 255
    assert refine(photo, np.zeros(left.shape, bool), [PointPrompt(45, 80)])[79:82, 59:62].all()
    assert not refine(photo, left.copy(), [PointPrompt(45, 80, False)])[79:82, 59:62].any()


def test_a_box_around_a_thing_is_the_thing():
    photo, left, _ = _two_discs()
    for margin in (0, 6):
        box = (20 - margin, 40 - margin, 100 + margin, 120 + margin)
        (mask, *_others) = box_guesses(PhotoGraph.of(photo), box)
        assert _alike(mask, left) > 0.97 and not (mask & ~box_mask(box, left.shape)).any()


def test_what_lies_along_an_outline_is_counted_as_defined():
    """Against the plain definition, region by region."""
    graph = PhotoGraph.of(data.coffee()[:120, 200:360])
    nodes, generator = graph.nodes, np.random.default_rng(0)
    open_ = generator.random(len(nodes.area)) < 0.8
    family = Family.of(generator.random(len(nodes.area)) * open_, open_)
    outline = _Outline.of(graph, family)
    for cut in (0, 7, 40):
        inside = family.rank <= cut
        crossed = inside[nodes.edges[:, 0]] != inside[nodes.edges[:, 1]]
        within = open_[nodes.edges].all(1)
        assert outline.length[cut] == nodes.lengths[crossed & within].sum()
        assert outline.joined[cut] == nodes.lengths[crossed & ~within].sum()
        clear = nodes.lengths * (1 - np.exp(-graph.resistance))
        assert outline.clear[cut] == pytest.approx(clear[crossed & within].sum())
    click = Click(5, 5, np.ones(graph.labels.shape, bool), np.zeros(0, int))
    assert len(CONDUCTIONS) and measures(graph, click, family)[1].shape[1] == len(ADD)
