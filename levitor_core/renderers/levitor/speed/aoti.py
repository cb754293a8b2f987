"""Packages for ZeroGPU, as its `spaces` library makes and loads them. UNTRIED: a Space's card must make its own.

A Space's processes are forked before they are lent a GPU, where torch's other compiled functions do not follow. A
package is a folder that holds code for one set of shapes; weights stay the network's own.
"""

import copy
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from levitor_core.renderers.levitor.step import Run
from levitor_core.whole_files import new_folder


def make(path: Path, network: nn.Module, inputs: Sequence[Tensor | None]) -> None:
    """Compile `network` for these inputs into the folder `path`, on the GPU that is lent now. Raises anything."""
    import spaces

    with torch.no_grad(), new_folder(path) as folder:
        spaces.aoti_compile_and_save(folder, torch.export.export(network, tuple(inputs)))


def load(path: Path, network: nn.Module) -> Run:
    """The compiled network, on the weights of `network`, which itself stays as it is. Raises anything."""
    import spaces

    compiled = copy.copy(network)  # its `forward` is replaced
    spaces.aoti_load_from_package_dir(compiled, path)
    return compiled
