"""A booking: what it asks for, what it is; what a re-price asks for, and the taxes a month is declared with."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

from omd.features.offers import MOST_CHARACTERS
from omd.features.reservations.model import Guest, Id, Instant, LongText, ReservationSummary, ShortText, Status
from omd.features.reservations.priced import StayPrice

MOST_ROOMS = 9
"""Rooms that one booking takes at most, as many as are offered at once."""

SealedOffer = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_CHARACTERS, pattern="^[A-Za-z0-9_-]+$(?!\\n)")]


class OfferTaken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An offer that is booked, and who stays; `room_id` asks for one room of its type."""

    offer: SealedOffer
    guests: Annotated[list[Guest], msgspec.Meta(min_length=1, max_length=50)]
    room_id: Id | None = None
    note: LongText | None = None
    external_reference: ShortText | None = None


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Offers to book together, one a room: all of them, or none; until `hold_until` only, where that is given."""

    offers: Annotated[list[OfferTaken], msgspec.Meta(min_length=1, max_length=MOST_ROOMS)]
    hold_until: Instant | None = None


class Repricing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The offer whose price a stay is to have from now on."""

    offer: SealedOffer


class BookedStay(msgspec.Struct, frozen=True):
    """A stay of a booking, and what it was sold at."""

    stay: ReservationSummary
    price: StayPrice


class Booking(msgspec.Struct, frozen=True):
    """A deal: its stays in the order of their arrivals, and what they come to together now."""

    id: UUID
    code: str
    business_id: int
    agency: str | None
    booked_at: datetime
    booked_by: str
    currency: str
    total: Decimal
    stays: tuple[BookedStay, ...]


class BookingSummary(msgspec.Struct, frozen=True):
    """A booking as a list shows it: its stays together as they are now, and the primary guest of the first of them."""

    id: UUID
    code: str
    business_id: int
    agency: str | None
    booked_at: datetime
    booked_by: str
    currency: str
    total: Decimal
    arrival: date
    departure: date
    stays: int
    statuses: list[Status]
    guest_name: str | None


class DeclaredTax(msgspec.Struct, frozen=True):
    """What a tax rule came to in a hotel on the nights of a month that were spent.

    `base` is the sum of what it was reckoned of: amounts for a percentage, else persons, rooms or stays, a night each.
    The locality is the one the hotel lay in when the stays were priced.
    """

    locality_id: int | None
    locality: str | None
    business_id: int
    business: str
    rule_id: int | None
    code: str
    name: str
    placement: str
    currency: str
    stays: int
    nights: int
    base: Decimal
    amount: Decimal


class UnpricedNights(msgspec.Struct, frozen=True):
    """How many nights of a month were spent in a hotel without a price of an offer: no tax of them is known."""

    business_id: int
    nights: int


class TaxDeclaration(msgspec.Struct, frozen=True):
    """The taxes of a month, by locality, hotel and rule; of the running month, of the nights spent so far.

    `unpriced` counts the nights, in whatever locality, that are not in it.
    """

    month: str
    starts_on: date
    ends_on: date
    taxes: list[DeclaredTax]
    unpriced: list[UnpricedNights]
