"""Bills and the ledger as data, and the rules of which postings an entry consists of."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal
from uuid import UUID

import msgspec

from omd.features.rates import ChargeKind
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

Payer = Literal["guest", "company"]
EntryKind = Literal[
    "charge", "payment", "deposit", "deposit_use", "refund", "billing", "company_payment", "transfer", "correction"
]
"""What an entry is: `billing` hands a balance over to a company's account, which `company_payment` settles."""

FolioChargeKind = Literal["room", "meals", "supplement", "fee", "tax"]
"""What a charge is for; `tax` is one that comes on top of a night, such as a city tax."""

Method = Literal["cash", "card", "bank"]
Side = Literal["charged", "paid", "billed"]
Account = Literal[
    "guest_ledger",
    "city_ledger",
    "deposits",
    "cash",
    "card_clearing",
    "bank",
    "room_revenue",
    "meals_revenue",
    "supplement_revenue",
    "fee_revenue",
    "tax_payable",
]
"""The accounts of every hotel: who owes it, what it owes, the money that came in, and what it earned."""

MONEY: dict[Method, Account] = {"cash": "cash", "card": "card_clearing", "bank": "bank"}
REVENUE: dict[FolioChargeKind, Account] = {
    "room": "room_revenue",
    "meals": "meals_revenue",
    "supplement": "supplement_revenue",
    "fee": "fee_revenue",
}
TAXED: dict[FolioChargeKind, ChargeKind] = {"room": "room", "meals": "meals", "supplement": "supplement"}
"""The kinds of charges that taxes know; a fee makes good a loss and is no price of anything (CJEU C-277/05)."""

_CENT = Decimal("0.01")

MOVABLE: frozenset[EntryKind] = frozenset({"charge", "payment"})
"""What may be moved to another folio."""


class Clerk(msgspec.Struct, frozen=True):
    """Who writes in which hotel's books, and when."""

    actor: Actor
    business_id: BusinessId
    now: datetime


class Folio(msgspec.Struct, frozen=True):
    """A bill: of a stay, or of the house itself (`reservation_id` null).

    `balance` is what is still to be paid: `charged` - `paid` - `billed`; `deposit` was received ahead and not used yet.
    """

    id: UUID
    business_id: int
    reservation_id: UUID | None
    number: int
    payer: Payer
    company_id: int | None
    label: str | None
    currency: str
    charged: Decimal
    paid: Decimal
    billed: Decimal
    balance: Decimal
    deposit: Decimal
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    version: int


