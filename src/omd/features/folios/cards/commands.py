"""What is asked for of a card payment: noted, and posted where money goes back, before the provider hears of it."""

from decimal import Decimal
from uuid import UUID, uuid4

from omd.db import ReadTransaction, Transaction
from omd.features.folios import commands as folio_commands
from omd.features.folios.cards import queries
from omd.features.folios.cards.errors import (
    PaymentNotPossible,
    PaymentUnderWay,
    RefundAboveCaptured,
)
from omd.features.folios.cards.model import Act, CardPayment, Intent, Purpose
from omd.features.folios.commands.opening import lock_open
from omd.features.folios.commands.posting import require_above_zero
from omd.features.folios.model import Clerk
from omd.features.folios.queries import Books, books_of
from omd.infra.payments import PaymentProvider
from omd.kernel.errors import NotFound

ASKED = "folio.card_payment_asked"
CHANGED = "folio.card_payment_changed"


async def begin_payment(
    tx: Transaction,
    clerk: Clerk,
    folio_id: UUID,
    provider: PaymentProvider,
    *,
    amount: Decimal,
    token: str,
    captures: bool,
    purpose: Purpose,
    text: str,
) -> CardPayment:
    """Note a payment that the provider is to be asked for; raise `NotFound`, `FolioClosed` or `InvalidInput`."""
    require_above_zero(amount)
    folio = await lock_open(tx, clerk, folio_id)
    intent_id = await queries.add_intent(
        *(tx, clerk, folio_id),
        purpose=purpose,
        provider=provider.name,
        is_test=provider.is_test,
        currency=folio.currency,
        amount=amount,
        captures=captures,
        text=text,
        token=token,
    )
    return await told_asked(tx, clerk, intent_id, "authorise")


async def begin_capture(
    tx: Transaction, clerk: Clerk, folio_id: UUID, intent_id: UUID, amount: Decimal | None
) -> CardPayment:
    """Note that what was authorised is to be taken, all of it unless an amount is named; the rest is given up.

    Asked for again it is the same capture. Raises `NotFound`, `PaymentUnderWay`, `PaymentNotPossible`, `InvalidInput`.
    """
    intent = await _locked(tx, clerk, folio_id, intent_id)
    wanted = intent.amount if amount is None else amount
    require_above_zero(wanted)
    same = intent.capture_amount == wanted
    if same and (intent.asked == "capture" or intent.captured):
        return await find_payment(tx, books_of(clerk), intent_id)
    _require_idle(intent)
    if intent.status != "authorised" or intent.captures or wanted > intent.amount:
        raise _not_possible(intent, f"It is {intent.status}: {wanted} {intent.currency} of it cannot be taken.")
    await queries.ask(tx, books_of(clerk), intent_id, "capture", wanted)
    return await told_asked(tx, clerk, intent_id, "capture")


async def begin_cancel(tx: Transaction, clerk: Clerk, folio_id: UUID, intent_id: UUID) -> CardPayment:
    """Note that what was authorised, or waits for its payer, is to be given up.

    Raises `NotFound`, `PaymentUnderWay` or `PaymentNotPossible`.
    """
    intent = await _locked(tx, clerk, folio_id, intent_id)
    if intent.asked == "cancel" or intent.status == "cancelled":
        return await find_payment(tx, books_of(clerk), intent_id)
    _require_idle(intent)
    if intent.status not in ("created", "authorised"):
        raise _not_possible(intent, f"It is {intent.status}: give the money back instead, where there is any.")
    await queries.ask(tx, books_of(clerk), intent_id, "cancel")
    return await told_asked(tx, clerk, intent_id, "cancel")


