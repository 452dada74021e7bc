"""The taxes of a month: what was charged for nights that were spent, by locality, hotel and rule."""

import csv
import io
from datetime import date
from decimal import Decimal

import httpx
import pytest

from factories.offers import add_plan, offer_of
from omd.kernel.clock import FixedClock
from support.bills import Cashier
from support.bookings import OfferDesk, sealed
from support.front_desk import Desk, Json, problem_of
from support.persons import Headers, Persons
from support.roles import enter_context
from support.worlds import Hotel, Omd, World, system_actor

MARCH = "2027-03"


class Office:
    """Whoever declares: a hotel's accountant, and the destination's analyst."""

    def __init__(self, offers: OfferDesk, clock: FixedClock, analyst: Headers, accountant: Headers) -> None:
        self.offers = offers
        self.clock = clock
        self.analyst = analyst
        self.accountant = accountant

    async def get(self, path: str, headers: Headers) -> httpx.Response:
        """Ask as somebody."""
        return await self.offers.desk.client.get(f"/api/v1{path}", headers=headers)

    async def of_omd(self, month: str = MARCH, query: str = "") -> Json:
        """Return the declaration of the destination."""
        answer = await self.get(
            f"/omds/{self.offers.desk.world.alpha.id}/tax-declarations/{month}{query}", self.analyst
        )
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def of_hotel(self, month: str = MARCH) -> Json:
        """Return the declaration of the hotel."""
        path = f"/businesses/{self.offers.desk.hotel.id}/tax-declarations/{month}"
        answer = await self.get(path, self.accountant)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def wake(self, day: int, month: int = 3) -> None:
        """Let every hotel work on a day."""
        await self.offers.desk.connection.execute("update businesses set business_date = $1", date(2027, month, day))


@pytest.fixture
async def office(desk: Desk, world: World, clock: FixedClock, persons: Persons) -> Office:
    """The office, in the world's first destination."""
    analyst = await persons.headers("anca", ("omd_analyst", world.alpha))
    accountant = await persons.headers("cora", ("accountant", world.grand))
    return Office(await OfferDesk.at(desk), clock, analyst, accountant)


def of_code(declaration: Json, code: str) -> list[tuple[Decimal, Decimal, int, int]]:
    """Return base, amount, nights and stays of a rule."""
    return [
        (Decimal(each["base"]), Decimal(each["amount"]), each["nights"], each["stays"])
        for each in declaration["taxes"]
        if each["code"] == code
    ]


async def test_nights_that_were_spent_are_declared_and_no_others(office: Office) -> None:
    offers, desk = office.offers, office.offers.desk
    stays = [await offers.sold("double", "2027-03-01", "2027-03-04") for _ in range(3)]
    await offers.sold("double", "2027-03-02", "2027-03-03")
    assert (await office.of_hotel())["taxes"] == []
    await desk.stepped(stays[0], "check-in")
    await desk.stepped(stays[1], "check-in")
    await desk.stepped(stays[2], "no-show")
    # A night is over when the hotel's day is.
    assert (await office.of_hotel())["taxes"] == []
    await office.wake(2)
    assert of_code(await office.of_hotel(), "CITY") == [(Decimal(4), Decimal("28.00"), 2, 2)]
    till = Cashier(desk, desk.tokens.of("grand"))
    await till.settle(stays[0])
    await desk.stepped(stays[0], "check-out")
    await office.wake(20)
    await till.settle(stays[1])
    await desk.stepped(stays[1], "check-out")
    told = await office.of_omd()
    assert (told["month"], told["starts_on"], told["ends_on"]) == (MARCH, "2027-03-01", "2027-04-01")
    # One night of the guest who left early, three of the other, two persons each.
    assert of_code(told, "CITY") == [(Decimal(8), Decimal("56.00"), 4, 2)]
    assert of_code(told, "VAT") == [(Decimal("183.49") * 4, Decimal("16.51") * 4, 4, 2)]
    assert {each["placement"] for each in told["taxes"]} == {"included", "on_top", "owed"}
    assert told == await office.of_hotel()


async def test_a_stay_across_months_is_declared_by_its_nights(office: Office) -> None:
    await office.wake(30)
    await office.offers.desk.stepped(await office.offers.sold("double", "2027-03-30", "2027-04-02"), "check-in")
    await office.wake(5, 4)
    assert of_code(await office.of_hotel("2027-03"), "CITY") == [(Decimal(4), Decimal("28.00"), 2, 1)]
    assert of_code(await office.of_hotel("2027-04"), "CITY") == [(Decimal(2), Decimal("14.00"), 1, 1)]
    assert (await office.of_hotel("2027-05"))["taxes"] == []
    assert (await office.of_hotel("2026-12"))["taxes"] == []


async def test_nights_that_no_offer_priced_are_counted(office: Office) -> None:
    offers, desk = office.offers, office.offers.desk
    plain = (await desk.booked("double", "2027-03-01", "2027-03-03"))["id"]
    longer = await offers.sold("double", "2027-03-01", "2027-03-02")
    for stay in (plain, longer):
        await desk.stepped(stay, "check-in")
    await desk.amended(longer, departure="2027-03-04")
    await office.wake(20)
    told = [{"business_id": desk.hotel.id, "nights": 4}]
    assert (await office.of_omd())["unpriced"] == told
    # A year later the quarter is archived, and still declared whole.
    await desk.connection.execute("update businesses set business_date = '2027-07-01'")
    await desk.stepped(plain, "check-out")
    async with desk.connection.transaction():
        await enter_context(desk.connection, system_actor(desk.world.alpha))
        await desk.connection.execute("select detach_availability_before($1, '2027-04-01')", desk.world.alpha.id)
    assert (await office.of_omd())["unpriced"] == told


