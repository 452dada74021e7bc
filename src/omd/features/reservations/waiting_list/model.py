"""An entry of the waiting list, what promotes it, and a turnaway."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from omd.features.reservations.bookings.model import MOST_ROOMS, Booking, SealedOffer
from omd.features.reservations.model import (
    CENT,
    Children,
    Guest,
    Id,
    Instant,
    LongText,
    Name,
    Party,
    Price,
    ShortText,
)
from omd.kernel.errors import FieldProblem

WaitingStatus = Literal["waiting", "promoted", "removed", "expired"]
RemovalReason = Literal["found_elsewhere", "gave_up", "not_reached", "mistake", "other"]
TurnawayReason = Literal["sold_out", "price", "restriction", "other"]
Rooms = Annotated[int, msgspec.Meta(ge=1, le=MOST_ROOMS, examples=[1])]
Source = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,40}$(?!\\n)", examples=["phone"])]
Amount = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,10}(\\.[0-9]{1,2})?$(?!\\n)", examples=["450.00"])]


class WaitingWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who waits, and for what: so many rooms, each for this party, of any type that takes it unless types are named.

    `highest_price` is what one room may cost at most for the whole stay, in the hotel's currency. Priority 1 is served
    first; of one priority who waits longest. `counts_until` is the last business date on which the entry counts: that
    of the arrival, unless an earlier one is given.
    """

    arrival: date
    departure: date
    last_name: Name
    first_name: ShortText | None = None
    email: ShortText | None = None
    phone: ShortText | None = None
    rooms: Rooms = 1
    adults: Party = 1
    children: Children = 0
    room_type_ids: Annotated[list[Id], msgspec.Meta(max_length=50)] = []
    rate_plan_id: Id | None = None
    highest_price: Amount | None = None
    priority: Annotated[int, msgspec.Meta(ge=1, le=9)] = 5
    counts_until: date | None = None
    source: Source | None = None
    note: LongText | None = None

    def columns(self) -> dict[str, object]:
        """Return the wish as the columns of an entry."""
        columns = msgspec.structs.asdict(self)
        columns["room_type_ids"] = sorted(set(self.room_type_ids))
        columns["counts_until"] = self.counts_until or self.arrival
        columns["highest_price"] = None if self.highest_price is None else Decimal(self.highest_price).quantize(CENT)
        return columns


class Removal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody is taken off the waiting list."""

    reason: RemovalReason


class Promotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an entry is promoted to: rooms of a type, at a given price each or none; or offers, one a room.

    Until `hold_until` only, where that is given. Without `guests` the stays are of who waits, `guests` are those of
    every room. `override_reason` sells rooms of a type above every limit, by name and on the record.
    """

    room_type_id: Id | None = None
    price: Price | None = None
    override_reason: Name | None = None
    offers: Annotated[list[SealedOffer], msgspec.Meta(max_length=MOST_ROOMS)] = []
    hold_until: Instant | None = None
    guests: Annotated[list[Guest], msgspec.Meta(min_length=1, max_length=50)] | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` unless either a type or offers are named."""
        if (self.room_type_id is None) == (not self.offers):
            raise ValueError("Say either the room_type_id or the offers to promote to")
        if self.offers and (self.price is not None or self.override_reason is not None):
            raise ValueError("An offer says its price, and sells within the limits")


class WaitingEntry(msgspec.Struct, frozen=True):
    """An entry of the waiting list, as every screen and program sees it.

    `told_at` is when nights last became free of which it was told that they would serve it. `reservation_ids` are the
    stays that it was promoted to, also those whose hold lapsed, so that it waits again. Whoever was forgotten has no
    name any more.
    """

    id: UUID
    business_id: int
    status: WaitingStatus
    priority: int
    arrival: date
    departure: date
    rooms: int
    adults: int
    children: int
    room_type_ids: list[int]
    rate_plan_id: int | None
    highest_price: Decimal | None
    counts_until: date
    source: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    note: str | None
    reason: str | None
    added_at: datetime
    added_by: str
    closed_at: datetime | None
    closed_by: str | None
    told_at: datetime | None
    version: int
    reservation_ids: list[UUID]

    def guest(self) -> Guest:
        """Return who waits as the guest of a stay."""
        assert self.last_name is not None, "who still waits was not forgotten"
        return Guest(last_name=self.last_name, first_name=self.first_name, email=self.email, phone=self.phone)


class ServableEntry(WaitingEntry, frozen=True):
    """An entry that could be served now, and the wanted types each of which has room for it."""

    servable_room_type_ids: list[int]


class WantedType(msgspec.Struct, frozen=True):
    """A room type of the hotel and the party it takes."""

    id: int
    name: str
    max_adults: int
    max_occupancy: int

    def takes(self, wish: WaitingWish) -> bool:
        """Say whether a room of the type takes the party of a wish."""
        return wish.adults <= self.max_adults and wish.adults + wish.children <= self.max_occupancy


def misfits(entry: WaitingEntry, booking: Booking, currency: str) -> Iterator[FieldProblem]:
    """Return in what the stays of a booking are not what an entry waits for, in the hotel's currency, by offer."""
    for at, each in enumerate(booking.stays):
        price = each.price
        pairs = (
            ("dates", f"{entry.arrival} to {entry.departure}", f"{price.arrival} to {price.departure}"),
            ("adults", entry.adults, price.adults),
            ("children", entry.children, len(price.children)),
            ("rate plan", entry.rate_plan_id or price.plan.id, price.plan.id),
        )
        told = [f"its {what} is {theirs}, not {wanted}" for what, wanted, theirs in pairs if wanted != theirs]
        if not wants(entry, price.room_type_id):
            told.append(f"its room type is {price.room_type_id}")
        if entry.highest_price is not None and (price.total > entry.highest_price or booking.currency != currency):
            told.append(f"it comes to {price.total} {booking.currency}, more than {entry.highest_price} {currency}")
        for said in told:
            yield FieldProblem(f"/offers/{at}", "does_not_fit", f"Of an offer: {said}.")


def wants(entry: WaitingEntry, room_type_id: int) -> bool:
    """Say whether a room type would do for an entry."""
    return not entry.room_type_ids or room_type_id in entry.room_type_ids


class NewTurnaway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Demand that was not sold, and why; without a type, any was asked for."""

    arrival: date
    departure: date
    reason: TurnawayReason
    rooms: Annotated[int, msgspec.Meta(ge=1, le=99, examples=[1])] = 1
    adults: Party = 1
    children: Children = 0
    room_type_id: Id | None = None
    source: Source | None = None


class Turnaway(msgspec.Struct, frozen=True):
    """A turnaway on record; `business_date` is the date the hotel worked on."""

    id: UUID
    business_id: int
    business_date: date
    arrival: date
    departure: date
    rooms: int
    adults: int
    children: int
    room_type_id: int | None
    reason: TurnawayReason
    source: str | None
    recorded_at: datetime
    recorded_by: str
