"""Which stays a room that goes away would send elsewhere, and where: found first, decided by people, then done."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction
from omd.features.availability import Horizon, beyond_horizon, find_horizon, within
from omd.features.reservations import queries
from omd.features.reservations.commands.make_room import find_plan
from omd.features.reservations.commands.rooms_taken import RoomsTaken, read_rooms_taken
from omd.features.reservations.errors import PreviewOutdated, RoomUnknown
from omd.features.reservations.model import Id
from omd.features.reservations.packing import Occupancy
from omd.kernel.actor import Actor
from omd.kernel.dates import MAX_NIGHTS, StayDates, parse_interval
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId, RoomTypeId

MOST_MOVES = 200
"""Stays that move for one room; a preview of a whole year has fewer."""

Change = Literal["gone", "other_dates", "other_room", "not_movable", "room_unknown", "room_taken"]


class DecidedMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stay that is to have another room for all its nights, and as what it was known when that was decided."""

    reservation_id: UUID
    arrival: date
    departure: date
    from_room_id: Id
    to_room_id: Id


Moves = Annotated[list[DecidedMove], msgspec.Meta(max_length=MOST_MOVES)]


class ProposedMove(msgspec.Struct, frozen=True):
    """A move as `moves` takes it, with what people call it. `holds_room` says whether it is in the room itself."""

    reservation_id: UUID
    code: str
    arrival: date
    departure: date
    from_room_id: int
    from_room: str
    to_room_id: int
    to_room: str
    holds_room: bool


class StayConcerned(msgspec.Struct, frozen=True):
    """A stay that holds the room on some of the nights, `nights` of them.

    `moves`: to `to_room_id`; `stays`: the room is still sold; `stuck`: it may not be moved, or there is no room for it,
    as `said` tells.
    """

    reservation_id: UUID
    code: str
    status: str
    arrival: date
    departure: date
    nights: list[date]
    becomes: Literal["moves", "stays", "stuck"]
    to_room_id: int | None = None
    to_room: str | None = None
    said: str | None = None


class MaintenancePreview(msgspec.Struct, frozen=True):
    """What taking a room away would do: every stay that holds it, and the moves that would clear it.

    `moves` has the stays of other rooms too that make room; together they are few. Nothing was changed.
    """

    room_id: int
    room_number: str
    kind: Literal["out_of_order", "out_of_service"]
    starts_on: date
    ends_on: date
    stays: list[StayConcerned]
    moves: list[ProposedMove]


class MoveChanged(msgspec.Struct, frozen=True):
    """Why a move that was decided cannot be made any more."""

    reservation_id: UUID
    reason: Change
    said: str


async def find_room_away(
    tx: ReadTransaction,
    actor: Actor,
    business_id: BusinessId,
    room_id: int,
    starts_on: date,
    ends_on: date,
    *,
    now: datetime,
) -> tuple[queries.RoomOfType, StayDates, Horizon]:
    """Return a room, the nights it is to be away, and the dates that are open.

    Raises `RoomUnknown`, `BeyondHorizon`, and `InvalidInput` for dates that are past or not in order.
    """
    interval = parse_interval(starts_on, ends_on, at_most=MAX_NIGHTS)
    room = await queries.find_room(tx, actor.omd_id, business_id, room_id, now)
    if room is None or not room.in_use_on(
        max(interval.departure, room.business_date + timedelta(days=1)) - timedelta(days=1)
    ):
        said = f"This hotel has no room {room_id} on all these nights."
        raise RoomUnknown(said, problems=(FieldProblem("/room_id", "room_unknown", said),))
    if interval.arrival < room.business_date:
        said = f"Maintenance starts on the hotel's business date {room.business_date} or later."
        raise InvalidInput(said, problems=(FieldProblem("/starts_on", "in_the_past", said),))
    horizon = await find_horizon(tx, actor.omd_id)
    if horizon is None or not within(interval, horizon):
        raise beyond_horizon(interval, horizon, names=("starts_on", "ends_on"))
    return room, interval, horizon


def may_move(stay: queries.StayInRoom, business_date: date) -> bool:
    """Say whether a stay may be given another room: it starts after tonight, unlocked, all of it of the room's type."""
    may = stay.status in ("tentative", "confirmed") and not stay.room_locked and stay.arrival > business_date
    return may and stay.is_of_one_type


