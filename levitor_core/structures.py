"""The values that stages pass to each other.

All but one are frozen. Those that hold arrays use `eq=False` (array comparison has no truth value, and Gradio
hashes state); treat their arrays as read-only. Points are (x, y) in pixels of the working image, integer
coordinates are pixel centres; sizes are (h, w). Disparity is 0..255, larger is nearer; depth z is
1 / (max(disparity, 1) + softness), larger is farther; nearness is disparity / 255, above 1 before the photo's front.
"""

import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int32, UInt8

from levitor_core.document import (  # noqa: F401  what a document holds are values that stages pass on, too
    DEFAULT_SOFTNESS,
    CameraKey,
    CameraMove,
    Document,
    Easing,
    GenerationSettings,
    Mask,
    OrderOverride,
    PointXY,
    SceneObject,
    Scenery,
    Timing,
    Waypoint,
)
from levitor_core.fields import Between, Part, array_part, misfit, part

SizeHW = tuple[int, int]
BoxXYXY = tuple[float, float, float, float]
Image = UInt8[np.ndarray, "h w 3"]
AnyImage = UInt8[np.ndarray, "_ _ 3"]  # of another size than what stands beside it
DisparityMap = Float32[np.ndarray, "h w"]
LabelMap = Int32[np.ndarray, "h w"]
Given = object  # what somebody gave: anything, until it is checked

MAX_LABEL = 255
MAX_PHOTO_PIXELS = 100_000_000  # of an opened photo

_Whole = Annotated[int, Between(1, MAX_PHOTO_PIXELS)]
_Edge = Annotated[float, Between(0, MAX_PHOTO_PIXELS)]


@dataclass(frozen=True)
class PointPrompt:
    """One click for the segmenter: inside the object, or outside it."""

    x: float
    y: float
    inside: bool = True


