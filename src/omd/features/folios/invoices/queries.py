"""One typed function a statement of `queries.sql`."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.folios.invoices.model import Content, Invoice, InvoiceKind, Party, Series
from omd.features.folios.model import Clerk, FolioChargeKind
from omd.features.folios.queries import Books

_SQL = load_statements("omd.features.folios.invoices")


class ChargedRow(msgspec.Struct, frozen=True):
    """A charge as it stands on a folio, or what was paid out, which is none; its taxes as JSON."""

    date: date
    kind: FolioChargeKind
    text: str
    gross: Decimal
    entry_id: UUID | None
    taxes: str


class InvoiceRow(msgspec.Struct, frozen=True):
    """An invoice, what it says as JSON."""

    id: UUID
    kind: InvoiceKind
    code: str
    series_id: int
    number: int
    folio_id: UUID
    credits_id: UUID | None
    credited_by_id: UUID | None
    credited: Decimal
    credit_note_ids: list[UUID]
    issued_on: date
    issued_at: datetime
    issued_by: str
    content: str

    def read(self) -> Invoice:
        """Return the invoice."""
        values = msgspec.structs.asdict(self)
        return Invoice(**{**values, "content": msgspec.json.decode(self.content, type=Content)})


class NoteRow(msgspec.Struct, frozen=True):
    """What a credit note says, as JSON."""

    content: str


async def find_issuer(tx: ReadTransaction, books: Books) -> Party | None:
    """Return the firm that a hotel is, or None where nobody said."""
    return await tx.maybe(_SQL["find_issuer"], Party, **_of(books))


async def put_issuer(tx: Transaction, books: Books, issuer: Party) -> None:
    """Say which firm a hotel is."""
    await tx.run(_SQL["put_issuer"], **msgspec.structs.asdict(issuer), **_of(books))


async def list_series(tx: ReadTransaction, books: Books, after_id: int, limit: int) -> list[Series]:
    """Return at most `limit` series with an id above `after_id`."""
    return await tx.many(_SQL["list_series"], Series, after_id=after_id, limit=limit, **_of(books))


async def add_series(tx: Transaction, books: Books, prefix: str, next_number: int) -> Series:
    """Add a series."""
    return await tx.one(_SQL["add_series"], Series, prefix=prefix, next_number=next_number, **_of(books))


async def list_charged(tx: ReadTransaction, books: Books, folio_id: UUID) -> list[ChargedRow]:
    """Return what is charged on a folio as it stands."""
    return await tx.many(_SQL["list_charged"], ChargedRow, folio_id=folio_id, **_of(books))


async def find_guest(tx: ReadTransaction, books: Books, reservation_id: UUID) -> Party | None:
    """Return the primary guest of a stay as an invoice names them."""
    return await tx.maybe(_SQL["find_guest"], Party, reservation_id=reservation_id, **_of(books))


async def issue_invoice(
    tx: Transaction,
    clerk: Clerk,
    kind: InvoiceKind,
    series_id: int,
    folio_id: UUID,
    credits_id: UUID | None,
    content: Content,
) -> UUID | None:
    """Issue an invoice or a credit note; return its id, None without such a series."""
    issued: UUID | None = await tx.value(
        _SQL["issue_invoice"],
        omd_id=clerk.actor.omd_id,
        business_id=clerk.business_id,
        kind=kind,
        series_id=series_id,
        folio_id=folio_id,
        credits_id=credits_id,
        content=msgspec.json.encode(content).decode(),
        actor=clerk.actor.label,
        now=clerk.now,
    )
    return issued


async def find_invoice(tx: ReadTransaction, books: Books, invoice_id: UUID) -> Invoice | None:
    """Return an invoice or a credit note, or None."""
    row = await tx.maybe(_SQL["find_invoice"], InvoiceRow, invoice_id=invoice_id, **_of(books))
    return None if row is None else row.read()


async def list_invoices(tx: ReadTransaction, books: Books, series_id: int, after: int, limit: int) -> list[Invoice]:
    """Return at most `limit` invoices of a series after a number."""
    rows = await tx.many(_SQL["list_invoices"], InvoiceRow, series_id=series_id, after=after, limit=limit, **_of(books))
    return [row.read() for row in rows]


async def list_credit_notes(tx: ReadTransaction, books: Books, invoice_id: UUID) -> list[Content]:
    """Return what the credit notes of an invoice say."""
    rows = await tx.many(_SQL["list_credit_notes"], NoteRow, invoice_id=invoice_id, **_of(books))
    return [msgspec.json.decode(each.content, type=Content) for each in rows]


def _of(books: Books) -> dict[str, int]:
    return {"omd_id": books.omd_id, "business_id": books.business_id}
