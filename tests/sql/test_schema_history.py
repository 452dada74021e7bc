"""The real diary: up, down and up again with data in it, and the proof that it builds the book."""

import re
from collections.abc import Iterator

import asyncpg
import pytest

from omd.db.embedded import EmbeddedPostgres
from omd.db.migrator import Migrator, build_from_book, is_current, read_migrations

SOME_ROWS = """
insert into omds (code, name) values ('valley', 'The Valley');
insert into businesses (omd_id, code, name, time_zone, currency)
select id, 'inn', 'The Inn', 'Europe/Bucharest', 'RON' from omds;
insert into room_types (omd_id, business_id, code, name, max_adults, max_children, max_occupancy)
select omd_id, id, 'double', 'Double', 2, 1, 3 from businesses;
"""

_UNRELATED = re.compile(r"^(\\(un)?restrict |SET default_).*$", re.MULTILINE)
_ENTRY = re.compile(r"^-- Name: .*; Type: .*; Owner: .*$", re.MULTILINE)
_COLUMNS = re.compile(r"^(CREATE TABLE [^\n]* \(\n)(.*?)(\n\)[^\n]*;|\n\)\n)", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("pg"), sync_initdb=False) as running:
        yield running


async def create_database(server: EmbeddedPostgres, name: str) -> str:
    admin = await asyncpg.connect(server.dsn(user="postgres", database="postgres"))
    try:
        await admin.execute(f"create database {name}")
    finally:
        await admin.close()
    return server.dsn(user="postgres", database=name)


def _sorted_columns(table: re.Match[str]) -> str:
    lines = sorted(line.removesuffix(",") for line in table[2].split("\n"))
    return table[1] + "\n".join(lines) + table[3]


def dump_schema(server: EmbeddedPostgres, database: str) -> set[str]:
    """Return pg_dump's entries, each a text, without what may differ between two equal schemas.

    The order of columns may: a migration can only append a column, the book puts it where it reads best,
    and every statement of the product names its columns. The order of entries follows from names and
    dependencies. Everything else that pg_dump knows is compared: types, defaults, constraints, indexes,
    partitions, routines, triggers, policies, forced row security, owners, grants, comments.
    """
    text = _UNRELATED.sub("", server.run_program("pg_dump", "--schema-only", database=database))
    headings = [*_ENTRY.finditer(text)]
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    entries = [text[heading.start() : end] for heading, end in zip(headings, ends, strict=True)]
    return {_COLUMNS.sub(_sorted_columns, entry).replace("\n--\n", "\n").strip() for entry in entries}


async def test_diary_builds_the_book(server: EmbeddedPostgres) -> None:
    await Migrator(await create_database(server, "of_diary")).migrate()
    await build_from_book(await create_database(server, "of_book"))
    diary, book = dump_schema(server, "of_diary"), dump_schema(server, "of_book")
    only_diary, only_book = sorted(diary - book), sorted(book - diary)
    assert (only_diary, only_book) == ([], [])
    assert any("CREATE TABLE public.room_availability" in entry for entry in book)
    assert any("ROW LEVEL SECURITY" in entry for entry in book)


async def test_comparison_sees_a_difference_and_not_the_order_of_columns(server: EmbeddedPostgres) -> None:
    for name, sql in (
        ("one", "create table t (a int, b text not null default 'x');"),
        ("same", "create table t (b text not null default 'x', a int);"),
        ("other", "create table t (a int, b text not null default 'y');"),
        ("granted", "create table t (a int, b text not null default 'x'); grant select (a) on t to public;"),
    ):
        connection = await asyncpg.connect(await create_database(server, f"compare_{name}"))
        await connection.execute(sql)
        await connection.close()
    one = dump_schema(server, "compare_one")
    assert one == dump_schema(server, "compare_same")
    assert one != dump_schema(server, "compare_other")
    assert one != dump_schema(server, "compare_granted")


async def test_up_down_and_up_again_with_data(server: EmbeddedPostgres) -> None:
    dsn = await create_database(server, "of_history")
    migrator = Migrator(dsn)
    await migrator.migrate()
    newest = dump_schema(server, "of_history")
    connection = await asyncpg.connect(dsn)
    try:
        assert await is_current(connection)
        await connection.execute(SOME_ROWS)
        await migrator.rollback(to=0)
        assert not await is_current(connection)
        left = dump_schema(server, "of_history")
        await Migrator(await create_database(server, "of_nothing")).migrate(to=1)
        await Migrator(server.dsn(user="postgres", database="of_nothing")).rollback(to=0)
        assert left == dump_schema(server, "of_nothing")
        names = "select tablename::text from pg_tables where schemaname = 'public'"
        assert {row[0] for row in await connection.fetch(names)} == {"schema_migrations", "schema_objects"}
        await migrator.migrate()
        assert dump_schema(server, "of_history") == newest
        await connection.execute(SOME_ROWS)
    finally:
        await connection.close()


