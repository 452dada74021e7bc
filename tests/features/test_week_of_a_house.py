"""A week of a hotel of 222 rooms, desk and housekeeping, through the API alone: afterwards all books agree."""

from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from omd.db import Database
from omd.features.availability import check_supply
from omd.features.folios import check_books
from omd.features.housekeeping import check_rooms
from omd.features.identity import system_actor
from omd.features.maintenance import check_tickets
from omd.features.nightaudit import check_audits
from omd.features.reservations import check_demand
from omd.kernel.clock import FixedClock
from support.bills import SUMS, UNBALANCED
from support.cleaning import Cleaning
from support.front_desk import assert_books_balance, problem_of
from support.house_222 import DAY, House
from support.house_week import MONDAY, Week
from support.persons import Persons
from support.worlds import Connection

DAYS = 7
ENDED = (
    *(("departure", "done"), ("departure", "do_not_disturb"), ("arrival", "done"), ("linen", "done")),
    *(("stayover", "done"), ("stayover", "refused")),
)
MOVED = ("reservation_id", "arrival", "departure", "from_room_id", "to_room_id")


@pytest.fixture
async def house(
    client: httpx.AsyncClient,
    maintenance_db: Database,
    owner_connection: Connection,
    persons: Persons,
    clock: FixedClock,
) -> House:
    return await House.open(client, maintenance_db, owner_connection, persons, clock)


async def test_a_week_of_222_rooms_ends_with_books_that_balance(
    house: House, persons: Persons, maintenance_db: Database, owner_connection: Connection
) -> None:
    week = Week(house, Cleaning(house, persons))
    await week.prepare()
    await week.group()
    # The house fills up: stays of one to six nights, which leave on every day of the week.
    for nights, rooms in ((1, 18), (2, 27), (3, 18), (4, 18), (6, 9)):
        await house.book("double", nights, week.guests(rooms), adults=2)
        await house.book("single", nights, week.guests(rooms))
    for number in range(DAYS):
        day = MONDAY + number * DAY
        await house.begins(day)
        assert (await house.get("~/dashboard"))["business_date"] == str(day)
        if number:
            await house.book("double", 2, week.guests(9), adults=2)
            await house.book("single", 1 + number % 3, week.guests(9))
        await week.cleaning.morning()
        # Nobody of the group is missing: those who are were the last to book.
        await week.leave(staying_on=2 if number in (2, 4) else 0)
        await week.cleaning.clean()
        await week.arrive(missing=0 if number == 0 else 2)
        await THINGS[number](week)
        await week.lose_patience()
        await week.cleaning.clean()
        await week.cleaning.evening()
        await week.close()
    assert week.turned_away > 0
    await house.begins(MONDAY + DAYS * DAY)
    await assert_the_week_adds_up(week, maintenance_db, owner_connection)


async def monday(week: Week) -> None:
    """A guest walks in, one is checked in by mistake, and two are not put into one room."""
    house, group = week.house, week.together
    walk_in = {
        "room_type_id": house.hotel.types["suite"].id,
        "departure": str(house.today + 2 * DAY),
        "guests": [{"last_name": "Walker"}],
        "adults": 2,
        "room_id": await week.free_suite(),
    }
    stay = await house.do("POST", "~/walk-ins", walk_in)
    rooms = (await house.do("POST", f"/reservations/{stay['id']}/offers", {}))["rooms"]
    await house.do("POST", f"/reservations/{stay['id']}/price", {"offer": rooms[0]["offers"][0]["offer"]})
    await house.step(group[3], "undo-check-in")
    await house.step(group[3], "check-in")
    other = await house.get(f"/reservations/{group[4]}")
    into = {"room_id": other["nights"][0]["room_id"]}
    taken = problem_of(await house.ask("POST", f"/reservations/{group[3]}/move", into), 409, "room_not_free")
    assert other["code"] in str(taken)


