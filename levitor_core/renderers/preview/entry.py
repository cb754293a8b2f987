"""What Preview is called and reads."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from levitor_core.document import Frames, RendererSettings, Speed
from levitor_core.fields import Between, Widget, part
from levitor_core.renderers import RendererEntry
from levitor_core.structures import SizeHW

if TYPE_CHECKING:
    from levitor_core.checkpoints import Checkpoints
    from levitor_core.renderers.preview.renderer import PreviewRenderer

MAX_SIDE = 1920

Size = Literal["photo", "1080p", "720p", "draft"]
Crop = Literal["none", "9:16", "4:5", "1:1"]
Loop = Literal["once", "closed"]
_SIZES = (("The photo's, up to 1080p", "photo"), ("1080p", "1080p"), ("720p", "720p"), ("Small and quick", "draft"))
_CROPS = (("The whole photo", "none"), ("9:16, upright", "9:16"), ("4:5, upright", "4:5"), ("1:1, square", "1:1"))
_LOOPS = (("Plays once", "once"), ("Closes", "closed"))


@part
class PreviewSettings(RendererSettings):
    """Preview's own settings: two seconds that can be posted as they are."""

    num_frames: Frames = 48
    fps: Speed = 24.0
    size: Annotated[Size, Widget("choice", labels=_SIZES)] = Field(
        default="photo", title="Size", description="How large Preview's video is; p counts the shorter side."
    )
    crop: Annotated[Crop, Widget("choice", labels=_CROPS)] = Field(
        default="none", title="Crop", description="A part of the picture, about what moves."
    )
    loop: Annotated[Loop, Widget("choice", labels=_LOOPS)] = Field(
        default="once",
        title="Loop",
        description="Closed: a motion that ends where it began goes round, any other there and back.",
    )
    motion_blur: Annotated[float, Between(0, 1), Widget("slider", 0.05)] = Field(
        default=0.0,
        title="Motion blur",
        description="How long of each frame the shutter is open; film has 0.5. Seen in the video, not on the stage.",
    )
    height: Annotated[int | None, Between(64, MAX_SIDE)] = Field(
        default=None, title="Height", description="The picture's exact height in pixels, whatever the size."
    )


def _make(checkpoints: "Checkpoints", device: str) -> "PreviewRenderer":
    from levitor_core.renderers.preview.renderer import PreviewRenderer

    return PreviewRenderer()


def _work(settings: PreviewSettings, size_hw: SizeHW) -> float:
    """Pixels drawn, about."""
    short = min(size_hw)
    drawn = {"photo": 1080, "1080p": 1080, "720p": 720, "draft": short}[settings.size]
    factor = settings.height / size_hw[0] if settings.height else drawn / short
    return settings.num_frames * size_hw[0] * size_hw[1] * factor**2 * (1 + 8 * settings.motion_blur)


ENTRY = RendererEntry("preview", "Preview", 50, PreviewSettings, _work, _make, max_variants=1)
ENTRIES = (ENTRY,)