async def test_every_step_of_the_diary_goes_down_and_up_with_data(server: EmbeddedPostgres) -> None:
    dsn = await create_database(server, "of_steps")
    migrator = Migrator(dsn)
    await migrator.migrate()
    newest = dump_schema(server, "of_steps")
    connection = await asyncpg.connect(dsn)
    await connection.execute(SOME_ROWS)
    await connection.close()
    for migration in reversed(read_migrations()):
        await migrator.rollback(to=migration.version - 1)
        await migrator.migrate()
        assert dump_schema(server, "of_steps") == newest


LEDGER_AS_IT_WAS = """
set role omd_owner;
create function tg_ledger_entries__append_only() returns trigger language plpgsql as
    'begin raise exception ''the ledger is only added to''; end';
create trigger _100_append_only before update or delete on ledger_entries
    for each row execute function tg_ledger_entries__append_only();
reset role;
insert into ledger_entries
    (omd_id, business_id, kind, charge_kind, business_date, text, cause, postings, posted_at, posted_by)
select b.omd_id, b.id, 'charge', e.charge_kind, '2027-03-09', e.text, e.cause, 2, now(), 'test'
from businesses b
cross join (values
    ('room', 'Room, night of 2027-03-01', 'night:01a20762-d475-74e9-a741-2d246eea1ac2:2027-03-01:room'),
    ('tax', 'City tax, night of 2027-03-01', 'night:01a20762-d475-74e9-a741-2d246eea1ac2:2027-03-01:tax:3'),
    ('room', 'Room, night of 2027-03-01', null),
    ('supplement', 'Room, night of 2027-03-01', null),
    ('fee', 'Late', 'fee:1')) e (charge_kind, text, cause);
"""
SERVED = (
    "select array_agg(charge_kind || coalesce(' ' || served_on, '') order by charge_kind, cause) from ledger_entries"
)


async def test_nights_that_were_charged_before_0030_learn_their_dates(server: EmbeddedPostgres) -> None:
    """Parts of a charge too, which have its words; and the ledger is only added to, before and afterwards."""
    dsn = await create_database(server, "of_nights")
    migrator = Migrator(dsn)
    await migrator.migrate()
    await migrator.rollback(to=29)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(SOME_ROWS)
        await connection.execute(LEDGER_AS_IT_WAS)
        await migrator.migrate()
        night = " 2027-03-01"
        told = ["fee", f"room{night}", f"room{night}", "supplement", f"tax{night}"]
        assert await connection.fetchval(SERVED) == told
        with pytest.raises(asyncpg.PostgresError, match="the ledger is only added to"):
            await connection.execute("update ledger_entries set served_on = null")
    finally:
        await connection.close()


STAY = "01a20762-d475-74e9-a741-2d246eea1ac2"
DIVIDED_AS_IT_WAS = f"""
set session_replication_role = replica;
insert into reservations
    (omd_id, business_id, id, code, room_type_id, arrival, departure, adults, children, booked_at, booked_by)
values (1, 1, '{STAY}', 'STAY-1', 1, '2027-03-01', '2027-03-02', 1, 0, now(), 'test');
insert into folios (omd_id, business_id, id, reservation_id, number, payer, currency, opened_at, opened_by)
values (1, 1, '01a20762-0000-7000-8000-000000000001', '{STAY}', 1, 'guest', 'RON', now(), 'test');
insert into ledger_entries
    (omd_id, business_id, id, kind, charge_kind, business_date, text, cause, follows_id, origin_id, postings, posted_at,
     posted_by)
select 1, 1, ('01a20762-0000-7000-9000-00000000000' || e.id)::uuid, e.kind, e.charge_kind, '2027-03-02', e.text,
       e.cause, e.follows, e.follows, 2, e.posted_at::timestamptz, 'test'
from (values
    (1, 'charge', 'room', 'Room', 'night:{STAY}:2027-03-01:room', null::uuid, '2027-03-02 10:00Z', 200),
    (2, 'charge', 'tax', 'City tax', 'night:{STAY}:2027-03-01:tax:3', null, '2027-03-02 10:00Z', 14),
    (3, 'correction', null, 'Halves', null, '01a20762-0000-7000-9000-000000000001', '2027-03-02 11:00Z', -200),
    (4, 'charge', 'room', 'Room', null, null, '2027-03-02 11:00Z', 100),
    (5, 'charge', 'room', 'Room', null, null, '2027-03-02 11:00Z', 100),
    (6, 'correction', null, 'Cold', null, '01a20762-0000-7000-9000-000000000005', '2027-03-02 12:00Z', -100),
    (7, 'charge', 'room', 'Room', null, null, '2027-03-02 12:00Z', 70),
    (8, 'charge', 'supplement', 'Minibar', null, null, '2027-03-02 12:00Z', 5))
    e (id, kind, charge_kind, text, cause, follows, posted_at, amount);
insert into ledger_postings
    (omd_id, business_id, entry_id, position, account, side, folio_id, tax_code, amount, line, balance)
select e.omd_id, e.business_id, e.id, 1, 'guest_ledger', 'charged', '01a20762-0000-7000-8000-000000000001', null,
       (array[200, 14, -200, 100, 100, -100, 70, 5])[right(e.id::text, 1)::int], right(e.id::text, 1)::int, 0
from ledger_entries e;
insert into ledger_postings (omd_id, business_id, entry_id, position, account, tax_code, amount)
select e.omd_id, e.business_id, e.id, 2, 'tax_payable', 'CITY', -14 from ledger_entries e where e.charge_kind = 'tax';
set session_replication_role = origin;
"""
ITEMS = """
select array_agg(concat_ws(' ', e.kind, e.item, e.served_on, e.charged, e.rebated) order by e.id) from ledger_entries e
where e.reservation_id = $1
"""


