"""Issuing invoices of folios, and taking them back."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.folios.commands import lock_folio
from omd.features.folios.errors import FolioNotSettled
from omd.features.folios.invoices import queries
from omd.features.folios.invoices.errors import CreditedAlready, IssuerUnknown, NothingToInvoice
from omd.features.folios.invoices.model import (
    Invoice,
    InvoiceLine,
    LineTax,
    Party,
    Series,
    credit,
    make_content,
)
from omd.features.folios.model import ChargedTax, Clerk, Folio
from omd.features.folios.queries import books_of, find_company
from omd.features.rates import TaxRule, find_tax_rules, rules_of_day
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound

_DAY = timedelta(days=1)


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
    issuer = await queries.find_issuer(tx, books_of(clerk))
    if issuer is None:
        raise IssuerUnknown("Say first which firm the hotel is: PUT .../invoice-issuer. Nothing was issued.")
    lines = await _lines(tx, clerk, folio)
    if not lines:
        raise NothingToInvoice(f"Nothing is charged on folio {folio.number}. Nothing was issued.")
    made_out_to = customer or await _payer(tx, clerk, folio)
    content = make_content(issuer, made_out_to, folio.currency, lines)
    issued = await queries.issue_invoice(tx, clerk, "invoice", series_id, folio_id, None, content)
    return await _issued(tx, clerk, issued)


async def credit_invoice(tx: Transaction, clerk: Clerk, invoice_id: UUID, series_id: int, reason: str) -> Invoice:
    """Take an invoice back whole, under the next number of a series, and open its folio again.

    Raises `NotFound`, `InvalidInput` or `CreditedAlready`.
    """
    invoice = await find_invoice(tx, clerk, invoice_id)
    await lock_folio(tx, clerk, invoice.folio_id)
    if invoice.kind != "invoice" or invoice.credited_by_id is not None:
        raise CreditedAlready(
            f"{invoice.code} is taken back already, or is a credit note. Nothing was issued.",
            data={"credited_by_id": None if invoice.credited_by_id is None else str(invoice.credited_by_id)},
        )
    content = credit(invoice.content, reason)
    issued = await queries.issue_invoice(*(tx, clerk, "credit_note", series_id, invoice.folio_id, invoice.id, content))
    return await _issued(tx, clerk, issued)


async def find_invoice(tx: Transaction, clerk: Clerk, invoice_id: UUID) -> Invoice:
    """Return an invoice or a credit note; raise `NotFound`."""
    found = await queries.find_invoice(tx, books_of(clerk), invoice_id)
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return found


async def _issued(tx: Transaction, clerk: Clerk, invoice_id: UUID | None) -> Invoice:
    if invoice_id is None:
        problem = FieldProblem("/series_id", "unknown_series", "The hotel has no such series.")
        raise InvalidInput(f"{problem.detail} Nothing was issued.", problems=(problem,))
    return await find_invoice(tx, clerk, invoice_id)


async def _lines(tx: Transaction, clerk: Clerk, folio: Folio) -> list[InvoiceLine]:
    """Return what is charged on a folio, with the percentages of the rules that held on each day."""
    rows = await queries.list_charged(tx, books_of(clerk), folio.id)
    if not rows:
        return []
    first, last = min(each.date for each in rows), max(each.date for each in rows)
    rules = await find_tax_rules(tx, clerk.actor.omd_id, clerk.business_id, first, last + _DAY)
    lines = []
    for row in rows:
        taxes = msgspec.json.decode(row.taxes, type=list[ChargedTax])
        percents = _percents(rules_of_day(rules, row.date))
        told = tuple(LineTax(each.code, percents.get(each.code), each.amount) for each in taxes)
        net = row.gross - sum((each.amount for each in taxes), Decimal(0))
        lines.append(InvoiceLine(row.date, row.kind, row.text, net, told, row.gross))
    return lines


def _percents(rules: Sequence[TaxRule]) -> dict[str, Decimal]:
    return {each.code: each.value for each in rules if each.is_percentage}


async def _payer(tx: Transaction, clerk: Clerk, folio: Folio) -> Party:
    if folio.company_id is not None:
        company = await find_company(tx, books_of(clerk), folio.company_id)
        if company is not None:
            facts = {name: getattr(company, name) for name in ("name", "tax_number", "registration", "address")}
            return Party(**facts, country=company.country, email=company.email)
    guest = None
    if folio.reservation_id is not None:
        guest = await queries.find_guest(tx, books_of(clerk), folio.reservation_id)
    if guest is None:
        said = "The folio has no payer: name whom the invoice is made out to."
        raise InvalidInput(f"{said} Nothing was issued.", problems=(FieldProblem("/customer", "payer_unknown", said),))
    return guest
