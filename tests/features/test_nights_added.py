"""A night that an audit adds costs what the price engine makes of it within the whole longer stay."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk
from support.front_desk import Desk, Json
from support.nightly import FIRST, Night
from support.persons import Persons
from support.revenue import RevenueDesk

DAY = timedelta(days=1)
TERMS: dict[str, Json] = {
    "plain": {},
    "charged once": {"supplements": [{"code": "CLEAN", "name": "Cleaning", "charge": "once", "amount": "50.00"}]},
    "charged by the stay": {"supplements": [{"code": "SPA", "name": "Spa", "charge": "stay", "amount": "30.00"}]},
    "the last of three free": {"free_nights": {"required": 3, "free": 1}},
    "a pattern": {"free_nights": {"required": 2, "free": 1, "pattern": "PF"}},
}
RULES = (
    ("VAT", "percent", "included", 9, None),
    ("CITY", "person_night", "on_top", 7, 2),
    ("ENTRY", "person_stay", "on_top", 3, None),
    ("FOREST", "stay", "on_top", 11, None),
)
"""Code, what it is charged on, where, how much, and on how many nights of a stay at most."""


@pytest.fixture
async def night(desk: Desk, persons: Persons, clock: FixedClock) -> Night:
    """The hotel `grand`, which closes its dates, and owes taxes by night, by stay, and with a cap."""
    for code, basis, placement, value, most in RULES:
        await desk.connection.execute(
            "insert into tax_rules (omd_id, business_id, code, name, basis, placement, value, since, max_nights) "
            "values ($1, $2, $3, $3, $4, $5, $6, '2020-01-01', $7)",
            *(desk.hotel.omd_id, desk.hotel.id, code, basis, placement, value, most),
        )
    night = Night(await OfferDesk.at(desk), persons, clock)
    await night.audited()
    return night


async def sold(night: Night, revenue: RevenueDesk, terms: Json, nights: int) -> tuple[int, str]:
    """Sell a stay from today on by a plan of these terms, take the guest in, and return the plan and the stay."""
    plan = await revenue.plan("TERMS", terms=terms)
    await revenue.priced(revenue.season(plan, "double", "2027-03-01", "2027-04-01", "100.00", "120.00"))
    asked = {
        "arrival": str(FIRST),
        "departure": str(FIRST + nights * DAY),
        "rooms": [{"adults": 2}],
        "rate_plan_ids": [plan],
        "room_type_ids": [night.desk.hotel.types["double"].id],
    }
    shown = await revenue.done("POST", "/offers", asked)
    stay = (await night.offers.booked(shown["rooms"][0]["offers"][0]["offer"]))["stays"][0]["stay"]["id"]
    await night.desk.stepped(stay, "check-in")
    return plan, stay


def of_dates(price: Json, since: date, until: date) -> list[Any]:
    """Return the lines of a price on some dates, as what they say."""
    return [
        (each["date"], each.get("part") or each["placement"], each["code"], Decimal(each["amount"]))
        for each in [*price["charges"], *price["taxes"]]
        if str(since) <= each["date"] < str(until)
    ]


@pytest.mark.parametrize("nights", [1, 2, 3])
@pytest.mark.parametrize("terms", TERMS)
async def test_added_nights_are_those_of_the_longer_stay(
    night: Night, revenue: RevenueDesk, terms: str, nights: int
) -> None:
    plan, stay = await sold(night, revenue, TERMS[terms], nights)
    departure = FIRST + nights * DAY
    before = await night.offers.price(stay)
    for number in range(nights + 2):
        await night.closed(FIRST + number * DAY)
        if number == nights:
            extended = await night.offers.price(stay)
    price = await night.offers.price(stay)
    # What was sold stays as it was sold, and so does what was added before.
    assert of_dates(price, FIRST, departure) == of_dates(before, FIRST, departure)
    assert of_dates(price, departure, departure + DAY) == of_dates(extended, departure, departure + DAY)
    assert (price["departure"], price["nights_without_price"]) == (str(departure + 2 * DAY), [])
    # The last night is that of the engine's price of the whole stay as it is now, by its own plan.
    offered = await night.desk.send("POST", f"/reservations/{stay}/offers", {"rate_plan_ids": [plan]})
    (offer,) = offered.json()["rooms"][0]["offers"]
    repriced = await night.offers.reprice(stay, offer["offer"])
    assert repriced.status_code == 200, repriced.text
    last = departure + DAY
    assert of_dates(price, last, last + DAY) == of_dates(repriced.json(), last, last + DAY)
    once = [each["code"] for each in price["taxes"] if each["code"] in ("ENTRY", "FOREST")]
    assert sorted(once) == ["ENTRY", "FOREST"]
    assert len([each for each in price["taxes"] if each["code"] == "CITY"]) == min(2, nights + 2)


async def test_what_was_added_is_charged_and_paid(night: Night, revenue: RevenueDesk) -> None:
    _, stay = await sold(night, revenue, TERMS["charged once"], 1)
    for number in range(3):
        await night.closed(FIRST + number * DAY)
    price = await night.offers.price(stay)
    (folio,) = await night.cashier.folios_of(stay)
    assert folio["balance"] == price["total"] == "455.00", "3 x 120, 50 once, 14 twice, 2 x 3 and 11 once"
    await night.cashier.settle(stay)
    assert (await night.desk.stepped(stay, "check-out"))["status"] == "checked_out"


async def test_a_plan_that_is_retired_prices_nothing(night: Night, revenue: RevenueDesk) -> None:
    plan, stay = await sold(night, revenue, {}, 1)
    await night.closed(FIRST)
    gone = await revenue.send("POST", f"/rate-plans/{plan}/retire", None)
    assert gone.is_success, gone.text
    answer = await night.start(FIRST + DAY)
    (decision,) = answer.json()["data"]["decisions"]
    assert (decision["refused"], decision["nights"]) == ("nights_without_price", ["2027-03-02"])
    assert (await night.status_of(stay))[1] == "2027-03-03", "it is held all the same"
