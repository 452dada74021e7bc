"""Hold-backs: one typed function per statement of `hold_backs.sql`."""

from datetime import date, datetime

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.availability.model import HoldBack, HoldBackKind, NightShort
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.availability", "hold_backs.sql")


async def add_hold_back(
    tx: Transaction,
    omd_id: OmdId,
    business_id: BusinessId,
    room_type_id: int,
    room_id: int | None,
    *,
    rooms: int,
    kind: HoldBackKind,
    dates: StayDates,
    reason: str,
    now: datetime,
    actor: str,
) -> int:
    """Keep rooms of a type, or a certain one, off sale and return the id of the hold-back."""
    hold_back_id: int = await tx.value(
        _SQL["add_hold_back"],
        omd_id=omd_id,
        business_id=business_id,
        room_type_id=room_type_id,
        room_id=room_id,
        rooms=rooms,
        kind=kind,
        starts_on=dates.arrival,
        ends_on=dates.departure,
        reason=reason,
        now=now,
        actor=actor,
    )
    return hold_back_id


async def change_hold_back(
    tx: Transaction,
    omd_id: OmdId,
    business_id: BusinessId,
    hold_back_id: int,
    *,
    rooms: int,
    kind: HoldBackKind,
    dates: StayDates,
    reason: str,
) -> None:
    """Give a hold-back other terms."""
    await tx.run(
        _SQL["change_hold_back"],
        omd_id=omd_id,
        business_id=business_id,
        hold_back_id=hold_back_id,
        rooms=rooms,
        kind=kind,
        starts_on=dates.arrival,
        ends_on=dates.departure,
        reason=reason,
    )


async def delete_hold_back(tx: Transaction, omd_id: OmdId, business_id: BusinessId, hold_back_id: int) -> None:
    """Take a hold-back away, with every night of it."""
    await tx.run(_SQL["delete_hold_back"], omd_id=omd_id, business_id=business_id, hold_back_id=hold_back_id)


async def find_hold_back(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, hold_back_id: int
) -> HoldBack | None:
    """Return one hold-back, or None."""
    return await tx.maybe(
        _SQL["find_hold_back"], HoldBack, omd_id=omd_id, business_id=business_id, hold_back_id=hold_back_id
    )


async def find_hold_back_of_room(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, room_id: int, dates: StayDates, *, but_id: int | None
) -> HoldBack | None:
    """Return the first hold-back of a room with a night of these, but for one, or None."""
    return await tx.maybe(
        _SQL["find_hold_back_of_room"],
        HoldBack,
        omd_id=omd_id,
        business_id=business_id,
        room_id=room_id,
        starts_on=dates.arrival,
        ends_on=dates.departure,
        but_id=but_id,
    )


async def list_hold_backs(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, *, ends_after: date, after_id: int, page_size: int
) -> list[HoldBack]:
    """Return a page of the hold-backs that end after a date, by id."""
    return await tx.many(
        _SQL["list_hold_backs"],
        HoldBack,
        omd_id=omd_id,
        business_id=business_id,
        ends_after=ends_after,
        after_id=after_id,
        page_size=page_size,
    )


async def list_nights_out_of_order(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, room_id: int, dates: StayDates
) -> list[date]:
    """Return the nights on which a room is out of order, by date."""
    nights: list[date] = await tx.value(
        _SQL["list_nights_out_of_order"],
        omd_id=omd_id,
        business_id=business_id,
        room_id=room_id,
        starts_on=dates.arrival,
        ends_on=dates.departure,
    )
    return nights


async def list_nights_short(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, room_type_id: int, dates: StayDates, *, rooms: int
) -> list[NightShort]:
    """Return the nights on which more is sold than `rooms` fewer would leave, those of the type first."""
    return await tx.many(
        _SQL["list_nights_short"],
        NightShort,
        omd_id=omd_id,
        business_id=business_id,
        room_type_id=room_type_id,
        starts_on=dates.arrival,
        ends_on=dates.departure,
        rooms=rooms,
    )


async def find_least_not_held(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, room_type_id: int, dates: StayDates
) -> int | None:
    """Return how many rooms of a type nothing holds back on the scarcest of these nights, or None outside of all."""
    least: int | None = await tx.value(
        _SQL["find_least_not_held"],
        omd_id=omd_id,
        business_id=business_id,
        room_type_id=room_type_id,
        starts_on=dates.arrival,
        ends_on=dates.departure,
    )
    return least
