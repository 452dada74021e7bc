"""A small hotel that makes offers: what the database would give of it, and what quotes say of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from omd.features.offers import (
    Ground,
    LocalTaxes,
    Offer,
    OfferBasis,
    OfferQuestion,
    RoomQuote,
    Supply,
    basis_of,
    quote,
)
from omd.features.rates import OfferBasisRow, Party, TaxRule
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

THURSDAY = date(2027, 3, 11)
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
NIGHTS = StayDates(date(2027, 3, 1), date(2027, 4, 1))
DOUBLE, TRIPLE = 1, 2
TYPES = [[DOUBLE, "DBL", "Double", 1, 2, 2, 2, 4], [TRIPLE, "TRP", "Triple", 2, 2, 3, 1, 4]]
"""As the database gives them: id, code, name, fewest, standard, most adults, most children, most persons."""

Json = dict[str, Any]


def plan(plan_id: int, code: str, **more: object) -> Json:
    """Return a plan as the database gives it, a root one by the room unless said otherwise."""
    return {
        "id": plan_id,
        "version": 1,
        "code": code,
        "name": code.title(),
        "meals": "breakfast",
        "basis": "room",
        "guarantee": "none",
        "cancellation_policy_id": None,
        "no_show_policy_id": None,
        "terms": {},
        "parent_plan_id": None,
        "factor": None,
        "amount": None,
        "rounding": None,
        "rounding_step": None,
        "inherits": [],
        "sold_from": None,
        "sold_until": None,
        "brackets": [],
        "room_types": [DOUBLE, TRIPLE],
        **more,
    }


def derived(plan_id: int, code: str, parent: int, **more: object) -> Json:
    """Return a derived plan as the database gives it, at nine tenths unless said otherwise."""
    derivation = {"factor": 0.9, "amount": 0.0, "rounding": "half_up", "rounding_step": 0.01}
    return plan(plan_id, code, parent_plan_id=parent, **{**derivation, "room_types": [], **more})


def rates(plan_id: int, type_id: int, *amounts: float | None, nights: StayDates = NIGHTS, **more: Any) -> list[object]:
    """Return one price a night as the database gives it; `extra_adult`, `children` and `unit_nights` by name."""
    said = [more.get("unit_nights", 1), more.get("extra_adult"), list(amounts), more.get("children", [])]
    return [[plan_id, type_id, night, nights.arrival, *said] for night in nights.dates()]


def restriction(day: date, plan_id: int | None = None, type_id: int | None = None, **said: object) -> list[object]:
    """Return a restriction as the database gives it."""
    fields = ("closed", "closed_to_arrival", "closed_to_departure", "min_stay_arrival", "max_stay_arrival")
    more = ("min_stay_through", "max_stay_through", "min_advance", "max_advance")
    return [plan_id, type_id, day, *(said.get(field) for field in (*fields, *more))]


def basis(
    plans: Sequence[Json],
    prices: Sequence[object],
    restrictions: Sequence[object] = (),
    types: Sequence[object] = TYPES,
    nights: StayDates = NIGHTS,
) -> OfferBasis:
    """Return the basis of a hotel of these rows."""
    parts = (msgspec.json.encode(each).decode() for each in (types, plans, prices, restrictions))
    return basis_of(OfferBasisRow(BusinessId(7), "RON", "Europe/Bucharest", None, *parts), nights)


def free(rooms: int = 3, **sold_out: Sequence[date]) -> Supply:
    """Return so many rooms of both types on every night, none on those named by the type's code."""
    codes = {"DBL": DOUBLE, "TRP": TRIPLE}
    empty = {codes[code]: set(days) for code, days in sold_out.items()}
    return Supply(
        {
            type_id: {night: 0 if night in empty.get(type_id, ()) else rooms for night in NIGHTS.dates()}
            for type_id in codes.values()
        }
    )


def ground(of: OfferBasis, supply: Supply | None = None, *rules: TaxRule) -> Ground:
    """Return the ground of offers, everything free and untaxed unless said otherwise."""
    return Ground(of, supply or free(), LocalTaxes(None, rules))


def asked(*parties: Party, arrival: date = THURSDAY, nights: int = 2, **more: Any) -> OfferQuestion:
    """Return a question for some parties, two adults without any."""
    stay = StayDates(arrival, arrival + timedelta(days=nights))
    return OfferQuestion(OmdId(1), stay, parties or (Party(2),), NOW, **more)


def only(quotes: Sequence[RoomQuote[Offer]]) -> RoomQuote[Offer]:
    """Return the quote of a question for one room."""
    (only_one,) = quotes
    return only_one


def totals(on: Ground, question: OfferQuestion) -> Mapping[tuple[str, int], Decimal]:
    """Return what a room costs by plan code and type."""
    return {(each.plan.code, each.room_type_id): each.total for each in only(quote(on, question)).offers}


def reasons(on: Ground, question: OfferQuestion) -> Mapping[tuple[str, int], list[str]]:
    """Return why a room is refused, by plan code and type: the codes."""
    return {
        (each.sale.plan.offered.code, each.sale.room_type.id): [reason.code for reason in each.reasons]
        for each in only(quote(on, question)).refused
    }
