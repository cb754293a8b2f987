"""What the server does, counted for Prometheus: queues, durations by stage, memory, errors, refusals; no client."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily

from ui.server.turns import FairQueue

if TYPE_CHECKING:
    from prometheus_client.registry import Collector  # noqa: F401

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.01, 0.05, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)


class Metrics:
    """One server's; safe from any thread."""

    def __init__(self, queues: Mapping[str, FairQueue], disk_bytes: Callable[[], float]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_Gauges(queues, disk_bytes))  # type: ignore[arg-type]
        self._requests = Counter("levitor_requests", "Answers, by status", ["status"], registry=self.registry)
        self._refusals = Counter("levitor_refusals", "What was not taken on", ["why"], registry=self.registry)
        self._errors = Counter("levitor_errors", "Events that failed, by kind", ["kind"], registry=self.registry)
        self._seconds = Histogram(
            "levitor_stage_seconds", "How long stages took", ["stage"], buckets=_SECONDS, registry=self.registry
        )

    def answered(self, status: int) -> None:
        """A request got its answer."""
        self._requests.labels(str(status)).inc()

    def refused(self, why: str) -> None:
        """Something was not taken on."""
        self._refusals.labels(why).inc()

    def failed(self, error: BaseException) -> None:
        """An event ended with an error."""
        self._errors.labels(type(error).__name__).inc()

    def took(self, stage: str, seconds: float) -> None:
        """A stage, one of few names, was done."""
        self._seconds.labels(stage).observe(seconds)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)


class _Gauges:
    """What is looked up when asked for."""

    def __init__(self, queues: Mapping[str, FairQueue], disk_bytes: Callable[[], float]) -> None:
        self._queues, self._disk_bytes = queues, disk_bytes

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge."""
        for at, (name, about) in enumerate((("running", "Calls that run"), ("waiting", "Calls that wait"))):
            gauge = GaugeMetricFamily(f"levitor_{name}", f"{about}, by queue", labels=["queue"])
            for queue, turns in self._queues.items():
                gauge.add_metric([queue], turns.busy[at])
            yield gauge
        yield GaugeMetricFamily("levitor_disk_bytes", "What people's files take", value=self._disk_bytes())
