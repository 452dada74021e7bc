"""What keeps the stays of a plan from their rooms: what changed since it was made, and the rules they would break."""

from collections.abc import Sequence
from datetime import datetime

from omd.db import ReadTransaction
from omd.features.assignment.house import House, runs, why_not_movable
from omd.features.assignment.model import Reason, StayChanged
from omd.features.assignment.optimising.board import Board
from omd.features.assignment.optimising.legality import Obstacle, refusals
from omd.features.assignment.optimising.model import Question, Stay
from omd.features.assignment.queries import Hotel, PlanStayRow, StayRow
from omd.features.assignment.words import say_refusal
from omd.features.reservations import RuledStay, list_broken_rules
from omd.kernel.dates import StayDates

NOT_OVERRIDDEN: tuple[Obstacle, ...] = ("other_type", "day_use", "taken")
"""What keeps a stay out of a room whoever decides."""


def to_room(stay: PlanStayRow, *, undoing: bool) -> int | None:
    """Return the room that a stay of a plan goes into."""
    return stay.from_room_id if undoing else stay.to_room_id


def list_changes(
    house: House, stays: Sequence[PlanStayRow], *, by_hand: bool = False, undoing: bool = False
) -> list[StayChanged]:
    """Return what keeps each stay from its room; none where all of them can be moved at once.

    Of a plan `by_hand` rules that a person may override are not looked at, of one that is undone no rules.
    """
    question = house.question({stay.reservation_id for stay in stays})
    numbers = {stay.id: number for number, stay in enumerate(question.stays)}
    known = {row.id: row for row in house.stays}
    board = Board(question)
    changed = []
    for stay in stays:
        row = known.get(stay.reservation_id)
        number = numbers.get(stay.reservation_id)
        found: tuple[Reason, str] | None
        if row is None:
            found = "gone", "it holds no nights any more"
        elif number is None:
            found = "not_movable", why_not_movable(row, house.business_date)
        else:
            found = _changed(stay, row, question.stays[number], undoing=undoing) or _kept_out(
                house, board, number, to_room(stay, undoing=undoing), by_hand=by_hand, undoing=undoing
            )
        if found is not None:
            changed.append(StayChanged(stay.reservation_id, stay.code, found[0], f"{stay.code}: {found[1]}."))
    return changed


async def list_ruled(
    tx: ReadTransaction, hotel: Hotel, house: House, stays: Sequence[PlanStayRow], now: datetime
) -> list[RuledStay]:
    """Return the rules that each stay would break in its room, which a person may override."""
    numbers = {room.id: room.number for room in house.rooms}
    return [
        RuledStay(
            stay.reservation_id,
            stay.code,
            stay.to_room_id,
            numbers[stay.to_room_id],
            await list_broken_rules(
                tx,
                hotel.omd_id,
                hotel.business_id,
                stay.reservation_id,
                stay.to_room_id,
                StayDates(stay.arrival, stay.departure),
                now,
            ),
        )
        for stay in stays
        if stay.to_room_id is not None
    ]


def _changed(stay: PlanStayRow, row: StayRow, asked: Stay, *, undoing: bool) -> tuple[Reason, str] | None:
    """Return what is not as the plan has it."""
    if (asked.dates.arrival, asked.dates.departure) != (stay.arrival, stay.departure):
        return "other_dates", f"it is now from {asked.dates.arrival} to {asked.dates.departure}"
    if asked.room_id != to_room(stay, undoing=not undoing):
        return "other_room", "it has been given another room"
    if not undoing and stay.version not in (None, row.version):
        return "changed", f"it has version {row.version}, and the plan is of version {stay.version}"
    return None


def _kept_out(
    house: House, board: Board, number: int, room_id: int | None, *, by_hand: bool, undoing: bool
) -> tuple[Reason, str] | None:
    """Put the stay into the room; return why not where that cannot be."""
    if room_id is None:
        return None
    question = board.question
    place = next((at for at, room in enumerate(question.rooms) if room.id == room_id), None)
    if place is None:
        return "room_refused", "its room has left the house"
    room = question.rooms[place]
    hard = [each for each in refusals(question.stays[number], room) if each.code != "taken"]
    if by_hand:
        hard = [each for each in hard if each.code in NOT_OVERRIDDEN]
    if hard and not undoing:
        return "room_refused", f"room {room.number}: {', '.join(map(say_refusal, hard))}"
    if not board.is_free(number, place):
        return "room_taken", f"room {room.number} is not free on all its nights{_held_by(house, board, number, place)}"
    board.put(number, place)
    return None


def _held_by(house: House, board: Board, number: int, place: int) -> str:
    question: Question = board.question
    wanted, room_id = question.stays[number], question.rooms[place].id
    codes = {row.id: row.code for row in house.stays}
    moving = {stay.id for stay in question.stays}
    holders = [codes[question.stays[each].id] for each in board.in_the_way(number, place)]
    holders += [
        f"{row.code}, {why_not_movable(row, house.business_date)}" if row.room_locked else row.code
        for row in house.stays
        if row.id not in moving and any(held == room_id and dates.overlaps(wanted.dates) for held, dates in runs(row))
    ]
    return f": {', '.join(holders)} would have to leave it" if holders else ""
