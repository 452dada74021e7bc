"""The worker: what goes on by itself, beside the servers that answer."""

import asyncio
import signal

import structlog
import uvloop

from omd.db.server_check import check_server
from omd.entrypoints.api.watching import DATABASE_UP, backlog_told
from omd.entrypoints.databases import Services, opened
from omd.entrypoints.housekeeping_plans import planned_for
from omd.entrypoints.jobs import Doors, caused_by, handlers_of, told_of
from omd.entrypoints.mailing import LetterQueue, mailer_for
from omd.entrypoints.payments import providers_of
from omd.entrypoints.schedules import schedules_of
from omd.entrypoints.settings import Settings
from omd.entrypoints.webhooks import deliverer_of
from omd.features.folios.cards.accounts import Tills
from omd.infra.events import Relay
from omd.infra.jobs import ClockWatch, Follower, JobQueue, JobWorker, Scheduler, database_time
from omd.infra.keyring import Keyring
from omd.infra.webhooks import Sender
from omd.kernel.clock import SystemClock

POOL_SIZE = 4

_log = structlog.get_logger(__name__)


def run_worker(available: Services, settings: Settings, keys: str) -> None:
    """Work until SIGINT or SIGTERM; what is under way is ended in order. `keys` are those of the keyring."""
    uvloop.run(_work(available, settings, Keyring.parse(keys)))


async def _work(available: Services, settings: Settings, keyring: Keyring) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    await check_server(available.dsn_for("omd_app"))
    clock = SystemClock()
    relay_dsn = available.dsn_for("omd_relay")
    async with (
        opened(relay_dsn, "omd_relay", 1) as events,
        opened(relay_dsn, "omd_relay", POOL_SIZE) as webhooks,
        opened(relay_dsn, "omd_relay", POOL_SIZE) as jobs,
        opened(available.dsn_for("omd_app"), "omd_app", POOL_SIZE) as app,
        opened(available.dsn_for("omd_maintenance"), "omd_maintenance", POOL_SIZE) as maintenance,
        backlog_told(jobs, heard=DATABASE_UP.set),
        asyncio.TaskGroup() as tasks,
    ):
        _log.info("worker_begins")
        tasks.create_task(Relay(events).run(stopping))
        queue = JobQueue(jobs, keyring=keyring, clock=clock)
        deliverer = deliverer_of(
            *(webhooks, app),
            clock=clock,
            keyring=keyring,
            outbox=LetterQueue(keyring),
            sender=Sender(to_loopback=settings.webhooks_to_loopback),
        )
        tasks.create_task(deliverer.run(stopping))
        mailer = mailer_for(settings, clock)
        clock_watch = ClockWatch(clock, database_time(jobs))
        handlers = handlers_of(
            Doors(app, maintenance, jobs),
            mailer=mailer,
            clock=clock,
            clock_watch=clock_watch,
            dead_kept=settings.dead_kept,
            tills=Tills(providers_of(settings), keyring),
        )
        tasks.create_task(JobWorker(jobs, handlers, keyring=keyring).run(stopping))
        tasks.create_task(Follower(jobs, queue, caused_by, told_of, planned_for).run(stopping))
        scheduler = Scheduler(queue, schedules_of(maintenance), clock=clock, clock_watch=clock_watch)
        tasks.create_task(scheduler.run(stopping))
    _log.info("worker_ended")
