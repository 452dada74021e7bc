"""The guards in the database, tried by plain SQL with every right: each refuses, and leaves all as it was."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta

import asyncpg
import pytest

from factories.maintenance import add_maintenance
from factories.stays import add_reservation, hold_nights, hold_stay
from support.roles import enter_context
from support.worlds import HORIZON_ENDS_ON, HORIZON_STARTS_ON, Connection, World, hotel_actor

ARRIVAL, DEPARTURE = date(2027, 5, 3), date(2027, 5, 6)
DAY = timedelta(days=1)
KINDS = ("out_of_order", "out_of_service")

STATE = (
    "select * from room_type_availability where (sold, out_of_order, held, forced) <> (0, 0, 0, 0)",
    "select * from room_availability where reservation_id is not null or maintenance is not null or held_back",
    "select omd_id, business_id, room_id, count(*) from room_availability group by 1, 2, 3",
    "select omd_id, business_id, room_type_id, sum(physical) from room_type_availability group by 1, 2, 3",
    *(
        f"select * from {table}"
        for table in (
            "reservation_nights",
            "reservations",
            "maintenance_intervals",
            "hold_backs",
            "events",
            "individual_rooms",
            "room_types",
        )
    ),
)


async def state(connection: Connection) -> list[object]:
    """Return everything that a refused statement must leave as it was."""
    return [
        await connection.fetchval(f"select jsonb_agg(to_jsonb(t) order by to_jsonb(t)) from ({part}) t")
        for part in STATE
    ]


@asynccontextmanager
async def refused(
    connection: Connection, constraint: str, *, kind: type[asyncpg.PostgresError] = asyncpg.PostgresError
) -> AsyncIterator[None]:
    """Expect the block's one write to be refused in the name of a constraint, and to have changed nothing."""
    before = await state(connection)
    with pytest.raises(kind) as caught:
        yield
    assert getattr(caught.value, "constraint_name", None) == constraint, caught.value
    assert await state(connection) == before


async def as_grand(connection: Connection, world: World, statement: str, *arguments: object) -> None:
    """Write in the context of `grand`, which the functions behind the triggers need."""
    async with connection.transaction():
        await enter_context(connection, hotel_actor(world.grand))
        await connection.execute(statement, *arguments)


async def counters(connection: Connection, world: World, type_code: str, night: date) -> tuple[int, int, int]:
    """Return sold, out of order and forced of a type of `grand` on one night."""
    row = await connection.fetchrow(
        "select sold, out_of_order, forced from room_type_availability where room_type_id = $1 and date = $2",
        world.grand.types[type_code].id,
        night,
    )
    assert row is not None
    return row["sold"], row["out_of_order"], row["forced"]


async def test_the_last_room_is_sold_and_not_one_more(owner_connection: Connection, world: World) -> None:
    for room in ("301", "302"):
        await hold_stay(owner_connection, world.grand, "twin", ARRIVAL, DEPARTURE, room=room, code=f"IN-{room}")
    one_too_many = await add_reservation(owner_connection, world.grand, "twin", ARRIVAL, DEPARTURE, code="ONE-MORE")
    for arrival, departure in (
        (ARRIVAL, DEPARTURE),
        (ARRIVAL - DAY, ARRIVAL + DAY),
        (DEPARTURE - DAY, DEPARTURE + DAY),
    ):
        async with refused(owner_connection, "room_type_availability_never_oversold", kind=asyncpg.CheckViolationError):
            await hold_nights(owner_connection, world.grand, one_too_many, "twin", arrival, departure, None)
    await hold_nights(owner_connection, world.grand, one_too_many, "twin", DEPARTURE, DEPARTURE + DAY, "301")
    assert await counters(owner_connection, world, "twin", DEPARTURE - DAY) == (2, 0, 0)
    assert await counters(owner_connection, world, "twin", DEPARTURE) == (1, 0, 0)


async def test_a_type_without_rooms_sells_nothing(owner_connection: Connection, world: World) -> None:
    stay = await add_reservation(owner_connection, world.grand, "apartment", ARRIVAL, DEPARTURE)
    async with refused(owner_connection, "room_type_availability_never_oversold"):
        await hold_nights(owner_connection, world.grand, stay, "apartment", ARRIVAL, DEPARTURE, None)


