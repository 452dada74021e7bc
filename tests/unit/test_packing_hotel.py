"""A real resort hotel at its own peak room counts: every stay of the file finds a room."""

import csv
import gzip
import statistics
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from omd.features.reservations.packing import Occupancy, repack
from omd.kernel.dates import StayDates
from support.packing_world import apply_plan

BOOKINGS = Path(__file__).parents[2].parent / "shared" / "data" / "hotel-bookings" / "h1.csv.gz"
PEAKS = {"A": 142, "B": 1, "C": 14, "D": 64, "E": 37, "F": 12, "G": 10, "H": 5, "L": 1}
MONTHS = {date(2000, number, 1).strftime("%B"): number for number in range(1, 13)}
DAY_0 = date(2015, 7, 1).toordinal()


class Booking(NamedTuple):
    booked_on: date
    room_type: str
    dates: StayDates


def _bookings() -> list[Booking]:
    found = []
    with gzip.open(BOOKINGS, "rt", newline="") as file:
        for row in csv.DictReader(file):
            length = int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"])
            if row["reservation_status"] != "Check-Out" or length == 0:
                continue
            month = MONTHS[row["arrival_date_month"]]
            arrival = date(int(row["arrival_date_year"]), month, int(row["arrival_date_day_of_month"]))
            dates = StayDates(arrival, arrival + timedelta(days=length))
            booked_on = arrival - timedelta(days=int(row["lead_time"]))
            found.append(Booking(booked_on, row["reserved_room_type"], dates))
    return sorted(found, key=lambda booking: booking.booked_on)


class RoomType:
    """The rooms of one type, each night one bit, so that first fit over 142 rooms costs little."""

    def __init__(self, rooms: int) -> None:
        self.rooms = list(range(1, rooms + 1))
        self.taken = dict.fromkeys(self.rooms, 0)
        self.held: dict[UUID, Occupancy] = {}
        self.plans: list[int] = []

    @staticmethod
    def bits(dates: StayDates) -> int:
        return ((1 << dates.nights) - 1) << (dates.arrival.toordinal() - DAY_0)

    def book(self, stay_id: UUID, booking: Booking) -> bool:
        bits = self.bits(booking.dates)
        room = next((room for room in self.rooms if not self.taken[room] & bits), None)
        if room is None:
            room = self.repacked(booking)
            if room is None:
                return False
        self.held[stay_id] = Occupancy(room, stay_id, booking.dates, fixed=False)
        self.taken[room] |= bits
        return True

    def repacked(self, booking: Booking) -> int | None:
        """Make room, all stays of the past left out; return the room."""
        present = [taken for taken in self.held.values() if taken.dates.departure > booking.booked_on]
        not_before = booking.booked_on + timedelta(days=1)
        plan = repack(self.rooms, present, booking.dates, not_before=not_before)
        if plan is None:
            return None
        self.plans.append(len(plan.moves))
        apply_plan(plan, present, booking.dates, not_before)
        for move in plan.moves:
            self.taken[move.from_room] &= ~self.bits(move.dates)
        for move in plan.moves:
            self.taken[move.to_room] |= self.bits(move.dates)
            self.held[move.stay_id] = Occupancy(move.to_room, move.stay_id, move.dates, fixed=False)
        return plan.room_id


@pytest.mark.skipif(not BOOKINGS.is_file(), reason="the hotel-bookings data set is not beside the checkout")
def test_the_real_hotel_at_its_peak_refuses_nobody() -> None:
    bookings = _bookings()
    types = {letter: RoomType(rooms) for letter, rooms in PEAKS.items()}
    depth: dict[tuple[str, date], int] = defaultdict(int)
    refused = []
    for number, booking in enumerate(bookings):
        if not types[booking.room_type].book(UUID(int=number), booking):
            refused.append(booking)
        for night in booking.dates.dates():
            depth[booking.room_type, night] += 1
    assert {letter: max(n for (of, _), n in depth.items() if of == letter) for letter in PEAKS} == PEAKS
    assert refused == []
    plans = [moves for room_type in types.values() for moves in room_type.plans]
    assert plans, "First fit alone would have done: the file does not test re-packing."
    said = f"{len(bookings)} stays, {len(plans)} re-packs, median {statistics.median(plans)} moves"
    sys.stdout.write(f"{said}, {max(plans)} at most: {sorted(plans)}\n")
