"""Prices, restrictions and quotas by date, as they are kept, and all that offers are made from."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from omd.db import Database, ReadTransaction, Transaction, load_statements
from omd.features.rates.by_date import QuotaDates, RateRow, RestrictedDates
from omd.features.rates.model import RatePlanId
from omd.features.rates.queries.plans import Hotel, as_json
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, RoomTypeId

_SQL = load_statements("omd.features.rates")


class PastChildren(msgspec.Struct, frozen=True):
    """The prices of children on some nights of a room type; amounts as texts, by the position of the bracket."""

    room_type_id: RoomTypeId
    children: list[str | None]
    dates: list[date]


class ImpossibleRate(msgspec.Struct, frozen=True):
    """What a price would be that cannot be; `adjustment` counts from 0."""

    rate_plan_id: RatePlanId
    room_type_id: RoomTypeId
    date: date
    adjustment: int
    amount: Decimal


class OfferBasisRow(msgspec.Struct, frozen=True):
    """All that pricing needs of a hotel, its four parts as JSON.

    `room_types` are arrays `[id, code, name, min_occupancy, standard_occupancy, max_adults, max_children,
    max_occupancy]`; `plans` objects, of a root one with the types it ever had rates for; `rates` arrays
    `[plan, type, date, season_from, unit_nights, extra_adult, amounts, children]`; `restrictions` arrays
    `[plan or null, type or null, date, the nine fields]`, those of the day of departure among them.
    """

    business_id: BusinessId
    currency: str
    time_zone: str
    business_date: date | None
    room_types: str
    plans: str
    rates: str
    restrictions: str


async def lock_rates(tx: Transaction, business_id: BusinessId) -> None:
    """Keep every other change of the hotel's plans, prices, restrictions and quotas waiting until this one ends."""
    await tx.value(_SQL["lock_rates"], business_id=business_id)


async def take_past_children(tx: Transaction, hotel: Hotel, plan_id: RatePlanId, before: date) -> list[PastChildren]:
    """Take the prices of children off a plan's nights before a date, and return them."""
    named = {"omd_id": hotel.omd_id, "business_id": hotel.business_id, "rate_plan_id": plan_id, "before": before}
    return await tx.many(_SQL["take_past_children"], PastChildren, **named)


async def put_past_children(tx: Transaction, hotel: Hotel, plan_id: RatePlanId, priced: PastChildren) -> None:
    """Put the prices of children on some nights of a plan."""
    await tx.run(
        _SQL["put_past_children"],
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        rate_plan_id=plan_id,
        room_type_id=priced.room_type_id,
        children=priced.children,
        dates=priced.dates,
    )


async def put_rates(tx: Transaction, hotel: Hotel, seasons: object) -> int:
    """Put the prices of seasons that do not overlap; return how many are other than before."""
    named = {"omd_id": hotel.omd_id, "business_id": hotel.business_id, "seasons": as_json(seasons)}
    await tx.run(_SQL["add_plan_types"], **named)
    changed: int = await tx.value(_SQL["put_rates"], **named)
    removed: int = await tx.value(_SQL["remove_rates"], **named)
    return changed + removed


async def list_impossible_rates(tx: ReadTransaction, hotel: Hotel, adjustments: object) -> list[ImpossibleRate]:
    """Return prices that adjustments would put below zero or too high to be kept, the first 100."""
    named = {"omd_id": hotel.omd_id, "business_id": hotel.business_id, "adjustments": as_json(adjustments)}
    return await tx.many(_SQL["list_impossible_rates"], ImpossibleRate, **named)


async def adjust_rates(tx: Transaction, hotel: Hotel, adjustments: object) -> int:
    """Raise or lower prices by adjustments that do not overlap; return how many are other than before."""
    named = {"omd_id": hotel.omd_id, "business_id": hotel.business_id, "adjustments": as_json(adjustments)}
    changed: int = await tx.value(_SQL["adjust_rates"], **named)
    return changed


async def list_rates(
    tx: ReadTransaction, hotel: Hotel, dates: StayDates, *, rate_plan_id: int | None, room_type_id: int | None
) -> list[RateRow]:
    """Return the prices of root plans on some dates, by plan, room type and date."""
    return await tx.many(
        _SQL["list_rates"],
        RateRow,
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        starts_on=dates.arrival,
        ends_on=dates.departure,
        rate_plan_id=rate_plan_id,
        room_type_id=room_type_id,
    )


async def put_restrictions(tx: Transaction, hotel: Hotel, restrictions: object) -> int:
    """Put restrictions that do not overlap at a level; return how many dates are other than before."""
    named = {"omd_id": hotel.omd_id, "business_id": hotel.business_id, "restrictions": as_json(restrictions)}
    changed: int = await tx.value(_SQL["put_restrictions"], **named)
    removed: int = await tx.value(_SQL["remove_restrictions"], **named)
    return changed + removed


async def list_restrictions(tx: ReadTransaction, hotel: Hotel, dates: StayDates) -> list[RestrictedDates]:
    """Return what is said at every level on some dates, as runs."""
    return await tx.many(
        _SQL["list_restrictions"],
        RestrictedDates,
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        starts_on=dates.arrival,
        ends_on=dates.departure,
    )


async def put_quotas(tx: Transaction, hotel: Hotel, quotas: object) -> int:
    """Put quotas that do not overlap; return how many dates are other than before."""
    named = {"omd_id": hotel.omd_id, "business_id": hotel.business_id, "quotas": as_json(quotas)}
    changed: int = await tx.value(_SQL["put_quotas"], **named)
    removed: int = await tx.value(_SQL["remove_quotas"], **named)
    return changed + removed


async def list_quotas(tx: ReadTransaction, hotel: Hotel, dates: StayDates, agency: str | None) -> list[QuotaDates]:
    """Return the quotas on some dates, of one agency or of all, as runs."""
    return await tx.many(
        _SQL["list_quotas"],
        QuotaDates,
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        starts_on=dates.arrival,
        ends_on=dates.departure,
        agency=agency,
    )


async def read_offer_basis(
    database: Database, actor: Actor, hotel_ids: Sequence[BusinessId], stay: StayDates
) -> list[OfferBasisRow]:
    """Return all that pricing needs of some hotels for the nights of a stay, in one round trip."""
    return await database.ask(
        actor,
        _SQL["read_offer_basis"],
        OfferBasisRow,
        hotel_ids=hotel_ids,
        arrival=stay.arrival,
        departure=stay.departure,
    )