async def tuesday(week: Week) -> None:
    """The minibar is charged twice by mistake, a deposit is taken, a guest moves to a suite as an upgrade."""
    house, group = week.house, week.together
    bar = {"kind": "supplement", "amount": "24.20", "text": "Minibar"}
    await house.do("POST", f"/reservations/{group[1]}/charges", bar)
    told = await house.do("POST", f"/reservations/{group[1]}/charges", bar)
    folio = f"~/folios/{told['folio']['id']}"
    await house.do("POST", f"{folio}/entries/{told['entry']['id']}/correct", {"reason": "Charged twice"})
    back = {"method": "cash", "amount": "1.00", "text": "Nothing was paid"}
    problem_of(await house.ask("POST", f"{folio}/refunds", back), 409, "refund_above_paid")
    await house.do("POST", f"{folio}/deposits", {"method": "card", "amount": "10.00"})
    await house.do("POST", f"{folio}/deposits/use", {})
    suite, room = house.hotel.types["suite"].id, await week.free_suite()
    into = {"room_id": room, "price": "upgrade", "reason": "Birthday"}
    moved = await house.step(group[2], "move", into)
    assert [night["room_type_id"] == suite for night in moved["nights"]] == [False, True, True]


async def wednesday(week: Week) -> None:
    """One books for three nights, one cancels what lies ahead; a tap breaks where somebody is to sleep tomorrow."""
    house = week.house
    (early,) = await house.book("single", 3, ["Early"])
    await week.check_in(early)
    assert (await house.get(f"/reservations/{early}"))["status"] == "in_house"
    (ahead,) = await house.book("double", 2, ["Ahead"], ahead=3, adults=2)
    await house.step(ahead, "cancel", {"reason": "Ill"})
    week.marked["early"] = early
    coming = (await house.book("single", 2, week.guests(3), ahead=1))[0]
    room = (await house.get(f"/reservations/{coming}"))["nights"][0]["room_id"]
    ticket = await house.do("POST", "~/tickets", {"title": "The tap drips", "room_id": room, "priority": "high"})
    dates = {"starts_on": str(house.today + DAY), "ends_on": str(house.today + 3 * DAY)}
    hit = await house.get(
        f"~/rooms/{room}/maintenance-preview?starts_on={dates['starts_on']}&ends_on={dates['ends_on']}"
    )
    assert [each["reservation_id"] for each in hit["stays"]] == [coming]
    moves = [{name: each[name] for name in MOVED} for each in hit["moves"]]
    out = {"kind": "out_of_order", "returns_as": "dirty", "moves": moves, **dates}
    await house.do("POST", f"~/tickets/{ticket['id']}/take-room-out", out)
    assert (await house.get(f"/reservations/{coming}"))["nights"][0]["room_id"] != room
    week.marked["ticket"], week.broken = ticket["id"], room


async def thursday(week: Week) -> None:
    """The group leaves: the company's bill goes to its account, is invoiced, and paid by bank."""
    house, group = week.house, week.together
    due = (await house.get(f"~/folios/{week.master}"))["balance"]
    # The group's rooms of three nights for two at 360.00, and 7.00 a person.
    assert Decimal(due) == 3 * len(group) * Decimal("374.00")
    problem_of(await house.ask("POST", f"/reservations/{group[0]}/check-out"), 409, "balance_open")
    await house.do("POST", f"~/folios/{week.master}/billing", {})
    for stay in group:
        await house.settle(stay, "card")
        await house.step(stay, "check-out")
    invoice = await week.invoice(week.master)
    await house.do("POST", f"~/companies/{week.company}/payments", {"method": "bank", "amount": due})
    # It was made out to the wrong name: taken back, and issued anew.
    wrong = {"series_id": week.series, "reason": "Wrong name"}
    back = await house.do("POST", f"~/invoices/{invoice['id']}/credit", wrong)
    week.invoiced[back["code"]] = Decimal(back["content"]["total"])
    await week.invoice(week.master)


async def friday(week: Week) -> None:
    """The guest of three nights leaves after two, who is checked out by mistake comes back; the tap is mended."""
    house, early = week.house, week.marked["early"]
    await house.settle(early, "cash")
    left = await house.step(early, "check-out")
    assert (left["departure"], len(left["nights"])) == (str(house.today), 2)
    await house.step(early, "undo-check-out")
    await house.step(early, "check-out")
    mended = {"note": "A new seal", "gives_room_back": True}
    assert (await house.do("POST", f"~/tickets/{week.marked['ticket']}/resolve", mended))["status"] == "resolved"
    assert (await house.get(f"~/rooms/{week.broken}/condition"))["condition"] == "dirty"
    await week.cleaning.ready(week.broken)


