"""A training run's choices, read from TOML: the one place for defaults; whatever is wrong is one sentence."""

import tomllib
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from levitor_core.errors import InputError

Precision = Literal["no", "fp16", "bf16"]
Weights = Literal["fp32", "fp16"]
DataKind = Literal["sa-v", "vos", "synthetic", "pool"]


@dataclass(frozen=True)
class DataConfig:
    """Which clips. `folder` holds the videos (`sa-v`, `vos`) or the shards of a `pool`, `depth` the videos' depth cache
    (empty: FOLDER/depth), `pictures` the photos that synthetic clips are made of (empty: those in the installed
    packages). Of the numbers that the sampler is told, the frames a second and the motion bucket are drawn evenly
    from `fps` and `motion_bucket_id` (first, last)."""

    kind: DataKind = "sa-v"
    folder: str = "data"
    depth: str = ""
    pictures: str = ""
    num_frames: int = 16
    height: int = 512
    width: int = 288
    workers: int = 4
    fps: tuple[float, ...] = (7.0, 7.0)
    motion_bucket_id: tuple[float, ...] = (127.0, 127.0)
    single_point: bool = False
    without_depth: bool = False
    without_instance: bool = False


@dataclass(frozen=True)
class ModelConfig:
    """Which networks. `base` is a folder in the released layout whose SVD (and, with `continue_controlnet`,
    ControlNet) is trained on; with `fresh` only its VAE is read, and the rest is made with these widths."""

    base: str = "checkpoints"
    continue_controlnet: bool = False
    train_unet: bool = False
    fresh: bool = False
    block_out_channels: tuple[int, ...] = (96, 128)
    num_attention_heads: tuple[int, ...] = (3, 4)
    layers_per_block: int = 1
    control_widths: tuple[int, ...] = (16, 32, 96, 256)
    control_patch_side: int = 20
    control_units: tuple[float, ...] = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class ObjectiveConfig:
    """SVD's fine-tuning objective: log-normal noise levels, log-normal noise on the photo, and how often each
    condition is left out (so that the sampler's unconditional half is known): CLIP alone, latents alone, both."""

    sigma_mean: float = 0.7
    sigma_std: float = 1.6
    noise_aug_mean: float = -3.0
    noise_aug_std: float = 0.5
    drop_embedding: float = 0.05
    drop_image: float = 0.05
    drop_both: float = 0.05


@dataclass(frozen=True)
class OptimizerConfig:
    """AdamW. `total_batch` clips a step, over all processes, in pieces of `micro_batch`. The rate rises over
    `warmup_steps` and falls to zero over the last `decay_steps`."""

    learning_rate: float = 1e-5
    warmup_steps: int = 500
    decay_steps: int = 0
    betas: tuple[float, ...] = (0.9, 0.999)
    weight_decay: float = 1e-2
    clip_norm: float = 1.0
    total_batch: int = 16
    micro_batch: int = 1
    ema_decay: float = 0.9999


@dataclass(frozen=True)
class RunConfig:
    """How long, how exactly, and what is written: into `output`, in the released layout.

    `plain_attention` keeps fused kernels, made for long sequences, away from attention over frames and context."""

    output: str = "training-output"
    seed: int = 0
    steps: int = 200_000
    seconds: float = float("inf")
    precision: Precision = "bf16"
    weights: Weights = "fp32"
    gradient_checkpointing: bool = True
    cuda_graph: bool = False
    plain_attention: bool = False
    log_every: int = 10
    save_every: int = 2_000
    sample_every: int = 2_000


@dataclass(frozen=True)
class AutoencoderConfig:
    """The toy's VAE; read only by `python -m levitor_core.training CONFIG --autoencoder`."""

    block_out_channels: tuple[int, ...] = (32, 64, 96)
    latent_channels: int = 4
    layers_per_block: int = 1
    kl_weight: float = 1e-6
    gradient_weight: float = 0.5


@dataclass(frozen=True)
class TrainingConfig:
    """One run."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    run: RunConfig = field(default_factory=RunConfig)
    autoencoder: AutoencoderConfig = field(default_factory=AutoencoderConfig)

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise InputError(problem)


def read_config(path: Path) -> TrainingConfig:
    """The run that `path` describes. Raises InputError, naming the setting, for what cannot be used."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read; give the path of a training config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML ({error}); correct it.") from error
    return _build(TrainingConfig, values, "")


def _build(kind: type, values: dict[str, Any], inside: str) -> Any:
    """A config dataclass from plain values; sections recurse."""
    kinds, chosen = get_type_hints(kind), {}
    known = [item.name for item in fields(kind)]
    for name, value in values.items():
        if name not in known:
            raise InputError(f"{inside}{name} is no setting; use one of {', '.join(known)}.")
        if is_dataclass(kinds[name]):
            if not isinstance(value, dict):
                raise InputError(f"{name} is a section; write [{name}] and its settings below.")
            chosen[name] = _build(kinds[name], value, f"{name}.")  # pyright: ignore[reportArgumentType]
        else:
            chosen[name] = _value(kinds[name], value, inside + name)
    return kind(**chosen)


def _value(kind: Any, value: Any, name: str) -> Any:
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_value(get_args(kind)[0], item, name) for item in value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    if choices and value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    if not choices and type(value) is not kind:
        wanted = (
            "a list"
            if get_origin(kind) is tuple
            else {int: "a whole number", float: "a number"}.get(kind, kind.__name__)
        )
        raise InputError(f"{name} must be {wanted}, not {value!r}.")
    return value


def _problems(config: TrainingConfig) -> list[str]:
    data, model, optimizer, run = config.data, config.model, config.optimizer, config.run
    positive = {
        "data.num_frames": data.num_frames,
        "optimizer.micro_batch": optimizer.micro_batch,
        "optimizer.learning_rate": optimizer.learning_rate,
        "optimizer.clip_norm": optimizer.clip_norm,
        "run.steps": run.steps,
        "run.log_every": run.log_every,
        "run.save_every": run.save_every,
        "run.sample_every": run.sample_every,
        "objective.sigma_std": config.objective.sigma_std,
    }
    found = [f"{name} must be more than 0, not {value}." for name, value in positive.items() if value <= 0]
    if data.height % 8 or data.width % 8 or min(data.height, data.width) < 8:
        found.append(f"data.height and data.width must be multiples of 8, not {data.height} and {data.width}.")
    if optimizer.total_batch < 1 or optimizer.total_batch % optimizer.micro_batch:
        found.append("optimizer.total_batch must be a multiple of optimizer.micro_batch.")
    if not 0 <= optimizer.ema_decay < 1:
        found.append(f"optimizer.ema_decay must be from 0 to below 1, not {optimizer.ema_decay}.")
    drops = (config.objective.drop_embedding, config.objective.drop_image, config.objective.drop_both)
    if min(drops) < 0 or sum(drops) > 1:
        found.append("objective's three drop probabilities must not be negative and add up to at most 1.")
    if len(model.control_units) != 3 or min(model.control_units) <= 0:
        found.append("model.control_units must be three numbers above 0.")
    for name, values in (
        ("data.fps", data.fps),
        ("data.motion_bucket_id", data.motion_bucket_id),
        ("optimizer.betas", optimizer.betas),
    ):
        if len(values) != 2:
            found.append(f"{name} must be two numbers, not {len(values)}.")
    if len(model.block_out_channels) != len(model.num_attention_heads):
        found.append("model.block_out_channels and model.num_attention_heads must be equally long.")
    return found
