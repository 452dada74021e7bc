"""How many locks the two hottest transactions hold, with several destinations and many quarters in the database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta

import msgspec
import pytest

from factories.house import limit_house
from omd.db import Database, ReadTransaction, Transaction, load_statements
from omd.features.availability import TypeAvailability
from omd.features.reservations import Guest, NewReservation, amend, book, cancel, check_in
from omd.features.reservations.commands.lifecycle import any_version
from omd.features.reservations.model import Amendment
from omd.features.reservations.profiles.commands import add_profile
from omd.features.reservations.profiles.model import ProfileFacts
from omd.features.reservations.profiles.queries import Cards
from omd.features.reservations.waiting_list.commands import add_entry, promote_entry
from omd.features.reservations.waiting_list.model import Promotion, WaitingWish
from omd.features.reservations.waiting_list.queries import Queue
from omd.kernel.dates import StayDates
from support.databases import opened
from support.served_app import KEYRING
from support.servers import Servers
from support.worlds import HORIZON_ENDS_ON, NOW, QUARTERS, TODAY, Connection, World, hotel_actor, system_actor

AT_MOST_BOOKING = 80
AT_MOST_SEARCH = 20
MODES_OF_A_CHANGE = 125
"""A change reads, locks and writes the same tables, and pg_locks has a row for each mode. What the shared lock table
has room for is objects, whatever the modes: of these a change may lock as many as a booking."""
GENERIC_PLANS_AFTER = 12
"""A prepared statement may get a generic plan from its sixth execution on, and that one locks what it might need."""

DAY = timedelta(days=1)
SEARCH = load_statements("omd.features.availability")["find_type_availability"]


@pytest.fixture
async def many_partitions(owner_connection: Connection, world: World) -> None:
    """Six destinations of six quarters each."""
    await owner_connection.execute("set role omd_maintenance")
    async with owner_connection.transaction():
        for code in ("gamma", "delta", "epsilon", "zeta"):
            omd_id = await owner_connection.fetchval("insert into omds (code, name) values ($1, $1) returning id", code)
            await _open_quarters(owner_connection, omd_id, (), (*QUARTERS, HORIZON_ENDS_ON))
        for omd in (world.alpha, world.beta):
            await _open_quarters(owner_connection, omd.id, system_actor(omd).business_ids, (HORIZON_ENDS_ON,))
    await owner_connection.execute("reset role")
    leaves = await owner_connection.fetchval("select count(*) from pg_partition_tree('room_availability') where isleaf")
    assert leaves == 6 * 6


async def _open_quarters(
    connection: Connection, omd_id: int, business_ids: tuple[int, ...], quarters: tuple[date, ...]
) -> None:
    ids = "{" + ",".join(map(str, business_ids)) + "}"
    await connection.execute(
        "select set_config('omd.omd_id', $1, true), set_config('omd.scope', 'system', true), "
        "set_config('omd.business_ids', $2, true), set_config('omd.staff_business_ids', $2, true)",
        *(str(omd_id), ids),
    )
    for quarter in quarters:
        await connection.execute("select create_availability_quarter($1, $2, $2)", omd_id, quarter)


@pytest.fixture
async def one_connection(servers: Servers, database_name: str, many_partitions: None) -> AsyncIterator[Database]:
    """A pool of one, so that every execution meets the plans of those before it."""
    async with opened(servers, database_name, "omd_app", pool_size=1) as database:
        yield database


class RollBack(Exception):
    """Ends a transaction that was only looked at, so that the next finds the hotel as empty."""


async def held(tx: ReadTransaction) -> dict[str, int]:
    """Return how many locks this transaction holds, by what is locked; those that the question itself takes aside."""
    rows = await tx._connection.fetch(
        "select coalesce(c.relname, l.locktype) as what, count(*) from pg_locks l "
        "left join pg_class c on c.oid = l.relation "
        "where l.pid = pg_backend_pid() and coalesce(c.relnamespace, 0) <> 'pg_catalog'::regnamespace group by 1"
    )
    return {row["what"]: row["count"] for row in rows}


async def held_after(
    database: Database, world: World, work: Callable[[Transaction], Awaitable[object]]
) -> dict[str, int]:
    """Return the locks that the work leaves its transaction with, and roll it back."""
    locks: dict[str, int] = {}

    async def look() -> None:
        async with database.transaction(hotel_actor(world.grand)) as tx:
            await work(tx)
            locks.update(await held(tx))
            raise RollBack

    with pytest.raises(RollBack):
        await look()
    return locks


async def most_held(
    database: Database, world: World, work: Callable[[Transaction, int], Awaitable[object]]
) -> dict[str, int]:
    """Run the work in transactions of its own and return the locks of the one that held most."""
    most: dict[str, int] = {}
    for number in range(GENERIC_PLANS_AFTER):
        locks = await held_after(database, world, lambda tx: work(tx, number))  # noqa: B023  # awaited within the turn
        if sum(locks.values()) > sum(most.values()):
            most = locks
    return most


def assert_few(locks: dict[str, int], at_most: int) -> None:
    """Compare the number, and name every lock when there are too many."""
    count = sum(locks.values())
    assert 0 < count <= at_most, f"{count} locks: {sorted(locks.items())}"


def assert_few_objects(locks: dict[str, int]) -> None:
    """Compare the number of objects locked, and of the modes they are locked in."""
    assert len(locks) <= AT_MOST_BOOKING, f"{len(locks)} objects: {sorted(locks)}"
    assert_few(locks, MODES_OF_A_CHANGE)


async def test_a_search_of_one_hotel_holds_few_locks(one_connection: Database, world: World) -> None:
    grand, actor = world.grand, hotel_actor(world.grand)
    most: dict[str, int] = {}
    for number in range(GENERIC_PLANS_AFTER):
        stay = StayDates(TODAY + number * DAY, TODAY + (number + 7) * DAY)
        async with one_connection.reading(actor) as tx:
            # The statement of `Database.ask`, in a transaction that stays open to be looked at.
            found = await tx.many(
                SEARCH,
                TypeAvailability,
                actor_role="omd_app",
                actor_omd_id=actor.omd_id,
                actor_scope=actor.scope,
                actor_business_ids=actor.business_ids,
                actor_staff_business_ids=actor.staff_business_ids,
                hotel_ids=[grand.id],
                arrival=stay.arrival,
                departure=stay.departure,
                adults=1,
                children=0,
                now=NOW,
            )
            assert len(found) == len(grand.types)
            locks = await held(tx)
        most = max(most, locks, key=lambda each: sum(each.values()))
    assert_few(most, AT_MOST_SEARCH)


@pytest.mark.parametrize("arrival", [date(2027, 5, 3), date(2027, 3, 30)], ids=["within a quarter", "across a quarter"])
async def test_a_booking_holds_few_locks(one_connection: Database, world: World, arrival: date) -> None:
    grand = world.grand

    async def one(tx: Transaction, number: int) -> None:
        stay = NewReservation(
            grand.types["double"].id, arrival, arrival + (number % 4 + 2) * DAY, [Guest(last_name="Lock")]
        )
        await book(tx, hotel_actor(grand), grand.id, stay, now=NOW)

    assert_few(await most_held(one_connection, world, one), AT_MOST_BOOKING)


async def test_a_booking_of_a_guest_with_a_profile_holds_few_locks(one_connection: Database, world: World) -> None:
    grand, actor = world.grand, hotel_actor(world.grand)
    async with one_connection.transaction(actor) as tx:
        profile = await add_profile(tx, Cards(actor, grand.id), ProfileFacts(last_name="Lock"), NOW)

    async def one(tx: Transaction, number: int) -> None:
        arrival = date(2027, 3, 30)
        guest = Guest(last_name="Lock", profile_id=profile.id)
        stay = NewReservation(grand.types["double"].id, arrival, arrival + (number % 4 + 2) * DAY, [guest])
        await book(tx, actor, grand.id, stay, now=NOW)

    locks = await most_held(one_connection, world, one)
    assert locks["guest_profiles"]
    assert_few_objects(locks)


async def test_a_promotion_from_the_waiting_list_holds_few_locks(one_connection: Database, world: World) -> None:
    grand, actor = world.grand, hotel_actor(world.grand)
    queue, arrival = Queue(actor, grand.id), date(2027, 3, 30)
    promotion = Promotion(room_type_id=grand.types["double"].id)

    async def one(tx: Transaction, number: int) -> None:
        wish = WaitingWish(arrival, arrival + (number % 4 + 2) * DAY, last_name="Lock")
        entry = await add_entry(tx, queue, wish, NOW)
        await promote_entry(tx, queue, entry.id, promotion, expected=any_version, now=NOW, keyring=KEYRING)

    locks = await most_held(one_connection, world, one)
    assert locks["waiting_list_entries"]
    assert_few_objects(locks)


async def test_a_booking_under_a_house_wide_limit_holds_few_locks(
    one_connection: Database, owner_connection: Connection, world: World
) -> None:
    grand, arrival = world.grand, date(2027, 3, 30)
    assert await limit_house(owner_connection, grand, arrival, arrival + 10 * DAY, 5) == 10

    async def one(tx: Transaction, number: int) -> None:
        stay = NewReservation(
            grand.types["double"].id, arrival, arrival + (number % 4 + 2) * DAY, [Guest(last_name="Lock")]
        )
        await book(tx, hotel_actor(grand), grand.id, stay, now=NOW)

    locks = await most_held(one_connection, world, one)
    assert locks["house_availability"]
    assert_few(locks, AT_MOST_BOOKING)


MOVES = {
    "within a quarter": (date(2027, 5, 3), 3, date(2027, 5, 20)),
    "across a quarter": (date(2027, 3, 25), 3, date(2027, 3, 30)),
    "from one quarter into another": (date(2027, 3, 10), 3, date(2027, 8, 10)),
    "over the end of a quarter into the next": (date(2027, 3, 29), 6, date(2027, 6, 20)),
}


@pytest.mark.parametrize("move", MOVES)
async def test_a_change_holds_few_locks(one_connection: Database, world: World, move: str) -> None:
    grand, actor = world.grand, hotel_actor(world.grand)
    arrival, length, moved_to = MOVES[move]
    stay = NewReservation(grand.types["double"].id, arrival, arrival + length * DAY, [Guest(last_name="Lock")])
    async with one_connection.transaction(actor) as tx:
        booked = await book(tx, actor, grand.id, stay, now=NOW)

    async def one(tx: Transaction, number: int) -> None:
        change = Amendment(arrival=moved_to, departure=moved_to + (number % 4 + 2) * DAY)
        await amend(tx, actor, booked.id, change, expected=lambda _: None, now=NOW)

    assert_few_objects(await most_held(one_connection, world, one))


async def test_a_change_under_a_house_wide_limit_holds_few_locks(
    one_connection: Database, owner_connection: Connection, world: World
) -> None:
    grand, actor = world.grand, hotel_actor(world.grand)
    assert await limit_house(owner_connection, grand, date(2027, 3, 25), date(2027, 4, 4), 5) == 10
    stay = NewReservation(grand.types["double"].id, date(2027, 3, 25), date(2027, 3, 28), [Guest(last_name="Lock")])
    async with one_connection.transaction(actor) as tx:
        booked = await book(tx, actor, grand.id, stay, now=NOW)

    async def one(tx: Transaction, number: int) -> None:
        change = Amendment(arrival=date(2027, 3, 30), departure=date(2027, 4, 1) + number % 4 * DAY)
        await amend(tx, actor, booked.id, change, expected=lambda _: None, now=NOW)

    locks = await most_held(one_connection, world, one)
    assert locks["house_availability"]
    assert_few_objects(locks)


async def test_a_longer_stay_and_a_cancellation_hold_few_locks(one_connection: Database, world: World) -> None:
    grand, actor = world.grand, hotel_actor(world.grand)
    stay = NewReservation(grand.types["double"].id, TODAY, TODAY + 29 * DAY, [Guest(last_name="Lock")])
    async with one_connection.transaction(actor) as tx:
        booked = await book(tx, actor, grand.id, stay, now=NOW)
        await check_in(tx, actor, booked.id, now=NOW)
        later = await book(tx, actor, grand.id, msgspec.structs.replace(stay, departure=TODAY + 33 * DAY), now=NOW)

    async def longer(tx: Transaction, number: int) -> None:
        change = Amendment(departure=TODAY + (31 + number) * DAY)
        await amend(tx, actor, booked.id, change, expected=lambda _: None, now=NOW)

    async def cancelled(tx: Transaction, _number: int) -> None:
        await cancel(tx, actor, later.id, reason=None, now=NOW)

    for work in (longer, cancelled):
        assert_few_objects(await most_held(one_connection, world, work))
