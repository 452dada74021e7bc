"""What stands before an import, and what an import did."""

from datetime import date

import msgspec

from omd.kernel.clock import Clock, local_date
from omd.kernel.ids import BusinessId, OmdId, RoomId, RoomTypeId


class StandingHotel(msgspec.Struct, frozen=True):
    """A hotel as it is in the database; `business_date` is None where today is read from its wall clock."""

    id: BusinessId
    code: str
    name: str
    time_zone: str
    currency: str
    business_date: date | None

    def works_on(self, today: date | Clock) -> date:
        """Return the day the hotel works on: held by hand, or `today`, or the date on its wall clock."""
        if self.business_date is not None:
            return self.business_date
        return today if isinstance(today, date) else local_date(today, self.time_zone)


class StandingRoomType(msgspec.Struct, frozen=True):
    """A room type as it is in the database."""

    business_id: BusinessId
    id: RoomTypeId
    code: str
    name: str
    max_adults: int
    max_children: int
    max_occupancy: int
    min_occupancy: int
    standard_occupancy: int | None


class StandingRoom(msgspec.Struct, frozen=True):
    """A room in use as it is in the database."""

    business_id: BusinessId
    id: RoomId
    room_type_id: RoomTypeId
    number: str
    floor: int | None
    features: list[str]


class AddedRooms(msgspec.Struct, frozen=True):
    """The rooms just added to one hotel."""

    business_id: BusinessId
    room_ids: list[RoomId]


class RoomStay(msgspec.Struct, frozen=True):
    """A stay that needs a room."""

    room_id: RoomId
    code: str
    arrival: date
    departure: date


class RoomMaintenance(msgspec.Struct, frozen=True):
    """A maintenance interval that holds a room."""

    room_id: RoomId
    kind: str
    starts_on: date
    ends_on: date


class TypeShort(msgspec.Struct, frozen=True):
    """A room type that has more sold than fewer rooms would cover, on `nights` nights from `first` to `last`."""

    room_type_id: RoomTypeId
    first: date
    last: date
    nights: int


class HouseShort(msgspec.Struct, frozen=True):
    """A hotel that has more sold than its house-wide limit would leave, on `nights` nights from `first` to `last`."""

    business_id: BusinessId
    first: date
    last: date
    nights: int


class Counts(msgspec.Struct, frozen=True):
    """How many things of one kind a file added, changed, left as they were, and retired."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.retired + other.retired,
        )

    @property
    def nothing(self) -> bool:
        """Say whether everything was left as it was."""
        return not (self.added or self.changed or self.retired)


class ImportedOmd(msgspec.Struct, frozen=True):
    """A destination that a file named."""

    id: OmdId
    code: str


class ImportSummary(msgspec.Struct, frozen=True):
    """What one import did; a second run of the same file leaves everything unchanged."""

    omds: Counts
    hotels: Counts
    room_types: Counts
    rooms: Counts
    imported: tuple[ImportedOmd, ...]

    @property
    def changed_nothing(self) -> bool:
        """Say whether the database held all of the file already."""
        return self.omds.nothing and self.hotels.nothing and self.room_types.nothing and self.rooms.nothing
