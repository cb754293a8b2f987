"""Denoising: Euler steps of flow matching, the first frame given, whatever is anchored laid over every step.

Networks, scheduler and noise are handed in; nothing here knows of files, devices to choose or progress bars.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from levitor_core.anchoring.anchor import Anchor
from levitor_core.errors import RendererError

Latents = Float[Tensor, "1 f c h w"]


@dataclass(frozen=True, eq=False)
class Conditions:
    """What the video is made of. `first`: the photo's latents, which stay as they are in frame 0 (TI2V-5B), or None;
    `beside`: channels that stand beside the latents (A14B: which frames are given, and their latents), or None."""

    text: Float[Tensor, "1 tokens e"]
    unwanted: Float[Tensor, "1 tokens e"]
    first: Float[Tensor, "1 1 c h w"] | None = None
    beside: Float[Tensor, "1 f k h w"] | None = None

    def given(self, latents: Latents) -> Latents:
        """The latents with the photo in their place."""
        return latents if self.first is None else torch.cat([self.first, latents[:, 1:]], dim=1)


def velocity(
    network: Any, latents: Latents, timestep: Tensor, conditions: Conditions, guidance: float
) -> Float[Tensor, "1 f c h w"]:
    """One evaluation, of both halves where there is guidance."""
    seen = conditions.given(latents)
    times = timestep.expand(1)
    if conditions.first is not None:
        times = _times_of_tokens(latents, timestep, network.config.patch_size)
    if conditions.beside is not None:
        seen = torch.cat([seen, conditions.beside], dim=2)
    inputs = seen.transpose(1, 2).to(network.dtype)

    def asked(text: Tensor) -> Tensor:
        out = network(inputs, times, text.to(network.dtype), return_dict=False)[0]
        return out.float().transpose(1, 2)

    wanted = asked(conditions.text)
    if guidance == 1:
        return wanted
    without = asked(conditions.unwanted)
    return without + guidance * (wanted - without)


def _times_of_tokens(latents: Latents, timestep: Tensor, patch_size: Sequence[int]) -> Float[Tensor, "1 n"]:
    """Every token's timestep: 0 in the first frame, which is there already."""
    _, frames, _, height, width = latents.shape
    a_frame = (height // patch_size[1]) * (width // patch_size[2])
    times = timestep.float().repeat(frames, a_frame)
    times[0] = 0
    return times.flatten()[None]


def set_steps(scheduler: Any, steps: int, device: torch.device) -> None:
    """Levels that fall evenly from pure noise before the scheduler's shift, as the models' authors have them."""
    scheduler.set_timesteps(sigmas=np.linspace(1, 0, steps + 1)[:-1].tolist(), device=device)


def levels_of(scheduler: Any) -> list[float]:
    """The noise levels between the steps, from the first to none."""
    return scheduler.sigmas.tolist()


@torch.no_grad()
def sample(
    expert: Callable[[float], nn.Module],
    at_work: Callable[[nn.Module], AbstractContextManager[None]],
    scheduler: Any,
    noise: Latents,
    conditions: Conditions,
    guidance: float,
    anchor: Anchor | None = None,
) -> Iterator[Latents]:
    """Denoise step by step; yields the latents after each. `expert` says which network is at work at a noise level.

    What `anchor` holds is laid over them; first steps of which all is held are not computed, the last of them is
    yielded. Raises RendererError when the numbers blow up.
    """
    sigmas = levels_of(scheduler)
    skipped = anchor.count_steps_to_skip(sigmas) if anchor else 0
    latents = anchor.lay_over(noise, noise, sigmas[skipped]) if anchor else noise
    if skipped:
        yield conditions.given(latents)
    with ExitStack() as working:
        network = None
        for step, timestep in enumerate(scheduler.timesteps[skipped:], skipped):
            if expert(sigmas[step]) is not network:
                working.close()
                network = expert(sigmas[step])
                working.enter_context(at_work(network))
            predicted = velocity(network, latents, timestep, conditions, guidance)
            latents = scheduler.step(predicted, timestep, latents, return_dict=False)[0]
            if anchor:
                latents = anchor.lay_over(latents, noise, sigmas[step + 1])
            if not bool(latents.isfinite().all()):
                raise RendererError("The video model's numbers blew up; lower the guidance and try again.")
            yield conditions.given(latents)
