"""PURE. A long clip as windows of what a video model makes at once, each going on from the last frames before it."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from jaxtyping import Int, UInt8

Videos = UInt8[np.ndarray, "b frames h w 3"]
Event = TypeVar("Event")


@dataclass(frozen=True)
class Window:
    """Frames `start` to `stop` of a clip, whole latents of a model's VAE: the last may go on beyond the clip. The first
    `given` of them are the last of the window before."""

    start: int
    stop: int
    given: int = 0

    @property
    def num_frames(self) -> int:
        """How many are made at once."""
        return self.stop - self.start

    def within(self, num_frames: int) -> Int[np.ndarray, " frames"]:
        """Its frames in a clip of that many, whose last frame lasts."""
        return np.minimum(np.arange(self.start, self.stop), num_frames - 1)


@dataclass(frozen=True)
class AtOnce:
    """What a video model makes at once: at most `longest` frames, of which at least `shared` were made before. Its VAE
    holds `frames_a_latent` frames in every latent after the first."""

    longest: int
    shared: int = 1
    frames_a_latent: int = 1

    def windows(self, num_frames: int) -> tuple[Window, ...]:
        """As few windows as do, all of one length, evenly spread; each begins with a frame that ends a latent."""
        group = self.frames_a_latent  # everything below counts latents after the first
        total, most, shared = -(-(num_frames - 1) // group), (self.longest - 1) // group, -(-(self.shared - 1) // group)
        count = 1 if total <= most else -(-(total - shared) // (most - shared))
        length = -(-(total + (count - 1) * shared) // count)
        starts = [number * (total - length) // max(1, count - 1) for number in range(count)]
        givens = [0, *(1 + group * (before + length - start) for before, start in pairwise(starts))]
        return tuple(
            Window(group * start, group * (start + length) + 1, given)
            for start, given in zip(starts, givens, strict=True)
        )


def seams(windows: Sequence[Window]) -> tuple[int, ...]:
    """The first frame of each window that none made before."""
    return tuple(window.start + window.given for window in windows[1:])


def go_through(
    windows: Sequence[Window], make: Callable[[int, Videos | None], Generator[Event, None, Videos]]
) -> Generator[Event, None, Videos]:
    """Whole videos of one number of frames: `make` is handed a window's number and the frames that it goes on from,
    none at the first, and returns all of its frames. Frames that two windows made fade from one to the other."""
    whole = made = yield from make(0, None)
    for number, window in enumerate(windows[1:], 1):
        made = yield from make(number, made[:, -window.given :])
        first, twice, rest = whole[:, : window.start], whole[:, window.start :], made[:, window.given :]
        whole = np.concatenate([first, _fade(twice, made[:, : window.given]), rest], axis=1)
    return whole


def _fade(first: Videos, second: Videos) -> Videos:
    """What an encoder and a decoder cost comes once more in every window: faded, it is no jump."""
    shares = np.linspace(0, 1, first.shape[1] + 2, dtype=np.float32)[1:-1, None, None, None]
    return np.rint(first + shares * (second.astype(np.float32) - first)).astype(np.uint8)
