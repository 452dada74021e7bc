"""The room planner: what it draws, and that differences lead to what is drawn anew."""

import gzip
from datetime import UTC, date, datetime

import pytest
import zstandard

from omd.db import Database
from omd.features.frontdesk import Planner
from omd.features.reservations.queries import move_nights
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, problem_of
from support.planner_screen import Bar, Drawing, bars_of, counters_of, intervals_of, read_planner
from support.worlds import NOW, TODAY, hotel_actor

DAYS = 30


async def drawn(desk: Desk, query: str = f"days={DAYS}", party: str | None = None) -> Planner:
    answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/planner?{query}", party=party)
    assert answer.status_code == 200, answer.text
    return read_planner(answer.content)


async def bars(desk: Desk, code: str) -> list[Bar]:
    return [each for each in bars_of(await drawn(desk)) if each.code == code]


async def since(desk: Desk, version: str) -> Planner:
    return await drawn(desk, f"days={DAYS}&since={version}")


async def test_an_empty_hotel_has_its_rooms_and_counters(desk: Desk) -> None:
    planner = await drawn(desk)
    assert planner.complete
    assert planner.starts_on == planner.business_date == TODAY
    assert planner.days == DAYS
    assert planner.rooms is not None
    assert dict(zip(planner.rooms.number, planner.rooms.id, strict=True)) == desk.hotel.rooms
    assert set(planner.rooms.floor) == {1, 2, 3}
    assert planner.types is not None
    assert {each.code: each.id for each in planner.types} == {k: t.id for k, t in desk.hotel.types.items()}
    assert bars_of(planner) == []
    double = desk.hotel.types["double"]
    assert counters_of(planner)[double.id, 0] == (5, 0, 0, 0, 5)


