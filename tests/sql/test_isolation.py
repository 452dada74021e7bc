"""Who sees and writes which rows: row security alone, for every tenant table the catalog names."""

from datetime import date

import asyncpg
import pytest

from factories.assignments import ASSIGNMENTS, add_plan
from factories.audits import AUDITS, add_audit
from factories.bills import BILLS, add_bill
from factories.bookings import BOOKINGS, sell
from factories.hold_backs import add_hold_back
from factories.house import limit_house
from factories.housekeeping import add_housekeeping
from factories.housekeeping_sheets import SHEETS, add_sheets
from factories.maintenance import add_maintenance, add_ticket
from factories.prices import PRICES, add_prices
from factories.stays import hold_stay
from omd.db import Statement
from omd.kernel.actor import Actor
from support.databases import opened
from support.roles import acting_as
from support.servers import Servers
from support.worlds import Connection, Hotel, World, hotel_actor, omd_actor, system_actor

ARRIVAL, DEPARTURE = date(2027, 5, 3), date(2027, 5, 6)

GUESTS = {
    *("guest_profiles", "reservations", "reservation_guests", "reservation_nights", "reservation_requests"),
    *("turnaways", "waiting_list_entries", "waiting_list_stays"),
    *("day_uses", "stay_settings", "hold_backs"),
    *("housekeeping_settings", "room_conditions", "room_condition_changes"),
    *("maintenance_tickets", "maintenance_ticket_changes", "maintenance_ticket_photos"),
    *("housekeeping_task_settings", "housekeeping_credits", "housekeeping_plans", "housekeeping_tasks"),
    *("housekeeping_commands", "found_items"),
    *(*ASSIGNMENTS, *SHEETS, *BOOKINGS, *BILLS, *AUDITS),
}
SUPPLY = {
    *("room_types", "individual_rooms", "room_availability", "room_type_availability", "house_availability"),
    "maintenance_intervals",
}
OF_HOTELS = {
    *("business_localities", "businesses", "consents", "erasures", "events", "rate_limits"),
    *(*SUPPLY, *PRICES, *GUESTS),
}

TABLES = """
select c.relname::text from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  and (c.relname = 'omds' or exists (
      select from pg_attribute a where a.attrelid = c.oid and a.attname = 'omd_id' and not a.attisdropped))
order by 1
"""

Owners = set[tuple[int, int | None]]
"""Whose rows: pairs of an OMD and a hotel, the hotel None where a row belongs to the OMD."""


