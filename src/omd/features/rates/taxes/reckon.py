"""How taxes are reckoned: each rule on each night, to the cent, so that a bill always adds up.

Prices shown to consumers hold VAT (Directive 98/6/EC, article 2), so a tax that is included is taken out of what was
charged and never makes it more.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import get_args

from omd.features.rates.taxes.model import (
    OF_PERSONS,
    OF_STAYS,
    Charge,
    ChargeKind,
    Lodger,
    Taxed,
    TaxLine,
    TaxRule,
    rules_of_day,
)
from omd.kernel.dates import StayDates

_PERCENT = Decimal(100)
_NOTHING = Decimal(0)
_KINDS: tuple[ChargeKind, ...] = get_args(ChargeKind)
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
    return StayTaxes(rules, stay, lodgers, minor_unit=minor_unit).reckon(charges)


class StayTaxes:
    """The taxes that hold on the nights of a stay for those who lodge, for as many prices as are to be reckoned."""

    def __init__(
        self,
        rules: Collection[TaxRule],
        stay: StayDates,
        lodgers: Sequence[Lodger],
        *,
        minor_unit: Decimal = Decimal("0.01"),
    ) -> None:
        self._stay = stay
        payers = {id(rule): count_payers(rule, lodgers) for rule in rules}
        known: dict[tuple[int, ...], _Due] = {}
        self._nights: list[tuple[date, _Due]] = []
        for number, night in enumerate(stay.dates()):
            due = [each for each in rules_of_day(rules, night) if is_due(each, number, payers[id(each)])]
            key = tuple(map(id, due))
            if key not in known:
                known[key] = _Due([(each, payers[id(each)]) for each in due], minor_unit)
            self._nights.append((night, known[key]))

    def reckon(self, charges: Sequence[Charge]) -> Taxed:
        """Return what `reckon` does for these charges."""
        if charges_outside(self._stay, charges):
            raise ValueError("a charge is of a night of the stay")
        by_date: dict[date, list[Charge]] = {}
        gross = _NOTHING
        for charge in charges:
            by_date.setdefault(charge.date, []).append(charge)
            gross += charge.amount
        lines: list[TaxLine] = []
        for night, due in self._nights:
            lines += due.lines(night, by_date.get(night, ()))
        sums = {"included": _NOTHING, "on_top": _NOTHING, "owed": _NOTHING}
        for line in lines:
            sums[line.placement] += line.amount
        included, on_top = sums["included"], sums["on_top"]
        return Taxed(gross - included, included, gross, on_top, sums["owed"], gross + on_top, tuple(lines))


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


class _Due:
    """What is charged on a night: rules in their order, each an amount or a percentage of charges."""

    def __init__(self, rules: Sequence[tuple[TaxRule, int]], minor_unit: Decimal) -> None:
        """`rules` come with the number of persons who pay them."""
        self._minor_unit = minor_unit
        self._known: dict[tuple[tuple[ChargeKind, Decimal], ...], tuple[tuple[TaxRule, Decimal, Decimal], ...]] = {}
        self._rules: list[tuple[TaxRule, Decimal, Decimal | None]] = []
        included: list[TaxRule] = []
        self._out_of_room = _NOTHING
        for rule, payers in rules:
            if rule.is_percentage:
                self._rules.append((rule, _NOTHING, None))
                included += [rule] if rule.placement == "included" else []
                continue
            count = Decimal(payers if rule.basis in OF_PERSONS else 1)
            amount = _rounded(count * rule.value, minor_unit)
            self._rules.append((rule, count, amount))
            self._out_of_room += amount if rule.placement == "included" else _NOTHING
        # What a net is of a hundred of, by the kind of the charge.
        self._whole: dict[ChargeKind, Decimal] = {
            kind: sum((rule.value for rule in included if _is_of(rule, kind)), _PERCENT) for kind in _KINDS
        }

    def lines(self, night: date, charges: Sequence[Charge]) -> list[TaxLine]:
        """Return what the rules come to on a night with these charges, in their order; nothing for what is zero."""
        # Nights of one season are charged alike, and so are taxed alike.
        key = tuple([(charge.kind, charge.amount) for charge in charges])
        came_to = self._known.get(key)
        if came_to is None:
            came_to = self._known[key] = tuple(self._came_to(charges))
        return [
            TaxLine(rule.id, rule.code, rule.name, rule.placement, night, base, amount)
            for rule, base, amount in came_to
        ]

    def _came_to(self, charges: Sequence[Charge]) -> Iterator[tuple[TaxRule, Decimal, Decimal]]:
        nets = self._nets(charges)
        for rule, count, fixed in self._rules:
            if fixed is not None:
                base, amount = count, fixed
            else:
                of_net = rule.placement == "included" or rule.basis == "percent_of_net"
                base = _NOTHING
                for charge, net in zip(charges, nets, strict=True):
                    if _is_of(rule, charge.kind):
                        base += net if of_net else charge.amount
                amount = _rounded(base * rule.value / _PERCENT, self._minor_unit)
                base = _rounded(base, self._minor_unit)
            if amount:
                yield rule, base, amount

    def _nets(self, charges: Sequence[Charge]) -> list[Decimal]:
        """Return what is left of each charge when everything included is out of it.

        Amounts come out of the room first; of the rest all included percentages are reckoned of one and the same net.
        """
        left = self._out_of_room
        nets = []
        for charge in charges:
            out = min(left, charge.amount) if charge.kind == "room" else _NOTHING
            left -= out
            nets.append((charge.amount - out) * _PERCENT / self._whole[charge.kind])
        return nets


def _is_of(rule: TaxRule, kind: ChargeKind) -> bool:
    return not rule.kinds or kind in rule.kinds


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
