"""What every night costs a party by itself, where a stay costs the sum of its nights: most plans on most dates."""

from collections.abc import Sequence
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
    """By night, in cents: the room, None on a night that is not sold to the party; what comes on top, meals apart."""

    room: tuple[int | None, ...]
    supplements: tuple[int, ...]
    meals: tuple[int, ...]


def price_nightly(
    party: Party, terms: PlanTerms, occupancy: Occupancy, nights: Sequence[date], rates: Sequence[NightRate | None]
) -> Nightly | None:
    """Return what each of some nights costs at its rate, None where that does not sum up to what `price_stay` says.

    So it is with nights that are free, with prices for several nights and with supplements by the stay. What the dates
    of a stay forbid plays no part.
    """
    if terms.free_nights is not None or any(each.charge not in _BY_THE_NIGHT for each in terms.supplements):
        return None
    nothing = (0,) * len(nights)
    payers, reasons = charge_party(party, terms, occupancy)
    if reasons:
        return Nightly((None,) * len(nights), nothing, nothing)
    pricer = NightPricer(payers, terms, occupancy)
    if pricer.unplaced:
        return Nightly((None,) * len(nights), nothing, nothing)
    # By identity: rates that are the same are most often one, and all of them live on in `rates`.
    known: dict[int, int | None] = {id(None): None}
    for number, rate in {id(rate): rate for rate in rates if rate is not None}.items():
        cells = pricer.price(rate)
        cents = known[number] = None if cells is None else _cents(cells)
        if rate.unit_nights != 1 or (cells is not None and cents is None):
            return None
    room = tuple([known[id(rate)] for rate in rates])
    if not terms.supplements:
        return Nightly(room, nothing, nothing)
    on_top = {"supplement": list(nothing), "meals": list(nothing)}
    added: dict[Decimal, int | None] = {}
    for part in supplement_parts(terms, occupancy.room_type, nights, frozenset(), payers.persons):
        if part.amount not in added:
            added[part.amount] = _cents([part.amount])
        more = added[part.amount]
        if more is None:
            return None
        on_top[part.supplement.kind][part.night] += more
    return Nightly(room, tuple(on_top["supplement"]), tuple(on_top["meals"]))


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
