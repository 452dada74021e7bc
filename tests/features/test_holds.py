"""Holds: nights taken until an instant, confirmed in time, or given back the moment somebody wants them."""

from datetime import UTC, datetime, timedelta

import pytest

from omd.db import Database
from omd.entrypoints.jobs import FREE_HOLDS, caused_by
from omd.features.reservations import free_holds
from omd.infra.events import Event
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk, sealed
from support.front_desk import GUESTS, Desk, Json, contents, pointers, problem_of, rooms_of
from support.planner_screen import bars_of, read_planner
from support.worlds import hotel_actor

UNTIL = "2027-03-05T18:00:00Z"
OVER = datetime(2027, 3, 5, 18, tzinfo=UTC)
LAST_EVENT = "select type, actor, data ->> 'reason' from events where aggregate_id = $1 order by seq desc limit 1"
AUDITED = "select count(*) from audit_log where after ->> 'cancellation_reason' = 'hold_expired'"
NIGHTS = ("2027-03-10", "2027-03-11", "2027-03-12")


async def held(desk: Desk, type_code: str = "twin", **more: object) -> Json:
    return await desk.booked(type_code, "2027-03-10", "2027-03-13", hold_until=UNTIL, **more)


async def test_a_hold_takes_its_nights_and_says_until_when(desk: Desk) -> None:
    stay = await held(desk, price={"amount": "300"})
    assert (stay["status"], stay["hold_until"], None in rooms_of(stay)) == ("tentative", UNTIL, False)
    assert await desk.stay(stay["id"]) == stay
    assert await desk.free("twin", *NIGHTS) == [1, 1, 1]
    listed = await desk.send("GET", f"/businesses/{desk.hotel.id}/reservations?status=tentative")
    assert [each["id"] for each in listed.json()] == [stay["id"]]


async def test_a_hold_that_is_confirmed_stays(desk: Desk, clock: FixedClock) -> None:
    stay = await held(desk)
    confirmed = await desk.stepped(stay["id"], "confirm")
    assert (confirmed["status"], confirmed["hold_until"], confirmed["nights"]) == ("confirmed", None, stay["nights"])
    clock.set(OVER)
    await desk.booked("twin", "2027-03-10", "2027-03-13")
    problem_of(await desk.book("twin", "2027-03-10", "2027-03-13"), 409, "sold_out")


async def test_a_hold_is_extended_and_cut(desk: Desk, clock: FixedClock) -> None:
    stay = await held(desk)
    for until in ("2027-03-08T12:00:00Z", "2027-03-02T12:00:00Z"):
        longer = await desk.stepped(stay["id"], "hold", {"hold_until": until})
        assert (longer["status"], longer["hold_until"]) == ("tentative", until)
    assert longer["version"] == 3
    clock.set(datetime(2027, 3, 2, 12, tzinfo=UTC))
    refused = problem_of(await desk.step(stay["id"], "hold", {"hold_until": UNTIL}), 409, "action_refused")
    assert refused["data"]["reason_code"] == "hold_expired"


@pytest.mark.parametrize(
    ("until", "why"),
    [
        ("2027-02-28T12:00:00Z", "hold_in_the_past"),
        ("2027-03-10T22:00:01Z", "hold_too_long"),
        ("9999-12-31T23:59:59Z", "hold_too_long"),
        ("0001-01-01T00:00:00Z", "hold_in_the_past"),
    ],
)
async def test_nights_are_not_held_until_any_time(desk: Desk, until: str, why: str) -> None:
    """The day of arrival, 10 March, is over at 22:00 UTC in Bucharest."""
    stay = await held(desk)
    before = await contents(desk.connection)
    for answer in (
        await desk.book("twin", "2027-03-10", "2027-03-13", hold_until=until),
        await desk.step(stay["id"], "hold", {"hold_until": until}),
    ):
        refused = problem_of(answer, 422, "hold_refused")
        assert [(each["pointer"], each["code"]) for each in refused["problems"]] == [("/hold_until", why)]
    assert await contents(desk.connection) == before
    assert (await desk.stepped(stay["id"], "hold", {"hold_until": "2027-03-10T22:00:00Z"}))["version"] == 2


