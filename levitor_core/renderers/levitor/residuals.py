"""Adding a ControlNet's residuals to diffusers' own SVD UNet, which has no argument for them, by hooks."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from torch import Tensor, nn

from levitor_core.renderers.levitor.controlnet import Residuals


@contextmanager
def add_residuals(unet: UNetSpatioTemporalConditionModel, residuals: Residuals) -> Iterator[None]:
    """While open, `unet` adds `residuals` (12 for its skip tensors in order, one for its middle) as it runs.

    Each up block takes its own share from the end of the list, as it takes the skip tensors themselves. The hooks
    are removed on leaving, whatever happens.
    """
    down, mid = residuals
    end, up_blocks = len(down), cast(Iterable[Any], unet.up_blocks)
    with ExitStack() as hooks:
        for block in up_blocks:
            start = end - len(block.resnets)
            handle = block.register_forward_pre_hook(_add_to_skips(down[start:end]), with_kwargs=True)
            hooks.callback(handle.remove)
            end = start
        hooks.callback(unet.mid_block.register_forward_hook(_add_to_output(mid)).remove)
        yield


def _add_to_skips(share: tuple[Tensor, ...]) -> Any:
    def hook(
        module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        skips = kwargs["res_hidden_states_tuple"]
        added = tuple(skip + residual for skip, residual in zip(skips, share, strict=True))
        return args, kwargs | {"res_hidden_states_tuple": added}

    return hook


def _add_to_output(residual: Tensor) -> Any:
    def hook(module: nn.Module, args: tuple[Any, ...], output: Tensor) -> Tensor:
        return output + residual

    return hook