@pytest.fixture
async def filled(owner_connection: Connection, world: World) -> Connection:
    """The superuser's connection, after every hotel got a row in every table that belongs to a tenant."""
    for hotel in (world.grand, world.lodge, world.harbour):
        stay = await hold_stay(owner_connection, hotel, "double", ARRIVAL, DEPARTURE, room="101", code=hotel.code)
        await sell(owner_connection, hotel, stay, "double", ARRIVAL, DEPARTURE)
        await add_maintenance(owner_connection, hotel, "102", ARRIVAL, DEPARTURE)
        await add_hold_back(owner_connection, hotel, "single", ARRIVAL, DEPARTURE, room="201")
        await limit_house(owner_connection, hotel, ARRIVAL, DEPARTURE, 0)
        await add_prices(owner_connection, hotel)
        await add_bill(owner_connection, hotel)
        await add_audit(owner_connection, hotel)
        await add_plan(owner_connection, hotel)
        await owner_connection.execute(
            "insert into access_tokens (omd_id, business_id, name, prefix, token_hash) "
            "values ($1, $2, 'test', 'test', sha256($3::text::bytea))",
            *(hotel.omd_id, hotel.id, hotel.code),
        )
        await owner_connection.execute(
            "insert into service_accounts (omd_id, business_id, client_id, name, scopes, created_by) "
            "values ($1, $2, $3, 'test', '{inventory.read}', 'test')",
            *(hotel.omd_id, hotel.id, hotel.code),
        )
        await owner_connection.execute(
            "insert into consents (omd_id, business_id, what, granted_at, granted_by) "
            "values ($1, $2, 'guests', now(), 'test')",
            *(hotel.omd_id, hotel.id),
        )
        await owner_connection.execute(
            "insert into rate_limits (omd_id, business_id, route_class, counted, requests, seconds, set_at, set_by) "
            "values ($1, $2, 'search', 'together', 100, 10, now(), 'test')",
            *(hotel.omd_id, hotel.id),
        )
        await owner_connection.execute(
            "with person as (insert into users (email, name) values ($3 || '@example.com', $3) returning id) "
            "insert into memberships (omd_id, business_id, user_id, role, created_by) "
            "select $1, $2, id, 'owner', 'test' from person",
            *(hotel.omd_id, hotel.id, hotel.code),
        )
        await owner_connection.execute(
            "insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data) "
            "values ($1, $2, 'reservation', $3, 1, 'reservation.booked', 'test', '{}')",
            *(hotel.omd_id, hotel.id, hotel.code),
        )
        await owner_connection.execute(
            "with webhook as (insert into webhook_subscriptions "
            "(omd_id, id, business_id, url, event_types, description, secret, created_at, created_by) "
            "values ($1, uuidv7(), $2, 'https://x', '{}', '', '', now(), 'test') returning omd_id, id, business_id), "
            "delivery as (insert into webhook_deliveries "
            "(omd_id, subscription_id, position, business_id, type, aggregate, aggregate_id, "
            "planned_at, next_attempt_at) "
            "select omd_id, id, 1, business_id, 'x.y', 'x', 'y', now(), now() from webhook) "
            "insert into webhook_attempts (omd_id, subscription_id, business_id, at, milliseconds) "
            "select omd_id, id, business_id, now(), 1 from webhook",
            *(hotel.omd_id, hotel.id),
        )
        await owner_connection.execute(
            "insert into retention_rules (omd_id, business_id, what, keep_days, set_at, set_by) "
            "values ($1, $2, 'guest_contacts', 9, now(), 'test')",
            *(hotel.omd_id, hotel.id),
        )
        await owner_connection.execute(
            "insert into erasures (omd_id, business_id, at, actor, cause, reservation_ids, guest_ids) "
            "values ($1, $2, now(), 'test', 'request', '{}', array[uuidv7()])",
            *(hotel.omd_id, hotel.id),
        )
        await owner_connection.execute(
            "insert into reservation_requests (omd_id, business_id, reservation_id, kind, asked_at, asked_by) "
            "select omd_id, business_id, id, 'cot', now(), 'test' from reservations "
            "where (omd_id, business_id) = ($1, $2)",
            *(hotel.omd_id, hotel.id),
        )
        await owner_connection.execute(
            "with waits as (insert into waiting_list_entries (omd_id, business_id, arrival, departure, rooms, adults, "
            "children, priority, counts_until, last_name, added_at, added_by, changed_at) "
            "values ($1, $2, '2027-05-03', '2027-05-04', 1, 1, 0, 5, '2027-05-03', 'test', now(), 'test', now()) "
            "returning id), turned as (insert into turnaways (omd_id, business_id, business_date, arrival, departure, "
            "rooms, adults, children, reason, recorded_at, recorded_by) "
            "values ($1, $2, '2027-03-01', '2027-05-03', '2027-05-04', 1, 1, 0, 'price', now(), 'test')) "
            "insert into waiting_list_stays (omd_id, business_id, waiting_entry_id, reservation_id) "
            "select $1, $2, w.id, (select r.id from reservations r where (r.omd_id, r.business_id) = ($1, $2) limit 1) "
            "from waits w",
            *(hotel.omd_id, hotel.id),
        )
        await owner_connection.execute(
            "insert into day_uses (omd_id, business_id, reservation_id, room_id, date, starts_at, ends_at, "
            "bars_departure, bars_arrival) "
            "select r.omd_id, r.business_id, r.id, $3, r.arrival, r.arrival, r.arrival + 1, false, false "
            "from reservations r where (r.omd_id, r.business_id) = ($1, $2) limit 1",
            *(hotel.omd_id, hotel.id, hotel.rooms["101"]),
        )
        await owner_connection.execute(
            "insert into stay_settings (omd_id, business_id, check_in_from, check_out_until, late_from) "
            "values ($1, $2, '15:00', '11:00', '18:00')",
            *(hotel.omd_id, hotel.id),
        )
        await owner_connection.execute(
            "insert into housekeeping_settings (omd_id, business_id, check_in_needs, vacant_becomes) "
            "values ($1, $2, 'none', 'pickup')",
            *(hotel.omd_id, hotel.id),
        )
        await add_ticket(owner_connection, hotel, "101")
        await add_housekeeping(owner_connection, hotel)
        await add_sheets(owner_connection, hotel)
        await owner_connection.execute(
            "insert into guest_profiles (omd_id, business_id, last_name, created_at, created_by, changed_at) "
            "values ($1, $2, 'test', now(), 'test', now())",
            *(hotel.omd_id, hotel.id),
        )
        await owner_connection.execute(
            "with town as (insert into localities (omd_id, code, name) values ($1, $3, $3) returning id), "
            "lies as (insert into business_localities (omd_id, business_id, locality_id) select $1, $2, id from town) "
            "insert into tax_rules (omd_id, business_id, locality_id, code, name, basis, placement, value, since) "
            "select $1, case n when 1 then $2 end, case n when 2 then id end, $3, 'test', 'stay', 'owed', 1, now() "
            "from town, generate_series(1, 2) n",
            *(hotel.omd_id, hotel.id, hotel.code),
        )
        await owner_connection.execute(
            "insert into idempotency_keys (omd_id, actor, key, request_hash, status, headers, body) "
            "values ($1, $2, 'key', '', 200, '{}', '')",
            *(hotel.omd_id, hotel.code),
        )
    return owner_connection


