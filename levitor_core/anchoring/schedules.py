"""Strengths -> noise levels: at which sigma a place is released, and what noise makes of latents there."""

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from levitor_core.errors import RendererError

RHO = 7.0  # of Karras schedules, as diffusers has them
REMEMBERS_NOTHING = {"EulerDiscreteScheduler", "FlowMatchEulerDiscreteScheduler"}


class Noising(Protocol):
    """How a model's noise levels run."""

    def level(self, strength: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """The noise level that lies the share `strength` of the way from the highest to the lowest: none at 0 (there is
        no level to be held to), no noise at 1."""
        ...

    def add_noise(self, clean: Tensor, noise: Tensor, sigma: float) -> Tensor:
        """Clean latents at a noise level."""
        ...


@dataclass(frozen=True)
class Karras:
    """Stable Video Diffusion's: noise is added, and the levels are even in their seventh root."""

    sigma_min: float
    sigma_max: float

    def level(self, strength: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """See Noising."""
        top, bottom = self.sigma_max ** (1 / RHO), self.sigma_min ** (1 / RHO)
        return _with_ends(strength, (top + strength.double() * (bottom - top)) ** RHO)

    def add_noise(self, clean: Tensor, noise: Tensor, sigma: float) -> Tensor:
        """See Noising."""
        return clean + sigma * noise


@dataclass(frozen=True)
class Flow:
    """Flow matching's: noise replaces the picture; `shift` keeps the levels high for longer."""

    shift: float = 1.0

    def level(self, strength: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """See Noising."""
        left = 1 - strength.double()
        return _with_ends(strength, self.shift * left / (1 + (self.shift - 1) * left))

    def add_noise(self, clean: Tensor, noise: Tensor, sigma: float) -> Tensor:
        """See Noising."""
        return (1 - sigma) * clean + sigma * noise


def noising_of(scheduler: Any) -> Noising:
    """How a diffusers scheduler's levels run. Raises RendererError for a solver that goes on from its own memory of
    earlier steps, which would undo what is laid over them."""
    names = {kind.__name__ for kind in type(scheduler).__mro__}
    if not names & REMEMBERS_NOTHING:
        raise RendererError(
            f"{type(scheduler).__name__} remembers earlier steps, so nothing can be anchored; use Euler."
        )
    if "FlowMatchEulerDiscreteScheduler" in names:
        return Flow(scheduler.config.shift)
    return Karras(scheduler.config.sigma_min, scheduler.config.sigma_max)


def _with_ends(strength: Float[Tensor, "*n"], level: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    level = torch.where(strength <= 0, torch.inf, level)
    return torch.where(strength >= 1, 0.0, level).float()