async def preview_maintenance(
    tx: ReadTransaction,
    actor: Actor,
    business_id: BusinessId,
    room_id: int,
    kind: Literal["out_of_order", "out_of_service"],
    starts_on: date,
    ends_on: date,
    *,
    now: datetime,
) -> MaintenancePreview:
    """Find which stays a room that goes away would send elsewhere, with few moves; nothing is changed.

    Raises `NotFound` for a room that the hotel has not on all these nights, and else as `find_room_away` does.
    """
    try:
        room, interval, horizon = await find_room_away(tx, actor, business_id, room_id, starts_on, ends_on, now=now)
    except RoomUnknown as unknown:
        raise NotFound(unknown.detail) from unknown
    hit = await queries.list_stays_in_room(tx, actor.omd_id, business_id, room.id, interval.arrival, interval.departure)
    if kind == "out_of_service":
        told = [_concerned(stay, "stays") for stay in hit]
        return MaintenancePreview(room.id, room.number, kind, starts_on, ends_on, told, [])
    house = await _read_house(tx, actor, business_id, room, interval, until=horizon.ends_on)
    board = _Board(house, room.business_date)
    homeless = {stay.id for stay in hit if may_move(stay, room.business_date) and board.lift(stay)}
    board.take_away(room.id, interval)
    placed: dict[UUID, int | None] = {}
    for stay in hit:
        if stay.id in homeless:
            placed[stay.id] = await board.place(stay.id, StayDates(stay.arrival, stay.departure))
    return _told(room, interval, hit, placed, house, board)


async def apply_decided(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room: queries.RoomOfType,
    interval: StayDates,
    moves: Sequence[DecidedMove],
    *,
    until: date,
    now: datetime,
) -> list[tuple[queries.StayInRoom, int]]:
    """Make the moves that were decided, all at once, and return the stays that left the room with their new ones.

    The caller has locked the counters of the type from the business date on. Raises `PreviewOutdated` naming every
    stay that is not as it was known, or whose room is not to be had: then nothing is moved.
    """
    if not moves:
        return []
    twice = len({move.reservation_id for move in moves}) < len(moves)
    if twice:
        said = "A stay is moved once. Name each stay one time."
        raise InvalidInput(said, problems=(FieldProblem("/moves", "named_twice", said),))
    hit = await queries.list_stays_in_room(tx, actor.omd_id, business_id, room.id, interval.arrival, interval.departure)
    house = await _read_house(tx, actor, business_id, room, interval, until=until)
    changed = _changed(house, moves, Occupancy(room.id, None, interval, fixed=True), room.business_date)
    if changed:
        raise PreviewOutdated(
            f"{len(changed)} of {len(moves)} moves cannot be made as decided: {changed[0].said} "
            "Nothing was changed; look at a new preview.",
            data={"changes": changed},
        )
    wanted = [
        {
            "reservation_id": move.reservation_id,
            "room_id": move.to_room_id,
            "arrival": move.arrival,
            "departure": move.departure,
            "cause": "room_out_of_order",
        }
        for move in moves
    ]
    # By this cause the database holds that none of them was checked in or locked meanwhile.
    await queries.move_nights(tx, actor, business_id, wanted, "repacked", now)
    to = {move.reservation_id: move.to_room_id for move in moves}
    return [(stay, to[stay.id]) for stay in hit if stay.id in to]


async def _read_house(
    tx: ReadTransaction,
    actor: Actor,
    business_id: BusinessId,
    room: queries.RoomOfType,
    interval: StayDates,
    *,
    until: date,
) -> RoomsTaken:
    room_type_id = RoomTypeId(room.room_type_id)
    return await read_rooms_taken(tx, actor, business_id, room_type_id, interval, since=room.business_date, until=until)


class _Board:
    """Who is in which room while stays are lifted off it and placed anew."""

    def __init__(self, house: RoomsTaken, business_date: date) -> None:
        self._house = house
        self._not_before = business_date + timedelta(days=1)

    def lift(self, stay: queries.StayInRoom) -> bool:
        """Take a stay off its room; one that is in several rooms stays in them, and False is returned."""
        runs = [run for run in self._house.taken if run.stay_id == stay.id]
        if [(run.dates, run.fixed) for run in runs] != [(StayDates(stay.arrival, stay.departure), False)]:
            return False
        self._put([run for run in self._house.taken if run.stay_id != stay.id])
        return True

    def take_away(self, room_id: int, interval: StayDates) -> None:
        """Take a room out on the nights that nobody is left in it."""
        left = [run.dates for run in self._house.taken if run.room_id == room_id]
        nights = (StayDates(night, night + timedelta(days=1)) for night in interval.dates())
        empty = [each for each in nights if not any(each.overlaps(dates) for dates in left)]
        self._put([*self._house.taken, *(Occupancy(room_id, None, each, fixed=True) for each in empty)])

    async def place(self, stay_id: UUID, dates: StayDates) -> int | None:
        """Give a stay a room, moving others where that helps; return it, or None."""
        plan = await find_plan(self._house, dates, None, self._not_before, exact=True)
        if plan is None:
            return None
        to = {move.stay_id: move.to_room for move in plan.moves}
        taken = [
            run if run.stay_id not in to else msgspec.structs.replace(run, room_id=to[run.stay_id])
            for run in self._house.taken
        ]
        self._put([*taken, Occupancy(plan.room_id, stay_id, dates, fixed=False)])
        return plan.room_id

    def rooms(self) -> dict[UUID, Occupancy]:
        """Return where each stay is in the end."""
        return {run.stay_id: run for run in self._house.taken if run.stay_id is not None}

    def _put(self, taken: Sequence[Occupancy]) -> None:
        self._house = msgspec.structs.replace(self._house, taken=taken)


