"""A summer of the real hotel, its rooms given by four rules: what each costs in gaps, moves, wishes and refused stays.

The bookings are those of `hotel-bookings` that were checked out, in the order they were made. The data says nothing of
rooms: each type has as many as were ever sold at once, on floors of thirty, a third with a balcony, a third quiet, a
quarter with a bath. Of wishes it gives the number of special requests of a booking; which they are is drawn from it.
"""

import csv
import gzip
import random
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec

from omd.features.assignment.optimising.board import fulfils
from omd.features.assignment.optimising.greedy import as_it_is, greedy
from omd.features.assignment.optimising.model import Question, Room, Stay, Wish, cost
from omd.features.assignment.optimising.search import search
from omd.features.reservations.packing import Occupancy, repack
from omd.features.reservations.replay import ReplayRow, peaks, read_replay_file
from omd.kernel.dates import StayDates

Rule = Literal["first fit", "best fit", "greedy", "ours"]
RULES: tuple[Rule, ...] = ("first fit", "best fit", "greedy", "ours")

SUMMER = StayDates(date(2016, 7, 1), date(2016, 9, 1))
A_DAY_S = 1.0
TWO_WEEKS_S = 9.0
TWO_WEEKS = 14


class Morning(msgspec.Struct, frozen=True):
    """The arrivals of one day: what the rule of thumb and ours cost, and what no plan can cost less than."""

    arrivals: int
    greedy: int
    ours: int
    bound: int | None
    proven: bool
    seconds: float


class Figures(msgspec.Struct, frozen=True):
    """What a rule came to over the summer; `wishes` were granted of `wished`, both times their importance."""

    rule: Rule
    stays: int
    refused: int
    gaps: int
    moves: int
    wishes: int
    wished: int
    mornings: tuple[Morning, ...]
    fortnights: tuple[float, ...]


def play(rows: Sequence[ReplayRow], requests: Mapping[int, int], rule: Rule) -> Figures:
    """Book the summer's stays in the order they were made, and put its arrivals in order each morning."""
    stays = [
        row
        for row in rows
        if row.status == "check_out"
        and row.nights
        and row.arrival < SUMMER.departure
        and SUMMER.arrival < row.departure
    ]
    house = _House(_rooms(rows), requests)
    today = SUMMER.arrival
    mornings: list[Morning] = []
    fortnights: list[float] = []
    for row in sorted(stays, key=lambda row: (row.booked_on, row.line)):
        while today <= row.booked_on and today < SUMMER.departure:
            house.morning(today, rule, mornings, fortnights)
            today += timedelta(days=1)
        house.book(row, rule)
    while today < SUMMER.departure:
        house.morning(today, rule, mornings, fortnights)
        today += timedelta(days=1)
    return house.figures(rule, mornings, fortnights)


