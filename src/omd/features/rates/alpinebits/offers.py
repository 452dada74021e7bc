"""The offers and supplements of a rate plan: who it is for, what is free, what comes on top."""

from typing import NamedTuple

import msgspec

from omd.features.rates.alpinebits.document import Element, Reading
from omd.features.rates.pricing import Charge, Conditions, FamilyOffer, FreeNights, Supplement, Weekdays

CHARGES: dict[str, Charge] = {
    "1": "night",
    "19": "night",
    "21": "person_night",
    "12": "stay",
    "18": "stay",
    "20": "person_stay",
    "24": "once",
}
"""ChargeTypeCode: daily, room and night, person and night, stay, room and stay, person and stay, item."""

ADULT, CHILD = "10", "8"


class Offers(NamedTuple):
    """What the offers of a plan say."""

    adult_from: int | None = None
    conditions: Conditions = Conditions()
    family: FamilyOffer | None = None
    free_nights: FreeNights | None = None


def read_offers(reading: Reading, plan: Element) -> Offers:
    """Return the offer rule, the family offer and the free nights of a plan, as far as it has them."""
    offers = Offers()
    for offer in reading.all(plan, "Offers", "Offer"):
        rule = reading.first(offer, "OfferRules", "OfferRule")
        if rule is not None:
            adult_from, conditions = _rule(reading, rule)
            offers = offers._replace(adult_from=adult_from, conditions=conditions)
        discount = reading.first(offer, "Discount")
        guest = reading.first(offer, "Guests", "Guest")
        if guest is not None:
            offers = offers._replace(family=_family(reading, guest))
        elif discount is not None:
            offers = offers._replace(free_nights=_free_nights(reading, discount))
    return offers


def _rule(reading: Reading, rule: Element) -> tuple[int | None, Conditions]:
    adult_from = None
    conditions = Conditions(
        arrival_weekdays=reading.weekdays(reading.first(rule, "DOW_Restrictions", "ArrivalDaysOfWeek")),
        departure_weekdays=reading.weekdays(reading.first(rule, "DOW_Restrictions", "DepartureDaysOfWeek")),
        min_advance=reading.days_ahead(rule, "MinAdvancedBookingOffset"),
        max_advance=reading.days_ahead(rule, "MaxAdvancedBookingOffset"),
    )
    for length in reading.all(rule, "LengthsOfStay", "LengthOfStay"):
        nights = reading.number(length, "Time")
        kind = length.get("MinMaxMessageType")
        if kind == "SetMinLOS":
            conditions = msgspec.structs.replace(conditions, min_nights=nights)
        elif kind == "SetMaxLOS":
            conditions = msgspec.structs.replace(conditions, max_nights=nights)
        else:
            reading.problem(length, "MinMaxMessageType", f"{kind!r} is neither SetMinLOS nor SetMaxLOS.")
    for occupancy in reading.all(rule, "Occupancy"):
        min_age = reading.number(occupancy, "MinAge")
        least, most = reading.number(occupancy, "MinOccupancy"), reading.number(occupancy, "MaxOccupancy")
        if occupancy.get("AgeQualifyingCode") == ADULT:
            adult_from = min_age
            conditions = msgspec.structs.replace(
                conditions, children=min_age is not None, min_adults=least, max_adults=most
            )
        elif occupancy.get("AgeQualifyingCode") == CHILD:
            conditions = msgspec.structs.replace(
                conditions,
                min_child_age=min_age,
                max_child_age=reading.number(occupancy, "MaxAge"),
                min_children=least,
                max_children=most,
            )
        else:
            reading.problem(occupancy, "AgeQualifyingCode", "It is neither 10 (adults) nor 8 (children).")
    return adult_from, conditions


def _family(reading: Reading, guest: Element) -> FamilyOffer:
    return FamilyOffer(
        max_age=reading.number(guest, "MaxAge") or 0,
        min_count=reading.number(guest, "MinCount") or 0,
        free=reading.number(guest, "LastQualifyingPosition") or 0,
    )


def _free_nights(reading: Reading, discount: Element) -> FreeNights | None:
    required, free = reading.number(discount, "NightsRequired"), reading.number(discount, "NightsDiscounted")
    pattern = discount.get("DiscountPattern")
    if not required or not free or free > required:
        reading.problem(discount, "NightsDiscounted", "Free nights are 1 or more, and at most the nights required.")
        return None
    if pattern is not None and pattern != "0" * (required - free) + "1" * free:
        reading.problem(discount, "DiscountPattern", f"{pattern!r} is not the last {free} of {required} nights.")
    return FreeNights(required, free, None if pattern is None else "P" * (required - free) + "F" * free)


class _Kind(NamedTuple):
    """What is said once of a supplement, whatever the date; None for one that is not mandatory."""

    charge: Charge | None
    weekdays: Weekdays | None


def read_supplements(reading: Reading, plan: Element) -> tuple[Supplement, ...]:
    """Return the mandatory supplements of a plan; who chooses an optional one is asked elsewhere."""
    kinds: dict[str, _Kind] = {}
    found: list[Supplement] = []
    for element in reading.all(plan, "Supplements", "Supplement"):
        code = reading.text(element, "InvCode")
        if element.get("ChargeTypeCode") is not None or code not in kinds:
            kinds[code] = _kind(reading, element)
            continue
        kind = kinds[code]
        period, amount = reading.period(element), reading.amount(element, "Amount")
        if kind.charge is None or period is None or amount is None:
            continue
        rooms, weekdays = _prerequisite(reading, element)
        found.append(
            Supplement(
                code=code,
                charge=kind.charge,
                amount=amount,
                since=period[0],
                until=period[1].fromordinal(period[1].toordinal() + 1),
                weekdays=weekdays or kind.weekdays,
                room_types=rooms,
            )
        )
    return tuple(found)


def _kind(reading: Reading, element: Element) -> _Kind:
    charge = CHARGES.get(element.get("ChargeTypeCode", ""))
    if charge is None:
        reading.problem(element, "ChargeTypeCode", f"It is none of {', '.join(CHARGES)}.")
    if not reading.truth(element, "MandatoryIndicator", default=False):
        charge = None
    return _Kind(charge, _prerequisite(reading, element)[1])


def _prerequisite(reading: Reading, element: Element) -> tuple[tuple[str, ...], Weekdays | None]:
    """Return the room types and the weekdays that a supplement needs."""
    needs = reading.first(element, "PrerequisiteInventory")
    if needs is None:
        return (), None
    code = reading.text(needs, "InvCode")
    if needs.get("InvType") == "ROOMTYPE":
        return (code,), None
    if needs.get("InvType") == "ALPINEBITSDOW" and len(code) == 7 and set(code) <= {"0", "1"}:
        return (), frozenset(day for day, mark in enumerate(code) if mark == "1")
    reading.problem(needs, "InvType", "It is neither ROOMTYPE, nor ALPINEBITSDOW with seven of 0 and 1 from Monday on.")
    return (), None
