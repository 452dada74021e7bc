"""The audit cannot be written around, changed or emptied by anybody, and no tenant table is left out unsaid."""

import re
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from factories.stays import hold_stay
from omd.db import Database, Role
from omd.features.audit import settle_audit_months
from support.roles import acting_as
from support.worlds import Connection, World, system_actor

ADR = Path(__file__).parents[2] / "docs" / "adr" / "0012-audit.md"
ROLES: tuple[Role, ...] = ("omd_app", "omd_relay", "omd_maintenance", "omd_owner")
ARRIVAL, DEPARTURE = date(2027, 5, 3), date(2027, 5, 6)

CHANGES = (
    "update audit_log set actor = 'somebody else'",
    "update audit_log set before = null, after = null",
    "delete from audit_log",
    "truncate audit_log",
)
FORGED = (
    "insert into audit_log (omd_id, business_id, thing, row_key, action, actor) "
    "values (1, 1, 'reservations', 'x', 'insert', 'x')"
)


@pytest.fixture
async def recorded(owner_connection: Connection, world: World) -> Connection:
    """The superuser's connection, after a stay of `grand` was written."""
    await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101")
    return owner_connection


async def refusal(connection: Connection, world: World, role: Role, change: str) -> str:
    """Return the SQLSTATE with which a change is refused to a role, or what the server says it did."""
    try:
        async with acting_as(connection, role, system_actor(world.alpha)):
            return await connection.execute(change)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)


async def test_every_tenant_table_is_audited_or_excepted_with_a_reason(owner_connection: Connection) -> None:
    said = re.findall(r"^\| `(\w+)` \| (.+) \|$", ADR.read_text(encoding="utf-8"), re.MULTILINE)
    assert all(len(reason) > 10 for _, reason in said)
    excepted = {table for table, _ in said}
    rows = await owner_connection.fetch(
        """
        select c.relname::text as name, exists (
            select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
            where t.tgrelid = c.oid and t.tgenabled = 'O'
              and p.proname ~ '^tg_(any|reservation_nights)__audit(_dates|_lines)?$')
            as audited
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and (c.relname = 'omds' or exists (
              select from pg_attribute a where a.attrelid = c.oid and a.attname = 'omd_id' and not a.attisdropped))
        """
    )
    tables = {row["name"] for row in rows}
    audited = {row["name"] for row in rows if row["audited"]}
    assert excepted <= tables, "an exception for a table that is not there"
    assert tables - audited == excepted
    assert {"reservations", "reservation_guests", "reservation_nights", "access_tokens", "memberships"} <= audited


async def test_all_three_kinds_of_writes_fire_where_a_table_is_audited_by_row(owner_connection: Connection) -> None:
    partial = await owner_connection.fetch(
        """
        select c.relname::text, bit_or(t.tgtype & 28) as writes
        from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
        where p.proname ~ '__audit$' and t.tgparentid = 0 group by 1 having bit_or(t.tgtype & 28) <> 28
        """
    )
    # The counters come with the horizon and go with it: only limits are set on them.
    assert [row[0] for row in partial] == ["room_type_availability"]


async def test_secret_columns_are_hidden(owner_connection: Connection) -> None:
    """A column that is called a hash, a secret or a number of a document never reaches the audit."""
    rows = await owner_connection.fetch(
        r"""
        select c.relname::text as table, a.attname::text as column,
               (select encode(t.tgargs, 'escape') from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                where t.tgrelid = c.oid and p.proname = 'tg_any__audit' limit 1) as arguments
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not c.relispartition
          and a.attname ~ '(hash|secret|password|document_number|document_ending)'
          and exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                      where t.tgrelid = c.oid and p.proname = 'tg_any__audit')
        """
    )
    assert {row["column"] for row in rows} >= {"token_hash", "document_number", "document_ending"}
    for row in rows:
        hidden = row["arguments"].split("\\000")[1]
        assert row["column"] in hidden.strip("{}").split(","), f"{row['table']}.{row['column']} would be quoted"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("change", CHANGES)
async def test_nobody_changes_or_deletes_an_entry(recorded: Connection, world: World, role: Role, change: str) -> None:
    before = await recorded.fetch("select * from audit_log order by id")
    assert len(before) > 3
    refused = await refusal(recorded, world, role, change)
    # Row security shows the owner nothing to delete.
    assert refused in ("42501", "OMD01") or (role, refused) == ("omd_owner", "DELETE 0")
    assert await recorded.fetch("select * from audit_log order by id") == before


@pytest.mark.parametrize("change", CHANGES)
async def test_not_even_a_superuser_changes_an_entry_by_mistake(recorded: Connection, change: str) -> None:
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await recorded.execute(change)


