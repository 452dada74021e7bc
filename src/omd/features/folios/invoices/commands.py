"""Issuing invoices of folios, by a hotel's firm and under its series."""

from uuid import UUID

from omd.db import Transaction
from omd.features.folios.commands import lock_folio
from omd.features.folios.errors import FolioNotSettled
from omd.features.folios.invoices import queries
from omd.features.folios.invoices.model import Invoice, Party, Series
from omd.features.folios.invoices.reading import content_of, find_payer, read_invoice
from omd.features.folios.model import Clerk
from omd.features.folios.queries import books_of
from omd.kernel.errors import FieldProblem, InvalidInput


async def put_issuer(tx: Transaction, clerk: Clerk, issuer: Party) -> Party:
    """Say which firm the hotel is; invoices that were issued stay as they are."""
    await queries.put_issuer(tx, books_of(clerk), issuer)
    return issuer


async def add_series(tx: Transaction, clerk: Clerk, prefix: str, next_number: int) -> Series:
    """Add a series of numbers; raise `SeriesTaken` for a prefix that another one has."""
    return await queries.add_series(tx, books_of(clerk), prefix, next_number)


async def issue_invoice(
    tx: Transaction, clerk: Clerk, folio_id: UUID, series_id: int, customer: Party | None
) -> Invoice:
    """Invoice a folio that is at zero, under the next number of a series, and close it.

    It is made out to the company that pays the folio, or to the stay's primary guest, unless somebody is named. Raises
    `NotFound`, `InvalidInput`, `IssuerUnknown`, `NothingToInvoice`, `FolioNotSettled` or `InvoicedAlready`.
    """
    folio = await lock_folio(tx, clerk, folio_id)
    if folio.balance or folio.deposit:
        raise FolioNotSettled(
            f"Folio {folio.number} is at {folio.balance} {folio.currency} and holds a deposit of {folio.deposit}. "
            "Settle both first; nothing was issued.",
            data={"balance": str(folio.balance), "deposit": str(folio.deposit)},
        )
    made_out_to = customer or await find_payer(tx, books_of(clerk), folio)
    if made_out_to is None:
        said = "The folio has no payer: name whom the invoice is made out to."
        raise InvalidInput(f"{said} Nothing was issued.", problems=(FieldProblem("/customer", "payer_unknown", said),))
    content = await content_of(tx, books_of(clerk), folio, made_out_to)
    issued = await queries.issue_invoice(tx, clerk, "invoice", series_id, folio_id, None, content)
    return await require_issued(tx, clerk, issued)


async def require_issued(tx: Transaction, clerk: Clerk, invoice_id: UUID | None) -> Invoice:
    """Return what was issued; raise `InvalidInput` where there was no such series."""
    if invoice_id is None:
        problem = FieldProblem("/series_id", "unknown_series", "The hotel has no such series.")
        raise InvalidInput(f"{problem.detail} Nothing was issued.", problems=(problem,))
    return await read_invoice(tx, books_of(clerk), invoice_id)
