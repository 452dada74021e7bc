"""Where the figures are read: a listener of its own beside the API, on an address that the public does not reach."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, CollectorRegistry, Metric, start_http_server
from prometheus_client.registry import Collector

from omd.entrypoints.addresses import check_free
from omd.entrypoints.settings import Settings

_OF_SERVERS = frozenset({"omd_workers", "omd_requests_in_flight", "omd_redis_up"})
"""What a worker has the names of and nothing to say about: it serves nobody, and asks no Redis."""


@contextmanager
def listening(host: str, port: int, collector: Collector) -> Iterator[None]:
    """Serve what is collected at `http://host:port/metrics`, in threads of its own, while the block runs."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    server, thread = start_http_server(port, host, registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _OfWorker(Collector):
    """Collects what this process, a worker by itself, knows."""

    def collect(self) -> Iterable[Metric]:
        """Return every figure but those of servers."""
        return (each for each in REGISTRY.collect() if each.name not in _OF_SERVERS)


@contextmanager
def worker_told(settings: Settings) -> Iterator[None]:
    """Serve the figures of this worker while the block runs, where the settings say; raise `AddressNotFree`."""
    if settings.worker_metrics_port is None:
        yield
        return
    at = (settings.metrics_host, settings.worker_metrics_port)
    check_free(*at, "OMD_METRICS_HOST", "OMD_WORKER_METRICS_PORT")
    with listening(*at, _OfWorker()):
        yield
