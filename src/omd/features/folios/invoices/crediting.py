"""Taking invoices back: whole, which leaves the charges to be put right, or in parts, which are taken off the bill."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.folios import model
from omd.features.folios.commands import lock_folio
from omd.features.folios.invoices import queries
from omd.features.folios.invoices.commands import require_issued
from omd.features.folios.invoices.errors import CreditAboveInvoice, CreditedAlready
from omd.features.folios.invoices.model import Invoice, InvoiceLine, credit, lines_left, part_of
from omd.features.folios.invoices.reading import read_invoice
from omd.features.folios.model import ChargedTax, Clerk, NewEntry
from omd.features.folios.queries import books_of, post_entry
from omd.kernel.errors import FieldProblem, InvalidInput


class Wanted(msgspec.Struct, frozen=True):
    """What is to be taken back of a line of an invoice, by its number; without an amount all that is left of it."""

    line: int
    amount: Decimal | None = None


async def credit_invoice(
    tx: Transaction, clerk: Clerk, invoice_id: UUID, series_id: int, reason: str, wanted: Sequence[Wanted] | None
) -> Invoice:
    """Take an invoice back under the next number of a series, and open its folio again; return the credit note.

    Whole (None), the charges stay on the folio, to be put right and invoiced anew. Parts are taken off it with their
    taxes, and so is the rest of an invoice of which parts were. Raises `NotFound`, `InvalidInput`, `CreditedAlready` or
    `CreditAboveInvoice`.
    """
    books = books_of(clerk)
    await lock_folio(tx, clerk, (await read_invoice(tx, books, invoice_id)).folio_id)
    invoice = await read_invoice(tx, books, invoice_id)
    if invoice.kind != "invoice" or invoice.credited_by_id is not None:
        raise CreditedAlready(
            f"{invoice.code} is taken back already, or is a credit note. Nothing was issued.",
            data={"credited_by_id": None if invoice.credited_by_id is None else str(invoice.credited_by_id)},
        )
    left = lines_left(invoice.content, await queries.list_credit_notes(tx, books, invoice_id))
    rest = [Wanted(number) for number, line in enumerate(left, 1) if line.gross]
    is_whole = wanted is None and not invoice.credited
    parts = list(enumerate(left, 1)) if is_whole else _parts(invoice, left, rest if wanted is None else wanted)
    content = credit(invoice.content, parts, reason)
    note_id = await queries.issue_invoice(*(tx, clerk, "credit_note", series_id, invoice.folio_id, invoice.id, content))
    note = await require_issued(tx, clerk, note_id)
    if not is_whole:
        await _take_off(tx, clerk, note)
    return note


def _parts(invoice: Invoice, left: Sequence[InvoiceLine], wanted: Sequence[Wanted]) -> list[tuple[int, InvoiceLine]]:
    """Return what is wanted of each line; raise `InvalidInput` naming all that cannot be, or `CreditAboveInvoice`."""
    problems = []
    for index, each in enumerate(wanted):
        if each.line > len(left):
            said = f"{invoice.code} has {len(left)} lines."
            problems.append(FieldProblem(f"/lines/{index}/line", "unknown_line", said))
        elif any(other.line == each.line for other in wanted[:index]):
            problems.append(FieldProblem(f"/lines/{index}/line", "named_twice", "Each line is named once."))
        elif left[each.line - 1].entry_id is None:
            said = f"Line {each.line} is of no charge that is known: take the invoice back whole."
            problems.append(FieldProblem(f"/lines/{index}/line", "charge_unknown", said))
        if each.amount is not None and each.amount <= 0:
            problems.append(FieldProblem(f"/lines/{index}/amount", "not_above_zero", "An amount is above zero."))
    if problems:
        raise InvalidInput(f"{problems[0].detail} Nothing was issued.", problems=tuple(problems))
    for each in wanted:
        rest = left[each.line - 1].gross
        if not rest or (each.amount is not None and each.amount > rest):
            raise CreditAboveInvoice(
                f"{rest} {invoice.content.currency} are left of line {each.line} of {invoice.code}. "
                "Nothing was issued.",
                data={"line": each.line, "left": str(rest)},
            )
    lines = [(each.line, left[each.line - 1], each.amount) for each in sorted(wanted, key=lambda each: each.line)]
    return [(number, line if amount is None else part_of(line, amount)) for number, line, amount in lines]


async def _take_off(tx: Transaction, clerk: Clerk, note: Invoice) -> None:
    """Take what a credit note says off its folio, line by line, off the charges that were invoiced."""
    for number, line in enumerate(note.content.lines, 1):
        taxes = [ChargedTax(each.code, each.amount) for each in line.taxes]
        entry = NewEntry(
            *("charge", note.content.reason or note.code),
            charge_kind=line.kind,
            cause=f"credit:{note.id}:{number}",
            served_on=line.date,
            credits_id=line.entry_id,
        )
        await post_entry(tx, clerk, entry, model.charge(note.folio_id, line.kind, line.gross, taxes))
