"""What a run leaves behind: `OUTPUT/step-000123/` in the released layout, loadable by the app, and its own state.

A folder appears whole or not at all. The state is one safetensors file: what is trained, Adam's moments, the average.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import EMAModel
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from levitor_core.errors import InputError
from levitor_core.renderers.levitor.folder import CONTROLNET, FINE_TUNED_UNET, VIDEO_MODEL, CheckpointFolder
from levitor_core.renderers.levitor.loading import Networks
from levitor_core.training.config import TrainingConfig
from levitor_core.training.networks import Trainee, released_state

STATE = "training-state.safetensors"


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Everything that changes while training."""

    trainee: Trainee
    ema: EMAModel
    optimizer: Any
    scaler: Any

    @property
    def trained(self) -> dict[str, nn.Parameter]:
        """The parameters that are trained, by name, in the average's order."""
        return {name: value for name, value in self.trainee.named_parameters() if value.requires_grad}


def find_latest(output: Path) -> Path | None:
    """The checkpoint a run resumes from."""
    found = sorted(path for path in output.glob("step-*") if (path / STATE).is_file())
    return found[-1] if found else None


def save(final: Path, step: int, config: TrainingConfig, networks: Networks, state: TrainingState) -> None:
    """Write the averaged weights and the state as the new folder `final`; the state of older ones is dropped."""
    partial = final.with_name(f".{final.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    averages = dict(zip(state.trained, state.ema.shadow_params, strict=True))
    save_released(partial, config, networks, state.trainee.state_dict() | averages)
    metadata = {"step": str(step), "scaler": json.dumps(state.scaler.state_dict() if state.scaler else {})}
    save_file(_state_tensors(state), partial / STATE, metadata=metadata)
    shutil.rmtree(final, ignore_errors=True)
    partial.replace(final)
    for older in final.parent.glob("step-*"):
        if older != final:
            (older / STATE).unlink(missing_ok=True)


def save_released(folder: Path, config: TrainingConfig, networks: Networks, weights: dict[str, Tensor]) -> None:
    """The networks in the released layout, `weights` of the trainee in them; what is not trained is linked to the
    base, or written when it is new."""
    half, layout = config.run.weights == "fp16", CheckpointFolder(folder)
    weights = released_state(weights, config.model.control_units)
    write_network(networks.steering, _part(weights, "controlnet."), layout.place(CONTROLNET), half)
    svd = layout.place(VIDEO_MODEL)
    if not config.model.fresh:
        if config.model.train_unet:
            write_network(networks.unet, _part(weights, "unet."), layout.place(FINE_TUNED_UNET), half)
        base = CheckpointFolder(Path(config.model.base)).place(VIDEO_MODEL)
        svd.symlink_to(base.resolve(), target_is_directory=True)
        return
    write_network(networks.unet, _part(weights, "unet."), svd / "unet", half)
    for name, network in (("vae", networks.vae), ("image_encoder", networks.image_encoder)):
        write_network(network, network.state_dict(), svd / name, half)
    networks.scheduler.save_pretrained(svd / "scheduler")
    (svd / "feature_extractor").mkdir()
    normalisation = {"image_mean": networks.image_mean, "image_std": networks.image_std}
    (svd / "feature_extractor" / "preprocessor_config.json").write_text(json.dumps(normalisation))
    (svd / "model_index.json").write_text(json.dumps({"_class_name": "StableVideoDiffusionPipeline"}))


def write_network(network: Any, weights: dict[str, Tensor], folder: Path, half: bool = False) -> None:
    """One network of diffusers or transformers with these weights: its config.json and one safetensors file."""
    folder.mkdir(parents=True, exist_ok=True)
    if hasattr(network, "save_config"):
        network.save_config(folder)
        stem = "diffusion_pytorch_model"
    else:
        network.config.save_pretrained(folder)
        stem = "model"
    dtype, suffix = (torch.float16, ".fp16") if half else (torch.float32, "")
    tensors = {name: value.detach().to("cpu", dtype).contiguous() for name, value in weights.items()}
    save_file(tensors, folder / f"{stem}{suffix}.safetensors")


def _part(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def _state_tensors(state: TrainingState) -> dict[str, Tensor]:
    """Everything that changes while training, by name."""
    named = {f"trained.{name}": parameter for name, parameter in state.trained.items()}
    updates = torch.tensor(float(state.ema.optimization_step))
    named |= {f"ema.{i}": tensor for i, tensor in enumerate((updates, *state.ema.shadow_params))}
    for i, moments in state.optimizer.state_dict()["state"].items():
        named |= {f"adam.{i}.{name}": torch.as_tensor(value) for name, value in moments.items()}
    return {name: value.detach().to("cpu").contiguous() for name, value in named.items()}


def restore(folder: Path, state: TrainingState) -> int:
    """Put the state back in place; the number of steps done. Raises InputError when it is of another run."""
    try:
        with safe_open(folder / STATE, framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        step, scaled = int(metadata["step"]), json.loads(metadata["scaler"])
        _restore_tensors(tensors, state)
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise InputError(f"{folder / STATE} does not fit this config; start without --resume.") from error
    if state.scaler and scaled:
        state.scaler.load_state_dict(scaled)
    return step


@torch.no_grad()
def _restore_tensors(tensors: dict[str, Tensor], state: TrainingState) -> None:
    kept = {f"trained.{name}": parameter for name, parameter in state.trained.items()}
    kept |= {f"ema.{i}": average for i, average in enumerate(state.ema.shadow_params, start=1)}
    for name, tensor in kept.items():
        if tensors[name].shape != tensor.shape:
            raise ValueError("shapes differ")
        tensor.copy_(tensors[name])
    state.ema.optimization_step = int(tensors["ema.0"])
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("adam."):
            _, i, field = name.split(".")
            moments.setdefault(int(i), {})[field] = value
    state.optimizer.load_state_dict(state.optimizer.state_dict() | {"state": moments})
