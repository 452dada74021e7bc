"""One typed function a statement of `waiting.sql`."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.reservations.waiting_list.model import (
    NewTurnaway,
    ServableEntry,
    Turnaway,
    TurnawayReason,
    WaitingEntry,
    WaitingStatus,
    WaitingWish,
    WantedType,
)
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId

_SQL = load_statements("omd.features.reservations.waiting_list", "waiting.sql")


class Queue(msgspec.Struct, frozen=True):
    """The hotel whose waiting list is read or written, and by whom."""

    actor: Actor
    business_id: BusinessId


class Span(msgspec.Struct, frozen=True):
    """The nights for which somebody waits, from the first to the last."""

    starts_on: date | None
    ends_on: date | None


class DueEntry(msgspec.Struct, frozen=True):
    """An entry to be forgotten by age."""

    business_id: int
    id: UUID


class EntryFilter(msgspec.Struct, frozen=True):
    """Which entries a list shows, and after which one it goes on."""

    statuses: Sequence[WaitingStatus]
    since: date
    until: date
    room_type_id: int | None
    after_priority: int
    after_id: UUID


class TurnawayFilter(msgspec.Struct, frozen=True):
    """Which turnaways a list shows, and before which one it goes on."""

    reasons: Sequence[TurnawayReason]
    since: date
    until: date
    before: UUID | None


async def list_wanted_types(tx: ReadTransaction, queue: Queue) -> list[WantedType]:
    """Return the room types of a hotel and the party each takes."""
    return await tx.many(_SQL["list_wanted_types"], WantedType, **_of(queue))


async def add_entry(tx: Transaction, queue: Queue, wish: WaitingWish, now: datetime) -> UUID:
    """Put somebody on the waiting list; return the id of the entry."""
    added: UUID = await tx.value(_SQL["add_entry"], now=now, actor=queue.actor.label, **wish.columns(), **_of(queue))
    return added


async def change_entry(tx: Transaction, queue: Queue, entry_id: UUID, wish: WaitingWish, now: datetime) -> None:
    """Write anew what an entry waits for."""
    await tx.run(_SQL["change_entry"], entry_id=entry_id, now=now, **wish.columns(), **_of(queue))


async def close_entry(
    tx: Transaction, queue: Queue, entry_id: UUID, status: WaitingStatus, now: datetime, *, reason: str | None = None
) -> None:
    """Close an entry: promoted, or removed for a reason."""
    await tx.run(
        _SQL["close_entry"],
        entry_id=entry_id,
        status=status,
        reason=reason,
        now=now,
        actor=queue.actor.label,
        **_of(queue),
    )


async def add_stays(tx: Transaction, queue: Queue, entry_id: UUID, reservation_ids: Sequence[UUID]) -> None:
    """Say which stays an entry became."""
    await tx.run(_SQL["add_stays"], entry_id=entry_id, reservation_ids=reservation_ids, **_of(queue))


async def find_entry(tx: ReadTransaction, queue: Queue, entry_id: UUID) -> WaitingEntry | None:
    """Return an entry, or None."""
    return await tx.maybe(_SQL["find_entry"], WaitingEntry, entry_id=entry_id, **_of(queue))


async def lock_entries(tx: Transaction, queue: Queue, entry_ids: Collection[UUID]) -> None:
    """Lock entries for a change."""
    await tx.run(_SQL["lock_entries"], entry_ids=entry_ids, **_of(queue))


async def list_entries(tx: ReadTransaction, queue: Queue, wanted: EntryFilter, *, page_size: int) -> list[WaitingEntry]:
    """Return a page of the waiting list, by priority, then since when."""
    return await tx.many(
        _SQL["list_entries"], WaitingEntry, page_size=page_size, **msgspec.structs.asdict(wanted), **_of(queue)
    )


async def find_span(tx: ReadTransaction, queue: Queue, today: date) -> Span:
    """Return the nights for which somebody waits on a business date."""
    return await tx.one(_SQL["find_span"], Span, today=today, **_of(queue))


async def list_servable(
    tx: ReadTransaction, queue: Queue, nights: StayDates, today: date, *, page_size: int
) -> list[ServableEntry]:
    """Return the entries that some type has room for; all of them wait for nights within `nights`."""
    return await tx.many(
        _SQL["list_servable"],
        ServableEntry,
        since=nights.arrival,
        until=nights.departure,
        today=today,
        page_size=page_size,
        **_of(queue),
    )


async def expire_entries(tx: Transaction, queue: Queue, today: date, now: datetime) -> int:
    """Close the entries that count no more on a business date; return how many."""
    return await tx.run(_SQL["expire_entries"], today=today, now=now, actor=queue.actor.label, **_of(queue))


async def return_entries(tx: Transaction, queue: Queue, today: date, now: datetime) -> int:
    """Let those wait again who were promoted to holds that lapsed, and count on a business date; return how many."""
    return await tx.run(_SQL["return_entries"], today=today, now=now, **_of(queue))


async def tell_entries(
    tx: Transaction, queue: Queue, entry_ids: Sequence[UUID], *, freed_at: datetime, now: datetime
) -> int:
    """Put on record that nights which became free at an instant would serve entries; return of how many."""
    return await tx.run(_SQL["tell_entries"], entry_ids=entry_ids, freed_at=freed_at, now=now, **_of(queue))


async def find_entries_of(
    tx: ReadTransaction, queue: Queue, guest_ids: Sequence[UUID], email: str | None
) -> list[UUID]:
    """Return the entries of an e-mail address, and those that became stays of some guests, by their name."""
    found: list[UUID] = await tx.value(_SQL["find_entries_of"], guest_ids=guest_ids, email=email, **_of(queue))
    return found


async def export_entries(tx: ReadTransaction, queue: Queue, entry_ids: Sequence[UUID]) -> str:
    """Return what is held of who waited, as a JSON array."""
    held: str = await tx.value(_SQL["export_entries"], entry_ids=entry_ids, **_of(queue))
    return held


async def erase_waiting(tx: Transaction, queue: Queue, entry_ids: Sequence[UUID], *, cause: str, now: datetime) -> int:
    """Forget who waited, and take off the list who still does; return how many."""
    erased: int = await tx.value(_SQL["erase_waiting"], entry_ids=entry_ids, cause=cause, now=now, **_of(queue))
    return erased


async def list_due_entries(
    tx: ReadTransaction, actor: Actor, *, days: int, minimum_days: int, now: datetime, batch: int
) -> list[DueEntry]:
    """Return entries to be forgotten by age; `days` and `minimum_days` hold where no rule says otherwise."""
    return await tx.many(
        _SQL["list_due_entries"],
        DueEntry,
        omd_id=actor.omd_id,
        days=days,
        minimum_days=minimum_days,
        now=now,
        batch=batch,
    )


async def add_turnaway(tx: Transaction, queue: Queue, turnaway: NewTurnaway, today: date, now: datetime) -> Turnaway:
    """Put on record that somebody was turned away."""
    return await tx.one(
        _SQL["add_turnaway"],
        Turnaway,
        today=today,
        now=now,
        actor=queue.actor.label,
        **msgspec.structs.asdict(turnaway),
        **_of(queue),
    )


async def list_turnaways(
    tx: ReadTransaction, queue: Queue, wanted: TurnawayFilter, *, page_size: int
) -> list[Turnaway]:
    """Return a page of a hotel's turnaways, the newest first."""
    return await tx.many(
        _SQL["list_turnaways"], Turnaway, page_size=page_size, **msgspec.structs.asdict(wanted), **_of(queue)
    )


def _of(queue: Queue) -> dict[str, int]:
    return {"omd_id": queue.actor.omd_id, "business_id": queue.business_id}
