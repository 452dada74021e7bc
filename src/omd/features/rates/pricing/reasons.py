"""Why a stay is not sold: every reason, coded, with who set it and on which date."""

from datetime import date
from functools import lru_cache
from typing import Literal

import msgspec

Level = Literal["hotel", "room_type", "plan", "plan_type", "parent_plan", "agency"]
LEVELS: tuple[Level, ...] = ("hotel", "room_type", "plan", "plan_type", "parent_plan")
"""Those that restrict, from the widest to the narrowest; where two say the same, the wider is named."""

Code = Literal[
    "too_few_guests",
    "too_many_guests",
    "too_few_adults",
    "too_many_adults",
    "too_few_children",
    "too_many_children",
    "no_children",
    "child_is_adult",
    "child_too_young",
    "child_too_old",
    "min_nights",
    "max_nights",
    "arrival_weekday",
    "departure_weekday",
    "closed",
    "closed_to_arrival",
    "closed_to_departure",
    "min_stay_arrival",
    "max_stay_arrival",
    "min_stay_through",
    "max_stay_through",
    "min_advance",
    "max_advance",
    "least_above_most",
    "not_priced",
    "not_priced_for_so_many",
    "no_price_for_extra_adult",
    "no_price_for_child",
    "no_bracket_for_child",
    "below_zero",
    "above_most",
    "not_sold_yet",
    "not_sold_any_more",
    "sold_out",
    "quota_full",
]
"""What can keep a stay from being sold; `price_stay` itself knows neither when a plan is on sale nor what is free."""


PARTY_REASONS: frozenset[Code] = frozenset(
    {
        "too_few_guests",
        "too_many_guests",
        "too_few_adults",
        "too_many_adults",
        "too_few_children",
        "too_many_children",
        "no_children",
        "child_is_adult",
        "child_too_young",
        "child_too_old",
        "no_bracket_for_child",
    }
)
"""Those that are of the party alone: on other dates they are the same."""


class Source(msgspec.Struct, frozen=True, order=True):
    """Who set a rule: the level it was set at, and the code of the room type or plan there."""

    level: Level
    name: str = ""


HOTEL = Source("hotel")


class Reason(msgspec.Struct, frozen=True):
    """One cause for which a stay is not sold.

    `limit` is what the rule asks for and `actual` what the stay has, in the rule's own unit (nights, guests, days,
    years of age, payers). Of `least_above_most` they are the least and the most that are asked for.
    """

    code: Code
    source: Source
    on: date | None = None
    limit: int | None = None
    actual: int | None = None


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The stay is not sold, for all these reasons; there is at least one, and each is named once."""

    reasons: tuple[Reason, ...]


SENTENCES: dict[Code, str] = {
    "too_few_guests": "The room needs {limit:guest}, the party has {actual}",
    "too_many_guests": "The room takes {limit:guest} at most, the party has {actual}",
    "too_few_adults": "At least {limit:adult} must come, the party has {actual}",
    "too_many_adults": "At most {limit:adult} may come, the party has {actual}",
    "too_few_children": "At least {limit:child} must come, the party has {actual}",
    "too_many_children": "At most {limit:child} may come, the party has {actual}",
    "no_children": "Children are not taken",
    "child_is_adult": "A child of {actual} is an adult here, from {limit:year} on",
    "child_too_young": "A child of {actual} is too young, the least is {limit:year}",
    "child_too_old": "A child of {actual} is too old, they must be under {limit:year}",
    "min_nights": "The stay needs {limit:night}, it has {actual}",
    "max_nights": "The stay may have {limit:night} at most, it has {actual}",
    "arrival_weekday": "No arrival on {date}",
    "departure_weekday": "No departure on {date}",
    "closed": "{date} is closed",
    "closed_to_arrival": "{date} is closed to arrival",
    "closed_to_departure": "{date} is closed to departure",
    "min_stay_arrival": "An arrival on {date} needs {limit:night}, the stay has {actual}",
    "max_stay_arrival": "An arrival on {date} allows {limit:night} at most, the stay has {actual}",
    "min_stay_through": "{date} needs {limit:night}, the stay has {actual}",
    "max_stay_through": "{date} allows {limit:night} at most, the stay has {actual}",
    "min_advance": "It must be booked {limit:day} ahead, the arrival is in {actual:day}",
    "max_advance": "It may be booked {limit:day} ahead at most, the arrival is in {actual:day}",
    "least_above_most": "No stay fits {date}: at least {limit} and at most {actual} are asked for",
    "not_priced": "{date} has no price",
    "not_priced_for_so_many": "{date} has no price for {actual:payer}",
    "no_price_for_extra_adult": "{date} has no price for an extra adult",
    "no_price_for_child": "{date} has no price for a child of {actual}",
    "no_bracket_for_child": "There is no price for a child of {actual}",
    "below_zero": "The price of {date} is below zero",
    "above_most": "The price of the stay is more than can be charged",
    "not_sold_yet": "It is sold from {date} on",
    "not_sold_any_more": "It was sold until {date}, that day excluded",
    "sold_out": "{date} is sold out",
    "quota_full": "The quota of {date} is sold, it is {limit:room}",
}

LEVEL_NAMES: dict[Level, str] = {
    "hotel": "hotel",
    "room_type": "room type {name}",
    "plan": "plan {name}",
    "plan_type": "plan {name}",
    "parent_plan": "parent plan {name}",
    "agency": "agency {name}",
}


class _Count:
    """A number that is written with its noun: `{limit:night}` is "1 night" or "3 nights"."""

    def __init__(self, number: int | None) -> None:
        self.number = number

    def __format__(self, noun: str) -> str:
        if not noun:
            return str(self.number)
        plural = "children" if noun == "child" else f"{noun}s"
        return f"{self.number} {noun if self.number == 1 else plural}"


# A house that is full says the same of every plan, and to everybody who asks.
@lru_cache(4_096)
def explain(reason: Reason) -> str:
    """Return the reason as an English sentence: "Friday 12 March 2027 needs 3 nights, the stay has 2 (plan FLEX)."."""
    when = f"{reason.on:%A} {reason.on.day} {reason.on:%B %Y}" if reason.on else "the stay"
    said = SENTENCES[reason.code].format(date=when, limit=_Count(reason.limit), actual=_Count(reason.actual))
    return f"{said} ({LEVEL_NAMES[reason.source.level].format(name=reason.source.name)})."
