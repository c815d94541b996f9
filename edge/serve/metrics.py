"""What a server counts, for Prometheus."""

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from edge.serve.batcher import Batcher

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """Counts of one server, in a registry of their own."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "edge_requests", "Requests answered, by route and status", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "edge_request_seconds", "How long answers took", ["route"], registry=self._registry, buckets=_SECONDS
        )
        self._batches = Histogram(
            "edge_batch_sentences",
            "Batch size of dynamic batching, in sentences or phrases of sound",
            ["model"],
            registry=self._registry,
            buckets=_SIZES,
        )
        self._decoding = Counter(
            "edge_decoding_seconds", "Seconds a model was busy", ["model"], registry=self._registry
        )

    def request(self, route: str, status: int, seconds: float) -> None:
        """Counts a request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def batch(self, model: str, size: int, seconds: float) -> None:
        """Counts a batch."""
        self._batches.labels(model).observe(size)
        self._decoding.labels(model).inc(seconds)

    def watch(self, batchers: Mapping[str, Batcher]) -> None:
        """Tells how many sentences or phrases wait, too, by the name of the model."""
        self._registry.register(_Waiting(batchers))

    def text(self) -> bytes:
        """All of it in Prometheus' format."""
        return generate_latest(self._registry)


class _Waiting(Collector):
    def __init__(self, batchers: Mapping[str, Batcher]):
        self._batchers = batchers

    def collect(self) -> list[GaugeMetricFamily]:
        """How many wait now."""
        gauge = GaugeMetricFamily(
            "edge_waiting_sentences", "Sentences or phrases of sound that wait for a model", labels=["model"]
        )
        for name, batcher in self._batchers.items():
            gauge.add_metric([name], batcher.waiting)
        return [gauge]
