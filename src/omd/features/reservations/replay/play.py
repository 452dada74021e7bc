"""Plays a real hotel's bookings through the engine, day by day, as its staff would have."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from uuid import UUID

import msgspec

from omd.db import Database, Transaction
from omd.features.identity import system_actor
from omd.features.inventory import hold_business_date
from omd.features.reservations.commands import hold, step
from omd.features.reservations.model import Guest, NewReservation, Price
from omd.features.reservations.replay.figures import MonthFigures, occupancy_by_month
from omd.features.reservations.replay.file import ReplayRow
from omd.features.reservations.replay.house import House
from omd.features.reservations.replay.schedule import Action, Oddities, Schedule
from omd.kernel.errors import OmdError

NOON = time(12, tzinfo=UTC)

_NO_BILL = Price("0.00")
"""What is played is who stays where: what they paid is on the books of the hotel that was."""


class ReplaySummary(msgspec.Struct, frozen=True):
    """What became of a replayed file.

    `repacked` counts stays that were moved to another room of their type; `refused_by_first_fit` the bookings
    for which no single room was free and which that saved. `nights_sold` are the nights of accepted stays that
    were checked out.
    """

    omd: str
    accepted: int
    refused: int
    refused_why: dict[str, int]
    repacked: int
    refused_by_first_fit: int
    most_moves: int
    cancelled: int
    no_shows: int
    checked_in: int
    checked_out: int
    day_use: int
    left_out: int
    nights_sold: int
    rooms: dict[str, int]
    oddities: Oddities
    months: tuple[MonthFigures, ...]


class _Tally:
    """What the replay has done so far."""

    def __init__(self) -> None:
        self.stays: dict[int, UUID] = {}
        self.accepted: list[ReplayRow] = []
        self.refused: Counter[str] = Counter()
        self.moves: list[int] = []
        self.done: Counter[str] = Counter()


async def play(
    db_app: Database,
    db_maintenance: Database,
    house: House,
    schedule: Schedule,
    *,
    progress: Callable[[int, int], None],
) -> ReplaySummary:
    """Play every action in order, each day and room type in one transaction, and sum up.

    A booking that the engine refuses is counted under its code, and what the file says of it later is skipped;
    any other error of the engine ends the replay.
    """
    tally = _Tally()
    system = await system_actor(db_maintenance, house.staff.omd_id)
    done, total = 0, len(schedule.actions)
    for day, actions in schedule.days():
        async with db_maintenance.transaction(system) as tx:
            await hold_business_date(tx, house.staff.omd_id, house.business_id, day, actor=system.label)
        by_type: defaultdict[str, list[Action]] = defaultdict(list)
        for action in actions:
            by_type[action.row.room_type].append(action)
        await asyncio.gather(*(_play_type(db_app, house, tally, each) for each in by_type.values()))
        done += len(actions)
        progress(done, total)
    return _summary(house, schedule, tally)


async def _play_type(db_app: Database, house: House, tally: _Tally, actions: Sequence[Action]) -> None:
    """Play one room type's actions of one day in their order: types share nothing, so they go side by side."""
    async with db_app.transaction(house.staff) as tx:
        for action in actions:
            await _act(tx, house, tally, action)


async def _act(tx: Transaction, house: House, tally: _Tally, action: Action) -> None:
    now = datetime.combine(action.day, NOON)
    if action.kind == "book":
        await _book(tx, house, tally, action.row, now)
        return
    stay = tally.stays.get(action.row.line)
    if stay is None:
        return
    await step(tx, house.staff, stay, action.kind, now=now)
    tally.done[action.kind] += 1


async def _book(tx: Transaction, house: House, tally: _Tally, row: ReplayRow, now: datetime) -> None:
    wanted = NewReservation(
        room_type_id=house.types[row.room_type],
        arrival=row.arrival,
        departure=row.departure,
        guests=[Guest(last_name=f"Guest {row.line}", country=row.country)],
        adults=max(1, row.adults),
        children=row.children,
        price=_NO_BILL,
        external_reference=f"line {row.line}",
    )
    try:
        booked = await hold(tx, house.staff, house.business_id, wanted, now=now)
    except OmdError as refusal:
        # A refusal of the engine has written nothing, so the day's transaction goes on.
        if refusal.status >= 500:
            raise
        tally.refused[refusal.code] += 1
        return
    tally.stays[row.line] = booked.reservation_id
    tally.accepted.append(row)
    if booked.moved:
        tally.moves.append(booked.moved)


def _summary(house: House, schedule: Schedule, tally: _Tally) -> ReplaySummary:
    slept = [row for row in tally.accepted if row.status == "check_out"]
    return ReplaySummary(
        omd=house.code,
        accepted=len(tally.accepted),
        refused=tally.refused.total(),
        refused_why=dict(tally.refused),
        repacked=sum(tally.moves),
        refused_by_first_fit=len(tally.moves),
        most_moves=max(tally.moves, default=0),
        cancelled=tally.done["cancel"],
        no_shows=tally.done["mark_no_show"],
        checked_in=tally.done["check_in"],
        checked_out=tally.done["check_out"],
        day_use=schedule.day_use,
        left_out=schedule.left_out,
        nights_sold=sum(row.nights for row in slept),
        rooms=dict(house.rooms),
        oddities=schedule.oddities,
        months=occupancy_by_month(slept, rooms=sum(house.rooms.values())),
    )


def rooms_needed(rows: Sequence[ReplayRow], peaks: Mapping[str, int]) -> dict[str, int]:
    """Return rooms for every type that a row names, at least none, by the peaks given."""
    return {code: peaks.get(code, 0) for code in sorted({row.room_type for row in rows})}


def span(rows: Sequence[ReplayRow]) -> tuple[date, date]:
    """Return the first booking day and the last departure of the rows."""
    return min(row.booked_on for row in rows), max(row.departure for row in rows)
