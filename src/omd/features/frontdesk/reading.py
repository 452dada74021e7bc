"""The lists of the desk and its day, read from the database as they go over the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TypeAlias
from uuid import UUID

import msgspec

from omd.db import Database
from omd.features.frontdesk.model import (
    ArrivalCounts,
    Dashboard,
    DepartureCounts,
    DeskFacts,
    ListName,
    NightRevenue,
    People,
    RoomCounts,
    TypeCounts,
)
from omd.features.frontdesk.queries import DayRow, DeskRow, Hotel, Known, Page, read_desk_day, read_desk_list
from omd.features.reservations import DayTime, DayUse, Occupant, Standing, action_rules, is_over
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import NotFound
from omd.kernel.money import Money

MOST_STANDINGS = 8_192
"""How many standings have their steps remembered: some hundred in a hotel, some kilobytes each of JSON."""

_encode = msgspec.json.Encoder().encode
_TypeNight: TypeAlias = tuple[int, str, str, int, int, int, int, int, int | None]
_rooms_decoder = msgspec.json.Decoder(list[_TypeNight])


class Reading(msgspec.Struct, frozen=True):
    """What was read of a desk: JSON that is true at `known`, and until an instant; None where nothing happened since.

    `cursor` is where the next page begins, None on the last one.
    """

    known: Known
    content: bytes | None = None
    until: datetime | None = None
    cursor: str | None = None


class _Told(DeskFacts, frozen=True):
    """A `DeskStay` whose steps are JSON already."""

    actions: msgspec.Raw


async def read_list(
    database: Database,
    actor: Actor,
    hotel: Hotel,
    name: ListName,
    on: date | None,
    page: Page,
    now: datetime,
    known: Known | None = None,
) -> Reading:
    """Read a page of a list of a date, of the business date unless one is named. Raises `NotFound`."""
    rows = await read_desk_list(database, actor, hotel, name, on, page, now, known)
    if not rows:
        raise _no_such(hotel)
    first = rows[0]
    found = Known(first.position, first.of_version)
    if first.is_same:
        return Reading(found)
    stays = [_told(row, row.id, now) for row in rows if row.id is not None]
    ends = [each.hold_until for each in stays if each.hold_until is not None]
    ends += [each.day_use.ends_at for each in stays if each.day_use is not None]
    until = min((each for each in ends if each > now), default=None)
    return Reading(found, _encode(stays[: page.size]), until, _cursor(stays, name, page))


async def read_day(
    database: Database, actor: Actor, hotel: Hotel, on: date | None, now: datetime, known: Known | None = None
) -> Reading:
    """Read a day of a hotel in figures, the business date unless another is named. Raises `NotFound`."""
    row = await read_desk_day(database, actor, hotel, on, now, known)
    if row is None:
        raise _no_such(hotel)
    found = Known(row.position, row.of_version)
    return Reading(found) if row.is_same else Reading(found, _encode(_dashboard(hotel, on or row.business_date, row)))


def _no_such(hotel: Hotel) -> NotFound:
    return NotFound(f"There is no hotel {hotel.business_id}.")


def _cursor(stays: Sequence[_Told], name: ListName, page: Page) -> str | None:
    if len(stays) <= page.size:
        return None
    last = stays[page.size - 1]
    return f"{last.arrival if name == 'arrivals' else last.departure}_{last.id}"


@lru_cache(maxsize=MOST_STANDINGS)
def _told_steps(at: Standing) -> msgspec.Raw:
    """Return the steps of a stay as they are told: the same for all that stand alike, which most of a list do."""
    return msgspec.Raw(_encode(action_rules(at)))


def _told(row: DeskRow, identifier: UUID, now: datetime) -> _Told:
    stay = StayDates(row.arrival, row.departure)
    day_use = None if row.day_use is None else msgspec.json.decode(row.day_use, type=DayUse)
    return _Told(
        id=identifier,
        code=row.code,
        guest_name=row.guest_name,
        adults=row.adults,
        children=row.children,
        room_type_id=row.room_type_id,
        room_type_code=row.room_type_code,
        arrival=row.arrival,
        departure=row.departure,
        nights=stay.nights,
        status=row.status,
        required_action=row.required_action,
        room_numbers=row.room_numbers if day_use is None else [day_use.room_number],
        nights_without_room=row.nights_without_room,
        room_locked=row.room_locked,
        price=None if row.amount is None or row.currency is None else Money(row.amount, row.currency),
        note=row.note,
        external_reference=row.external_reference,
        version=row.version,
        checked_in_at=row.checked_in_at,
        checked_out_at=row.checked_out_at,
        hold_until=row.hold_until,
        estimated_arrival=row.estimated_arrival,
        arrives_late=row.arrives_late,
        open_requests=row.open_requests,
        day_use=None if day_use is None else DayTime(day_use.starts_at, day_use.ends_at),
        actions=_told_steps(
            Standing(
                row.status,
                stay,
                row.business_date,
                row.nights_without_room,
                row.checked_in_on,
                row.checked_out_on,
                hold_is_over=is_over(row.hold_until, now),
                occupant=_occupant(row),
                day_use=day_use is not None,
                day_use_over=day_use is not None and day_use.ends_at <= now,
            )
        ),
    )


def _occupant(row: DeskRow) -> Occupant | None:
    if row.occupied_room is None or row.occupant_code is None:
        return None
    return Occupant(row.occupied_room, row.occupant_code)


def _dashboard(hotel: Hotel, day: date, counted: DayRow) -> Dashboard:
    nights = _rooms_decoder.decode(counted.rooms)
    of_types = tuple(TypeCounts(each[0], each[1], each[2], RoomCounts(*each[3:8])) for each in nights)
    return Dashboard(
        business_id=hotel.business_id,
        business_date=counted.business_date,
        date=day,
        arrivals=ArrivalCounts(
            counted.arrivals_expected,
            counted.arrivals_tentative,
            counted.arrivals_in,
            counted.arrivals_no_show,
            counted.arrivals_overdue,
        ),
        departures=DepartureCounts(counted.departures_expected, counted.departures_out, counted.departures_overdue),
        in_house=People(counted.inside_stays, counted.inside_adults, counted.inside_children),
        tonight=People(counted.tonight_stays, counted.tonight_adults, counted.tonight_children),
        rooms=_house([each.rooms for each in of_types], [each[8] for each in nights]),
        room_types=of_types,
        revenue=NightRevenue(
            Money(counted.revenue, counted.currency),
            counted.priced_stays,
            counted.tonight_stays - counted.priced_stays,
        ),
    )


def _house(types: Sequence[RoomCounts], house_sellable: Sequence[int | None]) -> RoomCounts:
    """Return the sums over the types; together they sell no more than a house-wide limit leaves."""
    limits = [each for each in house_sellable if each is not None]
    return RoomCounts(
        physical=sum(each.physical for each in types),
        out_of_order=sum(each.out_of_order for each in types),
        held=sum(each.held for each in types),
        sold=sum(each.sold for each in types),
        sellable=min([sum(each.sellable for each in types), *limits]),
    )