async def test_nights_are_held_for_thirty_days_at_most(desk: Desk, clock: FixedClock) -> None:
    longest = clock.now() + timedelta(days=30)
    over = (longest + timedelta(seconds=1)).isoformat()
    problem_of(await desk.book("twin", "2027-06-10", "2027-06-13", hold_until=over), 422, "hold_refused")
    await desk.booked("twin", "2027-06-10", "2027-06-13", hold_until=longest.isoformat())


@pytest.mark.parametrize("until", ["2027-03-05T18:00:00", "soon", 5])
async def test_an_instant_without_its_offset_is_none(desk: Desk, until: object) -> None:
    refused = problem_of(await desk.book("twin", "2027-03-10", "2027-03-13", hold_until=until), 422, "invalid_input")
    assert pointers(refused) == ["/hold_until"]


async def test_who_wants_the_nights_frees_a_hold_that_is_over(desk: Desk, clock: FixedClock) -> None:
    """Nobody is refused for a hold that is over, whether the job came or not; a moment before it is not over."""
    first, second = await held(desk), await held(desk)
    clock.set(OVER - timedelta(microseconds=1))
    problem_of(await desk.book("twin", "2027-03-12", "2027-03-14"), 409, "sold_out")
    clock.set(OVER)
    taken = await desk.booked("twin", "2027-03-12", "2027-03-14")
    assert None not in rooms_of(taken)
    for stay in (first, second):
        gone = await desk.stay(stay["id"])
        assert (gone["status"], gone["cancellation_reason"], gone["nights"]) == ("cancelled", "hold_expired", [])
        assert gone["hold_until"] == UNTIL
        told = await desk.connection.fetchrow(
            "select type, actor, data ->> 'reason' from events where aggregate_id = $1 order by seq desc limit 1",
            stay["id"],
        )
        assert tuple(told or ()) == ("reservation.cancelled", "holds", "hold_expired")
        audited = await desk.connection.fetchval(AUDITED)
        assert audited == 2
        refused = problem_of(await desk.step(stay["id"], "confirm"), 409, "action_refused")
        assert refused["data"]["reason_code"] == "wrong_status"
    assert (await desk.stepped(first["id"], "reinstate"))["hold_until"] is None


async def test_a_booking_that_is_refused_all_the_same_frees_nothing(desk: Desk, clock: FixedClock) -> None:
    stay = await held(desk)
    for _ in range(2):
        await desk.booked("twin", "2027-03-13", "2027-03-14")
    clock.set(OVER)
    before = await contents(desk.connection)
    problem_of(await desk.book("twin", "2027-03-12", "2027-03-14"), 409, "sold_out")
    assert await contents(desk.connection) == before
    refused = problem_of(await desk.step(stay["id"], "confirm"), 409, "action_refused")
    assert refused["data"]["reason_code"] == "hold_expired"


async def test_a_stay_that_is_moved_or_prolonged_into_a_hold_that_is_over_gets_its_nights(
    desk: Desk, clock: FixedClock
) -> None:
    await held(desk), await held(desk)
    other = await desk.booked("twin", "2027-03-08", "2027-03-10")
    problem_of(await desk.amend(other["id"], departure="2027-03-12"), 409, "sold_out")
    clock.set(OVER)
    assert None not in rooms_of(await desk.amended(other["id"], departure="2027-03-12"))


async def test_a_house_wide_limit_counts_no_hold_that_is_over(desk: Desk, clock: FixedClock) -> None:
    await held(desk)
    await desk.limit_house("2027-03-10", "2027-03-13", 1 - sum(len(each.rooms) for each in desk.hotel.types.values()))
    problem_of(await desk.book("double", "2027-03-10", "2027-03-12"), 409, "sold_out")
    clock.set(OVER)
    await desk.booked("double", "2027-03-10", "2027-03-12")


async def test_the_job_frees_what_is_over_and_gives_it_to_who_waits(
    desk: Desk, clock: FixedClock, db: Database
) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-13", 1)
    first = await held(desk)
    await desk.booked("twin", "2027-03-10", "2027-03-13")
    waiting = await desk.booked("twin", "2027-03-10", "2027-03-13")
    assert rooms_of(waiting) == [None] * 3
    actor = hotel_actor(desk.hotel)
    assert await free_holds(db, actor, desk.hotel.id, now=clock.now()) == 0
    assert await free_holds(db, actor, desk.hotel.id, now=OVER) == 1
    assert await free_holds(db, actor, desk.hotel.id, now=OVER) == 0
    assert (await desk.stay(first["id"]))["cancellation_reason"] == "hold_expired"
    assert rooms_of(await desk.stay(waiting["id"])) == rooms_of(first)


