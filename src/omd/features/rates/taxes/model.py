"""Taxes as data: what a rule is charged on, when it holds, whom it spares, and what it came to."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec

from omd.kernel.ids import BusinessId, OmdId

ChargeKind = Literal["room", "meals", "supplement"]
"""What a charge is for; a rule on nothing in particular is on all of them."""

Basis = Literal["percent", "percent_of_net", "person_night", "room_night", "person_stay", "stay"]
"""What a rule is charged on.

`percent` of a charge: of its net where that holds the tax and of its amount where it comes on top, as VAT is reckoned;
`percent_of_net` of what is left of a charge when the included taxes are out; an amount a person or room and night, a
person and stay, or a stay.
"""

PERCENTAGES: frozenset[Basis] = frozenset({"percent", "percent_of_net"})
OF_PERSONS: frozenset[Basis] = frozenset({"person_night", "person_stay"})
OF_STAYS: frozenset[Basis] = frozenset({"person_stay", "stay"})

Placement = Literal["included", "on_top", "owed"]
"""`included` in the prices shown, added `on_top` of them, or `owed` by the hotel and no part of the guest's bill."""

Level = Literal["hotel", "locality", "destination"]
"""Whose rule it is. Of rules with one code the narrowest that holds on a day is the one that holds."""

_WIDTH: dict[Level, int] = {"hotel": 0, "locality": 1, "destination": 2}


class TaxRule(msgspec.Struct, frozen=True):
    """A tax from `since` to the day before `until`, of the date of the night or of the arrival for a stay.

    `value` is in percent, or an amount in the hotel's currency; `kinds` are the kinds of charges that a percentage is
    of, all without any. `min_age` and `max_age` spare whoever is younger or older; a person of unknown age is an
    adult. `max_nights` spares every night of a stay after so many. Of countries (ISO 3166-1 alpha-2), residents of
    `spares_countries` do not pay, and only those of `only_countries` do. A rule that is only tried has no id.
    """

    id: int | None
    level: Level
    code: str
    name: str
    basis: Basis
    placement: Placement
    value: Decimal
    since: date
    until: date | None = None
    kinds: list[ChargeKind] = []
    min_age: int | None = None
    max_age: int | None = None
    max_nights: int | None = None
    spares_countries: list[str] = []
    only_countries: list[str] = []

    @property
    def is_percentage(self) -> bool:
        """Say whether `value` is in percent."""
        return self.basis in PERCENTAGES

    @property
    def spares_somebody(self) -> bool:
        """Say whether it depends on who stays."""
        return not (
            self.min_age is None and self.max_age is None and not self.spares_countries and not self.only_countries
        )

    def holds_on(self, day: date) -> bool:
        """Say whether the rule holds on a day."""
        return self.since <= day and (self.until is None or day < self.until)


class KeptRule(TaxRule, frozen=True):
    """A rule as it is kept: of one hotel, of one locality, or of the whole destination where both are null."""

    business_id: BusinessId | None = None
    locality_id: int | None = None
    version: int = 1


Rule = TypeVar("Rule", bound=TaxRule)


class Locality(msgspec.Struct, frozen=True):
    """A town or village of a destination, which sets taxes on stays there and is told of them."""

    id: int
    code: str
    name: str
    version: int


class TaxPlace(msgspec.Struct, frozen=True):
    """Whose rules are meant: one hotel's, or those of the destination and its localities (None)."""

    omd_id: OmdId
    business_id: BusinessId | None


class Lodger(msgspec.Struct, frozen=True):
    """Somebody who stays: the age in years and the country of residence, as far as they are known."""

    age: int | None = None
    country: str | None = None


class Charge(msgspec.Struct, frozen=True):
    """An amount of a night, as it is shown to the guest, taxes that are included in it and all."""

    date: date
    kind: ChargeKind
    amount: Decimal


class TaxLine(msgspec.Struct, frozen=True):
    """What one rule came to on one night, or, for a stay, on the day of arrival.

    `base` is the amount it was reckoned of, or the number of persons, rooms or stays it was charged for.
    """

    rule_id: int | None
    code: str
    name: str
    placement: Placement
    date: date
    base: Decimal
    amount: Decimal


class Taxed(msgspec.Struct, frozen=True):
    """What a stay comes to: `gross` = `net` + `included`; `total` = `gross` + `on_top`; `owed` is beside the bill."""

    net: Decimal
    included: Decimal
    gross: Decimal
    on_top: Decimal
    owed: Decimal
    total: Decimal
    lines: tuple[TaxLine, ...]


def rules_of_day(rules: Iterable[Rule], day: date) -> list[Rule]:
    """Return the rules that hold on a day, in the order of their ids: of each code the narrowest one.

    A rule that is tried stands for a hotel's own, and before what is kept.
    """
    narrowest: dict[str, Rule] = {}
    for rule in rules:
        if rule.holds_on(day):
            standing = narrowest.get(rule.code)
            if standing is None or _order(rule) < _order(standing):
                narrowest[rule.code] = rule
    return sorted(narrowest.values(), key=lambda each: (each.id is None, each.id or 0, each.code))


def _order(rule: TaxRule) -> tuple[int, bool]:
    return _WIDTH[rule.level], rule.id is not None
