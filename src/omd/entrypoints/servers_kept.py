"""The embedded servers of a program, kept running: one that ends, as on a full disk, is started again."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from omd.db.embedded import EmbeddedPostgres, EmbeddedServerFailed
from omd.infra.embedded_redis import EmbeddedRedis

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 5.0
"""How long a server that did not start is left alone."""

_log = structlog.get_logger(__name__)


@contextmanager
def kept_running(servers: Sequence[EmbeddedPostgres | EmbeddedRedis]) -> Iterator[None]:
    """Start those of the servers again that end within the block; they run when it begins, and are not stopped here."""
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep, args=(servers, stopping), name="servers-keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep(servers: Sequence[EmbeddedPostgres | EmbeddedRedis], stopping: threading.Event) -> None:
    wait = LOOK_SECONDS
    while not stopping.wait(wait):
        wait = LOOK_SECONDS
        for server in servers:
            if server.is_running():
                continue
            what = type(server).__name__
            _log.warning("embedded_server_ended", server=what)
            try:
                server.start()
            except EmbeddedServerFailed as error:
                _log.error("embedded_server_does_not_start", server=what, detail=error.detail)
                wait = AGAIN_SECONDS
            except OSError as error:
                _log.error("embedded_server_does_not_start", server=what, detail=str(error))
                wait = AGAIN_SECONDS
            else:
                _log.warning("embedded_server_started_again", server=what)
