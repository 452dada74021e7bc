"""omd check: a database at work is clean; each fact that is made to disagree is found, and named."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from factories.hold_backs import add_hold_back
from factories.house import limit_house
from factories.maintenance import add_maintenance
from factories.offers import add_plan, offer_of
from factories.stays import add_reservation, hold_stay
from omd.db import Database
from omd.entrypoints.cli import app
from omd.features.availability import checks as supply
from omd.features.offers import seal
from omd.features.reservations import Guest
from omd.features.reservations import checks as demand
from omd.features.reservations.bookings.commands import book_offers
from omd.features.reservations.bookings.model import NewBooking, OfferTaken
from omd.features.reservations.commands.lifecycle import any_version
from omd.features.reservations.waiting_list.commands import add_entry, promote_entry
from omd.features.reservations.waiting_list.model import Promotion, WaitingWish
from omd.features.reservations.waiting_list.queries import Queue
from omd.kernel.clock import FixedClock
from omd.kernel.dates import StayDates
from support.command_line import Terminal
from support.roles import enter_context
from support.served_app import KEYRING
from support.servers import Servers
from support.worlds import NOW, Connection, World, hotel_actor, system_actor

ARRIVAL, DEPARTURE = date(2027, 5, 3), date(2027, 5, 6)
DAY = timedelta(days=1)

SUPPLY_BROKEN = {
    "room_types_count_their_rooms": "update room_types set quantity = quantity + 1 where id = {double}",
    "rooms_have_every_night": "delete from room_availability where room_id = {r103} and date = '2027-08-01'",
    "room_types_have_every_night": "delete from room_type_availability "
    "where room_type_id = {apartment} and date = '2028-03-31'",
    "counters_count_the_rooms": "update room_type_availability set physical = physical + 1 "
    "where room_type_id = {double} and date = '2027-08-01'",
    "held_counts_the_hold_backs": "update room_type_availability set held = 1 "
    "where room_type_id = {double} and date = '2027-08-01'",
    "rooms_held_back_agree": "update room_availability set held_back = true "
    "where room_id = {r103} and date = '2027-08-01'",
    "forced_is_the_excess": "update room_type_availability set forced = 1 "
    "where room_type_id = {double} and date = '2027-08-01'",
    "houses_count_their_types": "update house_availability set sold = sold + 1 where date = '2027-05-04'",
    "forced_of_a_house_is_the_excess": "update house_availability set forced = 1 where date = '2027-05-04'",
    "maintenance_agrees": "update room_availability set maintenance = 'out_of_service' "
    "where room_id = {r103} and date = '2027-08-01'",
    "supply_stays_within_its_hotel": "update individual_rooms set room_type_id = {foreign_type} where id = {r103}",
}
DEMAND_BROKEN = {
    "a_room_is_claimed_once_a_night": "alter table reservation_nights drop constraint reservation_nights_room_once; "
    "update reservation_nights set room_id = {r101} where room_id = {r102} and date = '2027-05-04'",
    "claims_agree": "update room_availability set reservation_id = null where room_id = {r101} and date = '2027-05-04'",
    "counters_count_the_nights": "update room_type_availability set sold = sold + 1 "
    "where room_type_id = {double} and date = '2027-08-01'",
    "nights_belong_to_their_stays": "update reservations set status = 'cancelled', cancelled_at = now() "
    "where code = 'STAY-1'",
    "stays_hold_every_night": "delete from reservation_nights where room_id = {r101} and date = '2027-05-05'",
    "nights_consume_the_type_of_their_room": "update reservation_nights set room_type_id = {single} "
    "where room_id = {r101} and date = '2027-05-04'",
    "stays_have_their_rooms": "update reservation_nights set room_id = null where room_id = {r101}",
    "demand_stays_within_its_hotel": "update reservations set room_type_id = {foreign_type} where code = 'STAY-1'",
    "prices_add_up": "update reservation_charges set amount = amount + 1",
    "nights_consume_the_quota_of_their_agency": "update reservation_nights set agency = 'other' where agency = 'tui'",
    "quotas_are_kept": "update quotas set rooms = 0 where date = '2027-05-04'",
    "holds_end": "update reservations set status = 'tentative', hold_until = '2027-02-01' where code = 'STAY-1'",
    "who_was_promoted_has_stays": "delete from waiting_list_stays",
    "day_uses_are_apart": "update room_availability set day_use = true where room_id = {r103} and date = '2027-05-04'",
}
_BY_DAY = (
    "update reservations set day_use = true, departure = arrival where code = 'STAY-1'; "
    "insert into day_uses (omd_id, business_id, reservation_id, room_id, date, starts_at, ends_at, bars_departure, "
    "bars_arrival) select omd_id, business_id, id, {room}, arrival, arrival, arrival + 1, true, true "
    "from reservations where code = 'STAY-1'; "
    "update room_availability set day_use = true where room_id = {room} and date between '2027-05-02' and '2027-05-03'"
)
OTHER_WAYS = {
    ("day_uses_are_apart", "a guest is in the room"): _BY_DAY.replace("{room}", "{r101}"),
    ("day_uses_are_apart", "a day use of no stay"): _BY_DAY.replace("{room}", "{r103}").replace(
        "day_use = true, departure = arrival where", "note = 'by night' where"
    ),
    ("day_uses_are_apart", "a stay without its day use"): "update reservations set day_use = true, departure = arrival "
    "where code = 'STAY-1'",
    ("rooms_have_every_night", "a room in use without nights"): "delete from room_availability where room_id = {r103}",
    ("rooms_have_every_night", "nights of a room that left"): "update individual_rooms set retired_on = '2027-06-01' "
    "where id = {r103}",
    (
        "rooms_have_every_night",
        "nights of another tenant's room",
    ): "update room_availability set room_id = {foreign_room} where room_id = {r103} and date = '2027-08-01'",
    ("room_types_have_every_night", "a type that was never opened"): "delete from room_type_availability "
    "where room_type_id = {apartment}",
    ("counters_count_the_rooms", "out of order not counted"): "update room_type_availability set out_of_order = 0 "
    "where room_type_id = {single}",
    ("houses_count_their_types", "a type that does not know"): "update room_type_availability "
    "set house_limited = false where room_type_id = {single} and date = '2027-05-04'",
    ("houses_count_their_types", "types that know of no house"): "delete from house_availability",
    ("houses_count_their_types", "a house without types"): "update house_availability set date = date + 30",
    ("houses_count_their_types", "rooms out of order"): "update house_availability set out_of_order = 0",
    ("maintenance_agrees", "an interval that is not on the nights"): "update room_availability set maintenance = null "
    "where room_id = {r201}",
    ("maintenance_agrees", "two intervals on a night"): "insert into maintenance_intervals "
    "(omd_id, business_id, room_id, kind, starts_on, ends_on, reason, created_by) "
    "select omd_id, business_id, room_id, kind, starts_on, ends_on, reason, created_by from maintenance_intervals",
    ("held_counts_the_hold_backs", "rooms that are not counted"): "update room_type_availability set held = 0 "
    "where room_type_id = {single} and date = '2027-05-04'",
    ("rooms_held_back_agree", "a night that is not held back"): "update room_availability set held_back = false "
    "where room_id = {r203} and date = '2027-05-04'",
    ("rooms_held_back_agree", "two hold-backs on a night"): "insert into hold_backs "
    "(omd_id, business_id, room_type_id, room_id, rooms, kind, starts_on, ends_on, reason, created_by) "
    "select omd_id, business_id, room_type_id, room_id, rooms, kind, starts_on, ends_on, reason, created_by "
    "from hold_backs where room_id is not null",
    ("supply_stays_within_its_hotel", "a hold-back of another hotel's type"): "update hold_backs "
    "set room_type_id = {foreign_type} where room_id is null",
    ("supply_stays_within_its_hotel", "a hold-back of another type's room"): "update hold_backs "
    "set room_id = {r101} where room_id is not null",
    ("claims_agree", "a claim of a stay that is not there"): "update room_availability set reservation_id = uuidv7() "
    "where room_id = {r103} and date = '2027-08-01'",
    ("claims_agree", "a claim of another stay"): "update room_availability set reservation_id = "
    "(select id from reservations where code = 'STAY-2') where room_id = {r101} and date = '2027-05-04'",
    ("counters_count_the_nights", "a night that was not counted"): "update room_type_availability set sold = 0 "
    "where room_type_id = {double} and date = '2027-05-04'",
    ("nights_belong_to_their_stays", "a night after the departure"): "update reservations set departure = '2027-05-05' "
    "where code = 'STAY-1'",
    (
        "nights_belong_to_their_stays",
        "nights of a stay that is not there",
    ): "delete from reservations where code = 'STAY-1'",
    (
        "nights_consume_the_type_of_their_room",
        "a room that left",
    ): "update individual_rooms set retired_on = '2027-05-04' where id = {r101}",
    ("demand_stays_within_its_hotel", "a guest of nobody"): "update reservation_guests set reservation_id = uuidv7()",
    ("prices_add_up", "a tax on top"): "update reservation_taxes set amount = amount + 1 where placement = 'on_top'",
    ("prices_add_up", "a tax owed"): "update reservation_taxes set placement = 'included' where placement = 'owed'",
    ("prices_add_up", "what the stay is charged"): "update reservations set amount = 1 where amount is not null",
    ("prices_add_up", "lines of no price"): "delete from reservation_prices",
    (
        "nights_consume_the_quota_of_their_agency",
        "a stay of another agency",
    ): "update reservations set agency = 'other' where agency = 'tui'",
    (
        "who_was_promoted_has_stays",
        "one who waits still",
    ): "update waiting_list_entries set status = 'waiting', closed_at = null, closed_by = null",
    ("who_was_promoted_has_stays", "a room that is missing"): "update waiting_list_entries set rooms = 2",
}
WAYS = [
    *(pytest.param(name, statement, id=name) for name, statement in {**SUPPLY_BROKEN, **DEMAND_BROKEN}.items()),
    *(pytest.param(name, statement, id=f"{name}: {how}") for (name, how), statement in OTHER_WAYS.items()),
]


@pytest.fixture
async def stays(owner_connection: Connection, world: World, db: Database) -> None:
    """Stays, a cancelled one, one of an agency's quota, rooms out of order or held back, a house's limit: in order."""
    grand = world.grand
    await hold_stay(owner_connection, grand, "double", ARRIVAL, DEPARTURE, room="101", code="STAY-1")
    await hold_stay(owner_connection, grand, "double", ARRIVAL, DEPARTURE, room="102", code="STAY-2")
    await add_reservation(owner_connection, grand, "double", ARRIVAL, DEPARTURE, code="STAY-3", status="cancelled")
    await add_maintenance(owner_connection, grand, "201", ARRIVAL, DEPARTURE)
    await add_maintenance(owner_connection, grand, "202", ARRIVAL, DEPARTURE, kind="out_of_service")
    await limit_house(owner_connection, grand, ARRIVAL, DEPARTURE, 1)
    await add_hold_back(owner_connection, grand, "double", ARRIVAL, DEPARTURE, rooms=2)
    await add_hold_back(owner_connection, grand, "single", ARRIVAL, DEPARTURE, room="203")
    plan = await add_plan(owner_connection, grand)
    await owner_connection.execute(
        "insert into quotas (omd_id, business_id, room_type_id, date, agency, rooms) "
        "select $1, $2, $3, date, 'tui', 1 from unnest($4::date[]) date",
        *(grand.omd_id, grand.id, grand.types["single"].id, list(StayDates(ARRIVAL, DEPARTURE).dates())),
    )
    offer = offer_of(grand, plan, "single", ARRIVAL, DEPARTURE, adults=1, agency="tui")
    taken = NewBooking([OfferTaken(seal(offer, KEYRING), [Guest(last_name="Marin")])])
    async with db.transaction(hotel_actor(grand)) as tx:
        await book_offers(tx, hotel_actor(grand), grand.id, taken, now=NOW, keyring=KEYRING)
        queue, promotion = Queue(hotel_actor(grand), grand.id), Promotion(room_type_id=grand.types["double"].id)
        waits = await add_entry(tx, queue, WaitingWish(ARRIVAL, DEPARTURE, last_name="Marin"), NOW)
        await promote_entry(tx, queue, waits.id, promotion, expected=any_version, now=NOW, keyring=KEYRING)


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    """The place where `omd check` is typed."""
    return Terminal(servers, database_name, clock)


async def found(terminal: Terminal) -> dict[str, list[dict[str, Any]]]:
    """Return the first breaches of each invariant that has any, by `omd check --json`."""
    result = await terminal.type(app, "check", "--json")
    report = msgspec.json.decode(result.stdout)
    breached = {
        verdict["invariant"]: verdict["first"]
        for omd in report["omds"]
        for verdict in omd["verdicts"]
        if verdict["breaches"]
    }
    assert report["clean"] is (not breached)
    assert result.exit_code == (1 if breached else 0)
    return breached


def test_every_invariant_is_broken_here() -> None:
    """An invariant that nobody has seen fail may not look at all."""
    assert [each.name for each in supply.INVARIANTS] == list(SUPPLY_BROKEN)
    assert [each.name for each in demand.INVARIANTS] == list(DEMAND_BROKEN)


@pytest.mark.usefixtures("stays")
async def test_a_database_in_order_is_clean(terminal: Terminal) -> None:
    assert await found(terminal) == {}
    result = await terminal.type(app, "check")
    assert result.exit_code == 0
    assert "2 destinations checked: nothing is at odds." in result.stdout
    assert all(name in result.stdout for name in (*SUPPLY_BROKEN, *DEMAND_BROKEN))


@pytest.mark.usefixtures("stays")
@pytest.mark.parametrize(("name", "statement"), WAYS)
async def test_what_disagrees_is_found(
    terminal: Terminal, owner_connection: Connection, world: World, name: str, statement: str
) -> None:
    grand = world.grand
    names: dict[str, int] = {f"r{number}": room for number, room in grand.rooms.items()}
    names |= {code: each.id for code, each in grand.types.items()}
    names |= {"foreign_type": world.harbour.types["double"].id, "foreign_room": world.harbour.rooms["101"]}
    async with owner_connection.transaction():
        await owner_connection.execute("set local session_replication_role = replica")
        await owner_connection.execute(statement.format_map(names))
    breaches = await found(terminal)
    assert name in breaches
    assert breaches[name][0]["said"]


async def test_the_rows_at_odds_are_named(terminal: Terminal, owner_connection: Connection, world: World) -> None:
    double = world.grand.types["double"]
    await owner_connection.execute(
        "update room_type_availability set sold = 1 "
        "where room_type_id = $1 and date >= '2027-06-01' and date < '2027-06-08'",
        double.id,
    )
    result = await terminal.type(app, "check")
    assert result.exit_code == 1
    assert "alpha: counters_count_the_nights, 7 breaches" in result.stdout
    assert f"room type {double.id} says 1 nights are sold; 0 are held" in result.stdout
    assert f"hotel {world.grand.id}, 2027-06-01" in result.stdout


async def test_a_night_without_a_room_is_excused_by_overbooking_and_a_room_out_of_order(
    terminal: Terminal, owner_connection: Connection, world: World
) -> None:
    """Two twins, three stays: one waits. One twin given back for a night, it should have got it, locked or not."""
    grand = world.grand
    await owner_connection.execute(
        "update room_type_availability set overbooking = 1 where room_type_id = $1", grand.types["twin"].id
    )
    await hold_stay(owner_connection, grand, "twin", ARRIVAL, DEPARTURE, room="301", code="FIRST")
    await hold_stay(owner_connection, grand, "twin", ARRIVAL, DEPARTURE - DAY, room="302", code="OTHER")
    second = await hold_stay(owner_connection, grand, "twin", DEPARTURE - DAY, DEPARTURE, room="302", code="SECOND")
    await hold_stay(owner_connection, grand, "twin", ARRIVAL, DEPARTURE, room=None, code="WAITS")
    assert await found(terminal) == {}
    async with owner_connection.transaction():
        await owner_connection.execute("set local session_replication_role = replica")
        await owner_connection.execute("delete from reservation_nights where reservation_id = $1", second)
        await owner_connection.execute(
            "update room_availability set reservation_id = null where reservation_id = $1", second
        )
        await owner_connection.execute(
            "update room_type_availability set sold = sold - 1 where room_type_id = $1 and date = $2",
            *(grand.types["twin"].id, DEPARTURE - DAY),
        )
        await owner_connection.execute(
            "update reservations set status = 'cancelled', cancelled_at = now() where id = $1", second
        )
    await owner_connection.execute("update reservations set room_locked = true where code = 'FIRST'")
    breaches = await found(terminal)
    assert list(breaches) == ["stays_have_their_rooms"]
    assert [each["date"] for each in breaches["stays_have_their_rooms"]] == [(DEPARTURE - DAY).isoformat()]


async def test_a_guest_taken_off_a_room_out_of_order_need_not_have_another_on_that_night(
    terminal: Terminal, owner_connection: Connection, world: World
) -> None:
    """Who may not be moved is asked first; on the nights around, the room is still theirs."""
    await hold_stay(owner_connection, world.grand, "twin", ARRIVAL, ARRIVAL + 2 * DAY, room=None)
    await add_maintenance(owner_connection, world.grand, "301", ARRIVAL, ARRIVAL + DAY)
    (breach,) = (await found(terminal))["stays_have_their_rooms"]
    assert breach["date"] == (ARRIVAL + DAY).isoformat()


async def test_an_archived_quarter_is_not_missed(
    terminal: Terminal, owner_connection: Connection, world: World
) -> None:
    """A stay across the boundary keeps the nights that are left, and is in order with them."""
    await hold_stay(owner_connection, world.grand, "double", date(2027, 3, 30), date(2027, 4, 2), room="101")
    await hold_stay(
        owner_connection, world.grand, "double", date(2027, 2, 1), date(2027, 2, 3), room="102", code="GONE"
    )
    await add_maintenance(owner_connection, world.grand, "201", date(2027, 3, 30), date(2027, 4, 2))
    await limit_house(owner_connection, world.grand, date(2027, 3, 30), date(2027, 4, 2), 1)
    async with owner_connection.transaction():
        await enter_context(owner_connection, system_actor(world.alpha))
        gone = await owner_connection.fetchval("select detach_availability_before($1, '2027-04-01')", world.alpha.id)
    assert len(gone) == 3
    assert await found(terminal) == {}