@pytest.mark.parametrize("role", ROLES[:3])
async def test_no_role_forges_an_entry(recorded: Connection, world: World, role: Role) -> None:
    async with acting_as(recorded, role, system_actor(world.alpha)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await recorded.execute(FORGED)


@pytest.mark.parametrize("role", ROLES[:3])
async def test_no_role_forges_an_entry_by_a_trigger_of_its_own(recorded: Connection, world: World, role: Role) -> None:
    """A temporary table is anybody's, and a trigger on it would write as the owner of the function."""
    async with acting_as(recorded, role, system_actor(world.alpha)):
        await recorded.execute("create temp table forged (id int, omd_id int, business_id int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await recorded.execute(
                "create trigger forging after insert on forged for each row "
                "execute function tg_any__audit('{id}', '{}', '{}', 'reservations')"
            )


@pytest.mark.parametrize("claim", ["", "select set_config('omd.erasure_id', '1', true)"])
async def test_nothing_is_redacted_without_an_erasure_on_record(recorded: Connection, world: World, claim: str) -> None:
    """Also not by who claims an erasure, or has one from an earlier transaction."""
    await recorded.execute(
        "insert into erasures (omd_id, business_id, at, actor, cause, reservation_ids, guest_ids) "
        "values ($1, $2, now(), 'test', 'request', '{}', array[uuidv7()])",
        *(world.grand.omd_id, world.grand.id),
    )
    for redaction in (
        "update audit_log set after = '{}' where thing = 'reservation_guests'",
        (
            "select redact_audit(omd_id, business_id, array[row_key], thing, '{last_name}') from audit_log "
            "where thing = 'reservation_guests'"
        ),
    ):
        async with acting_as(recorded, "omd_owner", system_actor(world.alpha)):
            if claim:
                await recorded.execute(claim)
            with pytest.raises(asyncpg.PostgresError, match="append-only"):
                await recorded.execute(redaction)


async def test_nothing_happened_is_redacted_without_an_erasure_on_record(recorded: Connection, world: World) -> None:
    await recorded.execute(
        "insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data) "
        "values ($1, $2, 'reservation', 'x', 1, 'reservation.booked', 'test', '{\"reason\": \"x\"}')",
        *(world.grand.omd_id, world.grand.id),
    )
    async with acting_as(recorded, "omd_owner", system_actor(world.alpha)):
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await recorded.execute("select redact_events(1, 'reservation', '{x}', '{reason}')")


@pytest.mark.parametrize("change", ["update erasures set actor = 'x'", "delete from erasures", "truncate erasures"])
@pytest.mark.parametrize("role", ROLES)
async def test_the_record_of_erasures_stays(recorded: Connection, world: World, role: Role, change: str) -> None:
    await recorded.execute(
        "insert into erasures (omd_id, business_id, at, actor, cause, reservation_ids, guest_ids) "
        "values ($1, $2, now(), 'test', 'request', '{}', array[uuidv7()])",
        *(world.grand.omd_id, world.grand.id),
    )
    refused = await refusal(recorded, world, role, change)
    assert refused in ("42501", "OMD01", "UPDATE 0", "DELETE 0")
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await recorded.execute(change)


async def test_only_the_engine_calls_what_redacts(owner_connection: Connection) -> None:
    rows = await owner_connection.fetch(
        """
        select p.proname::text, r.rolname::text
        from pg_proc p, pg_roles r
        where p.proname ~ '^(redact_.+|begin_erasure|create_audit_months|drop_audit_before|erase_guests)$'
          and r.rolname in ('omd_app', 'omd_relay', 'omd_maintenance')
          and has_function_privilege(r.oid, p.oid, 'EXECUTE')
        order by 1, 2
        """
    )
    assert [tuple(row) for row in rows] == [
        ("create_audit_months", "omd_maintenance"),
        ("drop_audit_before", "omd_maintenance"),
        ("erase_guests", "omd_app"),
        ("erase_guests", "omd_maintenance"),
    ]


async def test_months_are_made_ahead_once(maintenance_db: Database, owner_connection: Connection) -> None:
    months = "select count(*) from pg_inherits where inhparent = 'audit_log'::regclass"
    assert await owner_connection.fetchval(months) >= 13
    assert await settle_audit_months(maintenance_db) == 0
    last = await owner_connection.fetchval(
        "select max(inhrelid::regclass::text) from pg_inherits where inhparent = 'audit_log'::regclass"
    )
    await owner_connection.execute(f"drop table {last}")
    assert await settle_audit_months(maintenance_db) == 1


async def test_old_months_go_with_what_they_quote(owner_connection: Connection, world: World) -> None:
    await owner_connection.execute("set role omd_owner")
    await owner_connection.execute("select create_audit_months('2024-01-01', '2024-03-01')")
    await owner_connection.execute("reset role")
    await owner_connection.execute(
        "insert into audit_log (omd_id, at, thing, row_key, action, actor, after) "
        "values ($1, '2024-01-15', 'omds', '1', 'insert', 'test', '{\"name\": \"Oldmark\"}')",
        world.alpha.id,
    )
    gone = await owner_connection.fetchval("select drop_audit_before('2024-02-15')")
    assert gone == ["audit_log_2024m01"]
    left = "select count(*) from pg_class where relname in ('audit_log_2024m01', 'audit_log_2024m02') and relkind = 'r'"
    assert await owner_connection.fetchval(left) == 1
