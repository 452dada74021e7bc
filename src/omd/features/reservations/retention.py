"""Retention: guests forgotten by age, hotel by hotel, as its rules say.

These functions are the edge themselves: one transaction a batch, on a database of the maintenance role.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Protocol
from uuid import UUID

import msgspec

from omd.db import Database, Transaction
from omd.features.audit import DEFAULT_DAYS, Kept, keep_audit
from omd.features.identity import list_omds, system_actor
from omd.features.reservations import guest_queries
from omd.features.reservations.guest_queries import Cause
from omd.features.reservations.profiles import queries as profile_queries
from omd.features.reservations.profiles.queries import Cards
from omd.features.reservations.waiting_list import queries as waiting_queries
from omd.features.reservations.waiting_list.queries import Queue
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.ids import BusinessId, OmdId

_LABEL = "retention"
_RULES: tuple[tuple[Cause, Kept], ...] = (("documents", "guest_documents"), ("contacts", "guest_contacts"))
BATCH = 200
_ALL = 10_000_000
_CONTACTS_KEPT = {"days": DEFAULT_DAYS["guest_contacts"], "minimum_days": DEFAULT_DAYS["guest_minimum"]}


class GuestsForgotten(msgspec.Struct, frozen=True):
    """How many were forgotten by age, or would be: guests by documents only and by name, profiles, and who waited."""

    documents: int
    contacts: int
    profiles: int
    waiting_list: int


class RetentionDone(msgspec.Struct, frozen=True):
    """What a run of the retention took away, or would: what names guests, and months of the audit."""

    guests: GuestsForgotten
    audit_months: tuple[str, ...]


class _Due(Protocol):
    @property
    def business_id(self) -> int: ...
    @property
    def id(self) -> UUID: ...


_ListDue = Callable[[int], Awaitable[Sequence[_Due]]]
_Erase = Callable[[Transaction, BusinessId, list[UUID]], Awaitable[int]]


async def run_retention(db: Database, clock: Clock, *, dry_run: bool = False) -> RetentionDone:
    """Take away what is older than its rule keeps it; `db` acts in the role omd_maintenance. Safe twice."""
    async with db.reading(None) as tx:
        omds = [omd.id for omd in await list_omds(tx)]
    guests = await forget_old_guests(db, omds, now=clock.now(), dry_run=dry_run)
    return RetentionDone(guests, await keep_audit(db, omds, now=clock.now(), dry_run=dry_run))


async def forget_old_guests(
    db: Database, omds: Iterable[OmdId], *, now: datetime, dry_run: bool = False
) -> GuestsForgotten:
    """Forget every guest whose time is over and return how many; a second run finds nothing left to do."""
    counts: dict[Cause, int] = {"documents": 0, "contacts": 0}
    profiles = waiting = 0
    for omd_id in omds:
        actor = await system_actor(db, omd_id, label=_LABEL)
        forget = partial(_forget, db, actor, dry_run=dry_run)
        for cause, what in _RULES:
            counts[cause] += await forget(_due_guests(db, actor, cause, what, now), _erase_guests(actor, cause, now))
        # After the guests: a profile grows old once no guest of a stay has it any more.
        profiles += await forget(_due_profiles(db, actor, now), _erase_profiles(actor, now))
        waiting += await forget(_due_entries(db, actor, now), _erase_entries(actor, now))
    return GuestsForgotten(**counts, profiles=profiles, waiting_list=waiting)


async def _forget(db: Database, actor: Actor, list_due: _ListDue, erase: _Erase, *, dry_run: bool) -> int:
    """Forget all that is due, a transaction a hotel and batch, and return how many; or only count them."""
    if dry_run:
        return len(await list_due(_ALL))
    forgotten = 0
    while due := await list_due(BATCH):
        erased = 0
        for business_id, several in groupby(due, key=lambda each: each.business_id):
            ids = [each.id for each in several]
            erased += await db.write(actor, _erasing(erase, BusinessId(business_id), ids))
        forgotten += erased
        # A clerk who changed the very stays meanwhile leaves them to the next run.
        if erased == 0:
            break
    return forgotten


def _erasing(erase: _Erase, business_id: BusinessId, ids: list[UUID]) -> Callable[[Transaction], Awaitable[int]]:
    async def work(tx: Transaction) -> int:
        return await erase(tx, business_id, ids)

    return work


def _due_guests(db: Database, actor: Actor, cause: Cause, what: Kept, now: datetime) -> _ListDue:
    async def list_due(batch: int) -> Sequence[_Due]:
        async with db.reading(actor) as tx:
            return await guest_queries.list_due_guests(
                tx,
                actor.omd_id,
                cause=cause,
                days=DEFAULT_DAYS[what],
                minimum_days=DEFAULT_DAYS["guest_minimum"],
                now=now,
                batch=batch,
            )

    return list_due


def _erase_guests(actor: Actor, cause: Cause, now: datetime) -> _Erase:
    async def erase(tx: Transaction, business_id: BusinessId, ids: list[UUID]) -> int:
        done = await guest_queries.erase_guests(tx, actor.omd_id, business_id, ids, cause=cause, now=now)
        return done.guests if done.outcome == "erased" else 0

    return erase


def _due_profiles(db: Database, actor: Actor, now: datetime) -> _ListDue:
    async def list_due(batch: int) -> Sequence[_Due]:
        async with db.reading(actor) as tx:
            return await profile_queries.list_due_profiles(tx, actor, **_CONTACTS_KEPT, now=now, batch=batch)

    return list_due


def _erase_profiles(actor: Actor, now: datetime) -> _Erase:
    async def erase(tx: Transaction, business_id: BusinessId, ids: list[UUID]) -> int:
        return await profile_queries.erase_profiles(tx, Cards(actor, business_id), ids, cause="contacts", now=now)

    return erase


def _due_entries(db: Database, actor: Actor, now: datetime) -> _ListDue:
    async def list_due(batch: int) -> Sequence[_Due]:
        async with db.reading(actor) as tx:
            return await waiting_queries.list_due_entries(tx, actor, **_CONTACTS_KEPT, now=now, batch=batch)

    return list_due


def _erase_entries(actor: Actor, now: datetime) -> _Erase:
    async def erase(tx: Transaction, business_id: BusinessId, ids: list[UUID]) -> int:
        return await waiting_queries.erase_waiting(tx, Queue(actor, business_id), ids, cause="contacts", now=now)

    return erase
