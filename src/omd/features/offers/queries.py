"""One typed function a statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import date

from omd.db import Database, ReadTransaction, load_statements
from omd.features.rates import OfferBasisRow
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId

_SQL = load_statements("omd.features.offers")


class GroundRow(OfferBasisRow, frozen=True):
    """All that the offers of a hotel are made from, its parts as JSON.

    Beside the parts of an `OfferBasisRow`: `rooms` are arrays `[type, [dates], [rooms that may be sold]]`, those below
    zero where oversold; `house` arrays `[date, rooms]`; `tax_rules` and `policies` objects; `quotas` arrays
    `[type, date, rooms, sold]` of the agency that was asked for.
    """

    rooms: str
    house: str
    locality_id: int | None
    tax_rules: str
    policies: str
    open_from: date | None
    last_departure: date | None
    quotas: str


async def read_offer_ground(
    database: Database, actor: Actor, hotel_ids: Sequence[BusinessId], nights: StayDates, agency: str | None = None
) -> list[GroundRow]:
    """Return all that the offers of some hotels on some nights are made from, in one round trip.

    With an `agency` its quotas are read too.
    """
    return await database.ask(
        actor,
        _SQL["read_offer_ground"],
        GroundRow,
        hotel_ids=hotel_ids,
        arrival=nights.arrival,
        departure=nights.departure,
        agency=agency,
    )


async def read_offer_ground_here(tx: ReadTransaction, hotel_id: BusinessId, nights: StayDates) -> GroundRow:
    """Return all that the offers of a hotel on some nights are made from, within a transaction."""
    (found,) = await tx.many(
        _SQL["read_offer_ground_here"],
        GroundRow,
        hotel_ids=[hotel_id],
        arrival=nights.arrival,
        departure=nights.departure,
    )
    return found
