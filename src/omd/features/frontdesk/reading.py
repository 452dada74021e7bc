"""The lists of the desk and its day, as screens and programs see them."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from omd.db import ReadTransaction
from omd.features.availability import NightAvailability, find_business_date, find_night_availability
from omd.features.frontdesk import queries
from omd.features.frontdesk.model import (
    ArrivalCounts,
    Dashboard,
    DepartureCounts,
    DeskStay,
    NightRevenue,
    People,
    RoomCounts,
    TypeCounts,
)
from omd.features.frontdesk.queries import DayRow, DeskRow, Hotel, Page
from omd.features.inventory import RoomType, list_room_types
from omd.features.reservations import Occupant, Standing, action_rules, find_occupied, is_over
from omd.kernel.dates import StayDates
from omd.kernel.errors import NotFound
from omd.kernel.money import Money

Listing = Callable[[ReadTransaction, Hotel, date, date, Page, datetime], Awaitable[list[DeskRow]]]
"""One of the lists: arrivals, departures, who is in the house."""


async def read_list(
    tx: ReadTransaction, listing: Listing, hotel: Hotel, on: date | None, page: Page, now: datetime
) -> list[DeskStay]:
    """Return a page of a list of a date, of the business date unless one is named. Raises `NotFound`."""
    business_date = await find_business_date(tx, hotel.omd_id, hotel.business_id, now)
    if business_date is None:
        raise NotFound(f"There is no hotel {hotel.business_id}.")
    rows = await listing(tx, hotel, on or business_date, business_date, page, now)
    due = [row.id for row in rows if row.status in ("confirmed", "checked_out") and row.arrival <= business_date]
    occupied = await find_occupied(tx, hotel.omd_id, hotel.business_id, due, now) if due else {}
    return [_shown(row, occupied.get(row.id), now) for row in rows]


async def read_dashboard(tx: ReadTransaction, hotel: Hotel, on: date | None, now: datetime) -> Dashboard:
    """Return a day of a hotel in figures, the business date unless another is named. Raises `NotFound`."""
    day = on or await find_business_date(tx, hotel.omd_id, hotel.business_id, now)
    counted = None if day is None else await queries.count_day(tx, hotel, day, now)
    if day is None or counted is None:
        raise NotFound(f"There is no hotel {hotel.business_id}.")
    types = await list_room_types(tx, hotel.omd_id, hotel.business_id)
    night = StayDates(day, date.fromordinal(min(day.toordinal() + 1, date.max.toordinal())))
    return _dashboard(
        hotel, day, counted, types, await find_night_availability(tx, hotel.omd_id, hotel.business_id, night)
    )


def _shown(row: DeskRow, occupant: Occupant | None, now: datetime) -> DeskStay:
    stay = StayDates(row.arrival, row.departure)
    return DeskStay(
        id=row.id,
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
        room_numbers=tuple(row.room_numbers),
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
        open_requests=tuple(row.open_requests),
        actions=action_rules(
            Standing(
                row.status,
                stay,
                row.business_date,
                row.nights_without_room,
                row.checked_in_on,
                row.checked_out_on,
                hold_is_over=is_over(row.hold_until, now),
                occupant=occupant,
            )
        ),
    )


def _dashboard(
    hotel: Hotel, day: date, counted: DayRow, types: list[RoomType], nights: list[NightAvailability]
) -> Dashboard:
    by_type = {each.room_type_id: each for each in nights}
    of_types = tuple(
        TypeCounts(each.id, each.code, each.name, _rooms(by_type[each.id])) for each in types if each.id in by_type
    )
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
        rooms=_house(nights),
        room_types=of_types,
        revenue=NightRevenue(
            Money(counted.revenue, counted.currency),
            counted.priced_stays,
            counted.tonight_stays - counted.priced_stays,
        ),
    )


def _rooms(night: NightAvailability) -> RoomCounts:
    return RoomCounts(night.physical, night.out_of_order, night.held, night.sold, night.sellable)


def _house(nights: list[NightAvailability]) -> RoomCounts:
    """Return the sums over the types; together they sell no more than a house-wide limit leaves."""
    limits = [each.house_sellable for each in nights if each.house_sellable is not None]
    return RoomCounts(
        physical=sum(each.physical for each in nights),
        out_of_order=sum(each.out_of_order for each in nights),
        held=sum(each.held for each in nights),
        sold=sum(each.sold for each in nights),
        sellable=min([sum(each.sellable for each in nights), *limits]),
    )
