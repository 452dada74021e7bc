"""Who is in which room, as the real house says: what the counting model does not know."""

from abc import abstractmethod
from datetime import date
from typing import Any

from omd.features.reservations import Reservation
from omd.features.reservations.errors import RoomOccupied
from omd.kernel.errors import OmdError
from support.engine_model import House, Stay


class Rooms(House):
    """The house, asked for the rooms that its stays have."""

    day: date

    @abstractmethod
    def read(self, stay: Stay) -> Reservation:
        """Return a stay as it is kept."""

    def is_kept_out(self, answer: Reservation | OmdError, stay: Stay) -> bool:
        """Say whether somebody in the room kept a stay out of it, after asserting that they are in it."""
        if not isinstance(answer, RoomOccupied):
            return False
        told: Any = answer.data["stays"]
        (named,) = told
        other = next(each for each in self.active("in_house") if each.id == named.id)
        assert other is not stay
        assert self.room_now(other) == answer.data["room_id"]
        return True

    def room_now(self, stay: Stay) -> int | None:
        """Return the room that the guests of a stay in the house are in."""
        return [night.room_id for night in self.read(stay).nights if night.date <= self.day][-1]

    def assert_alone(self, stay: Stay) -> None:
        room = self.room_now(stay)
        others = [each for each in self.active("in_house") if each is not stay]
        assert room is None or room not in [self.room_now(each) for each in others]

    def assert_full_where_no_room_was_given(self, answer: Reservation, type_code: str) -> None:
        without = [night.date for night in answer.nights if night.room_id is None]
        assert all(self.full(type_code, [night]) for night in without), without

    def in_pieces(self, type_code: str, *, since: date, own: Stay | None = None) -> bool:
        """Say whether a stay ahead is not in one room on all its nights: what it holds may not be moved."""
        ahead = [
            stay
            for stay in self.active("confirmed", "in_house")
            if stay is not own and stay.type == type_code and stay.departure > since
        ]
        return any(len({night.room_id for night in self.read(stay).nights}) > 1 for stay in ahead)
