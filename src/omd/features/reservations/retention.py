"""Retention: guests forgotten by age, hotel by hotel, as its rules say.

These functions are the edge themselves: one transaction a batch, on a database of the maintenance role.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from uuid import UUID

import msgspec

from omd.db import Database, Transaction
from omd.features.audit import DEFAULT_DAYS, Kept, keep_audit
from omd.features.identity import list_omds, system_actor
from omd.features.reservations import guest_queries
from omd.features.reservations.guest_queries import Cause
from omd.features.reservations.profiles import queries as profile_queries
from omd.features.reservations.profiles.queries import Cards
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.ids import BusinessId, OmdId

_LABEL = "retention"
_RULES: tuple[tuple[Cause, Kept], ...] = (("documents", "guest_documents"), ("contacts", "guest_contacts"))
BATCH = 200
_ALL = 10_000_000


class GuestsForgotten(msgspec.Struct, frozen=True):
    """How many guests were forgotten by age, or would be: by documents only, by name, and how many profiles."""

    documents: int
    contacts: int
    profiles: int


class RetentionDone(msgspec.Struct, frozen=True):
    """What a run of the retention took away, or would: what names guests, and months of the audit."""

    guests: GuestsForgotten
    audit_months: tuple[str, ...]


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
    profiles = 0
    for omd_id in omds:
        actor = await system_actor(db, omd_id, label=_LABEL)
        for cause, what in _RULES:
            if dry_run:
                counts[cause] += len(await _due(db, actor, cause, what, now, _ALL))
            else:
                counts[cause] += await _forget(db, actor, cause, what, now)
        # After the guests: a profile grows old once no guest of a stay has it any more.
        profiles += await _forget_profiles(db, actor, now, dry_run=dry_run)
    return GuestsForgotten(**counts, profiles=profiles)


async def _forget_profiles(db: Database, actor: Actor, now: datetime, *, dry_run: bool) -> int:
    forgotten = 0
    while due := await _due_profiles(db, actor, now, _ALL if dry_run else BATCH):
        if dry_run:
            return len(due)
        erased = 0
        for business_id, profiles in groupby(due, key=lambda profile: profile.business_id):
            cards = Cards(actor, BusinessId(business_id))
            erased += await _erase_profiles(db, cards, [profile.id for profile in profiles], now)
        forgotten += erased
        if erased == 0:
            break
    return forgotten


async def _erase_profiles(db: Database, cards: Cards, profile_ids: list[UUID], now: datetime) -> int:
    async def work(tx: Transaction) -> int:
        return await profile_queries.erase_profiles(tx, cards, profile_ids, cause="contacts", now=now)

    return await db.write(cards.actor, work)


async def _due_profiles(db: Database, actor: Actor, now: datetime, batch: int) -> list[profile_queries.DueProfile]:
    async with db.reading(actor) as tx:
        return await profile_queries.list_due_profiles(
            tx,
            actor,
            days=DEFAULT_DAYS["guest_contacts"],
            minimum_days=DEFAULT_DAYS["guest_minimum"],
            now=now,
            batch=batch,
        )


async def _forget(db: Database, actor: Actor, cause: Cause, what: Kept, now: datetime) -> int:
    forgotten = 0
    while due := await _due(db, actor, cause, what, now, BATCH):
        erased = 0
        for business_id, guests in groupby(due, key=lambda guest: guest.business_id):
            erased += await _erase(db, actor, business_id, [guest.id for guest in guests], cause, now)
        forgotten += erased
        # A clerk who changed the very stays meanwhile leaves them to the next run.
        if erased == 0:
            break
    return forgotten


async def _erase(
    db: Database, actor: Actor, business_id: int, guest_ids: list[UUID], cause: Cause, now: datetime
) -> int:
    async def work(tx: Transaction) -> int:
        done = await guest_queries.erase_guests(tx, actor.omd_id, business_id, guest_ids, cause=cause, now=now)
        return done.guests if done.outcome == "erased" else 0

    return await db.write(actor, work)


async def _due(
    db: Database, actor: Actor, cause: Cause, what: Kept, now: datetime, batch: int
) -> list[guest_queries.DueGuest]:
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