async def test_what_is_held_or_held_for_longer_causes_a_job_at_its_end(desk: Desk) -> None:
    stay = await held(desk)
    await desk.stepped(stay["id"], "hold", {"hold_until": "2027-03-06T18:00:00+02:00"})
    await desk.booked("single", "2027-03-10", "2027-03-12")
    rows = await desk.connection.fetch(
        "select coalesce(position, seq) as position, omd_id, business_id, aggregate, aggregate_id, aggregate_version, "
        "type, actor, occurred_at, recorded_at, data::text from events where aggregate = 'reservation' order by seq"
    )
    jobs = [caused_by(Event(**dict(row))) for row in rows]
    ends = [None if job is None else (job.kind, job.not_before) for job in jobs]
    assert ends == [(FREE_HOLDS, OVER), (FREE_HOLDS, datetime(2027, 3, 6, 16, tzinfo=UTC)), None]


async def test_offers_are_held_together(desk: Desk, clock: FixedClock, db: Database) -> None:
    offers = await OfferDesk.at(desk)
    taken = [sealed(offers.offer(each, "2027-03-10", "2027-03-12", adults=1)) for each in ("single", "twin")]
    body = {"offers": [{"offer": each, "guests": GUESTS} for each in taken], "hold_until": UNTIL}
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/bookings", body)
    assert answer.status_code == 201, answer.text
    stays = [each["stay"] for each in answer.json()["stays"]]
    assert {each["status"] for each in stays} == {"tentative"}
    clock.set(OVER)
    assert await free_holds(db, hotel_actor(desk.hotel), desk.hotel.id, now=OVER) == 2
    for each in stays:
        fees = await desk.send("GET", f"/reservations/{each['id']}/fees")
        assert (fees.json()["cancellation"], fees.json()["no_show"]) == (None, None)
        assert (await desk.stay(each["id"]))["status"] == "cancelled"


async def test_the_desk_sees_holds(desk: Desk, clock: FixedClock) -> None:
    stay = await held(desk)
    clock.set(datetime(2027, 3, 4, 12, tzinfo=UTC))
    (arriving,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals?date=2027-03-10")).json()
    assert (arriving["status"], arriving["required_action"], arriving["hold_until"]) == ("tentative", "confirm", UNTIL)
    assert arriving["actions"] == (await desk.stay(stay["id"]))["actions"]
    (leaving,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/departures?date=2027-03-13")).json()
    assert leaving["id"] == stay["id"]
    day = (await desk.send("GET", f"/businesses/{desk.hotel.id}/dashboard?date=2027-03-10")).json()
    assert (day["arrivals"]["expected"], day["arrivals"]["tentative"]) == (0, 1)
    planner = read_planner((await desk.send("GET", f"/businesses/{desk.hotel.id}/planner?days=20")).content)
    (bar,) = bars_of(planner)
    assert (bar.status, bar.action) == ("tentative", "confirm")
    await desk.stepped(stay["id"], "confirm")
    later = read_planner(
        (await desk.send("GET", f"/businesses/{desk.hotel.id}/planner?days=20&since={planner.version}")).content
    )
    assert [(each.status, each.action) for each in bars_of(later)] == [("confirmed", "none")]


async def test_a_hold_may_be_moved_to_make_room(desk: Desk) -> None:
    first = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", hold_until=UNTIL)
    await desk.booked("twin", "2027-03-12", "2027-03-14", room="302")
    through = await desk.booked("twin", "2027-03-10", "2027-03-14")
    assert len(set(rooms_of(through))) == 1
    assert None not in rooms_of(await desk.stay(first["id"]))


async def test_nobody_else_confirms_or_extends_a_hold(desk: Desk) -> None:
    stay = await held(desk)
    before = await contents(desk.connection)
    for party, status in (("lodge", 404), ("harbour", 404), ("alpha", 403)):
        for step, body in (("confirm", None), ("hold", {"hold_until": UNTIL})):
            answer = await desk.send("POST", f"/reservations/{stay['id']}/{step}", body, party=party)
            assert answer.status_code == status
    assert await contents(desk.connection) == before
