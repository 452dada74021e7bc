"""Test databases: one template a run, and a clone of it for every test that asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import msgspec

from omd.db import Database, Role
from omd.db.migrator import Migrator, build_from_book
from omd.db.migrator.files import MIGRATIONS
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from support.servers import Servers, TestRun
from support.worlds import Connection, World, build_world

TEMPLATE = "omd_template"
WORLD = "world.json"
TEMPLATE_LOCK = "template.lock"


async def prepare_template(run: TestRun, servers: Servers, admin: Connection) -> World:
    """Build the template if no process of the run has; return the world it holds."""
    described = run.folder / WORLD
    with run.alone(TEMPLATE_LOCK):
        if not described.exists():
            world = await _build_template(servers, admin)
            described.write_bytes(msgspec.json.encode(world))
    return msgspec.json.decode(described.read_bytes(), type=World)


async def _build_template(servers: Servers, admin: Connection) -> World:
    dsn = servers.dsn(user="postgres", database=TEMPLATE)
    await admin.execute(f"drop database if exists {TEMPLATE}")
    await admin.execute(f"create database {TEMPLATE}")
    await _build_schema(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        world = await build_world(connection)
        # Clones inherit the statistics, so that plans are those of a database that has been analysed.
        await connection.execute("vacuum (analyze, freeze)")
    finally:
        await connection.close()
    return world


async def _build_schema(dsn: str) -> None:
    if any(entry.name.endswith(".sql") for entry in MIGRATIONS.iterdir()):
        await Migrator(dsn).migrate()
    else:
        await build_from_book(dsn)


async def clone_template(admin: Connection, name: str) -> None:
    """Make a database that holds the world and nothing else."""
    await admin.execute(f"create database {name} template {TEMPLATE} strategy file_copy")


async def drop_clone(admin: Connection, name: str) -> None:
    """Drop a test's database, whoever is still connected to it."""
    await admin.execute(f"drop database {name} with (force)")


@asynccontextmanager
async def opened(servers: Servers, name: str, role: Role, *, pool_size: int = 10) -> AsyncIterator[Database]:
    """Open a pool on a test's database that logs in as the role it acts in, and close it after the block."""
    dsn = servers.dsn(user=role, database=name)
    database = Database(dsn, role=role, constraint_errors=CONSTRAINT_ERRORS, pool_size=pool_size)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
