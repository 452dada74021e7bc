"""omd demo: a filled destination in one command."""

import asyncio
from functools import partial
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from omd.db.migrator import Migrator
from omd.db.server_check import check_server
from omd.entrypoints.answering import once_it_answers
from omd.entrypoints.databases import Services, opened, services
from omd.entrypoints.demo.filling import Filler, Scale
from omd.entrypoints.demo.tokens import DemoTokens, keep_tokens
from omd.entrypoints.demo.welcome import print_welcome
from omd.entrypoints.secret_keys import keys_for
from omd.entrypoints.serve import check_address, run_server
from omd.entrypoints.settings import Settings, load_settings
from omd.entrypoints.worker_beside import WorkerBeside
from omd.infra.telemetry import configure_logging
from omd.kernel.clock import Clock, SystemClock
from omd.kernel.errors import OmdError

LOG_LEVEL = "warning"
"""The demo's terminal is for people; `omd serve` logs by OMD_LOG_LEVEL."""


class DemoRefused(OmdError):
    """The demo invents hotels and guests, which do not belong into a database of somebody's own."""

    code = "demo_refused"
    status = 409
    title = "The demo was not started"


def demo(
    omds: Annotated[int, typer.Option(min=1, max=5, help="How many destinations.")] = 5,
    hotels: Annotated[int, typer.Option(min=1, max=40, help="How many hotels each, of 100 rooms.")] = 40,
) -> None:
    """Start everything, fill it with invented hotels and guests the first time, and serve it. Ctrl-C stops it all."""
    settings = load_settings()
    if settings.database_url is not None:
        raise DemoRefused(
            "The demo invents hotels and guests and keeps them in a database of its own in OMD_HOME. "
            "Unset OMD_DATABASE_URL for it, or serve your own database by `omd serve`."
        )
    check_address(settings)
    configure_logging(LOG_LEVEL)
    console, clock = Console(), SystemClock()
    console.print(f"Starting PostgreSQL and Redis in {settings.home}", highlight=False, soft_wrap=True)
    with services(settings, with_redis=True, shared=False) as available:
        tokens = asyncio.run(_fill(settings, available, Scale(omds, hotels), clock))
        serving = msgspec.structs.replace(
            settings,
            database_url=available.dsn_for("omd_app"),
            events_database_url=available.dsn_for("omd_relay"),
            redis_url=available.redis_url,
            secret_keys=keys_for(settings),
        )
        greet = partial(print_welcome, console, settings, tokens, clock)
        with (
            WorkerBeside(settings, log_level=LOG_LEVEL) as worker,
            once_it_answers(f"{settings.listens_at}/ready", greet),
        ):
            run_server(serving, on_startup=worker.start, log_level=LOG_LEVEL)
    console.print("Stopped. `make demo` goes on from here.")


async def _fill(settings: Settings, available: Services, scale: Scale, clock: Clock) -> DemoTokens:
    await Migrator(available.owner_dsn).migrate()
    await check_server(available.dsn_for("omd_app"))
    async with (
        opened(available.dsn_for("omd_maintenance"), "omd_maintenance", settings.pool_size) as maintenance,
        opened(available.dsn_for("omd_app"), "omd_app", settings.pool_size) as app,
    ):
        filler = Filler(maintenance, app, clock)
        await filler.import_destinations(scale)
        await filler.open_horizons()
        await filler.settle_taxes()
        await filler.price_hotels()
        await filler.book_stays()
        destination, hotel = await filler.first_hotel()
        return await keep_tokens(
            settings.home,
            app=app,
            maintenance=maintenance,
            omd_name=destination.name,
            hotel=hotel,
            now=clock.now(),
        )
