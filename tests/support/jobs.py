"""Jobs of the tests, and workers that do them."""

import asyncio
from datetime import date, datetime, timedelta

import msgspec

from omd.db import Database
from omd.infra.jobs import (
    ClockWatch,
    Handlers,
    Job,
    JobKind,
    JobWorker,
    Terms,
    list_jobs,
)
from omd.infra.jobs.worker import Work
from omd.infra.keyring import Keyring
from omd.infra.webhooks.backoff import Backoff
from omd.kernel.clock import Clock

PATIENCE_SECONDS = 60.0


AT_ONCE = Backoff(first=timedelta(0), longest=timedelta(0))


KEYRING = Keyring.parse(Keyring.make_key())


class Page(msgspec.Struct, frozen=True):
    """What the jobs of these tests need to know."""

    name: str
    on: date = date(2027, 3, 1)


PAGE = JobKind("test_page", Page, attempts=3, backoff=AT_ONCE)


SECRET = JobKind("test_secret", Page, attempts=3, backoff=AT_ONCE, secret=True)


NIGHT = JobKind("test_night", Page)


class Works:
    """Workers of these tests: started here, all told to stop at the end."""

    def __init__(self, relay: Database) -> None:
        self._relay = relay
        self._running: list[tuple[asyncio.Event, asyncio.Task[None]]] = []

    def start(self, work: Work[Page], *kinds: JobKind[Page], terms: Terms | None = None) -> asyncio.Event:
        """Start a worker; what is returned tells it to stop."""
        handlers, stopping = Handlers(), asyncio.Event()
        for kind in kinds or (PAGE,):
            handlers.on(kind, work)
        worker = JobWorker(self._relay, handlers, keyring=KEYRING, terms=terms)
        self._running.append((stopping, asyncio.create_task(worker.run(stopping))))
        return stopping

    async def stop(self) -> None:
        """Tell all to stop, and wait for them."""
        for stopping, _ in self._running:
            stopping.set()
        await asyncio.gather(*(task for _, task in self._running))
        self._running.clear()


def agreeing(clock: Clock) -> ClockWatch:
    """Return what finds a clock right wherever the test puts it."""

    async def told() -> datetime:
        return clock.now()

    return ClockWatch(clock, told)


async def jobs(relay: Database) -> list[Job]:
    async with relay.reading(None) as tx:
        return await list_jobs(tx, state=None, most=100)


async def until(relay: Database, *states: str) -> list[Job]:
    """Wait until the jobs that are not done stand so; return them."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = await jobs(relay)
            if sorted(job.state for job in found) == sorted(states):
                return found
