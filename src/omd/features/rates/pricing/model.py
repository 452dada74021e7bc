"""What a price is made of: the plan's terms, the price of one night, and what a stay comes to."""

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from omd.kernel.dates import StayDates

Basis = Literal["person", "room"]
Charge = Literal["night", "person_night", "stay", "person_stay", "once"]
SupplementKind = Literal["supplement", "meals"]
GrownChildren = Literal["adults", "refused"]
Weekdays = frozenset[int]
"""Days of the week as `date.weekday()` counts them: 0 is Monday."""


class Occupancy(msgspec.Struct, frozen=True, kw_only=True):
    """How many persons a room type takes; `standard` of them are in its base price, the adults above it are extra.

    `max_adults` is looked at before children are counted as adults: they sleep where children do.
    """

    room_type: str
    min_guests: int = 1
    standard: int
    max_guests: int
    max_adults: int | None = None
    max_children: int | None = None


class Party(msgspec.Struct, frozen=True):
    """Who sleeps in one room: adults, and the age in years of each child."""

    adults: int
    children: tuple[int, ...] = ()


class StayQuestion(msgspec.Struct, frozen=True):
    """What is to be priced: one room for a party, and the day on which it would be booked."""

    dates: StayDates
    party: Party
    booked_on: date


class Bracket(msgspec.Struct, frozen=True):
    """Children of `from_age` to the year before `until_age`."""

    from_age: int
    until_age: int


class FamilyOffer(msgspec.Struct, frozen=True):
    """Where at least `min_count` children under `max_age` come, `free` of them stay free, the youngest first."""

    max_age: int
    min_count: int
    free: int


class FreeNights(msgspec.Struct, frozen=True):
    """Of a stay of at least `required` nights `free` cost nothing.

    A pattern such as PPPPPPF says of each run of as many nights which are paid and which free; nights beyond the
    last whole run are paid. Without one the last `free` nights of the stay are free, once.
    """

    required: int
    free: int
    pattern: str | None = None


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Who may have a plan at all, whatever the date; None and empty say nothing.

    Advance is in days from the booking to the arrival. Of the children's ages `max_child_age` is excluded.
    """

    children: bool = True
    min_child_age: int | None = None
    max_child_age: int | None = None
    min_adults: int | None = None
    max_adults: int | None = None
    min_children: int | None = None
    max_children: int | None = None
    min_nights: int | None = None
    max_nights: int | None = None
    arrival_weekdays: Weekdays | None = None
    departure_weekdays: Weekdays | None = None
    min_advance: int | None = None
    max_advance: int | None = None


class Supplement(msgspec.Struct, frozen=True, kw_only=True):
    """A charge that comes with the stay on every night it covers.

    `stay` and `person_stay` are what the whole stay costs: a stay that it covers in part pays that part of it.
    `once` is charged in full on the first night it covers. Of the dates `until` is excluded; no room types are all.
    """

    code: str
    charge: Charge
    amount: Decimal
    since: date | None = None
    until: date | None = None
    weekdays: Weekdays | None = None
    room_types: tuple[str, ...] = ()
    kind: SupplementKind = "supplement"


class PlanTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a rate plan says of every date: how its amounts are read, for whom it is, and what comes on top.

    `basis` says whether an amount is of each payer or of the room. A child of `adult_from` years or more is counted as
    an adult, or refused where `grown_children` says so. With `full_payers` the oldest children pay as adults
    until the standard is reached. With `through_departure` the stay-through restrictions of the departure
    day count too.
    """

    code: str
    basis: Basis
    brackets: tuple[Bracket, ...] = ()
    adult_from: int | None = 18
    grown_children: GrownChildren = "adults"
    full_payers: bool = False
    family: FamilyOffer | None = None
    free_nights: FreeNights | None = None
    conditions: Conditions = Conditions()
    supplements: tuple[Supplement, ...] = ()
    through_departure: bool = False


class NightRate(msgspec.Struct, frozen=True, kw_only=True):
    """The price of a plan and room type for `unit_nights` nights; of each of them that part counts.

    `amounts[n - 1]` is for n payers. `children` are in the order of the plan's brackets. None is not sold. Nights
    that follow each other with the same `season` were priced as one.
    """

    amounts: tuple[Decimal | None, ...]
    extra_adult: Decimal | None = None
    children: tuple[Decimal | None, ...] = ()
    unit_nights: int = 1
    season: date | int | None = None


class ChildrenLine(msgspec.Struct, frozen=True):
    """What the children of one bracket cost on one night, all of them together."""

    bracket: Bracket
    count: int
    amount: Decimal


class NightLine(msgspec.Struct, frozen=True):
    """What one night costs, supplements aside: `amount` is the sum of the rest, all zero on a free night."""

    date: date
    amount: Decimal
    base: Decimal
    extra_adults: Decimal
    children: tuple[ChildrenLine, ...]
    free: bool


class SupplementLine(msgspec.Struct, frozen=True):
    """What one supplement adds on one night."""

    code: str
    date: date
    charge: Charge
    amount: Decimal
    kind: SupplementKind


class Payers(msgspec.Struct, frozen=True):
    """How a party is charged: `adults` pay in full, `children` by age, `free_children` not at all."""

    adults: int
    children: tuple[int, ...]
    free_children: int

    @property
    def persons(self) -> int:
        """How many pay what is charged by the person."""
        return self.adults + len(self.children)


class Priced(msgspec.Struct, frozen=True, tag="priced"):
    """What the stay costs. `total` is exactly the sum of its nights and supplements."""

    total: Decimal
    nights: tuple[NightLine, ...]
    supplements: tuple[SupplementLine, ...]
    payers: Payers
