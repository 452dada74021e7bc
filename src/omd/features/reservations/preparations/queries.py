"""One typed function a statement of `preparations.sql`."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.reservations.preparations.model import ArrivalRow, NewRequest, StayRequest
from omd.kernel.actor import Actor

_SQL = load_statements("omd.features.reservations.preparations", "preparations.sql")


class StayOf(msgspec.Struct, frozen=True):
    """A stay of a hotel, and who prepares for it."""

    actor: Actor
    business_id: int
    reservation_id: UUID


async def find_arrival(tx: ReadTransaction, stay: StayOf) -> ArrivalRow:
    """Return when the guests of a stay will arrive."""
    return await tx.one(_SQL["find_arrival"], ArrivalRow, **_of(stay))


async def list_requests(tx: ReadTransaction, stay: StayOf) -> list[StayRequest]:
    """Return what the guests of a stay asked for, the first first."""
    return await tx.many(_SQL["list_requests"], StayRequest, **_of(stay))


async def add_request(tx: Transaction, stay: StayOf, wanted: NewRequest, now: datetime) -> StayRequest:
    """Add what the guests of a stay ask for, and return it."""
    return await tx.one(
        _SQL["add_request"],
        StayRequest,
        kind=wanted.kind,
        text=wanted.text,
        now=now,
        actor=stay.actor.label,
        **_of(stay),
    )


async def mark_request(
    tx: Transaction, stay: StayOf, request_id: UUID, *, done: bool, now: datetime
) -> StayRequest | None:
    """Say whether a request is done, and return it, or None."""
    return await tx.maybe(
        _SQL["mark_request"],
        StayRequest,
        request_id=request_id,
        done=done,
        now=now,
        actor=stay.actor.label,
        **_of(stay),
    )


async def prepare_reservation(
    tx: Transaction,
    stay: StayOf,
    changed: Literal["estimated_arrival", "requests", "room_wishes"],
    now: datetime,
    *,
    estimated_arrival: str | None = None,
) -> int:
    """Write when the guests will arrive, or that what they asked for changed; return the stay's new version."""
    version: int = await tx.value(
        _SQL["prepare_reservation"],
        changed=changed,
        estimated_arrival=estimated_arrival,
        actor=stay.actor.label,
        now=now,
        **_of(stay),
    )
    return version


def _of(stay: StayOf) -> dict[str, object]:
    return {"omd_id": stay.actor.omd_id, "business_id": stay.business_id, "reservation_id": stay.reservation_id}
