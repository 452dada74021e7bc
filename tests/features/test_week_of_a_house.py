"""A week of a hotel of 222 rooms at its desk, through the API alone: afterwards every book balances with the others."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count, cycle

import httpx
import pytest

from omd.db import Database
from omd.features.availability import check_supply
from omd.features.folios import check_books
from omd.features.identity import system_actor
from omd.features.nightaudit import check_audits
from omd.features.reservations import check_demand
from omd.kernel.clock import FixedClock
from support.bills import SUMS, UNBALANCED
from support.front_desk import Json, assert_books_balance, problem_of
from support.house_222 import DAY, House
from support.persons import Persons
from support.worlds import Connection

MONDAY = date(2027, 3, 1)
DAYS = 7
COMPANY_ROOMS = 12


class Week:
    """What happened in the week, kept beside the platform to hold it against."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.names = (f"Guest {number}" for number in count(1))
        self.methods: Iterator[str] = cycle(["cash", "card", "bank"])
        self.slept: dict[date, int] = {}
        self.no_shows: dict[date, int] = {}
        self.invoiced: dict[str, Decimal] = {}
        self.series = 0
        self.company = 0
        self.master = ""
        self.marked: dict[str, str] = {}
        self.together: list[str] = []
        self.lobby: list[str] = []
        self.turned_away = 0

    def guests(self, number: int) -> list[str]:
        """Return as many new names."""
        return [next(self.names) for _ in range(number)]

    async def prepare(self) -> None:
        """Set the hotel up as its owner does: taxes, policies, plan, prices, firm, company, audits."""
        house = self.house
        for rule in (
            {"code": "VAT", "basis": "percent", "placement": "included", "value": "11", "kinds": ["room"]},
            {"code": "VAT21", "basis": "percent", "placement": "included", "value": "21", "kinds": ["supplement"]},
            {"code": "CITY", "basis": "person_night", "placement": "on_top", "value": "7", "min_age": 18},
        ):
            await house.do("POST", "~/tax-rules", {"name": rule["code"], "since": "2027-01-01", **rule})
        late = {"kind": "no_show", "code": "NS", "name": "First night", "fees": [{"percent": 100, "nights": 1}]}
        policy = await house.do("POST", "~/rate-policies", late)
        plan = {"code": "FLEX", "name": "Flexible", "meals": "breakfast", "no_show_policy_id": policy["id"]}
        made = await house.do("POST", "~/rate-plans", plan)
        await house.prices(int(made["id"]), MONDAY, date(2027, 4, 1))
        firm = {"name": "Hotel 222 SRL", "tax_number": "RO222", "address": "Brașov", "country": "RO"}
        await house.do("PUT", "~/invoice-issuer", firm)
        self.series = int((await house.do("POST", "~/invoice-series", {"prefix": "H-", "next_number": 1}))["id"])
        self.company = int((await house.do("POST", "~/companies", {"name": "Acme SRL", "tax_number": "RO7"}))["id"])
        await house.do("PUT", "~/night-audit-settings", {"mode": "audit", "due_outs": "extend"})

    async def group(self) -> None:
        """Book a group of which the company pays the rooms, on one bill, and each guest the rest."""
        house = self.house
        stays = await house.book("double", 3, self.guests(COMPANY_ROOMS), adults=2)
        self.master = (await house.do("POST", f"/reservations/{stays[0]}/folios", {"company_id": self.company}))["id"]
        routes = {"routes": [{"kind": kind, "folio_id": self.master} for kind in ("room", "tax")]}
        for stay in stays:
            await house.do("PUT", f"/reservations/{stay}/folio-routes", routes)
        self.together = stays

    async def arrive(self, missing: int) -> None:
        """Check in who arrives today, but for some who never come; who finds somebody in the room waits."""
        waiting = [each for each in await self.house.stays("arrivals") if each["status"] == "confirmed"]
        for each in waiting[missing:]:
            assert each["required_action"] == "check_in", each
            await self.check_in(each["id"])
        self.no_shows[self.house.today] = min(missing, len(waiting))

    async def check_in(self, stay: str) -> None:
        """Take a guest in, or have them wait in the lobby."""
        answer = await self.house.ask("POST", f"/reservations/{stay}/check-in")
        if answer.status_code == 409:
            problem_of(answer, 409, "room_occupied")
            self.lobby.append(stay)

    async def lose_patience(self) -> None:
        """Try again for who waits in the lobby; who still finds somebody in the room goes to another hotel."""
        waiting, self.lobby = self.lobby, []
        for stay in waiting:
            await self.check_in(stay)
        self.no_shows[self.house.today] += len(self.lobby)
        self.turned_away += len(self.lobby)
        self.lobby = []

    async def leave(self, staying_on: int) -> None:
        """Have who leaves today pay and go, but for some who stay on without a word; every fourth takes an invoice."""
        house = self.house
        due = [each for each in await house.stays("departures") if each["status"] == "in_house"]
        due = [each for each in due if each["id"] not in self.together]
        for number, each in enumerate(due[staying_on:]):
            folios = await house.settle(each["id"], next(self.methods))
            await house.step(each["id"], "check-out")
            if number % 4 == 0:
                await self.invoice(folios[0]["id"])

    async def invoice(self, folio: str) -> Json:
        """Invoice a folio, which is what the folio is."""
        invoice = await self.house.do("POST", f"~/folios/{folio}/invoices", {"series_id": self.series})
        charged = (await self.house.get(f"~/folios/{folio}"))["charged"]
        assert Decimal(invoice["content"]["total"]) == Decimal(charged)
        self.invoiced[invoice["code"]] = Decimal(invoice["content"]["total"])
        return invoice

    async def close(self) -> None:
        """Close the day: what the audit did is what the day was."""
        house = self.house
        before = await house.get("~/dashboard")
        answer = await house.close()
        left = 0
        if answer.status_code == 409:
            # Who stayed on, and whose room is somebody else's by now: the night auditor decides, and goes on.
            waiting = problem_of(answer, 409, "night_audit_blocked")["data"]["decisions"]
            for each in waiting:
                stay = each["stay"]["id"]
                await house.do("POST", f"/reservations/{stay}/nights/charges", {})
                await house.settle(stay, "cash")
                await house.step(stay, "check-out")
            left = len(waiting)
            answer = await house.close()
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        assert shown["audit"]["status"] == "succeeded", shown
        steps = {each["step"]: each["counts"] for each in shown["steps"]}
        assert steps["arrivals"]["no_shows"] == self.no_shows[house.today]
        assert steps["charges"]["unpriced"] == 0
        self.slept[house.today] = before["in_house"]["stays"] - left
        assert steps["charges"]["stays"] == self.slept[house.today]


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
    house: House, maintenance_db: Database, owner_connection: Connection
) -> None:
    week = Week(house)
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
        # Nobody of the group is missing: those who are were the last to book.
        await week.leave(staying_on=2 if number in (2, 4) else 0)
        await week.arrive(missing=0 if number == 0 else 2)
        await THINGS[number](week)
        await week.lose_patience()
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
    suite = house.hotel.types["suite"].id
    moved = await house.step(group[2], "move", {"room_type_id": suite, "price": "upgrade", "reason": "Birthday"})
    assert [night["room_type_id"] == suite for night in moved["nights"]] == [False, True, True]


async def wednesday(week: Week) -> None:
    """One books for three nights, and one cancels what lies ahead."""
    house = week.house
    (early,) = await house.book("single", 3, ["Early"])
    await house.step(early, "check-in")
    (ahead,) = await house.book("double", 2, ["Ahead"], ahead=3, adults=2)
    await house.step(ahead, "cancel", {"reason": "Ill"})
    week.marked["early"] = early


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
    """The guest of three nights leaves after two, who is checked out by mistake comes back."""
    house, early = week.house, week.marked["early"]
    await house.settle(early, "cash")
    left = await house.step(early, "check-out")
    assert (left["departure"], len(left["nights"])) == (str(house.today), 2)
    await house.step(early, "undo-check-out")
    await house.step(early, "check-out")


async def saturday(week: Week) -> None:
    """A room is held until the evening, confirmed, and its guest comes."""
    house = week.house
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
    await house.step(stay["id"], "check-in")


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
        ]
    assert [each for each in verdicts if each.breaches] == []
