"""What a stay is charged before anything is rounded: exact parts over one common divisor."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from math import gcd, lcm
from typing import NamedTuple

from omd.features.rates.pricing.model import FreeNights, NightRate, Occupancy, Payers, PlanTerms, Supplement
from omd.features.rates.pricing.reasons import Reason, Source

ZERO = Decimal()


class SupplementPart(NamedTuple):
    """One line of a supplement: its amount is `amount / divisor`, shown on the night of this number."""

    supplement: Supplement
    night: int
    amount: Decimal
    divisor: int


class NightPricer:
    """Reads what a fixed party pays off the rate of any night."""

    def __init__(self, payers: Payers, terms: PlanTerms, occupancy: Occupancy) -> None:
        self.plan = Source("plan", terms.code)
        self.extra = max(0, payers.adults - occupancy.standard)
        in_base = payers.adults - self.extra
        self.guests = in_base
        self.times = 1
        if terms.basis == "person":
            self.guests = min(payers.persons + payers.free_children, occupancy.standard)
            self.times = in_base
        self.unplaced: list[int] = []
        counts = [0] * len(terms.brackets)
        self.ages: dict[int, int] = {}
        for age in payers.children:
            number = _bracket_of(age, terms)
            if number is None:
                self.unplaced.append(age)
            else:
                counts[number] += 1
                self.ages.setdefault(number, age)
        self.counts = [(number, count) for number, count in enumerate(counts) if count]
        self.brackets = [(terms.brackets[number], count) for number, count in self.counts]

    def without_bracket(self) -> Iterator[Reason]:
        """Yield the children whose age no bracket of the plan holds."""
        yield from (Reason("no_bracket_for_child", self.plan, actual=age) for age in self.unplaced)

    def rows(self, rates: Sequence[NightRate | None]) -> list[list[Decimal] | None]:
        """Return what `price` does for each rate; nights of one season most often share theirs."""
        known: dict[int, list[Decimal] | None] = {}
        for rate in rates:
            if id(rate) not in known:
                known[id(rate)] = self.price(rate)
        return [known[id(rate)] for rate in rates]

    def price(self, rate: NightRate | None) -> list[Decimal] | None:
        """Return base, extra adults and the children by bracket, for all of them; None where any has no price."""
        if rate is None or self.guests > len(rate.amounts):
            return None
        base = rate.amounts[self.guests - 1]
        if base is None or base < 0:
            return None
        cells = [base * self.times, ZERO]
        if self.extra:
            if rate.extra_adult is None or rate.extra_adult < 0:
                return None
            cells[1] = rate.extra_adult * self.extra
        for number, count in self.counts:
            price = rate.children[number] if number < len(rate.children) else None
            if price is None or price < 0:
                return None
            cells.append(price * count)
        return cells

    def why_not(self, rate: NightRate | None, night: date) -> Iterator[Reason]:
        """Yield everything that keeps this rate from having a price for the party."""
        if rate is None:
            yield Reason("not_priced", self.plan, night)
            return
        base = rate.amounts[self.guests - 1] if self.guests <= len(rate.amounts) else None
        if base is None:
            yield Reason("not_priced_for_so_many", self.plan, night, actual=self.guests)
        prices = [base]
        if self.extra:
            prices.append(rate.extra_adult)
            if rate.extra_adult is None:
                yield Reason("no_price_for_extra_adult", self.plan, night)
        for number, _ in self.counts:
            prices.append(rate.children[number] if number < len(rate.children) else None)
            if prices[-1] is None:
                yield Reason("no_price_for_child", self.plan, night, actual=self.ages[number])
        if any(price is not None and price < 0 for price in prices):
            yield Reason("below_zero", self.plan, night)


def _bracket_of(age: int, terms: PlanTerms) -> int | None:
    for number, bracket in enumerate(terms.brackets):
        if bracket.from_age <= age < bracket.until_age:
            return number
    return None


def free_nights_of(offer: FreeNights | None, rates: Sequence[NightRate]) -> frozenset[int]:
    """Return the numbers of the nights that cost nothing.

    Only a night that is charged by itself can be free, never one that is a part of a week.
    """
    nights = len(rates)
    if offer is None or nights < offer.required:
        return frozenset()
    if offer.pattern is None:
        chosen = set(range(max(0, nights - offer.free), nights))
    else:
        whole = nights - nights % len(offer.pattern)
        chosen = {night for night in range(whole) if offer.pattern[night % len(offer.pattern)] == "F"}
    return frozenset(chosen & _charged_alone(rates))


def _charged_alone(rates: Sequence[NightRate]) -> set[int]:
    """Return the nights that are a chunk of their own.

    From the arrival on, a chunk is as many nights as are left of the stay, of the season, or of the rate's unit.
    """
    alone, night = set(), 0
    while night < len(rates):
        rate, end = rates[night], night + 1
        last = min(len(rates), night + rate.unit_nights)
        while end < last and rates[end].season == rate.season:
            end += 1
        if end - night == 1:
            alone.add(night)
        night = end
    return alone


def supplement_parts(
    terms: PlanTerms, room_type: str, nights: Sequence[date], free: frozenset[int], persons: int
) -> Iterator[SupplementPart]:
    """Yield what comes on top, supplement by supplement; what is charged by the night is waived on free nights."""
    once: dict[str, tuple[int, Supplement]] = {}
    for each in terms.supplements:
        if each.room_types and room_type not in each.room_types:
            continue
        covered = [number for number, night in enumerate(nights) if _covers(each, night)]
        times = persons if each.charge in {"person_night", "person_stay"} else 1
        if not covered or not times:
            continue
        if each.charge == "once":
            once[each.code] = min(once.get(each.code, (covered[0], each)), (covered[0], each), key=lambda at: at[0])
        elif each.charge in {"stay", "person_stay"}:
            of = len(nights) // gcd(len(covered), len(nights))
            yield SupplementPart(each, covered[0], each.amount * times * (len(covered) * of // len(nights)), of)
        else:
            yield from (SupplementPart(each, night, each.amount * times, 1) for night in covered if night not in free)
    yield from (SupplementPart(each, night, each.amount, 1) for night, each in once.values())


def _covers(supplement: Supplement, night: date) -> bool:
    return (
        (supplement.since is None or supplement.since <= night)
        and (supplement.until is None or night < supplement.until)
        and (supplement.weekdays is None or night.weekday() in supplement.weekdays)
    )


def common_divisor(rates: Sequence[NightRate], supplements: Sequence[SupplementPart]) -> int:
    """Return the least number by which every part of the stay can be divided exactly."""
    return lcm(*{rate.unit_nights for rate in rates}, *{part.divisor for part in supplements})
