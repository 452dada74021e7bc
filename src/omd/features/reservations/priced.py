"""What a stay was sold at, line by line: as the hotel sees it, and as its guest does."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from omd.features.offers import ChargePart, OfferedPlan, OfferedPolicy
from omd.features.rates import PolicyKind, TaxLine

Difference = Literal["adults", "children", "room_type"]
"""In what, nights aside, a stay is no more what its price is for."""


class PricedCharge(msgspec.Struct, frozen=True):
    """What one part of one night costs, taxes that are included in it and all.

    `code` names the supplement, or the ages of the bracket; `count` is how many persons it is for.
    """

    date: date
    part: ChargePart
    code: str
    count: int
    amount: Decimal


class PricedTax(msgspec.Struct, frozen=True):
    """What a tax came to on a night, or, for the stay, on its arrival: as a guest sees it."""

    date: date
    code: str
    name: str
    placement: str
    base: Decimal
    amount: Decimal


class StayPrice(msgspec.Struct, frozen=True):
    """The price of a stay, as its offer was shown; whoever changes rates, taxes or the stay does not touch it.

    It is for the nights `[arrival, departure)` of a room type and a party, sold under `policies`, each of the version
    that holds for the stay, its texts by language. `nights_without_price` are nights of the
    stay that it does not hold, `charges_without_night` dates that it charges and the stay has no more, `differs` what
    else of the stay is no more what was priced: a re-price settles them all. `version` is that of the stay.
    """

    reservation_id: UUID
    reservation_code: str
    booking_id: UUID | None
    booking_code: str | None
    agency: str | None
    offer_id: UUID
    room_type_id: int
    arrival: date
    departure: date
    adults: int
    children: list[int]
    country: str | None
    plan: OfferedPlan
    policies: tuple[OfferedPolicy, ...]
    currency: str
    charges: tuple[PricedCharge, ...]
    taxes: tuple[TaxLine, ...]
    gross: Decimal
    on_top: Decimal
    owed: Decimal
    total: Decimal
    shown_at: datetime
    priced_at: datetime
    priced_by: str
    nights_without_price: tuple[date, ...]
    charges_without_night: tuple[date, ...]
    differs: tuple[Difference, ...]
    version: int


class OwnStep(msgspec.Struct, frozen=True):
    """What is owed from an instant on."""

    since: datetime
    amount: Decimal


class OwnPolicy(msgspec.Struct, frozen=True):
    """What a guest owes who cancels, or does not come: in the words of the hotel, and reckoned for the stay.

    `language` and `text` are null where no text was written. `owed` is what it comes to now, for a stay that has ended
    what it came to then, null where it can no more come to it; `later` is what it will be, and from when on.
    """

    kind: PolicyKind
    name: str
    language: str | None
    text: str | None
    owed: Decimal | None
    later: tuple[OwnStep, ...]


class OwnPrice(msgspec.Struct, frozen=True):
    """The price of a stay as its guest was shown it: `total` = `gross` + `on_top`, what is owed beside it left out."""

    plan_name: str
    meals: str
    currency: str
    charges: tuple[PricedCharge, ...]
    taxes: tuple[PricedTax, ...]
    gross: Decimal
    on_top: Decimal
    total: Decimal
