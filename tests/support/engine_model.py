"""What a hotel sells, as a model of a few lines knows it: stays by type and night, rooms, limits."""

from collections import Counter
from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.reservations import Reservation, cancel, check_in, check_out, mark_no_show, undo_check_in
from omd.kernel.actor import Actor
from support.worlds import Hotel


class Stay(msgspec.Struct):
    """A stay as the model knows it."""

    id: UUID
    type: str
    arrival: date
    departure: date
    status: str
    locked: bool
    entered_on: date = date.min


class House:
    """A hotel whose rooms of a type are all alike: counting is all there is to it."""

    grand: Hotel
    stays: list[Stay]
    out: dict[int, tuple[str, str, date, date, str]]
    """Maintenance by id: room number, type, first night, day after the last, kind."""

    held: dict[int, tuple[str | None, str, date, date, int]]
    """Hold-backs by id: room number or None, type, first night, day after the last, rooms."""

    limit: Counter[tuple[str, date]]

    def active(self, *statuses: str) -> list[Stay]:
        return [stay for stay in self.stays if stay.status in statuses]

    def sold(self, type_code: str, night: date, *, without: Stay | None = None) -> int:
        return sum(
            stay is not without and stay.type == type_code and stay.arrival <= night < stay.departure
            for stay in self.active("confirmed", "in_house", "checked_out")
        )

    def rooms(self, type_code: str, night: date) -> int:
        """Return the rooms of a type that are in order on a night."""
        out = sum(
            code == type_code and kind == "out_of_order" and start <= night < end
            for _, code, start, end, kind in self.out.values()
        )
        return len(self.grand.types[type_code].rooms) - out

    def is_out(self, number: str, night: date) -> bool:
        """Say whether a room is out of order on a night."""
        return any(
            number == out and kind == "out_of_order" and start <= night < end
            for out, _, start, end, kind in self.out.values()
        )

    def held_back(self, type_code: str, night: date, *, by_number: bool = False) -> int:
        """Return the rooms of a type that are in order and held back, or those of them that are certain ones."""
        return sum(
            rooms
            for number, code, start, end, rooms in self.held.values()
            if code == type_code and start <= night < end and (number is not None or not by_number)
            if number is None or not self.is_out(number, night)
        )

    def is_held_back(self, number: str, night: date) -> bool:
        """Say whether a certain room is held back on a night."""
        return any(number == held and start <= night < end for held, _, start, end, _ in self.held.values())

    def places(self, type_code: str, night: date) -> int:
        """Return how many nights of a type may be sold, below zero where more is held back than there is."""
        return self.rooms(type_code, night) - self.held_back(type_code, night) + self.limit[type_code, night]

    def spares(self, type_code: str, night: date, rooms: int) -> bool:
        """Say whether so many rooms can go without more being sold uncovered than is already."""
        places = self.places(type_code, night)
        return max(0, places - rooms) >= min(self.sold(type_code, night), max(0, places))

    def short(self, type_code: str, wanted: list[date], *, without: Stay | None = None) -> list[date]:
        """Return the nights on which one more would be one too many."""
        return [
            night
            for night in wanted
            if self.sold(type_code, night, without=without) >= max(0, self.places(type_code, night))
        ]

    def full(self, type_code: str, wanted: list[date], *, without: Stay | None = None) -> bool:
        """Say whether more is sold than there are rooms once one more is, as an overbooking limit allows."""
        return any(
            self.sold(type_code, night, without=without)
            >= self.rooms(type_code, night) - self.held_back(type_code, night, by_number=True)
            for night in wanted
        )

    def fixed(self, type_code: str, *, since: date, own: Stay | None = None) -> bool:
        """Say whether something lies ahead that may not be moved, so that free nights may not meet in one room."""
        return any(
            code == type_code and end > since
            for code, end in [
                *((code, end) for _, code, _, end, kind in self.out.values() if kind == "out_of_order"),
                *((code, end) for number, code, _, end, _ in self.held.values() if number is not None),
            ]
        ) or any(
            stay is not own
            and stay.type == type_code
            and stay.departure > since
            and (stay.locked or (stay.status == "in_house" and stay.arrival >= since))
            for stay in self.active("confirmed", "in_house", "checked_out")
        )

    def allows(self, stay: Stay, action: str, day: date) -> bool:
        """Say whether a step of the stay's life may be taken on a day."""
        came = day >= stay.arrival
        return {
            "cancel": stay.status == "confirmed",
            "check_in": stay.status == "confirmed" and came and day < stay.departure,
            "check_out": stay.status == "in_house",
            "no_show": stay.status == "confirmed" and came,
            "undo_check_in": stay.status == "in_house" and day <= max(stay.arrival, stay.entered_on),
        }[action]

    def running(self) -> list[int]:
        """Return the intervals that can be ended; what is left of an ended one is kept under its negative."""
        return sorted(interval_id for interval_id in self.out if interval_id > 0)


async def take_step(tx: Transaction, actor: Actor, reservation_id: UUID, action: str, *, now: datetime) -> Reservation:
    """Take a stay over one edge of its life, by the real command."""
    match action:
        case "cancel":
            return await cancel(tx, actor, reservation_id, reason=None, now=now)
        case "check_in":
            return await check_in(tx, actor, reservation_id, now=now)
        case "check_out":
            return await check_out(tx, actor, reservation_id, now=now)
        case "no_show":
            return await mark_no_show(tx, actor, reservation_id, now=now)
        case _:
            return await undo_check_in(tx, actor, reservation_id, now=now)
