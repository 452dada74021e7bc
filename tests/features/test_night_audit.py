"""Closing business dates: what an audit does, in which order, and what it refuses."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk
from support.front_desk import Desk, problem_of
from support.nightly import FIRST, Night, counts_of
from support.persons import Persons
from support.revenue import RevenueDesk

DAY = timedelta(days=1)


@pytest.fixture
async def night(desk: Desk, persons: Persons, clock: FixedClock) -> Night:
    """The hotel `grand`, which closes its dates; it sells a night at 200.00, 9 % in it and 14.00 on top."""
    return Night(await OfferDesk.at(desk), persons, clock)


async def test_an_audit_closes_the_date_and_opens_the_next(night: Night) -> None:
    await night.audited()
    here = await night.in_house("double", "2027-03-01", "2027-03-04")
    missing = await night.sold("double", "2027-03-01", "2027-03-03")
    ahead = await night.sold("single", "2027-03-05", "2027-03-07", adults=1)
    await night.desk.held_back("2027-03-01", "2027-03-02", type_code="double", rooms=2)
    shown = await night.closed(FIRST)
    assert shown["audit"]["status"] == "succeeded"
    assert (shown["audit"]["attempts"], shown["decisions"]) == (1, [])
    assert [each["step"] for each in shown["steps"]] == ["arrivals", "departures", "charges", "on_the_books", "close"]
    counts = counts_of(shown)
    assert counts["arrivals"] == {"no_shows": 1}
    assert counts["charges"] == {"charges": 2, "stays": 1, "unpriced": 0}
    assert (await night.status_of(missing))[0] == "no_show"
    assert (await night.status_of(here))[0] == "in_house"
    (folio,) = await night.cashier.folios_of(here)
    assert folio["balance"] == "214.00", "a night, and no fee for the no-show: that is an act of its own"
    double = (await night.statistics(FIRST))[night.desk.hotel.types["double"].id]
    assert (double["rooms"], double["out_of_order"], double["sold"], double["occupied"]) == (5, 0, 1, 1)
    assert double["held_back"] == 2, "beside all rooms, of which they stay a part"
    assert (double["arrivals"], double["departures"], double["no_shows"], double["adults"]) == (1, 0, 1, 2)
    assert Decimal(double["room_revenue"]) == Decimal("183.49")
    books = (await night.cashier.send("GET", f"{night.desk_path}/on-the-books?as_of={FIRST}")).json()["nights"]
    assert {(each["date"], each["rooms"], each["revenue"]) for each in books} == {
        ("2027-03-02", 1, "200.00"),
        ("2027-03-03", 1, "200.00"),
        ("2027-03-05", 1, "200.00"),
        ("2027-03-06", 1, "200.00"),
    }
    assert (await night.status_of(ahead))[0] == "confirmed"
    assert (await night.desk.send("GET", f"{night.desk_path}/dashboard")).json()["business_date"] == "2027-03-02"
    assert await night.events() == ["night_audit.started", "night_audit.succeeded"]


async def test_a_date_is_closed_once(night: Night) -> None:
    await night.audited()
    here = await night.in_house("double", "2027-03-01", "2027-03-04")
    await night.closed(FIRST)
    done = problem_of(await night.start(FIRST), 409, "night_audit_done")
    assert done["data"]["by"].startswith("token:")
    early = problem_of(
        await night.cashier.send("POST", night.path, {"business_date": "2027-03-02"}), 409, "night_audit_too_early"
    )
    assert early["data"]["may_start_at"] == "2027-03-03T00:00:00+02:00"
    other = problem_of(await night.start(FIRST + 3 * DAY), 409, "date_not_open")
    assert other["data"] == {"business_date": "2027-03-02"}
    (folio,) = await night.cashier.folios_of(here)
    assert folio["balance"] == "214.00"


async def test_a_retried_request_gets_the_answer_of_the_first(night: Night) -> None:
    await night.audited()
    first = await night.start(FIRST, Idempotency_Key="night 1")
    again = await night.start(FIRST, Idempotency_Key="night 1")
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    problem_of(await night.start(FIRST + DAY, Idempotency_Key="night 1"), 422, "idempotency_key_reused")
    assert (await night.desk.send("GET", f"{night.desk_path}/dashboard")).json()["business_date"] == "2027-03-02"


async def test_who_stays_on_is_extended_at_the_price_of_the_longer_stay(night: Night, revenue: RevenueDesk) -> None:
    await revenue.priced(revenue.season(night.offers.plan.id, "double", "2027-03-01", "2027-04-01", "150.00", "180.00"))
    await night.audited()
    stay = await night.in_house("double", "2027-03-01", "2027-03-02")
    await night.closed(FIRST)
    shown = await night.closed(FIRST + DAY)
    assert counts_of(shown)["departures"] == {"extended": 1, "unpriced": 0}
    assert await night.status_of(stay) == ("in_house", "2027-03-03")
    price = await night.offers.price(stay)
    assert (price["total"], price["departure"]) == ("394.00", "2027-03-03")
    (folio,) = await night.cashier.folios_of(stay)
    assert folio["balance"] == "394.00"
    await night.cashier.settle(stay)
    assert (await night.desk.stepped(stay, "check-out"))["status"] == "checked_out"


async def test_an_added_night_without_a_price_waits_for_people(night: Night) -> None:
    await night.audited()
    stay = await night.in_house("double", "2027-03-01", "2027-03-02")
    await night.closed(FIRST)
    blocked = problem_of(await night.start(FIRST + DAY), 409, "night_audit_blocked")
    (decision,) = blocked["data"]["decisions"]
    assert (decision["stay"]["id"], decision["refused"]) == (stay, "nights_without_price")
    assert decision["nights"] == ["2027-03-02"]
    assert (await night.shown(FIRST + DAY))["decisions"] == blocked["data"]["decisions"]
    offer = night.offers.offer("double", "2027-03-01", "2027-03-03", made_at=night.clock.now())
    assert (await night.offers.reprice(stay, offer)).status_code == 200
    assert (await night.closed(FIRST + DAY))["decisions"] == []
    (folio,) = await night.cashier.folios_of(stay)
    assert folio["balance"] == "428.00"


async def test_who_cannot_be_extended_waits_for_a_decision(night: Night) -> None:
    await night.audited()
    stays = [await night.in_house("twin", "2027-03-01", "2027-03-02") for _ in range(2)]
    await night.closed(FIRST)
    come = [await night.in_house("single", "2027-03-02", "2027-03-03", adults=1)]
    for _ in range(2):
        await night.sold("twin", "2027-03-02", "2027-03-04")
    blocked = problem_of(await _blocked(night), 409, "night_audit_blocked")
    assert {each["stay"]["id"] for each in blocked["data"]["decisions"]} == set(stays)
    assert {each["refused"] for each in blocked["data"]["decisions"]} == {"sold_out"}
    shown = await night.shown(FIRST + DAY)
    assert (shown["audit"]["status"], shown["audit"]["error"]) == ("failed", "night_audit_blocked")
    assert len(shown["decisions"]) == 2
    assert await night.cashier.folios_of(come[0]) == [], "nothing after the step that waits was done"
    for stay in stays:
        await night.cashier.settle(stay)
        await night.desk.stepped(stay, "check-out")
    shown = await night.closed(FIRST + DAY)
    assert (shown["audit"]["attempts"], shown["decisions"]) == (2, [])
    started, succeeded, failed = (f"night_audit.{each}" for each in ("started", "succeeded", "failed"))
    assert await night.events() == [started, succeeded, started, failed, started, succeeded]


async def _blocked(night: Night):  # type: ignore[no-untyped-def]  # an answer
    """Let the twins be kept by arrivals that do not come, so that nobody in them can stay on."""
    await night.put({"mode": "audit", "no_shows": "keep"})
    return await night.start(FIRST + DAY)


async def test_people_decide_where_the_hotel_says_so(night: Night) -> None:
    await night.audited(due_outs="decide", no_shows="keep")
    stay = await night.in_house("double", "2027-03-01", "2027-03-02")
    kept = await night.sold("double", "2027-03-01", "2027-03-03")
    assert counts_of(await night.closed(FIRST))["arrivals"] == {"kept": 1}
    assert (await night.status_of(kept))[0] == "confirmed"
    blocked = problem_of(await night.start(FIRST + DAY), 409, "night_audit_blocked")
    assert [(each["stay"]["id"], each["refused"]) for each in blocked["data"]["decisions"]] == [(stay, None)]
    answer = await night.desk.send("PATCH", f"/reservations/{stay}", {"departure": "2027-03-04"})
    assert answer.status_code == 200, answer.text
    offer = night.offers.offer("double", "2027-03-01", "2027-03-04", made_at=night.clock.now())
    assert (await night.offers.reprice(stay, offer)).status_code == 200
    await night.closed(FIRST + DAY)


async def test_two_who_start_at_once_close_it_once(night: Night) -> None:
    await night.audited()
    stay = await night.in_house("double", "2027-03-01", "2027-03-04")
    night.past(FIRST)
    answers = await asyncio.gather(*(night.start(FIRST) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    for each in answers:
        if each.status_code == 409:
            assert each.json()["code"] in ("night_audit_under_way", "night_audit_done", "date_not_open")
    (folio,) = await night.cashier.folios_of(stay)
    assert folio["balance"] == "214.00"


async def test_the_next_audit_is_seen_ahead(night: Night) -> None:
    await night.audited()
    stay = await night.in_house("double", "2027-03-01", "2027-03-04")
    unpriced = await night.desk.booked("single", "2027-03-01", "2027-03-02")
    preview = (await night.cashier.send("GET", f"{night.path}/next")).json()
    assert (preview["business_date"], preview["may_start_at"]) == ("2027-03-01", "2027-03-02T00:00:00+02:00")
    assert [each["id"] for each in preview["arrivals"]] == [unpriced["id"]]
    assert (preview["due_outs"], preview["stays_to_charge"], preview["unpriced"]) == ([], 1, 0)
    assert await night.cashier.folios_of(stay) == [], "seeing it changes nothing"


async def test_a_hotel_by_the_clock_has_no_audit(night: Night) -> None:
    settings = (await night.cashier.send("GET", f"{night.desk_path}/night-audit-settings")).json()
    assert settings == {"mode": "clock", "hour": 4, "no_shows": "mark", "due_outs": "extend"}
    problem_of(await night.start(FIRST), 409, "business_date_by_clock")
    assert (await night.cashier.send("GET", night.path)).json() == []


async def test_a_hotel_goes_back_to_the_clock_on_a_day_on_which_both_agree(night: Night) -> None:
    await night.audited()
    night.past(FIRST)
    behind = problem_of(await night.put({"mode": "clock"}), 409, "business_date_behind")
    assert behind["data"] == {"business_date": "2027-03-01", "today": "2027-03-02"}
    await night.closed(FIRST)
    assert (await night.put({"mode": "clock"})).status_code == 200
    problem_of(await night.start(FIRST + DAY), 409, "business_date_by_clock")