async def tables(connection: Connection) -> list[str]:
    return [row[0] for row in await connection.fetch(TABLES)]


async def owners(connection: Connection, table: str) -> Owners:
    """Return whose rows of a table the connection sees in its role and context."""
    tenant = "id" if table == "omds" else "omd_id"
    hotel = "id" if table == "businesses" else "null" if table == "omds" else "to_jsonb(t) ->> 'business_id'"
    rows = await connection.fetch(f"select distinct {tenant}, ({hotel})::int from {table} t")
    return {(row[0], row[1]) for row in rows}


async def seen_by(connection: Connection, actor: Actor | None) -> dict[str, Owners]:
    """Return whose rows a request of this actor sees, by table."""
    async with acting_as(connection, "omd_app", actor):
        return {table: await owners(connection, table) for table in await tables(connection)}


async def test_every_table_holds_rows_of_both_tenants(filled: Connection, world: World) -> None:
    for table in await tables(filled):
        assert {omd for omd, _ in await owners(filled, table)} == {world.alpha.id, world.beta.id}, table


async def test_without_a_context_nobody_sees_a_row(filled: Connection) -> None:
    assert {table: rows for table, rows in (await seen_by(filled, None)).items() if rows} == {}
    async with acting_as(filled, "omd_owner", None):
        seen = {table: await owners(filled, table) for table in await tables(filled)}
    assert {table: rows for table, rows in seen.items() if rows} == {}


@pytest.mark.parametrize("whose", ["grand", "lodge", "harbour"])
async def test_a_hotel_sees_itself_and_no_other(filled: Connection, world: World, whose: str) -> None:
    hotel: Hotel = getattr(world, whose)
    seen = await seen_by(filled, hotel_actor(hotel))
    itself: Owners = {(hotel.omd_id, hotel.id)}
    assert seen["events"] == itself | {(hotel.omd_id, None)}, (
        "what happened to no hotel in particular is for all of them"
    )
    of_hotels = OF_HOTELS - {"events"}
    assert {table: seen[table] for table in of_hotels} == dict.fromkeys(of_hotels, itself)
    assert {table: rows for table, rows in seen.items() if not rows <= itself | {(hotel.omd_id, None)}} == {}
    assert seen["access_tokens"] == set()
    assert seen["idempotency_keys"] == set(), "the answers kept for one actor are nobody else's"


async def test_a_destination_sees_its_members_and_no_guest(filled: Connection, world: World) -> None:
    seen = await seen_by(filled, omd_actor(world.alpha))
    members: Owners = {(world.alpha.id, world.grand.id), (world.alpha.id, world.lodge.id)}
    inventory = OF_HOTELS - GUESTS - {"events", "erasures"}
    assert {table: seen[table] for table in inventory} == dict.fromkeys(inventory, members)
    assert {table: seen[table] for table in GUESTS} == {table: set() for table in GUESTS}
    assert seen["events"] == members | {(world.alpha.id, None)}
    async with acting_as(filled, "omd_app", omd_actor(world.alpha)):
        told_of = {row[0] for row in await filled.fetch("select distinct aggregate from events")}
    assert not told_of & {"reservation", "folio", "waiting_list", "ticket"}, (
        "what happened to reservations is for the hotel's staff"
    )
    assert seen["access_tokens"] == set()
    assert {omd for rows in seen.values() for omd, _ in rows} == {world.alpha.id}


async def test_maintenance_work_sees_one_tenant_whole(filled: Connection, world: World) -> None:
    seen = await seen_by(filled, system_actor(world.beta))
    assert seen.pop("idempotency_keys") == set(), "the answers kept for one actor are nobody else's"
    assert {table for table, rows in seen.items() if {omd for omd, _ in rows} != {world.beta.id}} == set()


async def test_a_foreign_hotel_in_the_context_opens_nothing(filled: Connection, world: World) -> None:
    """The tenant decides first: ids of another tenant's hotels in the context do not lead to its rows."""
    forged = Actor(world.beta.id, "hotel", (world.grand.id,), (world.grand.id,), "test:forged")
    seen = await seen_by(filled, forged)
    assert seen.pop("events") == {(world.beta.id, None)}
    assert {table: seen[table] for table in seen.keys() & OF_HOTELS} == {
        table: set() for table in OF_HOTELS - {"events"}
    }


