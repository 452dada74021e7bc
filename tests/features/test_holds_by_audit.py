"""Holds of a hotel that closes its dates: none outlives its day of arrival, which the audit ends."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from omd.db import Database
from omd.features.reservations import end_hold
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk
from support.front_desk import Desk, Json, pointers, problem_of
from support.nightly import FIRST, Night, counts_of
from support.persons import Persons
from support.worlds import hotel_actor

MIDNIGHT = "2027-03-01T22:00:00Z"
"""The end of the first of March in Bucharest."""


@pytest.fixture
async def night(desk: Desk, persons: Persons, clock: FixedClock) -> Night:
    """The hotel `grand`, which closes its dates."""
    return Night(await OfferDesk.at(desk), persons, clock)


async def held(desk: Desk, until: str, arrival: str = "2027-03-01") -> Json:
    """Hold a twin for two nights."""
    return await desk.booked("twin", arrival, f"{arrival[:-1]}{int(arrival[-1]) + 2}", hold_until=until)


@pytest.mark.parametrize("no_shows", ["mark", "keep"])
async def test_an_audit_ends_what_is_only_held_for_its_date(night: Night, no_shows: str) -> None:
    await night.audited(no_shows=no_shows)
    stays = [await held(night.desk, MIDNIGHT), await held(night.desk, "2027-03-01T12:00:00Z")]
    ahead = await night.desk.booked("single", "2027-03-02", "2027-03-04", hold_until="2027-03-02T22:00:00Z")
    missing = await night.sold("double", "2027-03-01", "2027-03-03")
    preview = (await night.cashier.send("GET", f"{night.path}/next")).json()
    assert sorted(each["id"] for each in preview["holds"]) == sorted(each["id"] for each in stays)
    done = "no_shows" if no_shows == "mark" else "kept"
    assert counts_of(await night.closed(FIRST))["arrivals"] == {"holds_expired": 2, done: 1}
    for stay in stays:
        gone = await night.desk.stay(stay["id"])
        assert (gone["status"], gone["cancellation_reason"], gone["nights"]) == ("cancelled", "hold_expired", [])
        assert gone["hold_until"] == stay["hold_until"], "it was never confirmed, and owes nothing"
    assert await night.desk.free("twin", "2027-03-02") == [2]
    assert (await night.status_of(ahead["id"]))[0] == "tentative"
    assert (await night.status_of(missing))[0] == ("no_show" if no_shows == "mark" else "confirmed")
    told = "select count(*) from events where type = 'reservation.cancelled' and aggregate_id = any ($1)"
    assert await night.desk.connection.fetchval(told, [each["id"] for each in stays]) == 2


async def test_a_hold_ends_with_the_day_of_arrival_on_the_hotels_own_date(night: Night, clock: FixedClock) -> None:
    await night.audited()
    stay = await held(night.desk, MIDNIGHT)
    for answer in (
        await night.desk.book("twin", "2027-03-01", "2027-03-03", hold_until="2027-03-01T22:00:01Z"),
        await night.desk.step(stay["id"], "hold", {"hold_until": "2027-03-01T22:00:01Z"}),
    ):
        assert pointers(problem_of(answer, 422, "hold_refused")) == ["/hold_until"]
    # At one in the morning the hotel is on the first of March yet, and who comes at two arrives on it.
    clock.set(datetime(2027, 3, 1, 23, tzinfo=UTC))
    late = await held(night.desk, "2027-03-02T20:00:00Z")
    refused = await night.desk.book("twin", "2027-03-01", "2027-03-03", hold_until="2027-03-02T22:00:01Z")
    assert pointers(problem_of(refused, 422, "hold_refused")) == ["/hold_until"]
    assert counts_of(await night.closed(FIRST))["arrivals"]["holds_expired"] == 2
    assert (await night.desk.stay(late["id"]))["cancellation_reason"] == "hold_expired"


async def test_what_the_desk_confirmed_meanwhile_is_not_ended(desk: Desk, db: Database, clock: FixedClock) -> None:
    stay = await held(desk, MIDNIGHT)
    await desk.stepped(stay["id"], "confirm")
    actor = hotel_actor(desk.hotel)
    assert not await db.write(actor, lambda tx: end_hold(tx, actor, UUID(stay["id"]), now=clock.now()))
    assert (await desk.stay(stay["id"]))["status"] == "confirmed"
