"""What the papers say: one file a language, each with the same names."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import msgspec
from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from omd.features.folios import FolioChargeKind
from omd.features.papers.registration.model import Field

Language = Literal["ro", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class InvoiceWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of invoices, credit notes and pro-formas; `credits` and `credits_part` take a code and a date."""

    invoice: str
    credit_note: str
    pro_forma: str
    pro_forma_note: str
    number: str
    issued_on: str
    made_on: str
    folio: str
    currency: str
    credits: str
    credits_part: str
    reason: str
    supplier: str
    customer: str
    tax_number: str
    registration: str
    bank_account: str
    email: str
    line_number: str
    date: str
    description: str
    quantity: str
    net: str
    tax: str
    tax_amount: str
    gross: str
    carried: str
    brought: str
    taxes: str
    base: str
    total_net: str
    total_tax: str
    total: str
    paid: str
    billed: str
    deposit: str
    balance: str


class RegistrationWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of registration forms."""

    title: str
    number: str
    arrival: str
    departure: str
    room: str
    purpose: str
    note: str
    guest_signature: str
    hotel_signature: str


class SheetWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of housekeeping's sheets; `total` takes tasks and credits, `until` a date."""

    title: str
    nobody: str
    nothing: str
    total: str
    room: str
    room_type: str
    kind: str
    credits: str
    guests: str
    notes: str
    rush: str
    until: str
    kinds: Mapping[str, str]
    parts: Mapping[str, str]
    parts_done: Mapping[str, str]


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All words of a language; `date_format` as Unicode writes it (LDML), `page` takes its number and that of all."""

    date_format: str
    page: str
    no_value: str
    invoice: InvoiceWords
    charge_kinds: Mapping[FolioChargeKind, str]
    registration: RegistrationWords
    fields: Mapping[Field, str]
    sheets: SheetWords
    document_types: Mapping[str, str]


class Speech(msgspec.Struct, frozen=True):
    """A language, its words, and how it writes dates and numbers."""

    language: Language
    texts: Texts

    def on(self, day: date) -> str:
        """Return a date."""
        return format_date(day, self.texts.date_format, locale=_locale(self.language))

    def amount(self, value: Decimal) -> str:
        """Return an amount of money, in hundredths."""
        return format_decimal(value, "#,##0.00", locale=_locale(self.language))

    def percent(self, value: Decimal) -> str:
        """Return a percentage."""
        return f"{format_decimal(value, '0.####', locale=_locale(self.language))} %"

    def country(self, code: str) -> str:
        """Return the name of a country by its code (ISO 3166-1), or what was given instead of one."""
        return str(_locale(self.language).territories.get(code, code))


@cache
def speech(language: Language) -> Speech:
    """Return a language with all its words; raise `msgspec.ValidationError` when its file lacks one."""
    text = files("omd.features.papers.texts").joinpath(f"{language}.toml").read_bytes()
    return Speech(language, msgspec.toml.decode(text, type=Texts))


def chosen(asked: Language | None, wanted: Sequence[str], country: str | None) -> Language:
    """Return the language of a paper: that asked for, else the first wanted one there is, else its country's."""
    if asked is not None:
        return asked
    there = (known for each in wanted for known in LANGUAGES if each.split("-")[0] == known)
    return next(there, "ro" if country == "RO" else "en")


@cache
def _locale(language: Language) -> Locale:
    return Locale.parse(language)
