"""A hotel as an assignment sees it: which stays may be given another room, and what its rooms hold besides."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

import msgspec

from omd.db import ReadTransaction
from omd.features.assignment import queries
from omd.features.assignment.model import RoomWish
from omd.features.assignment.optimising.model import DayUse, Question, Room, Stay, Weights, Wish
from omd.features.assignment.queries import ConditionRow, DayUseRow, Hotel, MaintenanceRow, RoomRow, StayRow
from omd.features.reservations import say_lock
from omd.kernel.dates import StayDates

NIGHTS_OF_A_STEP = 10
"""Nights of the last ninety that make a room one step more worn than the least used of its type."""

_WISHES = msgspec.json.Decoder(list[RoomWish])
_WEIGHTS = msgspec.json.Decoder(dict[str, int])


class House(msgspec.Struct, frozen=True):
    """What is known of a hotel for the nights `[since, until)`."""

    business_date: date
    weights: Weights
    rooms: Sequence[RoomRow]
    stays: Sequence[StayRow]
    maintenance: Sequence[MaintenanceRow]
    day_uses: Sequence[DayUseRow]
    conditions: Sequence[ConditionRow]

    def movable(self) -> list[StayRow]:
        """Return the stays that may be given another room: not in house, not locked, whole and in one room or none."""
        return [row for row in self.stays if is_movable(row, self.business_date)]

    def question(self, chosen: Collection[UUID]) -> Question:
        """Return the question for the chosen of the movable stays; all the others stay where they are."""
        asked = [row for row in self.movable() if row.id in chosen]
        ids = {row.id for row in asked}
        taken: dict[int, list[StayDates]] = defaultdict(list)
        for row in self.stays:
            if row.id not in ids:
                for room_id, dates in runs(row):
                    taken[room_id].append(dates)
        away: dict[int, list[StayDates]] = defaultdict(list)
        for interval in self.maintenance:
            of = away if interval.kind == "out_of_service" else taken
            of[interval.room_id].append(StayDates(interval.starts_on, interval.ends_on))
        used: dict[int, list[DayUse]] = defaultdict(list)
        for each in self.day_uses:
            used[each.room_id].append(DayUse(each.date, each.bars_departure, each.bars_arrival))
        first = min((row.arrival for row in asked), default=self.business_date)
        seen = self._conditions_on(first)
        least: dict[int, int] = {}
        for room in self.rooms:
            least[room.room_type_id] = min(room.nights_used, least.get(room.room_type_id, room.nights_used))
        return Question(
            max(self.business_date, first).toordinal(),
            tuple(
                Room(
                    id=room.id,
                    room_type_id=room.room_type_id,
                    number=room.number,
                    max_occupancy=room.max_occupancy,
                    floor=room.floor,
                    features=frozenset(room.features),
                    taken=(*taken[room.id], *_retired(room)),
                    out_of_service=tuple(away[room.id]),
                    day_uses=tuple(used[room.id]),
                    ready=room.id not in seen or seen[room.id].is_ready,
                    discrepancy=seen[room.id].discrepancy if room.id in seen else None,
                    seen_on=self.business_date,
                    worn=(room.nights_used - least[room.room_type_id]) // NIGHTS_OF_A_STEP,
                )
                for room in self.rooms
            ),
            tuple(_stays(asked)),
            self.weights,
        )

    def _conditions_on(self, first: date) -> dict[int, ConditionRow]:
        """Return the conditions of rooms by id where they tell of those who come first: on the business date alone.

        Where no room was ever called clean and none needs to be, nobody speaks of conditions.
        """
        spoken_of = any(each.is_asked or each.is_ready for each in self.conditions)
        if first > self.business_date:
            return {}
        return {
            each.room_id: each if spoken_of else msgspec.structs.replace(each, is_ready=True)
            for each in self.conditions
        }


async def read_house(tx: ReadTransaction, hotel: Hotel, since: date, until: date, now: datetime) -> House | None:
    """Return what is known of a hotel for the nights `[since, until)`, a day on either side included; None for none."""
    house = await queries.find_house(tx, hotel, now)
    if house is None:
        return None
    around = timedelta(days=1)
    return House(
        house.business_date,
        msgspec.structs.replace(Weights(), **_WEIGHTS.decode(house.weights)),
        await queries.list_rooms(tx, hotel, max(since, house.business_date)),
        await queries.list_stays(tx, hotel, since - around, until + around),
        await queries.list_maintenance(tx, hotel, since - around, until + around),
        await queries.list_day_uses(tx, hotel, since - around, until + around),
        await queries.list_conditions(tx, hotel, now),
    )


def is_movable(row: StayRow, business_date: date) -> bool:
    """Say whether a stay may be given another room at all."""
    return (
        row.status in ("tentative", "confirmed")
        and not row.room_locked
        and row.arrival >= business_date
        and row.types == 1
        and len(row.dates) == (row.departure - row.arrival).days
        and len(set(row.room_ids)) == 1
    )


def why_not_movable(row: StayRow, business_date: date) -> str:
    """Return why a stay may not be given another room, as part of a sentence."""
    if row.room_locked:
        return say_lock(row.room_lock_reason)
    if row.status not in ("tentative", "confirmed"):
        return f"it is {row.status}"
    if row.arrival < business_date:
        return "it was to arrive before the business date"
    return "it is split over rooms or types"


def runs(row: StayRow) -> Iterator[tuple[int, StayDates]]:
    """Yield each run of nights that a stay holds one room, with the room."""
    nights = zip(row.dates, row.room_ids, strict=True)
    for (room_id, _), group in groupby(
        enumerate(nights), key=lambda each: (each[1][1], each[1][0].toordinal() - each[0])
    ):
        held = [night for _, (night, _) in group]
        if room_id is not None:
            yield room_id, StayDates(held[0], held[-1] + timedelta(days=1))


def _retired(room: RoomRow) -> Iterator[StayDates]:
    if room.retired_on is not None:
        yield StayDates(room.retired_on, date.max)


def _stays(asked: Sequence[StayRow]) -> Iterator[Stay]:
    together = Counter(row.booking_id for row in asked)
    touching = {(row.profile_id, row.arrival) for row in asked} & {(row.profile_id, row.departure) for row in asked}
    for row in asked:
        wishes = _WISHES.decode(row.wishes)
        stays_on = row.profile_id is not None and (
            (row.profile_id, row.arrival) in touching or (row.profile_id, row.departure) in touching
        )
        yield Stay(
            row.id,
            row.room_type_id,
            StayDates(row.arrival, row.departure),
            row.persons,
            room_id=row.room_ids[0],
            needs=frozenset(each.value for each in wishes if each.required and each.kind == "feature"),
            refuses=frozenset(each.value for each in wishes if each.required and each.kind == "without_feature"),
            wishes=tuple(_wish(each) for each in wishes if not each.required),
            group=row.booking_id if row.booking_id is not None and together[row.booking_id] > 1 else None,
            follows=row.profile_id if stays_on else None,
            published=row.published_room_id is not None and row.published_room_id == row.room_ids[0],
            early=row.comes_early,
        )


def _wish(wish: RoomWish) -> Wish:
    value = wish.value if wish.kind in ("feature", "without_feature") else int(wish.value)
    return Wish(wish.kind, value, wish.importance)
