"""What the LeviTor model, and the toy of its kind, are called and read.

Defaults are the values that the released demo computes with (ant-research/LeviTor@2564ff9), though it hides or ignores
most of them: 16 frames, 6 a second, 25 steps, guidance 1 to 3, motion bucket 100, noise 0.02, seed 217. What differs
is `time_context`; docs/levitor-renderer.md says why.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from levitor_core.anchoring.clocks import BACKGROUND_HOLD
from levitor_core.anchoring.windows import AtOnce
from levitor_core.control.steering import Paths, Points, Told
from levitor_core.document import RendererSettings
from levitor_core.fields import Between, Widget, part
from levitor_core.renderers import RendererEntry, Terms
from levitor_core.renderers.levitor.folder import CONTROLNET, VIDEO_MODEL
from levitor_core.renderers.shared_settings import Anchor, BackgroundHold, Memory, Steps
from levitor_core.structures import SizeHW
from levitor_core.whole_files import is_folder

if TYPE_CHECKING:
    from levitor_core.checkpoints import Checkpoints
    from levitor_core.renderers.levitor.renderer import LeviTorRenderer

SHIPPED_TOY = Path(__file__).resolve().parents[3] / "checkpoints" / "toy"  # with this code, whatever folder is named
UNetChoice = Literal["base", "levitor"]
TimeContext = Literal["separate", "mixed"]
Speed = Literal["full", "fast", "plain"]
_UNETS = (("The video model's own", "base"), ("LeviTor/unet", "levitor"))
_POINTS = (("Many", "many"), ("One", "one"))
_PATHS = (("With depth", "3d"), ("On the screen only", "2d"))
_CONTEXTS = (("Separate", "separate"), ("Mixed, as published", "mixed"))
AT_ONCE = AtOnce(25, shared=5)  # as many as Stable Video Diffusion XT was trained on
TIME_TO_MOVE = 0.42  # its authors' release of moved things, step 21 of 50; nobody has run it here with real weights
_SPEEDS = (("Full quality", "full"), ("Fast, less exact", "fast"), ("Full, by plain code", "plain"))
FAST_SHARE = 0.32  # of the steps: 8 of 25


@part
class SvdSettings(RendererSettings):
    """The settings of Stable Video Diffusion, held to Preview."""

    anchor: Anchor = TIME_TO_MOVE
    hold_background: BackgroundHold = BACKGROUND_HOLD
    num_inference_steps: Steps = 25
    motion_bucket_id: Annotated[int, Between(1, 255), Widget("slider")] = Field(
        default=100, title="Motion amount", description="How lively the whole picture is."
    )
    min_guidance_scale: Annotated[float, Between(1, 10), Widget("slider", 0.1)] = Field(
        default=1.0, title="Guidance, first frame", description="Guidance of the first frame."
    )
    max_guidance_scale: Annotated[float, Between(1, 10), Widget("slider", 0.1)] = Field(
        default=3.0, title="Guidance, last frame", description="Higher is sharper and stiffer."
    )
    noise_aug_strength: Annotated[float, Between(0, 1), Widget("slider", 0.01)] = Field(
        default=0.02, title="Noise added to the photo", description="More departs from it."
    )
    memory: Memory = "auto"
    speed: Annotated[Speed, Widget("choice", labels=_SPEEDS)] = Field(
        default="full", title="Speed", description="Fast takes a third of the steps, and departs a little."
    )

    @property
    def steps_taken(self) -> int:
        """How many steps are computed."""
        return (
            max(1, round(FAST_SHARE * self.num_inference_steps)) if self.speed == "fast" else self.num_inference_steps
        )


@part
class LeviTorSettings(SvdSettings):
    """The settings of a model in LeviTor's layout."""

    anchor: Anchor = 0.0
    rigidity: Annotated[float, Between(0.1, 8), Widget("slider", 0.1)] = Field(
        default=1.0, title="Rigidity", description="Control points: few move freely, many keep the shape."
    )
    control_scale: Annotated[float, Between(0, 10), Widget("slider", 0.05)] = Field(
        default=1.0, title="Control strength", description="How closely the paths are followed."
    )
    points: Annotated[Points, Widget("choice", labels=_POINTS)] = Field(
        default="many",
        title="Points of a thing",
        description="One, as DragAnything takes, or as rigidity says.",
    )
    paths: Annotated[Paths, Widget("choice", labels=_PATHS)] = Field(
        default="3d", title="Paths", description="2d leaves their depth out, as for DragNUWA."
    )
    unet: Annotated[UNetChoice, Widget("choice", labels=_UNETS)] = Field(
        default="base", title="UNet", description="The video model's own, as in the demo, or LeviTor/unet."
    )
    time_context: Annotated[TimeContext, Widget("choice", labels=_CONTEXTS)] = Field(
        default="separate",
        title="Guidance halves' context",
        description="Mixed: as in published videos, by a fault mended since.",
    )

    @property
    def told(self) -> Told:
        """What the model is told of the motion."""
        return Told(self.rigidity, self.points, self.paths)


