"""Picking: what every segmenter promises, the real SAM at toy size, and the stand-in on real photos."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label
from skimage import data

from levitor_core.errors import Cancelled, InputError, MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.segmentation import check_box
from levitor_core.segmentation.partition import consecutive, partition
from levitor_core.segmentation.quick import QuickSegmenter
from levitor_core.structures import PointPrompt

SIZE = (144, 216)


@pytest.fixture(scope="module")
def toy_sam_file(tmp_path_factory):
    """SAM's own architecture, its encoder two blocks of width 32; certain of itself, so that masks pass its filters."""
    import torch
    from segment_anything.build_sam import _build_sam

    torch.manual_seed(0)
    model = _build_sam(32, 2, 2, [1])
    torch.nn.init.constant_(model.mask_decoder.iou_prediction_head.layers[-1].bias, 1.0)
    path = tmp_path_factory.mktemp("sam") / "toy.pth"
    torch.save(model.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def toy_sam(toy_sam_file):
    from levitor_core.segmentation.sam import load_sam

    return load_sam(toy_sam_file)


@pytest.fixture(scope="module")
def toy_embedding(toy_sam):
    return toy_sam.embed(data.coffee(), SIZE)


@pytest.fixture(scope="module")
def coffee():
    return QuickSegmenter().embed(data.coffee(), (312, 472))


@pytest.fixture(scope="module", params=["sam", "quick"])
def segmenter_and_embedding(request, toy_sam):
    segmenter = toy_sam if request.param == "sam" else QuickSegmenter()
    return segmenter, segmenter.embed(data.coffee(), SIZE)


def test_candidates_have_working_size_and_the_best_comes_first(segmenter_and_embedding):
    segmenter, embedding = segmenter_and_embedding
    found = segmenter.segment(embedding, [PointPrompt(100, 60), PointPrompt(5, 5, False)], (40, 20, 180, 130))
    assert embedding.segmenter == segmenter.name
    assert found.masks.dtype == bool and found.masks.shape[1:] == SIZE and 1 <= len(found.masks) <= 3
    assert found.scores.dtype == np.float32 and list(found.scores) == sorted(found.scores, reverse=True)


def test_the_same_clicks_give_the_same_masks(segmenter_and_embedding):
    segmenter, embedding = segmenter_and_embedding
    first, second = (segmenter.segment(embedding, [PointPrompt(100, 60)], None) for _ in range(2))
    np.testing.assert_array_equal(first.masks, second.masks)
    np.testing.assert_array_equal(first.scores, second.scores)


@pytest.mark.parametrize(
    ("prompts", "box", "says"),
    [
        ([PointPrompt(-3, 5)], None, r"\(-3, 5\) lies outside the image"),
        ([PointPrompt(5, 144)], None, "lies outside the image"),
        ([PointPrompt(float("nan"), 5)], None, "lies outside the image"),
        ([], None, "Click inside the object"),
        ([PointPrompt(5, 5, False)], None, "Click inside the object"),
        ([], (300, 5, 400, 50), "holds no part of the image"),
        ([], (5, 5, 5, 5), "holds no part of the image"),
        ([], (float("nan"), 5, 8, 8), "not made of numbers"),
    ],
)
def test_prompts_that_mean_nothing_are_one_sentence(segmenter_and_embedding, prompts, box, says):
    segmenter, embedding = segmenter_and_embedding
    with pytest.raises(InputError, match=says):
        segmenter.segment(embedding, prompts, box)


@given(st.lists(st.floats(-500, 500), min_size=4, max_size=4))
def test_a_checked_box_is_ordered_and_inside(corners):
    try:
        left, top, right, bottom = check_box([], tuple(corners), SIZE) or pytest.fail("no box")
    except InputError:
        return
    assert 0 <= left < right <= SIZE[1] - 1 and 0 <= top < bottom <= SIZE[0] - 1


@given(st.integers(0, 2**32 - 1), st.integers(0, 8))
@settings(max_examples=40)
def test_a_partition_lies_within_its_masks_and_keeps_no_crumbs(seed, count):
    generator = np.random.default_rng(seed)
    masks = np.zeros((count, 40, 50), dtype=bool)
    for mask in masks:
        top, left = generator.integers(0, 35, 2)
        mask[top : top + generator.integers(1, 30), left : left + generator.integers(1, 30)] = True
    labels = partition(masks, (40, 50))
    areas = np.bincount(labels.ravel())[1:]
    assert labels.dtype == np.int32 and labels.shape == (40, 50)
    assert not labels[~masks.any(0)].any()
    assert (areas > 2).all() and len(areas) <= count


def test_of_two_overlapping_masks_the_larger_wins():
    large, small = np.zeros((2, 40, 50), dtype=bool)
    large[5:30, 5:30] = True
    small[20:35, 20:35] = True
    for masks in ([large, small], [small, large]):
        labels = partition(np.stack(masks), (40, 50))
        assert len(np.unique(labels[large])) == 1
        assert labels[34, 34] not in (0, labels[10, 10])


def test_consecutive_keeps_the_order_of_ids():
    labels = np.zeros((100, 100), dtype=np.int32)
    labels[:50, :50], labels[50:, :50], labels[0, 99] = 7, 3, 5
    assert [consecutive(labels)[at] for at in ((0, 0), (99, 0), (0, 99), (99, 99))] == [2, 1, 0, 0]


@pytest.mark.parametrize(("side", "width"), [(6, 6), (5, 9), (1, 3)])
def test_attention_a_few_rows_at_a_time_is_sams_own(side, width):
    import torch
    from segment_anything.modeling.image_encoder import Attention

    from levitor_core.segmentation.sam_attention import attend_by_rows

    torch.manual_seed(0)
    attention = Attention(16, 2, use_rel_pos=True, input_size=(side, width)).requires_grad_(False)
    for table in (attention.rel_pos_h, attention.rel_pos_w):
        torch.nn.init.normal_(table)
    places = torch.randn(2, side, width, 16)
    torch.testing.assert_close(attend_by_rows(attention, places), attention(places), rtol=1e-5, atol=1e-5)


def test_sam_on_a_cpu_encodes_that_way(toy_sam):
    blocks = toy_sam.model.image_encoder.blocks
    assert ["forward" in vars(block.attn) for block in blocks] == [block.window_size == 0 for block in blocks]


def test_a_click_runs_only_sams_decoder(toy_sam, toy_embedding, monkeypatch):
    monkeypatch.setattr(type(toy_sam.model.image_encoder), "forward", lambda *_: pytest.fail("encoded again"))
    toy_sam.segment(toy_embedding, [PointPrompt(100, 60)], None)


def test_sam_answers_as_its_own_predictor_does(toy_sam):
    """At the photo's own size, with prompts placed as SAM places them."""
    from segment_anything import SamPredictor

    photo = data.coffee()
    size_hw = photo.shape[:2]
    predictor = SamPredictor(toy_sam.model)
    predictor.set_image(photo)
    shift = 0.5 - 0.5 / (1024 / size_hw[1])
    masks, scores, _ = predictor.predict(np.array([[250 + shift, 150 + shift]]), np.array([1]))
    found = toy_sam.segment(toy_sam.embed(photo, size_hw), [PointPrompt(250, 150)], None)
    order = np.argsort(-scores)
    np.testing.assert_allclose(found.scores, scores[order], rtol=1e-4)
    assert np.mean(found.masks == masks[order]) > 0.999


def test_sam_finds_instances_from_the_kept_encoding_with_progress(toy_sam, toy_embedding, monkeypatch):
    monkeypatch.setattr("levitor_core.segmentation.sam.POINTS_PER_SIDE", {"cpu": 2})
    monkeypatch.setattr("levitor_core.segmentation.sam.POINTS_PER_BATCH", {"cpu": 2})
    monkeypatch.setattr(type(toy_sam.model.image_encoder), "forward", lambda *_: pytest.fail("encoded again"))
    events = []
    labels = toy_sam.find_instances(toy_embedding, Monitor(events.append))
    assert [(event.step, event.total) for event in events] == [(0, 2), (1, 2), (2, 2)]
    assert labels.shape == SIZE and labels.dtype == np.int32


def test_finding_instances_can_be_cancelled(segmenter_and_embedding):
    segmenter, embedding = segmenter_and_embedding
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        segmenter.find_instances(embedding, monitor)


@pytest.mark.parametrize("name", ["vit_b", "vit_h"])
def test_the_real_architectures_are_read_off_their_shapes(name):
    import torch
    from segment_anything import sam_model_registry

    from levitor_core.segmentation.sam import build_sam

    with torch.device("meta"):
        real = sam_model_registry[name]()
        built = build_sam(real.state_dict())
    assert {key: value.shape for key, value in built.state_dict().items()} == {
        key: value.shape for key, value in real.state_dict().items()
    }
    blocks = [(block.window_size, block.attn.num_heads) for block in real.image_encoder.blocks]
    assert [(block.window_size, block.attn.num_heads) for block in built.image_encoder.blocks] == blocks


@pytest.mark.parametrize("kind", ["truncated", "text", "foreign", "pickle", "missing"])
def test_a_file_that_is_not_sam_is_refused_by_name(tmp_path, toy_sam_file, kind):
    import torch

    from levitor_core.segmentation.sam import load_sam

    path = tmp_path / "sam.pth"
    if kind == "truncated":
        path.write_bytes(toy_sam_file.read_bytes()[:100_000])
    if kind == "text":
        path.write_text("<html>404</html>")
    if kind == "foreign":
        torch.save({"conv.weight": torch.zeros(3)}, path)
    if kind == "pickle":
        torch.save({"image_encoder.pos_embed": Monitor}, path)
    with pytest.raises(MissingWeightsError, match=r"sam\.pth is not a SAM checkpoint"):
        load_sam(path)


@pytest.mark.parametrize(
    ("photo", "click", "holds", "leaves"),
    [
        ("coffee", (226, 25), (225, 95), (40, 250)),
        ("astronaut", (170, 90), (170, 35), (30, 300)),
        ("rocket", (238, 200), (238, 250), (100, 60)),
    ],
)
def test_the_stand_in_picks_the_thing_under_the_click(photo, click, holds, leaves):
    pixels = getattr(data, photo)()
    scale = np.sqrt(288 * 512 / (pixels.shape[0] * pixels.shape[1]))
    size_hw = tuple(round(side * scale / 8) * 8 for side in pixels.shape[:2])
    segmenter = QuickSegmenter()
    best = segmenter.segment(segmenter.embed(pixels, size_hw), [PointPrompt(*click)], None).masks[0]
    assert best[click[::-1]] and best[holds[::-1]] and not best[leaves[::-1]]
    assert 0.005 < best.mean() < 0.3


def test_the_stand_in_keeps_to_a_box_and_to_one_piece(coffee):
    found = QuickSegmenter().segment(coffee, [], (130, 10, 330, 245))
    outside = np.ones(found.masks.shape[1:], dtype=bool)
    outside[10:246, 130:331] = False
    assert not found.masks[:, outside].any()
    assert all(label(mask)[1] == 1 for mask in found.masks)


def test_an_outside_click_is_left_out_and_an_inside_click_taken_in(coffee):
    inside, outside = PointPrompt(190, 160), PointPrompt(226, 90, False)
    masks = QuickSegmenter().segment(coffee, [inside, outside], None).masks
    assert masks[:, 160, 190].all() and not masks[:, 90, 226].any()


@pytest.mark.parametrize("size_hw", [(1, 1), (8, 200), (200, 8), (2, 3)])
def test_the_stand_in_survives_odd_photos(size_hw):
    segmenter = QuickSegmenter()
    for photo in (np.zeros((*size_hw, 3), dtype=np.uint8), np.full((*size_hw, 3), 200, dtype=np.uint8)):
        embedding = segmenter.embed(photo, size_hw)
        found = segmenter.segment(embedding, [PointPrompt(0, 0)], None)
        assert found.masks[0, 0, 0] and np.isfinite(found.scores).all()
        assert segmenter.find_instances(embedding, Monitor()).shape == size_hw


def test_the_stand_ins_instances_fill_the_picture(coffee):
    labels = QuickSegmenter().find_instances(coffee, Monitor())
    assert labels.dtype == np.int32 and 5 <= labels.max() <= 40
    assert (labels > 0).mean() > 0.95
