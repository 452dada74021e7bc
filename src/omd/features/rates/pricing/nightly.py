"""What every night costs a party by itself, where a stay costs the sum of its nights: most plans on most dates."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from omd.features.rates.pricing.charges import NightPricer, supplement_parts
from omd.features.rates.pricing.model import NightRate, Occupancy, Party, PlanTerms
from omd.features.rates.pricing.party import charge_party
from omd.features.rates.pricing.rounding import CENTS

_PER_UNIT = int(1 / CENTS.step)
_BY_THE_NIGHT = frozenset({"night", "person_night"})


class Nightly(msgspec.Struct, frozen=True):
    """By night, in cents: the room, None on a night that is not sold to the party, and what comes on top of it."""

    room: tuple[int | None, ...]
    supplements: tuple[int, ...]


def price_nightly(
    party: Party, terms: PlanTerms, occupancy: Occupancy, rates: Mapping[date, NightRate], nights: Sequence[date]
) -> Nightly | None:
    """Return what each of some nights costs, None where that does not sum up to what `price_stay` says of a stay.

    So it is with nights that are free, with prices for several nights and with supplements by the stay. What the dates
    of a stay forbid plays no part.
    """
    if terms.free_nights is not None or any(each.charge not in _BY_THE_NIGHT for each in terms.supplements):
        return None
    nothing = (0,) * len(nights)
    payers, reasons = charge_party(party, terms, occupancy)
    if reasons:
        return Nightly((None,) * len(nights), nothing)
    pricer = NightPricer(payers, terms, occupancy)
    if pricer.unplaced:
        return Nightly((None,) * len(nights), nothing)
    known: dict[int, int | None] = {}
    room: list[int | None] = []
    for night in nights:
        rate = rates.get(night)
        if rate is None:
            room.append(None)
            continue
        # By identity: rates that are the same are most often one, and all of them live on in `rates`.
        if id(rate) not in known:
            cells = pricer.price(rate)
            cents = None if cells is None else _cents(cells)
            if rate.unit_nights != 1 or (cells is not None and cents is None):
                return None
            known[id(rate)] = cents
        room.append(known[id(rate)])
    if not terms.supplements:
        return Nightly(tuple(room), nothing)
    on_top = list(nothing)
    for part in supplement_parts(terms, occupancy.room_type, nights, frozenset(), payers.persons):
        cents = _cents([part.amount])
        if cents is None:
            return None
        on_top[part.night] += cents
    return Nightly(tuple(room), tuple(on_top))


def _cents(amounts: Sequence[Decimal]) -> int | None:
    """Return the sum of amounts in cents, None where one is no whole number of them, or below zero."""
    total = 0
    for amount in amounts:
        cents = amount * _PER_UNIT
        whole = int(cents)
        if whole != cents or whole < 0:
            return None
        total += whole
    return total
