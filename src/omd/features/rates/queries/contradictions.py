"""One typed function a statement of `contradictions.sql`, and its row."""

from collections.abc import Collection
from datetime import date

import msgspec

from omd.db import ReadTransaction, load_statements
from omd.features.rates.model import RatePlanId, RestrictionField
from omd.features.rates.queries.plans import Hotel
from omd.kernel.dates import StayDates
from omd.kernel.ids import RoomTypeId

_SQL = load_statements("omd.features.rates", "contradictions.sql")


class ContradictionRow(msgspec.Struct, frozen=True):
    """A minimum above a maximum of the same dates; a null id is every one of the hotel's."""

    rate_plan_ids: list[RatePlanId] | None
    room_type_id: RoomTypeId | None
    first_date: date
    last_date: date
    dates: int
    least: RestrictionField
    at_least: int
    least_plan_id: RatePlanId | None
    least_type_id: RoomTypeId | None
    most: RestrictionField
    at_most: int
    most_plan_id: RatePlanId | None
    most_type_id: RoomTypeId | None


async def list_contradictions(
    tx: ReadTransaction, hotel: Hotel, dates: StayDates, levels: Collection[tuple[int | None, int | None]], *, most: int
) -> list[ContradictionRow]:
    """Return where a minimum exceeds a maximum and one of these levels, plan and type, says either."""
    return await tx.many(
        _SQL["list_contradictions"],
        ContradictionRow,
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        starts_on=dates.arrival,
        ends_on=dates.departure,
        plan_levels=[plan or 0 for plan, _ in levels],
        type_levels=[kind or 0 for _, kind in levels],
        most=most,
    )
