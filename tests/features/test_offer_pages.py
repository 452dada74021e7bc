"""Offers of nights further ahead than the windows reach: remembered by pages, and never other than what is read."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from omd.db import Database
from omd.features.offers.windows.pages import FIRST_NIGHTS, MORE_NIGHTS, WANTED_AFTER, OfferPages, page_of
from omd.kernel.clock import FixedClock
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId
from support.revenue import RevenueDesk
from support.worlds import NOW

Json = dict[str, Any]
ARRIVAL = date(2027, 7, 5)


async def ask(desk: RevenueDesk, arrival: date, nights: int = 3, **more: object) -> Json:
    body = {"arrival": str(arrival), "departure": str(arrival + timedelta(days=nights)), "rooms": [{"adults": 2}]}
    answer = await desk.send("POST", "/offers", {**body, **more})
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    for offer in said["rooms"][0]["offers"]:
        del offer["offer"], offer["id"]
    return said


async def asked_anew(desk: RevenueDesk, arrival: date, nights: int = 3) -> Json:
    """Ask as an agency without quotas does, whose offers are always read."""
    return await ask(desk, arrival, nights, agency="nobody")


def totals(said: Json) -> list[str]:
    return [each["total"] for each in said["rooms"][0]["offers"]]


@pytest.fixture
async def plan(revenue: RevenueDesk) -> int:
    plan = await revenue.plan("FLEX", brackets=[{"from_age": 0, "until_age": 12}])
    await revenue.derived("SAVER", plan, factor="0.9")
    season = revenue.season(plan, "twin double", "2027-06-01", "2027-10-01", "100.00", "120.00")
    await revenue.priced(season)
    for _ in range(WANTED_AFTER + 2):
        # The first are read for themselves, then the page is read, then it is remembered.
        assert await ask(revenue, ARRIVAL) == await asked_anew(revenue, ARRIVAL)
    return plan


async def test_every_stay_of_a_page_is_offered_as_one_that_is_read(revenue: RevenueDesk, plan: int) -> None:
    for ahead, nights in ((0, 1), (3, 7), (9, 2), (21, 14), (27, 10), (40, 3)):
        arrival = ARRIVAL + timedelta(days=ahead)
        for _ in range(WANTED_AFTER + 2):
            assert await ask(revenue, arrival, nights) == await asked_anew(revenue, arrival, nights)


async def test_what_changes_is_offered_at_once(revenue: RevenueDesk, plan: int) -> None:
    before = await ask(revenue, ARRIVAL)
    await revenue.priced(revenue.season(plan, "twin double", "2027-07-01", "2027-08-01", "200.00", "220.00"))
    dearer = await ask(revenue, ARRIVAL)
    assert totals(dearer) != totals(before)
    assert dearer == await asked_anew(revenue, ARRIVAL)
    await revenue.derived("LATE", plan, factor="0.5")
    assert len(totals(await ask(revenue, ARRIVAL))) == len(totals(dearer)) * 3 // 2
    assert await ask(revenue, ARRIVAL) == await asked_anew(revenue, ARRIVAL)


async def test_what_is_booked_is_not_offered_any_more(revenue: RevenueDesk, plan: int) -> None:
    free = {each["id"]: each["available"] for each in (await ask(revenue, ARRIVAL))["room_types"]}
    kind = revenue.hotel.types["twin"].id
    body = {
        "room_type_id": kind,
        "arrival": str(ARRIVAL),
        "departure": str(ARRIVAL + timedelta(days=1)),
        "guests": [{"last_name": "Pop"}],
    }
    await revenue.done("POST", "/reservations", body)
    said = await ask(revenue, ARRIVAL)
    assert {each["id"]: each["available"] for each in said["room_types"]} == {**free, kind: free[kind] - 1}
    assert said == await asked_anew(revenue, ARRIVAL)


async def test_another_day_is_another_page(revenue: RevenueDesk, plan: int, clock: FixedClock) -> None:
    soon = await revenue.plan("SOON", sold_until="2027-03-02")
    await revenue.priced(revenue.season(soon, "twin", "2027-06-01", "2027-10-01", "80.00", "90.00"))
    today = await ask(revenue, ARRIVAL)
    clock.set(NOW + timedelta(days=1))
    tomorrow = await ask(revenue, ARRIVAL)
    assert len(totals(tomorrow)) == len(totals(today)) - 1
    assert tomorrow == await asked_anew(revenue, ARRIVAL)


@pytest.mark.parametrize("arrival", [date.min, date(2027, 7, 5), date.max - timedelta(days=20)])
def test_a_page_holds_every_night_of_its_stays(arrival: date) -> None:
    for nights in (1, MORE_NIGHTS + 1, FIRST_NIGHTS + MORE_NIGHTS + 1):
        if arrival.toordinal() + nights > date.max.toordinal():
            continue
        stay = StayDates(arrival, arrival + timedelta(days=nights))
        page = page_of(stay)
        assert page is None or (page.arrival <= stay.arrival and stay.departure <= page.departure)
        assert page is not None or nights > MORE_NIGHTS or arrival in (date.min, date.max - timedelta(days=20))


async def test_pages_are_bounded(db: Database, revenue: RevenueDesk, plan: int) -> None:
    hotel, omd = BusinessId(revenue.hotel.id), OmdId(revenue.hotel.omd_id)
    pages = OfferPages(most_bytes=45_000)

    async def look(arrival: date) -> bool:
        stay = StayDates(arrival, arrival + timedelta(days=2))
        return await pages.look(db, omd, hotel, stay, datetime.now(NOW.tzinfo)) is not None

    months = [ARRIVAL + timedelta(days=FIRST_NIGHTS * each) for each in range(4)]
    for _ in range(WANTED_AFTER):
        assert [await look(each) for each in months] == [False] * 4
    assert [await look(each) for each in months] == [True] * 4
    assert 0 < pages.bytes <= 45_000
