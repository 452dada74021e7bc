"""Offers of a hotel, as they were made at the clock of the tests; and a plan for them, put there past the product."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

import msgspec

from omd.features.offers import VALID_FOR, Offer, OfferedCharge, OfferedPlan
from omd.features.rates import TaxLine
from omd.kernel.dates import StayDates
from support.worlds import NOW, Connection, Hotel

BASE = Decimal("200.00")
CITY_TAX = Decimal("7.00")


async def add_plan(connection: Connection, hotel: Hotel, code: str = "FLEX") -> OfferedPlan:
    """Put a plan there and return it as offers quote it."""
    plan_id = await connection.fetchval(
        "insert into rate_plans (omd_id, business_id, code, name, meals, basis, guarantee, terms) "
        "values ($1, $2, $3, 'Flexible', 'breakfast', 'room', 'card', '{}') returning id",
        *(hotel.omd_id, hotel.id, code),
    )
    return OfferedPlan(plan_id, 1, code, "Flexible", "breakfast", "card", None, None)


def offer_of(
    hotel: Hotel,
    plan: OfferedPlan,
    type_code: str,
    arrival: date,
    departure: date,
    *,
    base: Decimal = BASE,
    adults: int = 2,
    children: Sequence[int] = (),
    agency: str | None = None,
    locality_id: int | None = None,
    made_at: datetime = NOW,
) -> Offer:
    """Return an offer: each night its base and 30 a child, VAT of 9 % in it, a city tax a person on top, 1 % owed."""
    charges: list[OfferedCharge] = []
    taxes: list[TaxLine] = []
    for night in StayDates(arrival, departure).dates():
        charges.append(OfferedCharge(night, "base", "", adults, base))
        charges += [OfferedCharge(night, "children", "3-12", 1, Decimal("30.00")) for _ in children]
        gross = base + Decimal("30.00") * len(children)
        net = (gross / Decimal("1.09")).quantize(Decimal("0.01"))
        taxes.append(TaxLine(None, "VAT", "VAT", "included", night, net, gross - net))
        taxes.append(TaxLine(None, "CITY", "City tax", "on_top", night, Decimal(adults), CITY_TAX * adults))
        owed = (net / 100).quantize(Decimal("0.01"))
        taxes.append(TaxLine(None, "PROMO", "Promotion", "owed", night, net, owed))
    total_of = {
        placement: sum((line.amount for line in taxes if line.placement == placement), Decimal(0))
        for placement in ("on_top", "owed")
    }
    gross = sum((charge.amount for charge in charges), Decimal(0))
    return Offer(
        id=uuid4(),
        omd_id=hotel.omd_id,
        business_id=hotel.id,
        room_type_id=hotel.types[type_code].id,
        plan=plan,
        arrival=arrival,
        departure=departure,
        adults=adults,
        children=tuple(children),
        country="RO",
        agency=agency,
        locality_id=locality_id,
        currency="RON",
        charges=tuple(charges),
        taxes=tuple(taxes),
        gross=gross,
        on_top=total_of["on_top"],
        owed=total_of["owed"],
        total=gross + total_of["on_top"],
        made_at=made_at,
        expires_at=made_at + VALID_FOR,
    )


def renewed(offer: Offer, **changes: object) -> Offer:
    """Return another offer like this one, with its own id."""
    return msgspec.structs.replace(offer, **{"id": uuid4(), **changes})