def _told(
    room: queries.RoomOfType,
    interval: StayDates,
    hit: Sequence[queries.StayInRoom],
    placed: dict[UUID, int | None],
    house: RoomsTaken,
    board: _Board,
) -> MaintenancePreview:
    numbers = {each.id: each.number for each in house.rooms}
    after = board.rooms()
    moves = []
    for run in sorted(house.taken, key=lambda run: (run.dates, run.room_id)):
        to = after.get(run.stay_id) if run.stay_id is not None else None
        # Where one stay is in several rooms none of its runs moved.
        if run.stay_id is None or to is None or to.dates != run.dates or to.room_id == run.room_id:
            continue
        code = house.named[(run.room_id, run.stay_id, run.dates.arrival)].code
        moves.append(
            ProposedMove(
                *(run.stay_id, code, run.dates.arrival, run.dates.departure),
                *(run.room_id, numbers[run.room_id], to.room_id, numbers[to.room_id]),
                holds_room=run.stay_id in placed,
            )
        )
    stays = [_outcome(stay, placed, after, numbers, room.business_date) for stay in hit]
    dates = (interval.arrival, interval.departure)
    return MaintenancePreview(room.id, room.number, "out_of_order", *dates, stays, moves)


def _outcome(
    stay: queries.StayInRoom,
    placed: dict[UUID, int | None],
    after: dict[UUID, Occupancy],
    numbers: dict[int, str],
    business_date: date,
) -> StayConcerned:
    if placed.get(stay.id) is not None:
        # Room made for a later one may have moved an earlier one again.
        to = after[stay.id].room_id
        return msgspec.structs.replace(_concerned(stay, "moves"), to_room_id=to, to_room=numbers[to])
    if stay.id in placed:
        said = "No room of the type is free on all its nights, and none can be made free."
    elif stay.status == "in_house":
        said = "The guests are in the house: move them by the desk."
    elif stay.room_locked:
        said = "Its room is locked."
    elif stay.arrival <= business_date:
        said = "It arrives tonight or has begun: move it by the desk."
    else:
        said = "It is spread over several rooms or types."
    return msgspec.structs.replace(_concerned(stay, "stuck"), said=said)


def _concerned(stay: queries.StayInRoom, becomes: Literal["moves", "stays", "stuck"]) -> StayConcerned:
    return StayConcerned(stay.id, stay.code, stay.status, stay.arrival, stay.departure, stay.nights, becomes)


def _changed(
    house: RoomsTaken, moves: Sequence[DecidedMove], away: Occupancy, business_date: date
) -> list[MoveChanged]:
    """Return what keeps each stay from its move; none where all of them can be made at once."""
    changed: list[MoveChanged] = []
    leaving: list[Occupancy] = []
    for move in moves:
        runs = [run for run in house.taken if run.stay_id == move.reservation_id]
        why = _refused(house, move, runs, business_date)
        if why is None:
            leaving += runs
        else:
            changed.append(MoveChanged(move.reservation_id, *why))
    if changed:
        return changed
    taken = [run for run in house.taken if run not in leaving] + [away]
    for move in moves:
        new = Occupancy(move.to_room_id, move.reservation_id, StayDates(move.arrival, move.departure), fixed=False)
        if _overlapping(taken, new):
            number = next(room.number for room in house.rooms if room.id == move.to_room_id)
            said = f"Room {number} is not free from {move.arrival} to {move.departure}."
            changed.append(MoveChanged(move.reservation_id, "room_taken", said))
        taken.append(new)
    return changed


def _refused(
    house: RoomsTaken, move: DecidedMove, runs: Sequence[Occupancy], business_date: date
) -> tuple[Change, str] | None:
    if not runs:
        return "gone", f"Stay {move.reservation_id} holds no room of this type any more."
    code = house.named[(runs[0].room_id, move.reservation_id, runs[0].dates.arrival)].code
    if len(runs) > 1 or runs[0].fixed or runs[0].dates.arrival <= business_date:
        return "not_movable", f"Stay {code} is in house, locked, arrives tonight, or is in several rooms."
    if runs[0].dates != StayDates(move.arrival, move.departure):
        return "other_dates", f"Stay {code} is now from {runs[0].dates.arrival} to {runs[0].dates.departure}."
    if runs[0].room_id != move.from_room_id:
        return "other_room", f"Stay {code} has been given another room."
    if move.to_room_id not in house.ids:
        return "room_unknown", f"Room {move.to_room_id} is not one of the type of stay {code}."
    return None


def _overlapping(taken: Iterable[Occupancy], new: Occupancy) -> bool:
    return any(run.room_id == new.room_id and run.dates.overlaps(new.dates) for run in taken)
