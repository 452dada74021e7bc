"""Invoices as data, and how the lines of one come to its taxes and totals."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from omd.features.folios.model import FolioChargeKind

InvoiceKind = Literal["invoice", "credit_note"]


class Party(msgspec.Struct, frozen=True):
    """Who issues an invoice, or whom it is made out to."""

    name: str
    tax_number: str | None = None
    registration: str | None = None
    address: str | None = None
    country: str | None = None
    email: str | None = None
    bank_account: str | None = None


class LineTax(msgspec.Struct, frozen=True):
    """What of a line is a tax; its percentage where it has one."""

    code: str
    percent: Decimal | None
    amount: Decimal


class InvoiceLine(msgspec.Struct, frozen=True):
    """A charge as it is invoiced: `gross` is its net and its taxes."""

    date: date
    kind: FolioChargeKind
    text: str
    net: Decimal
    taxes: tuple[LineTax, ...]
    gross: Decimal


class TaxTotal(msgspec.Struct, frozen=True):
    """What a tax at one percentage comes to on an invoice, and the net of the lines it is of."""

    code: str
    percent: Decimal | None
    base: Decimal
    amount: Decimal


class Content(msgspec.Struct, frozen=True):
    """What an invoice says: `total` = `net` + `tax`. On a credit note all of it is below zero."""

    issuer: Party
    customer: Party
    currency: str
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxTotal, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    reason: str | None = None


class Invoice(msgspec.Struct, frozen=True):
    """An invoice or a credit note as it was issued; `credits_id` is the invoice that a credit note takes back."""

    id: UUID
    kind: InvoiceKind
    code: str
    series_id: int
    number: int
    folio_id: UUID
    credits_id: UUID | None
    credited_by_id: UUID | None
    issued_on: date
    issued_at: datetime
    issued_by: str
    content: Content


class ProForma(msgspec.Struct, frozen=True):
    """What an invoice of an open folio would say now: no invoice, and without a number of any series.

    `balance` is what is still to be paid: the total less `paid` and `billed`; `deposit` was received ahead beside it.
    """

    folio_id: UUID
    folio_number: int
    folio_version: int
    made_on: date
    made_at: datetime
    content: Content
    paid: Decimal
    billed: Decimal
    deposit: Decimal
    balance: Decimal


class Series(msgspec.Struct, frozen=True):
    """Numbers of invoices and credit notes; `next_number` is the one that is issued next."""

    id: int
    prefix: str
    next_number: int


def make_content(issuer: Party, customer: Party, currency: str, lines: Sequence[InvoiceLine]) -> Content:
    """Return what an invoice of these lines says."""
    net, total = (sum((getattr(each, name) for each in lines), Decimal(0)) for name in ("net", "gross"))
    sums: dict[tuple[str, Decimal | None], tuple[Decimal, Decimal]] = {}
    for line in lines:
        for tax in line.taxes:
            base, amount = sums.get((tax.code, tax.percent), (Decimal(0), Decimal(0)))
            sums[tax.code, tax.percent] = (base + line.net, amount + tax.amount)
    taxes = tuple(TaxTotal(code, percent, *each) for (code, percent), each in sums.items())
    return Content(issuer, customer, currency, tuple(lines), taxes, net, total - net, total)


def credit(content: Content, reason: str) -> Content:
    """Return what takes an invoice back: all of it, turned round."""
    lines = tuple(
        msgspec.structs.replace(
            each,
            net=-each.net,
            gross=-each.gross,
            taxes=tuple(msgspec.structs.replace(tax, amount=-tax.amount) for tax in each.taxes),
        )
        for each in content.lines
    )
    turned = make_content(content.issuer, content.customer, content.currency, lines)
    return msgspec.structs.replace(turned, reason=reason)