class Posting(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an entry puts on an account: a debit above zero, a credit below."""

    account: Account
    amount: Decimal
    side: Side | None = None
    folio_id: UUID | None = None
    company_id: int | None = None
    tax_code: str | None = None


class NewEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry to post. One with a `cause` that was posted for already is not posted again.

    `served_on` is the night that a charge is of; `credits_id` the charge off which a credit note takes this.
    A charge is of the stay of its folio, unless `reservation_id` names another, and of a night its `item`.
    """

    kind: EntryKind
    text: str
    charge_kind: FolioChargeKind | None = None
    method: Method | None = None
    follows_id: UUID | None = None
    origin_id: UUID | None = None
    cause: str | None = None
    served_on: date | None = None
    credits_id: UUID | None = None
    reservation_id: UUID | None = None
    item: str | None = None


class ChargedTax(msgspec.Struct, frozen=True):
    """What of a charge is a tax."""

    code: str
    amount: Decimal


class Entry(msgspec.Struct, frozen=True):
    """An entry of the ledger, as it was posted.

    `origin_id` is the entry that this one and those before it moved or took back, `followed_by_id` the one that moved
    or took back this one, if any. `served_on` is the night that a charge is of, null for its business date;
    `credits_id` the charge off which a credit note takes this one.
    """

    id: UUID
    kind: EntryKind
    charge_kind: FolioChargeKind | None
    method: Method | None
    business_date: date
    text: str
    follows_id: UUID | None
    origin_id: UUID | None
    followed_by_id: UUID | None
    posted_at: datetime
    posted_by: str
    served_on: date | None
    credits_id: UUID | None


class StatementLine(msgspec.Struct, frozen=True):
    """A line of a folio's statement: `amount` is added to what is owed, and `balance` is what was owed with it.

    Lines of the account `deposits` change the deposit and not the balance.
    """

    line: int
    entry: Entry
    account: Account
    amount: Decimal
    balance: Decimal
    taxes: tuple[ChargedTax, ...]


class Posted(msgspec.Struct, frozen=True):
    """An entry that was posted, and the folio as it is with it."""

    entry: Entry
    folio: Folio


class Company(msgspec.Struct, frozen=True):
    """A firm that pays bills; `balance` is what it owes in the city ledger."""

    id: int
    name: str
    tax_number: str | None
    registration: str | None
    address: str | None
    country: str | None
    email: str | None
    version: int
    balance: Decimal


class Route(msgspec.Struct, frozen=True):
    """On which folio a kind of charge of a stay goes."""

    kind: FolioChargeKind
    folio_id: UUID


class AccountTotal(msgspec.Struct, frozen=True):
    """What went on an account on some business dates: debits, credits, and the debits less the credits."""

    account: Account
    tax_code: str | None
    debits: Decimal
    credits: Decimal
    total: Decimal


def charge(folio_id: UUID, kind: FolioChargeKind, total: Decimal, taxes: Iterable[ChargedTax]) -> list[Posting]:
    """Return the postings of a charge: the guest owes the total; the taxes in it are passed on, the rest is earned."""
    passed_on = [Posting("tax_payable", -each.amount, tax_code=each.code) for each in taxes if each.amount]
    earned = -total - sum((each.amount for each in passed_on), Decimal(0))
    owed = Posting("guest_ledger", total, side="charged", folio_id=folio_id)
    return [owed, *([Posting(REVENUE[kind], earned)] if earned else []), *passed_on]


def payment(folio_id: UUID, method: Method, amount: Decimal) -> list[Posting]:
    """Return the postings of a payment; of an amount below zero, those of a refund."""
    return [Posting(MONEY[method], amount), Posting("guest_ledger", -amount, side="paid", folio_id=folio_id)]


def deposit(folio_id: UUID, method: Method, amount: Decimal) -> list[Posting]:
    """Return the postings of a deposit; of an amount below zero, those of giving it back."""
    return [Posting(MONEY[method], amount), Posting("deposits", -amount, folio_id=folio_id)]


def paid_out(folio_id: UUID, method: Method, amount: Decimal) -> list[Posting]:
    """Return the postings of money given to a guest who had none in the house: they owe it."""
    return [Posting(MONEY[method], -amount), Posting("guest_ledger", amount, side="charged", folio_id=folio_id)]


def deposit_use(folio_id: UUID, amount: Decimal) -> list[Posting]:
    """Return the postings of paying a folio out of its deposit."""
    return [
        Posting("deposits", amount, folio_id=folio_id),
        Posting("guest_ledger", -amount, side="paid", folio_id=folio_id),
    ]


def billing(folio_id: UUID, company_id: int, amount: Decimal) -> list[Posting]:
    """Return the postings of handing a balance over to a company's account."""
    return [
        Posting("city_ledger", amount, company_id=company_id),
        Posting("guest_ledger", -amount, side="billed", folio_id=folio_id),
    ]


def company_payment(company_id: int, method: Method, amount: Decimal) -> list[Posting]:
    """Return the postings of a company's payment on its account."""
    return [Posting(MONEY[method], amount), Posting("city_ledger", -amount, company_id=company_id)]


def transfer(origin: Sequence[Posting], leaves: UUID, enters: UUID) -> list[Posting]:
    """Return the postings that move an entry from one folio to another."""
    moved = next(each for each in origin if each.folio_id is not None)
    return [
        msgspec.structs.replace(moved, amount=-moved.amount, folio_id=leaves),
        msgspec.structs.replace(moved, folio_id=enters),
    ]


def taxes_of_part(taxes: Sequence[ChargedTax], total: Decimal, part: Decimal) -> list[ChargedTax]:
    """Return what of each tax falls on a part of a charge: to the cent, none above the whole, and together its share.

    Cents that rounding leaves over go to where most was cut off (the method of the largest remainder).
    """
    exact = [each.amount * part / total for each in taxes]
    shares = [each.quantize(_CENT, ROUND_FLOOR) for each in exact]
    due = sum(exact, Decimal(0)).quantize(_CENT, ROUND_HALF_UP)
    over = int((due - sum(shares, Decimal(0))) / _CENT)
    by_remainder = sorted(range(len(taxes)), key=lambda index: shares[index] - exact[index])
    for index in by_remainder[:over]:
        shares[index] += _CENT
    return [ChargedTax(each.code, share) for each, share in zip(taxes, shares, strict=True)]