async def test_a_room_is_taken_once_a_night(owner_connection: Connection, world: World) -> None:
    """The unique key of the night stands first; a partition's constraint has a name of PostgreSQL's making."""
    first = await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101")
    second = await add_reservation(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, code="STAY-2")
    leaf_key = "reservation_nights_o1_2027q2_omd_id_business_id_room_id_dat_key"
    async with refused(owner_connection, leaf_key, kind=asyncpg.UniqueViolationError):
        await hold_nights(owner_connection, world.grand, second, "double", DEPARTURE - DAY, DEPARTURE + DAY, "101")
    claimed = await owner_connection.fetch(
        "select reservation_id, date from room_availability where reservation_id is not null order by date"
    )
    assert [tuple(row) for row in claimed] == [(first, ARRIVAL + DAY * n) for n in range(3)]


async def test_a_claim_is_written_onto_a_free_room_night_only(owner_connection: Connection, world: World) -> None:
    """The second lock: a claim that no night explains is not overwritten either."""
    stay = await add_reservation(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE)
    await owner_connection.execute(
        "update room_availability set reservation_id = uuidv7() where room_id = $1 and date = $2",
        *(world.grand.rooms["101"], ARRIVAL + DAY),
    )
    async with refused(owner_connection, "room_availability_claimed_once"):
        await hold_nights(owner_connection, world.grand, stay, "double", ARRIVAL, DEPARTURE, "101")


async def test_a_night_gives_back_its_own_claim_only(owner_connection: Connection, world: World) -> None:
    stay = await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101")
    await owner_connection.execute(
        "update room_availability set reservation_id = uuidv7() where room_id = $1 and date = $2",
        *(world.grand.rooms["101"], ARRIVAL + DAY),
    )
    async with refused(owner_connection, "room_availability_claim_agrees"):
        await as_grand(owner_connection, world, "delete from reservation_nights where reservation_id = $1", stay)


async def test_counters_and_claims_go_back_with_the_nights(owner_connection: Connection, world: World) -> None:
    before = await state(owner_connection)
    stay = await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101")
    assert await state(owner_connection) != before
    await as_grand(owner_connection, world, "delete from reservation_nights where reservation_id = $1", stay)
    await owner_connection.execute("delete from reservations where id = $1", stay)
    assert await state(owner_connection) == before


async def test_a_stay_changes_its_room_and_takes_its_claims_along(owner_connection: Connection, world: World) -> None:
    stays = [
        await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room=room, code=f"IN-{room}")
        for room in ("101", "102")
    ]
    await as_grand(
        owner_connection,
        world,
        "update reservation_nights set room_id = $2 where reservation_id = $1",
        *(stays[0], world.grand.rooms["103"]),
    )
    rows = await owner_connection.fetch(
        "select distinct room_id, reservation_id from room_availability where reservation_id is not null order by 1"
    )
    assert [tuple(row) for row in rows] == [(world.grand.rooms["102"], stays[1]), (world.grand.rooms["103"], stays[0])]
    assert await counters(owner_connection, world, "double", ARRIVAL) == (2, 0, 0)


async def test_a_night_is_in_a_room_of_the_type_it_consumes(owner_connection: Connection, world: World) -> None:
    stay = await add_reservation(owner_connection, world.grand, "single", ARRIVAL, DEPARTURE)
    async with refused(owner_connection, "reservation_nights_room_fkey", kind=asyncpg.ForeignKeyViolationError):
        await hold_nights(owner_connection, world.grand, stay, "single", ARRIVAL, DEPARTURE, "101")


async def test_a_night_is_in_a_room_of_its_own_hotel(owner_connection: Connection, world: World) -> None:
    stay = await add_reservation(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE)
    async with refused(owner_connection, "reservation_nights_room_fkey", kind=asyncpg.ForeignKeyViolationError):
        await as_grand(
            owner_connection,
            world,
            "insert into reservation_nights values ($1, $2, $3, $4, $5, $6)",
            *(world.grand.omd_id, world.grand.id, stay, ARRIVAL, world.grand.types["double"].id),
            world.lodge.rooms["101"],
        )


async def test_nights_are_held_inside_the_horizon(owner_connection: Connection, world: World) -> None:
    """A date without a partition is refused by PostgreSQL itself; no row is lost and none is misplaced."""
    for first in (HORIZON_STARTS_ON - DAY, HORIZON_ENDS_ON - DAY):
        stay = await add_reservation(
            owner_connection, world.grand, "double", first, first + 2 * DAY, code=f"OUTSIDE-{first}"
        )
        before = await state(owner_connection)
        with pytest.raises(asyncpg.CheckViolationError, match=r"no partition of relation .* found for row"):
            await hold_nights(owner_connection, world.grand, stay, "double", first, first + 2 * DAY, "101")
        assert await state(owner_connection) == before


