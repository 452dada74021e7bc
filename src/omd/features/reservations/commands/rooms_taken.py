"""What takes the rooms of a type, as packing sees it, and the refusal when no room can be had."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction
from omd.features.reservations import queries
from omd.features.reservations.errors import NoRoomThroughout
from omd.features.reservations.packing import Occupancy, Segment, full_nights, obstacles, split_stay
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, RoomTypeId

MAX_NAMED = 10
"""Runs named in a refusal where nobody can be asked to give way: a screen holds no more."""


class RoomsTaken(msgspec.Struct, frozen=True):
    """The rooms of a type and every run of nights that one of them is taken."""

    rooms: Sequence[queries.PackingRoom]
    taken: Sequence[Occupancy]
    named: dict[tuple[int, UUID | None, date], queries.OccupancyRow]
    """By room, stay and first night: what is known of a run, the reservation's code or the reason among it."""

    @property
    def ids(self) -> list[int]:
        """Return the ids of the rooms, those to prefer first."""
        return [room.id for room in self.rooms]


class Obstacle(msgspec.Struct, frozen=True):
    """A run in the way: a stay by its code, a room out of order or held back by the reason, a room that retires.

    `lock_reason` is why the stay does not leave the room, where somebody said.
    """

    room_number: str
    arrival: date
    departure: date
    what: Literal["stay", "out_of_order", "held_back", "retirement"]
    name: str
    lock_reason: str | None = None

    def spoken(self) -> str:
        """Return the words of a sentence."""
        match self.what:
            case "stay":
                locked = "" if self.lock_reason is None else f", locked: {self.lock_reason}"
                return f"room {self.room_number} is held by {self.name}{locked}"
            case "out_of_order":
                return f"room {self.room_number} is out of order ({self.name})"
            case "held_back":
                return f"room {self.room_number} is held back ({self.name})"
            case _:
                return f"room {self.room_number} leaves the house on {self.arrival}"


async def read_rooms_taken(
    tx: ReadTransaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    wanted: StayDates,
    *,
    since: date,
    until: date,
    own: UUID | None = None,
    preferred: int | None = None,
) -> RoomsTaken:
    """Return what takes the rooms of a type from `since` to the end of the horizon, `until`.

    A room that retires is taken from that day on. What `own` holds on the wanted nights counts as free; the rest of
    it stays where it is. The preferred room comes first.
    """
    rooms = await queries.list_rooms_of_type(tx, actor.omd_id, business_id, room_type_id, since)
    rows = await queries.list_occupancies(tx, actor.omd_id, business_id, room_type_id, since)
    taken = [run for row in rows for run in _runs(row, own, wanted)]
    taken += [
        Occupancy(room.id, None, StayDates(room.retired_on, until), fixed=True)
        for room in rooms
        if room.retired_on is not None and room.retired_on < until
    ]
    return RoomsTaken(
        sorted(rooms, key=lambda room: (room.id != preferred, room.id)),
        taken,
        {(row.room_id, row.reservation_id, row.arrival): row for row in rows},
    )


def _runs(row: queries.OccupancyRow, own: UUID | None, wanted: StayDates) -> Iterator[Occupancy]:
    dates = StayDates(row.arrival, row.departure)
    if row.reservation_id is None or row.reservation_id != own or not dates.overlaps(wanted):
        yield Occupancy(row.room_id, row.reservation_id, dates, row.fixed or row.reservation_id == own)
        return
    for part in (StayDates(dates.arrival, wanted.arrival), StayDates(wanted.departure, dates.departure)):
        if part.nights > 0:
            yield Occupancy(row.room_id, own, part, fixed=True)


async def no_room_throughout(
    house: RoomsTaken, wanted: StayDates, start_room: int | None, not_before: date
) -> NoRoomThroughout:
    """Return the refusal that names what stands in the way and the split stay that would work.

    What a receptionist could release comes first; where nothing can be, whatever holds the guest's own room or may
    not be moved is named, and the nights on which no room is free at all.
    """
    in_the_way = await asyncio.to_thread(
        obstacles, house.ids, house.taken, wanted, not_before, start_room=start_room
    ) or _holding(house, wanted, start_room)
    split = await asyncio.to_thread(split_stay, house.ids, house.taken, wanted, start_room) or ()
    full = full_nights(house.ids, house.taken, wanted)
    numbers = {room.id: room.number for room in house.rooms}
    blocking = [_obstacle(house, numbers, run) for run in in_the_way]
    said = f"No single room can be made free from {wanted.arrival} to {wanted.departure}"
    if blocking:
        said += ": " + ", ".join(each.spoken() for each in blocking[:5])
    if full:
        said += f". No room at all is free on {', '.join(str(night) for night in full[:7])}"
    said += f". A split stay would work: {_spoken(split, numbers)}." if split else "."
    said += " Other dates or another type may do; override_reason holds the nights all the same, by name."
    return NoRoomThroughout(
        said,
        data={
            "obstacles": [msgspec.structs.asdict(each) for each in blocking],
            "full_nights": full,
            "split_stay": [
                {
                    "room_id": part.room_id,
                    "room_number": numbers[part.room_id],
                    "arrival": part.dates.arrival,
                    "departure": part.dates.departure,
                }
                for part in split
            ],
        },
    )


def _holding(house: RoomsTaken, wanted: StayDates, start_room: int | None) -> Sequence[Occupancy]:
    """Return the runs that hold the guest's own room on the wanted nights, or any room and may not be moved."""
    return [
        run
        for run in sorted(house.taken, key=lambda run: (run.dates, run.room_id))
        if run.dates.overlaps(wanted) and (run.room_id == start_room if start_room is not None else run.fixed)
    ][:MAX_NAMED]


def _obstacle(house: RoomsTaken, numbers: dict[int, str], run: Occupancy) -> Obstacle:
    known = house.named.get((run.room_id, run.stay_id, run.dates.arrival))
    what: Literal["stay", "out_of_order", "held_back", "retirement"]
    locked = None if known is None else known.lock_reason
    if known is not None:
        what, name = known.what, known.code
    elif run.stay_id is not None:
        what, name = "stay", "the stay itself"
    else:
        what, name = "retirement", f"leaves the house on {run.dates.arrival}"
    return Obstacle(numbers[run.room_id], run.dates.arrival, run.dates.departure, what, name, locked)


def _spoken(split: Sequence[Segment], numbers: dict[int, str]) -> str:
    return ", then ".join(
        f"room {numbers[part.room_id]} from {part.dates.arrival} to {part.dates.departure}" for part in split
    )