async def begin_refund(
    tx: Transaction,
    clerk: Clerk,
    folio_id: UUID,
    intent_id: UUID,
    *,
    amount: Decimal,
    text: str,
    of_deposit: bool | None,
) -> CardPayment:
    """Post money that is to go back to the card, on the folio where the payment is now, before the provider is asked.

    Of the deposit or of what was paid, as the payment itself was unless it is said. Raises `NotFound`, `InvalidInput`,
    `PaymentNotPossible`, `RefundAboveCaptured`, and as a refund does that is posted by hand.
    """
    intent = await _locked(tx, clerk, folio_id, intent_id)
    require_above_zero(amount)
    if intent.entry_id is None:
        raise _not_possible(intent, f"It is {intent.status}: nothing was taken, so nothing goes back.")
    left = intent.captured - intent.refunds_asked
    if amount > left:
        raise RefundAboveCaptured(
            f"{left} {intent.currency} of this payment may still go back to the card. Nothing was posted.",
            data={"refundable": str(left)},
        )
    books, refund_id = books_of(clerk), uuid4()
    standing = await queries.find_standing_folio(tx, books, intent.entry_id)
    from_deposit = intent.purpose == "deposit" if of_deposit is None else of_deposit
    posted = await folio_commands.refund(
        *(tx, clerk, standing, "card", amount, text),
        of_deposit=from_deposit,
        cause=f"payment:{intent_id}:refund:{refund_id}",
    )
    await queries.add_to_refunds(tx, books, intent_id, asked=amount, done=Decimal(0))
    row = queries.RefundRow(
        *(refund_id, intent_id, amount, from_deposit, text, "asked", None, posted.entry.id, clerk.now),
        clerk.actor.label,
    )
    await queries.add_refund(tx, clerk, row)
    return await told_asked(tx, clerk, intent_id, "refund")


async def find_payment(tx: ReadTransaction, books: Books, intent_id: UUID) -> CardPayment:
    """Return a payment as it is now; raise `NotFound`."""
    intent = await queries.find_intent(tx, books, intent_id)
    if intent is None:
        raise no_payment(intent_id)
    refunds = await queries.list_refunds(tx, books, [intent_id])
    return intent.shown(tuple(each.shown() for each in refunds))


async def list_payments(
    tx: ReadTransaction, books: Books, folio_id: UUID, after: UUID | None, limit: int
) -> list[CardPayment]:
    """Return at most `limit` payments that were asked for on a folio, after one."""
    intents = await queries.list_intents(tx, books, folio_id, after, limit)
    refunds = await queries.list_refunds(tx, books, [each.id for each in intents])
    return [intent.shown(tuple(each.shown() for each in refunds if each.intent_id == intent.id)) for intent in intents]


def no_payment(intent_id: UUID) -> NotFound:
    """Return the refusal of a payment that is not there, or another hotel's."""
    return NotFound(f"There is no card payment {intent_id}.")


async def told_asked(tx: Transaction, clerk: Clerk, intent_id: UUID, what: Act | str) -> CardPayment:
    """Record that a provider is asked for something, which a job looks after, and return the payment."""
    payment = await find_payment(tx, books_of(clerk), intent_id)
    data: dict[str, str | None] = {"payment_id": str(intent_id), "status": payment.status, "asked": what}
    await queries.record_event(tx, clerk, payment.folio_id, ASKED, data)
    return payment


async def _locked(tx: Transaction, clerk: Clerk, folio_id: UUID, intent_id: UUID) -> Intent:
    intent = await queries.lock_intent(tx, books_of(clerk), intent_id)
    if intent is None or intent.folio_id != folio_id:
        raise no_payment(intent_id)
    return intent


def _require_idle(intent: Intent) -> None:
    if intent.asked is not None:
        raise PaymentUnderWay(
            f"The provider was asked to {intent.asked} this payment and has not answered. Read it again later: "
            "what became of it is found out by itself. Nothing was changed.",
            data={"asked": intent.asked},
        )


def _not_possible(intent: Intent, said: str) -> PaymentNotPossible:
    return PaymentNotPossible(f"{said} Nothing was changed.", data={"status": intent.status})