@pytest.mark.parametrize("whose", ["lodge", "harbour"])
async def test_rows_of_others_are_neither_changed_nor_deleted(filled: Connection, world: World, whose: str) -> None:
    """With every right there is, a hotel's context reaches no row of another hotel or tenant."""
    other: Hotel = getattr(world, whose)
    for table in await tables(filled):
        mine = "id" if table == "businesses" else "business_id"
        if table in OF_HOTELS:
            where = f"omd_id = {other.omd_id} and {mine} = {other.id}"
        elif other.omd_id == world.alpha.id:
            continue
        else:
            where = f"{'id' if table == 'omds' else 'omd_id'} = {other.omd_id}"
        column = "name" if table == "omds" else "omd_id"
        assert await filled.fetchval(f"select count(*) from {table} where {where}") > 0
        async with acting_as(filled, "omd_owner", hotel_actor(world.grand)):
            assert await filled.execute(f"update {table} set {column} = {column} where {where}") == "UPDATE 0", table
            assert await filled.execute(f"delete from {table} where {where}") == "DELETE 0", table


@pytest.mark.parametrize("whose", ["lodge", "harbour"])
async def test_no_row_is_written_for_others(filled: Connection, world: World, whose: str) -> None:
    """A copy of a row of another hotel or tenant is refused by row security before anything else is asked."""
    other: Hotel = getattr(world, whose)
    for table in sorted(OF_HOTELS) if whose == "lodge" else await tables(filled):
        columns = await filled.fetchval(
            "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute "
            "where attrelid = $1::text::regclass and attnum > 0 and attgenerated = '' and not attisdropped",
            table,
        )
        condition = (
            "true"
            if table == "omds"
            else f"(t.omd_id, {other.id}) = ({other.omd_id}, "
            + ("t.id)" if table == "businesses" else f"coalesce((to_jsonb(t) ->> 'business_id')::int, {other.id}))")
        )
        row = await filled.fetchval(
            f"select to_jsonb(t)::text from {table} t where {condition} "
            "order by to_jsonb(t) ->> 'business_id', 1 desc limit 1"
        )
        assert row is not None, table
        async with acting_as(filled, "omd_owner", hotel_actor(world.grand)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await filled.execute(
                    f"insert into {table} ({columns}) overriding system value "
                    f"select {columns} from jsonb_populate_record(null::{table}, $1::text::jsonb)",
                    row,
                )


async def test_a_row_is_not_handed_to_another_hotel(filled: Connection, world: World) -> None:
    async with acting_as(filled, "omd_owner", hotel_actor(world.grand)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await filled.execute(
                "update reservation_guests set business_id = $1, omd_id = $2", world.lodge.id, world.lodge.omd_id
            )


CONTEXT = Statement(
    name="context",
    text="select concat(current_omd_id(), current_omd_scope(), current_business_ids(), current_staff_business_ids(), "
    "current_token_hashes()::text, (select count(*) from businesses), pg_backend_pid())",
    parameters=(),
    cardinality="value",
    row=None,
    sentence="What the connection still remembers of an actor, the hotels it sees, and who it is.",
    source="tests/sql/test_isolation.py",
)
BACKEND = Statement(
    name="backend",
    text="select pg_backend_pid()",
    parameters=(),
    cardinality="value",
    row=None,
    sentence="Which server process answers.",
    source="tests/sql/test_isolation.py",
)


async def test_a_pooled_connection_forgets_who_used_it(servers: Servers, database_name: str, world: World) -> None:
    async with opened(servers, database_name, "omd_app", pool_size=1) as database:
        async with database.transaction(hotel_actor(world.grand)) as tx:
            assert await tx.value(CONTEXT) != ""
            backend = await tx.value(BACKEND)
        async with database.reading(None) as tx:
            assert await tx.value(CONTEXT) == f"0{backend}"
        with pytest.raises(RuntimeError, match="on the way"):
            async with database.transaction(system_actor(world.alpha)) as tx:
                raise RuntimeError("on the way")
        async with database.authenticating([b"\0" * 32]) as tx:
            assert await tx.value(BACKEND) == backend
        async with database.transaction(None) as tx:
            assert await tx.value(CONTEXT) == f"0{backend}"


async def test_a_token_is_seen_by_its_hash_alone(filled: Connection, world: World) -> None:
    async with acting_as(filled, "omd_app", None):
        await filled.execute("select set_config('omd.token_hashes', array[sha256('lodge')]::text, true)")
        assert await owners(filled, "access_tokens") == {(world.lodge.omd_id, world.lodge.id)}
        assert await owners(filled, "businesses") == set()
