"""What added nights of a stay cost: as the engine prices them within the whole longer stay, by the plan it was sold by.

So what is charged once a stay, capped by its nights, or free from some length on is what the longer stay makes of it;
docs/algorithms/charging.md.
"""

from datetime import datetime

from msgspec.structs import replace

from omd.db import ReadTransaction
from omd.features.offers import (
    Ground,
    Offer,
    OfferQuestion,
    Supply,
    ground_of,
    offer_sale,
    read_offer_ground_here,
)
from omd.features.rates import Party
from omd.features.reservations.bookings import queries
from omd.features.reservations.priced import StayPrice
from omd.features.reservations.queries import ReservationRow
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId


async def price_longer(
    tx: ReadTransaction, actor: Actor, row: ReservationRow, longer: StayDates, now: datetime
) -> Offer | None:
    """Return a stay, as it was before it grew, as the offer for its longer dates, under the terms it was sold at.

    None where it has no price, or not for all its nights; where its plan is retired, or has no price for a night; and
    where a child has come to it whose age is not known. Then people say what the nights cost.
    """
    price = await queries.find_price(tx, actor, row.id)
    if price is None or price.nights_without_price or len(price.children) != row.children:
        return None
    found = await read_offer_ground_here(tx, BusinessId(row.business_id), longer)
    offer = offer_longer(ground_of(found, longer).ground, price, Party(row.adults, tuple(price.children)), longer, now)
    if offer is None or offer.currency != price.currency:
        return None
    return replace(offer, id=price.offer_id, plan=price.plan, made_at=price.shown_at, locality_id=offer.locality_id)


def offer_longer(ground: Ground, price: StayPrice, party: Party, longer: StayDates, now: datetime) -> Offer | None:
    """Return what a stay would cost by its plan on longer dates, or None where the plan has no price for it.

    Who is in the house holds its room, and is not new: neither what is sold nor what restricts who comes bears on it.
    """
    question = OfferQuestion(
        omd_id=OmdId(0),
        dates=longer,
        parties=(party,),
        now=now,
        country=price.country,
        agency=price.agency,
        rate_plan_ids=frozenset({price.plan.id}),
        room_type_ids=frozenset({price.room_type_id}),
    )
    held = replace(ground, supply=Supply({price.room_type_id: dict.fromkeys(longer.dates(), 1)}))
    for sale in ground.basis.sales:
        if question.means(sale):
            plan = replace(sale.plan, sold_from=None, sold_until=None)
            offered = offer_sale(held, question, replace(sale, plan=plan, restrictions={}), party, longer)
            return offered if isinstance(offered, Offer) else None
    return None
