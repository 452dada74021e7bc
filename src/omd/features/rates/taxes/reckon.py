"""How taxes are reckoned: each rule on each night, to the cent, so that a bill always adds up.

Prices shown to consumers hold VAT (Directive 98/6/EC, article 2), so a tax that is included is taken out of what was
charged and never makes it more.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

import msgspec

from omd.features.rates.taxes.model import Charge, Lodger, Taxed, TaxLine, TaxRule
from omd.kernel.dates import StayDates

_PERCENT = Decimal(100)
_NOTHING = Decimal(0)
_OF_STAY = frozenset({"stay", "person_stay"})
_OF_AGE = 18
"""Taken for the age of somebody whose age is not known: adults are not asked for it."""


def reckon(
    rules: Iterable[TaxRule],
    stay: StayDates,
    charges: Sequence[Charge],
    lodgers: Sequence[Lodger],
    *,
    minor_unit: Decimal = Decimal("0.01"),
) -> Taxed:
    """Return what a stay in one room comes to with the taxes that hold on its nights.

    Every line is rounded half up to the currency's minor unit; what is net is what the included lines leave, so that
    net, taxes and total agree to the cent whatever the percentages are.
    """
    known = sorted(rules, key=lambda each: each.id)
    ordered = sorted(charges, key=lambda each: each.date)
    by_date = {day: tuple(each) for day, each in groupby(ordered, key=lambda each: each.date)}
    lines: list[TaxLine] = []
    for number, night in enumerate(stay.dates()):
        due = [
            _Due(rule, payers)
            for rule in known
            if rule.holds_on(night)
            and (rule.max_nights is None or number < rule.max_nights)
            and (number == 0 or rule.basis not in _OF_STAY)
            and (payers := _payers(rule, lodgers))
        ]
        lines += _of_night(due, night, by_date.get(night, ()), minor_unit)
    gross = sum((each.amount for each in charges), _NOTHING)
    included, on_top, owed = (
        sum((line.amount for line in lines if line.placing == placing), _NOTHING)
        for placing in ("included", "on_top", "owed")
    )
    return Taxed(gross - included, included, gross, on_top, owed, gross + on_top, tuple(lines))


class _Due(msgspec.Struct, frozen=True):
    """A rule that holds on a night for so many persons."""

    rule: TaxRule
    payers: int

    @property
    def is_percentage(self) -> bool:
        return self.rule.basis in ("percent", "percent_of_net")

    @property
    def count(self) -> Decimal:
        return Decimal(self.payers if self.rule.basis in ("person_night", "person_stay") else 1)

    def is_of(self, charge: Charge) -> bool:
        return not self.rule.on or charge.kind in self.rule.on


def _of_night(due: Sequence[_Due], night: date, charges: Sequence[Charge], minor_unit: Decimal) -> list[TaxLine]:
    nets = _nets(due, charges, minor_unit)
    lines = []
    for each in due:
        if each.is_percentage:
            of_net = each.rule.placing == "included" or each.rule.basis == "percent_of_net"
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
        if amount:
            rule = each.rule
            lines.append(
                TaxLine(rule.id, rule.code, rule.name, rule.placing, night, base, _rounded(amount, minor_unit))
            )
    return lines


def _nets(due: Sequence[_Due], charges: Sequence[Charge], minor_unit: Decimal) -> list[Decimal]:
    """Return what is left of each charge when everything included is out of it.

    Amounts come out of the room first; of the rest all included percentages are reckoned of one and the same net.
    """
    included = [each for each in due if each.rule.placing == "included"]
    fixed = sum(
        (_rounded(each.count * each.rule.value, minor_unit) for each in included if not each.is_percentage), _NOTHING
    )
    nets = []
    for charge in charges:
        percent = sum((each.rule.value for each in included if each.is_percentage and each.is_of(charge)), _NOTHING)
        out = min(fixed, charge.amount) if charge.kind == "room" else _NOTHING
        fixed -= out
        nets.append((charge.amount - out) * _PERCENT / (_PERCENT + percent))
    return nets


def _payers(rule: TaxRule, lodgers: Sequence[Lodger]) -> int:
    return sum(_pays(rule, lodger) for lodger in lodgers)


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
