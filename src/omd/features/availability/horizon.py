"""The horizon: the dates an OMD has supply for, opened ahead by quarters and detached when they are old.

These functions are the edge themselves: one transaction a quarter, so that no lock is held longer than one
quarter takes, on a database of the maintenance role.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TypeVar

import msgspec

from omd.db import Database, Transaction, load_statements
from omd.features.identity import system_actor_within, system_scope
from omd.features.inventory import lock_inventory
from omd.infra.command_line import ReportProgress
from omd.kernel.clock import Clock
from omd.kernel.errors import DatabaseUnavailable
from omd.kernel.ids import OmdId

Result = TypeVar("Result")

_SQL = load_statements("omd.features.availability", "horizon.sql")
_LABEL = "horizon"

DAYS_AHEAD = 365
"""Counted from `today`; who starts from the earliest date on Earth adds two, for the hotels that are ahead of it."""
KEEP_DAYS = 400
LOCK_WAIT_MILLISECONDS = 5_000
ATTEMPTS = 5


class BusinessDates(msgspec.Struct, frozen=True):
    """The earliest and the latest day the hotels of an OMD work on, and how many they are."""

    earliest: date
    latest: date
    hotels: int


class HorizonOpened(msgspec.Struct, frozen=True):
    """The quarters made, by their first days, and the room-nights in them."""

    quarters: tuple[date, ...]
    room_nights: int


class HorizonRolled(msgspec.Struct, frozen=True):
    """What one roll of an OMD's horizon did; `detached` names the leaves now kept in the schema archive."""

    opened: HorizonOpened
    detached: tuple[str, ...]


def quarter_start(day: date) -> date:
    """Return the first day of the quarter a date lies in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def next_quarter(quarter: date) -> date:
    """Return the first day of the quarter after the one that begins on `quarter`."""
    return quarter_start(quarter + timedelta(days=100))


def quarters_between(first: date, last: date) -> int:
    """Count the quarters from the one that begins on `first` to the one that holds `last`, at least 0."""
    return max(0, (last.year - first.year) * 4 + (last.month - 1) // 3 - (first.month - 1) // 3 + 1)


def earliest_today(clock: Clock) -> date:
    """Return the earliest date it is on any wall clock: what is still tonight for the westernmost hotel, at UTC-12."""
    return (clock.now() - timedelta(hours=12)).date()


async def open_horizon(
    db: Database,
    omd_id: OmdId,
    *,
    today: date,
    days: int = DAYS_AHEAD,
    progress: ReportProgress | None = None,
) -> HorizonOpened:
    """Make the missing quarters of an OMD through the one that holds `today` + `days`.

    The very first one is filled from `today` on. Safe to run twice and at once with another: whoever comes second
    finds the quarter made. Raises `DatabaseUnavailable` when long transactions kept it from the locks it needs;
    quarters made until then stay.
    """

    async def make_next(tx: Transaction) -> tuple[date, int, int] | None:
        await _act_alone(tx, omd_id)
        ends_on: date | None = await tx.value(_SQL["find_horizon_end"], omd_id=omd_id)
        quarter = quarter_start(today) if ends_on is None else ends_on
        missing = quarters_between(quarter, today + timedelta(days=days))
        if missing == 0:
            return None
        fill_from = today if ends_on is None else quarter
        rows: int = await tx.value(_SQL["create_quarter"], omd_id=omd_id, quarter=quarter, fill_from=fill_from)
        return quarter, rows, missing

    made: list[date] = []
    room_nights = 0
    total = 0
    while True:
        step = await _write_patiently(db, omd_id, make_next)
        if step is None:
            return HorizonOpened(tuple(made), room_nights)
        made.append(step[0])
        room_nights += step[1]
        total = max(total, len(made) + step[2] - 1)
        if progress is not None:
            progress(len(made), total)


async def detach_old(db: Database, omd_id: OmdId, before: date) -> tuple[str, ...]:
    """Detach the quarters of an OMD that end on or before a date; return the names of what went to the archive."""

    async def detach(tx: Transaction) -> tuple[str, ...]:
        await _act_alone(tx, omd_id)
        return tuple(await tx.value(_SQL["detach_quarters"], omd_id=omd_id, before=before))

    return await _write_patiently(db, omd_id, detach)


async def roll_horizon(
    db: Database,
    omd_id: OmdId,
    *,
    today: date,
    days: int = DAYS_AHEAD,
    keep_days: int = KEEP_DAYS,
    progress: ReportProgress | None = None,
) -> HorizonRolled:
    """Open an OMD's horizon ahead of its latest business date and detach what lies `keep_days` before its earliest.

    A hotel whose business date is held by hand keeps the quarters it lives in.
    """
    opened = await open_ahead(db, omd_id, today=today, days=days, progress=progress)
    dates = await _business_dates(db, omd_id, today)
    return HorizonRolled(opened, await detach_old(db, omd_id, dates.earliest - timedelta(days=keep_days)))


async def open_ahead(
    db: Database,
    omd_id: OmdId,
    *,
    today: date,
    days: int = DAYS_AHEAD,
    progress: ReportProgress | None = None,
) -> HorizonOpened:
    """Open an OMD's horizon ahead of the latest day its hotels work on; one that has no hotel yet is left alone."""
    dates = await _business_dates(db, omd_id, today)
    if dates.hotels == 0:
        return HorizonOpened((), 0)
    return await open_horizon(db, omd_id, today=dates.latest, days=days, progress=progress)


async def _business_dates(db: Database, omd_id: OmdId, today: date) -> BusinessDates:
    async with db.reading(system_scope(omd_id, _LABEL)) as tx:
        return await tx.one(_SQL["find_business_dates"], BusinessDates, omd_id=omd_id, today=today)


async def _act_alone(tx: Transaction, omd_id: OmdId) -> None:
    """Wait for our turn at the OMD's inventory, however long; from then on wait only briefly for any lock."""
    await lock_inventory(tx, omd_id)
    await tx.act_for(await system_actor_within(tx, omd_id, label=_LABEL))
    await tx.value(_SQL["limit_lock_wait"], milliseconds=str(LOCK_WAIT_MILLISECONDS))


async def _write_patiently(db: Database, omd_id: OmdId, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
    for _ in range(ATTEMPTS - 1):
        try:
            return await db.write(system_scope(omd_id, _LABEL), work)
        except DatabaseUnavailable:
            continue
    return await db.write(system_scope(omd_id, _LABEL), work)
