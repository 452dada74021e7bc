"""The checked tree an inventory file describes: destinations, hotels, room types and numbered rooms."""

import msgspec

from omd.kernel.table_files import Source


class RoomSpec(msgspec.Struct, frozen=True):
    """One numbered room; its number is unique within its hotel."""

    number: str
    floor: int | None
    features: tuple[str, ...]
    source: Source


class RoomTypeSpec(msgspec.Struct, frozen=True):
    """A sold category; `quantity`, where the file declares it, equals the number of `rooms`."""

    code: str
    name: str
    max_adults: int
    max_children: int
    max_occupancy: int
    min_occupancy: int
    standard_occupancy: int | None
    quantity: int | None
    rooms: tuple[RoomSpec, ...]
    source: Source


class HotelSpec(msgspec.Struct, frozen=True):
    """A hotel: IANA time zone, ISO 4217 currency code, a code that is unique within its destination."""

    code: str
    name: str
    time_zone: str
    currency: str
    room_types: tuple[RoomTypeSpec, ...]
    source: Source


class OmdSpec(msgspec.Struct, frozen=True):
    """A destination and its member hotels."""

    code: str
    name: str
    hotels: tuple[HotelSpec, ...]
    source: Source


class InventoryTotals(msgspec.Struct, frozen=True):
    """How many things of each kind a file describes."""

    omds: int
    hotels: int
    room_types: int
    rooms: int


class InventoryFile(msgspec.Struct, frozen=True):
    """Everything one file describes, whole and valid, in the order of the file."""

    omds: tuple[OmdSpec, ...]

    @property
    def totals(self) -> InventoryTotals:
        """Count what the file describes."""
        hotels = [hotel for omd in self.omds for hotel in omd.hotels]
        room_types = [room_type for hotel in hotels for room_type in hotel.room_types]
        return InventoryTotals(
            omds=len(self.omds),
            hotels=len(hotels),
            room_types=len(room_types),
            rooms=sum(len(room_type.rooms) for room_type in room_types),
        )
