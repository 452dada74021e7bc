"""One typed function per statement of `guests.sql`, and the rows they give."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.reservations.documents import StoredDocument

_SQL = load_statements("omd.features.reservations", "guests.sql")

Cause = Literal["contacts", "documents"]


class DocumentRow(msgspec.Struct, frozen=True):
    """A guest's identity document, its number encrypted."""

    first_name: str | None
    last_name: str
    date_of_birth: date | None
    document_type: str | None
    document_country: str | None
    document_number: bytes | None


class FoundGuest(msgspec.Struct, frozen=True):
    """A guest, the stay's code, and why the guest may not be forgotten yet, or None."""

    id: UUID
    reservation_id: UUID
    code: str
    refusal: str | None
    kept_until: date


class ErasureOutcome(msgspec.Struct, frozen=True):
    """What became of an erasure: `erased`, or why not; and how many rows of each kind were redacted."""

    outcome: str
    erasure_id: int | None
    guests: int
    audit_entries: int | None
    events: int | None
    answers: int | None


class HeldRow(msgspec.Struct, frozen=True):
    """Everything held about guests, each part a JSON array."""

    guests: str
    reservations: str
    events: str
    changes: str


class ChangeRow(msgspec.Struct, frozen=True):
    """An entry of the audit about a stay, its guests or its nights; before and after as JSON."""

    id: UUID
    at: datetime
    thing: str
    action: str
    actor: str
    user_id: int | None
    before: str | None
    after: str | None


class DueGuest(msgspec.Struct, frozen=True):
    """A guest to be forgotten by age."""

    business_id: int
    id: UUID


async def list_documents(
    tx: ReadTransaction, omd_id: int, business_id: int, reservation_id: UUID
) -> list[StoredDocument]:
    """Return the document numbers kept for a stay, encrypted."""
    return await tx.many(
        _SQL["list_documents"],
        StoredDocument,
        omd_id=omd_id,
        business_id=business_id,
        reservation_id=reservation_id,
    )


async def show_documents(tx: ReadTransaction, omd_id: int, business_id: int, reservation_id: UUID) -> list[DocumentRow]:
    """Return the identity documents of a stay's guests, the primary guest first."""
    return await tx.many(
        _SQL["show_documents"], DocumentRow, omd_id=omd_id, business_id=business_id, reservation_id=reservation_id
    )


async def find_guests(tx: ReadTransaction, **values: object) -> list[FoundGuest]:
    """Return the guests of a hotel by e-mail, or by name and the code of a stay."""
    return await tx.many(_SQL["find_guests"], FoundGuest, **values)


async def erase_guests(
    tx: Transaction, omd_id: int, business_id: int, guest_ids: Sequence[UUID], *, cause: str, now: datetime
) -> ErasureOutcome:
    """Forget guests whose stays are over, or say why not."""
    return await tx.one(
        _SQL["erase_guests"],
        ErasureOutcome,
        omd_id=omd_id,
        business_id=business_id,
        guest_ids=guest_ids,
        cause=cause,
        now=now,
    )


async def export_guests(tx: ReadTransaction, omd_id: int, business_id: int, guest_ids: Sequence[UUID]) -> HeldRow:
    """Return everything held about some guests of a hotel."""
    return await tx.one(_SQL["export_guests"], HeldRow, omd_id=omd_id, business_id=business_id, guest_ids=guest_ids)


async def list_changes(tx: ReadTransaction, **values: Any) -> list[ChangeRow]:
    """Return a page of what the audit says of a stay, the oldest first."""
    return await tx.many(_SQL["list_changes"], ChangeRow, **values)


async def list_due_guests(
    tx: ReadTransaction, omd_id: int, *, cause: Cause, days: int, minimum_days: int, now: datetime, batch: int
) -> list[DueGuest]:
    """Return guests to be forgotten by age, by hotel; `days` and `minimum_days` hold where no rule says otherwise."""
    return await tx.many(
        _SQL["list_due_guests"],
        DueGuest,
        omd_id=omd_id,
        cause=cause,
        days=days,
        minimum_days=minimum_days,
        now=now,
        batch=batch,
    )
