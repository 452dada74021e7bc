"""What a hotel sells, plan by plan and type by type: terms, prices and restrictions, ready to be asked for any stay.

Pure and immutable: it depends on the hotel and the nights alone, so it may be kept for as long as they do not change.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, reduce
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from omd.features.offers.model import OfferedPlan
from omd.features.rates import (
    HOTEL,
    MAX_DEPTH,
    UNRESTRICTED,
    Derivation,
    NightRate,
    Occupancy,
    OfferBasisRow,
    PlanTerms,
    RestrictionField,
    Restrictions,
    Rounding,
    Source,
    StatedTerms,
    Terms,
    derive_through,
    inherited,
    merge,
    plan_terms,
    restrictions_of,
)
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId

ByDate = Mapping[date, Restrictions]


class SoldType(msgspec.Struct, frozen=True):
    """A room type, and whom it takes."""

    id: int
    code: str
    name: str
    occupancy: Occupancy


class SoldPlan(msgspec.Struct, frozen=True):
    """A rate plan that is not retired; it is sold from `sold_from` to the day before `sold_until`."""

    offered: OfferedPlan
    terms: PlanTerms
    sold_from: date | None
    sold_until: date | None


class Sale(msgspec.Struct, frozen=True):
    """A room type by a rate plan: the price of each night that has one, and what restricts each date."""

    room_type: SoldType
    plan: SoldPlan
    rates: Mapping[date, NightRate]
    restrictions: ByDate


class OfferBasis(msgspec.Struct, frozen=True):
    """What a hotel sells on some nights; restrictions are known of the day after the last one too.

    `held_date` is the business date where it is held by hand.
    """

    business_id: BusinessId
    currency: str
    time_zone: str
    held_date: date | None
    nights: StayDates
    room_types: tuple[SoldType, ...]
    plans: tuple[SoldPlan, ...]
    sales: tuple[Sale, ...]

    def date_at(self, now: datetime) -> date:
        """Return the day the hotel works on."""
        return self.held_date or now.astimezone(ZoneInfo(self.time_zone)).date()

    def covers(self, stay: StayDates) -> bool:
        """Say whether all of a stay's nights are in it."""
        return self.nights.arrival <= stay.arrival and stay.departure <= self.nights.departure


def basis_of(row: OfferBasisRow, nights: StayDates) -> OfferBasis:
    """Return what a hotel sells on the nights that the row was read for."""
    types = tuple(_type(each) for each in _decode_types(row.room_types))
    plans = {each.id: each for each in _decode_plans(row.plans)}
    rates = _rates(row.rates)
    restricted = _Restricted(row.restrictions, types, plans)
    sold: list[SoldPlan] = []
    sales: list[Sale] = []
    for plan in plans.values():
        lineage = _lineage(plan, plans)
        root = lineage[0]
        sold.append(_sold(plan, lineage))
        chain = [derivation for each in lineage if (derivation := each.derivation) is not None]
        for kind in types:
            if kind.id in root.room_types:
                priced = _derived(rates.get((root.id, kind.id), {}), chain)
                sales.append(Sale(kind, sold[-1], priced, restricted.of(lineage, kind.id)))
    return OfferBasis(
        *(row.business_id, row.currency, row.time_zone, row.business_date, nights, types, tuple(sold), tuple(sales))
    )


class _TypeRow(msgspec.Struct, frozen=True, array_like=True):
    id: int
    code: str
    name: str
    min_occupancy: int
    standard_occupancy: int
    max_adults: int
    max_children: int
    max_occupancy: int


class _PlanRow(msgspec.Struct, frozen=True, dict=True):
    id: int
    version: int
    code: str
    name: str
    meals: str
    basis: Literal["person", "room"]
    guarantee: str
    cancellation_policy_id: int | None
    no_show_policy_id: int | None
    terms: StatedTerms
    parent_plan_id: int | None
    factor: Decimal | None
    amount: Decimal | None
    rounding: Literal["half_up", "half_even", "down", "up"] | None
    rounding_step: Decimal | None
    inherits: frozenset[RestrictionField]
    sold_from: date | None
    sold_until: date | None
    brackets: tuple[tuple[int, int], ...]
    room_types: frozenset[int]

    @cached_property
    def derivation(self) -> Derivation | None:
        """How it follows its parent; None for a root plan."""
        if self.factor is None or self.amount is None or self.rounding is None or self.rounding_step is None:
            return None
        return Derivation(self.factor, self.amount, Rounding(self.rounding, self.rounding_step))


class _RateRow(msgspec.Struct, frozen=True, array_like=True):
    plan_id: int
    type_id: int
    night: date
    season_from: date
    unit_nights: int
    extra_adult: Decimal | None
    amounts: tuple[Decimal | None, ...]
    children: tuple[Decimal | None, ...]


