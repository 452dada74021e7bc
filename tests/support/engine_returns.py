"""Lives with ways back: check-outs undone, stays reinstated, and rooms changed from a night on."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from omd.features.reservations import NoRoomThroughout, Reservation, SoldOut, reinstate, undo_check_out
from omd.features.reservations.commands import move
from omd.features.reservations.errors import ActionRefused, RoomNotFree
from omd.features.reservations.model import CheckOutUndo, Move, Reinstatement
from omd.kernel.errors import OmdError
from support.engine import Engine
from support.engine_model import Stay
from support.worlds import nights


def any_version(_version: int) -> None:
    """Accept whatever version the stay has."""


class ReturningEngine(Engine):
    """The same house, in which nothing that is over need stay so."""

    def __init__(self) -> None:
        super().__init__()
        self.planned: dict[UUID, date] = {}
        self.left_on: dict[UUID, date] = {}

    def _take_step(self, stay: Stay, action: str) -> None:
        planned, status = stay.departure, stay.status
        super()._take_step(stay, action)
        if stay.status == "checked_out" != status:
            self.planned[stay.id], self.left_on[stay.id] = planned, self.day

    @precondition(lambda self: self.active("checked_out"))
    @rule(pick=st.integers(0, 99))
    def undo_a_check_out(self, pick: int) -> None:
        gone = self.active("checked_out")
        today = [stay for stay in gone if self.left_on[stay.id] == self.day] or gone
        stay = today[pick % len(today)]
        answer = self.command(
            lambda tx: undo_check_out(tx, self.actor, stay.id, CheckOutUndo(), expected=any_version, now=self.now)
        )
        if self.day > max(stay.departure, self.left_on[stay.id]):
            assert isinstance(answer, ActionRefused), answer
            return
        wanted = list(nights(stay.departure, self.planned[stay.id]))
        if self.is_kept_out(answer, stay) or self.is_refused(answer, stay, wanted):
            return
        assert isinstance(answer, Reservation), answer
        stay.departure, stay.status = self.planned[stay.id], "in_house"
        self.assert_alone(stay)
        assert [night.date for night in answer.nights] == list(nights(stay.arrival, stay.departure))

    @precondition(lambda self: self.active("cancelled", "no_show"))
    @rule(pick=st.integers(0, 99))
    def reinstate_a_stay(self, pick: int) -> None:
        ended = self.active("cancelled", "no_show")
        ahead = [stay for stay in ended if stay.departure > self.day] or ended
        stay = ahead[pick % len(ahead)]
        answer = self.command(
            lambda tx: reinstate(tx, self.actor, stay.id, Reinstatement(), expected=any_version, now=self.now)
        )
        if stay.departure <= self.day:
            assert isinstance(answer, ActionRefused), answer
            return
        arrival = max(stay.arrival, self.day)
        if self.is_refused(answer, stay, list(nights(arrival, stay.departure))):
            return
        assert isinstance(answer, Reservation), answer
        stay.arrival, stay.status = arrival, "confirmed"
        assert [night.date for night in answer.nights] == list(nights(arrival, stay.departure))
        self.assert_full_where_no_room_was_given(answer, stay.type)

    def is_refused(self, answer: Reservation | OmdError, stay: Stay, wanted: list[date]) -> bool:
        """Say whether nights were not held again, after asserting that they could not be."""
        short = self.short(stay.type, wanted)
        assert isinstance(answer, SoldOut) is bool(short), answer
        if isinstance(answer, SoldOut):
            assert answer.data["nights"] == short
            return True
        if isinstance(answer, NoRoomThroughout):
            since = min(wanted[0], self.day)
            assert (
                self.fixed(stay.type, since=since, own=stay)
                or wanted[0] < self.day
                or stay.locked
                or self.in_pieces(stay.type, since=since, own=stay)
            ), answer.detail
            return True
        return False

    @precondition(lambda self: self.active("confirmed", "in_house"))
    @rule(pick=st.integers(0, 99), room=st.integers(0, 9), ahead=st.integers(0, 4))
    def move_a_stay(self, pick: int, room: int, ahead: int) -> None:
        held = self.active("confirmed", "in_house")
        stay = held[pick % len(held)]
        rooms = sorted(self.grand.types[stay.type].rooms.values())
        since = max(stay.arrival, self.day) + timedelta(days=ahead)
        wanted = Move(rooms[room % len(rooms)], since=since)
        before = self.read(stay)
        answer: Any = self.command(lambda tx: move(tx, self.actor, stay.id, wanted, expected=any_version, now=self.now))
        if self.day >= stay.departure:
            assert isinstance(answer, ActionRefused), answer
            return
        if since >= stay.departure:
            assert getattr(answer, "code", None) == "invalid_input", answer
            return
        if isinstance(answer, RoomNotFree):
            return
        if self.is_kept_out(answer, stay):
            assert since == self.day
            assert stay.status == "in_house"
            return
        assert isinstance(answer, Reservation), answer
        assert [night for night in answer.nights if night.date < self.day] == [
            night for night in before.nights if night.date < self.day
        ]
