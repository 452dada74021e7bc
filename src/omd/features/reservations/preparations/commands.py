"""Preparing for a stay: when its guests will arrive, and what they asked for."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

from omd.db import ReadTransaction, Transaction
from omd.features.reservations.preparations import queries
from omd.features.reservations.preparations.model import NewRequest, Preparations, StayRequest
from omd.features.reservations.preparations.queries import StayOf
from omd.features.reservations.queries import find_stay_key, lock_stay_key
from omd.kernel.actor import Actor
from omd.kernel.errors import NotFound


async def get_preparations(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> Preparations:
    """Return what a desk prepares for; raise `NotFound` for no stay of the actor's hotels."""
    key = await find_stay_key(tx, actor, reservation_id)
    if key is None:
        raise _no_stay(reservation_id)
    return await _told(tx, StayOf(actor, key.business_id, reservation_id))


async def expect(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    at: str | None,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> Preparations:
    """Write when the guests will arrive, HH:MM on the hotel's clock; raise `NotFound` or `StaleVersion`."""
    stay = await _locked(tx, actor, reservation_id, expected)
    before = await queries.find_arrival(tx, stay)
    if before.estimated_arrival != at:
        await queries.prepare_reservation(tx, stay, "estimated_arrival", now, estimated_arrival=at)
    return await _told(tx, stay)


async def note_change(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    changed: Literal["room_wishes"],
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> int:
    """Lock the stay and note that what belongs to it elsewhere changed; return its new version.

    Raises `NotFound` or `StaleVersion`.
    """
    stay = await _locked(tx, actor, reservation_id, expected)
    return await queries.prepare_reservation(tx, stay, changed, now)


async def add_request(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: NewRequest,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> StayRequest:
    """Add what the guests ask for, and return it; raise `NotFound` or `StaleVersion` for the stay."""
    stay = await _locked(tx, actor, reservation_id, expected)
    added = await queries.add_request(tx, stay, wanted, now)
    await queries.prepare_reservation(tx, stay, "requests", now)
    return added


async def mark_request(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    request_id: UUID,
    *,
    done: bool,
    expected: Callable[[int], None],
    now: datetime,
) -> StayRequest:
    """Say whether a request is done, and return it; raise `NotFound` for the stay or the request, or `StaleVersion`."""
    stay = await _locked(tx, actor, reservation_id, expected)
    marked = await queries.mark_request(tx, stay, request_id, done=done, now=now)
    if marked is None:
        raise NotFound(f"The stay has no request {request_id}.")
    await queries.prepare_reservation(tx, stay, "requests", now)
    return marked


async def _locked(tx: Transaction, actor: Actor, reservation_id: UUID, expected: Callable[[int], None]) -> StayOf:
    key = await lock_stay_key(tx, actor, reservation_id)
    if key is None:
        raise _no_stay(reservation_id)
    stay = StayOf(actor, key.business_id, reservation_id)
    expected((await queries.find_arrival(tx, stay)).version)
    return stay


async def _told(tx: ReadTransaction, stay: StayOf) -> Preparations:
    arrival = await queries.find_arrival(tx, stay)
    return Preparations(
        reservation_id=stay.reservation_id,
        version=arrival.version,
        estimated_arrival=arrival.estimated_arrival,
        arrives_late=arrival.arrives_late,
        requests=await queries.list_requests(tx, stay),
    )


def _no_stay(reservation_id: UUID) -> NotFound:
    return NotFound(f"There is no reservation {reservation_id}.")
