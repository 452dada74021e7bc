"""What has a level rather than a count: looked at once a second, because nobody needs to pay for it at each request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter

import msgspec
import structlog
from prometheus_client import Gauge, Histogram

from omd.db import Database
from omd.entrypoints.api.watching.requests import RequestWatch

_log = structlog.get_logger(__name__)

SAMPLE_SECONDS = 1.0
STOP_SECONDS = 1.0
HEALTH_SAMPLES = 5
"""Each so many samples the database and Redis are asked whether they are there."""

SHARE_SAMPLES = 2
"""Each so many samples the other workers are told how requests went."""

POOL = Gauge(
    "omd_pool_connections",
    "Connections to PostgreSQL: open, in_use, the transactions waiting for one, and the most there may be.",
    ["state"],
    multiprocess_mode="livesum",
)
IN_FLIGHT = Gauge("omd_requests_in_flight", "Requests being served now.", multiprocess_mode="livesum")
WORKERS = Gauge("omd_workers", "Worker processes that serve the API.", multiprocess_mode="livesum")
DATABASE_UP = Gauge(
    "omd_database_up", "Whether PostgreSQL answers every worker, its schema current.", multiprocess_mode="livemin"
)
REDIS_UP = Gauge("omd_redis_up", "Whether Redis answers every worker.", multiprocess_mode="livemin")
# The least of all processes is told: one that never asks, such as the worker beside, must not be the one that says no.
DATABASE_UP.set(1)
REDIS_UP.set(1)
LOOP_LAG = Histogram(
    "omd_event_loop_lag_seconds",
    "How much later than it wanted a worker's event loop came to what was due, in seconds.",
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 2.5),
)


class Looks(msgspec.Struct, frozen=True):
    """What is looked at.

    `health` says whether the database and Redis are there, if they are to be asked; `share` tells the other workers.
    """

    database: Database
    watch: RequestWatch
    health: Callable[[], Awaitable[tuple[bool, bool]]] | None
    share: Callable[[], Awaitable[None]]


@asynccontextmanager
async def sampled(looks: Looks) -> AsyncIterator[None]:
    """Look at the levels while the block runs."""
    # Told from the start: a worker that cannot reach the database is a worker.
    sample(looks.watch, looks.database)
    stopping = asyncio.Event()
    sampling = asyncio.create_task(_keep_sampling(looks, stopping))
    try:
        yield
    finally:
        stopping.set()
        # Asked first: what is cancelled while it connects may not hear of it, and would go on for ever.
        await asyncio.wait({sampling}, timeout=STOP_SECONDS)
        sampling.cancel()
        (ended,) = await asyncio.gather(sampling, return_exceptions=True)
        if isinstance(ended, Exception):
            _log.error("sampling_failed", exc_info=ended)


async def _keep_sampling(looks: Looks, stopping: asyncio.Event) -> None:
    samples = 0
    while not stopping.is_set():
        if looks.health is not None and samples % HEALTH_SAMPLES == 0:
            database_up, redis_up = await looks.health()
            DATABASE_UP.set(database_up)
            REDIS_UP.set(redis_up)
        if samples % SHARE_SAMPLES == 0:
            await looks.share()
        samples += 1
        due = perf_counter() + SAMPLE_SECONDS
        try:
            async with asyncio.timeout(SAMPLE_SECONDS):
                await stopping.wait()
        except TimeoutError:
            LOOP_LAG.observe(max(0.0, perf_counter() - due))
            sample(looks.watch, looks.database)


def sample(watch: RequestWatch, database: Database) -> None:
    """Look once."""
    figures = database.figures
    POOL.labels("open").set(figures.open)
    POOL.labels("in_use").set(figures.in_use)
    POOL.labels("waiting").set(figures.waiting)
    POOL.labels("most").set(figures.most)
    IN_FLIGHT.set(watch.in_flight)
    WORKERS.set(1)
