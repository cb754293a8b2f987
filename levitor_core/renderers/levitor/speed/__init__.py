"""The same numbers sooner, on CUDA: each way a module of its own that touches nothing but what it names.

    attention   the kernel that suits each length; one token needs none
    layout      convolutions' weights in channels-last order
    packages    networks compiled ahead, for one card and set of shapes (`python -m levitor_core warm` makes them)
    graphs      everything a network launches, recorded once and replayed

`quicken` puts them together; `Ways` switches any of them off. Without a compiler or a package the rest still works.
"""

from dataclasses import dataclass

from torch import nn

from levitor_core.renderers.levitor.speed.attention import choose_kernels
from levitor_core.renderers.levitor.speed.packages import Quick
from levitor_core.renderers.levitor.step import Run

__all__ = ["ALL", "NONE", "Ways", "quicken"]


@dataclass(frozen=True)
class Ways:
    """Which of them are taken. Layout helps compiled networks alone, so it comes with `packages`."""

    kernels: bool = True
    packages: bool = True
    graphs: bool = True


ALL, NONE = Ways(), Ways(False, False, False)


def quicken(network: nn.Module, name: str, ways: Ways, make: bool = False) -> Run:
    """`network`, to be called with tensors as before. `make` compiles for shapes that have no package yet."""
    if ways == NONE:
        return network
    if ways.kernels:
        choose_kernels(network)
    return Quick(network, name, ways.packages, ways.graphs, make)
