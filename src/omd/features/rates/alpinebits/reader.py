"""From an OTA_HotelRatePlanNotifRQ to the inputs of the price engine.

Source: AlpineBits HotelData 2018-10 to 2024-10, chapter RatePlans. Complete plans are read; changes of parts
(Overlay) and removals are another matter and refused by name.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from omd.features.rates.alpinebits.document import NAMESPACE, Element, Reading, parse_document
from omd.features.rates.alpinebits.offers import ADULT, CHILD, read_offers, read_supplements
from omd.features.rates.alpinebits.plan import AlpineBitsPlan, DatedRate, DatedRule
from omd.features.rates.pricing import Basis, Bracket, NightRate, PlanTerms, Restrictions, Source, restrictions_of
from omd.features.rates.pricing.restrictions import Field

DAY = timedelta(days=1)
COMPLETE = frozenset({"New", "Full"})
BASES: dict[str, Basis] = {"7": "person", "25": "room"}
LENGTHS: dict[str, Field] = {
    "SetMinLOS": "min_stay_arrival",
    "SetMaxLOS": "max_stay_arrival",
    "SetForwardMinStay": "min_stay_through",
    "SetForwardMaxStay": "max_stay_through",
}
OLDEST = 18
MOST_GUESTS = 99


def read_rate_plans(content: bytes) -> tuple[AlpineBitsPlan, ...]:
    """Return the complete rate plans of the message, or raise `InvalidInput` naming every problem by its line."""
    root = parse_document(content)
    reading = Reading()
    if root.tag != f"{NAMESPACE}OTA_HotelRatePlanNotifRQ":
        reading.problem(root, "", "The document is no OTA_HotelRatePlanNotifRQ of OpenTravel 2003/05.")
    plans = tuple(_plan(reading, element) for element in reading.all(root, "RatePlans", "RatePlan"))
    reading.raise_problems("The message with rate plans")
    return plans


def _plan(reading: Reading, plan: Element) -> AlpineBitsPlan:
    kind = plan.get("RatePlanNotifType")
    if kind not in COMPLETE:
        reading.problem(plan, "RatePlanNotifType", f"Only complete plans (New, Full) are read, this one is {kind!r}.")
    code = reading.text(plan, "RatePlanCode")
    basis, unit = _static(reading, plan)
    dated = [rate for rate in reading.all(plan, "Rates", "Rate") if rate.get("InvTypeCode") is not None]
    brackets = _brackets(reading, dated)
    rates: dict[str, list[DatedRate]] = defaultdict(list)
    for number, element in enumerate(dated):
        period, rate = reading.period(element), _rate(reading, element, brackets, unit, season=number)
        if period is not None:
            rates[element.get("InvTypeCode", "")].append(DatedRate(period[0], period[1] + DAY, rate))
    offers = read_offers(reading, plan)
    terms = PlanTerms(
        code=code,
        basis=basis,
        brackets=brackets,
        adult_from=offers.adult_from,
        grown_children="refused",
        full_payers=True,
        family=offers.family,
        free_nights=offers.free_nights,
        conditions=offers.conditions,
        supplements=read_supplements(reading, plan),
        through_departure=True,
    )
    by_type = {room_type: tuple(found) for room_type, found in rates.items()}
    return AlpineBitsPlan(code, reading.text(plan, "CurrencyCode"), terms, by_type, tuple(_rules(reading, plan, code)))


def _static(reading: Reading, plan: Element) -> tuple[Basis, int]:
    """Return whether amounts are of a person or of the room, and of how many nights."""
    static = next((rate for rate in reading.all(plan, "Rates", "Rate") if rate.get("InvTypeCode") is None), None)
    if static is None:
        reading.problem(plan, "", "The plan has no static rate, which says what its amounts mean.")
        return "person", 1
    amount = reading.first(static, "BaseByGuestAmts", "BaseByGuestAmt")
    basis = BASES.get(amount.get("Type", "")) if amount is not None else None
    if basis is None:
        reading.problem(static, "", "Its BaseByGuestAmt has neither Type 7 (per person) nor 25 (per room).")
    unit = reading.number(static, "UnitMultiplier")
    if static.get("RateTimeUnit", "Day") != "Day" or unit == 0:
        reading.problem(static, "UnitMultiplier", "Amounts must be for one or more whole days.")
    return basis or "person", unit or 1


def _ages(reading: Reading, element: Element) -> tuple[int, int]:
    least, most = reading.number(element, "MinAge"), reading.number(element, "MaxAge")
    return least or 0, OLDEST if most is None else most


def _additional(reading: Reading, rate: Element, qualifying: str) -> Iterator[Element]:
    for element in reading.all(rate, "AdditionalGuestAmounts", "AdditionalGuestAmount"):
        if element.get("AgeQualifyingCode") == qualifying:
            yield element


def _brackets(reading: Reading, rates: list[Element]) -> tuple[Bracket, ...]:
    """Return the smallest brackets that every rate of the plan can state its prices by.

    In the standard each rate cuts the ages as it likes; in the engine a plan does so once.
    """
    cuts = {age for rate in rates for each in _additional(reading, rate, CHILD) for age in _ages(reading, each)}
    return tuple(Bracket(least, most) for least, most in pairwise(sorted(cuts)))


def _rate(reading: Reading, element: Element, brackets: tuple[Bracket, ...], unit: int, season: int) -> NightRate:
    amounts: dict[int, Decimal | None] = {}
    for each in reading.all(element, "BaseByGuestAmts", "BaseByGuestAmt"):
        guests = reading.number(each, "NumberOfGuests") or 0
        if 1 <= guests <= MOST_GUESTS:
            amounts[guests] = reading.amount(each, "AmountAfterTax")
        else:
            reading.problem(each, "NumberOfGuests", f"It must be 1 to {MOST_GUESTS}.")
    extra = next(_additional(reading, element, ADULT), None)
    children: dict[Bracket, Decimal | None] = {}
    for each in _additional(reading, element, CHILD):
        least, most = _ages(reading, each)
        amount = reading.amount(each, "Amount")
        for bracket in brackets:
            if least <= bracket.from_age and bracket.until_age <= most:
                children.setdefault(bracket, amount)
    return NightRate(
        amounts=tuple(amounts.get(guests) for guests in range(1, max(amounts, default=0) + 1)),
        extra_adult=None if extra is None else reading.amount(extra, "Amount"),
        children=tuple(children.get(bracket) for bracket in brackets),
        unit_nights=unit,
        season=season,
    )


def _rules(reading: Reading, plan: Element, code: str) -> Iterator[DatedRule]:
    seen: dict[str | None, list[tuple[date, date]]] = defaultdict(list)
    for rule in reading.all(plan, "BookingRules", "BookingRule"):
        room_type = rule.get("Code")
        source = Source("plan", code) if room_type is None else Source("plan_type", f"{code} for {room_type}")
        period, by_weekday = reading.period(rule), _by_weekday(reading, rule, source)
        if period is None:
            continue
        if any(period[0] <= end and start <= period[1] for start, end in seen[room_type]):
            reading.problem(rule, "Start", f"Two booking rules of {room_type or 'all room types'} overlap.")
        seen[room_type].append(period)
        yield DatedRule(room_type, period[0], period[1] + DAY, by_weekday)


def _by_weekday(reading: Reading, rule: Element, source: Source) -> tuple[Restrictions, ...]:
    values: dict[str, int | bool | None] = {}
    for length in reading.all(rule, "LengthsOfStay", "LengthOfStay"):
        field = LENGTHS.get(length.get("MinMaxMessageType", ""))
        if field is None:
            reading.problem(length, "MinMaxMessageType", f"It is none of {', '.join(LENGTHS)}.")
        else:
            values[field] = reading.number(length, "Time")
    status = reading.first(rule, "RestrictionStatus")
    values["closed"] = status is not None and status.get("Status") == "Close"
    arrival = reading.weekdays(reading.first(rule, "DOW_Restrictions", "ArrivalDaysOfWeek"))
    departure = reading.weekdays(reading.first(rule, "DOW_Restrictions", "DepartureDaysOfWeek"))
    return tuple(
        restrictions_of(
            source,
            **values,
            closed_to_arrival=arrival is not None and day not in arrival,
            closed_to_departure=departure is not None and day not in departure,
        )
        for day in range(7)
    )
