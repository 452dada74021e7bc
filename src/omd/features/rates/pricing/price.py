"""The price of a stay: what each night, each child and each supplement comes to, or every reason why it is not sold."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from omd.features.rates.pricing.charges import (
    ZERO,
    NightPricer,
    SupplementPart,
    common_divisor,
    free_nights_of,
    supplement_parts,
)
from omd.features.rates.pricing.checks import check_conditions, check_restrictions
from omd.features.rates.pricing.model import (
    ChildrenLine,
    NightLine,
    NightRate,
    Occupancy,
    PlanTerms,
    Priced,
    StayQuestion,
    SupplementLine,
)
from omd.features.rates.pricing.party import charge_party
from omd.features.rates.pricing.reasons import Reason, Refused
from omd.features.rates.pricing.restrictions import Restrictions
from omd.features.rates.pricing.rounding import CENTS, Rounding, share_out


def price_stay(
    question: StayQuestion,
    terms: PlanTerms,
    occupancy: Occupancy,
    rates: Mapping[date, NightRate],
    restrictions: Mapping[date, Restrictions],
    rounding: Rounding = CENTS,
) -> Priced | Refused:
    """Return what the stay costs by this plan in this room type, or every reason why it is not sold.

    `rates` and `restrictions` are those of the plan and type; a night without a rate is not sold, a date without
    restrictions has none. Amounts are in the currency of the rates, rounded to the rounding's step, the currency's
    minor unit. Prices are looked at only for a party that is taken at all.
    """
    nights = tuple(question.dates.dates())
    payers, reasons = charge_party(question.party, terms, occupancy)
    taken = not reasons
    reasons += check_conditions(question, terms)
    reasons += check_restrictions(question, nights, restrictions, through_departure=terms.through_departure)
    if not taken:
        return Refused(tuple(dict.fromkeys(reasons)))
    pricer = NightPricer(payers, terms, occupancy)
    reasons += pricer.without_bracket()
    rows = pricer.rows([rates.get(night) for night in nights])
    for night, row in zip(nights, rows, strict=True):
        if row is None:
            reasons += pricer.why_not(rates.get(night), night)
    if reasons:
        return Refused(tuple(dict.fromkeys(reasons)))
    priced_by = [rates[night] for night in nights]
    free = free_nights_of(terms.free_nights, priced_by)
    on_top = list(supplement_parts(terms, occupancy.room_type, nights, free, payers.persons))
    divisor = common_divisor(priced_by, on_top)
    amounts = _whole_steps(_cells(rows, priced_by, free, on_top, divisor), divisor, rounding)
    total = sum(amounts, ZERO)
    if total < 0:
        return Refused((Reason("below_zero", pricer.plan),))
    width = 2 + len(pricer.brackets)
    lines = tuple(
        _night_line(night, amounts[number * width : number * width + width], pricer, free=number in free)
        for number, night in enumerate(nights)
    )
    used = width * len(nights)
    supplements = tuple(
        SupplementLine(part.supplement.code, nights[part.night], part.supplement.charge, amount, part.supplement.kind)
        for part, amount in zip(on_top, amounts[used:], strict=True)
    )
    return Priced(total, lines, supplements, payers)


def _cells(
    rows: Sequence[list[Decimal] | None],
    rates: Sequence[NightRate],
    free: frozenset[int],
    on_top: Sequence[SupplementPart],
    divisor: int,
) -> list[Decimal]:
    """Return every amount of the stay times the divisor: night by night as priced, then the supplements."""
    cells: list[Decimal] = []
    for number, (row, rate) in enumerate(zip(rows, rates, strict=True)):
        assert row is not None
        if number in free:
            cells += [ZERO] * len(row)
        elif rate.unit_nights == divisor:
            cells += row
        else:
            times = divisor // rate.unit_nights
            cells += [amount * times for amount in row]
    cells += [part.amount * (divisor // part.divisor) for part in on_top]
    return cells


def _whole_steps(cells: list[Decimal], divisor: int, rounding: Rounding) -> list[Decimal]:
    """Return the cells as amounts of whole steps that sum to the rounded total; most often they are that already."""
    step = rounding.step
    if divisor == 1 and not any(cell % step for cell in cells):
        return cells
    return share_out(cells, divisor, rounding)


def _night_line(night: date, amounts: Sequence[Decimal], pricer: NightPricer, *, free: bool) -> NightLine:
    if not pricer.brackets:
        base, extra = amounts
        return NightLine(night, base + extra if extra else base, base, extra, (), free)
    children = tuple(
        [
            ChildrenLine(bracket, count, amount)
            for (bracket, count), amount in zip(pricer.brackets, amounts[2:], strict=True)
        ]
    )
    return NightLine(night, sum(amounts, ZERO), amounts[0], amounts[1], children, free)
