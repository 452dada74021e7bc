"""What a provider says of a payment is written down and posted: once, however often it comes, and in any order."""

from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import structlog

from omd.db import Transaction
from omd.features.folios import model
from omd.features.folios import queries as folio_queries
from omd.features.folios.cards import queries
from omd.features.folios.cards.commands import CHANGED
from omd.features.folios.cards.model import AS_KEPT, Intent, Learned, RefundStatus, agrees, is_news, learned_from
from omd.features.folios.commands.opening import lock_folio
from omd.features.folios.model import Clerk, NewEntry
from omd.features.folios.queries import books_of
from omd.infra.payments import PaymentState, RefundState

_log = structlog.get_logger(__name__)
_NOTHING = Decimal(0)


async def learn(tx: Transaction, clerk: Clerk, intent_id: UUID, state: PaymentState) -> None:
    """Write down a provider's word of a payment that is there, and post what it took and could not give back.

    A word about other money than was asked for is logged, and nothing follows of it.
    """
    intent = await queries.lock_intent(tx, books_of(clerk), intent_id)
    if intent is None or not agrees(intent, state):
        _log.error("payment_disagrees", payment=str(intent_id), reference=state.reference)
        return
    learned = learned_from(intent, state)
    entry_id = intent.entry_id
    if learned.captured and entry_id is None:
        entry_id = await _post_capture(tx, clerk, intent, learned.captured)
    await _note(tx, clerk, intent, learned, entry_id)
    for each in state.refunds:
        await _learn_refund(tx, clerk, intent_id, each)


async def give_up(tx: Transaction, clerk: Clerk, intent_id: UUID, reason: str) -> None:
    """Note that a payment comes to nothing: the provider will not have it, or never heard of it."""
    intent = await queries.lock_intent(tx, books_of(clerk), intent_id)
    if intent is None or intent.asked != "authorise":
        return
    over = Learned(None, None, intent.reference, intent.authorised, intent.captured, "failed", reason, None)
    await _note(tx, clerk, intent, over, intent.entry_id)


async def forget_asked(tx: Transaction, clerk: Clerk, intent_id: UUID) -> None:
    """Note that the provider does not do what it was asked for: the payment is as it was before."""
    intent = await queries.lock_intent(tx, books_of(clerk), intent_id)
    if intent is not None and intent.asked in ("capture", "cancel"):
        await queries.ask(tx, books_of(clerk), intent_id, None)
        await _tell(tx, clerk, intent_id)


async def fail_refund(
    tx: Transaction, clerk: Clerk, intent_id: UUID, refund: queries.RefundRow, state: PaymentState | None
) -> None:
    """Note that the provider gave no money back, and post it back; then what it says of the payment, if it knows it.

    What we called failed is first: the provider may have done another one that we called failed before.
    """
    await queries.lock_intent(tx, books_of(clerk), intent_id)
    rows = await queries.list_refunds(tx, books_of(clerk), [intent_id])
    if any(each.id == refund.id and each.status == "asked" and each.reference is None for each in rows):
        await _change_refund(tx, clerk, refund, "failed", None)
    if state is not None:
        await learn(tx, clerk, intent_id, state)


async def _note(tx: Transaction, clerk: Clerk, intent: Intent, learned: Learned, entry_id: UUID | None) -> None:
    """Write what is known, and tell of it, where it is new."""
    if all(getattr(intent, name) == getattr(learned, name) for name in Learned.__struct_fields__):
        return
    await queries.change_intent(tx, books_of(clerk), intent.id, learned, entry_id)
    await _tell(tx, clerk, intent.id)


async def _tell(tx: Transaction, clerk: Clerk, intent_id: UUID) -> None:
    now = await queries.find_intent(tx, books_of(clerk), intent_id)
    if now is not None:
        data: dict[str, str | None] = {"payment_id": str(intent_id), "status": now.status}
        await queries.record_event(tx, clerk, now.folio_id, CHANGED, data)


async def _post_capture(tx: Transaction, clerk: Clerk, intent: Intent, amount: Decimal) -> UUID:
    """Post money that was taken, on the payment's folio, or where that is closed on one that takes it."""
    cause = f"payment:{intent.id}:capture"
    is_deposit = intent.purpose == "deposit"
    return await _receive(*(tx, clerk, intent.folio_id, amount, intent.text), is_deposit=is_deposit, cause=cause)


async def _receive(
    tx: Transaction, clerk: Clerk, folio_id: UUID, amount: Decimal, text: str, *, is_deposit: bool, cause: str
) -> UUID:
    taking = await _folio_that_takes(tx, clerk, folio_id)
    postings = (model.deposit if is_deposit else model.payment)(taking, "card", amount)
    entry = NewEntry("deposit" if is_deposit else "payment", text, method="card", cause=cause)
    entry_id = await folio_queries.post_entry(tx, clerk, entry, postings)
    if entry_id is None:
        raise LookupError(f"{cause} was posted, and nothing of it noted")
    return entry_id


