"""Holds that are over, or go on: one typed function per statement, and the rows they give."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

_SQL = load_statements("omd.features.reservations")


class FreedHold(msgspec.Struct, frozen=True):
    """A stay whose hold was over and that is cancelled now, and the nights and types that it gave back."""

    reservation_id: UUID
    room_type_ids: list[int]
    arrival: date
    departure: date
    business_date: date


class ExpiredHold(msgspec.Struct, frozen=True):
    """A stay whose hold is over and that still holds its nights."""

    id: UUID
    arrival: date
    departure: date


async def list_expired_holds(
    tx: ReadTransaction, actor: Actor, business_id: BusinessId, now: datetime
) -> list[ExpiredHold]:
    """Return the stays of a hotel whose hold is over and that are not freed yet, the longest over first."""
    return await tx.many(_SQL["list_expired_holds"], ExpiredHold, omd_id=actor.omd_id, business_id=business_id, now=now)


async def free_expired_holds(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_ids: Sequence[int],
    *,
    since: date,
    until: date,
    now: datetime,
) -> list[FreedHold]:
    """Cancel the stays of a hotel that touch `[since, until)` and whose hold is over; return what each gave back.

    Where there is one, the counters of these types on these dates are locked with those of its own nights.
    """
    return await tx.many(
        _SQL["free_expired_holds"],
        FreedHold,
        omd_id=actor.omd_id,
        business_id=business_id,
        room_type_ids=room_type_ids,
        since=since,
        until=until,
        now=now,
    )


async def extend_hold(
    tx: Transaction, actor: Actor, business_id: BusinessId, reservation_id: UUID, hold_until: datetime, now: datetime
) -> str:
    """Hold a tentative stay until another instant; return `extended`, or the code of why not."""
    outcome: str = await tx.value(
        _SQL["extend_hold"],
        omd_id=actor.omd_id,
        business_id=business_id,
        reservation_id=reservation_id,
        hold_until=hold_until,
        actor=actor.label,
        now=now,
    )
    return outcome
