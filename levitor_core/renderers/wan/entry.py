"""What Wan2.2's image-to-video models are called and read.

The hold is Time-to-Move's of Wan2.2: moved things are held for 7 of 50 steps, the rest for 3; nobody has run it here
with real weights.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from levitor_core.anchoring.windows import AtOnce
from levitor_core.document import Frames, RendererSettings, Speed
from levitor_core.fields import Between, Text, Widget, part
from levitor_core.renderers import RendererEntry
from levitor_core.renderers.shared_settings import Anchor, BackgroundHold, Memory, Steps
from levitor_core.renderers.wan.folder import I2V_A14B, TI2V_5B
from levitor_core.structures import SizeHW

if TYPE_CHECKING:
    from levitor_core.checkpoints import Checkpoints
    from levitor_core.renderers.wan.renderer import WanRenderer

Resolution = Literal["480p", "720p"]
PIXELS: dict[str, int] = {"480p": 480 * 832, "720p": 704 * 1280}
AT_ONCE = AtOnce(121, shared=9, frames_a_latent=4)
TIME_TO_MOVE, BACKGROUND_HOLD = 0.14, 0.4
NEGATIVE = "blurry, low quality, distorted, overexposed, static picture, text, watermark, extra limbs, deformed hands"


def _in_one_line(text: Any) -> Any:
    """What was typed or pasted, whatever parts its words; none where there are none."""
    if not isinstance(text, str):
        return text
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split()) or None


_Words = Annotated[str | None, Text(1000), Widget("text"), BeforeValidator(_in_one_line)]  # the last is done first


@part
class WanSettings(RendererSettings):
    """The settings of Wan2.2 TI2V-5B."""

    num_frames: Frames = 81
    fps: Speed = 24.0
    anchor: Anchor = TIME_TO_MOVE
    hold_background: BackgroundHold = BACKGROUND_HOLD
    prompt: _Words = Field(default=None, title="Prompt", description="What is to be seen; may stay empty.")
    negative_prompt: _Words = Field(default=NEGATIVE, title="Not wanted", description="What is to be kept out.")
    resolution: Annotated[Resolution, Widget("choice", labels=(("480p", "480p"), ("720p", "720p")))] = Field(
        default="480p", title="Resolution", description="About 480 x 832 or 704 x 1280 pixels, in the photo's shape."
    )
    num_inference_steps: Steps = 30
    guidance_scale: Annotated[float, Between(1, 20), Widget("slider", 0.1)] = Field(
        default=5.0, title="Guidance", description="How firmly the prompts are followed; 1 is twice as fast."
    )
    memory: Memory = "auto"


@part
class Wan14Settings(WanSettings):
    """Those of Wan2.2 I2V-A14B."""

    fps: Speed = 16.0
    guidance_scale: Annotated[float, Between(1, 20), Widget("slider", 0.1)] = Field(
        default=3.5, title="Guidance", description="How firmly the prompts are followed; 1 is twice as fast."
    )


def _make(checkpoints: "Checkpoints", device: str) -> "WanRenderer":
    from levitor_core.renderers.wan.renderer import SMALL, WanRenderer

    return WanRenderer(checkpoints.folder, device, SMALL)


def _make_large(checkpoints: "Checkpoints", device: str) -> "WanRenderer":
    from levitor_core.renderers.wan.renderer import LARGE, WanRenderer

    return WanRenderer(checkpoints.folder, device, LARGE)


def _work(settings: WanSettings, size_hw: SizeHW) -> float:
    """Pixels denoised in every step, twice with guidance."""
    halves = 1 if settings.guidance_scale == 1 else 2
    pixels = settings.num_frames * PIXELS[settings.resolution] * settings.num_variants
    return pixels * settings.num_inference_steps * halves


def gpu_seconds(settings: WanSettings, size_hw: SizeHW, frames: int) -> int:
    """Seconds of GPU time to promise: twice what an H100 may take, with a minute for moving the networks onto it."""
    work = _work(settings, size_hw) * frames / settings.num_frames
    return 60 + round(0.5 * work / (81 * PIXELS["480p"]))


WAN_ENTRY = RendererEntry(
    "wan",
    "Wan2.2 5B, held to Preview",
    5,
    WanSettings,
    _work,
    _make,
    at_once=AT_ONCE,
    weights=(TI2V_5B.name,),
    gpu_seconds=gpu_seconds,
)
WAN14_ENTRY = RendererEntry(
    "wan-a14b",
    "Wan2.2 A14B, held to Preview",
    15,
    Wan14Settings,
    _work,
    _make_large,
    automatic=False,
    at_once=AT_ONCE,
    weights=(I2V_A14B.name,),
    gpu_seconds=gpu_seconds,
)
ENTRIES = (WAN_ENTRY, WAN14_ENTRY)
