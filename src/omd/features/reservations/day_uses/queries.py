"""Rooms for a part of a day: one typed function a statement."""

from datetime import date
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.reservations.day_uses.model import StaySettings
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.reservations.day_uses")


class DayUseOutcome(msgspec.Struct, frozen=True):
    """What became of a day use: `booked`, or the code of what stands in its way."""

    outcome: str
    reservation_id: UUID | None
    business_date: date | None
    type_name: str | None
    max_adults: int | None
    max_occupancy: int | None
    currency: str | None


async def book_day_use(tx: Transaction, **values: object) -> DayUseOutcome:
    """Book a room for a part of a day in one call; the parameters are those of the SQL function of this name."""
    return await tx.one(_SQL["book_day_use"], DayUseOutcome, **values)


async def find_settings(tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId) -> StaySettings | None:
    """Return a hotel's hours, or None where it never said any."""
    return await tx.maybe(_SQL["find_stay_settings"], StaySettings, omd_id=omd_id, business_id=business_id)


async def put_settings(tx: Transaction, omd_id: OmdId, business_id: BusinessId, wanted: StaySettings) -> None:
    """Write a hotel's hours."""
    await tx.run(
        _SQL["put_stay_settings"],
        omd_id=omd_id,
        business_id=business_id,
        check_in_from=wanted.check_in_from,
        check_out_until=wanted.check_out_until,
        late_from=wanted.late_from,
    )
