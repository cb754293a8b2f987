"""What a run leaves behind: `OUTPUT/step-000123/` in the released layout, loadable by the app, and its own state.

A folder appears whole or not at all. The state is one safetensors file: what is trained, Adam's moments, the average.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from levitor_core.errors import InputError
from levitor_core.renderers.levitor.loading import Networks
from levitor_core.training.config import TrainingConfig
from levitor_core.training.ema import Ema
from levitor_core.training.networks import CONTROLNET, SVD, UNET, Trainee, released_state

STATE = "training-state.safetensors"


def latest(output: Path) -> Path | None:
    """The checkpoint a run resumes from."""
    found = sorted(path for path in output.glob("step-*") if (path / STATE).is_file())
    return found[-1] if found else None


def save(
    final: Path,
    step: int,
    config: TrainingConfig,
    networks: Networks,
    trainee: Trainee,
    ema: Ema,
    optimizer: Any,
    scaler: Any,
) -> None:
    """Write the averaged weights and the state as the new folder `final`; the state of older ones is dropped."""
    partial = final.with_name(f".{final.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with ema.applied():
        save_released(partial, config, networks, trainee)
    tensors = state_tensors(trainee, ema, optimizer)
    metadata = {"step": str(step), "scaler": json.dumps(scaler.state_dict() if scaler else {})}
    save_file(tensors, partial / STATE, metadata=metadata)
    shutil.rmtree(final, ignore_errors=True)
    partial.replace(final)
    for older in final.parent.glob("step-*"):
        if older != final:
            (older / STATE).unlink(missing_ok=True)


def save_released(folder: Path, config: TrainingConfig, networks: Networks, trainee: Trainee) -> None:
    """The networks in the released layout; what is not trained is linked to the base, or written when it is new."""
    half = config.run.weights == "fp16"
    state = released_state(trainee.state_dict(), config.model.control_units)
    _save(networks.controlnet, _part(state, "controlnet."), folder / CONTROLNET, half)
    svd = folder / SVD
    if config.model.fresh:
        _save(networks.unet, _part(state, "unet."), svd / "unet", half)
        _save(networks.vae, networks.vae.state_dict(), svd / "vae", half)
        _save_rest(networks, svd, half)
        return
    if config.model.train_unet:
        _save(networks.unet, _part(state, "unet."), folder / UNET, half)
    svd.symlink_to((Path(config.model.base) / SVD).resolve(), target_is_directory=True)


def _part(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def _save(network: Any, state: dict[str, Tensor], folder: Path, half: bool) -> None:
    folder.mkdir(parents=True)
    network.save_config(folder)
    name = "diffusion_pytorch_model.fp16.safetensors" if half else "diffusion_pytorch_model.safetensors"
    dtype = torch.float16 if half else torch.float32
    save_file({key: value.detach().to("cpu", dtype).contiguous() for key, value in state.items()}, folder / name)


def _save_rest(networks: Networks, svd: Path, half: bool) -> None:
    clip = networks.image_encoder
    (svd / "image_encoder").mkdir()
    clip.config.save_pretrained(svd / "image_encoder")
    dtype = torch.float16 if half else torch.float32
    tensors = {key: value.to("cpu", dtype).contiguous() for key, value in clip.state_dict().items()}
    save_file(tensors, svd / "image_encoder" / ("model.fp16.safetensors" if half else "model.safetensors"))
    networks.scheduler.save_pretrained(svd / "scheduler")
    (svd / "feature_extractor").mkdir()
    normalisation = {"image_mean": networks.image_mean, "image_std": networks.image_std}
    (svd / "feature_extractor" / "preprocessor_config.json").write_text(json.dumps(normalisation))
    (svd / "model_index.json").write_text(json.dumps({"_class_name": "StableVideoDiffusionPipeline"}))


def state_tensors(trainee: Trainee, ema: Ema, optimizer: Any) -> dict[str, Tensor]:
    """Everything that changes while training, by name."""
    named = {f"trained.{n}": p for n, p in trainee.named_parameters() if p.requires_grad}
    named |= {f"ema.{i}": tensor for i, tensor in enumerate(ema.tensors())}
    for i, moments in optimizer.state_dict()["state"].items():
        named |= {f"adam.{i}.{name}": torch.as_tensor(value) for name, value in moments.items()}
    return {name: value.detach().to("cpu").contiguous() for name, value in named.items()}


def restore(folder: Path, trainee: Trainee, ema: Ema, optimizer: Any, scaler: Any) -> int:
    """Put the state back in place; the number of steps done. Raises InputError when it is of another run."""
    try:
        with safe_open(folder / STATE, framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        step, scaled = int(metadata["step"]), json.loads(metadata["scaler"])
        _put(tensors, trainee, ema, optimizer)
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise InputError(f"{folder / STATE} does not fit this config; start without --resume.") from error
    if scaler and scaled:
        scaler.load_state_dict(scaled)
    return step


@torch.no_grad()
def _put(tensors: dict[str, Tensor], trainee: Trainee, ema: Ema, optimizer: Any) -> None:
    for name, parameter in trainee.named_parameters():
        if parameter.requires_grad:
            parameter.copy_(_same(tensors[f"trained.{name}"], parameter))
    for i, tensor in enumerate(ema.tensors()):
        tensor.copy_(_same(tensors[f"ema.{i}"], tensor))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("adam."):
            _, i, field = name.split(".")
            moments.setdefault(int(i), {})[field] = value
    optimizer.load_state_dict(optimizer.state_dict() | {"state": moments})


def _same(value: Tensor, like: Tensor) -> Tensor:
    if value.shape != like.shape:
        raise ValueError("shapes differ")
    return value
