"""The waiting list: who waits, who could be served, what they are promoted to, and who is turned away."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from omd.db import Database
from omd.entrypoints.jobs import NightsFreed, told_of
from omd.features.reservations.waiting_list.commands import keep_list
from omd.features.reservations.waiting_list.queries import Queue
from omd.infra.events import Event
from omd.kernel.clock import FixedClock
from omd.kernel.dates import StayDates
from support.bookings import OfferDesk, sealed
from support.front_desk import Desk, Json, assert_books_balance, contents, pointers, problem_of
from support.racing import held_up, until_waiting
from support.rights import widen_keys
from support.waiting import NIGHTS, WaitingDesk
from support.worlds import NOW, Connection, hotel_actor

RACERS = 6


@pytest.fixture
def waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> WaitingDesk:
    """The list of `grand`; its key has the rights of an owner."""
    widen_keys(monkeypatch)
    return WaitingDesk(desk)


def queue_of(desk: Desk) -> Queue:
    return Queue(hotel_actor(desk.hotel), desk.hotel.id)


async def test_who_waits_is_listed_by_priority_then_since_when(waiting: WaitingDesk) -> None:
    await waiting.added(last_name="Third")
    await waiting.added(last_name="Fourth", room_type_ids=[], departure="2027-03-20")
    await waiting.added(last_name="First", priority=1, source="phone", note="by the lake")
    await waiting.added("double", last_name="Second", priority=2)
    assert await waiting.listed() == ["First", "Second", "Third", "Fourth"]
    twin = waiting.desk.hotel.types["twin"].id
    assert await waiting.listed(f"?room_type_id={twin}") == ["First", "Third", "Fourth"]
    assert await waiting.listed("?since=2027-03-12") == ["Fourth"]
    assert await waiting.listed("?until=2027-03-10") == []
    pages, path = [], f"{waiting.path}?limit=3"
    while path:
        answer = await waiting.desk.send("GET", path)
        pages.append([each["last_name"] for each in answer.json()])
        path = answer.headers.get("Link", "").partition(">")[0].removeprefix("</api/v1")
    assert pages == [["First", "Second", "Third"], ["Fourth"]]


async def test_an_entry_holds_no_room(waiting: WaitingDesk) -> None:
    before = await waiting.desk.free("twin", *NIGHTS)
    entry = await waiting.added(email="a@example.com", highest_price="450", counts_until="2027-03-05")
    assert (entry["status"], entry["version"], entry["reservation_ids"]) == ("waiting", 1, [])
    assert (entry["highest_price"], entry["counts_until"], entry["priority"]) == ("450.00", "2027-03-05", 5)
    assert await waiting.entry(entry["id"]) == entry
    assert await waiting.desk.free("twin", *NIGHTS) == before
    await assert_books_balance(waiting.desk.connection)


async def test_an_entry_is_changed_by_who_read_it_last(waiting: WaitingDesk) -> None:
    entry = await waiting.added()
    body = waiting.wish("double", adults=2, priority=1, counts_until="2027-03-09")
    path = f"{waiting.path}/{entry['id']}"
    changed = await waiting.desk.send("PUT", path, body, If_Match='"1"')
    assert changed.status_code == 200, changed.text
    assert (changed.headers["ETag"], changed.json()["adults"]) == ('"2"', 2)
    problem_of(await waiting.desk.send("PUT", path, body, If_Match='"1"'), 409, "stale_version")
    stale = await waiting.desk.send("POST", f"{path}/remove", {"reason": "gave_up"}, If_Match='"1"')
    problem_of(stale, 409, "stale_version")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"departure": "2027-03-10"}, "/departure", "invalid_input"),
        ({"arrival": "2027-02-20", "departure": "2027-02-21"}, "/arrival", "arrival_in_the_past"),
        ({"counts_until": "2027-03-11"}, "/counts_until", "invalid_input"),
        ({"counts_until": "2027-02-28"}, "/counts_until", "invalid_input"),
        ({"adults": 3}, "/adults", "too_many_guests"),
        ({"room_type_ids": [2147483647]}, "/room_type_ids", "invalid_input"),
        ({"rate_plan_id": 2147483647}, "/rate_plan_id", "invalid_input"),
        ({"rooms": 10}, "/rooms", "invalid_input"),
        ({"priority": 0}, "/priority", "invalid_input"),
        ({"last_name": "  "}, "/last_name", "invalid_input"),
        ({"source": "By Phone"}, "/source", "invalid_input"),
    ],
)
async def test_nobody_waits_for_what_cannot_be(
    waiting: WaitingDesk, change: dict[str, object], pointer: str, code: str
) -> None:
    entry = await waiting.added()
    body = {**waiting.wish(), **change}
    for answer in (
        await waiting.desk.send("POST", waiting.path, body),
        await waiting.desk.send("PUT", f"{waiting.path}/{entry['id']}", body),
    ):
        assert pointers(problem_of(answer, 422, code)) == [pointer]
    assert await waiting.entry(entry["id"]) == entry
    assert len(await waiting.listed()) == 1


async def test_a_type_of_another_hotel_is_unknown_here(waiting: WaitingDesk) -> None:
    foreign = waiting.desk.world.harbour.types["double"].id
    answer = await waiting.desk.send("POST", waiting.path, waiting.wish(room_type_ids=[foreign]))
    assert pointers(problem_of(answer, 422, "invalid_input")) == ["/room_type_ids"]


async def test_the_list_knows_who_could_be_served_now(waiting: WaitingDesk) -> None:
    desk, types = waiting.desk, waiting.desk.hotel.types
    sold = await waiting.fill()
    twin = await waiting.added(last_name="Twin")
    await waiting.added(last_name="Both", rooms=2)
    await waiting.added(None, last_name="Any", adults=2)
    await waiting.added(last_name="Longer", departure="2027-03-15")
    servable = {each["last_name"]: each for each in (await desk.send("GET", f"{waiting.path}/servable")).json()}
    assert list(servable) == ["Any"]
    assert servable["Any"]["servable_room_type_ids"] == [types["double"].id]
    await desk.stepped(sold[0]["id"], "cancel")
    servable = {each["last_name"]: each for each in (await desk.send("GET", f"{waiting.path}/servable")).json()}
    assert list(servable) == ["Twin", "Any", "Longer"], "one room serves no two"
    assert servable["Any"]["servable_room_type_ids"] == sorted([types["double"].id, types["twin"].id])
    limit = {"starts_on": "2027-03-11", "ends_on": "2027-03-12", "rooms": -10}
    house = await desk.send("PUT", f"/businesses/{desk.hotel.id}/overbooking", limit)
    assert house.status_code == 200, house.text
    assert (await desk.send("GET", f"{waiting.path}/servable")).json() == [], "the house is full on one night"
    refused = await waiting.promote(twin["id"])
    assert problem_of(refused, 409, "sold_out")["data"]["limit"] == "house"


async def test_an_entry_is_promoted_to_a_stay_and_bound_to_it(waiting: WaitingDesk) -> None:
    entry = await waiting.added(adults=2, first_name="Ana", email="a@example.com", note="quiet")
    done = await waiting.promote(entry["id"], price={"amount": "300"})
    assert done.status_code == 200, done.text
    told = done.json()
    assert (told["status"], told["version"], len(told["reservation_ids"])) == ("promoted", 2, 1)
    stay = await waiting.desk.stay(told["reservation_ids"][0])
    assert (stay["status"], stay["adults"], stay["note"]) == ("confirmed", 2, "quiet")
    assert (stay["arrival"], stay["departure"], stay["price"]["amount"]) == (*NIGHTS, "300.00")
    assert stay["guests"] == [{"last_name": "Asteptescu", "first_name": "Ana", "email": "a@example.com"}]
    assert await waiting.listed() == []
    assert await waiting.listed("?status=promoted") == ["Asteptescu"]
    refused = problem_of(await waiting.promote(entry["id"]), 409, "nobody_waits")
    assert refused["data"] == {"status": "promoted", "reservation_ids": told["reservation_ids"]}
    removed = await waiting.desk.send("POST", f"{waiting.path}/{entry['id']}/remove", {"reason": "mistake"})
    problem_of(removed, 409, "nobody_waits")
    await assert_books_balance(waiting.desk.connection)


async def test_an_entry_is_promoted_to_a_hold_for_all_its_rooms_or_none(waiting: WaitingDesk) -> None:
    entry = await waiting.added(rooms=2)
    sold = await waiting.fill(rooms=1)
    before = await contents(waiting.desk.connection)
    problem_of(await waiting.promote(entry["id"]), 409, "sold_out")
    assert await contents(waiting.desk.connection) == before
    assert await waiting.entry(entry["id"]) == entry
    await waiting.desk.stepped(sold[0]["id"], "cancel")
    guests = [{"last_name": "Other"}]
    done = await waiting.promote(entry["id"], hold_until="2027-03-05T18:00:00Z", guests=guests)
    assert done.status_code == 200, done.text
    stays = [await waiting.desk.stay(each) for each in done.json()["reservation_ids"]]
    assert [(each["status"], each["guests"]) for each in stays] == [("tentative", guests)] * 2
    await assert_books_balance(waiting.desk.connection)


async def test_an_entry_is_promoted_by_offers_that_are_what_it_waits_for(waiting: WaitingDesk) -> None:
    offers = await OfferDesk.at(waiting.desk)
    entry = await waiting.added(adults=2, rooms=2, rate_plan_id=offers.plan.id)

    def offer(type_code: str = "twin", adults: int = 2) -> str:
        return sealed(offers.offer(type_code, *NIGHTS, adults=adults))

    one = await waiting.promote(entry["id"], offers=[offer()])
    assert pointers(problem_of(one, 409, "promotion_does_not_fit")) == ["/offers"]
    for wrong in (offer("double"), offer(adults=1), sealed(offers.offer("twin", NIGHTS[0], "2027-03-13", adults=2))):
        before = await contents(waiting.desk.connection)
        answer = await waiting.promote(entry["id"], offers=[offer(), wrong])
        assert len(problem_of(answer, 409, "promotion_does_not_fit")["problems"]) == 1
        assert await contents(waiting.desk.connection) == before
    done = await waiting.promote(entry["id"], offers=[offer(), offer()])
    assert done.status_code == 200, done.text
    prices = [await offers.price(each) for each in done.json()["reservation_ids"]]
    assert len({each["booking_code"] for each in prices}) == 1
    assert {each["plan"]["id"] for each in prices} == {offers.plan.id}
    await assert_books_balance(waiting.desk.connection)


async def test_nobody_is_promoted_above_their_highest_price_or_to_another_type(waiting: WaitingDesk) -> None:
    offers = await OfferDesk.at(waiting.desk)
    entry = await waiting.added(highest_price="10.00")
    sold = sealed(offers.offer("twin", *NIGHTS, adults=1))
    for refused in (
        await waiting.promote(entry["id"], offers=[sold]),
        await waiting.promote(entry["id"], price={"amount": "10.01"}),
        await waiting.promote(entry["id"], "double"),
    ):
        problem_of(refused, 409, "promotion_does_not_fit")
    bodies: list[Json] = [{}, {"room_type_id": 1, "offers": [sold]}, {"offers": [sold], "price": {"amount": "1"}}]
    for body in bodies:
        answer = await waiting.desk.send("POST", f"{waiting.path}/{entry['id']}/promote", body)
        problem_of(answer, 422, "invalid_input")
    assert (await waiting.promote(entry["id"], price={"amount": "10"})).status_code == 200


@pytest.mark.parametrize("same", [True, False])
async def test_the_last_room_and_one_entry_are_had_once(
    waiting: WaitingDesk, owner_connection: Connection, same: bool
) -> None:
    """Many promote one entry, or each another for the last room: one is served."""
    await waiting.fill(rooms=1)
    entries = [await waiting.added() for _ in range(1 if same else RACERS)]
    counter = "select from room_type_availability where room_type_id = $1 and date = '2027-03-10' for update"
    async with held_up(waiting.desk.connection, counter, waiting.desk.hotel.types["twin"].id):
        race = [asyncio.create_task(waiting.promote(entries[at % len(entries)]["id"])) for at in range(RACERS)]
        await until_waiting(owner_connection, RACERS)
    answers: list[httpx.Response] = await asyncio.gather(*race)
    assert sorted(each.status_code for each in answers) == [200, *[409] * (RACERS - 1)]
    codes = {each.json()["code"] for each in answers if each.status_code == 409}
    assert codes == {"nobody_waits" if same else "sold_out"}
    assert len(await waiting.listed()) == (0 if same else RACERS - 1)
    await assert_books_balance(waiting.desk.connection)


async def test_who_is_promoted_twice_under_one_key_is_promoted_once(waiting: WaitingDesk) -> None:
    entry = await waiting.added()
    path, body = f"{waiting.path}/{entry['id']}/promote", {"room_type_id": waiting.desk.hotel.types["twin"].id}
    answers = [await waiting.desk.send("POST", path, body, Idempotency_Key="once") for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


async def test_somebody_is_taken_off_for_a_reason(waiting: WaitingDesk) -> None:
    entry = await waiting.added()
    removed = await waiting.desk.send("POST", f"{waiting.path}/{entry['id']}/remove", {"reason": "found_elsewhere"})
    assert (removed.json()["status"], removed.json()["reason"]) == ("removed", "found_elsewhere")
    assert removed.json()["closed_by"] == entry["added_by"]
    problem_of(await waiting.desk.send("PUT", f"{waiting.path}/{entry['id']}", waiting.wish()), 409, "nobody_waits")
    again = await waiting.desk.send("POST", f"{waiting.path}/{entry['id']}/remove", {"reason": "forgotten"})
    problem_of(again, 422, "invalid_input")
    assert [each for each, _ in await waiting.told()] == ["added", "removed"]


async def test_an_entry_counts_until_its_date_and_is_closed_after_it(
    waiting: WaitingDesk, clock: FixedClock, db: Database
) -> None:
    early = await waiting.added(last_name="Early", counts_until="2027-03-02")
    await waiting.added(last_name="Late")
    clock.set(datetime(2027, 3, 2, 12, tzinfo=UTC))
    await keep_list(db, queue_of(waiting.desk), now=clock.now())
    assert await waiting.listed() == ["Early", "Late"]
    clock.set(datetime(2027, 3, 3, 12, tzinfo=UTC))
    over = (await waiting.desk.send("GET", f"{waiting.path}/servable")).json()
    assert [each["last_name"] for each in over] == ["Late"]
    assert problem_of(await waiting.promote(early["id"]), 409, "nobody_waits")["data"]["status"] == "waiting"
    await keep_list(db, queue_of(waiting.desk), now=clock.now())
    assert await waiting.listed() == ["Late"]
    assert (await waiting.entry(early["id"]))["status"] == "expired"
    assert ("expired", early["id"]) in await waiting.told()


async def test_nights_that_come_free_are_told_once_for_what_freed_them(
    waiting: WaitingDesk, db: Database, clock: FixedClock
) -> None:
    desk = waiting.desk
    first, second = await waiting.fill()
    waits = await waiting.added()
    await waiting.added(None, last_name="Elsewhere", arrival="2027-03-20", departure="2027-03-22")
    await keep_list(db, queue_of(desk), now=clock.now())
    told = [each for each in await waiting.told() if each[0] == "servable"]
    assert len(told) == 1, "who could be served all along is told of once, by the night's work"

    async def freed(stay_id: str) -> None:
        await desk.stepped(stay_id, "cancel")
        row = await desk.connection.fetchrow(
            "select 7::bigint as position, omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, "
            "actor, occurred_at, recorded_at, data::text from events where type = 'reservation.cancelled' "
            "order by seq desc limit 1"
        )
        job = told_of(Event(**dict(row or {})))
        assert job is not None
        said = msgspec.json.decode(msgspec.json.encode(job.payload), type=NightsFreed)
        assert (said.nights, said.business_id) == (
            StayDates(*(datetime.fromisoformat(each).date() for each in NIGHTS)),
            desk.hotel.id,
        )
        for _ in range(2):
            await keep_list(db, queue_of(desk), now=clock.now(), freed=said.nights, freed_at=said.at)

    clock.set(NOW + timedelta(minutes=5))
    await freed(first["id"])
    servable = [each for each in await waiting.told() if each[0] == "servable"]
    assert servable[1:] == [("servable", waits["id"])]
    again = await desk.booked("twin", *NIGHTS)
    clock.set(NOW + timedelta(minutes=10))
    await freed(again["id"])
    await freed(second["id"])
    servable = [each for each in await waiting.told() if each[0] == "servable"]
    assert servable[1:] == [("servable", waits["id"])] * 2, "told at one instant is told once"
    entry = await waiting.entry(waits["id"])
    assert (entry["told_at"], entry["version"]) == ("2027-03-01T09:10:00Z", 1)


@pytest.mark.parametrize(
    ("kind", "data", "wakes"),
    [
        ("reservation.cancelled", '{"arrival": "2027-03-10", "departure": "2027-03-12"}', True),
        ("reservation.checked_out", '{"released_from": "2027-03-10", "released_until": "2027-03-12"}', True),
        ("reservation.checked_out", "{}", False),
        ("reservation.booked", '{"arrival": "2027-03-10", "departure": "2027-03-12"}', False),
        ("room.maintenance_started", '{"starts_on": "2027-03-10", "ends_on": "2027-03-12"}', False),
        ("room.maintenance_ended", '{"starts_on": "2027-03-10", "ends_on": "2027-03-12"}', True),
        ("hold_back.placed", '{"starts_on": "2027-03-10", "ends_on": "2027-03-12"}', False),
        ("hold_back.ended", '{"starts_on": "2027-03-10", "ends_on": "2027-03-12"}', True),
        (
            "hold_back.changed",
            '{"starts_on": "2027-06-10", "ends_on": "2027-06-12", "was_ends_on": "2027-07-01"}',
            True,
        ),
        ("business.inventory_imported", "{}", True),
        ("waiting_list.servable", "{}", False),
    ],
)
def test_what_frees_nights_causes_a_job(kind: str, data: str, wakes: bool) -> None:
    job = told_of(Event(9, 1, 2, "reservation", "x", 2, kind, "user:7", NOW, NOW, data))
    assert (job is not None) is wakes
    assert job is None or job.key == "tell_waiting/business:2/event:9"
