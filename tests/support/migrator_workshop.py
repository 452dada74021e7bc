"""A small product of two migrations and two objects files, for the tests of the migration runner."""

import asyncio
import itertools
from pathlib import Path

import asyncpg

from omd.db.embedded import EmbeddedPostgres
from omd.db.migrator import Migrator, Timeouts

ROOMS = "create table rooms (id int primary key, name text not null);"
FLOOR = "alter table rooms add column floor int;\ncreate table floors (id int primary key);"
VIEW = "create or replace view room_names with (security_invoker) as select name from rooms;"
FUNCTION = (
    "create or replace function count_rooms() returns bigint language sql stable\n"
    "  begin atomic select count(*) from room_names; end;\n"
    "grant select (id) on rooms to omd_app;"
)

_numbers = itertools.count(1)


class Workshop:
    """A database and the two folders of a small product."""

    def __init__(self, server: EmbeddedPostgres, root: Path, database: str) -> None:
        self._server = server
        self.database = database
        self.migrations = root / "migrations"
        self.objects = root / "objects"
        self.migrations.mkdir(parents=True)
        self.objects.mkdir()
        self.add("0001_rooms", ROOMS, "drop table rooms;")
        self.add("0002_floors", FLOOR, "drop table floors;\nalter table rooms drop column floor;")
        self.write_objects("10_views.sql", VIEW)
        self.write_objects("20_functions.sql", FUNCTION)

    def add(self, name: str, up: str, down: str) -> None:
        (self.migrations / f"{name}.sql").write_text(up)
        (self.migrations / f"{name}.down.sql").write_text(down)

    def write_objects(self, name: str, sql: str) -> None:
        (self.objects / name).write_text(sql)

    def migrator(self, *, user: str = "postgres", timeouts: Timeouts | None = None) -> Migrator:
        dsn = self._server.dsn(user=user, database=self.database)
        return Migrator(dsn, migrations=self.migrations, objects=self.objects, timeouts=timeouts)

    async def connect(self, user: str = "postgres") -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self._server.dsn(user=user, database=self.database))

    async def column(self, query: str, user: str = "postgres") -> list[object]:
        connection = await self.connect(user)
        try:
            return [row[0] for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def run(self, sql: str, user: str = "postgres") -> None:
        connection = await self.connect(user)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def relations(self) -> list[object]:
        return await self.column(
            "select c.relname::text from pg_class c where relnamespace = 'public'::regnamespace "
            "and relkind in ('r', 'v') order by 1"
        )


async def wait_for(connection: "asyncpg.Connection[asyncpg.Record]", condition: str) -> None:
    """Wait until an SQL condition holds; fail after 20 seconds."""
    for _ in range(2000):
        if await connection.fetchval(f"select {condition}"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never came true: {condition}")


async def make_workshop(server: EmbeddedPostgres, tmp_path: Path) -> Workshop:
    database = f"workshop_{next(_numbers)}"
    admin = await asyncpg.connect(server.dsn(user="postgres", database="postgres"))
    try:
        await admin.execute(f"create database {database}")
    finally:
        await admin.close()
    return Workshop(server, tmp_path / database, database)