async def test_localities_and_hotels_are_told_apart(office: Office, world: World) -> None:
    desk, connection = office.offers.desk, office.offers.desk.connection
    towns = [
        await connection.fetchval("insert into localities (omd_id, code, name) values ($1, $2, $2) returning id", *each)
        for each in ((world.alpha.id, "brasov"), (world.alpha.id, "sibiu"))
    ]
    grand = office.offers.offer("double", "2027-03-01", "2027-03-02", locality_id=towns[0])
    lodge = offer_of(
        world.lodge,
        await add_plan(connection, world.lodge),
        "double",
        date(2027, 3, 1),
        date(2027, 3, 2),
        locality_id=towns[1],
    )
    await desk.stepped((await office.offers.booked(grand))["stays"][0]["stay"]["id"], "check-in")
    body = {"offers": [{"offer": sealed(lodge), "guests": [{"last_name": "Marin"}]}]}
    made = await desk.send("POST", f"/businesses/{world.lodge.id}/bookings", body, party="lodge")
    stay = made.json()["stays"][0]["stay"]["id"]
    assert (await desk.send("POST", f"/reservations/{stay}/check-in", party="lodge")).status_code == 200
    await office.wake(2)
    told = await office.of_omd()
    cities = [(each["locality"], each["business_id"]) for each in told["taxes"] if each["code"] == "CITY"]
    assert cities == [("brasov", world.grand.id), ("sibiu", world.lodge.id)]
    told = await office.of_omd(query=f"?locality_id={towns[1]}")
    assert {each["business_id"] for each in told["taxes"]} == {world.lodge.id}
    assert {each["business_id"] for each in (await office.of_hotel())["taxes"]} == {world.grand.id}


async def test_a_declaration_is_a_table_to_who_asks_for_one(office: Office) -> None:
    offers, desk = office.offers, office.offers.desk
    await desk.connection.execute("update businesses set name = '=cmd()' where id = $1", desk.hotel.id)
    await desk.stepped(await offers.sold("double", "2027-03-01", "2027-03-02"), "check-in")
    await office.wake(2)
    path = f"/businesses/{desk.hotel.id}/tax-declarations/{MARCH}"
    answer = await office.get(path, {**office.accountant, "Accept": "text/csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(each["month"], each["code"], each["base"], each["amount"]) for each in rows] == [
        (MARCH, "CITY", "2", "14.00"),
        (MARCH, "PROMO", "183.49", "1.83"),
        (MARCH, "VAT", "183.49", "16.51"),
    ]
    assert {each["business"] for each in rows} == {"'=cmd()"}
    assert (await office.get(path, office.accountant)).headers["Content-Type"] == "application/json"


async def test_who_may_declare(office: Office, world: World, persons: Persons) -> None:
    desk = office.offers.desk
    await desk.stepped(await office.offers.sold("double", "2027-03-01", "2027-03-02"), "check-in")
    await office.wake(2)
    hotel, omd = f"/businesses/{world.grand.id}", f"/omds/{world.alpha.id}"
    month = f"/tax-declarations/{MARCH}"
    seen: list[tuple[str, Hotel | Omd, tuple[int, int]]] = [
        ("receptionist", world.grand, (403, 403)),
        ("manager", world.grand, (200, 200)),
        ("accountant", world.lodge, (404, 200)),
        ("omd_administrator", world.alpha, (200, 200)),
        ("omd_analyst", world.beta, (404, 404)),
        ("accountant", world.harbour, (404, 404)),
    ]
    for number, (role, place, expected) in enumerate(seen):
        headers = await persons.headers(f"who{number}", (role, place))
        answers = [await office.get(where + month, headers) for where in (hotel, omd)]
        assert (answers[0].status_code, answers[1].status_code) == expected, (role, place.code)
        if place is world.lodge:
            # Who works in another hotel of the destination is told of that hotel alone.
            assert answers[1].json()["taxes"] == []
    for wrong in ("2027-13", "2027-3", "march", "2027-03-01"):
        answer = await office.get(f"{hotel}/tax-declarations/{wrong}", office.accountant)
        problem_of(answer, 404, "not_found")


async def test_the_sums_open_no_stay_to_who_has_none(office: Office, world: World) -> None:
    """What is opened for the sums is closed again within the same transaction."""
    connection = office.offers.desk.connection
    await office.offers.sold("double", "2027-03-01", "2027-03-02")
    async with connection.transaction():
        await connection.execute("set local role omd_app")
        await connection.execute(
            "select set_config('omd.omd_id', $1, true), set_config('omd.scope', 'omd', true), "
            "set_config('omd.business_ids', $2, true)",
            *(str(world.alpha.id), f"{{{world.grand.id}}}"),
        )
        asked = (world.alpha.id, [world.grand.id], date(2027, 3, 1), date(2027, 4, 1), None, office.clock.now())
        await connection.fetch("select * from declare_taxes($1, $2, $3, $4, $5, $6)", *asked)
        assert await connection.fetchval("select count(*) from reservations") == 0
        assert await connection.fetchval("select count(*) from reservation_taxes") == 0
