"""Taxes as data: what a rule is charged on, when it holds, whom it spares, and what it came to."""

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

ChargeKind = Literal["room", "meals", "supplement"]
"""What a charge is for; a rule on nothing in particular is on all of them."""

Basis = Literal["percent", "percent_of_net", "person_night", "room_night", "person_stay", "stay"]
"""What a rule is charged on.

`percent` of a charge: of its net where that holds the tax and of its amount where it comes on top, as VAT is reckoned;
`percent_of_net` of what is left of a charge when the included taxes are out; an amount a person or room and night, a
person and stay, or a stay.
"""

Placing = Literal["included", "on_top", "owed"]
"""`included` in the prices shown, added `on_top` of them, or `owed` by the hotel and no part of the guest's bill."""


class TaxRule(msgspec.Struct, frozen=True, kw_only=True):
    """A tax from `since` to the day before `until`, of the date of the night or of the arrival for a stay.

    `value` is in percent, or an amount in the hotel's currency. `min_age` and `max_age` spare whoever is younger or
    older; a person of unknown age is an adult. `max_nights` spares every night of a stay after so many. Of countries
    (ISO 3166-1 alpha-2), residents of `spares_countries` do not pay, and only those of `only_countries` do.
    """

    id: int
    code: str
    name: str
    basis: Basis
    placing: Placing
    value: Decimal
    on: tuple[ChargeKind, ...] = ()
    since: date
    until: date | None = None
    min_age: int | None = None
    max_age: int | None = None
    max_nights: int | None = None
    spares_countries: tuple[str, ...] = ()
    only_countries: tuple[str, ...] = ()

    def holds_on(self, day: date) -> bool:
        """Say whether the rule holds on a day."""
        return self.since <= day and (self.until is None or day < self.until)


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

    rule_id: int
    code: str
    name: str
    placing: Placing
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
