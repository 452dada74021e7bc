"""What a desk was answered before is said again while nothing happened, and never after something did."""

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from omd.db import Database
from omd.features.availability import open_horizon
from omd.kernel.clock import FixedClock
from support.desk_lists import DeskLists
from support.front_desk import Desk, Json
from support.worlds import HORIZON_ENDS_ON, Connection

LISTS = ("arrivals", "departures", "in-house", "dashboard")


async def read(desk: Desk, what: str, query: str = "") -> bytes:
    answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/{what}{query}")
    assert answer.status_code == 200, answer.text
    return answer.content


async def noted(desk: Desk) -> list[str | None]:
    stays: list[Json] = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
    return [each["note"] for each in stays]


async def by_hand(desk: Desk, stay: Json, note: str) -> None:
    """Write a note past the product, which leaves no event."""
    await desk.connection.execute("update reservations set note = $1 where id = $2::text::uuid", note, stay["id"])


async def test_it_is_said_again_until_something_happens_in_the_hotel(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-03-01", "2027-03-02", note="one")
    assert await noted(desk) == ["one"]
    await by_hand(desk, stay, "two")
    assert await noted(desk) == ["one"]
    # What happens in another hotel does not matter.
    await desk.connection.execute(
        "select record_event($1, $2, 'business.overbooking_set', '{}')", desk.hotel.omd_id, desk.world.lodge.id
    )
    assert await noted(desk) == ["one"]
    await desk.booked("double", "2027-04-01", "2027-04-02")
    assert await noted(desk) == ["two"]


@pytest.mark.parametrize("what", LISTS)
async def test_a_page_is_remembered_by_all_that_was_asked(desk: Desk, what: str) -> None:
    stays = [await desk.booked("double", "2027-03-01", "2027-03-02") for _ in range(2)]
    for each in stays:
        await desk.stepped(each["id"], "check-in")
    other = "?date=2027-03-02"
    assert await read(desk, what) != await read(desk, what, other)
    assert await read(desk, what) == await read(desk, what)
    if what != "dashboard":
        whole, first = await read(desk, what, other), await read(desk, what, f"{other}&limit=1")
        assert len(whole) >= len(first)
        assert await read(desk, what, other) == whole


async def test_everybody_who_may_not_see_it_is_refused_what_is_remembered(desk: Desk) -> None:
    for what in LISTS:
        await read(desk, what)
        for party, status in (("alpha", 403), ("lodge", 404), ("harbour", 404)):
            answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/{what}", party=party)
            assert answer.status_code == status


async def test_the_steps_of_a_hold_change_when_it_is_over(desk: Desk, clock: FixedClock) -> None:
    ends = clock.now() + timedelta(hours=1)
    await desk.booked("double", "2027-03-01", "2027-03-03", hold_until=ends.isoformat())

    async def may_confirm() -> bool:
        (stay,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
        return any(each["action"] == "confirm" and each["allowed"] for each in stay["actions"])

    assert await may_confirm()
    clock.set(ends - timedelta(seconds=1))
    assert await may_confirm()
    clock.set(ends)
    assert not await may_confirm()


async def test_midnight_begins_another_day(desk: Desk, clock: FixedClock) -> None:
    await desk.booked("double", "2027-03-02", "2027-03-04")
    before = [await read(desk, what) for what in LISTS]
    clock.set(datetime(2027, 3, 2, 9, tzinfo=UTC))
    after = [await read(desk, what) for what in LISTS]
    assert before[0] == b"[]" != after[0]
    assert before[3] != after[3]


async def test_who_commits_late_is_seen_though_others_wrote_after(desk: Desk, database_dsn: str) -> None:
    """The events of two transactions are not in the order of their commits."""
    early = await desk.booked("double", "2027-03-01", "2027-03-02", note="early")
    late = await desk.booked("double", "2027-03-01", "2027-03-02", note="late")

    async def note(connection: Connection, stay: Json, text: str) -> None:
        await connection.execute(
            "with n as (update reservations set note = $1 where id = $2::text::uuid returning omd_id, business_id, id) "
            "insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data) "
            "select omd_id, business_id, 'reservation', id::text, 1, 'reservation.amended', 'test', '{}' from n",
            text,
            stay["id"],
        )

    second = await asyncpg.connect(database_dsn)
    async with second.transaction():
        await note(second, early, "committed last")
        await note(desk.connection, late, "committed first")
        assert sorted(map(str, await noted(desk))) == ["committed first", "early"]
    await second.close()
    assert sorted(map(str, await noted(desk))) == ["committed first", "committed last"]


async def test_dates_that_are_opened_are_counted_at_once(desk: Desk, maintenance_db: Database) -> None:
    first = f"?date={HORIZON_ENDS_ON}"
    assert b'"room_types":[]' in await read(desk, "dashboard", first)
    await open_horizon(maintenance_db, desk.hotel.omd_id, today=HORIZON_ENDS_ON)
    assert b'"room_types":[]' not in await read(desk, "dashboard", first)


async def test_positions_that_events_are_given_change_nothing(live: Desk, db: Database, clock: FixedClock) -> None:
    lists = DeskLists(live, db, clock, None, date(2027, 3, 1))
    stay = await live.booked("double", "2027-03-01", "2027-03-03")
    for turn in range(3):
        await lists.keep_up(f"turn {turn}")
    await live.stepped(stay["id"], "check-in")
    await lists.keep_up("check-in")
    assert lists.said_again >= 16
