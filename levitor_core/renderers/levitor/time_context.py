"""The released pipeline's temporal context, for whoever wants to come near its published videos: halves mixed.

SVD's temporal attention is told what the photo shows: CLIP's embedding of it, and zeros in the unconditional half.
LeviTor was released on a fork of diffusers 0.24.0 (ant-research/LeviTor@2564ff9). Before diffusers 0.28 row n of all
positions of a batch, which lie video by video, got the context of video n mod 2 of the two halves instead of its own:
every second position of both halves was told the other half's, in UNet and ControlNet alike. Training, with one video
a GPU (paper, section 4: 16 GPUs, a batch of 16), never mixed; so we do not, unless asked to.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Self

import torch
from diffusers.models.attention import TemporalBasicTransformerBlock
from jaxtyping import Float, Int
from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class MixedContext:
    """What each of b videos' positions are told: `contexts` without and with the photo, in turns; `half` 0 or 1 says
    with which of them the video stands in the released pipeline's batch."""

    contexts: Float[Tensor, "b 2 c"]
    half: Int[Tensor, " b"]

    @classmethod
    def of(cls, embedding: Float[Tensor, "b 1 c"], half: int) -> Self:
        """For one half of the guidance of b videos."""
        contexts = torch.cat([torch.zeros_like(embedding), embedding], dim=1)
        return cls(contexts, torch.full((len(embedding),), half, device=embedding.device))

    def join(self, other: Self) -> Self:
        """Both as one batch, self first."""
        return type(self)(torch.cat([self.contexts, other.contexts]), torch.cat([self.half, other.half]))

    def rows(self, positions: int) -> Float[Tensor, "rows 1 c"]:
        """The context of every one of so many positions of every video."""
        row = self.half[:, None] * positions + torch.arange(positions, device=self.half.device)
        videos = torch.arange(len(self.half), device=self.half.device)[:, None]
        return self.contexts[videos, row % 2].flatten(0, 1)[:, None]


@contextmanager
def mix_time_context(context: MixedContext, *networks: nn.Module) -> Iterator[None]:
    """While open, the temporal attention of `networks` is told `context`.

    The hooks are removed on leaving, whatever happens.
    """
    with ExitStack() as hooks:
        for network in networks:
            for module in network.modules():
                if isinstance(module, TemporalBasicTransformerBlock):
                    hooks.callback(module.register_forward_pre_hook(_tell(context), with_kwargs=True).remove)
        yield


def _tell(context: MixedContext) -> Any:
    def hook(
        module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        positions = kwargs["encoder_hidden_states"].shape[0] // len(context.half)
        return args, kwargs | {"encoder_hidden_states": context.rows(positions)}

    return hook
