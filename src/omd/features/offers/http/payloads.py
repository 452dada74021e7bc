"""What is asked and answered about offers, as it goes over the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from omd.features.offers.told import NightAnswer, SupplementAnswer, TaxAnswer
from omd.features.rates import Fee, PolicyKind

MOST_ROOMS = 9
MOST_ROOM_NIGHTS = 400
"""Nights times rooms that one request may ask for: each is priced by every plan and type, and told in full."""


def _example(value: object) -> dict[str, Any]:
    return {"examples": [value]}


Adults = Annotated[int, msgspec.Meta(ge=1, le=500)]
ChildAge = Annotated[int, msgspec.Meta(ge=0, le=17, description="In years, on the day of arrival.")]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Ids = Annotated[list[Id], msgspec.Meta(max_length=100)]
Country = Annotated[
    str, msgspec.Meta(pattern="^[A-Z]{2}$(?!\\n)", description="ISO 3166-1 alpha-2", extra_json_schema=_example("RO"))
]
Agency = Annotated[
    str,
    msgspec.Meta(pattern="^[A-Za-z0-9._/-]{1,40}$(?!\\n)", max_length=40, extra_json_schema=_example("valley-tours")),
]
Language = Annotated[
    str, msgspec.Meta(pattern="^[a-z]{2}(-[A-Z]{2})?$(?!\\n)", max_length=5, extra_json_schema=_example("ro"))
]


class RoomAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to sleep in one room."""

    adults: Adults = 2
    child_ages: Annotated[list[ChildAge], msgspec.Meta(max_length=50)] = []


class OffersAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stay to make offers for: a party for each room, rooms times nights 400 at most.

    Without plans and room types, all of the hotel's are meant. `country` is where the guests reside, which taxes may
    depend on; `agency` is who asks for them; policies are told in `language`, else as Accept-Language has it, else in
    English, else as they were written.
    """

    arrival: Annotated[date, msgspec.Meta(extra_json_schema=_example("2027-07-02"))]
    departure: Annotated[date, msgspec.Meta(extra_json_schema=_example("2027-07-05"))]
    rooms: Annotated[list[RoomAsked], msgspec.Meta(min_length=1, max_length=MOST_ROOMS)]
    country: Country | None = None
    agency: Agency | None = None
    rate_plan_ids: Ids = []
    room_type_ids: Ids = []
    language: Language | None = None


class OfferAnswer(msgspec.Struct, frozen=True):
    """An offer: book it by the text `offer`, as it stands, until it expires.

    `gross` is the sum of nights and supplements, with the taxes `included` in it; `total` = `gross` + `on_top`, the sum
    of `taxes_on_top`.
    """

    id: str
    offer: str
    room_type_id: int
    rate_plan_id: int
    nights: tuple[NightAnswer, ...]
    supplements: tuple[SupplementAnswer, ...]
    taxes_included: tuple[TaxAnswer, ...]
    taxes_on_top: tuple[TaxAnswer, ...]
    gross: Decimal
    on_top: Decimal
    total: Decimal


class SourceAnswer(msgspec.Struct, frozen=True):
    """Who set what keeps a stay from being sold: the level, and the code of the room type or plan there."""

    level: str
    name: str


class ReasonAnswer(msgspec.Struct, frozen=True):
    """Why a stay is not sold, in words and in numbers: `limit` is what is asked for, `actual` what the stay has."""

    code: str
    sentence: str
    source: SourceAnswer
    date: date | None
    limit: int | None
    actual: int | None


class RefusedAnswer(msgspec.Struct, frozen=True):
    """A room type and plan that the party cannot have, and every reason."""

    room_type_id: int
    rate_plan_id: int
    reasons: tuple[ReasonAnswer, ...]


class StayAnswer(msgspec.Struct, frozen=True):
    """A stay that would be offered; ask for it to have it."""

    arrival: date
    departure: date
    room_type_id: int
    rate_plan_id: int
    total: Decimal


class SplitAnswer(msgspec.Struct, frozen=True):
    """A stay in two room types, one after the other, and what both cost."""

    stays: tuple[StayAnswer, StayAnswer]
    total: Decimal


class InsteadAnswer(msgspec.Struct, frozen=True):
    """What would work where nothing is offered: on other dates, in types and plans not asked for, in two types."""

    dates: tuple[StayAnswer, ...]
    room_types: tuple[StayAnswer, ...]
    splits: tuple[SplitAnswer, ...]


class RoomAnswer(msgspec.Struct, frozen=True):
    """What a room of the request can be, the cheapest first, what not, and, without offers, what would work."""

    adults: int
    child_ages: tuple[int, ...]
    offers: tuple[OfferAnswer, ...]
    refused: tuple[RefusedAnswer, ...]
    instead: InsteadAnswer | None


class TypeAnswer(msgspec.Struct, frozen=True):
    """A room type; `available` is how many of it may be sold for the whole stay."""

    id: int
    code: str
    name: str
    min_occupancy: int
    standard_occupancy: int
    max_adults: int | None
    max_children: int | None
    max_occupancy: int
    available: int


class PlanAnswer(msgspec.Struct, frozen=True):
    """Under which terms a room is offered."""

    id: int
    code: str
    name: str
    meals: str
    guarantee: str
    cancellation_policy_id: int | None
    no_show_policy_id: int | None


class PolicyAnswer(msgspec.Struct, frozen=True):
    """What a guest owes who cancels, or does not come, and the text that says so; null where none was written."""

    id: int
    kind: PolicyKind
    code: str
    version: int
    name: str
    fees: tuple[Fee, ...]
    language: str | None
    text: str | None


class ShortageAnswer(msgspec.Struct, frozen=True):
    """So many rooms can only be of these types, of which so many are left; without types, by the limit of the house."""

    room_type_ids: tuple[int, ...]
    rooms: int
    available: int


class PartyStayAnswer(msgspec.Struct, frozen=True):
    """A stay for each room, in the order asked for, which can be had at once, and what they cost together."""

    rooms: tuple[StayAnswer, ...]
    total: Decimal


class PartyInsteadAnswer(msgspec.Struct, frozen=True):
    """What the whole party could have at once: on other dates, or in types and plans that were not asked for too."""

    dates: tuple[PartyStayAnswer, ...]
    room_types: tuple[PartyStayAnswer, ...]


class TogetherAnswer(msgspec.Struct, frozen=True):
    """Whether all rooms can be had at once, else how many `at_most`, what is `short`, and what would work instead.

    Rooms that are offered nothing at all are not in `short`: `rooms[].refused` says why.
    """

    possible: bool
    at_most: int
    short: tuple[ShortageAnswer, ...]
    instead: PartyInsteadAnswer | None


class OffersAnswer(msgspec.Struct, frozen=True):
    """What a hotel offers for a stay, room by room. Amounts are in `currency`; offers are valid until `valid_until`.

    `available` of a type bounds all rooms together: of two rooms that are left, three offers are not kept.
    `together` says whether all rooms can be had at once, and is null where one alone is asked for.
    """

    arrival: date
    departure: date
    currency: str
    valid_until: datetime
    rooms: tuple[RoomAnswer, ...]
    together: TogetherAnswer | None
    room_types: tuple[TypeAnswer, ...]
    rate_plans: tuple[PlanAnswer, ...]
    policies: tuple[PolicyAnswer, ...]