@part
class ToySettings(LeviTorSettings):
    """The toy model's, with the hold that measured best (docs/anchoring.md): its backgrounds stand still."""

    anchor: Anchor = 0.85
    hold_background: BackgroundHold = 2.0


def _make(checkpoints: "Checkpoints", device: str) -> "LeviTorRenderer":
    from levitor_core.renderers.levitor.renderer import LeviTorRenderer

    return LeviTorRenderer(checkpoints, device)


def _make_svd(checkpoints: "Checkpoints", device: str) -> "LeviTorRenderer":
    from levitor_core.renderers.levitor.renderer import SVD, LeviTorRenderer

    return LeviTorRenderer(checkpoints, device, SVD)


def _make_toy(checkpoints: "Checkpoints", device: str) -> "LeviTorRenderer":
    from levitor_core.renderers.levitor.folder import CheckpointFolder
    from levitor_core.renderers.levitor.renderer import TOY, LeviTorRenderer

    own = checkpoints.folder / "toy"
    return LeviTorRenderer(CheckpointFolder(own if is_folder(own) else SHIPPED_TOY), device, TOY)


def _work(settings: SvdSettings, size_hw: SizeHW) -> float:
    """Pixels denoised in every step, twice where guidance needs both halves."""
    halves = 1 if settings.min_guidance_scale == settings.max_guidance_scale == 1 else 2
    pixels = settings.num_frames * size_hw[0] * size_hw[1] * settings.num_variants
    return pixels * settings.steps_taken * halves


def gpu_seconds(settings: SvdSettings, size_hw: SizeHW, frames: int) -> int:
    """Seconds of GPU time to promise: twice what an H100 takes, with 15 s for moving the networks onto it."""
    pixels = frames * size_hw[0] * size_hw[1] * settings.num_variants
    return 15 + round(0.5 * settings.steps_taken * pixels / (16 * 288 * 512))


LEVITOR_ENTRY = RendererEntry(
    "levitor",
    "LeviTor",
    10,
    LeviTorSettings,
    _work,
    _make,
    steered=True,
    at_once=AT_ONCE,
    weights=(VIDEO_MODEL, CONTROLNET),
    gpu_seconds=gpu_seconds,
)
SVD_ENTRY = RendererEntry(
    "svd",
    "Stable Video Diffusion, held to Preview",
    20,
    SvdSettings,
    _work,
    _make_svd,
    automatic=False,
    at_once=AT_ONCE,
    weights=(VIDEO_MODEL,),
    gpu_seconds=gpu_seconds,
)
TOY_ENTRY = RendererEntry(
    "toy",
    "toy model (64 px, for testing)",
    90,
    ToySettings,
    _work,
    _make_toy,
    automatic=False,
    steered=True,
    at_once=AtOnce(8, shared=2),
    terms=Terms("Apache-2.0", free_commercially=True),
)
ENTRIES = (LEVITOR_ENTRY, SVD_ENTRY, TOY_ENTRY)
