"""Lives with rooms that are held back: so many of a type, or a certain one."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from omd.features.availability import HeldBeyondRooms, HoldBackOverlaps
from omd.features.availability.errors import CountersExceeded
from omd.features.reservations import end_hold_back, place_hold_back
from omd.features.reservations.commands.hold_backs import NewHoldBack
from omd.features.reservations.errors import StaysInTheWay
from omd.kernel.errors import OmdError
from support.engine import TYPES, Engine
from support.worlds import nights


class HoldingEngine(Engine):
    """The same house, whose owner keeps rooms off sale."""

    @precondition(lambda self: len([each for each in self.held if each > 0]) < 3 and self.stays)
    @rule(
        pick=st.integers(0, 99),
        ahead=st.integers(0, 6),
        length=st.integers(1, 5),
        rooms=st.sampled_from([None, None, 1, 1, 2]),
        override=st.booleans(),
    )
    def hold_back(self, pick: int, ahead: int, length: int, rooms: int | None, *, override: bool) -> None:
        """Keep a certain room off sale, or so many of its type."""
        choices = [(number, code) for code in TYPES for number in self.grand.types[code].rooms]
        number, code = choices[pick % len(choices)]
        start = self.day + timedelta(days=ahead)
        end = start + timedelta(days=length)
        wanted = NewHoldBack(
            "owner",
            *(start, end, "the family"),
            room_type_id=self.grand.types[code].id,
            rooms=rooms,
            room_id=self.grand.rooms[number] if rooms is None else None,
            override_reason="the owner insists" if override else None,
        )
        answer = self.command(lambda tx: place_hold_back(tx, self.actor, self.grand.id, wanted, now=self.now))
        over = list(nights(start, end))
        physical = len(self.grand.types[code].rooms)
        if rooms is None and any(self.is_held_back(number, night) for night in over):
            assert isinstance(answer, HoldBackOverlaps), answer
            return
        if any(self.held_back(code, night) + (rooms or 1) > physical for night in over):
            assert isinstance(answer, HeldBeyondRooms), answer
            return
        taken = [night for night in over if rooms is not None or not self.is_out(number, night)]
        covered = all(self.spares(code, night, rooms or 1) for night in taken)
        if isinstance(answer, OmdError):
            assert not override
            assert isinstance(answer, CountersExceeded if rooms is not None else (StaysInTheWay, CountersExceeded))
            assert not covered or isinstance(answer, StaysInTheWay)
            return
        assert override or covered
        self.held[answer.hold_back.id] = (number if rooms is None else None, code, start, end, rooms or 1)

    @precondition(lambda self: any(each > 0 for each in self.held))
    @rule(pick=st.integers(0, 99))
    def end_a_hold_back(self, pick: int) -> None:
        """End one; what is left of it is kept under its negative."""
        running = sorted(each for each in self.held if each > 0)
        identifier = running[pick % len(running)]
        answer = self.command(lambda tx: end_hold_back(tx, self.actor, self.grand.id, identifier, now=self.now))
        assert answer is None
        number, code, start, end, rooms = self.held.pop(identifier)
        if start < self.day:
            self.held[-identifier] = (number, code, start, min(end, self.day), rooms)
