"""A training run's choices, read from TOML: the one place for defaults; whatever is wrong is one sentence."""

import json
import tomllib
from dataclasses import field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    TypeAdapter,
    ValidationError,
)
from pydantic.dataclasses import dataclass

from levitor_core.control.control_signal import PATCH_SIDE, PATCH_SIDES
from levitor_core.datasets.clips import Ablation
from levitor_core.errors import InputError

Precision = Literal["no", "fp16", "bf16"]
Weights = Literal["fp32", "fp16"]
DataKind = Literal["sa-v", "vos", "synthetic", "pool"]
Share = Annotated[float, Field(ge=0, lt=1)]
Side = Annotated[int, Field(ge=8, multiple_of=8)]
STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, config=STRICT)
class DataConfig:
    """Which clips. `folder` holds the videos (`sa-v`, `vos`) or the shards of a `pool`, `depth` the videos' depth cache
    (empty: FOLDER/depth), `pictures` the photos that synthetic clips are made of (empty: those in the installed
    packages). Of the sampler's numbers, the frames a second and the motion bucket are drawn evenly
    from `fps` and `motion_bucket_id` (first, last)."""

    kind: DataKind = "sa-v"
    folder: str = "data"
    depth: str = ""
    pictures: str = ""
    num_frames: PositiveInt = 16
    height: Side = 512
    width: Side = 288
    workers: NonNegativeInt = 4
    fps: tuple[PositiveFloat, PositiveFloat] = (7.0, 7.0)
    motion_bucket_id: tuple[NonNegativeFloat, NonNegativeFloat] = (127.0, 127.0)
    single_point: bool = False
    without_depth: bool = False
    without_instance: bool = False

    @property
    def ablation(self) -> Ablation:
        """What is taken out of the control."""
        return Ablation(self.single_point, self.without_depth, self.without_instance)


@dataclass(frozen=True, config=STRICT)
class ModelConfig:
    """Which networks. `base` is a folder in the released layout whose SVD (and, with `continue_controlnet`,
    ControlNet) is trained on; with `fresh` only its VAE is read, and the rest is made with these widths."""

    base: str = "checkpoints"
    continue_controlnet: bool = False
    train_unet: bool = False
    fresh: bool = False
    block_out_channels: tuple[PositiveInt, ...] = (96, 128)
    num_attention_heads: tuple[PositiveInt, ...] = (3, 4)
    layers_per_block: PositiveInt = 1
    control_widths: tuple[PositiveInt, ...] = (16, 32, 96, 256)
    control_patch_side: Annotated[int, Field(ge=PATCH_SIDES[0], le=PATCH_SIDES[-1], multiple_of=2)] = PATCH_SIDE
    control_units: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        if len(self.block_out_channels) != len(self.num_attention_heads):
            raise InputError("model.block_out_channels and model.num_attention_heads must be equally long.")


@dataclass(frozen=True, config=STRICT)
class ObjectiveConfig:
    """SVD's fine-tuning objective: log-normal noise levels, log-normal noise on the photo, and how often each
    condition is left out (so that the sampler's unconditional half is known): CLIP alone, latents alone, both."""

    sigma_mean: float = 0.7
    sigma_std: PositiveFloat = 1.6
    noise_aug_mean: float = -3.0
    noise_aug_std: NonNegativeFloat = 0.5
    drop_embedding: NonNegativeFloat = 0.05
    drop_image: NonNegativeFloat = 0.05
    drop_both: NonNegativeFloat = 0.05

    def __post_init__(self) -> None:
        if self.drop_embedding + self.drop_image + self.drop_both > 1:
            raise InputError("objective's three drop probabilities must add up to at most 1.")


@dataclass(frozen=True, config=STRICT)
class OptimizerConfig:
    """AdamW. `total_batch` clips a step, over all processes, in pieces of `micro_batch`. The rate rises over
    `warmup_steps` and falls to zero over the last `decay_steps`."""

    learning_rate: PositiveFloat = 1e-5
    warmup_steps: NonNegativeInt = 500
    decay_steps: NonNegativeInt = 0
    betas: tuple[Share, Share] = (0.9, 0.999)
    weight_decay: NonNegativeFloat = 1e-2
    clip_norm: PositiveFloat = 1.0
    total_batch: PositiveInt = 16
    micro_batch: PositiveInt = 1
    ema_decay: Share = 0.9999

    def __post_init__(self) -> None:
        if self.total_batch % self.micro_batch:
            raise InputError("optimizer.total_batch must be a multiple of optimizer.micro_batch.")


@dataclass(frozen=True, config=STRICT)
class RunConfig:
    """How long, how exactly, and what is written: into `output`, in the released layout.

    `plain_attention` keeps fused kernels, made for long sequences, away from attention over frames and context."""

    output: str = "training-output"
    seed: NonNegativeInt = 0
    steps: PositiveInt = 200_000
    seconds: float = float("inf")
    precision: Precision = "bf16"
    weights: Weights = "fp32"
    gradient_checkpointing: bool = True
    cuda_graph: bool = False
    plain_attention: bool = False
    log_every: PositiveInt = 10
    save_every: PositiveInt = 2_000
    sample_every: PositiveInt = 2_000


@dataclass(frozen=True, config=STRICT)
class AutoencoderConfig:
    """The toy's VAE; read only by `python -m levitor_core.training CONFIG --autoencoder`."""

    block_out_channels: tuple[PositiveInt, ...] = (32, 64, 96)
    latent_channels: PositiveInt = 4
    layers_per_block: PositiveInt = 1
    kl_weight: float = 1e-6
    gradient_weight: float = 0.5


@dataclass(frozen=True, config=STRICT)
class TrainingConfig:
    """One run."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    run: RunConfig = field(default_factory=RunConfig)
    autoencoder: AutoencoderConfig = field(default_factory=AutoencoderConfig)


def read_config(path: Path) -> TrainingConfig:
    """The run that `path` describes. Raises InputError, naming the setting, for what cannot be used."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        plain = json.dumps(values, default=lambda date: None)  # of JSON, lists become tuples; no setting is a date
        return TypeAdapter(TrainingConfig).validate_json(plain)
    except OSError as error:
        raise InputError(f"{path} cannot be read; give the path of a training config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML ({error}); correct it.") from error
    except ValidationError as error:
        raise InputError(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong."""
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"]))
    if first["type"] == "unexpected_keyword_argument":
        section: Any = (
            TrainingConfig if len(first["loc"]) == 1 else type(getattr(TrainingConfig(), str(first["loc"][0])))
        )
        return f"{name} is no setting; use one of {', '.join(item.name for item in fields(section))}."
    return f"{name}: {first['msg'][0].lower()}{first['msg'][1:]}, not {first['input']!r}; correct it."
