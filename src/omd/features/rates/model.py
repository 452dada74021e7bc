"""Rate plans, policies, prices, restrictions and quotas, as they are kept, asked for and shown."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, NewType

import msgspec
from msgspec import UNSET, UnsetType

RatePlanId = NewType("RatePlanId", int)
PolicyId = NewType("PolicyId", int)

PolicyKind = Literal["cancellation", "no_show"]
Meals = Literal["none", "breakfast", "half_board", "full_board", "all_inclusive"]
Basis = Literal["person", "room"]
Guarantee = Literal["none", "six_pm", "card", "prepayment"]
Rounding = Literal["half_up", "half_even", "down", "up"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
RestrictionField = Literal[
    "closed",
    "closed_to_arrival",
    "closed_to_departure",
    "min_stay_arrival",
    "max_stay_arrival",
    "min_stay_through",
    "max_stay_through",
    "min_advance",
    "max_advance",
]

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RESTRICTION_FIELDS: tuple[RestrictionField, ...] = (
    *("closed", "closed_to_arrival", "closed_to_departure"),
    *("min_stay_arrival", "max_stay_arrival", "min_stay_through", "max_stay_through"),
    *("min_advance", "max_advance"),
)


def _text(pattern: str, example: str, most: int = 200) -> msgspec.Meta:
    return msgspec.Meta(pattern=pattern, max_length=most, extra_json_schema={"examples": [example]})


Code = Annotated[str, _text("^[A-Za-z0-9._/-]{1,40}$(?!\\n)", "FLEX", 40)]
Name = Annotated[str, _text(r"^[^\x00]*[^\s\x00][^\x00]*$", "Flexible with breakfast")]
Amount = Annotated[str, _text("^-?[0-9]{1,10}(\\.[0-9]{1,2})?$(?!\\n)", "120.00", 14)]
"""A text such as `450.00`: a number of JSON would have been a float on its way. One below zero is refused by name."""

Factor = Annotated[str, _text("^[0-9]{1,2}(\\.[0-9]{1,5})?$(?!\\n)", "0.9", 8)]
Percent = Annotated[str, _text("^-?[0-9]{1,3}(\\.[0-9]{1,2})?$(?!\\n)", "10", 7)]
Month = Annotated[str, _text("^[0-9]{4}-(0[1-9]|1[0-2])$(?!\\n)", "2027-07", 7)]
Language = Annotated[str, _text("^[a-z]{2}(-[A-Z]{2})?$(?!\\n)", "en", 5)]
GuestText = Annotated[str, _text(r"^[^\x00]*$", "Free until 18:00 on the day before.", 4000)]
Age = Annotated[int, msgspec.Meta(ge=0, le=18)]
Guests = Annotated[int, msgspec.Meta(ge=0, le=100)]
Weekdays = Annotated[list[Weekday], msgspec.Meta(max_length=7)]
Days = Annotated[int, msgspec.Meta(ge=0, le=1830)]
Nights = Annotated[int, msgspec.Meta(ge=1, le=366)]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class Fee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is owed from an instant on: an amount, and a percentage of the first `nights` (null = of all).

    The instant lies `hours` after the trigger, below zero before it: the booking, the planned time of arrival, or
    the beginning of the day of arrival, on the hotel's wall clock. The last fee whose instant has passed is owed.
    """

    trigger: Literal["booking", "arrival", "arrival_day"] = "arrival"
    hours: Annotated[int, msgspec.Meta(ge=-8760, le=8760)] = 0
    amount: Amount = "0.00"
    percent: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    nights: Nights | None = None


Fees = Annotated[list[Fee], msgspec.Meta(max_length=20)]
Texts = dict[Language, GuestText]


class NewPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy to add; without fees nothing is owed. `texts` are what the guest reads, by language."""

    kind: PolicyKind
    code: Code
    name: Name
    fees: Fees = []
    texts: Texts = {}


class PolicyVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a policy says from now on. Its earlier versions stay with the stays that were sold under them."""

    name: Name
    fees: Fees = []
    texts: Texts = {}


class Policy(msgspec.Struct, frozen=True):
    """A version of a policy; it is never changed."""

    id: PolicyId
    kind: PolicyKind
    code: str
    version: int
    name: str
    fees: list[Fee]
    texts: Texts
    created_at: datetime
    created_by: str


class Bracket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ages of children that are priced alike, `[from_age, until_age)` in years."""

    from_age: Age
    until_age: Annotated[int, msgspec.Meta(ge=1, le=18)]


def carried_over(prices: Sequence[str | None], old: Sequence[Bracket], new: Sequence[Bracket]) -> list[str | None]:
    """Return prices by old brackets as prices by new ones: a new bracket has that of the old one it lies in, or none.

    Without any it is empty: nothing says a price then.
    """
    carried = [
        next(
            (
                price
                for price, held in zip(prices, old, strict=False)
                if held.from_age <= each.from_age and each.until_age <= held.until_age
            ),
            None,
        )
        for each in new
    ]
    return carried if any(price is not None for price in carried) else []


class FamilyOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `min_count` children under `max_age` on, `free` of them pay nothing, the youngest first."""

    max_age: Age
    min_count: Annotated[int, msgspec.Meta(ge=1, le=20)]
    free: Annotated[int, msgspec.Meta(ge=1, le=20)]


