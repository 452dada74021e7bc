"""How much is yet to be done by workers: told by the servers too, so that it is told when no worker is there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from prometheus_client import Gauge

from omd.db import Database
from omd.infra.jobs import find_figures
from omd.infra.webhooks.backlog import find_backlog
from omd.kernel.errors import OmdError

LOOKS_EVERY_SECONDS = 5.0

_log = structlog.get_logger(__name__)
# Every process counts the same rows: the most of what they tell is what there is.
JOBS = Gauge("omd_jobs", "Jobs that are not done, by how they stand.", ["state"], multiprocess_mode="livemax")
OLDEST = Gauge(
    "omd_job_oldest_due_seconds", "For how long the oldest job that is due has waited.", multiprocess_mode="livemax"
)
DELIVERIES = Gauge(
    "omd_webhook_deliveries",
    "Messages of webhooks that wait to be delivered, or were given up.",
    ["status"],
    multiprocess_mode="livemax",
)


@asynccontextmanager
async def backlog_told(
    events: Database | None, *, heard: Callable[[float], object] | None = None
) -> AsyncIterator[None]:
    """Look while the block runs, on an open database of the role omd_relay; without one nothing is told.

    `heard` is told after each look whether the database answered: 1 or 0.
    """
    if events is None:
        yield
        return
    stopping = asyncio.Event()
    looking = asyncio.create_task(_keep_looking(events, stopping, heard or _nobody))
    try:
        yield
    finally:
        stopping.set()
        await looking


def _nobody(_answered: float) -> None:
    return None


async def _keep_looking(events: Database, stopping: asyncio.Event, heard: Callable[[float], object]) -> None:
    while not stopping.is_set():
        try:
            await look(events)
            heard(1)
        except OmdError as error:
            heard(0)
            _log.warning("backlog_unknown", code=error.code)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LOOKS_EVERY_SECONDS)


async def look(db: Database) -> None:
    """Look once; raise `DatabaseUnavailable`."""
    async with db.reading(None) as tx:
        jobs, deliveries = await find_figures(tx), await find_backlog(tx)
    JOBS.labels("due").set(jobs.due)
    JOBS.labels("waiting").set(jobs.waiting)
    JOBS.labels("running").set(jobs.running)
    JOBS.labels("dead").set(jobs.dead)
    OLDEST.set(jobs.oldest_due_seconds)
    DELIVERIES.labels("pending").set(deliveries.pending)
    DELIVERIES.labels("dead").set(deliveries.dead)
