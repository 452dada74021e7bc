"""The two traps of an event table, each with the harm and the cure.

Reading by the sequence loses events, because a sequence is not commit order; a NOTIFY in the transaction makes commits
queue. What the relay does instead loses nothing and lets commits be.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from omd.db import Database
from omd.db.embedded import EmbeddedPostgres
from omd.infra.events import Relay, queries
from support.databases import opened
from support.servers import Servers
from support.worlds import Connection, World

ADD = """
insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data)
values ($1, null, 'test', $2, $3, 'test.happened', 'test', '{}') returning seq
"""


@pytest.fixture
async def relay_db(servers: Servers, database_name: str) -> AsyncIterator[Database]:
    """The test's database as the relay sees it."""
    async with opened(servers, database_name, "omd_relay") as database:
        yield database


@asynccontextmanager
async def writer(dsn: str) -> AsyncIterator[Connection]:
    """A connection of somebody who writes events."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def add(connection: Connection, world: World, aggregate_id: str, version: int = 1) -> int:
    """Add an event in whatever transaction the connection is in; return its place in the sequence."""
    seq: int = await connection.fetchval(ADD, world.alpha.id, aggregate_id, version)
    return seq


async def positions(connection: Connection) -> list[tuple[str, int]]:
    """Return every positioned event by its position."""
    rows = await connection.fetch(
        "select aggregate_id, aggregate_version from events where position is not null order by position"
    )
    return [(row[0], row[1]) for row in rows]


async def test_who_reads_by_the_sequence_loses_what_commits_late(
    database_dsn: str, owner_connection: Connection, world: World
) -> None:
    """The harm: an event that was written first and committed second is never seen."""
    async with writer(database_dsn) as slow, writer(database_dsn) as quick:
        begun = slow.transaction()
        await begun.start()
        early = await add(slow, world, "early")
        late = await add(quick, world, "late")
        assert early < late
        cursor, seen = 0, []
        for committed in (False, True):
            if committed:
                await begun.commit()
            for row in await owner_connection.fetch("select seq from events where seq > $1 order by seq", cursor):
                cursor = row[0]
                seen.append(row[0])
    assert seen == [late], "the early one was there, and the cursor had passed it"


async def test_the_relay_waits_for_what_may_still_commit(
    database_dsn: str, owner_connection: Connection, relay_db: Database, world: World
) -> None:
    """The cure, on the very same course of events."""
    relay = Relay(relay_db)
    async with writer(database_dsn) as slow, writer(database_dsn) as quick:
        begun = slow.transaction()
        await begun.start()
        await add(slow, world, "early")
        await add(quick, world, "late")
        blocked = await relay.step()
        assert blocked.given == 0
        assert blocked.waiting_seconds is not None
        assert blocked.waiting_seconds > 0
        await begun.commit()
        await drained(relay, 2)
    assert await positions(owner_connection) == [("early", 1), ("late", 1)]


async def drained(relay: Relay, count: int) -> None:
    """Step until so many events have a position: other tests' transactions on this server may have to end first."""
    given = 0
    async with asyncio.timeout(60):
        while given < count:
            given += (await relay.step()).given
    assert given == count


async def test_a_transaction_that_began_early_and_wrote_late_comes_after_the_one_it_waited_for(
    database_dsn: str, owner_connection: Connection, relay_db: Database, world: World
) -> None:
    """The order of transaction ids alone would turn two versions of one thing around, or let the second pass first."""
    relay = Relay(relay_db)
    async with writer(database_dsn) as old, writer(database_dsn) as running, writer(database_dsn) as young:
        early, held = old.transaction(), running.transaction()
        await early.start()
        await old.execute("select pg_current_xact_id()")
        await held.start()
        await running.execute("select pg_current_xact_id()")
        await add(young, world, "thing", 2)
        await add(old, world, "thing", 3)
        await early.commit()
        assert (await relay.step()).given == 0, "version 3 is of a finished transaction, and version 2 has no place yet"
        await held.commit()
        await drained(relay, 2)
    assert await positions(owner_connection) == [("thing", 2), ("thing", 3)]


