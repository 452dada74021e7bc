"""A guest in the house stays longer in a hotel that limits all its types together."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from omd.entrypoints.cli import app
from omd.kernel.clock import FixedClock
from support.command_line import Terminal
from support.front_desk import Desk, contents, problem_of, rooms_of
from support.servers import Servers

ROOMS = 10
"""What the hotel has: 5 double, 3 single, 2 twin."""

pytestmark = pytest.mark.usefixtures("checked")


@pytest.fixture
async def guest(desk: Desk, clock: FixedClock) -> str:
    """A guest in twin 301 from 1 to 3 March, on the second day; from the third on the hotel sells one room a night."""
    booked = await desk.booked("twin", "2027-03-01", "2027-03-03", room="301")
    await desk.stepped(booked["id"], "check-in")
    await desk.limit_house("2027-03-02", "2027-03-06", 1 - ROOMS)
    clock.set(datetime(2027, 3, 2, 12, 0, tzinfo=UTC))
    identifier: str = booked["id"]
    return identifier


@pytest.fixture
async def checked(desk: Desk, servers: Servers, database_name: str, clock: FixedClock) -> AsyncIterator[None]:
    """Afterwards `omd check` finds nothing at odds."""
    yield
    result = await Terminal(servers, database_name, clock).type(app, "check")
    assert (result.exit_code, "nothing is at odds" in result.stdout) == (0, True), result.stdout


async def counted(desk: Desk) -> list[tuple[int, int]]:
    """Return what the house has sold and forced from 2 to 5 March."""
    return [(each["sold"], each["forced"]) for each in await desk.house_nights("2027-03-02", "2027-03-06")]


async def test_within_the_limit_the_guest_stays_on(desk: Desk, guest: str) -> None:
    assert rooms_of(await desk.amended(guest, departure="2027-03-05")) == ["301"] * 4
    assert await counted(desk) == [(1, 0), (1, 0), (1, 0), (0, 0)]


@pytest.mark.parametrize("room_locked", [False, True])
async def test_at_the_limit_the_house_refuses_and_an_override_holds(
    desk: Desk, guest: str, *, room_locked: bool
) -> None:
    await desk.amended(guest, room_locked=room_locked)
    await desk.booked("double", "2027-03-04", "2027-03-05")
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(guest, departure="2027-03-06"), 409, "sold_out")
    assert refused["data"] == {"nights": ["2027-03-04"], "limit": "house"}
    assert await contents(desk.connection) == before
    amended = await desk.amended(guest, departure="2027-03-06", override_reason="the flight is cancelled")
    assert rooms_of(amended) == ["301"] * 5
    assert await counted(desk) == [(1, 0), (1, 0), (2, 1), (1, 0)]
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 0


async def test_an_override_goes_above_the_house_into_another_room_or_none(desk: Desk, guest: str) -> None:
    """The own room is somebody else's on the first added night, and on the second no room is free."""
    await desk.overbook("twin", "2027-03-03", "2027-03-06", 1)
    more = {"override_reason": "a wedding"}
    await desk.booked("twin", "2027-03-03", "2027-03-05", room="301", room_locked=True, **more)
    await desk.booked("twin", "2027-03-04", "2027-03-05", room="302", room_locked=True, **more)
    refused = problem_of(await desk.amend(guest, departure="2027-03-05"), 409, "sold_out")
    assert refused["data"] == {"nights": ["2027-03-03", "2027-03-04"], "limit": "house"}
    assert rooms_of(await desk.amended(guest, departure="2027-03-05", **more)) == ["301", "301", "302", None]
    assert await counted(desk) == [(1, 0), (2, 1), (3, 2), (0, 0)]
    assert rooms_of(await desk.amended(guest, departure="2027-03-03")) == ["301", "301"]
    assert await counted(desk) == [(1, 0), (1, 0), (2, 1), (0, 0)]


async def test_a_type_that_is_short_itself_is_named_first(desk: Desk, guest: str) -> None:
    for _ in range(2):
        await desk.booked("twin", "2027-03-03", "2027-03-04", override_reason="a wedding")
    refused = problem_of(await desk.amend(guest, departure="2027-03-04"), 409, "sold_out")
    assert refused["data"] == {"nights": ["2027-03-03"], "limit": "room_type"}
    amended = await desk.amended(guest, departure="2027-03-04", override_reason="promised by the manager")
    assert rooms_of(amended) == ["301", "301", None]
    assert await counted(desk) == [(1, 0), (3, 2), (0, 0), (0, 0)]


async def test_who_checks_out_early_gives_the_house_its_night_back(desk: Desk, guest: str) -> None:
    await desk.amended(guest, departure="2027-03-05")
    problem_of(await desk.book("single", "2027-03-03", "2027-03-05"), 409, "sold_out")
    await desk.stepped(guest, "check-out")
    assert await counted(desk) == [(0, 0)] * 4
    await desk.booked("single", "2027-03-03", "2027-03-05")
