"""Where the figures are read: a listener of its own beside the API, on an address that the public does not reach."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.registry import Collector


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
