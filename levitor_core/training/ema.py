"""An exponential moving average of what is trained, updated in place by fused kernels (a CUDA graph may hold it)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Ema:
    """Averages of parameters, in float32 beside them.

    The decay of update t is min(decay, (1 + t) / (10 + t)), so that early averages follow quickly.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], decay: float) -> None:
        self.parameters = list(parameters)
        self.averages = [parameter.detach().clone() for parameter in self.parameters]
        self.decay = decay
        device = self.parameters[0].device
        self.updates = torch.zeros((), dtype=torch.float32, device=device)

    @torch.no_grad()
    def update(self) -> None:
        """Take in the parameters as they are now."""
        self.updates += 1
        decay = ((1 + self.updates) / (10 + self.updates)).clamp(max=self.decay)
        change = torch._foreach_sub([parameter.detach() for parameter in self.parameters], self.averages)  # pyright: ignore[reportPrivateImportUsage]
        torch._foreach_mul_(change, 1 - decay)  # pyright: ignore[reportPrivateImportUsage]
        torch._foreach_add_(self.averages, change)  # pyright: ignore[reportPrivateImportUsage]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """While open, the parameters are their averages."""
        own = [parameter.data for parameter in self.parameters]
        try:
            for parameter, average in zip(self.parameters, self.averages, strict=True):
                parameter.data = average
            yield
        finally:
            for parameter, data in zip(self.parameters, own, strict=True):
                parameter.data = data

    def tensors(self) -> list[Tensor]:
        """Everything that a resumed run needs, in a fixed order."""
        return [self.updates, *self.averages]
