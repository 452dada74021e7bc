"""One typed function per statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import Database, ReadTransaction, load_statements
from omd.features.frontdesk.model import ACTIONS, STATUSES, ListName, RequiredAction
from omd.features.reservations import Status
from omd.kernel.actor import Actor
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
    """Runs of nights by columns: the codes one after the other, each `code_length` long, the others JSON."""

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
    locks: str


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


class HoldBackColumns(msgspec.Struct, frozen=True):
    """Hold-backs of certain rooms by columns, each a JSON array."""

    id: str
    room: str
    start: str
    nights: str


class Known(msgspec.Struct, frozen=True):
    """What something that was read of a desk was true at: the position of the events, and all else it depends on."""

    position: int
    version: str


class DeskRow(msgspec.Struct, frozen=True):
    """A stay as the lists of the desk read it, with what the list depends on; one without a stay has a null `id`."""

    is_same: bool
    position: int
    of_version: str
    business_date: date
    id: UUID | None
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
    hold_until: datetime | None
    estimated_arrival: str | None
    arrives_late: bool
    open_requests: list[str]
    occupied_room: str | None
    occupant_code: str | None
    day_use: str | None


class DayRow(msgspec.Struct, frozen=True):
    """What a day of a hotel comes to, and what it depends on, which is all there is where it is what it was."""

    is_same: bool
    position: int
    of_version: str
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
    rooms: str


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


class DayUseDrawn(msgspec.Struct, frozen=True):
    """A room that a stay without a night has for a part of a day."""

    reservation_id: UUID
    code: str
    room_id: int
    starts_at: datetime
    ends_at: datetime
    status: Status
    required_action: RequiredAction


async def list_day_uses(tx: ReadTransaction, hotel: Hotel, window: StayDates, business_date: date) -> list[DayUseDrawn]:
    """Return the rooms that are used by day in a period, but for those that were given up."""
    return await tx.many(
        _SQL["list_day_uses"],
        DayUseDrawn,
        **_of(hotel),
        first=window.arrival,
        last=window.departure,
        business_date=business_date,
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


async def find_hold_backs(
    tx: ReadTransaction, hotel: Hotel, window: StayDates, room_ids: Sequence[int] | None = None
) -> HoldBackColumns:
    """Return what holds certain rooms back in a period, all rooms or some."""
    return await tx.one(
        _SQL["find_hold_backs"],
        HoldBackColumns,
        **_of(hotel),
        first=window.arrival,
        last=window.departure,
        room_ids=room_ids,
    )


async def list_codes(tx: ReadTransaction, hotel: Hotel, reservation_ids: Sequence[UUID]) -> list[str]:
    """Return the codes of some stays."""
    codes: list[str] = await tx.value(_SQL["list_codes"], **_of(hotel), reservation_ids=reservation_ids)
    return codes


async def read_desk_list(
    database: Database,
    actor: Actor,
    hotel: Hotel,
    name: ListName,
    on: date | None,
    page: Page,
    now: datetime,
    known: Known | None,
) -> list[DeskRow]:
    """Return a page of a list, one stay more than it holds where there are more, in one round trip.

    One row without a stay where there is none, and where nothing happened since what is known; none without the hotel.
    """
    return await database.ask(
        actor,
        _SQL["read_desk_list"],
        DeskRow,
        business_id=hotel.business_id,
        list=name,
        date=on,
        after_date=page.after_date,
        after_id=page.after_id,
        most=page.size + 1,
        now=now,
        **_told(known),
    )


async def read_desk_day(
    database: Database, actor: Actor, hotel: Hotel, on: date | None, now: datetime, known: Known | None
) -> DayRow | None:
    """Return what a day of a hotel comes to, in one round trip, or None where there is no such hotel."""
    rows = await database.ask(
        actor, _SQL["read_desk_day"], DayRow, business_id=hotel.business_id, date=on, now=now, **_told(known)
    )
    return rows[0] if rows else None


def _told(known: Known | None) -> dict[str, object]:
    return {"position": None, "version": None} if known is None else msgspec.structs.asdict(known)


def _of(hotel: Hotel) -> dict[str, object]:
    return {"omd_id": hotel.omd_id, "business_id": hotel.business_id}
