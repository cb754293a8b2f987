"""Laws of ids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from levitor_core.errors import InputError
from levitor_core.motion.masks import MIN_AREA, merge
from tests.scenes import SIZE_HW, disc, moving

NOTHING = np.zeros(SIZE_HW, np.int32)
BALL, LEFT = disc((40, 30), 9), np.indices(SIZE_HW)[1] < 40


@given(arrays(np.int32, (6, 8), elements=st.integers(0, 5)))
def test_still_instances_keep_their_pixels_and_their_order(coarse):
    partition = np.kron(coarse, np.ones((12, 12), np.int32)).astype(np.int32)
    mask = disc((40, 30), 10)
    labels = merge([moving("it", mask, (40, 30))], partition)
    assert np.array_equal(labels == 1, mask)
    still = ~mask
    assert ((labels[still] == 0) == (partition[still] == 0)).all()
    pairs = sorted({(int(p), int(n)) for p, n in zip(partition[still], labels[still], strict=True) if p})
    assert [n for _, n in pairs] == list(range(2, 2 + len(pairs)))


def test_the_smaller_of_two_overlapping_objects_wins():
    whole, part = disc((40, 30), 20), disc((40, 30), 6)
    for order in ((whole, part), (part, whole)):
        labels = merge([moving(str(i), mask, (0, 0)) for i, mask in enumerate(order)], NOTHING)
        assert labels[30, 40] == (2 if order[1] is part else 1)


def test_specks_are_dropped_and_at_most_255_ids_remain():
    partition = np.arange(SIZE_HW[0] * SIZE_HW[1], dtype=np.int32).reshape(SIZE_HW) // 8 + 1
    labels = merge([moving("it", disc((40, 30), 10), (0, 0))], partition)
    assert labels.max() == 255 and len(np.unique(labels)) == 256
    partition = np.ones(SIZE_HW, np.int32)
    partition[0, : int(MIN_AREA * partition.size)] = 2
    assert set(np.unique(merge([], partition))) == {0, 1}


@pytest.mark.parametrize(
    "masks, message",
    [
        ([BALL, BALL], "b and a are the same pixels|a and b are the same pixels"),
        ([BALL, BALL & LEFT, BALL & ~LEFT], "a is covered"),
        ([np.zeros(SIZE_HW, bool)], "a has no pixels"),
    ],
)
def test_objects_that_cannot_be_seen_are_refused_by_name(masks, message):
    with pytest.raises(InputError, match=message):
        merge([moving(name, mask, (0, 0)) for name, mask in zip("abc", masks, strict=False)], NOTHING)