@dataclass(frozen=True, eq=False)
class MaskCandidates:
    """A segmenter's answer to a prompt: candidate masks, best score first."""

    masks: Bool[np.ndarray, "n h w"]
    scores: Float32[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class ImageEmbedding:
    """A segmenter's encoding of one photo, computed once; only the segmenter that made it can read `data`."""

    segmenter: str
    data: Any


IMPORTED = "imported map"  # the source of depth or masks that a person gave


@dataclass(frozen=True, eq=False)
class Scene:
    """What the models read from the photo, at working size, each computed once.

    `partition` holds the automatic masks as one label map (0: no instance); `depth_source` and
    `segmentation_source` name the model behind them, which is a guess where it is a stand-in.
    """

    image: Image
    disparity: DisparityMap
    partition: LabelMap
    depth_source: str
    segmentation_source: str
    depth_is_stand_in: bool = False
    segmentation_is_stand_in: bool = False

    @property
    def has_given_masks(self) -> bool:
        """Whether a person gave the automatic masks, which are then theirs and not the photo's."""
        return self.segmentation_source == IMPORTED

    @property
    def size_hw(self) -> SizeHW:
        """Working size."""
        return self.image.shape[0], self.image.shape[1]


@part
class PhotoBox(Part):
    """The part of an opened photo, (h, w) `source_hw` as it was read, that a project keeps: its pixels inside `box`
    (x0, y0, x1, y1), counted from the photo's edges."""

    source_hw: tuple[_Whole, _Whole]
    box: tuple[_Edge, _Edge, _Edge, _Edge]

    def __post_init__(self) -> None:
        (h, w), (x0, y0, x1, y1) = self.source_hw, self.box
        if not (x0 < x1 <= w and y0 < y1 <= h):
            raise misfit("photo_box.box", "inside the photo")


@dataclass(eq=False)
class OpenedFile:
    """The file that a project was opened from, and the digest of what it held then or since it was saved there.

    The one value here that changes: every edit of the opened project shares it, so that none takes its own saved work
    for someone else's.
    """

    path: Path
    digest: bytes


@array_part
class Project(Document):
    """One person's work, what is saved, opened and rendered: the document and the pictures that it stands on.

    `photo` has the working image's aspect ratio and up to 2048 px on its long side; `clean_plate`, when given,
    is the same view without the objects, at the photo's size. `photo_box` says what part of the opened photo that is,
    None where it is not known; `opened` tells `project_file.save` whether someone else has changed the file meanwhile.
    """

    photo: Image = field(kw_only=True)
    scene: Scene = field(kw_only=True)
    clean_plate: Image | None = field(default=None, kw_only=True)
    photo_box: PhotoBox | None = field(default=None, kw_only=True)
    opened: OpenedFile | None = field(default=None, kw_only=True)

    @functools.cached_property
    def photo_id(self) -> str:
        """Names the photo at this working size, whatever its depth and whatever was done on it; computed once."""
        sizes = repr((self.photo.shape, self.scene.size_hw)).encode()
        return hashlib.sha256(sizes + self.photo.tobytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class Trajectory3D:
    """A path resampled to frames: where the anchor point is, how deep, how large and how turned."""

    xy: Float[np.ndarray, "frames 2"]
    z: Float[np.ndarray, " frames"]
    size: Float[np.ndarray, " frames"]
    rotation: Float[np.ndarray, " frames"]  # radians clockwise


@dataclass(frozen=True, eq=False)
class CameraTrack:
    """The camera resampled to frames; `push` in units of z."""

    pan: Float[np.ndarray, "frames 2"]
    zoom: Float[np.ndarray, " frames"]
    push: Float[np.ndarray, " frames"]

    @property
    def moves(self) -> bool:
        """Whether any frame differs from the photo's own view."""
        return bool(self.pan.any() or self.push.any() or (self.zoom != 1).any())


@dataclass(frozen=True, eq=False)
class FixedOrder:
    """What depth does not decide about an object: still pixels that never hide it, still pixels that always do, and the
    labels of moving objects that it is in front of and behind."""

    never_hidden_by: Mask
    always_hidden_by: Mask
    in_front_of: tuple[int, ...] = ()
    behind: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class ObjectLayer:
    """One moving object, ready to be drawn: depth is tamed inside the mask and continued smoothly outside it.

    `orders` are all that hold in some frame, `order_at` says which of them in each. `pinned` layers ignore the camera.
    `shadow` (0..1) is cast on what they stand on. They fade over `feather` pixels inside their outline.
    """

    label: int
    name: str
    mask: Mask
    z: Float32[np.ndarray, "h w"]
    anchor_xy: PointXY
    anchor_z: float
    trajectory: Trajectory3D
    orders: tuple[FixedOrder, ...]
    order_at: tuple[int, ...]
    pinned: bool = False
    shadow: float = 0.0
    feather: float = 0.0

    def order(self, frame: int) -> FixedOrder:
        """What holds in that frame."""
        return self.orders[self.order_at[frame]]


@dataclass(frozen=True, eq=False)
class Animation:
    """A project with every choice resolved to geometry: what rendering, in ids or in colour, starts from.

    `labels` and `z` are the still scene with moving and hidden objects taken out and their holes (`removed`)
    filled from farther surroundings; `num_objects` picked objects own the labels 1..num_objects.
    """

    labels: LabelMap
    z: Float32[np.ndarray, "h w"]
    removed: Mask
    layers: tuple[ObjectLayer, ...]
    camera: CameraTrack
    softness: float
    num_objects: int

    @property
    def num_frames(self) -> int:
        """Length of the clip."""
        return len(self.camera.zoom)


@dataclass(frozen=True, eq=False)
class RenderedMasks:
    """Every frame's ids and disparity after movement and occlusion; both 0 outside the photo."""

    labels: Int32[np.ndarray, "frames h w"]
    disparity: Float32[np.ndarray, "frames h w"]
    num_objects: int


@dataclass(frozen=True, eq=False)
class ControlPoints:
    """Cluster centres in drawing order, one row each: frame, row, column, id, disparity (0..255)."""

    rows: Int[np.ndarray, "n 5"]
    num_frames: int
    size_hw: SizeHW

    def of_frames(self, frames: Sequence[int]) -> "ControlPoints":
        """The points of some frames, which become frames 0, 1, ..."""
        rows = [self.rows[self.rows[:, 0] == frame] for frame in frames]
        renumbered = [np.column_stack([np.full(len(part), new), part[:, 1:]]) for new, part in enumerate(rows)]
        return ControlPoints(np.concatenate([self.rows[:0], *renumbered]), len(frames), self.size_hw)

    def scale_to(self, size_hw: SizeHW) -> "ControlPoints":
        """The same points on a picture of another size, each at the pixel that its centre falls into."""
        rows = self.rows.copy()
        scale = np.divide(size_hw, self.size_hw)
        rows[:, 1:3] = np.floor((rows[:, 1:3] + 0.5) * scale).astype(rows.dtype)
        return ControlPoints(rows, self.num_frames, size_hw)


@dataclass(frozen=True, eq=False)
class ControlSignal:
    """The ControlNet's input: heat map, id and disparity, raw values 0..255 (paper section 3.2)."""

    values: Float32[np.ndarray, "frames 3 h w"]


@dataclass(frozen=True, eq=False)
class Clip:
    """A rendered video: `frames` may be a generator that renders as it is read, once."""

    frames: Iterable[Image]
    num_frames: int
    fps: float
    size_hw: SizeHW
    seed: int
    renderer: str
    notes: tuple[str, ...] = ()
