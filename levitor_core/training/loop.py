"""The training loop under accelerate: steps, the average, checkpoints, records; exact resume."""

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from diffusers.training_utils import EMAModel
from torch import Tensor

from levitor_core.errors import InputError
from levitor_core.renderers.levitor import codec
from levitor_core.training import checkpointing
from levitor_core.training.batches import ClipBatches, ClipExamples
from levitor_core.training.config import OptimizerConfig, TrainingConfig
from levitor_core.training.networks import Trainee, load_base
from levitor_core.training.objective import TrainingBatch, losses
from levitor_core.training.pool import ClipPool
from levitor_core.training.records import Records
from levitor_core.training.sampling import write_samples
from levitor_core.training.sources import open_source

EAGER_STEPS = 3  # before a CUDA graph is captured, so that everything it uses exists


def train(config: TrainingConfig, resume: bool = False) -> Path:
    """Train as the config says; the folder of the last checkpoint.

    Raises InputError for a config or data that cannot be used, MissingWeightsError when the base is incomplete.
    """
    run = Run(config)
    first_step = run.restore() if resume else 0
    return run.run_steps(first_step)


class Run:
    """One process's share of a run."""

    def __init__(self, config: TrainingConfig) -> None:
        optimizer = config.optimizer
        self.records = Records(Path(config.run.output))
        accelerator = Accelerator(mixed_precision=config.run.precision, log_with=self.records)
        accelerator.init_trackers("levitor")
        pieces, rest = divmod(optimizer.total_batch, optimizer.micro_batch * accelerator.num_processes)
        if rest or not pieces:
            raise InputError(
                f"optimizer.total_batch must be a multiple of micro_batch times {accelerator.num_processes} processes."
            )
        _check_graph(config, accelerator, pieces)
        accelerator.gradient_accumulation_steps = pieces
        set_seed(config.run.seed)
        self.config, self.accelerator, self.pieces = config, accelerator, pieces
        self.networks, trainee = load_base(config, accelerator.device)
        self.trained = [parameter for parameter in trainee.parameters() if parameter.requires_grad]
        # one step on, so that the first update averages too: decay (1 + t) / (10 + t)
        self.ema = EMAModel(self.trained, optimizer.ema_decay, update_after_step=-1, foreach=True)
        self.model, self.optimizer = accelerator.prepare(trainee, _make_adamw(self.trained, config, accelerator.device))

    @property
    def trainee(self) -> Trainee:
        """The networks without what accelerate puts around them."""
        return self.accelerator.unwrap_model(self.model)

    @property
    def state(self) -> checkpointing.TrainingState:
        """What a checkpoint keeps beside the networks."""
        return checkpointing.TrainingState(self.trainee, self.ema, self.optimizer, self.accelerator.scaler)

    def restore(self) -> int:
        """Continue from the newest checkpoint; the steps done."""
        folder = checkpointing.find_latest(Path(self.config.run.output))
        if folder is None:
            raise InputError(f"{self.config.run.output} holds no checkpoint to resume; start without --resume.")
        step = checkpointing.restore(folder, self.state)
        if self.accelerator.is_main_process:
            self.records.forget_after(step)
        return step

    def run_steps(self, first_step: int) -> Path:
        """All steps from `first_step` on, until the last one or until the time is up."""
        run, last_saved = self.config.run, Path(self.config.run.output)
        batches, advance = self._batches(first_step), _Graph(self._advance) if run.cuda_graph else self._advance
        start = time.perf_counter()
        for step in range(first_step, run.steps):
            rate = self._set_rate(step)
            loss, norm = advance([next(batches) for _ in range(self.pieces)])
            self.ema.step(self.trained)
            done, late = step + 1, time.perf_counter() - start > run.seconds
            if done % run.log_every == 0:
                self._log(done, loss, norm, rate, time.perf_counter() - start)
            if done % run.save_every == 0 or done % run.sample_every == 0 or done == run.steps or late:
                last_saved = self._save(done)
            if done % run.sample_every == 0:
                self._sample(last_saved)
            if late:
                break
        return last_saved

    def _batches(self, first_step: int) -> Iterator[TrainingBatch]:
        config, accelerator = self.config, self.accelerator
        if config.data.kind == "pool":
            return ClipPool(config, self.networks).iterate_from(first_step)
        data, networks = config.data, self.networks
        shape = codec.latent_shape(networks.vae, data.num_frames, (data.height, data.width))
        examples = ClipExamples(open_source(data), config, networks.control_patch_side, shape)
        ranks = accelerator.process_index, accelerator.num_processes
        return ClipBatches(examples, config, networks, *ranks).iterate_from(first_step)

    def _advance(self, batches: list[TrainingBatch]) -> tuple[Tensor, Tensor]:
        """One optimizer step; this process's mean loss and the gradient's norm."""
        total, norm = torch.zeros((), device=self.accelerator.device), torch.zeros(())
        for batch in batches:
            with self.accelerator.accumulate(self.model):
                loss = losses(self.model, batch).mean()
                self.accelerator.backward(loss)
                if self.accelerator.sync_gradients:
                    norm = self.accelerator.clip_grad_norm_(self.trained, self.config.optimizer.clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
            total = total + loss.detach() / self.pieces
        return total, torch.as_tensor(norm)

    def _set_rate(self, step: int) -> float:
        rate = learning_rate(self.config.optimizer, step, self.config.run.steps)
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        return rate

    def _log(self, step: int, loss: Tensor, norm: Tensor, rate: float, seconds: float) -> None:
        mean = cast(Tensor, self.accelerator.reduce(loss, "mean")).item()
        values = {"loss": mean, "gradient_norm": float(norm), "learning_rate": rate, "seconds": seconds}
        self.accelerator.log(values, step)
        if not math.isfinite(mean) and self.config.run.precision != "fp16":
            raise InputError(f"The loss is not finite at step {step}; lower the learning rate and resume.")

    def _save(self, step: int) -> Path:
        folder = Path(self.config.run.output) / f"step-{step:06d}"
        if self.accelerator.is_main_process:
            checkpointing.save(folder, step, self.config, self.networks, self.state)
            self.records.draw_curve()
        self.accelerator.wait_for_everyone()
        return folder

    def _sample(self, folder: Path) -> None:
        if self.accelerator.is_main_process:
            write_samples(folder, self.config, self.accelerator.device)
        self.accelerator.wait_for_everyone()


class _Graph:
    """A step as one CUDA graph over fixed buffers: what small networks wait for is the launching of kernels."""

    def __init__(self, advance: Any) -> None:
        self.advance, self.graph, self.calls = advance, torch.cuda.CUDAGraph(), 0
        self.stream = torch.cuda.Stream()

    def __call__(self, batches: list[TrainingBatch]) -> tuple[Tensor, Tensor]:
        self.calls += 1
        if self.calls <= EAGER_STEPS:
            self.stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.stream):
                result = self.advance(batches)
            torch.cuda.current_stream().wait_stream(self.stream)
            return result
        if self.calls == EAGER_STEPS + 1:
            self.batch = batches[0]
            with torch.cuda.graph(self.graph, stream=self.stream, capture_error_mode="thread_local"):
                self.result = self.advance([self.batch])
        self.batch.copy_(batches[0])
        self.graph.replay()
        return self.result


