"""The servers a program works with: those the settings name, or the embedded ones in the home folder."""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager

import msgspec

from omd.db import Database, Role
from omd.db.embedded import EmbeddedPostgres, HomeInUse, HomeLock
from omd.db.embedded.postgres import SUPERUSER
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.entrypoints.servers_kept import kept_running
from omd.entrypoints.settings import Settings
from omd.infra.embedded_redis import EmbeddedRedis


class Services(msgspec.Struct, frozen=True):
    """Addresses of the servers; `embedded` tells that PostgreSQL is the product's own."""

    embedded: bool
    owner_dsn: str
    redis_url: str | None
    dsn_for: Callable[[Role], str]
    """Address and login with which a `Database` of this role is opened."""


@contextmanager
def services(settings: Settings, *, with_redis: bool, shared: bool) -> Iterator[Services]:
    """Yield the servers, starting those that the settings do not name; keep them running, and stop them at the end.

    A home folder is worked in by one program at a time. With `shared`, a program that comes second uses the
    servers of the first for as long as that runs; without, and while the first is still starting, it is
    refused by `HomeInUse`. Raises `EmbeddedServerFailed` when a server does not start.
    """
    needs_postgres, needs_redis = settings.database_url is None, with_redis and settings.redis_url is None
    postgres = EmbeddedPostgres(settings.home / "postgres") if needs_postgres else None
    redis = EmbeddedRedis(settings.home / "redis") if needs_redis else None
    servers = [server for server in (postgres, redis) if server is not None]
    with ExitStack() as stack:
        if servers:
            lock = HomeLock(settings.home)
            try:
                lock.acquire()
            except HomeInUse:
                if not shared or not all(server.is_running() for server in servers):
                    raise
            else:
                stack.callback(lock.release)
                for server in servers:
                    server.start()
                    stack.callback(_undisturbed, server.stop)
                stack.enter_context(kept_running(servers))
        yield _addresses(settings, postgres, redis)


@contextmanager
def owner_database(settings: Settings) -> Iterator[str]:
    """Yield the address with which the migration runner reaches the database."""
    with services(settings, with_redis=False, shared=True) as available:
        yield available.owner_dsn


@asynccontextmanager
async def opened(dsn: str, role: Role, pool_size: int) -> AsyncIterator[Database]:
    """Yield an open database; close it at the end."""
    database = Database(dsn, role=role, constraint_errors=CONSTRAINT_ERRORS, pool_size=pool_size)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def _addresses(settings: Settings, postgres: EmbeddedPostgres | None, redis: EmbeddedRedis | None) -> Services:
    redis_url = redis.url if redis is not None else settings.redis_url
    if postgres is not None:
        return Services(
            embedded=True,
            owner_dsn=postgres.dsn(user=SUPERUSER),
            redis_url=redis_url,
            dsn_for=lambda role: postgres.dsn(user=role),
        )
    url = settings.database_url
    assert url is not None, "PostgreSQL is either embedded or named"
    # Every transaction takes its role by SET ROLE, so that one login serves them all; events may have one of their own.
    return Services(
        embedded=False,
        owner_dsn=settings.owner_database_url or url,
        redis_url=redis_url,
        dsn_for=lambda role: settings.events_database_url or url if role == "omd_relay" else url,
    )


def _undisturbed(stop: Callable[[], None]) -> None:
    """Stop a server without being cut short by a second Ctrl-C of somebody impatient: it takes seconds."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        stop()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
