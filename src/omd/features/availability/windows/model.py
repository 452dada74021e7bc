"""The window of a hotel, and what a search finds in it: the same as the database would."""

from datetime import date, datetime, timedelta

import msgspec

from omd.features.availability.model import TypeAvailability
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId, RoomTypeId

NIGHTS = 30
"""The nights of a window, from the hotel's business date on."""

SHAPE = 1
"""Part of every key: a window written in another shape, as by another release, is not found."""


class WindowType(msgspec.Struct, frozen=True, array_like=True):
    """A room type, and night by night how many rooms of it are free, and may be sold; below zero where oversold."""

    room_type_id: RoomTypeId
    code: str
    name: str
    quantity: int
    max_adults: int
    max_children: int
    max_occupancy: int
    available: tuple[int, ...]
    sellable: tuple[int, ...]


class Window(msgspec.Struct, frozen=True, array_like=True):
    """The next nights of a hotel: `nights` of them from `starts_on`, its business date, on.

    `house` is what a house-wide limit leaves each night, null on a night without one, empty where there is none.
    It is of use from `begins_at` until `ends_at`, while that is the business date; null where the date is held by hand.
    """

    omd_id: OmdId
    business_id: BusinessId
    code: str
    name: str
    starts_on: date
    begins_at: datetime | None
    ends_at: datetime | None
    nights: int
    house: tuple[int | None, ...]
    room_types: tuple[WindowType, ...]

    @property
    def is_whole(self) -> bool:
        """Say whether every night that it claims to hold is there."""
        lengths = [len(each) for kind in self.room_types for each in (kind.available, kind.sellable)]
        return (
            0 <= self.nights <= NIGHTS
            and all(length >= self.nights for length in lengths)
            and len(self.house)
            in (
                0,
                NIGHTS,
            )
        )

    @property
    def bytes_held(self) -> int:
        """How many bytes of memory it takes, about."""
        nights = sum(len(each.available) + len(each.sellable) for each in self.room_types)
        return 600 + 400 * len(self.room_types) + 8 * nights

    def is_of(self, now: datetime) -> bool:
        """Say whether the hotel still works on the day with which the window begins."""
        return (self.begins_at is None or self.begins_at <= now) and (self.ends_at is None or now < self.ends_at)

    def covers(self, stay: StayDates) -> bool:
        """Say whether every night of the stay is in it."""
        return self.starts_on <= stay.arrival and stay.departure <= self.starts_on + timedelta(days=self.nights)

    def is_far_from(self, nights: StayDates) -> bool:
        """Say whether these nights are neither in it nor in the one of tomorrow, which others may have already."""
        return nights.departure <= self.starts_on or nights.arrival >= self.starts_on + timedelta(days=NIGHTS + 2)

    def find(self, stay: StayDates, *, adults: int, children: int) -> list[TypeAvailability]:
        """Return what `search_type_availability` gives for a stay that the window covers."""
        first, last = (stay.arrival - self.starts_on).days, (stay.departure - self.starts_on).days
        left = [each for each in self.house[first:last] if each is not None]
        house = max(0, min(left)) if left else None
        return [
            self._found(kind, first, last, house)
            for kind in self.room_types
            if kind.max_adults >= adults and kind.max_occupancy >= adults + children
        ]

    def _found(self, kind: WindowType, first: int, last: int, house: int | None) -> TypeAvailability:
        sellable = max(0, min(kind.sellable[first:last]))
        return TypeAvailability(
            self.business_id,
            self.code,
            self.name,
            self.starts_on,
            kind.room_type_id,
            kind.code,
            kind.name,
            kind.quantity,
            kind.max_adults,
            kind.max_children,
            kind.max_occupancy,
            last - first,
            max(0, min(kind.available[first:last])),
            sellable if house is None else min(sellable, house),
            house,
        )
