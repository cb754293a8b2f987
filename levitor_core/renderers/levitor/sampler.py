"""Denoising: Euler steps over SVD's schedule, guided more strongly towards the last frame, steered by control.

Networks, scheduler and noise are handed in; nothing here knows of files, devices to choose or progress bars.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Self

import torch
from jaxtyping import Float
from torch import Tensor

from levitor_core.anchoring.anchor import Anchor
from levitor_core.errors import RendererError
from levitor_core.renderers.levitor.step import Run, Step
from levitor_core.renderers.levitor.time_context import MixedContext, mix_time_context

DECISIVE = (80.0, 0.02)  # noise from which, and down to which, a picture takes shape


class NotFiniteError(RendererError):
    """The numbers blew up: half precision could not hold them."""


@dataclass(frozen=True, eq=False)
class Conditions:
    """What steers the denoising of b videos of f frames, on the networks' device and in their precision.

    `image_latents`: the photo, VAE-encoded, not multiplied by the scaling factor (SVD's convention), repeated for
    every frame. `image_embedding`: the photo through CLIP. `added_time_ids`: fps - 1, motion bucket, noise
    augmentation. `control_embedding`: the embedded control signal, None without a ControlNet. `time_context`: what the
    temporal attention is told instead of `image_embedding`, if anything else.
    """

    image_latents: Float[Tensor, "b f channels h w"]
    image_embedding: Float[Tensor, "b 1 c"]
    added_time_ids: Float[Tensor, "b 3"]
    control_embedding: Float[Tensor, "b*f features h w"] | None
    control_scale: float
    time_context: MixedContext | None = None

    def without_image(self) -> Self:
        """The unconditional half: no photo, but the same control (the released model's way)."""
        nothing = {name: torch.zeros_like(getattr(self, name)) for name in ("image_latents", "image_embedding")}
        return replace(self, **nothing)

    def halves(self, mixed_context: bool) -> "tuple[Conditions, Conditions]":
        """Without the photo and with it; `mixed_context` mixes what the temporal attention is told of it."""
        without = self.without_image()
        if not mixed_context:
            return without, self
        contexts = [MixedContext.of(self.image_embedding, half) for half in range(2)]
        return replace(without, time_context=contexts[0]), replace(self, time_context=contexts[1])

    def join(self, other: Self) -> Self:
        """Both as one batch, self first."""
        names = ("image_latents", "image_embedding", "added_time_ids", "control_embedding")
        pairs = {name: (getattr(self, name), getattr(other, name)) for name in names}
        both = {name: None if pair[0] is None else torch.cat(pair) for name, pair in pairs.items()}
        ours, theirs = self.time_context, other.time_context
        return replace(self, **both, time_context=ours and theirs and ours.join(theirs))


Predict = Callable[[Tensor, Tensor, Conditions], Tensor]  # scaled latents at a timestep -> a prediction, in float32


@dataclass(frozen=True, eq=False)
class Denoiser:
    """A step of the networks: scaled latents and a timestep to a prediction, in float32. `quick` gives the numbers of
    `step` sooner."""

    step: Step
    quick: Run | None = None

    def __call__(
        self, latents: Float[Tensor, "b f channels h w"], timestep: Tensor, conditions: Conditions
    ) -> Float[Tensor, "b f channels h w"]:
        """One evaluation; both networks see the same noisy and photo latents, 8 channels."""
        dtype = self.step.unet.dtype
        sample = torch.cat([latents.to(dtype), conditions.image_latents], dim=2)
        told = conditions.image_embedding, conditions.added_time_ids, conditions.control_embedding
        scale = torch.tensor(conditions.control_scale, dtype=dtype, device=sample.device)
        context = conditions.time_context
        run = self.quick if self.quick and not context else self.step
        with mix_time_context(context, self.step) if context else nullcontext():
            return run(sample, timestep, *told, scale).float()


def guidance_schedule(first: float, last: float, num_frames: int) -> Float[Tensor, "f 1 1 1"]:
    """Guidance scale of each frame, linear from the first frame, which the photo fixes, to the last."""
    return torch.linspace(first, last, num_frames).reshape(-1, 1, 1, 1)


def set_noise_levels(scheduler: Any, steps: int, few: bool, device: torch.device) -> None:
    """So many steps over SVD's range of noise or, where they are `few`, over the part of it in which most is decided.

    On the toy model, latents of 8 steps over that part were 29.5 dB from those of 25; over all of it, 15.3.
    """
    if few and steps > 1:
        rho = 7  # Karras et al. 2022, equation 5, as SVD's own levels
        first, last = (level ** (1 / rho) for level in DECISIVE)
        levels = [(first + step / (steps - 1) * (last - first)) ** rho for step in range(steps)]
        scheduler.set_timesteps(sigmas=[*levels, 0.0], device=device)  # the last is where it ends
    else:
        scheduler.set_timesteps(steps, device=device)


@torch.no_grad()
def sample(
    denoiser: Predict,
    scheduler: Any,
    noise: Float[Tensor, "b f channels h w"],
    conditions: Conditions,
    guidance: Float[Tensor, "f 1 1 1"],
    split_guidance: bool = False,
    mixed_context: bool = False,
    anchor: Anchor | None = None,
) -> Iterator[Float[Tensor, "b f channels h w"]]:
    """Denoise `noise` (unit variance, float32) step by step; yields the latents after each step of `scheduler`.

    What `anchor` holds is laid over them; first steps of which all is held are not computed, the last of them is
    yielded.

    Without guidance (1 in every frame) only the conditional half runs; `split_guidance` runs the halves one after
    the other for less memory and the same numbers; `mixed_context` mixes the halves' temporal context as the released
    pipeline does. Stop iterating to cancel. Raises NotFiniteError.
    """
    halves = conditions.halves(mixed_context) if bool((guidance != 1).any()) else (conditions,)
    batches = halves if split_guidance or len(halves) == 1 else [halves[0].join(halves[1])]
    latents, skipped = noise * scheduler.init_noise_sigma, 0
    sigmas = scheduler.sigmas.tolist() if anchor else ()
    if anchor:
        skipped = anchor.count_steps_to_skip(sigmas)
        latents = anchor.lay_over(latents, noise, sigmas[skipped])
    if skipped:
        yield latents
    for step, timestep in enumerate(scheduler.timesteps[skipped:], skipped + 1):
        scaled = scheduler.scale_model_input(latents, timestep)
        repeats = len(halves) // len(batches)
        predictions = torch.cat([denoiser(scaled.repeat(repeats, 1, 1, 1, 1), timestep, part) for part in batches])
        first, *rest = predictions.chunk(len(halves))
        prediction = first + guidance * (rest[0] - first) if rest else first
        latents = scheduler.step(prediction, timestep, latents).prev_sample
        if anchor:
            latents = anchor.lay_over(latents, noise, sigmas[step])
        if not bool(latents.isfinite().all()):
            raise NotFiniteError("The video model's numbers blew up; lower the control strength and try again.")
        yield latents
