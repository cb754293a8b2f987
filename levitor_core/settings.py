"""Every generation setting: its default, its range and one line of help, shared by page, command line and API.

Defaults are the values that the released demo computes with (ant-research/LeviTor@2564ff9), though it hides or ignores
most of them: 16 frames, 6 a second, 25 steps, guidance 1 to 3, motion bucket 100, noise 0.02, seed 217. What differs
is `time_context`; docs/levitor-renderer.md says why.
"""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self, get_args

from levitor_core.errors import InputError, echo
from levitor_core.limits import is_number

RendererName = Literal["auto", "preview", "levitor", "toy"]
MemoryMode = Literal["auto", "full", "balanced", "lean"]
UNetChoice = Literal["base", "levitor"]
TimeContext = Literal["separate", "mixed"]

CHOICES: dict[str, tuple[str, Any]] = {
    "renderer": ("renderer", RendererName),
    "memory": ("memory mode", MemoryMode),
    "unet": ("UNet", UNetChoice),
    "time_context": ("time context", TimeContext),
}
MAX_EXPORT_SIDE = 1920


def _setting(default: Any, low: float | None = None, high: float | None = None, *, help: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "help": help})


@dataclass(frozen=True)
class GenerationSettings:
    """How a project is turned into a video. Raises InputError, naming the field, when a value is out of range."""

    renderer: RendererName = _setting("auto", help="Which renderer; auto takes the best one that can run here.")
    seed: int = _setting(217, 0, 2**32 - 1, help="Same seed, same video.")
    num_variants: int = _setting(1, 1, 4, help="How many videos, with consecutive seeds.")
    num_frames: int = _setting(16, 1, 1200, help="Frames in the clip; the LeviTor model makes at most 25.")
    fps: float = _setting(6.0, 1, 60, help="Frames a second.")
    height: int | None = _setting(None, 64, MAX_EXPORT_SIDE, help="Preview's height in pixels; empty: working size.")
    num_inference_steps: int = _setting(25, 1, 100, help="Denoising steps; more is slower and cleaner.")
    min_guidance_scale: float = _setting(1.0, 1, 10, help="Guidance of the first frame.")
    max_guidance_scale: float = _setting(3.0, 1, 10, help="Guidance of the last frame; higher is sharper and stiffer.")
    motion_bucket_id: int = _setting(100, 1, 255, help="Motion amount: how lively the whole picture is.")
    noise_aug_strength: float = _setting(0.02, 0, 1, help="Noise on the photo; more departs from it.")
    control_scale: float = _setting(1.0, 0, 10, help="Control strength: how closely the paths are followed.")
    rigidity: float = _setting(1.0, 0.1, 8, help="Control points: few move freely, many keep the shape.")
    memory: MemoryMode = _setting("auto", help="How much GPU memory may be held; auto looks at what is free.")
    unet: UNetChoice = _setting("base", help="Whose UNet: the video model's own, as in the demo, or LeviTor/unet.")
    time_context: TimeContext = _setting("separate", help="mixed: as in published videos, by a fault mended since.")

    def __post_init__(self) -> None:
        for item in fields(self):
            object.__setattr__(self, item.name, _checked(item, getattr(self, item.name)))
        for name, (what, choices) in CHOICES.items():
            _check_choice(what, getattr(self, name), get_args(choices))

    def updated(self, **changes: Any) -> Self:
        """A copy with every change that is not None."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})

    def to_json(self) -> dict[str, Any]:
        """Plain values for the project file."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read plain values, ignoring names this version does not know."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def _checked(item: Any, value: Any) -> Any:
    """The value as a number of Python's; words are checked by name."""
    low, high = item.metadata["low"], item.metadata["high"]
    if low is None or high is None or (value is None and item.default is None):
        return value
    plain = (float if item.type is float else int)(value) if is_number(value, low, high) else None
    if plain is None or plain != value:
        wanted = f"a {'' if item.type is float else 'whole '}number from {low:g} to {high:.10g}"
        raise InputError(f"{item.name.replace('_', ' ')} must be {wanted}, not {echo(value)}.")
    return plain


def _check_choice(what: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        known = " or ".join([", ".join(choices[:-1]), choices[-1]])
        raise InputError(f"The {what} {echo(value)} is unknown; use {known}.")