class _RestrictionRow(msgspec.Struct, frozen=True, array_like=True):
    plan_id: int | None
    type_id: int | None
    date: date
    closed: bool | None
    closed_to_arrival: bool | None
    closed_to_departure: bool | None
    min_stay_arrival: int | None
    max_stay_arrival: int | None
    min_stay_through: int | None
    max_stay_through: int | None
    min_advance: int | None
    max_advance: int | None


_decode_types = msgspec.json.Decoder(list[_TypeRow]).decode
_decode_plans = msgspec.json.Decoder(list[_PlanRow]).decode
_decode_rates = msgspec.json.Decoder(list[_RateRow]).decode
_decode_restrictions = msgspec.json.Decoder(list[_RestrictionRow]).decode


def _type(row: _TypeRow) -> SoldType:
    occupancy = Occupancy(
        room_type=row.code,
        min_guests=row.min_occupancy,
        standard=row.standard_occupancy,
        max_guests=row.max_occupancy,
        max_adults=row.max_adults,
        max_children=row.max_children,
    )
    return SoldType(row.id, row.code, row.name, occupancy)


def _sold(plan: _PlanRow, lineage: list[_PlanRow]) -> SoldPlan:
    offered = OfferedPlan(
        *(plan.id, plan.version, plan.code, plan.name, plan.meals, plan.guarantee),
        *(plan.cancellation_policy_id, plan.no_show_policy_id),
    )
    terms = reduce(lambda inherited, each: each.terms.over(inherited), lineage, Terms())
    return SoldPlan(
        offered, plan_terms(plan.code, plan.basis, lineage[0].brackets, terms), plan.sold_from, plan.sold_until
    )


def _lineage(plan: _PlanRow, plans: Mapping[int, _PlanRow]) -> list[_PlanRow]:
    """Return the plan with its ancestors, the root first; the database keeps cycles and more of them out."""
    lineage = [plan]
    while (parent := lineage[0].parent_plan_id) is not None and len(lineage) <= MAX_DEPTH:
        lineage.insert(0, plans[parent])
    return lineage


def _rates(text: str) -> dict[tuple[int, int], dict[date, NightRate]]:
    """Return the prices by root plan and type; nights of a season with the same prices share them."""
    found: dict[tuple[int, int], dict[date, NightRate]] = {}
    shared: dict[tuple[object, ...], NightRate] = {}
    for row in _decode_rates(text):
        said = (row.season_from, row.unit_nights, row.extra_adult, row.amounts, row.children)
        rate = shared.get(said)
        if rate is None:
            rate = shared[said] = NightRate(
                amounts=row.amounts,
                extra_adult=row.extra_adult,
                children=row.children,
                unit_nights=row.unit_nights,
                season=row.season_from,
            )
        found.setdefault((row.plan_id, row.type_id), {})[row.night] = rate
    return found


def _derived(rates: Mapping[date, NightRate], chain: list[Derivation]) -> Mapping[date, NightRate]:
    if not chain:
        return rates
    # By identity: `_rates` shares what is the same, and the rates it gave live on in `rates`.
    derived = {id(rate): rate for rate in rates.values()}
    derived = {key: derive_through(rate, chain) for key, rate in derived.items()}
    return {night: derived[id(rate)] for night, rate in rates.items()}


class _Restricted:
    """What is said of each date at each level, and what that comes to for a plan and type."""

    def __init__(self, text: str, types: tuple[SoldType, ...], plans: Mapping[int, _PlanRow]) -> None:
        codes = {each.id: each.code for each in types}
        self._said: dict[tuple[int | None, int | None], dict[date, Restrictions]] = {}
        for row in _decode_restrictions(text):
            if row.plan_id is None:
                source = HOTEL if row.type_id is None else Source("room_type", codes[row.type_id])
            elif row.plan_id in plans:
                source = Source("plan" if row.type_id is None else "plan_type", plans[row.plan_id].code)
            else:
                continue  # of a plan that is retired
            fields = msgspec.structs.asdict(row)
            for key in ("plan_id", "type_id", "date"):
                del fields[key]
            self._said.setdefault((row.plan_id, row.type_id), {})[row.date] = restrictions_of(source, **fields)

    def of(self, lineage: list[_PlanRow], type_id: int) -> ByDate:
        """Return what holds for the last plan of a lineage and a type."""
        of_plan: ByDate = {}
        for plan in lineage:
            taken = {day: inherited(said, plan.inherits) for day, said in of_plan.items()} if plan.inherits else {}
            of_plan = _merged(taken, self._of(plan.id, None), self._of(plan.id, type_id))
        return _merged(self._of(None, None), self._of(None, type_id), of_plan)

    def _of(self, plan_id: int | None, type_id: int | None) -> ByDate:
        return self._said.get((plan_id, type_id), {})


def _merged(*said: ByDate) -> ByDate:
    speaking = [each for each in said if each]
    if len(speaking) == 1:
        return speaking[0]
    days = {day for each in speaking for day in each}
    return {day: merge(*(each.get(day, UNRESTRICTED) for each in speaking)) for day in days}
