"""Draws the room planner: whole, or what changed since a version.

Every drawing reads its version first and the rooms after it. What happens in between is in the drawing, and once more
in the next difference, which says of each stay and room what is so, not what happened: putting it over twice is the
same as once. Events without a position yet are part of every difference, so that none waits for the relay.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias
from uuid import UUID

import msgspec

from omd.db import ReadTransaction
from omd.features.availability import EVERYTHING, NightAvailability, find_night_availability, touched_nights
from omd.features.frontdesk import queries
from omd.features.frontdesk.model import (
    ACTIONS,
    STATUSES,
    PlannerChanges,
    PlannerCounters,
    PlannerDayUse,
    PlannerType,
    PlannerVersion,
)
from omd.features.frontdesk.queries import Change, Hotel
from omd.features.inventory import list_room_types
from omd.kernel.dates import StayDates
from omd.kernel.errors import NotFound

MOST_CHANGES = 500
"""A difference of more events than this is not smaller than the whole."""

MOST_BEHIND = 50_000
"""How many events, of all hotels, may lie between a version and now; looking through more takes longer than anew."""

Columns: TypeAlias = dict[str, str | int | msgspec.Raw]
_PLAIN = {"codes", "code_length"}
"""The columns that PostgreSQL does not write as JSON."""

_encode = msgspec.json.Encoder().encode


class Touched(msgspec.Struct, frozen=True):
    """What events changed of what a planner shows: stays, rooms, and the counters of some nights."""

    stays: Sequence[UUID]
    rooms: Sequence[int]
    nights: StayDates | None


class _Wire(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `Planner` whose columns are JSON already, as PostgreSQL wrote them."""

    version: str
    complete: bool
    business_date: date
    starts_on: date
    days: int
    statuses: Sequence[str]
    actions: Sequence[str]
    bars: Columns
    counters: Sequence[PlannerCounters]
    maintenance: Columns
    hold_backs: Columns
    types: Sequence[PlannerType] | None = None
    rooms: Columns | None = None
    day_uses: Sequence[PlannerDayUse] = ()
    changes: PlannerChanges | None = None


async def draw_planner(
    tx: ReadTransaction,
    hotel: Hotel,
    *,
    first: date | None,
    days: int,
    since: PlannerVersion | None,
    now: datetime,
) -> bytes:
    """Return the planner of a hotel as JSON (`Planner`): from the business date on, unless a first day is named.

    With `since` only what changed, where that version leads to now by events alone. Raises `NotFound`.
    """
    frame = await queries.find_frame(tx, hotel, now)
    if frame is None:
        raise NotFound(f"There is no hotel {hotel.business_id}.")
    starts_on = first or frame.business_date
    window = StayDates(starts_on, date.fromordinal(min(starts_on.toordinal() + days, date.max.toordinal())))
    version = PlannerVersion(frame.last_position, frame.business_date, frame.open_until, window)
    touched = None if since is None else await _touched_since(tx, hotel, since, version)
    return _encode(await (_whole(tx, hotel, version) if touched is None else _difference(tx, hotel, version, touched)))


async def _touched_since(
    tx: ReadTransaction, hotel: Hotel, since: PlannerVersion, version: PlannerVersion
) -> Touched | None:
    """Return what changed between two versions, or None where that is a new drawing."""
    if not since.leads_to(version) or version.position - since.position > MOST_BEHIND:
        return None
    changes = await queries.list_changes(tx, hotel, since.position, most=MOST_CHANGES + 1)
    return None if len(changes) > MOST_CHANGES else touched_by(changes)


def touched_by(changes: Sequence[Change]) -> Touched | None:
    """Return what events changed of what a planner shows, or None where nothing need be as it was."""
    if any(each.type in EVERYTHING for each in changes):
        return None
    nights = [found for each in changes if (found := touched_nights(each.type, each.data)) is not None]
    return Touched(
        sorted({UUID(each.aggregate_id) for each in changes if each.aggregate == "reservation"}),
        sorted({int(each.aggregate_id) for each in changes if each.aggregate == "room"}),
        StayDates(min(each.arrival for each in nights), max(each.departure for each in nights)) if nights else None,
    )


