"""What Preview is called and reads."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from levitor_core.document import RendererSettings
from levitor_core.fields import Between, Widget, part
from levitor_core.renderers import RendererEntry
from levitor_core.structures import SizeHW

if TYPE_CHECKING:
    from levitor_core.checkpoints import Checkpoints
    from levitor_core.renderers.preview.renderer import PreviewRenderer

MAX_SIDE = 1920


@part
class PreviewSettings(RendererSettings):
    """Preview's own settings."""

    height: Annotated[int | None, Between(64, MAX_SIDE), Widget("number")] = Field(
        default=None, title="Height", description="Preview's height in pixels; empty: working size."
    )


def _make(checkpoints: "Checkpoints", device: str) -> "PreviewRenderer":
    from levitor_core.renderers.preview.renderer import PreviewRenderer

    return PreviewRenderer()


def _work(settings: PreviewSettings, size_hw: SizeHW) -> float:
    """Pixels drawn."""
    height, width = size_hw
    return settings.num_frames * height * width * ((settings.height or height) / height) ** 2


ENTRY = RendererEntry("preview", "Preview", 50, PreviewSettings, _work, _make, max_variants=1)
ENTRIES = (ENTRY,)
