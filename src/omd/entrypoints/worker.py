"""The worker: what goes on by itself, beside the servers that answer."""

import asyncio
import signal

import structlog
import uvloop

from omd.db.server_check import check_server
from omd.entrypoints.databases import Services, opened
from omd.infra.events import Relay

_log = structlog.get_logger(__name__)


def run_worker(available: Services) -> None:
    """Work until SIGINT or SIGTERM; what is under way is ended in order."""
    uvloop.run(_work(available))


async def _work(available: Services) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    await check_server(available.dsn_for("omd_app"))
    async with opened(available.dsn_for("omd_relay"), "omd_relay", 1) as events:
        _log.info("worker_begins")
        await Relay(events).run(stopping)
    _log.info("worker_ended")