async def _whole(tx: ReadTransaction, hotel: Hotel, version: PlannerVersion) -> _Wire:
    window = version.window
    types = await list_room_types(tx, hotel.omd_id, hotel.business_id)
    rooms = await queries.find_rooms(tx, hotel, window.arrival)
    bars = await queries.find_bars(tx, hotel, window, version.business_date)
    intervals = await queries.find_intervals(tx, hotel, window)
    held_back = await queries.find_hold_backs(tx, hotel, window)
    counters = await find_night_availability(tx, hotel.omd_id, hotel.business_id, window)
    return msgspec.structs.replace(
        _drawn(version, bars, intervals, held_back, _counters(counters, window, window.arrival)),
        complete=True,
        types=[PlannerType(each.id, each.code, each.name) for each in types],
        rooms=_raw(rooms),
        day_uses=await _day_uses(tx, hotel, version),
    )


async def _difference(tx: ReadTransaction, hotel: Hotel, version: PlannerVersion, touched: Touched) -> _Wire:
    window = version.window
    codes = await queries.list_codes(tx, hotel, touched.stays) if touched.stays else []
    bars = await queries.find_bars(tx, hotel, window, version.business_date, touched.stays)
    intervals = await queries.find_intervals(tx, hotel, window, touched.rooms)
    held_back = await queries.find_hold_backs(tx, hotel, window, touched.rooms)
    counters: list[PlannerCounters] = []
    if touched.nights is not None and touched.nights.overlaps(window):
        nights = StayDates(max(touched.nights.arrival, window.arrival), min(touched.nights.departure, window.departure))
        found = await find_night_availability(tx, hotel.omd_id, hotel.business_id, nights)
        counters = _counters(found, nights, window.arrival)
    return msgspec.structs.replace(
        _drawn(version, bars, intervals, held_back, counters),
        day_uses=await _day_uses(tx, hotel, version, touched.stays) if touched.stays else (),
        changes=PlannerChanges(codes, touched.rooms),
    )


async def _day_uses(
    tx: ReadTransaction, hotel: Hotel, version: PlannerVersion, of: Sequence[UUID] | None = None
) -> list[PlannerDayUse]:
    """Return the rooms used by day, of some stays where they are named."""
    window = version.window
    found = await queries.list_day_uses(tx, hotel, window, version.business_date)
    return [
        PlannerDayUse(
            each.code,
            each.room_id,
            each.starts_at,
            each.ends_at,
            STATUSES.index(each.status),
            ACTIONS.index(each.required_action),
        )
        for each in found
        if of is None or each.reservation_id in of
    ]


def _drawn(
    version: PlannerVersion,
    bars: queries.BarColumns,
    intervals: queries.IntervalColumns,
    held_back: queries.HoldBackColumns,
    counters: Sequence[PlannerCounters],
) -> _Wire:
    return _Wire(
        version=str(version),
        complete=False,
        business_date=version.business_date,
        starts_on=version.window.arrival,
        days=version.window.nights,
        statuses=STATUSES,
        actions=ACTIONS,
        bars=_raw(bars),
        counters=counters,
        maintenance=_raw(intervals),
        hold_backs=_raw(held_back),
    )


def _counters(found: Sequence[NightAvailability], nights: StayDates, starts_on: date) -> list[PlannerCounters]:
    """Return the counters of each type over the nights, null on those that are not open."""
    return [
        _counters_of(room_type_id, {each.date: each for each in of_type}, nights, starts_on)
        for room_type_id, of_type in groupby(found, key=attrgetter("room_type_id"))
    ]


def _counters_of(
    room_type_id: int, by_date: dict[date, NightAvailability], nights: StayDates, starts_on: date
) -> PlannerCounters:
    ordered = [by_date.get(each) for each in nights.dates()]
    return PlannerCounters(
        type=room_type_id,
        start=(nights.arrival - starts_on).days,
        physical=[None if each is None else each.physical for each in ordered],
        out_of_order=[None if each is None else each.out_of_order for each in ordered],
        held=[None if each is None else each.held for each in ordered],
        sold=[None if each is None else each.sold for each in ordered],
        sellable=[None if each is None else each.sellable for each in ordered],
    )


def _raw(columns: msgspec.Struct) -> Columns:
    """Return columns as they are sent: those that are JSON already as they are."""
    told = msgspec.structs.asdict(columns)
    return {name: value if name in _PLAIN else msgspec.Raw(value) for name, value in told.items()}
