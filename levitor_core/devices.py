"""Which device computes: the one asked for, or the best that torch has here."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from levitor_core.monitor import Monitor

if TYPE_CHECKING:
    import torch


def on_zero_gpu() -> bool:
    """Whether this process runs on a ZeroGPU Space, where torch claims a GPU that is only lent to single calls."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def best_device(wanted: str) -> str:
    """`wanted`, or for "auto" the first of CUDA, MPS and CPU that is here."""
    if wanted != "auto":
        return wanted
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def drawing_device(wanted: str) -> str:
    """Where masks are drawn for models on `wanted`: on its CUDA GPU, elsewhere on the CPU (MPS has no 64-bit
    scatter, a Space's GPU is lent to the video alone)."""
    device = best_device(wanted)
    return device if device.startswith("cuda") and not on_zero_gpu() else "cpu"


def has_cuda() -> bool:
    """Whether torch has a CUDA GPU; without any sign of a driver, torch (seconds to import) is not even asked."""
    signs = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
    if "torch" not in sys.modules and not (
        on_zero_gpu() or shutil.which("nvidia-smi") or any(Path(sign).exists() for sign in signs)
    ):
        return False
    import torch

    return torch.cuda.is_available()


def settled(network: Any, device: "torch.device | str") -> Any:
    """A network on that device, with nothing of it left in the file that it was read from: libraries map files into a
    CPU's memory, and whoever cuts such a file short, as a copy over it does, would end the process."""
    network = network.to(device)
    for tensor in (*network.parameters(), *network.buffers()):
        if tensor.device.type == "cpu":
            tensor.data = tensor.data.clone()
    return network


def release_memory() -> None:
    """Give memory that nothing holds any more back to the GPU's other users."""
    torch = sys.modules.get("torch")
    if torch is None:
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()


@contextmanager
def take_turn(busy: threading.Lock, monitor: Monitor) -> Iterator[None]:
    """One video at a time: waits for `busy`, saying so, and leaves the GPU's memory to the next. Raises Cancelled."""
    while not busy.acquire(timeout=0.2):
        monitor.report("Waiting for the GPU", 0, 1)
    try:
        yield
    finally:
        busy.release()
        release_memory()