async def test_a_type_without_counters_sells_nothing(owner_connection: Connection, world: World) -> None:
    await owner_connection.execute(
        "delete from room_type_availability where room_type_id = $1 and date = $2",
        *(world.grand.types["double"].id, ARRIVAL + DAY),
    )
    stay = await add_reservation(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE)
    async with refused(owner_connection, "reservation_nights_within_horizon"):
        await hold_nights(owner_connection, world.grand, stay, "double", ARRIVAL, DEPARTURE, None)


@pytest.mark.parametrize("change", ["date = date + 10", "room_type_id = room_type_id + 1", "reservation_id = uuidv7()"])
async def test_a_night_does_not_become_another(owner_connection: Connection, world: World, change: str) -> None:
    stay = await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101")
    async with refused(owner_connection, "reservation_nights_only_rooms_change"):
        await as_grand(
            owner_connection, world, f"update reservation_nights set {change} where reservation_id = $1", stay
        )


STATUSES = ("confirmed", "in_house", "checked_out", "cancelled", "no_show")
EDGES = {
    *(("confirmed", "in_house"), ("confirmed", "cancelled"), ("confirmed", "no_show")),
    *(("in_house", "checked_out"), ("in_house", "confirmed"), ("checked_out", "in_house")),
    *(("cancelled", "confirmed"), ("no_show", "confirmed")),
}
STAMPS = (
    "checked_in_at = case when $2 in ('in_house', 'checked_out') then now() end, "
    "checked_out_at = case when $2 = 'checked_out' then now() end, "
    "cancelled_at = case when $2 = 'cancelled' then now() end, no_show_at = case when $2 = 'no_show' then now() end"
)


@pytest.mark.parametrize(("old", "new"), [(a, b) for a in STATUSES for b in STATUSES if a != b])
async def test_a_status_changes_along_its_edges_only(
    owner_connection: Connection, world: World, old: str, new: str
) -> None:
    stay = await add_reservation(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, status=old)
    change = f"update reservations set status = $2::text, {STAMPS.replace('$2', '$2::text')} where id = $1"
    if (old, new) in EDGES:
        assert await owner_connection.execute(change, stay, new) == "UPDATE 1"
        return
    async with refused(owner_connection, "reservations_status_edges"):
        await owner_connection.execute(change, stay, new)


async def test_a_status_carries_its_instants(owner_connection: Connection, world: World) -> None:
    stay = await add_reservation(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE)
    async with refused(owner_connection, "reservations_status_dated"):
        await owner_connection.execute("update reservations set status = 'in_house' where id = $1", stay)


async def test_a_room_with_a_stay_does_not_go_out_of_order(owner_connection: Connection, world: World) -> None:
    await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101")
    async with refused(owner_connection, "room_availability_no_stay_out_of_order", kind=asyncpg.CheckViolationError):
        await add_maintenance(owner_connection, world.grand, "101", DEPARTURE - DAY, DEPARTURE + DAY)
    await add_maintenance(owner_connection, world.grand, "101", ARRIVAL, DEPARTURE, kind="out_of_service")


async def test_a_stay_does_not_enter_a_room_out_of_order(owner_connection: Connection, world: World) -> None:
    await add_maintenance(owner_connection, world.grand, "101", ARRIVAL, DEPARTURE)
    stay = await add_reservation(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE)
    async with refused(owner_connection, "room_availability_no_stay_out_of_order"):
        await hold_nights(owner_connection, world.grand, stay, "double", ARRIVAL, DEPARTURE, "101")


async def test_out_of_order_takes_nothing_that_is_sold(owner_connection: Connection, world: World) -> None:
    await hold_stay(owner_connection, world.grand, "twin", ARRIVAL, DEPARTURE, room="301", code="ROOM-301")
    await hold_stay(owner_connection, world.grand, "twin", ARRIVAL, DEPARTURE, room=None, code="NO-ROOM")
    async with refused(owner_connection, "room_type_availability_never_oversold"):
        await add_maintenance(owner_connection, world.grand, "302", ARRIVAL, DEPARTURE)


