"""What is free: counters per room type and night, and the sums a searcher asks for."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, RoomId, RoomTypeId


class Horizon(msgspec.Struct, frozen=True):
    """The dates an OMD has availability for: `[starts_on, ends_on)`."""

    starts_on: date
    ends_on: date


class TypeAvailability(msgspec.Struct, frozen=True):
    """One room type over a stay: the least of its nights.

    `available` is how many rooms are free on every night counted one by one; `sellable` adds the type's
    overbooking limit and is no more than the hotel's house-wide limit leaves: `house_sellable`, null where the hotel
    sets none. All types share it, so a hotel's sum is `sum_of_hotel`. Both are 0 where the hotel's
    `business_date` has passed the arrival: such a stay can no longer begin. Rooms of a type are interchangeable,
    so a stay for which `sellable` is at least one can be booked even where no single room is free throughout: the
    others are moved.
    """

    business_id: BusinessId
    business_code: str
    business_name: str
    business_date: date
    room_type_id: RoomTypeId
    code: str
    name: str
    quantity: int
    max_adults: int
    max_children: int
    max_occupancy: int
    nights_counted: int
    available: int
    sellable: int
    house_sellable: int | None


class NightAvailability(msgspec.Struct, frozen=True):
    """The counters of one room type and night.

    `sellable = physical - out_of_order - held + overbooking - sold`, never below zero, nor above what the
    house-wide limit leaves: `house_sellable`, null where the hotel sets none. `forced` are nights sold beyond
    that by a recorded override.
    """

    room_type_id: RoomTypeId
    date: date
    physical: int
    out_of_order: int
    held: int
    sold: int
    overbooking: int
    forced: int
    house_sellable: int | None
    sellable: int


class TotalAvailability(msgspec.Struct, frozen=True):
    """The sums of `available` and `sellable` over the room types of hotels, each no more than its house lets sell."""

    available: int
    sellable: int


def sum_of_hotel(types: Sequence[TypeAvailability]) -> TotalAvailability:
    """Return what a hotel has in all its room types, at least one; its house-wide limit bounds what is sellable."""
    sellable = sum(each.sellable for each in types)
    left = types[0].house_sellable
    return TotalAvailability(sum(each.available for each in types), sellable if left is None else min(sellable, left))


class HouseNight(msgspec.Struct, frozen=True):
    """The counters of a whole hotel on a night with a house-wide overbooking limit: the sums over its room types.

    `overbooking` is the limit: how many rooms above all there are may be sold, all types taken together.
    `sellable = physical - out_of_order - held + overbooking - sold`, never below zero. `forced` are nights sold
    beyond that by a recorded override.
    """

    date: date
    physical: int
    out_of_order: int
    held: int
    sold: int
    overbooking: int
    forced: int
    sellable: int


ReturnsAs = Literal["dirty", "pickup", "clean", "as_it_was"]
"""What a room is at best when its maintenance ends; `as_it_was` leaves its condition alone."""


class MaintenanceInterval(msgspec.Struct, frozen=True):
    """A room out of order (not sold) or out of service (still sold) for the nights `[starts_on, ends_on)`.

    `returns_as` is what it is at best when that ends; null is what its hotel says of every room.
    """

    id: int
    business_id: BusinessId
    room_id: RoomId
    room_number: str
    room_type_id: RoomTypeId
    kind: str
    starts_on: date
    ends_on: date
    reason: str
    returns_as: ReturnsAs | None
    created_at: datetime
    created_by: str


HoldBackKind = Literal["owner", "staff", "show_room", "renovation_reserve", "other"]
"""For whom or what rooms are held back."""


class HoldBack(msgspec.Struct, frozen=True):
    """Rooms kept off sale for the nights `[starts_on, ends_on)` for a reason that is no defect.

    With `room_id` it is that room, which nobody is given; without it `rooms` of the type, whichever.
    """

    id: int
    business_id: BusinessId
    room_type_id: RoomTypeId
    room_id: RoomId | None
    room_number: str | None
    rooms: int
    kind: HoldBackKind
    starts_on: date
    ends_on: date
    reason: str
    created_at: datetime
    created_by: str

    @property
    def dates(self) -> StayDates:
        """Return the nights it holds."""
        return StayDates(self.starts_on, self.ends_on)


class NightShort(msgspec.Struct, frozen=True):
    """A night on which `sold` is more than the `left` of a type, or, `of_house`, of a house-wide limit."""

    date: date
    sold: int
    left: int
    of_house: bool


class RoomCount(msgspec.Struct, frozen=True):
    """One row of the count by room: free rooms of a type on a date, counted over the room rows."""

    name: str
    available_count: int
    total_count: int