def learning_rate(optimizer: OptimizerConfig, step: int, steps: int) -> float:
    """Linear up over the warm-up, constant, linear down to zero over the last `decay_steps`."""
    up = min(1.0, (step + 1) / max(optimizer.warmup_steps, 1))
    down = min(1.0, (steps - step) / max(optimizer.decay_steps, 1))
    return optimizer.learning_rate * min(up, down)


def _make_adamw(trained: list[Any], config: TrainingConfig, device: torch.device) -> torch.optim.Optimizer:
    choices, cuda = config.optimizer, device.type == "cuda"
    rate = torch.tensor(choices.learning_rate, device=device) if config.run.cuda_graph else choices.learning_rate
    return torch.optim.AdamW(
        trained,
        lr=rate,
        betas=(choices.betas[0], choices.betas[1]),
        weight_decay=choices.weight_decay,
        fused=cuda,
        capturable=config.run.cuda_graph,
    )


def _check_graph(config: TrainingConfig, accelerator: Accelerator, pieces: int) -> None:
    if not config.run.cuda_graph:
        return
    if accelerator.device.type != "cuda" or accelerator.num_processes > 1 or pieces > 1:
        raise InputError("run.cuda_graph needs one CUDA device and total_batch equal to micro_batch; set it to false.")
    if config.run.precision == "fp16" or config.run.gradient_checkpointing:
        raise InputError("run.cuda_graph needs bf16 or no mixed precision, and gradient_checkpointing = false.")
