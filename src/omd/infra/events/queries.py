"""One typed function per statement of `events.sql`."""

from datetime import datetime

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.infra.events.model import Event

MOST_LOOKED_AT = 10_000
"""How far back the newest event of a business is looked for; a quiet one of a busy tenant has none then."""

_SQL = load_statements("omd.infra.events", "events.sql")


class Given(msgspec.Struct, frozen=True):
    """What one step of the relay did; nothing when another one leads.

    `oldest_seconds` is what the oldest that got its position had waited, `waiting_seconds` what the oldest that did
    not has waited so far.
    """

    is_leader: bool
    given: int
    last_position: int | None
    oldest_seconds: float | None
    waiting_seconds: float | None


class Head(msgspec.Struct, frozen=True):
    """Where the order of events ends; `life` names this life of the database."""

    last_position: int
    waiting_seconds: float
    life: str


class End(msgspec.Struct, frozen=True):
    """Where the order of events ends, in this life of the database; `recorded_at` tells one event from another."""

    last_position: int
    life: str
    recorded_at: datetime | None


async def give_positions(tx: Transaction, *, most: int) -> Given:
    """Give at most so many events their positions; for the role omd_relay."""
    return await tx.one(_SQL["give_positions"], Given, most=most)


async def find_end(tx: ReadTransaction, position: int | None) -> End:
    """Return where the order ends and when the event at a position, or at the end, was written; for omd_relay."""
    return await tx.one(_SQL["find_end"], End, position=position)


async def find_head(tx: ReadTransaction) -> Head:
    """Return where the order of events ends, and how long the oldest waits for its place; for the role omd_relay."""
    return await tx.one(_SQL["find_head"], Head)


async def list_events_after(tx: ReadTransaction, after: int, *, most: int) -> list[Event]:
    """Return the events of every tenant after a position; for the role omd_relay."""
    return await tx.many(_SQL["list_events_after"], Event, after=after, most=most)


async def list_omd_events_after(tx: ReadTransaction, omd_id: int, after: int, *, until: int, most: int) -> list[Event]:
    """Return the events of a tenant after a position and not after `until`, those that the actor may see."""
    return await tx.many(_SQL["list_omd_events_after"], Event, omd_id=omd_id, after=after, until=until, most=most)


async def find_newest_event_at(tx: ReadTransaction, omd_id: int, business_id: int | None) -> datetime | None:
    """Return when something last happened in a business, or in the whole tenant; None where that is long ago."""
    newest: datetime | None = await tx.value(
        _SQL["find_newest_event_at"], omd_id=omd_id, business_id=business_id, most=MOST_LOOKED_AT
    )
    return newest