def read(file: Path) -> tuple[tuple[ReplayRow, ...], dict[int, int]]:
    """Return the bookings of the file, and how many special requests each had, by line."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        lines = csv.DictReader(text)
        requests = dict((lines.line_num, int(row["total_of_special_requests"])) for row in lines)  # noqa: C402 - the number moves on with the row
    return read_replay_file(file), requests


class _House:
    """The rooms, what each holds, and what has been done."""

    def __init__(self, rooms: Sequence[Room], requests: Mapping[int, int]) -> None:
        self.rooms = {room.id: room for room in rooms}
        self.requests = requests
        self.stays: dict[int, Stay] = {}
        self.room_of: dict[int, int] = {}
        self.held: dict[int, dict[int, StayDates]] = {room.id: {} for room in rooms}
        self.refused = 0
        self.moves = 0

    def book(self, row: ReplayRow, rule: Rule) -> None:
        """Give a new booking a room as the rule does, or refuse it."""
        wishes = _wishes(row.line, self.requests.get(row.line, 0))
        stay = Stay(UUID(int=row.line), _type(row), StayDates(row.arrival, row.departure), 1, wishes=wishes)
        free = [room_id for room_id in self._of_type(stay) if self._is_free(room_id, stay.dates)]
        if not free and rule in ("greedy", "ours"):
            made = self._make_room(stay, row.booked_on)
            free = [] if made is None else [made]
        if not free:
            self.refused += 1
            return
        self.stays[row.line] = stay
        best = free[0] if rule == "first fit" else min(free, key=lambda room_id: self._tightness(room_id, stay.dates))
        self._put(row.line, best)

    def morning(self, today: date, rule: Rule, told: list[Morning], fortnights: list[float]) -> None:
        """Put the day's arrivals in order by the rules that do so; on Mondays those of two weeks by ours."""
        if rule not in ("greedy", "ours"):
            return
        if rule == "ours" and today.weekday() == 0:
            question = self._question(today, TWO_WEEKS)
            began = time.perf_counter()
            found = search(question, limit_s=TWO_WEEKS_S, wall_s=TWO_WEEKS_S)
            fortnights.append(time.perf_counter() - began)
            self._apply(question, found.rooms)
        question = self._question(today, 1)
        if not question.stays:
            return
        now, thumb = as_it_is(question), greedy(question)
        first, second = cost(now.score(), question.weights), cost(thumb.score(), question.weights)
        rooms = thumb.room_of if None not in thumb.room_of and second < first else now.room_of
        if rule == "ours":
            began = time.perf_counter()
            found = search(question, limit_s=A_DAY_S, wall_s=A_DAY_S)
            took = time.perf_counter() - began
            rooms = list(found.rooms)
            told.append(
                Morning(len(question.stays), min(first, second), found.cost, found.bound, found.proven, round(took, 3))
            )
        self._apply(question, rooms)

    def figures(self, rule: Rule, told: Sequence[Morning], fortnights: Sequence[float]) -> Figures:
        """Return what the rule came to."""
        wished = sum(wish.importance for stay in self.stays.values() for wish in stay.wishes)
        granted = sum(
            wish.importance
            for line, stay in self.stays.items()
            for wish in stay.wishes
            if fulfils(self.rooms[self.room_of[line]], wish)
        )
        return Figures(
            rule=rule,
            stays=len(self.stays) + self.refused,
            refused=self.refused,
            gaps=sum(map(_single_nights, self.held.values())),
            moves=self.moves,
            wishes=granted,
            wished=wished,
            mornings=tuple(told),
            fortnights=tuple(fortnights),
        )

    def _question(self, today: date, days: int) -> Question:
        until = today + timedelta(days=days)
        asked = {line for line, stay in self.stays.items() if today <= stay.dates.arrival < until}
        rooms = tuple(
            msgspec.structs.replace(
                room, taken=tuple(dates for line, dates in self.held[room.id].items() if line not in asked)
            )
            for room in self.rooms.values()
        )
        stays = tuple(
            msgspec.structs.replace(self.stays[line], room_id=self.room_of[line])
            for line in sorted(asked, key=lambda line: (self.stays[line].dates, line))
        )
        return Question(today.toordinal(), rooms, stays)

    def _apply(self, question: Question, rooms: Sequence[int | None]) -> None:
        moving = [
            (stay.id.int, question.rooms[place].id)
            for stay, place in zip(question.stays, rooms, strict=True)
            if place is not None and question.rooms[place].id != stay.room_id
        ]
        self._move(moving)

    def _move(self, moving: Sequence[tuple[int, int]]) -> None:
        for line, _ in moving:
            del self.held[self.room_of[line]][line]
        for line, room_id in moving:
            self._put(line, room_id)
        self.moves += len(moving)

    def _make_room(self, stay: Stay, booked_on: date) -> int | None:
        rooms = self._of_type(stay)
        taken = [
            Occupancy(room_id, UUID(int=line), dates, fixed=False)
            for room_id in rooms
            for line, dates in self.held[room_id].items()
        ]
        plan = repack(rooms, taken, stay.dates, not_before=booked_on + timedelta(days=1))
        if plan is None:
            return None
        self._move([(move.stay_id.int, move.to_room) for move in plan.moves])
        return plan.room_id

    def _put(self, line: int, room_id: int) -> None:
        self.room_of[line] = room_id
        self.held[room_id][line] = self.stays[line].dates

    def _of_type(self, stay: Stay) -> list[int]:
        return [room.id for room in self.rooms.values() if room.room_type_id == stay.room_type_id]

    def _is_free(self, room_id: int, dates: StayDates) -> bool:
        return not any(dates.overlaps(held) for held in self.held[room_id].values())

    def _tightness(self, room_id: int, dates: StayDates) -> tuple[int, int, int]:
        """Return how many single nights the stay leaves in the room, then how few neighbours it has."""
        held = self.held[room_id]
        touching = sum(dates.arrival == other.departure or dates.departure == other.arrival for other in held.values())
        return _single_nights({**held, -1: dates}) - _single_nights(held), -touching, room_id


def _rooms(rows: Sequence[ReplayRow]) -> list[Room]:
    stayed = [row for row in rows if row.status == "check_out" and row.nights]
    chance = random.Random(1)
    rooms: list[Room] = []
    for letter, quantity in sorted(peaks(stayed).items()):
        for _ in range(quantity):
            features = {
                name for name, share in (("balcony", 0.33), ("quiet", 0.33), ("bath", 0.25)) if chance.random() < share
            }
            number = len(rooms) + 1
            rooms.append(
                Room(number, ord(letter), str(number), 500, floor=1 + number // 30, features=frozenset(features))
            )
    return rooms


def _wishes(line: int, requests: int) -> tuple[Wish, ...]:
    chance = random.Random(line)
    kinds = [
        Wish("feature", "balcony", 2),
        Wish("feature", "quiet", 2),
        Wish("feature", "bath", 1),
        Wish("lowest_floor", 5, 1),
        Wish("highest_floor", 2, 1),
    ]
    return tuple(chance.sample(kinds, min(requests, len(kinds))))


def _type(row: ReplayRow) -> int:
    return ord(row.room_type)


def _single_nights(held: Mapping[int, StayDates]) -> int:
    """Count the nights of the summer that are free between two that are not."""
    ordered = sorted(held.values())
    return sum(
        (later.arrival - earlier.departure).days == 1 and SUMMER.arrival <= earlier.departure < SUMMER.departure
        for earlier, later in pairwise(ordered)
    )
