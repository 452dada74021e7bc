"""What is posted on bills: charges, payments, deposits, refunds, and what a company takes over."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from omd.db import Transaction
from omd.features.folios import model, queries
from omd.features.folios.commands.opening import find_folio, lock_open
from omd.features.folios.errors import AboveBalance, DepositTooSmall, RefundAbovePaid, unknown_company
from omd.features.folios.model import (
    TAXED,
    ChargedTax,
    Clerk,
    Folio,
    FolioChargeKind,
    Method,
    NewEntry,
    Posted,
    Posting,
)
from omd.features.inventory import get_business
from omd.features.rates import TaxedCharge, find_tax_rules, reckon
from omd.kernel.clock import FixedClock
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem, InvalidInput

_NOTHING = Decimal(0)
_DAY = timedelta(days=1)


async def charge_stay(
    tx: Transaction,
    clerk: Clerk,
    reservation_id: UUID,
    kind: FolioChargeKind,
    amount: Decimal,
    text: str,
    *,
    cause: str | None = None,
) -> Posted:
    """Charge a stay on the folio that its routes say, opened where it has none; raise `InvalidInput`."""
    require_above_zero(amount)
    folio_id = await queries.find_folio_for(tx, clerk, reservation_id, kind)
    return await charge_folio(tx, clerk, folio_id, kind, amount, text, cause=cause, reservation_id=reservation_id)


async def charge_folio(
    tx: Transaction,
    clerk: Clerk,
    folio_id: UUID,
    kind: FolioChargeKind,
    amount: Decimal,
    text: str,
    *,
    cause: str | None = None,
    reservation_id: UUID | None = None,
    served_on: date | None = None,
) -> Posted:
    """Charge a folio with an amount and the taxes that come on top; raise `NotFound`, `FolioClosed`, `InvalidInput`.

    It is a charge of the folio's stay, unless another is named.
    """
    require_above_zero(amount)
    await lock_open(tx, clerk, folio_id)
    on_top, taxes = await _taxes_of(tx, clerk, kind, amount)
    postings = model.charge(folio_id, kind, amount + on_top, taxes)
    entry = NewEntry("charge", text, charge_kind=kind, cause=cause, reservation_id=reservation_id, served_on=served_on)
    return await post(tx, clerk, folio_id, entry, postings)


async def receive_payment(
    tx: Transaction, clerk: Clerk, folio_id: UUID, method: Method, amount: Decimal, text: str
) -> Posted:
    """Put a payment on a folio; raise `NotFound`, `FolioClosed` or `InvalidInput`."""
    require_above_zero(amount)
    await lock_open(tx, clerk, folio_id)
    postings = model.payment(folio_id, method, amount)
    return await post(tx, clerk, folio_id, NewEntry("payment", text, method=method), postings)


async def receive_deposit(
    tx: Transaction, clerk: Clerk, folio_id: UUID, method: Method, amount: Decimal, text: str
) -> Posted:
    """Keep money that was paid ahead, which is owed to the guest until it is used; raise as `receive_payment` does."""
    require_above_zero(amount)
    await lock_open(tx, clerk, folio_id)
    postings = model.deposit(folio_id, method, amount)
    return await post(tx, clerk, folio_id, NewEntry("deposit", text, method=method), postings)


async def use_deposit(tx: Transaction, clerk: Clerk, folio_id: UUID, amount: Decimal | None) -> Posted:
    """Pay out of the deposit, all that is owed and is there where no amount is named.

    Raises `NotFound`, `FolioClosed`, `InvalidInput`, `DepositTooSmall` or `AboveBalance`.
    """
    folio = await lock_open(tx, clerk, folio_id)
    wanted = min(folio.balance, folio.deposit) if amount is None else amount
    if amount is not None:
        require_above_zero(amount)
    if wanted > folio.deposit or folio.deposit == _NOTHING:
        raise _too_small(folio)
    _require_owed(folio, wanted)
    return await post(tx, clerk, folio_id, NewEntry("deposit_use", "Deposit"), model.deposit_use(folio_id, wanted))


async def refund(
    tx: Transaction,
    clerk: Clerk,
    folio_id: UUID,
    method: Method,
    amount: Decimal,
    text: str,
    *,
    of_deposit: bool,
    cause: str | None = None,
) -> Posted:
    """Give money back, of what was paid or of the deposit, and never more; a cause is one that was never posted for.

    Raises `NotFound`, `FolioClosed`, `InvalidInput`, `RefundAbovePaid` or `DepositTooSmall`.
    """
    require_above_zero(amount)
    folio = await lock_open(tx, clerk, folio_id)
    if of_deposit and amount > folio.deposit:
        raise _too_small(folio)
    if not of_deposit and amount > folio.paid:
        raise RefundAbovePaid(
            f"{folio.paid} {folio.currency} were paid on folio {folio.number}: no more is given back. "
            "Nothing was posted.",
            data={"paid": str(folio.paid)},
        )
    postings = (model.deposit if of_deposit else model.payment)(folio_id, method, -amount)
    return await post(tx, clerk, folio_id, NewEntry("refund", text, method=method, cause=cause), postings)


async def bill_company(
    tx: Transaction, clerk: Clerk, folio_id: UUID, company_id: int | None, amount: Decimal | None
) -> Posted:
    """Hand what is owed on a folio over to a company's account: the folio's own, and all of it, unless named.

    Raises `NotFound`, `FolioClosed`, `InvalidInput` or `AboveBalance`.
    """
    folio = await lock_open(tx, clerk, folio_id)
    payer_id = folio.company_id if company_id is None else company_id
    company = None if payer_id is None else await queries.find_company(tx, queries.books_of(clerk), payer_id)
    if company is None:
        raise unknown_company()
    wanted = folio.balance if amount is None else amount
    if amount is not None:
        require_above_zero(amount)
    _require_owed(folio, wanted)
    return await post(
        *(tx, clerk, folio_id, NewEntry("billing", company.name), model.billing(folio_id, company.id, wanted))
    )


async def post(tx: Transaction, clerk: Clerk, folio_id: UUID, entry: NewEntry, postings: Sequence[Posting]) -> Posted:
    """Post an entry whose cause, if any, was never posted for; return it with the folio as it is then."""
    entry_id = await queries.post_entry(tx, clerk, entry, postings)
    if entry_id is None:
        raise LookupError(f"{entry.cause} was posted for already")
    return await posted_as(tx, clerk, folio_id, entry_id)


async def posted_as(tx: Transaction, clerk: Clerk, folio_id: UUID, entry_id: UUID) -> Posted:
    """Return an entry that was just posted, and a folio as it is with it."""
    posted = await queries.find_entry(tx, queries.books_of(clerk), entry_id)
    if posted is None:
        raise LookupError(f"entry {entry_id} was posted and is not there")
    return Posted(posted, await find_folio(tx, clerk, folio_id))


def require_above_zero(amount: Decimal) -> None:
    """Raise `InvalidInput` for an amount of nothing."""
    if amount <= _NOTHING:
        said = "An amount is above zero."
        raise InvalidInput(f"{said} Nothing was posted.", problems=(FieldProblem("/amount", "not_above_zero", said),))


async def _taxes_of(
    tx: Transaction, clerk: Clerk, kind: FolioChargeKind, amount: Decimal
) -> tuple[Decimal, list[ChargedTax]]:
    """Return what comes on top of a charge of today, and all taxes of it.

    Of the rules those in percent play a part: amounts a person or night come with the night itself.
    """
    taxed_as = TAXED.get(kind)
    business = await get_business(tx, clerk.actor.omd_id, clerk.business_id)
    if taxed_as is None or business is None:
        return _NOTHING, []
    today = business.date_now(FixedClock(clerk.now))
    day = StayDates(today, today + _DAY)
    rules = await find_tax_rules(tx, clerk.actor.omd_id, clerk.business_id, day.arrival, day.departure)
    taxed = reckon(
        [each for each in rules if each.is_percentage], day, [TaxedCharge(today, taxed_as, amount)], lodgers=[]
    )
    shown = [line for line in taxed.lines if line.placement != "owed"]
    return taxed.on_top, [ChargedTax(line.code, line.amount) for line in shown]


def _require_owed(folio: Folio, amount: Decimal) -> None:
    if amount > folio.balance or folio.balance <= _NOTHING:
        raise AboveBalance(
            f"{folio.balance} {folio.currency} are owed on folio {folio.number}: no more is settled. "
            "Nothing was posted.",
            data={"balance": str(folio.balance)},
        )


def _too_small(folio: Folio) -> DepositTooSmall:
    return DepositTooSmall(
        f"Folio {folio.number} holds a deposit of {folio.deposit} {folio.currency}. Nothing was posted.",
        data={"deposit": str(folio.deposit)},
    )