async def test_a_stay_is_a_bar_in_its_room(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-03-05", "2027-03-08", room="104", room_locked=True)
    double = desk.hotel.types["double"].id
    assert await bars(desk, stay["code"]) == [
        Bar(stay["code"], "Popescu", desk.hotel.rooms["104"], double, date(2027, 3, 5), 3, "confirmed", "none", 1, None)
    ]
    planner = await drawn(desk)
    assert [counters_of(planner)[double, at][3:] for at in (3, 4, 6, 7)] == [(0, 5), (1, 4), (1, 4), (0, 5)]


async def test_a_stay_that_reaches_past_the_days_is_cut_and_says_so(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-03-01", "2027-03-10")
    (bar,) = bars_of(await drawn(desk, "from=2027-03-04&days=3"))
    assert (bar.code, bar.first, bar.nights, bar.flags) == (stay["code"], date(2027, 3, 4), 3, 2 + 4)


async def test_a_cancelled_stay_is_no_bar_any_more(desk: Desk) -> None:
    gone = await desk.booked("double", "2027-03-05", "2027-03-08")
    await desk.stepped(gone["id"], "cancel")
    assert await bars(desk, gone["code"]) == []


async def test_a_stay_that_leaves_its_room_and_comes_back_has_three_bars(desk: Desk, db: Database) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-16", room="301")
    one, two = desk.hotel.rooms["301"], desk.hotel.rooms["302"]
    version = (await drawn(desk)).version
    move = {"reservation_id": stay["id"], "room_id": two, "arrival": "2027-03-12", "departure": "2027-03-14"}
    actor = hotel_actor(desk.hotel)
    async with db.transaction(actor) as tx:
        assert await move_nights(tx, actor, desk.hotel.id, [move], "asked for", NOW) == 2
    for planner in (await drawn(desk), await since(desk, version)):
        found = sorted((each.first.day, each.nights, each.room) for each in bars_of(planner))
        assert found == [(10, 2, one), (12, 2, two), (14, 2, one)]


async def test_what_a_stay_waits_for_follows_the_business_date(desk: Desk, clock: FixedClock) -> None:
    stay = await desk.booked("single", "2027-03-02", "2027-03-04")
    seen = [(await bars(desk, stay["code"]))[0].action]
    clock.set(datetime(2027, 3, 2, 9, tzinfo=UTC))
    seen.append((await bars(desk, stay["code"]))[0].action)
    clock.set(datetime(2027, 3, 3, 9, tzinfo=UTC))
    seen.append((await bars(desk, stay["code"]))[0].action)
    await desk.stepped(stay["id"], "check-in")
    seen.append((await bars(desk, stay["code"]))[0].action)
    clock.set(datetime(2027, 3, 4, 9, tzinfo=UTC))
    # It holds no night from today on, but the days before are still drawn.
    seen += [each.action for each in bars_of(await drawn(desk, "from=2027-03-01")) if each.code == stay["code"]]
    clock.set(datetime(2027, 3, 5, 9, tzinfo=UTC))
    seen += [each.action for each in bars_of(await drawn(desk, "from=2027-03-01")) if each.code == stay["code"]]
    assert seen == ["none", "check_in", "overdue_arrival", "none", "check_out", "overdue_departure"]


async def test_a_stay_without_a_room_waits_for_one(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-12", 1)
    for _ in range(2):
        await desk.booked("twin", "2027-03-10", "2027-03-12")
    stay = await desk.booked("twin", "2027-03-10", "2027-03-12")
    (bar,) = await bars(desk, stay["code"])
    assert (bar.room, bar.type, bar.action) == (None, desk.hotel.types["twin"].id, "needs_room")


async def test_maintenance_is_drawn_and_cut(desk: Desk) -> None:
    started = await desk.maintained("201", "2027-03-20", "2027-04-20")
    room = desk.hotel.rooms["201"]
    assert intervals_of(await drawn(desk)) == {started["interval"]["id"]: (room, 0, 19, 11)}
    served = await desk.maintained("202", "2027-03-01", "2027-03-02", kind="out_of_service")
    assert intervals_of(await drawn(desk, "days=1")) == {served["interval"]["id"]: (desk.hotel.rooms["202"], 1, 0, 1)}


async def test_a_difference_holds_what_changed_and_no_more(desk: Desk) -> None:
    first = await desk.booked("double", "2027-03-05", "2027-03-08")
    await desk.booked("double", "2027-03-05", "2027-03-08")
    before = await drawn(desk)
    shown = Drawing(before)
    await desk.amended(first["id"], departure="2027-03-10")
    difference = await since(desk, before.version)
    assert difference.rooms is None
    assert difference.types is None
    assert difference.changes is not None
    # Those events that the relay had not given their place when the whole was drawn are told once more.
    assert first["code"] in difference.changes.codes
    shown.put_over(difference)
    assert shown.shown == Drawing(await drawn(desk)).shown


async def test_a_difference_of_nothing_is_empty(desk: Desk) -> None:
    version = (await drawn(desk)).version
    difference = await since(desk, version)
    assert not difference.complete
    assert bars_of(difference) == []
    assert list(difference.counters) == []
    assert difference.changes is not None
    assert (list(difference.changes.codes), list(difference.changes.rooms)) == ([], [])


async def test_another_business_date_is_drawn_whole(desk: Desk, clock: FixedClock) -> None:
    version = (await drawn(desk, f"from=2027-03-01&days={DAYS}")).version
    clock.set(datetime(2027, 3, 2, 9, tzinfo=UTC))
    again = await drawn(desk, f"from=2027-03-01&days={DAYS}&since={version}")
    assert again.complete
    assert again.business_date == date(2027, 3, 2)


@pytest.mark.parametrize("query", ["days=31", "from=2027-03-02&days=30"])
async def test_a_version_of_other_days_is_answered_whole(desk: Desk, query: str) -> None:
    version = (await drawn(desk)).version
    assert (await drawn(desk, f"{query}&since={version}")).complete


async def test_a_version_of_what_is_not_yet_is_answered_whole(desk: Desk) -> None:
    """As after a restore: the events that were are gone."""
    position, rest = (await drawn(desk)).version.split(".", maxsplit=1)
    assert (await since(desk, f"{int(position) + 1000}.{rest}")).complete


@pytest.mark.parametrize(
    "made_up", ["x", "1.2.3.4", "1.2.3.4.5.6", "-1.1.1.1.1", "1.0.1.1.1", "1.9999999.1.1.1", "1.1.1.1.1%0A"]
)
async def test_a_version_nobody_gave_is_refused(desk: Desk, made_up: str) -> None:
    answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/planner?since={made_up}")
    problem_of(answer, 422, "invalid_input")


@pytest.mark.parametrize("query", ["days=0", "days=367", "from=soon", "to=2027-03-04"])
async def test_days_nobody_can_draw_are_refused(desk: Desk, query: str) -> None:
    problem_of(await desk.send("GET", f"/businesses/{desk.hotel.id}/planner?{query}"), 422, "invalid_input")


@pytest.mark.parametrize("first", ["0001-01-01", "9999-12-31", "2020-01-01", "2090-01-01"])
async def test_days_far_away_have_no_counters(desk: Desk, first: str) -> None:
    planner = await drawn(desk, f"from={first}")
    assert planner.starts_on.isoformat() == first
    assert list(planner.counters) == []


async def test_dates_that_are_not_open_are_null(desk: Desk) -> None:
    planner = await drawn(desk, "from=2028-03-30&days=4")
    double = desk.hotel.types["double"].id
    counted = [counters_of(planner)[double, at] for at in range(4)]
    assert counted == [(5, 0, 0, 0, 5), (5, 0, 0, 0, 5), (None,) * 5, (None,) * 5]


async def test_the_counters_are_those_of_availability(desk: Desk) -> None:
    await desk.booked("double", "2027-03-05", "2027-03-08")
    await desk.overbook("double", "2027-03-06", "2027-03-09", -1)
    await desk.limit_house("2027-03-06", "2027-03-07", -8)
    await desk.maintained("101", "2027-03-07", "2027-03-09")
    await desk.held_back("2027-03-08", "2027-03-10", type_code="double", rooms=2)
    assert counters_of(await drawn(desk)) == await counted(desk, DAYS)


async def counted(desk: Desk, days: int) -> dict[tuple[int, int], tuple[int | None, ...]]:
    """Return what availability says of the nights, as a planner has it."""
    last = date.fromordinal(TODAY.toordinal() + days)
    path = f"/businesses/{desk.hotel.id}/availability?arrival={TODAY}&departure={last}&nights=true"
    found = (await desk.send("GET", path)).json()["room_types"]
    return {
        (night["room_type_id"], date.fromisoformat(night["date"]).toordinal() - TODAY.toordinal()): (
            night["physical"],
            night["out_of_order"],
            night["held"],
            night["sold"],
            night["sellable"],
        )
        for each in found
        for night in each["nights"]
    }


async def test_the_destination_and_strangers_do_not_see_the_planner(desk: Desk) -> None:
    path = f"/businesses/{desk.hotel.id}/planner"
    problem_of(await desk.send("GET", path, party="alpha"), 403, "not_allowed")
    problem_of(await desk.send("GET", path, party="harbour"), 404, "not_found")
    problem_of(await desk.send("GET", path, party="lodge"), 404, "not_found")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("zstd;q=0, *", "gzip"),
        ("*", "zstd"),
        ("br", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip;q=2", None),
        ("", None),
    ],
)
async def test_an_answer_is_compressed_for_who_accepts_it(desk: Desk, accepted: str, coding: str | None) -> None:
    path = f"/api/v1/businesses/{desk.hotel.id}/planner?days=90"
    headers = {**desk.tokens.of("grand"), "Accept-Encoding": accepted}
    async with desk.client.stream("GET", path, headers=headers) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Length"] == str(len(raw))
    assert read_planner(unpacked(raw, coding)).days == 90


def unpacked(raw: bytes, coding: str | None) -> bytes:
    """Return a body as it was before it was compressed."""
    if coding == "gzip":
        return gzip.decompress(raw)
    return zstandard.ZstdDecompressor().decompress(raw) if coding == "zstd" else raw
