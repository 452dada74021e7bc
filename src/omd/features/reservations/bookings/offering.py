"""Offers for a stay that there is already, in house too: what a re-price takes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from omd.db import Database
from omd.features.offers import (
    Ground,
    HotelGround,
    OfferQuestion,
    QuoteTold,
    Supply,
    ground_of,
    quote_told,
    read_offer_ground,
)
from omd.features.rates import Party
from omd.features.reservations.bookings import queries
from omd.features.reservations.commands.reading import (
    day_use_refused,
    read_row,
    require_allowed,
    standing_of,
)
from omd.features.reservations.priced import StayPrice
from omd.features.reservations.queries import ReservationRow
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem, InvalidInput
from omd.kernel.ids import RoomTypeId


class StayWish(msgspec.Struct, frozen=True):
    """What of the offers for a stay is not known from it: what is None is as its price has it."""

    country: str | None = None
    child_ages: Sequence[int] | None = None
    rate_plan_ids: Sequence[int] = ()


class StayOffered(msgspec.Struct, frozen=True):
    """The ground of a stay's offers, what was asked of it, and the quote."""

    known: HotelGround
    question: OfferQuestion
    quote: QuoteTold


async def offer_stay(
    database: Database, actor: Actor, reservation_id: UUID, wish: StayWish, now: datetime
) -> StayOffered:
    """Return what a stay would cost now as it is, by every plan: its type, dates, party and agency.

    It holds its nights, those that are past too, so they are free to it, whatever is sold; and it was booked when it
    was booked, by which advance and sale of a plan go. Raises `NotFound`, `NotAllowed`, `ActionRefused` for a closed
    stay, and `InvalidInput` for ages of children that are not known or not as many.
    """
    async with database.reading(actor) as tx:
        row = await read_row(tx, actor, reservation_id, now)
        hotel = actor.serves(row.business_id)
        require_allowed("amend", standing_of(row, now))
        if row.day_use is not None:
            said = "A day use is sold at an agreed price, by no plan; amend its price."
            raise day_use_refused("amend", row.status, said)
        price = await queries.find_price(tx, actor, reservation_id)
    party = Party(row.adults, _ages(row, price, wish.child_ages))
    stay = StayDates(row.arrival, row.departure)
    (found,) = await read_offer_ground(database, actor, [hotel], stay)
    known = ground_of(found, stay)
    booked_on = row.booked_at.astimezone(ZoneInfo(known.ground.basis.time_zone)).date()
    question = OfferQuestion(
        omd_id=actor.omd_id,
        dates=stay,
        parties=(party,),
        now=now,
        country=wish.country or (None if price is None else price.country),
        agency=None if price is None else price.agency,
        rate_plan_ids=frozenset(wish.rate_plan_ids),
        room_type_ids=frozenset({row.room_type_id}),
        # Whoever came at night may have been put down on the day after.
        booked_on=min(booked_on, row.arrival),
    )
    ground = _held_by_it(known.ground, RoomTypeId(row.room_type_id), stay)
    return StayOffered(replace(known, ground=ground), question, quote_told(ground, question))


def _held_by_it(ground: Ground, room_type_id: RoomTypeId, stay: StayDates) -> Ground:
    return replace(ground, supply=Supply({room_type_id: dict.fromkeys(stay.dates(), 1)}))


def _ages(row: ReservationRow, price: StayPrice | None, given: Sequence[int] | None) -> tuple[int, ...]:
    """Return the ages of a stay's children: those given, else those it was priced by."""
    ages = given if given is not None else [] if price is None else price.children
    if len(ages) == row.children:
        return tuple(sorted(ages))
    said = (
        f"The stay has {row.children} children, and the ages of {len(ages)} are known. Give each one's in `child_ages`."
    )
    raise InvalidInput(said, problems=(FieldProblem("/child_ages", "child_ages_unknown", said),))
