"""Invoices, credit notes and pro-formas on paper."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate

from omd.features.folios import Content, Invoice, InvoiceLine, Party, ProForma
from omd.features.papers.texts import Speech
from omd.infra.paper import MARGIN, WIDTH, Carry, Column, Foot, Sheet, draw_table

_HALF = WIDTH / 2
_GAP = 4.0
_TOTALS_WIDTH = 82.0
_TOTALS_ROW = 5.5

Facts = Sequence[tuple[str, str]]


def print_invoice(invoice: Invoice, credited: Invoice | None, speech: Speech) -> bytes:
    """Return an invoice or a credit note as a document; `credited` is what the credit note takes back."""
    words, content = speech.texts.invoice, invoice.content
    title = words.credit_note if invoice.kind == "credit_note" else words.invoice
    sheet = Sheet(
        title=f"{title} {invoice.code}",
        language=speech.language,
        made_at=invoice.issued_at,
        foot=_foot(f"{invoice.code} · {content.issuer.name} · {content.issuer.tax_number}", speech),
    )
    facts = [
        (words.number, invoice.code),
        (words.issued_on, speech.on(invoice.issued_on)),
        (words.currency, content.currency),
    ]
    notes = []
    if credited is not None:
        said = words.credits if content.total == -credited.content.total else words.credits_part
        notes.append(said.format(code=credited.code, date=speech.on(credited.issued_on)))
    if content.reason is not None:
        notes.append(f"{words.reason}: {content.reason}")
    return _printed(sheet, title, facts, notes, content, (), speech)


def print_pro_forma(pro_forma: ProForma, speech: Speech) -> bytes:
    """Return the pro-forma of a folio as a document, which says that it is no invoice."""
    words, content = speech.texts.invoice, pro_forma.content
    sheet = Sheet(
        title=words.pro_forma,
        language=speech.language,
        made_at=pro_forma.made_at,
        foot=_foot(f"{words.pro_forma} · {content.issuer.name} · {content.issuer.tax_number}", speech),
    )
    facts = [
        (words.made_on, speech.on(pro_forma.made_on)),
        (words.folio, str(pro_forma.folio_number)),
        (words.currency, content.currency),
    ]
    settled = [(words.paid, pro_forma.paid), (words.billed, pro_forma.billed), (words.balance, pro_forma.balance)]
    if pro_forma.deposit:
        settled.append((words.deposit, pro_forma.deposit))
    return _printed(sheet, words.pro_forma, facts, [words.pro_forma_note], content, settled, speech)


def _printed(
    sheet: Sheet,
    title: str,
    facts: Facts,
    notes: Sequence[str],
    content: Content,
    settled: Sequence[tuple[str, Decimal]],
    speech: Speech,
) -> bytes:
    y = _head(sheet, title, facts)
    y = _parties(sheet, y + _GAP, content, speech)
    for note in notes:
        y = sheet.put(MARGIN, y, WIDTH, note, size=9) + 1
    y = _lines(sheet, y + _GAP, content, speech) + _GAP
    # Sums stand together: what a tax is of, and what is to be paid, are read on one page.
    totals = 3 + len(settled)
    if sheet.room_left(y) < max((len(content.taxes) + 2) * 2 * _TOTALS_ROW, totals * _TOTALS_ROW):
        y = sheet.turn_page()
    _totals(sheet, y, content, settled, speech)
    _taxes(sheet, y, content, speech)
    return sheet.finished()


def _foot(said: str, speech: Speech) -> Foot:
    return lambda page, pages: f"{said} · {speech.texts.page.format(page=page, pages=pages)}"


def _head(sheet: Sheet, title: str, facts: Facts) -> float:
    y = sheet.put(MARGIN, MARGIN, _HALF + 10, title, size=18, bold=True)
    below = MARGIN
    for name, value in facts:
        sheet.put(MARGIN + _HALF + 12, below, 30, name, size=9)
        below = sheet.put(MARGIN + _HALF + 42, below, _HALF - 42, value, size=9, bold=True, side="R")
    below = max(y, below) + 2
    sheet.rule(below, thickness=0.5)
    return below


def _parties(sheet: Sheet, y: float, content: Content, speech: Speech) -> float:
    words = speech.texts.invoice
    left = _party(sheet, MARGIN, y, words.supplier, content.issuer, speech)
    right = _party(sheet, MARGIN + _HALF, y, words.customer, content.customer, speech)
    return max(left, right) + _GAP


def _party(sheet: Sheet, x: float, y: float, name: str, party: Party, speech: Speech) -> float:
    words = speech.texts.invoice
    width = _HALF - _GAP
    y = sheet.put(x, y, width, name, size=8)
    y = sheet.put(x, y, width, party.name, size=10, bold=True)
    told = (
        (words.tax_number, party.tax_number),
        (words.registration, party.registration),
        (None, party.address),
        (None, None if party.country is None else speech.country(party.country)),
        (words.email, party.email),
        (words.bank_account, party.bank_account),
    )
    for label, value in told:
        if value is not None:
            y = sheet.put(x, y, width, value if label is None else f"{label}: {value}", size=9)
    return y


def _lines(sheet: Sheet, y: float, content: Content, speech: Speech) -> float:
    words = speech.texts.invoice
    columns = (
        Column(words.line_number, 10, "R"),
        Column(words.date, 19),
        Column(words.description, 55),
        Column(words.quantity, 11, "R"),
        Column(words.net, 22, "R"),
        Column(words.tax, 24),
        Column(words.tax_amount, 19, "R"),
        Column(words.gross, 22, "R"),
    )
    net = list(accumulate((each.net for each in content.lines), initial=Decimal(0)))
    gross = list(accumulate((each.gross for each in content.lines), initial=Decimal(0)))

    def carried(said: str, done: int) -> Sequence[str]:
        tax = gross[done] - net[done]
        return ("", "", said, "", speech.amount(net[done]), "", speech.amount(tax), speech.amount(gross[done]))

    carry = Carry(lambda done: carried(words.carried, done), lambda done: carried(words.brought, done))
    rows = [_row(number, line, speech) for number, line in enumerate(content.lines, 1)]
    return draw_table(sheet, y, columns, rows, carry)


def _row(number: int, line: InvoiceLine, speech: Speech) -> Sequence[str]:
    return (
        str(number),
        speech.on(line.date),
        f"{speech.texts.charge_kinds[line.kind]}: {line.text}",
        "1",
        speech.amount(line.net),
        "\n".join(_tax(each.code, each.percent, speech) for each in line.taxes) or speech.texts.no_value,
        "\n".join(speech.amount(each.amount) for each in line.taxes) or speech.amount(Decimal(0)),
        speech.amount(line.gross),
    )


def _tax(code: str, percent: Decimal | None, speech: Speech) -> str:
    return code if percent is None else f"{code} {speech.percent(percent)}"


def _taxes(sheet: Sheet, y: float, content: Content, speech: Speech) -> None:
    words = speech.texts.invoice
    columns = (Column(words.taxes, 40), Column(words.base, 26, "R"), Column(words.tax_amount, 26, "R"))
    rows = [
        (_tax(each.code, each.percent, speech), speech.amount(each.base), speech.amount(each.amount))
        for each in content.taxes
    ]
    if rows:
        draw_table(sheet, y, columns, rows)


def _totals(sheet: Sheet, y: float, content: Content, settled: Sequence[tuple[str, Decimal]], speech: Speech) -> None:
    words = speech.texts.invoice
    x = MARGIN + WIDTH - _TOTALS_WIDTH
    sums = [(words.total_net, content.net, False), (words.total_tax, content.tax, False)]
    sums += [(f"{words.total} {content.currency}", content.total, True)]
    sums += [(name, value, False) for name, value in settled]
    for name, value, bold in sums:
        if bold:
            sheet.shade(x, y - 0.5, _TOTALS_WIDTH, _TOTALS_ROW + 1)
        size = 11.0 if bold else 9.0
        sheet.put(x + 1, y, 50, name, size=size, bold=bold)
        sheet.put(x + 48, y, _TOTALS_WIDTH - 49, speech.amount(value), size=size, bold=bold, side="R")
        y += _TOTALS_ROW + (1 if bold else 0)
