"""A CUDA graph: all that a function of tensors launches, recorded once and replayed without Python between."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from levitor_core.renderers.levitor.step import Run

WARM_UPS = 2  # so that libraries choose their kernels and take their workspaces before anything is recorded


class Graph:
    """`function` on tensors of the shapes, and on the device, of `inputs`; graphs of one `pool` share their memory."""

    def __init__(self, function: Run, inputs: Sequence[Tensor | None], pool: Any) -> None:
        self._function = function  # its kernels live as long as it does
        self._inputs = [None if given is None else given.clone() for given in inputs]
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UPS):
                function(*self._inputs)
        torch.cuda.current_stream().wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, pool):
            self._output = function(*self._inputs)

    def __call__(self, *inputs: Tensor | None) -> Tensor:
        """What `function` returns for these."""
        for own, given in zip(self._inputs, inputs, strict=True):
            if own is not None and given is not None:
                own.copy_(given)
        self._graph.replay()
        return self._output.clone()  # the next replay writes over it
