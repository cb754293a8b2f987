"""Networks compiled ahead: one package for a network, a card and a set of shapes, loaded in seconds by a new process.

`python -m levitor_core warm` makes them, which takes minutes; no video ever waits for a compiler. A package holds code
and no weights. What it was made of is in its name, so that another torch, card, network or shape never meets it; one
that does not load or run, in whatever video, is left aside. It is code: the folder must be one's own.
"""

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from levitor_core.devices import on_zero_gpu
from levitor_core.errors import RendererError
from levitor_core.renderers.levitor.speed import aoti
from levitor_core.renderers.levitor.speed.graphs import Graph
from levitor_core.renderers.levitor.speed.layout import lay_out
from levitor_core.renderers.levitor.step import Run
from levitor_core.whole_files import is_file, is_folder, replacing

ENOUGH = 4  # sets of shapes whose graphs are kept
UNGUARDED: Any = {"guard_filter_fn": torch.compiler.skip_all_guards_unsafe}  # a package's name says what fits it

_log = logging.getLogger(__name__)


class Quick:
    """A network that is called with tensors: by its package where one is here, replayed as a graph on CUDA.

    `make` compiles, and keeps, the package of shapes that have none.
    """

    def __init__(self, network: nn.Module, name: str, packages: bool, graphs: bool, make: bool = False) -> None:
        self.network, self.name, self.make = network, name, make
        self._packages, self._graphs = packages, graphs
        self._ready: dict[str, Run] = {}
        wanted = packages and (make or any(packages_folder().glob(_name(name, network, "*"))))
        if wanted and not on_zero_gpu():  # whose weights are on no card yet
            lay_out(network)  # before anyone, a graph above all, remembers where the weights are
        self._pool = torch.cuda.graph_pool_handle() if graphs and torch.cuda.is_available() else (0, 0)

    def __call__(self, *inputs: Tensor | None) -> Tensor:
        """What the network returns."""
        shapes = describe(inputs)
        if shapes not in self._ready:
            if len(self._ready) == ENOUGH:
                self._ready.clear()
            self._ready[shapes] = self._prepare(inputs)
        run = self._ready[shapes]
        try:
            return run(*inputs)
        except Exception as error:  # compiled code and drivers raise anything
            if run is self.network or isinstance(error, torch.OutOfMemoryError):
                raise
            _log.warning("The %s runs uncompiled from now on, so videos take longer: %s", self.name, error)
            self._ready[shapes] = self.network
        return self.network(*inputs)

    @torch.no_grad()
    def _prepare(self, inputs: Sequence[Tensor | None]) -> Run:
        run = self._compiled(inputs) if self._packages else self.network
        if not self._graphs or not any(one is not None and one.is_cuda for one in inputs):
            return run
        try:
            return Graph(run, inputs, self._pool)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:  # something in it cannot be recorded by this torch or driver
            _log.warning("The %s is not replayed as a graph, so videos take longer: %s", self.name, error)
            return run

    def _compiled(self, inputs: Sequence[Tensor | None]) -> Run:
        path = package_path(self.name, self.network, inputs)
        if not is_file(path) and not is_folder(path):
            if not self.make:
                return self.network
            make_package(path, self.network, inputs)
        try:
            run = load_package(path, self.network)
            run(*inputs)
        except Exception as error:  # a file of any kind, run by a driver of any kind
            _log.warning("%s is not used (%s); remove it and `python -m levitor_core warm` makes it anew.", path, error)
            return self.network
        return run


def packages_folder() -> Path:
    """Where packages are: LEVITOR_CACHE, or levitor in the person's own cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("LEVITOR_CACHE") or Path(cache) / "levitor")


def package_path(name: str, network: nn.Module, inputs: Sequence[Tensor | None]) -> Path:
    """The file for this network on this machine with inputs of these shapes."""
    return packages_folder() / _name(name, network, _digest(describe(inputs)))


def _name(name: str, network: nn.Module, shapes: str) -> str:
    facts = (
        (torch.__version__, torch.version.cuda),
        "ZeroGPU" if on_zero_gpu() else torch.cuda.get_device_name() if torch.cuda.is_available() else "",
        [(key, tuple(value.shape), str(value.dtype)) for key, value in network.state_dict().items()],
        [str(getattr(part, "config", "")) for part in network.children()],
        _code(),
    )
    return f"{name}-{_digest(json.dumps(facts))}-{shapes}.package"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def describe(inputs: Sequence[Tensor | None]) -> str:
    """Shapes and types, by which inputs are told apart."""
    return ", ".join("none" if one is None else f"{one.dtype}{list(one.shape)} {one.device}" for one in inputs)


def make_package(path: Path, network: nn.Module, inputs: Sequence[Tensor | None]) -> None:
    """Compile `network` for these inputs into `path`: minutes. Raises RendererError where that cannot be done."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(path.parent / "inductor"))
    try:
        (aoti.make if on_zero_gpu() else _make)(path, network, inputs)
    except Exception as error:  # compilers raise anything
        sentence = f"The video model could not be compiled here, so videos are made without: {error}"
        raise RendererError(" ".join(sentence.split())[:400]) from error


def _make(path: Path, network: nn.Module, inputs: Sequence[Tensor | None]) -> None:
    settings: Any = torch._dynamo.config  # pyright: ignore[reportPrivateUsage]
    torch.compiler.reset()  # what was compiled before would be told apart by guards, which cannot be saved
    with torch.no_grad(), settings.patch(enable_aot_compile=True):
        compiler: Any = torch.compile(_call, fullgraph=True, dynamic=False, options=UNGUARDED)
        compiled = compiler.aot_compile(((network, *inputs), {}))
    with replacing(path) as partial:
        compiled.save_compiled_function(str(partial))


def load_package(path: Path, network: nn.Module) -> Run:
    """The compiled network, on the weights of `network` as they are."""
    if on_zero_gpu():
        return aoti.load(path, network)
    with path.open("rb") as file:
        compiled: Any = torch.compiler.load_compiled_function(file)
    return lambda *inputs: compiled(network, *inputs)


def _call(network: nn.Module, *inputs: Tensor | None) -> Tensor:
    return network(*inputs)


def _code() -> str:
    """What the code that goes into packages looks like."""
    here = Path(__file__).parent
    files = sorted(path for folder in (here, here.parent) for path in folder.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
