"""One typed function per statement of `windows.sql`."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from omd.db import Database, load_statements
from omd.features.offers.windows.model import NIGHTS
from omd.kernel.actor import Actor
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


async def read_price_windows(
    database: Database, omd_id: OmdId, hotel_ids: Sequence[BusinessId], *, now: datetime
) -> list[ReadPrices]:
    """Return what some hotels of an OMD sell on their next nights, in one round trip."""
    hotels = tuple(hotel_ids)
    actor = Actor(omd_id, "hotel", hotels, (), _LABEL)
    return await database.ask(actor, _SQL["read_price_windows"], ReadPrices, hotel_ids=hotels, now=now, nights=NIGHTS)
