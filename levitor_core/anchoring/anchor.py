"""What the sampler holds to: Preview's latents, and the noise level below which each place is the model's own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from levitor_core.anchoring.schedules import Noising


@dataclass(frozen=True, eq=False)
class Anchor:
    """b videos of f latents each, on the sampler's device: `reference` in the scale that is denoised, `release` in
    noise levels (infinite: never held, 0: held to the end)."""

    reference: Float[Tensor, "b f c h w"]
    release: Float[Tensor, "b f 1 h w"]
    noising: Noising

    @classmethod
    def free(cls, latents: Float[Tensor, "b f c h w"], noising: Noising) -> Self:
        """One that holds nothing, for latents of that shape."""
        release = latents.new_full((*latents.shape[:2], 1, *latents.shape[3:]), torch.inf)
        return cls(torch.zeros_like(latents), release, noising)

    def go_on_from(self, before: Float[Tensor, "b n c h w"]) -> Self:
        """Held besides, to the end, to what was made before: the first latents. Where Preview itself is held to the end
        it stays."""
        first, rest = self.reference.split([before.shape[1], self.reference.shape[1] - before.shape[1]], dim=1)
        release = self.release.clone()
        fixed = release[:, : before.shape[1]] == 0
        release[:, : before.shape[1]] = 0
        return replace(self, reference=torch.cat([torch.where(fixed, first, before), rest], dim=1), release=release)

    def repeat(self, count: int) -> Self:
        """One video's anchor for that many that differ in their noise."""
        reference, release = (part.expand(count, *part.shape[1:]) for part in (self.reference, self.release))
        return replace(self, reference=reference, release=release)

    def holds(self, sigma: float) -> Bool[Tensor, "b f 1 h w"]:
        """Where latents at that noise level are still the reference's."""
        return self.release <= sigma

    def lay_over(
        self, latents: Float[Tensor, "b f c h w"], noise: Float[Tensor, "b f c h w"], sigma: float
    ) -> Float[Tensor, "b f c h w"]:
        """The latents at that noise level with the reference, under the video's own noise, where it is held."""
        return torch.where(self.holds(sigma), self.noising.add_noise(self.reference, noise, sigma), latents)

    def count_steps_to_skip(self, sigmas: Sequence[float]) -> int:
        """How many first steps of falling noise levels need not be computed: all that they make is laid over."""
        last = float(self.release.max())
        return max((step for step, sigma in enumerate(sigmas) if sigma >= last), default=0)
