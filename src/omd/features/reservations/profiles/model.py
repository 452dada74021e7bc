"""A guest profile: what a hotel knows of a person beyond one stay."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, get_args
from uuid import UUID

import msgspec

from omd.features.reservations.model import SAYS_SOMETHING, Guest, LongText, Name, ShortText
from omd.kernel.money import Money

Field = Literal[
    "first_name",
    "last_name",
    "email",
    "phone",
    "language",
    "country",
    "date_of_birth",
    "company",
    "vip_code",
    "note",
    "preferences",
    "room_wishes",
    "marketing_consent_at",
]
Sign = Literal["email", "phone", "name_and_birth"]
"""By what a profile is proposed for a guest."""


class StandingWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a guest wishes of every room, as a wish of a stay says it; a stay's own wish of the kind comes before it."""

    kind: Literal["feature", "without_feature", "floor", "lowest_floor", "highest_floor"]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=SAYS_SOMETHING)]
    importance: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    required: bool = False

    def __post_init__(self) -> None:
        """Raise `ValueError` for a floor that is no number, and for a floor that is required."""
        if self.kind in ("feature", "without_feature"):
            return
        if self.required:
            raise ValueError("Only a feature, or to be without one, can be required")
        if not self.value.removeprefix("-").isdecimal() or len(self.value) > 9:
            raise ValueError("A floor is a whole number")


class ProfileFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written of a guest; `marketing_consent` says that they agreed to be written to.

    `room_wishes` count for every stay of whom the guest is the first: they are looked up, not copied.
    """

    last_name: Name
    first_name: ShortText | None = None
    email: ShortText | None = None
    phone: ShortText | None = None
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$(?!\\n)")] | None = None
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$(?!\\n)")] | None = None
    date_of_birth: date | None = None
    company: ShortText | None = None
    vip_code: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,10}$(?!\\n)")] | None = None
    note: LongText | None = None
    preferences: Annotated[list[Name], msgspec.Meta(max_length=50)] = []
    room_wishes: Annotated[list[StandingWish], msgspec.Meta(max_length=20)] = []
    marketing_consent: bool = False


class ProfileHeld(msgspec.Struct, frozen=True):
    """What is held of a profile, its wishes aside."""

    id: UUID
    business_id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    language: str | None
    country: str | None
    date_of_birth: date | None
    company: str | None
    vip_code: str | None
    note: str | None
    preferences: list[str]
    marketing_consent_at: datetime | None
    created_at: datetime
    created_by: str
    changed_at: datetime
    version: int
    merged_into: UUID | None
    erased_at: datetime | None


class GuestProfile(ProfileHeld, frozen=True):
    """A guest profile as the desk sees it.

    One with `merged_into` holds nothing any more and points at the one that has its stays; one with `erased_at` was
    forgotten.
    """

    room_wishes: list[StandingWish]


class ProposedProfile(msgspec.Struct, frozen=True):
    """A profile that may be the guest's, and by what; whether it is, somebody says."""

    profile: GuestProfile
    by: list[Sign]


class Sought(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a guest who may have a profile already."""

    email: ShortText | None = None
    phone: ShortText | None = None
    last_name: ShortText | None = None
    first_name: ShortText | None = None
    date_of_birth: date | None = None


class ProfileStay(msgspec.Struct, frozen=True):
    """A stay of a profile's, with the price it was sold at, where it has one."""

    id: UUID
    code: str
    arrival: date
    departure: date
    nights: int
    status: str
    room_type_id: int
    price: Money | None


class ProfileHistory(msgspec.Struct, frozen=True):
    """The stays of a profile, the latest first, and what they come to: of those that were neither cancelled nor missed.

    `stays`, `nights` and `revenue` are of all of them, however many are listed; revenue is what they were sold at.
    """

    profile_id: UUID
    stays: int
    nights: int
    cancelled: int
    no_shows: int
    revenue: list[Money]
    listed: list[ProfileStay]


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which profile goes, and of which fields what it says is taken; of others only where the kept one says nothing."""

    other_profile_id: UUID
    take: Annotated[list[Field], msgspec.Meta(max_length=13)] = []


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which guest of a stay, counted from 0 as the stay lists them, is whom; without a profile one is made of what the
    stay says of the guest.
    """

    guest: Annotated[int, msgspec.Meta(ge=0, le=49)] = 0
    profile_id: UUID | None = None


class HistoryTotals(msgspec.Struct, frozen=True):
    """What the stays of a profile come to; revenue by currency, as JSON."""

    stays: int
    nights: int
    cancelled: int
    no_shows: int
    revenue: str


class StayRow(msgspec.Struct, frozen=True):
    """A stay of a profile's, its price not yet told as money."""

    id: UUID
    code: str
    arrival: date
    departure: date
    nights: int
    status: str
    room_type_id: int
    amount: Decimal | None
    currency: str | None


def chosen(kept: GuestProfile, other: GuestProfile, take: list[Field]) -> dict[str, object]:
    """Return what a merged profile says: the other's fields where asked for, or where the kept one says nothing."""
    facts: dict[str, object] = {}
    for field in get_args(Field):
        own, theirs = getattr(kept, field), getattr(other, field)
        facts[field] = theirs if field in take or own in (None, []) else own
    return facts


def facts_of(guest: Guest) -> ProfileFacts:
    """Return what a stay says of a guest as it goes into a new profile, without their documents."""
    country = (guest.country or "").strip().upper()
    return ProfileFacts(
        last_name=guest.last_name,
        first_name=guest.first_name,
        email=guest.email,
        phone=guest.phone,
        country=country if len(country) == 2 and country.isascii() and country.isalpha() else None,
        date_of_birth=guest.date_of_birth,
    )
