"""What was invoiced, and what an invoice of a folio would say as it stands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction
from omd.features.availability import find_business_date
from omd.features.folios.commands import no_folio, require_open
from omd.features.folios.invoices import queries
from omd.features.folios.invoices.errors import IssuerUnknown, NothingToInvoice, PayerUnknown
from omd.features.folios.invoices.model import Content, Invoice, InvoiceLine, LineTax, Party, ProForma, make_content
from omd.features.folios.model import ChargedTax, Folio
from omd.features.folios.queries import Books, find_company, find_folio
from omd.features.rates import TaxRule, find_tax_rules, rules_of_day
from omd.kernel.errors import NotFound

_DAY = timedelta(days=1)


async def read_invoice(tx: ReadTransaction, books: Books, invoice_id: UUID) -> Invoice:
    """Return an invoice or a credit note; raise `NotFound`."""
    found = await queries.find_invoice(tx, books, invoice_id)
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return found


async def read_pro_forma(tx: ReadTransaction, books: Books, folio_id: UUID, now: datetime) -> ProForma:
    """Return what an invoice of an open folio would say now, made out to its payer; nothing is kept.

    Raises `NotFound`, `FolioClosed`, `IssuerUnknown`, `NothingToInvoice` or `PayerUnknown`.
    """
    folio = await find_folio(tx, books, folio_id)
    if folio is None:
        raise no_folio(folio_id)
    require_open(folio)
    payer = await find_payer(tx, books, folio)
    if payer is None:
        raise PayerUnknown(f"Folio {folio.number} has no payer. Give it a company first.")
    content = await content_of(tx, books, folio, payer)
    made_on = await find_business_date(tx, books.omd_id, books.business_id, now)
    if made_on is None:
        raise no_folio(folio_id)
    facts = {name: getattr(folio, name) for name in ("paid", "billed", "deposit", "balance")}
    return ProForma(folio.id, folio.number, folio.version, made_on, now, content, **facts)


async def content_of(tx: ReadTransaction, books: Books, folio: Folio, customer: Party) -> Content:
    """Return what an invoice of a folio says; raise `IssuerUnknown` or `NothingToInvoice`."""
    issuer = await queries.find_issuer(tx, books)
    if issuer is None:
        raise IssuerUnknown("Say first which firm the hotel is: PUT .../invoice-issuer. Nothing was issued.")
    lines = await _lines(tx, books, folio)
    if not lines:
        raise NothingToInvoice(f"Nothing is charged on folio {folio.number}. Nothing was issued.")
    return make_content(issuer, customer, folio.currency, lines)


async def find_payer(tx: ReadTransaction, books: Books, folio: Folio) -> Party | None:
    """Return the company that pays a folio, or the primary guest of its stay; None where there is neither."""
    if folio.company_id is not None:
        company = await find_company(tx, books, folio.company_id)
        if company is not None:
            facts = {name: getattr(company, name) for name in ("name", "tax_number", "registration", "address")}
            return Party(**facts, country=company.country, email=company.email)
    return None if folio.reservation_id is None else await queries.find_guest(tx, books, folio.reservation_id)


async def _lines(tx: ReadTransaction, books: Books, folio: Folio) -> list[InvoiceLine]:
    """Return what is charged on a folio, with the percentages of the rules that held on the night of each."""
    rows = await queries.list_charged(tx, books, folio.id)
    if not rows:
        return []
    first, last = min(each.date for each in rows), max(each.date for each in rows)
    rules = await find_tax_rules(tx, books.omd_id, books.business_id, first, last + _DAY)
    lines = []
    for row in rows:
        taxes = msgspec.json.decode(row.taxes, type=list[ChargedTax])
        percents = _percents(rules_of_day(rules, row.date))
        told = tuple(LineTax(each.code, percents.get(each.code), each.amount) for each in taxes)
        net = row.gross - sum((each.amount for each in taxes), Decimal(0))
        lines.append(InvoiceLine(row.date, row.kind, row.text, net, told, row.gross, row.entry_id))
    return lines


def _percents(rules: Sequence[TaxRule]) -> dict[str, Decimal]:
    return {each.code: each.value for each in rules if each.is_percentage}
