"""One typed function a statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.availability import ReturnsAs
from omd.features.maintenance.model import (
    Category,
    NewTicket,
    Priority,
    Step,
    Ticket,
    TicketChange,
    TicketInterval,
    TicketPhoto,
    TicketStanding,
    TicketStatus,
    TicketSummary,
    TicketTerms,
    ticket_rules,
)
from omd.infra.darkroom import Picture
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.maintenance")


class Workshop(msgspec.Struct, frozen=True):
    """The hotel whose tickets are meant, and who asks."""

    actor: Actor
    business_id: BusinessId


class TicketId(msgspec.Struct, frozen=True):
    """The id of a ticket that was put on record."""

    id: UUID


class TicketRow(msgspec.Struct, frozen=True):
    """A ticket as the database gives it, with the interval of its room."""

    id: UUID
    business_id: int
    room_id: int | None
    room_number: str | None
    area: str | None
    title: str
    description: str | None
    category: Category
    priority: Priority
    status: TicketStatus
    assignee_id: int | None
    due_on: date | None
    cost_note: str | None
    reported_at: datetime
    reported_by: str
    received_at: datetime
    started_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    step: Step
    note: str | None
    changed_at: datetime
    changed_by: str
    version: int
    interval_id: int | None
    kind: Literal["out_of_order", "out_of_service"] | None
    starts_on: date | None
    ends_on: date | None
    returns_as: ReturnsAs | None
    is_out: bool

    def standing(self) -> TicketStanding:
        """Return what decides which steps it allows."""
        return TicketStanding(self.status, self.room_id is not None, self.is_out)

    def read(self) -> Ticket:
        """Return the ticket with the steps it allows."""
        fields = {name: getattr(self, name) for name in Ticket.__struct_fields__ if name not in ("out", "actions")}
        out = None
        if self.interval_id is not None:
            assert self.kind is not None, "an interval has its kind"
            assert self.starts_on is not None, "an interval has its dates"
            assert self.ends_on is not None, "an interval has its dates"
            out = TicketInterval(self.interval_id, self.kind, self.starts_on, self.ends_on, self.returns_as)
        return Ticket(**fields, out=out, actions=ticket_rules(self.standing()))


class PhotoRow(msgspec.Struct, frozen=True):
    """What is known of a photo, its pixels aside."""

    id: UUID
    ticket_id: UUID
    width: int
    height: int
    size: int
    added_at: datetime
    added_by: str
    sent_digest: bytes

    def read(self) -> TicketPhoto:
        """Return the photo."""
        return TicketPhoto(self.id, self.width, self.height, self.size, self.added_at, self.added_by)


class TicketFilter(msgspec.Struct, frozen=True):
    """Which tickets a list shows, and before which one it goes on."""

    statuses: Sequence[TicketStatus]
    priorities: Sequence[Priority]
    categories: Sequence[Category]
    room_id: int | None
    assignee_id: int | None
    before: UUID | None


class Taken(msgspec.Struct, frozen=True):
    """A step, the status it leads to, and what it says; what is None stays as it is."""

    step: Step
    status: TicketStatus
    note: str | None = None
    assignee_id: int | None = None
    cost_note: str | None = None
    interval_id: int | None = None


async def add_ticket(
    tx: Transaction, workshop: Workshop, new: NewTicket, reported_at: datetime, now: datetime
) -> UUID | None:
    """Put a ticket on record and return its id; None where one has that id already."""
    said = {name: getattr(new, name) for name in ("id", "room_id", "area", "title", "description", "due_on")}
    added = await tx.maybe(
        _SQL["add_ticket"],
        TicketId,
        **said,
        category=new.category,
        priority=new.priority,
        reported_at=reported_at,
        actor=workshop.actor.label,
        now=now,
        **_of(workshop),
    )
    return None if added is None else added.id


async def lock_ticket(tx: Transaction, workshop: Workshop, ticket_id: UUID) -> None:
    """Lock a ticket for a change."""
    await tx.run(_SQL["lock_ticket"], ticket_id=ticket_id, **_of(workshop))


async def find_ticket(tx: ReadTransaction, workshop: Workshop, ticket_id: UUID, now: datetime) -> TicketRow | None:
    """Return a ticket, or None."""
    return await tx.maybe(_SQL["find_ticket"], TicketRow, ticket_id=ticket_id, now=now, **_of(workshop))


async def list_tickets(
    tx: ReadTransaction, workshop: Workshop, wanted: TicketFilter, *, page_size: int
) -> list[TicketSummary]:
    """Return a page of the tickets of a hotel, the newest first."""
    given = msgspec.structs.asdict(wanted)
    return await tx.many(_SQL["list_tickets"], TicketSummary, page_size=page_size, **given, **_of(workshop))


async def list_changes(
    tx: ReadTransaction, workshop: Workshop, ticket_id: UUID, *, before: int, limit: int
) -> list[TicketChange]:
    """Return at most `limit` versions of a ticket before one, the newest first."""
    return await tx.many(
        _SQL["list_changes"], TicketChange, ticket_id=ticket_id, before=before, limit=limit, **_of(workshop)
    )


async def change_ticket(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, terms: TicketTerms, now: datetime
) -> None:
    """Write anew what a ticket says."""
    await tx.run(
        _SQL["change_ticket"],
        ticket_id=ticket_id,
        actor=workshop.actor.label,
        now=now,
        **msgspec.structs.asdict(terms),
        **_of(workshop),
    )


async def take_step(tx: Transaction, workshop: Workshop, ticket_id: UUID, taken: Taken, now: datetime) -> None:
    """Take a step of a ticket."""
    await tx.run(
        _SQL["take_step"],
        ticket_id=ticket_id,
        actor=workshop.actor.label,
        now=now,
        **msgspec.structs.asdict(taken),
        **_of(workshop),
    )


async def list_photos(tx: ReadTransaction, workshop: Workshop, ticket_id: UUID) -> list[TicketPhoto]:
    """Return the photos of a ticket, the first first."""
    return await tx.many(_SQL["list_photos"], TicketPhoto, ticket_id=ticket_id, **_of(workshop))


async def find_photo(tx: ReadTransaction, workshop: Workshop, photo_id: UUID) -> PhotoRow | None:
    """Return what is known of a photo, of whichever ticket, or None."""
    return await tx.maybe(_SQL["find_photo"], PhotoRow, photo_id=photo_id, **_of(workshop))


async def read_photo(
    tx: ReadTransaction, workshop: Workshop, ticket_id: UUID, photo_id: UUID, *, small: bool
) -> bytes | None:
    """Return a photo of a ticket, or its thumbnail, or None."""
    image: bytes | None = await tx.value(
        _SQL["read_photo"], ticket_id=ticket_id, photo_id=photo_id, small=small, **_of(workshop)
    )
    return image


async def add_photo(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, photo_id: UUID, picture: Picture, digest: bytes, now: datetime
) -> None:
    """Add a photo to a ticket."""
    await tx.run(
        _SQL["add_photo"],
        ticket_id=ticket_id,
        photo_id=photo_id,
        sent_digest=digest,
        now=now,
        actor=workshop.actor.label,
        **msgspec.structs.asdict(picture),
        **_of(workshop),
    )


async def remove_photo(tx: Transaction, workshop: Workshop, ticket_id: UUID, photo_id: UUID) -> None:
    """Take a photo off a ticket."""
    await tx.run(_SQL["remove_photo"], ticket_id=ticket_id, photo_id=photo_id, **_of(workshop))


async def purge_photos(tx: Transaction, omd_id: OmdId, *, days: int, now: datetime, most: int) -> int:
    """Throw away at most so many photos of tickets closed longer ago than they are kept; return how many."""
    gone: int = await tx.value(_SQL["purge_photos"], omd_id=omd_id, days=days, now=now, most=most)
    return gone


def _of(workshop: Workshop) -> dict[str, int]:
    return {"omd_id": workshop.actor.omd_id, "business_id": workshop.business_id}
