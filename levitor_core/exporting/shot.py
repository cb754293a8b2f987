"""A project as a format has it: so many frames at a size, drawn once each, and tracks of points in those pixels."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from jaxtyping import Bool, UInt8, UInt16
from pydantic import Field

from levitor_core import provenance
from levitor_core.anchoring.uncovered import find_uncovered
from levitor_core.document import MAX_FRAMES, Seed
from levitor_core.fields import Between, Part, Text, part
from levitor_core.monitor import Monitor
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.motion.tracks import Tracks, joined, track_points
from levitor_core.renderers.preview.entry import ENTRY, MAX_SIDE
from levitor_core.renderers.preview.framing import output_size
from levitor_core.structures import Animation, Image, Project, RenderedMasks, SizeHW

if TYPE_CHECKING:
    from levitor_core.renderers.preview.separate import Parts

FIRST_FRAME = "first_frame.png"


@part
class ExportSettings(Part):
    """What may be asked of an export; none: as the format usually has it."""

    num_frames: Annotated[int | None, Between(2, MAX_FRAMES)] = Field(
        default=None, title="Frames", description="Frames; none: as many as the format usually has."
    )
    height: Annotated[int | None, Between(16, MAX_SIDE)] = Field(
        default=None, title="Height", description="Height of the pictures in pixels; none: the project's own."
    )
    points: Annotated[int, Between(1, 1024)] = Field(
        default=16, title="Points", description="Points that are tracked on every object."
    )
    seed: Seed = Field(default=0, title="Seed", description="Which points those are.")
    prompt: Annotated[str | None, Text(1000)] = Field(
        default=None, title="Prompt", description="Text for formats that have one."
    )


@dataclass(frozen=True)
class Format:
    """What another tool reads: its usual frames and rate (none: the project's own), and how a folder is filled.

    Its pictures have even sides, or with `photo_size` exactly the photo's. A model whose VAE holds `frames_a_latent`
    frames in every latent after the first is handed whole latents.
    """

    name: str
    title: str
    description: str
    write: "Callable[[Shot, Path], None]"
    num_frames: int | None = None
    fps: float | None = None
    max_frames: int = MAX_FRAMES
    needs_objects: bool = False
    photo_size: bool = False
    frames_a_latent: int = 1

    def whole(self, num_frames: int) -> int:
        """That number of frames, or the next that it reads."""
        made = num_frames + (1 - num_frames) % self.frames_a_latent
        return made if made <= self.max_frames else made - self.frames_a_latent


@dataclass(frozen=True, eq=False)
class Shot:
    """A project in some frames at some size, with points tracked on every object that is not hidden."""

    project: Project
    num_frames: int
    fps: float
    size_hw: SizeHW
    settings: ExportSettings
    monitor: Monitor
    inspect: Callable[[Image], None]

    @classmethod
    def of(
        cls,
        project: Project,
        wanted: Format,
        settings: ExportSettings,
        monitor: Monitor,
        inspect: Callable[[Image], None],
    ) -> "Shot":
        """The project as the format has it, unless another number of frames or height is asked for."""
        own = ENTRY.settings_of(project)  # what is written are Preview's frames
        frames = settings.num_frames or wanted.num_frames or max(2, min(own.num_frames, wanted.max_frames))
        base = project.photo.shape[:2] if wanted.photo_size else project.scene.size_hw
        high, wide = output_size(base, settings.height)[0]
        size_hw = (high, wide) if wanted.photo_size else (high + high % 2, wide + wide % 2)
        return cls(project, wanted.whole(frames), wanted.fps or own.fps, size_hw, settings, monitor, inspect)

    @property
    def about(self) -> str:
        """What its films say of themselves: they are Preview's."""
        return provenance.about("preview", self.project)

    @property
    def prompt(self) -> str:
        """The text for formats that have one, empty unless given."""
        return self.settings.prompt or ""

    @functools.cached_property
    def animation(self) -> Animation:
        """The project's geometry in these frames."""
        return animate(self.project, self.num_frames)

    @functools.cached_property
    def rendered(self) -> RenderedMasks:
        """Ids and disparity, at working size."""
        return render(self.animation)

    @functools.cached_property
    def tracks(self) -> Tracks:
        """Points on every object that is not hidden, object after object, in pixels of the picture."""
        rng, working = np.random.default_rng(self.settings.seed), self.project.scene.size_hw
        labels = [label for label, item in enumerate(self.project.objects, 1) if not item.hidden]
        tracks = [track_points(self.animation, self.rendered, label, self.settings.points, rng) for label in labels]
        return joined(tracks).scaled(working, self.size_hw)

    @functools.cached_property
    def uncovered(self) -> Bool[np.ndarray, "frames H W"]:
        """What Preview had to make up of the still scene."""
        made_up = find_uncovered(self.animation, self.project.clean_plate is not None)
        return np.stack([self.enlarge(frame) for frame in made_up])

    def enlarge(self, mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "H W"]:
        """A mask at working size at the picture's."""
        import cv2

        return cv2.resize(mask.astype(np.float32), self.size_hw[::-1], interpolation=cv2.INTER_LINEAR) > 0.5

    @property
    def first_frame(self) -> Image:
        """The photo at the picture's size."""
        import cv2

        photo = self.project.photo
        if photo.shape[:2] == self.size_hw:
            return photo
        return cv2.resize(photo, self.size_hw[::-1], interpolation=cv2.INTER_AREA)

    def parts(self) -> "Iterator[Parts]":
        """Every frame in parts, drawn as it is asked for."""
        from levitor_core.renderers.preview.separate import draw_parts

        for frame in draw_parts(self.project, self.animation, self.size_hw, range(self.num_frames), self.monitor):
            self.inspect(frame.composed)
            yield frame


def white(mask: Bool[np.ndarray, "h w"]) -> Image:
    """A mask as a picture: white where it is true, else black."""
    return np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * 255


def write_png(picture: UInt8[np.ndarray, "h w *channels"] | UInt16[np.ndarray, "h w"], path: Path) -> None:
    """Grey, RGB or RGBA in 8 bits, or grey in 16."""
    import cv2

    turned = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}.get(picture.shape[-1] if picture.ndim == 3 else 0)
    stored = picture if turned is None else cv2.cvtColor(picture, turned)
    _, data = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    path.write_bytes(data.tobytes())


def write_text(text: str, path: Path) -> None:
    """A file of text in UTF-8."""
    path.write_text(text, encoding="utf-8")
