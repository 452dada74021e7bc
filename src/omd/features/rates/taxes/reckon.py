"""How taxes are reckoned: each rule on each night, to the cent, so that a bill always adds up.

Prices shown to consumers hold VAT (Directive 98/6/EC, article 2), so a tax that is included is taken out of what was
charged and never makes it more.
"""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

import msgspec

from omd.features.rates.taxes.model import OF_PERSONS, OF_STAYS, Charge, Lodger, Taxed, TaxLine, TaxRule, rules_of_day
from omd.kernel.dates import StayDates

_PERCENT = Decimal(100)
_NOTHING = Decimal(0)
_OF_AGE = 18
"""Taken for the age of somebody whose age is not known: adults are not asked for it."""


def reckon(
    rules: Collection[TaxRule],
    stay: StayDates,
    charges: Sequence[Charge],
    lodgers: Sequence[Lodger],
    *,
    minor_unit: Decimal = Decimal("0.01"),
) -> Taxed:
    """Return what a stay in one room comes to with the taxes that hold on its nights; every charge is of one of these.

    Every line is rounded half up to the currency's minor unit; what is net is what the included lines leave, so that
    net, taxes and total agree to the cent whatever the percentages are. Raises `ValueError` for a charge outside of
    the stay, which no rule could reach.
    """
    if charges_outside(stay, charges):
        raise ValueError("a charge is of a night of the stay")
    ordered = sorted(charges, key=lambda each: each.date)
    by_date = {day: tuple(each) for day, each in groupby(ordered, key=lambda each: each.date)}
    known = {id(rule): _Due(rule, count_payers(rule, lodgers)) for rule in rules}
    lines: list[TaxLine] = []
    for number, night in enumerate(stay.dates()):
        due = [each for rule in rules_of_day(rules, night) if (each := known[id(rule)]).is_on(number)]
        lines += _of_night(due, night, by_date.get(night, ()), minor_unit)
    gross = sum((each.amount for each in charges), _NOTHING)
    included, on_top, owed = (
        sum((line.amount for line in lines if line.placement == placement), _NOTHING)
        for placement in ("included", "on_top", "owed")
    )
    return Taxed(gross - included, included, gross, on_top, owed, gross + on_top, tuple(lines))


def count_payers(rule: TaxRule, lodgers: Sequence[Lodger]) -> int:
    """Return how many of those who stay a rule does not spare."""
    return sum(_pays(rule, lodger) for lodger in lodgers)


def is_due(rule: TaxRule, number: int, payers: int) -> bool:
    """Say whether a rule that holds on a night is charged there; `number` is its place in the stay, the first is 0."""
    return (
        (rule.max_nights is None or number < rule.max_nights)
        and (number == 0 or rule.basis not in OF_STAYS)
        and (payers > 0 or not rule.spares_somebody)
    )


def charges_outside(stay: StayDates, charges: Sequence[Charge]) -> list[int]:
    """Return the positions of charges that are of no night of the stay."""
    return [at for at, each in enumerate(charges) if not stay.arrival <= each.date < stay.departure]


class _Due(msgspec.Struct, frozen=True):
    """A rule that holds on a night for so many persons."""

    rule: TaxRule
    payers: int

    @property
    def count(self) -> Decimal:
        return Decimal(self.payers if self.rule.basis in OF_PERSONS else 1)

    def is_on(self, number: int) -> bool:
        """Say whether it is charged on the night of this number of the stay."""
        return is_due(self.rule, number, self.payers)

    def is_of(self, charge: Charge) -> bool:
        return not self.rule.kinds or charge.kind in self.rule.kinds


def _of_night(due: Sequence[_Due], night: date, charges: Sequence[Charge], minor_unit: Decimal) -> list[TaxLine]:
    nets = _nets(due, charges, minor_unit)
    lines = []
    for each in due:
        if each.rule.is_percentage:
            of_net = each.rule.placement == "included" or each.rule.basis == "percent_of_net"
            base = sum(
                (
                    net if of_net else charge.amount
                    for charge, net in zip(charges, nets, strict=True)
                    if each.is_of(charge)
                ),
                _NOTHING,
            )
            amount = base * each.rule.value / _PERCENT
            base = _rounded(base, minor_unit)
        else:
            base, amount = each.count, each.count * each.rule.value
        amount = _rounded(amount, minor_unit)
        if amount:
            rule = each.rule
            lines.append(TaxLine(rule.id, rule.code, rule.name, rule.placement, night, base, amount))
    return lines


def _nets(due: Sequence[_Due], charges: Sequence[Charge], minor_unit: Decimal) -> list[Decimal]:
    """Return what is left of each charge when everything included is out of it.

    Amounts come out of the room first; of the rest all included percentages are reckoned of one and the same net.
    """
    included = [each for each in due if each.rule.placement == "included"]
    fixed = sum(
        (_rounded(each.count * each.rule.value, minor_unit) for each in included if not each.rule.is_percentage),
        _NOTHING,
    )
    nets = []
    for charge in charges:
        percent = sum(
            (each.rule.value for each in included if each.rule.is_percentage and each.is_of(charge)), _NOTHING
        )
        out = min(fixed, charge.amount) if charge.kind == "room" else _NOTHING
        fixed -= out
        nets.append((charge.amount - out) * _PERCENT / (_PERCENT + percent))
    return nets


def _pays(rule: TaxRule, lodger: Lodger) -> bool:
    age = _OF_AGE if lodger.age is None else lodger.age
    is_spared = (
        (rule.min_age is not None and age < rule.min_age)
        or (rule.max_age is not None and age > rule.max_age)
        or (lodger.country is not None and lodger.country in rule.spares_countries)
    )
    return not is_spared and (not rule.only_countries or lodger.country in rule.only_countries)


def _rounded(amount: Decimal, minor_unit: Decimal) -> Decimal:
    return amount.quantize(minor_unit, ROUND_HALF_UP)
