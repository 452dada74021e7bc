"""What an entry of the waiting list is promoted to, and who waits again when it lapses."""

from datetime import UTC, datetime

import pytest

from omd.db import Database
from omd.features.reservations import free_holds
from omd.features.reservations.waiting_list.commands import keep_list
from omd.features.reservations.waiting_list.queries import Queue
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk, sealed
from support.front_desk import Desk, Json, assert_books_balance, contents, pointers, problem_of
from support.rights import widen_keys
from support.waiting import NIGHTS, WaitingDesk
from support.worlds import hotel_actor


@pytest.fixture
def waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> WaitingDesk:
    """The list of `grand`; its key has the rights of an owner."""
    widen_keys(monkeypatch)
    return WaitingDesk(desk)


async def test_a_highest_price_is_compared_in_its_own_currency(waiting: WaitingDesk) -> None:
    entry = await waiting.added(highest_price="100.00")
    before = await contents(waiting.desk.connection)
    refused = await waiting.promote(entry["id"], price={"amount": "99.00", "currency": "EUR"})
    assert pointers(problem_of(refused, 409, "promotion_does_not_fit")) == ["/price"]
    assert await contents(waiting.desk.connection) == before
    done = await waiting.promote(entry["id"], price={"amount": "99.00", "currency": "RON"})
    assert done.status_code == 200, done.text


async def test_who_waits_for_a_plan_is_promoted_by_its_offers_alone(waiting: WaitingDesk) -> None:
    offers = await OfferDesk.at(waiting.desk)
    entry = await waiting.added(rate_plan_id=offers.plan.id)
    refused = await waiting.promote(entry["id"])
    assert pointers(problem_of(refused, 409, "promotion_does_not_fit")) == ["/room_type_id"]
    done = await waiting.promote(entry["id"], offers=[sealed(offers.offer("twin", *NIGHTS, adults=1))])
    assert done.status_code == 200, done.text


async def held(waiting: WaitingDesk, counts_until: str | None = None) -> Json:
    """Promote an entry for two rooms to holds that are over on 3 March."""
    entry = await waiting.added(rooms=2, counts_until=counts_until)
    done = await waiting.promote(entry["id"], hold_until="2027-03-03T12:00:00Z")
    assert done.status_code == 200, done.text
    promoted: Json = done.json()
    return promoted


async def lapse(waiting: WaitingDesk, db: Database, clock: FixedClock) -> None:
    """Let the holds run out, and do what is done then, twice."""
    clock.set(datetime(2027, 3, 3, 12, 1, tzinfo=UTC))
    queue = Queue(hotel_actor(waiting.desk.hotel), waiting.desk.hotel.id)
    await free_holds(db, queue.actor, queue.business_id, now=clock.now())
    for _ in range(2):
        await keep_list(db, queue, now=clock.now(), freed_at=clock.now())


async def test_whose_holds_all_lapse_waits_again(waiting: WaitingDesk, db: Database, clock: FixedClock) -> None:
    entry = await held(waiting)
    await lapse(waiting, db, clock)
    back = await waiting.entry(entry["id"])
    assert (back["status"], back["closed_by"], back["added_at"]) == ("waiting", None, entry["added_at"])
    assert back["reservation_ids"] == entry["reservation_ids"]
    assert [each for each, _ in await waiting.told()] == ["added", "promoted", "returned", "servable"]
    audited = await waiting.desk.connection.fetchval(
        "select count(*) from audit_log where row_key = $1 and after ->> 'status' = 'waiting' and action = 'update'",
        entry["id"],
    )
    assert audited == 1
    again = await waiting.promote(entry["id"])
    assert (again.status_code, len(again.json()["reservation_ids"])) == (200, 4), again.text
    await lapse(waiting, db, clock)
    assert (await waiting.entry(entry["id"]))["status"] == "promoted"
    await assert_books_balance(waiting.desk.connection)


@pytest.mark.parametrize("step", ["confirm", "cancel"])
async def test_who_got_a_room_or_gave_it_up_waits_no_more(
    waiting: WaitingDesk, db: Database, clock: FixedClock, step: str
) -> None:
    entry = await held(waiting)
    await waiting.desk.stepped(entry["reservation_ids"][0], step)
    await lapse(waiting, db, clock)
    lapsed = await waiting.desk.stay(entry["reservation_ids"][1])
    assert lapsed["cancellation_reason"] == "hold_expired"
    assert (await waiting.entry(entry["id"]))["status"] == "promoted"
    with pytest.raises(Exception, match="is promoted"):
        await waiting.desk.connection.execute(
            "update waiting_list_entries set status = 'waiting', closed_at = null, closed_by = null"
        )


async def test_whose_time_is_over_does_not_wait_again(waiting: WaitingDesk, db: Database, clock: FixedClock) -> None:
    entry = await held(waiting, counts_until="2027-03-02")
    await lapse(waiting, db, clock)
    assert (await waiting.entry(entry["id"]))["status"] == "promoted"