async def saturday(week: Week) -> None:
    """A room is held until the evening, confirmed, and its guest comes; the owner's family has a suite next week."""
    house = week.house
    family = {"starts_on": str(house.today + 7 * DAY), "ends_on": str(house.today + 9 * DAY), "kind": "owner"}
    suite = house.hotel.types["suite"].id
    await house.do("POST", "~/hold-backs", {"room_type_id": suite, "rooms": 1, "reason": "The family", **family})
    held = {
        "room_type_id": house.hotel.types["double"].id,
        "arrival": str(house.today),
        "departure": str(house.today + 2 * DAY),
        "guests": [{"last_name": "Held"}],
        "adults": 2,
        "hold_until": f"{house.today}T16:00:00Z",
    }
    stay = await house.do("POST", "~/reservations", held)
    assert stay["status"] == "tentative"
    await house.step(stay["id"], "confirm")
    rooms = (await house.do("POST", f"/reservations/{stay['id']}/offers", {}))["rooms"]
    await house.do("POST", f"/reservations/{stay['id']}/price", {"offer": rooms[0]["offers"][0]["offer"]})
    await week.check_in(stay["id"])


async def sunday(week: Week) -> None:
    """Two clerks change one stay: the second is told what the first did."""
    house = week.house
    stay = (await house.stays("in-house"))[0]["id"]
    seen = await house.ask("GET", f"/reservations/{stay}")
    await house.do("PATCH", f"/reservations/{stay}", {"note": "Allergic to nuts"})
    late = await house.ask("PATCH", f"/reservations/{stay}", {"note": "Late breakfast"}, If_Match=seen.headers["ETag"])
    told = problem_of(late, 409, "stale_version")
    assert told["data"]["current"]["note"] == "Allergic to nuts"


THINGS = (monday, tuesday, wednesday, thursday, friday, saturday, sunday)


async def assert_the_week_adds_up(week: Week, maintenance: Database, connection: Connection) -> None:
    """Hold what is kept in different places against each other."""
    house = week.house
    for query in (UNBALANCED, SUMS):
        assert [dict(row) for row in await connection.fetch(query)] == []
    until = MONDAY + DAYS * DAY
    ledger = (await house.get(f"~/ledger?starts_on={MONDAY}&ends_on={until}"))["accounts"]
    assert sum(Decimal(each["total"]) for each in ledger) == 0
    rows = (await house.get(f"~/statistics?starts_on={MONDAY}&ends_on={until}"))["types"]
    revenue = sum(Decimal(each["room_revenue"]) for each in rows)
    assert revenue == -sum(Decimal(each["total"]) for each in ledger if each["account"] == "room_revenue")
    assert revenue > 100_000
    for day, slept in week.slept.items():
        of_day = [each for each in rows if each["date"] == str(day) and each["room_type_id"] is not None]
        assert sum(each["occupied"] for each in of_day) == slept, day
        assert sum(each["no_shows"] for each in of_day) == week.no_shows[day], day
        assert sum(each["rooms"] for each in of_day) == 222
    codes = sorted(int(code.removeprefix("H-")) for code in week.invoiced)
    assert codes == list(range(1, len(codes) + 1)), "no gap"
    here = {each["id"] for each in await house.stays("in-house")}
    open_folios = await connection.fetch(
        "select reservation_id::text, balance from folios where business_id = $1 and balance <> 0", house.hotel.id
    )
    assert {row["reservation_id"] for row in open_folios} <= here
    guests = sum(Decimal(each["total"]) for each in ledger if each["account"] == "guest_ledger")
    assert sum(row["balance"] for row in open_folios) == guests
    assert len(await house.stays("in-house")) > 20
    await assert_books_balance(connection)
    async with maintenance.reading(await system_actor(maintenance, house.hotel.omd_id, label="test")) as tx:
        omd, now = house.hotel.omd_id, house.clock.now()
        verdicts = [
            *(await check_supply(tx, omd)),
            *(await check_demand(tx, omd, now=now)),
            *(await check_books(tx, omd)),
            *(await check_audits(tx, omd)),
            *(await check_rooms(tx, omd)),
            *(await check_tickets(tx, omd)),
        ]
    assert [each for each in verdicts if each.breaches] == []
    did = week.cleaning.did
    assert min(did[f"{kind} {ended}"] for kind, ended in ENDED) > 0, did
    assert did["inspection inspected"] == did["departure done"]
    assert (week.cleaning.worked > timedelta(hours=100), week.cleaning.rushed > 0) == (True, True)
    assert (await house.ask("GET", "~/housekeeping-conflicts")).json() == []