async def test_maintenance_counts_and_gives_back(owner_connection: Connection, world: World) -> None:
    before = await state(owner_connection)
    interval = await add_maintenance(owner_connection, world.grand, "301", ARRIVAL, DEPARTURE)
    assert await counters(owner_connection, world, "twin", ARRIVAL) == (0, 1, 0)
    assert await counters(owner_connection, world, "twin", DEPARTURE) == (0, 0, 0)
    await as_grand(owner_connection, world, "delete from maintenance_intervals where id = $1", interval)
    assert await state(owner_connection) == before


@pytest.mark.parametrize(("first", "second"), [(a, b) for a in KINDS for b in KINDS])
async def test_maintenance_of_a_room_does_not_overlap(
    owner_connection: Connection, world: World, first: str, second: str
) -> None:
    await add_maintenance(owner_connection, world.grand, "301", ARRIVAL, DEPARTURE, kind=first)
    async with refused(owner_connection, "maintenance_intervals_one_a_night"):
        await add_maintenance(owner_connection, world.grand, "301", DEPARTURE - DAY, DEPARTURE + DAY, kind=second)
    await add_maintenance(owner_connection, world.grand, "301", DEPARTURE, DEPARTURE + DAY, kind=second)


async def test_maintenance_lies_inside_the_horizon(owner_connection: Connection, world: World) -> None:
    async with refused(owner_connection, "maintenance_intervals_one_a_night"):
        await add_maintenance(owner_connection, world.grand, "301", HORIZON_ENDS_ON - DAY, HORIZON_ENDS_ON + DAY)


async def test_what_happened_is_not_rewritten(owner_connection: Connection, world: World) -> None:
    await owner_connection.execute(
        "insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data) "
        "values ($1, $2, 'reservation', '1', 1, 'reservation.booked', 'test', '{}')",
        *(world.alpha.id, world.grand.id),
    )
    for statement in (
        "update events set data = '{}', actor = 'somebody else'",
        "update events set position = 1, actor = 'somebody else'",
        "delete from events",
    ):
        async with refused(owner_connection, "events_append_only"):
            await owner_connection.execute(statement)
    assert await owner_connection.execute("update events set position = 1") == "UPDATE 1"
    async with refused(owner_connection, "events_append_only"):
        await owner_connection.execute("update events set position = 2")


async def test_a_room_keeps_its_type(owner_connection: Connection, world: World) -> None:
    async with refused(owner_connection, "individual_rooms_keep_type"):
        await owner_connection.execute(
            "update individual_rooms set room_type_id = $2 where id = $1",
            *(world.grand.rooms["101"], world.grand.types["twin"].id),
        )


async def test_a_room_with_stays_ahead_is_not_closed(owner_connection: Connection, world: World) -> None:
    await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101")
    close = "select close_room($1, $2, $3, $4)"
    arguments = (world.grand.omd_id, world.grand.id, world.grand.rooms["101"])
    for from_date in (ARRIVAL - DAY, DEPARTURE - DAY):
        async with refused(owner_connection, "room_has_future_stays"):
            await as_grand(owner_connection, world, close, *arguments, from_date)
    await as_grand(owner_connection, world, close, *arguments, DEPARTURE)
    physical = await owner_connection.fetch(
        "select distinct on (physical) physical, date from room_type_availability where room_type_id = $1 "
        "order by physical desc, date",
        world.grand.types["double"].id,
    )
    assert [tuple(row) for row in physical] == [(5, HORIZON_STARTS_ON), (4, DEPARTURE)]


async def test_rooms_are_counted_under_their_type(owner_connection: Connection, world: World) -> None:
    async def quantity() -> int:
        found: int = await owner_connection.fetchval(
            "select quantity from room_types where id = $1", world.grand.types["twin"].id
        )
        return found

    assert await quantity() == 2
    await as_grand(
        owner_connection,
        world,
        "insert into individual_rooms (omd_id, business_id, room_type_id, number) "
        "select $1, $2, $3, number from unnest(array['303', '304']) number",
        *(world.grand.omd_id, world.grand.id, world.grand.types["twin"].id),
    )
    assert await quantity() == 4
    await as_grand(
        owner_connection, world, "update individual_rooms set retired_on = current_date where number = '303'"
    )
    assert await quantity() == 3
    # Without a context the count could not be kept, so the change is not made either.
    async with refused(owner_connection, "room_types_quantity_counted"):
        await owner_connection.execute("update individual_rooms set retired_on = current_date where number = '304'")
