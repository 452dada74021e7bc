"""One typed function per statement of `windows.sql`."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from omd.db import Database, load_statements
from omd.features.offers.windows.model import NIGHTS
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.offers.windows", "windows.sql")
_LABEL = "windows"


class ReadPrices(msgspec.Struct, frozen=True):
    """What a hotel sells, its parts as JSON, the position it is true at, and in which life of the database."""

    business_id: BusinessId
    version: int
    life: str
    starts_on: date
    begins_at: datetime | None
    ends_at: datetime | None
    currency: str
    time_zone: str
    business_date: date | None
    room_types: str
    plans: str
    rates: str
    restrictions: str
    locality_id: int | None
    tax_rules: str
    policies: str


class PageRow(msgspec.Struct, frozen=True):
    """What is free for a stay, and what a hotel sells on the nights of a page, its parts as JSON, null if `is_same`."""

    is_same: bool
    position: int
    of_version: str
    today: date
    free: str
    house_left: str
    open_from: date | None
    last_departure: date | None
    currency: str
    time_zone: str
    business_date: date | None
    room_types: str
    plans: str
    rates: str
    restrictions: str
    locality_id: int | None
    tax_rules: str
    policies: str


async def read_offer_page(
    database: Database,
    omd_id: OmdId,
    hotel: BusinessId,
    page: StayDates,
    stay: StayDates,
    now: datetime,
    types: Sequence[str],
    known: tuple[int, str] | None,
) -> PageRow | None:
    """Return what is free in a hotel for a stay, and what it sells on the nights of a page, in one round trip.

    That is left out where no event of these types came since a position and version that are known. None where there
    is no such hotel. Nobody's request decides what is in a page, so nobody's rights do.
    """
    actor, (position, version) = Actor(omd_id, "hotel", (hotel,), (), _LABEL), known or (None, None)
    rows = await database.ask(
        actor,
        _SQL["read_offer_page"],
        PageRow,
        business_id=hotel,
        first=page.arrival,
        last=page.departure,
        arrival=stay.arrival,
        departure=stay.departure,
        now=now,
        types=types,
        position=position,
        version=version,
    )
    return rows[0] if rows else None


async def read_price_windows(
    database: Database, omd_id: OmdId, hotel_ids: Sequence[BusinessId], *, now: datetime
) -> list[ReadPrices]:
    """Return what some hotels of an OMD sell on their next nights, in one round trip."""
    hotels = tuple(hotel_ids)
    actor = Actor(omd_id, "hotel", hotels, (), _LABEL)
    return await database.ask(actor, _SQL["read_price_windows"], ReadPrices, hotel_ids=hotels, now=now, nights=NIGHTS)