class FreeNights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of `required` nights `free` cost nothing; a pattern (P paid, F free) says which, or the last ones are."""

    required: Nights
    free: Nights
    pattern: Annotated[str, _text("^[PF]{1,366}$(?!\\n)", "PPPPPPF", 366)] | None = None


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom, and for which stays, the plan is offered; null and empty ask for nothing.

    Of the children's ages `max_child_age` is excluded; advance is in days from the booking to the arrival.
    """

    children: bool = True
    min_child_age: Age | None = None
    max_child_age: Age | None = None
    min_adults: Guests | None = None
    max_adults: Guests | None = None
    min_children: Guests | None = None
    max_children: Guests | None = None
    min_nights: Nights | None = None
    max_nights: Nights | None = None
    arrival_weekdays: Weekdays = []
    departure_weekdays: Weekdays = []
    min_advance: Days | None = None
    max_advance: Days | None = None


class Supplement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What comes on top of every night it covers, those of `[since, until)` on some days of the week, or all.

    Of a stay or a person's stay, the covered part of the amount; `once` is charged on the first night it covers. The
    kind is what taxes know it as, and which revenue it is on the bill.
    """

    code: Code
    name: Name
    charge: Literal["night", "person_night", "stay", "person_stay", "once"]
    amount: Amount
    since: date | None = None
    until: date | None = None
    weekdays: Weekdays = []
    kind: Literal["supplement", "meals"] = "supplement"


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a plan's rates make a price.

    A child of `adult_from` years is an adult, or refused. With `full_payers` the oldest children pay as adults until
    the standard occupancy is reached. With `through_departure` what holds throughout a stay holds on its last day too.
    """

    adult_from: Annotated[int, msgspec.Meta(ge=1, le=18)] | None = 18
    grown_children: Literal["adults", "refused"] = "adults"
    full_payers: bool = False
    through_departure: bool = False
    family: FamilyOffer | None = None
    free_nights: FreeNights | None = None
    conditions: Conditions = msgspec.field(default_factory=Conditions)
    supplements: Annotated[list[Supplement], msgspec.Meta(max_length=50)] = []


def ages_without_price(brackets: Sequence[Bracket], terms: Terms) -> list[Bracket]:
    """Return the ages of children that a plan takes and has no bracket for: a family with one of them gets no price."""
    asked = terms.conditions
    if not asked.children:
        return []
    at, end = (
        asked.min_child_age or 0,
        min(terms.adult_from or 18, 18 if asked.max_child_age is None else asked.max_child_age),
    )
    gaps = []
    for each in [*brackets, Bracket(end, end)]:
        if at < min(each.from_age, end):
            gaps.append(Bracket(at, min(each.from_age, end)))
        at = max(at, each.until_age)
    return gaps


class StatedTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a plan itself states of its terms.

    What a derived plan leaves out is as its parent has it, now and later; of a root plan, as `Terms` has it by itself.
    """

    adult_from: Annotated[int, msgspec.Meta(ge=1, le=18)] | UnsetType | None = UNSET
    grown_children: Literal["adults", "refused"] | UnsetType = UNSET
    full_payers: bool | UnsetType = UNSET
    through_departure: bool | UnsetType = UNSET
    family: FamilyOffer | UnsetType | None = UNSET
    free_nights: FreeNights | UnsetType | None = UNSET
    conditions: Conditions | UnsetType = UNSET
    supplements: Annotated[list[Supplement], msgspec.Meta(max_length=50)] | UnsetType = UNSET

    def over(self, inherited: Terms) -> Terms:
        """Return whole terms: what is stated here, the rest as it is inherited."""
        stated = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}
        return msgspec.structs.replace(inherited, **stated)


class Derivation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That a plan costs `parent x factor + amount`, rounded to a multiple of `step`; what it inherits is said."""

    parent_plan_id: Id
    factor: Factor = "1"
    amount: Amount = "0.00"
    rounding: Rounding = "half_up"
    step: Amount = "0.01"
    inherits: Annotated[list[RestrictionField], msgspec.Meta(max_length=9)] = []


Brackets = Annotated[list[Bracket], msgspec.Meta(max_length=6)]


class NewRatePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rate plan to add. A derived one has the basis and the brackets of its parent, and no rates of its own."""

    code: Code
    name: Name
    meals: Meals = "none"
    basis: Basis | None = None
    guarantee: Guarantee = "none"
    cancellation_policy_id: Id | None = None
    no_show_policy_id: Id | None = None
    terms: StatedTerms = msgspec.field(default_factory=StatedTerms)
    brackets: Brackets = []
    derivation: Derivation | None = None
    sold_from: date | None = None
    sold_until: date | None = None


class RatePlanChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a plan; what is left out stays, null takes away."""

    name: Name | UnsetType = UNSET
    meals: Meals | UnsetType = UNSET
    guarantee: Guarantee | UnsetType = UNSET
    cancellation_policy_id: Id | UnsetType | None = UNSET
    no_show_policy_id: Id | UnsetType | None = UNSET
    terms: StatedTerms | UnsetType = UNSET
    brackets: Brackets | UnsetType = UNSET
    derivation: Derivation | UnsetType | None = UNSET
    sold_from: date | UnsetType | None = UNSET
    sold_until: date | UnsetType | None = UNSET


class RatePlan(msgspec.Struct, frozen=True):
    """Under which terms a hotel sells a night; its version is the ETag. Terms that are left out are its parent's.

    `unpriced_ages` are those of children that a root plan takes and has no bracket for: who brings one gets no price.
    """

    id: RatePlanId
    code: str
    name: str
    meals: Meals
    basis: Basis
    guarantee: Guarantee
    cancellation_policy_id: PolicyId | None
    no_show_policy_id: PolicyId | None
    terms: StatedTerms
    brackets: list[Bracket]
    derivation: Derivation | None
    sold_from: date | None
    sold_until: date | None
    retired_at: datetime | None
    version: int
    unpriced_ages: list[Bracket] = []
