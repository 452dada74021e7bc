"""Nights that a stay holds were granted: who keeps them needs no second override, however full the hotel is."""

from datetime import UTC, datetime

import pytest

from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, contents, problem_of, rooms_of

ROOMS = 10
"""What the hotel has: 5 double, 3 single, 2 twin."""

LIMITS = ["type", "house", "both", "lowered"]


async def forced_stay(desk: Desk, limit: str) -> Json:
    """Return a twin's stay from 10 to 14 March, in 301, above what the type, the house or both may sell."""
    if limit == "lowered":
        stay = await desk.booked("twin", "2027-03-10", "2027-03-14", room="301")
        await desk.overbook("twin", "2027-03-10", "2027-03-14", -2)
        return stay
    if limit in ("type", "both"):
        await desk.overbook("twin", "2027-03-10", "2027-03-14", -2)
    if limit in ("house", "both"):
        await desk.limit_house("2027-03-10", "2027-03-14", -ROOMS)
    problem_of(await desk.book("twin", "2027-03-10", "2027-03-14"), 409, "sold_out")
    return await desk.booked("twin", "2027-03-10", "2027-03-14", room="301", override_reason="a wedding")


async def forced(desk: Desk) -> tuple[int, int]:
    """Return how many nights are forced, of the types and of the house."""
    row = await desk.connection.fetchrow(
        "select (select sum(forced) from room_type_availability)::int t, "
        "(select coalesce(sum(forced), 0) from house_availability)::int h"
    )
    assert row is not None
    return row["t"], row["h"]


def times(nights: int, limit: str) -> tuple[int, int]:
    """Return how many nights of which counters a stay of so many nights forces."""
    return (0 if limit == "house" else nights, nights if limit in ("house", "both") else 0)


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize(
    ("change", "nights"),
    [
        ({"departure": "2027-03-12"}, 2),
        ({"arrival": "2027-03-11"}, 3),
        ({"arrival": "2027-03-11", "departure": "2027-03-13"}, 2),
    ],
)
async def test_a_stay_is_shortened(desk: Desk, limit: str, change: dict[str, str], nights: int) -> None:
    stay = await forced_stay(desk, limit)
    assert await forced(desk) == times(4, limit)
    assert rooms_of(await desk.amended(stay["id"], **change)) == ["301"] * nights
    assert await forced(desk) == times(nights, limit)


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_stay_gets_another_room(desk: Desk, limit: str) -> None:
    stay = await forced_stay(desk, limit)
    assert rooms_of(await desk.amended(stay["id"], room="302")) == ["302"] * 4
    assert rooms_of(await desk.amended(stay["id"], room="301", departure="2027-03-12")) == ["301"] * 2
    assert await forced(desk) == times(2, limit)


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_guest_in_the_house_gets_another_room_and_leaves_earlier(
    desk: Desk, clock: FixedClock, limit: str
) -> None:
    stay = await forced_stay(desk, limit)
    clock.set(datetime(2027, 3, 10, 12, 0, tzinfo=UTC))
    await desk.stepped(stay["id"], "check-in")
    clock.set(datetime(2027, 3, 11, 12, 0, tzinfo=UTC))
    assert rooms_of(await desk.amended(stay["id"], room="302")) == ["301", "302", "302", "302"]
    assert rooms_of(await desk.amended(stay["id"], departure="2027-03-13")) == ["301", "302", "302"]
    assert await forced(desk) == times(3, limit)


@pytest.mark.parametrize(("limit", "said"), [("type", "room_type"), ("house", "house"), ("both", "room_type")])
async def test_a_night_that_is_added_must_be_granted(desk: Desk, limit: str, said: str) -> None:
    stay = await forced_stay(desk, limit)
    await desk.amended(stay["id"], arrival="2027-03-11", departure="2027-03-13")
    before = await contents(desk.connection)
    for change, night in (({"arrival": "2027-03-10"}, "2027-03-10"), ({"departure": "2027-03-14"}, "2027-03-13")):
        refused = problem_of(await desk.amend(stay["id"], **change), 409, "sold_out")
        assert refused["data"] == {"nights": [night], "limit": said}
    assert await contents(desk.connection) == before
    assert rooms_of(await desk.amended(stay["id"], arrival="2027-03-10", override_reason="a wedding")) == ["301"] * 3
    assert await forced(desk) == times(3, limit)


async def test_nights_beside_the_granted_ones_are_sold_as_any_others(desk: Desk) -> None:
    stay = await forced_stay(desk, "both")
    amended = await desk.amended(stay["id"], arrival="2027-03-13", departure="2027-03-16")
    assert rooms_of(amended) == ["301"] * 3
    assert await forced(desk) == (1, 1)


async def test_another_type_keeps_what_the_house_granted_and_nothing_of_the_type(desk: Desk) -> None:
    stay = await forced_stay(desk, "house")
    await desk.overbook("double", "2027-03-12", "2027-03-13", -5)
    double = desk.hotel.types["double"].id
    refused = problem_of(await desk.amend(stay["id"], room_type_id=double), 409, "sold_out")
    assert refused["data"] == {"nights": ["2027-03-12"], "limit": "room_type"}
    await desk.overbook("double", "2027-03-12", "2027-03-13", 0)
    moved = await desk.amended(stay["id"], room_type_id=double)
    assert {night["room_type_id"] for night in moved["nights"]} == {double}
    assert await forced(desk) == (0, 4)


@pytest.mark.parametrize("limit", ["type", "house"])
async def test_a_change_is_granted_while_other_stays_move(desk: Desk, limit: str) -> None:
    """The stay gets its granted nights beside new ones, for which no single room is free before another stay moves."""
    stay = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    await desk.booked("twin", "2027-03-12", "2027-03-14", room="301")
    await desk.booked("twin", "2027-03-09", "2027-03-10", room="302")
    await desk.booked("twin", "2027-03-10", "2027-03-11", room="302")
    if limit == "type":
        await desk.overbook("twin", "2027-03-10", "2027-03-12", -2)
    else:
        await desk.limit_house("2027-03-10", "2027-03-12", -ROOMS)
    before = await forced(desk)
    amended = await desk.amended(stay["id"], departure="2027-03-13")
    assert len(set(rooms_of(amended))) == 1
    assert await forced(desk) == before


async def test_a_split_stay_is_shortened_where_it_is(desk: Desk) -> None:
    """Before its arrival too: no single room is free for what is left, and none is asked for."""
    stay = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", room_locked=True)
    await desk.booked("twin", "2027-03-12", "2027-03-14", room="301", room_locked=True)
    await desk.booked("twin", "2027-03-10", "2027-03-11", room="302", room_locked=True)
    split = await desk.amended(stay["id"], departure="2027-03-14", override_reason="agreed with the guest")
    assert rooms_of(split) == ["301", "301", "302", "302"]
    assert rooms_of(await desk.amended(stay["id"], departure="2027-03-13")) == ["301", "301", "302"]
    assert rooms_of(await desk.amended(stay["id"], room_locked=False, arrival="2027-03-11")) == ["301", "302"]


async def test_a_stay_without_a_room_on_its_last_night_has_one_once_it_is_short_enough(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-12", 1)
    for _ in range(2):
        await desk.booked("twin", "2027-03-11", "2027-03-12")
    waiting = await desk.booked("twin", "2027-03-10", "2027-03-12")
    assert rooms_of(waiting)[1] is None
    assert None not in rooms_of(await desk.amended(waiting["id"], departure="2027-03-11"))
