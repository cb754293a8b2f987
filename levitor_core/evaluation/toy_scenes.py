"""Held-out synthetic scenes for the toy model, with everything known that its measures compare with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
from jaxtyping import Bool

from levitor_core.adherence.by_colour import OPAQUE, MaskVideo, RgbaVideo, Video
from levitor_core.datasets.clips import Ablation, control_of
from levitor_core.datasets.synthetic import SyntheticClip, make_clip
from levitor_core.evaluation.sampling import Requests
from levitor_core.structures import AnyImage, SizeHW

Kind = Literal["lone", "crossing"]
KINDS: tuple[Kind, ...] = ("lone", "crossing")
_STREAM = {"lone": 0, "crossing": 1}


@dataclass(frozen=True, eq=False)
class ToyScene(SyntheticClip):
    """One scene: the true video, and for each of its n objects its look, its path and its visible pixels."""

    @property
    def truth(self) -> Video:
        """The true video."""
        return self.clip.frames

    def visible(self, index: int) -> MaskVideo:
        """Where object `index` is seen in each frame."""
        return self.clip.rendered.labels == index + 1

    def in_view(self, index: int) -> Bool[np.ndarray, " frames"]:
        """The frames in which the centre lies in the picture and at least half of what lies there is not hidden."""
        whole, seen = ((mask.sum(axis=(1, 2))) for mask in (self.rgba[index, ..., 3] >= OPAQUE, self.visible(index)))
        center, (height, width) = self.centroid_xy[index], self.background.shape[:2]
        inside = (center >= 0).all(axis=1) & (center <= (width - 1, height - 1)).all(axis=1)
        return inside & (whole > 0) & (2 * seen >= whole)

    def nearest_first(self) -> tuple[RgbaVideo, RgbaVideo]:
        """The first two objects, the nearer one first."""
        nearness = self.disparity[:2].mean(axis=1)
        near = int(nearness.argmax())
        return self.rgba[near], self.rgba[1 - near]

    def swap_disparities(self) -> Self:
        """The first two objects' disparities exchanged, frame by frame, for the control; what is seen, and so every
        point and id, stays."""
        rendered = self.clip.rendered
        disparity = rendered.disparity.copy()
        for index in range(2):
            frames, rows, columns = np.nonzero(self.visible(index))
            disparity[frames, rows, columns] = self.disparity[1 - index][frames]
        clip = replace(self.clip, rendered=replace(rendered, disparity=disparity))
        return replace(self, clip=clip)


def make_scenes(
    kind: Kind, count: int, seed: int, pictures: Sequence[AnyImage], size_hw: SizeHW, num_frames: int
) -> Iterator[ToyScene]:
    """`count` scenes; scene i of a seed is the same whatever `count` is and whichever model is measured."""
    for index in range(count):
        rng = np.random.default_rng([seed, _STREAM[kind], index])
        crossing = kind == "crossing"
        occluders = None if crossing else 0
        made = make_clip(rng, pictures, size_hw, num_frames, 2 if crossing else 1, crossing, occluders)
        yield ToyScene(**vars(made))


def make_requests(scenes: Sequence[ToyScene], seed: int, patch_side: int, ablation: Ablation) -> Requests:
    """What the model is asked for: each scene's first frame and control, and noise of the scene's own seed."""
    controls = [control_of(scene.clip.rendered, patch_side, ablation).values for scene in scenes]
    images = np.stack([scene.truth[0] for scene in scenes])
    return Requests(images, np.stack(controls), range(seed, seed + len(scenes)))
