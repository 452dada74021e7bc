"""Hotels, what they sell, and the numbered rooms they sell it with."""

from datetime import date

import msgspec

from omd.kernel.clock import Clock, local_date
from omd.kernel.ids import BusinessId, OmdId, RoomId, RoomTypeId


class Business(msgspec.Struct, frozen=True):
    """A hotel, member of one OMD: IANA time zone, ISO 4217 currency.

    `business_date` is the day the hotel works on where its night audit opens it, or it is held by hand, else None.
    """

    omd_id: OmdId
    id: BusinessId
    code: str
    name: str
    time_zone: str
    currency: str
    business_date: date | None

    def date_now(self, clock: Clock) -> date:
        """Return the hotel's business date: the one that is held, or today on its wall clock."""
        return self.business_date or local_date(clock, self.time_zone)


class HotelNight(msgspec.Struct, frozen=True):
    """When a hotel's work of the night is due: at an hour, 0 to 23, of its own clock."""

    omd_id: OmdId
    business_id: BusinessId
    time_zone: str
    night_hour: int


class RoomType(msgspec.Struct, frozen=True):
    """What a hotel sells: rooms that are interchangeable for the guest; `quantity` counts those in use.

    `standard_occupancy` persons are in its price; adults above that are extra.
    """

    omd_id: OmdId
    business_id: BusinessId
    id: RoomTypeId
    code: str
    name: str
    quantity: int
    max_adults: int
    max_children: int
    max_occupancy: int
    min_occupancy: int
    standard_occupancy: int
    overbooking: int


class Room(msgspec.Struct, frozen=True):
    """A numbered room in use; its number is unique within its hotel."""

    omd_id: OmdId
    business_id: BusinessId
    id: RoomId
    room_type_id: RoomTypeId
    number: str
    floor: int | None
    features: list[str]
