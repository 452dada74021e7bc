"""Whatever guests, housekeepers and nights do: a room is what is foretold, and what its history ends in."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.front_desk import Desk
from support.persons import Persons
from support.rooms import Floor
from support.worlds import NOW

ROOMS = ("101", "102", "103")
DAY = timedelta(days=1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["enter", "leave", "undo", "look"]), st.sampled_from(ROOMS), st.none()),
        st.tuples(st.just("move"), st.sampled_from(ROOMS), st.sampled_from(ROOMS)),
        st.tuples(st.just("set"), st.sampled_from(ROOMS), st.sampled_from(["dirty", "pickup", "clean", "inspected"])),
        st.tuples(st.just("night"), st.none(), st.none()),
    ),
    min_size=4,
    max_size=14,
)


class Foretold:
    """What each room has to be, and who is in it since when."""

    def __init__(self, floor: Floor, clock: FixedClock) -> None:
        self.floor, self.clock = floor, clock
        self.is_now: dict[str, str] = {}
        self.guests: dict[str, tuple[str, date]] = {}

    async def begin(self) -> None:
        """Take what there is, with nobody in any room."""
        for stay in (await self.floor.desk.send("GET", f"{self.floor.path}/reservations?limit=500")).json():
            if stay["status"] == "in_house":
                await self.floor.desk.stepped(stay["id"], "check-out")
        self.is_now = {room: (await self.floor.condition(room))[0] for room in ROOMS}

    async def step(self, what: str, room: str | None, other: str | None) -> None:
        """Do a step where it is possible, and foretell what comes of it."""
        if what == "night":
            self.clock.set(self.clock.now() + DAY)
            await self.floor.turn(self.clock.now())
            self.is_now |= dict.fromkeys(self.guests, "dirty")
            return
        assert room is not None
        if what == "set":
            assert other is not None
            await self.floor.set(room, other)
            self.is_now[room] = other
        elif what == "look":
            await self.floor.see(room, "vacant")
        elif what == "enter" and room not in self.guests:
            await self._enter(room)
        elif what == "move" and room in self.guests and other is not None and other not in self.guests:
            stay, _ = self.guests[room]
            await self.floor.desk.stepped(stay, "move", {"room_id": self.floor.desk.hotel.rooms[other]})
            self.guests[other] = self.guests.pop(room)
            self.is_now[room] = "dirty"
        elif what in ("leave", "undo") and room in self.guests:
            await self._leave(room, comes_back=what == "undo")

    async def _enter(self, room: str) -> None:
        today = self.clock.now().date()
        booked = await self.floor.desk.booked("double", str(today), str(today + 20 * DAY), room=room)
        await self.floor.desk.stepped(booked["id"], "check-in")
        self.guests[room] = (booked["id"], today)

    async def _leave(self, room: str, *, comes_back: bool) -> None:
        stay, since = self.guests[room]
        await self.floor.desk.stepped(stay, "check-out")
        if comes_back:
            await self.floor.desk.stepped(stay, "undo-check-out")
            return
        del self.guests[room]
        slept = since < self.clock.now().date()
        self.is_now[room] = "dirty" if slept or self.is_now[room] == "dirty" else "pickup"


@pytest.fixture
def counter() -> list[int]:
    """How many examples there were."""
    return []


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_a_room_is_what_was_done_to_it(
    steps: list[tuple[str, str | None, str | None]],
    desk: Desk,
    db: Database,
    persons: Persons,
    clock: FixedClock,
    counter: list[int],
) -> None:
    counter.append(1)
    # Dates of its own for each example.
    clock.set(NOW + 21 * DAY * len(counter))
    floor = await Floor.at(desk, db, persons, name=f"floor{len(counter)}")
    foretold = Foretold(floor, clock)
    await foretold.begin()
    for step in steps:
        await foretold.step(*step)
        assert {room: (await floor.condition(room))[0] for room in ROOMS} == foretold.is_now, step
        assert {room for room in ROOMS if (await floor.rack(room))["in_house"]} == set(foretold.guests)
    await floor.assert_replays()
