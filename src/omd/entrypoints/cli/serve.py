"""omd serve: the HTTP API."""

import asyncio

import msgspec
import structlog

from omd.db.server_check import check_server
from omd.entrypoints.databases import services
from omd.entrypoints.secret_keys import keys_for
from omd.entrypoints.serve import check_address, run_server
from omd.entrypoints.settings import load_settings
from omd.entrypoints.worker_beside import WorkerBeside
from omd.infra.telemetry import configure_logging


def serve() -> None:
    """Serve the HTTP API, with a worker beside it. Ctrl-C stops it.

    Works on the servers of OMD_DATABASE_URL and OMD_REDIS_URL; without these it starts its own in OMD_HOME.
    The database must be migrated (omd db migrate).
    """
    settings = load_settings()
    check_address(settings)
    keys = keys_for(settings)
    configure_logging(settings.log_level)
    with services(settings, with_redis=True, shared=False) as available:
        facts = asyncio.run(check_server(available.dsn_for("omd_app")))
        for warning in facts.warnings:
            structlog.get_logger("omd.serve").warning(warning)
        complete = msgspec.structs.replace(
            settings,
            database_url=available.dsn_for("omd_app"),
            events_database_url=available.dsn_for("omd_relay"),
            redis_url=available.redis_url,
            secret_keys=keys,
        )
        with WorkerBeside(settings, log_level=settings.log_level) as worker:
            run_server(complete, on_startup=worker.start, log_level=settings.log_level)
