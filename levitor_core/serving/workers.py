"""Videos by processes of this host, one a GPU; one that dies is replaced, and costs its own job a second try alone."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from socket import socketpair
from typing import Any

from levitor_core.devices import has_cuda
from levitor_core.errors import InputError
from levitor_core.serving.jobs import Attempt, Cancel, Done, LastingJob, Setup
from levitor_core.structures import Project

LOOK_EVERY_S = 0.2


class Workers:
    """`count` processes; safe from any thread."""

    def __init__(self, count: int, setup: Setup) -> None:
        self._setup, self._environments = setup, environments(count)
        self._free = threading.Condition()
        self._idle: list[_Worker] = [_Worker(setup, variables) for variables in self._environments]
        self._all = set(self._idle)
        self._closed = False

    def submit(self, project: Project) -> LastingJob:
        """Have the project's videos made by the next worker that is free."""
        return LastingJob(lambda: self._attempt(project))

    def close(self) -> None:
        """End all processes, whatever they do."""
        with self._free:
            self._closed = True
            for worker in self._all:
                worker.end()

    @property
    def processes(self) -> tuple[int, ...]:
        """The process ids."""
        return tuple(worker.process.pid for worker in self._all)

    def _take(self, wait_s: float) -> "_Worker | None":
        """A worker that nobody has, if there is one within that time."""
        with self._free:
            self._free.wait_for(lambda: self._idle, wait_s)
            return self._idle.pop() if self._idle else None

    def _give_back(self, worker: "_Worker") -> None:
        """It is free for others; another takes the place of one that has died."""
        with self._free:
            if not worker.lives() and not self._closed:
                self._all.discard(worker)
                worker.end()
                worker = _Worker(self._setup, worker.variables)
                self._all.add(worker)
            self._idle.append(worker)
            self._free.notify()

    def _attempt(self, project: Project) -> Attempt:
        """Closed early, the worker is told and is others' once it has noticed."""
        while (worker := self._take(LOOK_EVERY_S)) is None:
            yield None
        said: Any = None
        try:
            worker.line.send(project)
            while not isinstance(said, Done):
                yield said
                said = worker.line.recv() if worker.line.poll(LOOK_EVERY_S) else None
        except (EOFError, OSError):  # the latter, too, in the middle of a frame
            worker.end()
            self._give_back(worker)
            raise
        except BaseException:
            threading.Thread(target=self._stop, args=(worker,), daemon=True).start()
            raise
        self._give_back(worker)
        yield said

    def _stop(self, worker: "_Worker") -> None:
        """Tell the worker that its job is not wanted, and take what it still says."""
        try:
            worker.line.send(Cancel())
            while not isinstance(worker.line.recv(), Done):
                pass
        except Exception:  # it has died, or says what nobody understands
            worker.end()
        self._give_back(worker)


class _Worker:
    """A process and the line to it."""

    def __init__(self, setup: Setup, variables: Mapping[str, str]) -> None:
        self.variables = variables
        ours, its = socketpair()
        with its:
            command = [sys.executable, "-m", "levitor_core.serving.worker", str(its.fileno())]
            environment = {**os.environ, **variables}
            self.process = subprocess.Popen(command, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL, env=environment)
        self.line = Connection(ours.detach())
        self.line.send(setup)

    def lives(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()


def environments(count: int) -> Sequence[Mapping[str, str]]:
    """What each worker's environment has beside this one's: a GPU of its own and its share of the processors.

    Raises InputError for more workers than GPUs, where there are any.
    """
    threads = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // count))}
    if not has_cuda():
        return [threads] * count
    import torch

    seen = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    names = [name for name in seen if name] or [str(number) for number in range(torch.cuda.device_count())]
    if count > len(names):
        raise InputError(f"There are {len(names)} GPUs here for {count} workers; ask for as many as there are GPUs.")
    return [threads | {"CUDA_VISIBLE_DEVICES": name} for name in names[:count]]