async def _folio_that_takes(tx: Transaction, clerk: Clerk, folio_id: UUID) -> UUID:
    """Return the folio if it is open, otherwise one of its stay or of the house: money that came is posted."""
    folio = await lock_folio(tx, clerk, folio_id)
    if folio.closed_at is None:
        return folio.id
    if folio.reservation_id is not None:
        return await folio_queries.find_folio_for(tx, clerk, folio.reservation_id, "supplement")
    return await folio_queries.open_folio(tx, clerk, None, payer="guest", company_id=None, label=None)


async def _learn_refund(tx: Transaction, clerk: Clerk, intent_id: UUID, state: RefundState) -> None:
    """Write down what became of money that goes back."""
    rows = await queries.list_refunds(tx, books_of(clerk), [intent_id])
    row = next((each for each in rows if str(each.id) == state.our_id or each.reference == state.reference), None)
    if row is None:
        if state.status != "failed":
            await _take_down(tx, clerk, intent_id, state)
    elif is_news(row.status, row.reference, state) and row.amount == state.amount:
        await _change_refund(tx, clerk, row, AS_KEPT[state.status], state.reference)


async def _change_refund(
    tx: Transaction, clerk: Clerk, row: queries.RefundRow, status: RefundStatus, reference: str | None
) -> None:
    """Note what became of money that goes back.

    What failed is the guest's money in the house again; what we called failed and went out all the same is not.
    """
    books = books_of(clerk)
    entry_id = row.entry_id
    if status == "failed" and entry_id is not None:
        on = await queries.find_standing_folio(tx, books, entry_id)
        cause = await _cause_of_failure(tx, clerk, row)
        await _receive(tx, clerk, on, row.amount, row.text, is_deposit=row.of_deposit, cause=cause)
    elif row.status == "failed" and entry_id is not None:
        given_up = await queries.find_caused(tx, books, f"{_cause_of(row)}:failed")
        on = await queries.find_standing_folio(tx, books, given_up or entry_id)
        cause = f"{_cause_of(row)}:after_all"
        entry_id = await _give(tx, clerk, on, row.amount, row.text, is_deposit=row.of_deposit, cause=cause)
    await queries.change_refund(tx, books, row.id, status, reference, entry_id)
    asked = row.amount * ((status != "failed") - (row.status != "failed"))
    done = row.amount * ((status == "done") - (row.status == "done"))
    await queries.add_to_refunds(tx, books, row.intent_id, asked=asked, done=done)
    await _tell(tx, clerk, row.intent_id)


async def _cause_of_failure(tx: Transaction, clerk: Clerk, row: queries.RefundRow) -> str:
    """Return for what money is posted back: it may fail a second time, after it went out after all."""
    first = f"{_cause_of(row)}:failed"
    is_second = await queries.find_caused(tx, books_of(clerk), first) is not None
    return f"{first}_after_all" if is_second else first


def _cause_of(row: queries.RefundRow) -> str:
    return f"payment:{row.intent_id}:refund:{row.id}"


async def _give(
    tx: Transaction, clerk: Clerk, folio_id: UUID, amount: Decimal, text: str, *, is_deposit: bool, cause: str
) -> UUID:
    """Post money that went back: of what is paid on the folio, else as paid out, which who got it owes."""
    folio = await lock_folio(tx, clerk, folio_id)
    if folio.closed_at is None and amount <= (folio.deposit if is_deposit else folio.paid):
        postings = (model.deposit if is_deposit else model.payment)(folio_id, "card", -amount)
    else:
        taking = await _folio_that_takes(tx, clerk, folio_id)
        _log.warning("payment_paid_out", cause=cause, folio=str(taking))
        postings = model.paid_out(taking, "card", amount)
    entry_id = await folio_queries.post_entry(tx, clerk, NewEntry("refund", text, method="card", cause=cause), postings)
    if entry_id is None:
        raise LookupError(f"{cause} was posted, and nothing of it noted")
    return entry_id


async def _take_down(tx: Transaction, clerk: Clerk, intent_id: UUID, state: RefundState) -> None:
    """Take down money that went back without us, and post it on the folio where the payment is now."""
    books, status = books_of(clerk), AS_KEPT[state.status]
    intent = await queries.find_intent(tx, books, intent_id)
    if intent is None or intent.entry_id is None or intent.refunds_asked + state.amount > intent.captured:
        _log.error("payment_disagrees", payment=str(intent_id), reference=state.reference)
        return
    on, is_deposit = await queries.find_standing_folio(tx, books, intent.entry_id), intent.purpose == "deposit"
    row = queries.RefundRow(
        *(uuid4(), intent_id, state.amount, is_deposit, "Refunded at the provider", status, state.reference, None),
        *(clerk.now, clerk.actor.label),
    )
    entry_id = await _give(*(tx, clerk, on, row.amount, row.text), is_deposit=is_deposit, cause=_cause_of(row))
    done = state.amount if status == "done" else _NOTHING
    await queries.add_to_refunds(tx, books, intent_id, asked=state.amount, done=done)
    await queries.add_refund(tx, clerk, msgspec.structs.replace(row, entry_id=entry_id))
    await _tell(tx, clerk, intent_id)
