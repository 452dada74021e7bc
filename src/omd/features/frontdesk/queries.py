"""One typed function per statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Statement, load_statements
from omd.features.frontdesk.model import ACTIONS, STATUSES, RequiredAction
from omd.features.reservations import Status
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.frontdesk")


class Hotel(msgspec.Struct, frozen=True):
    """Whose desk it is."""

    omd_id: OmdId
    business_id: BusinessId


class Frame(msgspec.Struct, frozen=True):
    """What a planner is drawn in; `open_until` is the first date that cannot be sold yet, None where none can."""

    business_date: date
    open_until: date | None
    last_position: int


class Change(msgspec.Struct, frozen=True):
    """What happened in a hotel: an event, its data as JSON."""

    type: str
    aggregate: str
    aggregate_id: str
    data: str


class BarColumns(msgspec.Struct, frozen=True):
    """Runs of nights by columns: the codes one after the other, each `code_length` long, the others JSON arrays."""

    codes: str
    code_length: int
    name: str
    room: str
    type: str
    start: str
    nights: str
    status: str
    action: str
    flags: str


class RoomColumns(msgspec.Struct, frozen=True):
    """Rooms by columns, each a JSON array."""

    id: str
    number: str
    type: str
    floor: str
    retired: str


class IntervalColumns(msgspec.Struct, frozen=True):
    """Maintenance by columns, each a JSON array."""

    id: str
    room: str
    kind: str
    start: str
    nights: str


class DeskRow(msgspec.Struct, frozen=True):
    """A stay as the lists of the desk read it."""

    id: UUID
    code: str
    guest_name: str
    adults: int
    children: int
    room_type_id: int
    room_type_code: str
    arrival: date
    departure: date
    status: Status
    required_action: RequiredAction
    room_numbers: list[str]
    nights_without_room: int
    room_locked: bool
    amount: Decimal | None
    currency: str | None
    note: str | None
    external_reference: str | None
    version: int
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    checked_in_on: date | None
    checked_out_on: date | None
    business_date: date
    hold_until: datetime | None
    estimated_arrival: str | None
    arrives_late: bool
    open_requests: list[str]


class DayRow(msgspec.Struct, frozen=True):
    """What a day of a hotel comes to."""

    business_date: date
    currency: str
    arrivals_expected: int
    arrivals_tentative: int
    arrivals_in: int
    arrivals_no_show: int
    arrivals_overdue: int
    departures_expected: int
    departures_out: int
    departures_overdue: int
    inside_stays: int
    inside_adults: int
    inside_children: int
    tonight_stays: int
    tonight_adults: int
    tonight_children: int
    revenue: Decimal
    priced_stays: int


class Page(msgspec.Struct, frozen=True):
    """Which page of a list: what comes after a date and an id, so many entries."""

    after_date: date
    after_id: UUID
    size: int


async def find_frame(tx: ReadTransaction, hotel: Hotel, now: datetime) -> Frame | None:
    """Return what a planner of a hotel is drawn in, or None where there is no such hotel."""
    return await tx.maybe(_SQL["find_frame"], Frame, **_of(hotel), now=now)


async def list_changes(tx: ReadTransaction, hotel: Hotel, since: int, *, most: int) -> list[Change]:
    """Return what happened in a hotel after a position, in no order, what has no position yet included."""
    return await tx.many(_SQL["list_changes"], Change, **_of(hotel), since=since, most=most)


async def find_bars(
    tx: ReadTransaction,
    hotel: Hotel,
    window: StayDates,
    business_date: date,
    reservation_ids: Sequence[UUID] | None = None,
) -> BarColumns:
    """Return the runs of nights of a period, of all stays or of some."""
    return await tx.one(
        _SQL["find_bars"],
        BarColumns,
        **_of(hotel),
        first=window.arrival,
        last=window.departure,
        business_date=business_date,
        reservation_ids=reservation_ids,
        statuses=STATUSES,
        actions=ACTIONS,
    )


async def find_rooms(tx: ReadTransaction, hotel: Hotel, first: date) -> RoomColumns:
    """Return the rooms that are in use on a date or later."""
    return await tx.one(_SQL["find_rooms"], RoomColumns, **_of(hotel), first=first)


async def find_intervals(
    tx: ReadTransaction, hotel: Hotel, window: StayDates, room_ids: Sequence[int] | None = None
) -> IntervalColumns:
    """Return the maintenance of a period, of all rooms or of some."""
    return await tx.one(
        _SQL["find_intervals"],
        IntervalColumns,
        **_of(hotel),
        first=window.arrival,
        last=window.departure,
        room_ids=room_ids,
    )


async def list_codes(tx: ReadTransaction, hotel: Hotel, reservation_ids: Sequence[UUID]) -> list[str]:
    """Return the codes of some stays."""
    codes: list[str] = await tx.value(_SQL["list_codes"], **_of(hotel), reservation_ids=reservation_ids)
    return codes


async def list_arrivals(
    tx: ReadTransaction, hotel: Hotel, on: date, business_date: date, page: Page, now: datetime
) -> list[DeskRow]:
    """Return a page of the stays that arrive on a date, by arrival, then id."""
    return await _list(tx, _SQL["list_arrivals"], hotel, page, now, date=on, business_date=business_date)


async def list_departures(
    tx: ReadTransaction, hotel: Hotel, on: date, business_date: date, page: Page, now: datetime
) -> list[DeskRow]:
    """Return a page of the stays that leave on a date, by departure, then id."""
    return await _list(tx, _SQL["list_departures"], hotel, page, now, date=on, business_date=business_date)


async def list_in_house(
    tx: ReadTransaction, hotel: Hotel, on: date, business_date: date, page: Page, now: datetime
) -> list[DeskRow]:
    """Return a page of the stays in the house now, or that hold the night of another date, by departure, then id."""
    if on == business_date:
        return await _list(tx, _SQL["list_in_house"], hotel, page, now)
    return await _list(tx, _SQL["list_sleeping"], hotel, page, now, date=on)


async def count_day(tx: ReadTransaction, hotel: Hotel, on: date, now: datetime) -> DayRow | None:
    """Return what a day of a hotel comes to, or None where there is no such hotel."""
    return await tx.maybe(_SQL["count_day"], DayRow, **_of(hotel), date=on, now=now)


async def _list(
    tx: ReadTransaction, statement: Statement, hotel: Hotel, page: Page, now: datetime, **dates: date
) -> list[DeskRow]:
    return await tx.many(
        statement,
        DeskRow,
        **_of(hotel),
        after_date=page.after_date,
        after_id=page.after_id,
        page_size=page.size,
        now=now,
        **dates,
    )


def _of(hotel: Hotel) -> dict[str, object]:
    return {"omd_id": hotel.omd_id, "business_id": hotel.business_id}