async def test_nights_that_were_divided_before_0035_are_still_charged(server: EmbeddedPostgres) -> None:
    """A night that was divided, and of which a part was let off, is charged: what stands, and what was let off."""
    dsn = await create_database(server, "of_parts")
    migrator = Migrator(dsn)
    await migrator.migrate()
    await migrator.rollback(to=29)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(SOME_ROWS)
        await connection.execute(DIVIDED_AS_IT_WAS)
        await migrator.migrate()
        assert await connection.fetchval(ITEMS, STAY) == [
            "charge room 2027-03-01 200.00 0.00",
            "charge tax:CITY 2027-03-01 14.00 0.00",
            "correction room 2027-03-01 -200.00 0.00",
            "charge room 2027-03-01 100.00 0.00",
            "charge room 2027-03-01 100.00 0.00",
            "correction room 2027-03-01 -100.00 30.00",
            "charge room 2027-03-01 70.00 0.00",
            "charge 0.00 0.00",
        ]
    finally:
        await connection.close()


SUPPLY_AS_IT_WAS = """
insert into availability_horizons values (1, '2027-01-01', '2027-04-01');
set role omd_owner;
create table room_type_availability_o1 partition of room_type_availability for values in (1) partition by range (date);
create table room_type_availability_o1_2027q1 partition of room_type_availability_o1
    for values from ('2027-01-01') to ('2027-04-01');
reset role;
insert into room_type_availability
    (omd_id, business_id, room_type_id, date, physical, out_of_order, sold, overbooking, forced) values
    (1, 1, 1, '2027-01-01', 5, 0, 0, -8, 3), (1, 1, 1, '2027-01-02', 5, 1, 2, -8, 6),
    (1, 1, 1, '2027-01-03', 5, 0, 4, -2, 1),
    (1, 1, 1, '2027-01-04', 5, 0, 6, 0, 1), (1, 1, 1, '2027-01-05', 5, 0, 7, 2, 0);
"""
FORCED = "select array_agg(forced order by date) from room_type_availability"
UNCOVERED = "update room_type_availability set sold = sold + 1, forced = 0 where date = '2027-01-01'"


async def test_rooms_kept_back_are_no_excess_after_0002_and_are_before_it(server: EmbeddedPostgres) -> None:
    """Counters that stand go over both ways, in partitions, and the check of each schema holds for them."""
    dsn = await create_database(server, "of_counters")
    migrator = Migrator(dsn)
    await migrator.migrate(to=1)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(SOME_ROWS)
        await connection.execute(SUPPLY_AS_IT_WAS)
        await migrator.migrate()
        assert await connection.fetchval(FORCED) == [0, 2, 1, 1, 0]
        with pytest.raises(asyncpg.CheckViolationError, match="room_type_availability_never_oversold"):
            await connection.execute(UNCOVERED)
        await migrator.rollback(to=1)
        assert await connection.fetchval(FORCED) == [3, 6, 1, 1, 0]
        with pytest.raises(asyncpg.CheckViolationError, match="room_type_availability_never_oversold"):
            await connection.execute(UNCOVERED)
        await migrator.migrate()
        assert await connection.fetchval(FORCED) == [0, 2, 1, 1, 0]
    finally:
        await connection.close()
