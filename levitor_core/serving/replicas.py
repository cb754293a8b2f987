"""Videos by Ray Serve, one replica a GPU of a cluster; one that dies is replaced, and costs its own job a second try.

Ray is an extra: `requirements.txt` beside this file. Every node has the app and its weights at the same place.
"""
# pyright: reportMissingImports=false

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from levitor_core.checkpoints import Checkpoints
from levitor_core.engine import Engine
from levitor_core.errors import Cancelled, InputError, echo
from levitor_core.monitor import ProgressEvent
from levitor_core.serving.jobs import Attempt, Done, Heads, LastingJob, Setup
from levitor_core.serving.worker import make
from levitor_core.structures import Image, Project

ROOT = Path(__file__).resolve().parents[2]
NAME = "levitor"  # of the application: a page that is started again takes the place of one that was killed
LOOK_EVERY_S = 0.2
CLOSING_S = 3.0
_ENDED = object()


class Replicas:
    """`count` replicas on the cluster at `address` ("local": one of their own, "auto": that of this host)."""

    def __init__(self, address: str, count: int, setup: Setup) -> None:
        _connect(address)
        self._is_own = address == "local"
        from ray import serve

        logging.getLogger("ray.serve").setLevel(logging.ERROR)
        options = resources(count, setup)
        kind = serve.deployment(
            name=NAME,
            num_replicas=count,
            max_ongoing_requests=1,
            graceful_shutdown_timeout_s=1,
            ray_actor_options=options,
            logging_config={"log_level": "WARNING", "enable_access_log": False},
        )(Replica)
        serve.start(proxy_location="Disabled")
        there = replace(setup, checkpoints=setup.checkpoints.resolve())
        try:
            handle = serve.run(kind.bind(there), name=NAME, route_prefix=None)
            logging.getLogger("ray.serve").setLevel(logging.ERROR)
        except RuntimeError as error:
            why = "every node wants the app, its packages and the same version of Ray at the same place"
            raise InputError(f"Ray could not start the replicas; {why}.") from error
        self._make = handle.options(stream=True).make

    def submit(self, project: Project) -> LastingJob:
        """Have the project's videos made by the next replica that is free."""
        return LastingJob(lambda: self._attempt(project))

    def close(self) -> None:
        """End the replicas and leave the cluster, which may not answer any more."""
        leaving = threading.Thread(target=self._leave, daemon=True)
        leaving.start()
        leaving.join(CLOSING_S)

    def _leave(self) -> None:
        import ray
        from ray import serve

        if not self._is_own:
            serve.delete(NAME, _blocking=False)
        ray.shutdown()

    def _attempt(self, project: Project) -> Attempt:
        from ray.exceptions import RayError

        response = self._make.remote(project)
        try:
            yield from followed(response)
        except RayError as error:  # the replica has died, or its node
            raise EOFError from error
        finally:
            response.cancel()


class Replica:
    """An engine whose videos' events come one by one: between two of them a call can be cancelled."""

    def __init__(self, setup: Setup) -> None:
        self._engine = Engine(Checkpoints(setup.checkpoints), setup.device)

    async def make(self, project: Project) -> AsyncGenerator[ProgressEvent | Heads | Image | Done, None]:
        """All that happens, to Done; cancelled, it ends when the work has stopped, so that nobody else gets in."""
        said, unwanted = asyncio.Queue[Any](), threading.Event()
        put = partial(asyncio.get_running_loop().call_soon_threadsafe, said.put_nowait)

        def tell(event: ProgressEvent | Heads | Image) -> None:
            if unwanted.is_set():
                raise Cancelled
            put(event)

        making = asyncio.create_task(asyncio.to_thread(lambda: put(make(self._engine, project, tell))))
        try:
            event = None
            while not isinstance(event, Done):
                event = await said.get()
                yield event
        finally:
            unwanted.set()
            await making


def followed(response: Iterator[Any]) -> Iterator[Any]:
    """What comes out of `response`, one after the other as it is asked for, and None while nothing does."""
    pool = ThreadPoolExecutor(1)
    try:
        while True:
            coming = pool.submit(next, response, _ENDED)
            while not wait([coming], LOOK_EVERY_S).done:
                yield None
            if (said := coming.result()) is _ENDED:
                raise EOFError
            yield said
    finally:
        pool.shutdown(wait=False)


def resources(count: int, setup: Setup) -> Mapping[str, Any]:
    """What each replica gets of the cluster: a GPU of its own, where there are any, and its share of the processors.

    Raises InputError for more replicas than GPUs.
    """
    import ray

    all_of_it = ray.cluster_resources()
    gpus, processors = int(all_of_it.get("GPU", 0)), all_of_it.get("CPU", 1)
    if 0 < gpus < count and setup.device != "cpu":
        raise InputError(f"The cluster has {gpus} GPUs for {count} replicas; ask for as many as it has.")
    variables = {"OMP_NUM_THREADS": str(max(1, int(processors / count))), "PYTHONPATH": str(ROOT)}
    return {
        "num_gpus": 1 if gpus and setup.device != "cpu" else 0,
        "num_cpus": min(1, processors / count),
        "runtime_env": {"env_vars": variables},
    }


def _connect(address: str) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise InputError("Ray is missing; `pip install -r levitor_core/serving/requirements.txt` has it.") from error
    with _own_signals():
        try:
            ray.init(address, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError) as error:
            where = "start one with `ray start --head`, give both Ray's token, or say local"
            raise InputError(f"There is no Ray cluster at {echo(address)} that lets us in; {where}.") from error


@contextmanager
def _own_signals() -> Iterator[None]:
    """SIGTERM means afterwards what it meant before; Ray ends the process by it on its own."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
