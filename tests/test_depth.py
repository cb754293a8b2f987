"""Depth: the real Depth Anything at toy size, and what the ground-plane stand-in promises."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage import data

from levitor_core.checkpoints import Checkpoints
from levitor_core.depth.depth_anything import input_size, load_depth_anything, stretch
from levitor_core.depth.ground_plane import GroundPlane
from levitor_core.errors import MissingWeightsError
from levitor_core.monitor import Monitor
from tests.in_memory import lies_in


@pytest.fixture(scope="module")
def toy_folder(tmp_path_factory):
    """Depth Anything V2's own classes at toy size, saved as its real folder."""
    import torch
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTImageProcessor

    torch.manual_seed(0)
    backbone = Dinov2Config(
        hidden_size=16,
        num_attention_heads=2,
        num_hidden_layers=4,
        image_size=70,
        out_indices=[1, 2, 3, 4],
        apply_layernorm=True,
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[8, 8, 16, 16],
        fusion_hidden_size=8,
        head_hidden_size=8,
    )
    folder = tmp_path_factory.mktemp("weights") / "Depth-Anything-V2-Small-hf"
    DepthAnythingForDepthEstimation(config).save_pretrained(folder)
    DPTImageProcessor(
        size={"height": 70, "width": 70}, keep_aspect_ratio=True, ensure_multiple_of=14, resample=3
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def toy(toy_folder):
    return load_depth_anything(toy_folder)


def copy_of(folder, target):
    target.mkdir()
    for file in folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target


def test_a_saved_folder_passes_verification(toy_folder):
    assert Checkpoints(toy_folder.parent).require("depth-anything-v2-small") == toy_folder


def test_a_loaded_model_needs_its_file_no_more(toy_folder, tmp_path):
    folder = copy_of(toy_folder, tmp_path / "copy")
    model = load_depth_anything(folder)
    assert not lies_in(folder) and model


def test_disparity_has_working_size_and_full_range(toy):
    events = []
    disparity = toy.estimate(data.coffee(), (72, 104), Monitor(events.append))
    assert disparity.shape == (72, 104) and disparity.dtype == np.float32
    assert disparity.min() == 0 and disparity.max() == 255
    assert [event.title for event in events] == ["Estimating depth"] * 2


def lower_bound(height, width, side, multiple=14):
    """The size that Depth Anything V2's own `Resize` gives with keep_aspect_ratio and "lower_bound", in its steps."""
    scale = max(side / height, side / width)

    def constrained(value):
        nearest = int(np.round(value / multiple) * multiple)
        return nearest if nearest >= side else int(np.ceil(value / multiple) * multiple)

    return constrained(scale * height), constrained(scale * width)


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_every_photo_is_read_at_the_size_that_its_authors_read_it(height, width):
    size_hw = input_size((height, width))
    assert size_hw == lower_bound(height, width, 518)
    assert min(size_hw) == 518 and all(side % 14 == 0 for side in size_hw)
    longer = 518 * max(height, width) / min(height, width)
    assert abs(max(size_hw) - longer) <= 7.001


@given(st.integers(64, 4096), st.integers(64, 4096), st.sampled_from([512, 518, 70]))
def test_a_side_that_is_no_multiple_is_reached_from_above(height, width, side):
    assert input_size((height, width), side) == lower_bound(height, width, side)


@pytest.mark.parametrize("size_hw", [(40, 60), (64, 64), (70, 300), (300, 200), (1, 3), (900, 260)])
def test_the_network_gets_the_photo_of_the_released_code(toy, size_hw):
    """Bicubic in floating point, without smoothing, red first, normalised; small photos are enlarged."""
    import cv2

    photo = np.random.default_rng(0).integers(0, 256, (*size_hw, 3), dtype=np.uint8)
    height, width = lower_bound(*size_hw, 70)
    theirs = cv2.resize(photo / 255.0, (width, height), interpolation=cv2.INTER_CUBIC)
    theirs = (theirs - toy.processor.image_mean) / toy.processor.image_std
    np.testing.assert_allclose(toy._read(photo), theirs.transpose(2, 0, 1), atol=1e-4)


def test_the_model_sees_red_green_blue(toy):
    """Against the model run by hand on the same photo."""
    import torch

    photo = data.coffee()
    with torch.inference_mode():
        by_hand = toy.model(pixel_values=torch.from_numpy(toy._read(photo))[None]).predicted_depth
        by_hand = torch.nn.functional.interpolate(by_hand[:, None], (72, 104), mode="bilinear")[0, 0].numpy()
    np.testing.assert_allclose(toy.estimate(photo, (72, 104)), stretch(by_hand), atol=0.01)
    swapped = toy.estimate(np.ascontiguousarray(photo[..., ::-1]), (72, 104))
    assert np.abs(swapped - toy.estimate(photo, (72, 104))).max() > 1


@pytest.mark.parametrize("damage", [{"size": {"shortest_edge": 518}}, {"image_mean": [0.5]}])
def test_a_processor_of_another_model_is_refused_by_name(toy_folder, tmp_path, damage):
    folder = copy_of(toy_folder, tmp_path / "depth")
    config = json.loads((folder / "preprocessor_config.json").read_text()) | damage
    (folder / "preprocessor_config.json").write_text(json.dumps(config))
    with pytest.raises(MissingWeightsError, match="depth"):
        load_depth_anything(folder)


def test_a_photo_of_one_colour_gives_finite_disparity(toy):
    assert np.isfinite(toy.estimate(np.full((40, 60, 3), 128, dtype=np.uint8), (40, 56))).all()


@given(arrays(np.float32, (4, 5), elements=st.floats(-1e6, 1e6, width=32)))
def test_stretching_keeps_order_and_range(values):
    result = stretch(values)
    assert result.dtype == np.float32 and result.min() >= 0 and result.max() <= 255
    assert (np.diff(result.ravel()[np.argsort(values.ravel(), kind="stable")]) >= 0).all()


def test_stretching_a_flat_map_is_safe():
    assert not stretch(np.full((3, 3), 7.0, dtype=np.float32)).any()


def test_a_truncated_folder_is_refused_by_name(toy_folder, tmp_path):
    folder = copy_of(toy_folder, tmp_path / "Depth-Anything-V2-Small-hf")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(MissingWeightsError, match=r"Depth-Anything-V2-Small-hf"):
        load_depth_anything(folder)
    with pytest.raises(MissingWeightsError, match=r"model.safetensors is damaged or incomplete"):
        Checkpoints(tmp_path).require("depth-anything-v2-small")


def test_metric_depth_is_refused_because_it_is_not_disparity(toy_folder, tmp_path):
    folder = copy_of(toy_folder, tmp_path / "Depth-Anything-V2-Small-hf")
    config = json.loads((folder / "config.json").read_text()) | {"depth_estimation_type": "metric", "max_depth": 20}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(MissingWeightsError, match="does not describe Depth Anything V2 Small"):
        Checkpoints(tmp_path).require("depth-anything-v2-small")


def test_a_folder_of_other_shapes_is_refused(toy_folder, tmp_path):
    folder = copy_of(toy_folder, tmp_path / "Depth-Anything-V2-Small-hf")
    config = json.loads((folder / "config.json").read_text()) | {"fusion_hidden_size": 16}
    (folder / "config.json").write_text(json.dumps(config))
    for refuses in (load_depth_anything, lambda _: Checkpoints(tmp_path).require("depth-anything-v2-small")):
        with pytest.raises(MissingWeightsError, match="Depth-Anything-V2-Small-hf"):
            refuses(folder)


def test_no_folder_is_refused_by_name(tmp_path):
    with pytest.raises(MissingWeightsError, match="nowhere"):
        load_depth_anything(tmp_path / "nowhere")


@pytest.mark.parametrize("photo", ["astronaut", "coffee", "rocket", "chelsea"])
def test_the_stand_ins_foreground_is_nearer_than_its_upper_edge(photo):
    disparity = GroundPlane().estimate(getattr(data, photo)(), (208, 312))
    assert disparity.shape == (208, 312) and disparity.dtype == np.float32
    assert disparity.min() >= 0 and disparity.max() <= 255
    assert np.median(disparity[-20:]) > 2 * np.median(disparity[:20])


def test_a_thing_on_a_plain_ground_stands_upright_in_front_of_it():
    photo = np.zeros((200, 300, 3), dtype=np.uint8)
    photo[:80], photo[80:] = (150, 180, 230), (110, 90, 60)
    photo[60:150, 130:170] = (220, 30, 30)
    disparity = GroundPlane().estimate(photo, (200, 300))
    thing = disparity[70:140, 137:163]
    assert np.ptp(thing) < 5
    assert thing.mean() == pytest.approx(disparity[140, 40], abs=25)
    assert thing.mean() > disparity[100, 40] + 20 and disparity[20, 40] < 20
    assert (np.diff(disparity[90:, 40]) >= 0).all()


@pytest.mark.parametrize("size_hw", [(1, 1), (2, 3), (8, 200), (200, 8)])
def test_the_stand_in_survives_odd_photos(size_hw):
    disparity = GroundPlane().estimate(np.zeros((*size_hw, 3), dtype=np.uint8), size_hw)
    assert disparity.shape == size_hw and np.isfinite(disparity).all()


@pytest.mark.parametrize(
    "plane", [GroundPlane(), GroundPlane("table"), GroundPlane("flat"), GroundPlane("table", -0.31)]
)
def test_a_ground_plane_is_found_again_by_its_name(plane):
    assert GroundPlane.named(plane.name) == plane
    assert GroundPlane.named("imported map") == GroundPlane.named(plane.name + "; rm") == GroundPlane()


def test_what_a_person_says_of_a_photo_decides_how_its_ground_lies():
    photo = np.zeros((120, 160, 3), np.uint8)
    photo[:] = (110, 90, 60)
    photo[:40] = (150, 180, 230)
    far, usual, table, flat = (
        GroundPlane(lie, horizon).estimate(photo, (120, 160))
        for lie, horizon in (("outdoors", 0.8), ("outdoors", None), ("table", None), ("flat", None))
    )
    assert np.ptp(flat) == 0
    assert (np.diff(table[60:, 80]) >= 0).all() and np.ptp(table[60:, 80]) < np.ptp(usual[60:, 80])
    assert far[90, 80] < usual[90, 80] < table[90, 80]