async def test_positions_have_no_gaps_whoever_writes_and_however_many_relays_run(
    database_dsn: str, owner_connection: Connection, relay_db: Database, world: World
) -> None:
    """Sixteen writers, some of whom undo what they wrote, and three relays that step at once."""
    relays = [Relay(relay_db, most_at_once=7) for _ in range(3)]
    written = 0

    async def write(number: int) -> None:
        nonlocal written
        async with writer(database_dsn) as connection:
            for version in range(1, 21):
                transaction = connection.transaction()
                await transaction.start()
                await add(connection, world, f"w{number}", version)
                if (number + version) % 5 == 0:
                    await transaction.rollback()
                else:
                    await transaction.commit()
                    written += 1

    done = asyncio.Event()

    async def relay_on(relay: Relay) -> None:
        while not done.is_set():
            await relay.step()

    relaying = [asyncio.create_task(relay_on(relay)) for relay in relays]
    await asyncio.gather(*(write(number) for number in range(16)))
    async with asyncio.timeout(60):
        while await owner_connection.fetchval("select count(*) from events where position is null"):
            await relays[0].step()
    done.set()
    await asyncio.gather(*relaying)
    numbers = [row[0] for row in await owner_connection.fetch("select position from events order by position")]
    assert numbers == list(range(1, written + 1))
    assert await owner_connection.fetchval("select last_position from event_positions") == written
    for number in range(16):
        versions = [version for name, version in await positions(owner_connection) if name == f"w{number}"]
        assert versions == sorted(versions)


async def test_a_relay_that_dies_in_the_middle_of_a_step_leaves_the_next_one_a_clean_place(
    database_dsn: str, owner_connection: Connection, relay_db: Database, world: World
) -> None:
    relay = Relay(relay_db)
    await add(owner_connection, world, "one")
    dying = await asyncpg.connect(database_dsn)
    await dying.execute("begin; set local role omd_relay")
    async with asyncio.timeout(60):
        while not await dying.fetchval("select given from give_positions(10)"):
            pass
    assert not (await relay.step()).is_leader
    pid = await dying.fetchval("select pg_backend_pid()")
    await owner_connection.execute("select pg_terminate_backend($1, 10000)", pid)
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
        await dying.execute("commit")
    await drained(relay, 1)
    assert await positions(owner_connection) == [("one", 1)]


async def test_a_reader_gets_every_event_once_in_order(
    owner_connection: Connection, relay_db: Database, world: World
) -> None:
    relay = Relay(relay_db)
    for number in range(25):
        await add(owner_connection, world, f"n{number}")
    await drained(relay, 25)
    after, seen = 0, []
    async with relay_db.reading(None) as tx:
        while page := await queries.list_events_after(tx, after, most=10):
            after = page[-1].position
            seen += [event.aggregate_id for event in page]
    assert seen == [f"n{number}" for number in range(25)]


@pytest.fixture
async def waiting_dsn(tmp_path: Path) -> AsyncIterator[str]:
    """A server whose commits wait for a standby that is not there, so that a commit can be looked at under way."""
    settings = {"shared_buffers": "16MB", "max_connections": "20"}
    with EmbeddedPostgres(tmp_path / "postgres", settings=settings, sync_initdb=False) as server:
        dsn = server.dsn(user="postgres")
        async with writer(dsn) as connection:
            await connection.execute("create table happened (what text)")
            await connection.execute("alter system set synchronous_standby_names = 'nobody'")
            await connection.execute("select pg_reload_conf()")
            async with asyncio.timeout(60):
                while await connection.fetchval("show synchronous_standby_names") != "nobody":
                    pass
        yield dsn


async def committing(dsn: str, statement: str, *, waits: bool) -> tuple[asyncio.Task[Any], int, Connection]:
    """Begin to commit a statement; return the commit, and the backend that is at it."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"set synchronous_commit = {'on' if waits else 'local'}")
    pid: int = await connection.fetchval("select pg_backend_pid()")
    await connection.execute("begin")
    await connection.execute(statement)
    return asyncio.create_task(connection.execute("commit")), pid, connection


async def until_it_waits(watching: Connection, pid: int, event: str) -> None:
    """Return as soon as a backend waits for this."""
    async with asyncio.timeout(60):
        while event != await watching.fetchval("select wait_event from pg_stat_activity where pid = $1", pid):
            pass


@pytest.mark.parametrize("notifies", [True, False])
async def test_a_notify_lets_commits_queue_and_an_event_alone_does_not(waiting_dsn: str, notifies: bool) -> None:
    """With NOTIFY the second commit waits for the first one's disk or standby; without, both go their own way."""
    watching = await asyncpg.connect(waiting_dsn)
    statement = "insert into happened values ('x')" + ("; notify happened" if notifies else "")
    first, first_pid, one = await committing(waiting_dsn, statement, waits=True)
    await until_it_waits(watching, first_pid, "SyncRep")
    second, second_pid, other = await committing(waiting_dsn, statement, waits=False)
    try:
        if notifies:
            await until_it_waits(watching, second_pid, "object")
            assert not second.done()
        else:
            async with asyncio.timeout(60):
                await second
            assert not first.done()
    finally:
        await watching.execute("select pg_cancel_backend($1)", first_pid)
        await asyncio.gather(first, second, return_exceptions=True)
        for connection in (one, other, watching):
            await connection.close()
