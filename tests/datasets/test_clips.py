"""The control signal of a true clip: inference's own code, and what each ablation takes out of it."""

import numpy as np
import pytest

from levitor_core.control.control_points import sample
from levitor_core.control.control_signal import splat
from levitor_core.datasets.clips import Ablation, control_of
from levitor_core.structures import RenderedMasks
from tests.scenes import disc


@pytest.fixture
def rendered():
    """A wall, and a disc that moves to the right over it and comes nearer."""
    labels, disparity = np.full((4, 64, 64), 2, np.int32), np.full((4, 64, 64), 40, np.float32)
    for frame in range(4):
        mask = disc((14 + 10 * frame, 30), 9, (64, 64))
        labels[frame][mask], disparity[frame][mask] = 1, 100 + 40 * frame
    return RenderedMasks(labels, disparity, 0)


def test_it_is_the_control_of_inference(rendered):
    for side in (6, 20):
        np.testing.assert_array_equal(control_of(rendered, side).values, splat(sample(rendered), side).values)


def test_a_single_point_is_the_middle_of_its_mask(rendered):
    points = sample(rendered, 0.0).rows
    signal = splat(sample(rendered, 0.0), 6).values
    np.testing.assert_array_equal(control_of(rendered, 6, Ablation(single_point=True)).values, signal)
    for frame in range(4):
        here = points[(points[:, 0] == frame) & (points[:, 3] == 1)]
        assert len(here) == 1
        assert np.abs(here[0, 1:3] - (30, 14 + 10 * frame)).max() <= 2


@pytest.mark.parametrize(("switch", "channel"), [("without_instance", 1), ("without_depth", 2)])
def test_each_ablation_empties_its_own_channel(rendered, switch, channel):
    whole, without = control_of(rendered, 6).values, control_of(rendered, 6, Ablation(**{switch: True})).values
    kept = [index for index in range(3) if index != channel]
    assert whole[:, channel].any() and not without[:, channel].any()
    np.testing.assert_array_equal(without[:, kept], whole[:, kept])


def test_a_clip_without_masks_has_an_empty_control():
    nothing = RenderedMasks(np.zeros((2, 16, 16), np.int32), np.zeros((2, 16, 16), np.float32), 0)
    assert not control_of(nothing, 6).values.any()
