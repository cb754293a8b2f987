"""Convolutions' weights in the order in which compiled code reads pictures: channels last. Eager code would copy."""

import torch
from torch import nn


def lay_out(network: nn.Module) -> None:
    """Put the weights of all convolutions into channels-last order; their values stay."""
    orders = {nn.Conv2d: torch.channels_last, nn.Conv3d: torch.channels_last_3d}
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d):
            module.weight.data = module.weight.data.contiguous(memory_format=orders[type(module)])
