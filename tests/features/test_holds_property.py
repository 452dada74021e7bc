"""Whatever is booked, held, confirmed, moved and left to lapse: nothing is sold twice, nor refused in vain."""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, assert_books_balance

WHICH = st.integers(0, 20)
STEPS = st.one_of(
    st.tuples(st.just("book"), st.integers(0, 3), st.integers(1, 3), st.one_of(st.none(), st.integers(1, 30))),
    st.tuples(st.sampled_from(["confirm", "cancel"]), WHICH, st.none(), st.none()),
    st.tuples(st.just("move"), WHICH, st.integers(0, 2), st.sampled_from(["double", "twin"])),
    st.tuples(st.just("wait"), st.integers(1, 20), st.none(), st.none()),
)
ROOMS = {"twin": 2, "double": 5}


class Held:
    """A stay as it has to be: the type of each night, and the end of its hold."""

    def __init__(self, identifier: str, nights: dict[date, str], until: datetime | None) -> None:
        self.id, self.nights, self.until, self.ended = identifier, nights, until, False

    def lives(self, now: datetime) -> bool:
        """Say whether it holds its nights at an instant."""
        return not self.ended and (self.until is None or self.until > now)


class Model:
    """Gives commands to the desk, having foretold what comes of each."""

    def __init__(self, desk: Desk, clock: FixedClock, first: date) -> None:
        self.desk, self.clock, self.first = desk, clock, first
        self.stays: list[Held] = []

    def is_free(self, nights: list[date], room_type: str, besides: Held | None = None) -> bool:
        now = self.clock.now()
        others = [stay for stay in self.stays if stay is not besides and stay.lives(now)]
        return all(sum(stay.nights.get(night) == room_type for stay in others) < ROOMS[room_type] for night in nights)

    async def step(self, step: tuple[str, Any, Any, Any]) -> None:
        what, which, many, how = step
        now = self.clock.now()
        if what == "wait":
            self.clock.set(now + timedelta(hours=which))
        elif what == "book":
            await self._book(
                self.first + timedelta(days=which), many, None if how is None else now + timedelta(hours=how)
            )
        elif self.stays:
            stay = self.stays[which % len(self.stays)]
            if what == "move":
                await self._move(stay, many, how)
            else:
                await self._step(stay, what)

    async def _book(self, arrival: date, length: int, until: datetime | None) -> None:
        nights = [arrival + timedelta(days=ahead) for ahead in range(length)]
        more: Json = {} if until is None else {"hold_until": until.isoformat()}
        departure = arrival + timedelta(days=length)
        answer = await self.desk.book("twin", arrival.isoformat(), departure.isoformat(), **more)
        assert answer.status_code == (201 if self.is_free(nights, "twin") else 409), answer.text
        if answer.status_code == 201:
            assert None not in [night["room_id"] for night in answer.json()["nights"]]
            self.stays.append(Held(answer.json()["id"], dict.fromkeys(nights, "twin"), until))

    async def _step(self, stay: Held, what: str) -> None:
        lives = stay.lives(self.clock.now())
        answer = await self.desk.step(stay.id, what)
        if what == "cancel":
            # A hold that is over is cancelled already, or may be yet: nobody may have wanted its nights.
            assert answer.status_code == 200 if lives else answer.status_code in (200, 409), answer.text
            stay.ended = True
            return
        allowed = lives and stay.until is not None
        assert answer.status_code == (200 if allowed else 409), answer.text
        if allowed:
            stay.until = None

    async def _move(self, stay: Held, ahead: int, room_type: str) -> None:
        nights = sorted(stay.nights)[min(ahead, len(stay.nights) - 1) :]
        body = {"room_type_id": self.desk.hotel.types[room_type].id, "since": nights[0].isoformat(), "price": "keep"}
        answer = await self.desk.step(stay.id, "move", body)
        may = stay.lives(self.clock.now()) and self.is_free(nights, room_type, besides=stay)
        assert answer.status_code == (200 if may else 409), answer.text
        if may:
            stay.nights |= dict.fromkeys(nights, room_type)
            codes = {each.id: code for code, each in self.desk.hotel.types.items()}
            held = {night["date"]: codes[night["room_type_id"]] for night in answer.json()["nights"]}
            assert held == {night.isoformat(): code for night, code in stay.nights.items()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=16))
async def test_holds_sell_exactly_what_there_is(
    steps: list[tuple[str, Any, Any, Any]], desk: Desk, clock: FixedClock
) -> None:
    # Nights of its own for each example, ahead of everything that the clock may be put to.
    model = Model(desk, clock, clock.now().date() + timedelta(days=5))
    for stay in (await desk.send("GET", f"/businesses/{desk.hotel.id}/reservations")).json():
        await desk.step(stay["id"], "cancel")
    for step in steps:
        await model.step(step)
    await assert_books_balance(desk.connection)
