"""Invoices as data, and how the lines of one come to its taxes and totals."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from omd.features.folios.model import ChargedTax, FolioChargeKind, taxes_of_part

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
    """A charge as it is invoiced: `gross` is its net and its taxes, `date` its night, or the day it was posted on.

    `entry_id` is the charge on the folio, null for what was paid out. On a credit note all is below zero, and `credits`
    is the number of the line of the invoice, counted from 1, that this one takes back, or a part of.
    """

    date: date
    kind: FolioChargeKind
    text: str
    net: Decimal
    taxes: tuple[LineTax, ...]
    gross: Decimal
    entry_id: UUID | None = None
    credits: int | None = None


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
    """An invoice or a credit note as it was issued; `credits_id` is the invoice that a credit note is of.

    `credited` is what credit notes took back of an invoice so far, and `credited_by_id` the one that left nothing.
    """

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


def lines_left(content: Content, notes: Iterable[Content]) -> list[InvoiceLine]:
    """Return the lines of an invoice with what its credit notes left of each."""
    left = list(content.lines)
    for line in (each for note in notes for each in note.lines):
        if line.credits is not None:
            left[line.credits - 1] = _added(left[line.credits - 1], line)
    return left


def part_of(line: InvoiceLine, amount: Decimal) -> InvoiceLine:
    """Return a part of a line, with its share of the taxes to the cent."""
    shares = taxes_of_part([ChargedTax(each.code, each.amount) for each in line.taxes], line.gross, amount)
    net = amount - sum((each.amount for each in shares), Decimal(0))
    taxes = tuple(
        msgspec.structs.replace(tax, amount=share.amount) for tax, share in zip(line.taxes, shares, strict=True)
    )
    return msgspec.structs.replace(line, net=net, taxes=taxes, gross=amount)


def credit(content: Content, parts: Iterable[tuple[int, InvoiceLine]], reason: str) -> Content:
    """Return what takes parts of an invoice back, each by the number of its line: turned round."""
    lines = [
        msgspec.structs.replace(
            each,
            net=-each.net,
            gross=-each.gross,
            taxes=tuple(msgspec.structs.replace(tax, amount=-tax.amount) for tax in each.taxes),
            credits=number,
        )
        for number, each in parts
    ]
    turned = make_content(content.issuer, content.customer, content.currency, lines)
    return msgspec.structs.replace(turned, reason=reason)


def _added(line: InvoiceLine, other: InvoiceLine) -> InvoiceLine:
    pairs = zip(line.taxes, other.taxes, strict=True)
    taxes = tuple(msgspec.structs.replace(tax, amount=tax.amount + its.amount) for tax, its in pairs)
    return msgspec.structs.replace(line, net=line.net + other.net, gross=line.gross + other.gross, taxes=taxes)
