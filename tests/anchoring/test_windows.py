"""Laws of windows: what they cover, how they go on from each other, and what of the sampling they leave alone."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core.anchoring.anchor import Anchor
from levitor_core.anchoring.windows import AtOnce, Window, go_through, seams
from levitor_core.renderers import entries
from tests.anchoring.test_anchoring import FRAMES, anchor_of, run


@st.composite
def plans(draw):
    group = draw(st.sampled_from([1, 2, 4, 8]))
    longest = draw(st.integers(2, 12)) * group + 1
    return AtOnce(longest, draw(st.integers(1, longest - group)), group)


@settings(max_examples=30)
@given(at_once=plans(), num_frames=st.integers(1, 200))
def test_windows_cover_every_frame_and_share_enough_of_them(at_once, num_frames):
    windows, group = at_once.windows(num_frames), at_once.frames_a_latent
    assert (windows[0].start, windows[0].given) == (0, 0) and 0 <= windows[-1].stop - num_frames < group
    assert len({window.num_frames for window in windows}) == 1 and windows[0].num_frames <= at_once.longest
    for before, window in pairwise(windows):
        assert window.start + window.given == before.stop and at_once.shared <= window.given < window.num_frames
        assert window.start % group == 0 and (window.num_frames - 1) % group == 0
    assert (len(windows) == 1) == (num_frames <= at_once.longest)
    made = [frame for window in windows for frame in window.within(num_frames)[window.given :].tolist()]
    assert sorted(set(made)) == list(range(num_frames)) and made[:num_frames] == list(range(num_frames))


@settings(max_examples=30)
@given(at_once=plans(), num_frames=st.integers(1, 200))
def test_no_fewer_windows_would_do(at_once, num_frames):
    count, group = len(at_once.windows(num_frames)), at_once.frames_a_latent
    added = at_once.longest - 1 - -(-(at_once.shared - 1) // group) * group
    assert count == 1 or at_once.longest + (count - 2) * added < num_frames


@settings(max_examples=30)
@given(at_once=plans(), num_frames=st.integers(1, 100))
def test_whole_videos_are_made_of_windows_that_see_the_last_frames_before_them(at_once, num_frames):
    windows = at_once.windows(num_frames)

    def make(number, before):
        window = windows[number]
        assert (before is None) == (number == 0)
        if before is not None:
            assert before[0, :, 0, 0, 0].tolist() == list(range(window.start, window.start + window.given))
        yield number
        frames = np.arange(window.start, window.stop, dtype=np.uint8)
        return np.broadcast_to(frames[None, :, None, None, None], (2, len(frames), 2, 2, 3))

    told = []
    making = go_through(windows, make)
    try:
        while True:
            told.append(next(making))
    except StopIteration as done:
        video = done.value
    assert told == list(range(len(windows)))
    assert video[1, :, 0, 0, 0].tolist() == list(range(windows[-1].stop))
    assert all(0 < seam < windows[-1].stop for seam in seams(windows)) and len(seams(windows)) == len(windows) - 1


def test_frames_that_two_windows_made_fade_from_one_to_the_other_and_the_rest_stays():
    windows = AtOnce(6, 3).windows(9)

    def make(number, before):
        yield number
        return np.full((1, 6, 2, 2, 3), 100 * number, np.uint8)

    making = go_through(windows, make)
    assert [next(making), next(making)] == [0, 1]
    with pytest.raises(StopIteration) as done:
        next(making)
    assert done.value.value[0, :, 0, 0, 0].tolist() == [0, 0, 0, 25, 50, 75, 100, 100, 100]


def test_every_renderers_windows_are_of_use():
    for entry in entries():
        (first, *_) = entry.at_once.windows(entry.max_frames)
        assert first.num_frames <= entry.at_once.longest
        assert entry.windows(entry.settings(num_frames=1)) == (Window(0, 1),)


def test_what_a_window_goes_on_from_is_kept_to_the_bit_and_the_rest_is_free():
    before = torch.randn(1, 2, 4, 6, 8, generator=torch.Generator().manual_seed(5))
    noising = anchor_of(np.zeros((1, FRAMES, 6, 8))).noising
    free = Anchor.free(torch.empty(1, FRAMES, 4, 6, 8), noising)
    assert torch.equal(run(free), run(None))
    made = run(free.go_on_from(before))
    assert torch.equal(made[:, :2], before)
    assert torch.equal(made[:, 2:], run(None)[:, 2:])  # this denoiser looks at no other frame


def test_where_preview_is_held_to_the_end_it_is_so_across_seams():
    whole = anchor_of(np.ones((1, FRAMES, 6, 8)))
    assert torch.equal(run(whole.go_on_from(torch.zeros(1, 2, 4, 6, 8))), whole.reference)
